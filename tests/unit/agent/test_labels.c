/*
 * tests/unit/agent/test_labels.c
 *
 * Goal:   an agent reads back from a container what its earlier life wrote on it, and nothing else.
 * Method: round trips, then labels damaged one by one.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "platform/agent/labels.h"

static const struct labels_facts full = { .task = UINT64_MAX,
                                          .version = 12,
                                          .node = 199999,
                                          .launched_at_ns = INT64_C(1767225600000000001),
                                          .network = CONTAINER_OWN_ADDRESS,
                                          .wants_ready = true,
                                          .ports_count = 4,
                                          .ports = { 0, 7, 31000, 65535 } };

static void
assert_same(const struct labels_facts *a, const struct labels_facts *b)
{
    cr_assert_eq(a->task, b->task);
    cr_assert_eq(a->version, b->version);
    cr_assert_eq(a->node, b->node);
    cr_assert_eq(a->launched_at_ns, b->launched_at_ns);
    cr_assert_eq(a->network, b->network);
    cr_assert_eq(a->wants_ready, b->wants_ready);
    cr_assert_eq(a->ports_count, b->ports_count);
    for (uint32_t i = 0; i < a->ports_count; i++) {
        cr_assert_eq(a->ports[i], b->ports[i]);
    }
}

Test(labels, come_back_as_they_were_written)
{
    struct arena arena;
    struct container_pair pairs[LABELS_COUNT];
    struct labels_facts read;
    arena_init(&arena, 0xA5);

    labels_make(&full, "run-1", &arena, pairs);
    cr_assert_eq(labels_read(pairs, LABELS_COUNT, "run-1", &read), ST_OK);
    assert_same(&full, &read);

    const struct labels_facts plain = { .task = 1 };
    labels_make(&plain, "run-1", &arena, pairs);
    cr_assert_eq(labels_read(pairs, LABELS_COUNT, "run-1", &read), ST_OK);
    assert_same(&plain, &read);

    struct labels_facts many = { .task = 1, .ports_count = TASK_PORTS_MAX };
    for (uint32_t i = 0; i < TASK_PORTS_MAX; i++) {
        many.ports[i] = (uint16_t)(65535 - i);
    }
    labels_make(&many, "run-1", &arena, pairs);
    cr_assert_eq(labels_read(pairs, LABELS_COUNT, "run-1", &read), ST_OK);
    assert_same(&many, &read);
    arena_fini(&arena);
}

Test(labels, of_another_run_are_not_ours)
{
    struct arena arena;
    struct container_pair pairs[LABELS_COUNT];
    struct labels_facts read;
    arena_init(&arena, 0xA5);
    labels_make(&full, "run-1", &arena, pairs);
    cr_assert_eq(labels_read(pairs, LABELS_COUNT, "run-2", &read), ST_NOT_FOUND);
    cr_assert_eq(labels_read(NULL, 0, "run-1", &read), ST_NOT_FOUND);
    arena_fini(&arena);
}

Test(labels, that_are_damaged_are_refused)
{
    static const struct {
        const char *key;
        const char *value;
    } damages[] = {
        { LABEL_TASK, "" },           { LABEL_TASK, "0" },
        { LABEL_TASK, "12x" },        { LABEL_TASK, "18446744073709551616" },
        { LABEL_VERSION, "-1" },      { LABEL_NODE, "4294967296" },
        { LABEL_NETWORK, "hostess" }, { LABEL_LAUNCHED, "9223372036854775808" },
        { LABEL_PORTS, "1,,2" },      { LABEL_PORTS, "65536" },
        { LABEL_PORTS, "1 2" },       { LABEL_PORTS, "1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8" },
    };
    struct arena arena;
    arena_init(&arena, 0xA5);
    for (uint32_t d = 0; d < COUNT_OF(damages); d++) {
        struct container_pair pairs[LABELS_COUNT];
        struct labels_facts read = { 0 };
        labels_make(&full, "run-1", &arena, pairs);
        for (uint32_t i = 0; i < LABELS_COUNT; i++) {
            if (strcmp(pairs[i].key, damages[d].key) == 0) {
                pairs[i].value = damages[d].value;
            }
        }
        cr_assert_eq(labels_read(pairs, LABELS_COUNT, "run-1", &read), ST_INVALID, "%s=%s",
                     damages[d].key, damages[d].value);
        cr_assert_eq(read.task, 0, "nothing is written unless it is ST_OK");
    }
    arena_fini(&arena);
}
