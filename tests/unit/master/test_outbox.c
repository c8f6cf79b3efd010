/*
 * tests/unit/master/test_outbox.c
 *
 * Goal:   a message stays as it was until it has left, whatever comes and goes beside it.
 * Method: messages of random lengths, some longer than a block, come and leave in their order; each
 *         is looked at when it leaves. The sanitizers see what is freed too early or never.
 */
#include <string.h>

#include <criterion/criterion.h>

#include "platform/base/memory.h"
#include "platform/base/rng.h"
#include "platform/master/outbox.h"
#include "platform/wire/messages.h"

enum { WAITING_MAX = 300, TURNS = 20000 };

static struct msg_spec *
message_make(uint64_t number, uint32_t tail_len)
{
    struct msg_spec *message = memory_alloc_zero(1, sizeof *message + tail_len);
    message->version = number;
    message->tail_len = tail_len;
    memset(message->tail, (int)(number % 251), tail_len);
    return message;
}

static void
assert_is(const struct msg_spec *message, uint64_t number)
{
    cr_assert_eq(message->version, number);
    for (uint32_t i = 0; i < message->tail_len; i++) {
        cr_assert_eq((uint8_t)message->tail[i], number % 251);
    }
}

Test(outbox, keeps_messages_until_they_have_left, .timeout = 60)
{
    struct outbox outbox = { 0 };
    const struct msg_spec *waiting[WAITING_MAX] = { 0 };
    uint64_t made = 0;
    uint64_t left = 0;
    struct rng rng;
    rng_init(&rng, 1, 0, "outbox");
    for (uint32_t i = 0; i < TURNS; i++) {
        const bool fills = i / 1000 % 2 == 0;
        const bool puts = rng_below(&rng, 100) < (fills ? 70u : 20u);
        if ((puts || made == left) && made - left < WAITING_MAX) {
            const uint32_t tail_len = rng_below(&rng, rng_below(&rng, 50) == 0 ? 40000 : 300);
            struct msg_spec *message = message_make(made, tail_len);
            waiting[made % WAITING_MAX] = outbox_put(&outbox, &msg_spec_type, message);
            memory_free(message);
            made++;
        } else {
            assert_is(waiting[left % WAITING_MAX], left);
            outbox_left(&outbox);
            left++;
        }
    }
    cr_assert_gt(left, TURNS / 4);
    outbox_clear(&outbox);
    outbox_clear(&outbox);
}
