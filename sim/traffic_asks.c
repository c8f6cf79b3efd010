/*
 * sim/traffic_asks.c - clients that are more than one request: they try again, or wait, think and
 * ask again.
 *
 * Retry: a try that ended without an answer, or with an error, is followed by another one after a
 *        back-off, while tries and budget last. A deliberate answer (denied, limited) is final.
 * Budget: a bucket of the line: each request puts its share of a retry in, each retry takes one
 *        out; what stands for more than ASKS_BUDGET_MAX retries is lost. It begins empty.
 */
#include "sim/traffic_inner.h"

#include "platform/base/memory.h"
#include "platform/base/record.h"

enum { ASKS_MIN = 64, ASKS_BUDGET_MAX = 100 /* retries saved up; a guess */ };

/* A client that was turned away at once and thinks no time at all comes again no sooner: a guess,
 * which keeps time moving. */
#define ASKS_PAUSE_NS MS(1)

static void ask_fire(struct world *world, void *context, uint64_t argument);

static void
asks_grow(struct traffic_line *line, uint32_t count)
{
    uint32_t capacity = line->asks_capacity > 0 ? line->asks_capacity : ASKS_MIN;
    while (capacity <= count) {
        capacity *= 2;
    }
    if (capacity > line->asks_capacity) {
        struct traffic_ask *asks = memory_alloc_zero(capacity, sizeof *asks);
        for (uint32_t i = 1; i <= line->asks_used; i++) {
            asks[i] = line->asks[i];
        }
        memory_free(line->asks);
        line->asks = asks;
        line->asks_capacity = capacity;
    }
}

static uint32_t
ask_take(struct traffic_line *line)
{
    const uint32_t ask = line->asks_free;
    if (ask != 0) {
        line->asks_free = line->asks[ask].next_free;
        return ask;
    }
    if (line->asks_used + 1 >= line->asks_capacity) {
        asks_grow(line, line->asks_used + 1);
    }
    return ++line->asks_used;
}

static void
ask_arm(struct traffic_line *line, uint32_t index, enum ask_state state, int64_t at_ns)
{
    struct traffic_ask *ask = &line->asks[index];
    ask->state = (uint8_t)state;
    ask->event = world_at(line->traffic->world, at_ns, WORLD_CLASS_REQUEST, NULL, ask_fire, line,
                          index);
}

/* --- one request --- */

static void
ask_try(struct traffic_line *line, uint32_t index)
{
    struct traffic_ask *ask = &line->asks[index];
    const struct traffic_try try = { .key_hash = ask->key_hash,
                                     .number = ask->number,
                                     .session = ask->session,
                                     .note = index };
    ask->state = ASK_TRYING;
    ask->tries++;
    ask->try_at_ns = world_now(line->traffic->world);
    traffic_send(line, &try);
}

static void
ask_begin(struct traffic_line *line, uint32_t index, const struct traffic_try *drawn)
{
    struct traffic_ask *ask = &line->asks[index];
    const int64_t now_ns = world_now(line->traffic->world);
    const struct scenario_retries *retries = &line->spec->retries;
    ask->made_at_ns = now_ns;
    ask->key_hash = drawn->key_hash;
    ask->number = drawn->number;
    ask->session = drawn->session;
    ask->tries = 0;
    line->asks_open++;
    line->requests++;
    line->made_at_sum += (uint64_t)now_ns;
    line->budget_tokens = int64_min(line->budget_tokens + retries->budget_ppm,
                                    (int64_t)ASKS_BUDGET_MAX * PPM);
    ask_try(line, index);
}

void
asks_make(struct traffic_line *line, uint32_t number)
{
    struct traffic_try drawn;
    traffic_draw(line, number, &drawn);
    ask_begin(line, ask_take(line), &drawn);
}

/* --- trying again --- */

static bool
ask_may_retry(struct traffic_line *line, const struct traffic_ask *ask,
              enum request_outcome outcome)
{
    const struct scenario_retries *retries = &line->spec->retries;
    if (outcome == REQUEST_OK || outcome == REQUEST_DENIED || outcome == REQUEST_LIMITED ||
        ask->tries > retries->max) {
        return false;
    }
    if (retries->budget_ppm > 0) {
        if (line->budget_tokens < PPM) {
            return false;
        }
        line->budget_tokens -= PPM;
    }
    return true;
}

static int64_t
ask_backoff_ns(struct traffic_line *line, const struct traffic_ask *ask)
{
    const struct scenario_retries *retries = &line->spec->retries;
    double wait_ns = (double)retries->backoff_ns;
    for (uint32_t i = 1; i < ask->tries && wait_ns < (double)retries->backoff_max_ns; i++) {
        wait_ns *= retries->factor;
    }
    if (wait_ns > (double)retries->backoff_max_ns) {
        wait_ns = (double)retries->backoff_max_ns;
    }
    if (retries->jitter_ppm > 0) {
        wait_ns -= wait_ns * rng_unit(&line->backoff) * (double)retries->jitter_ppm / (double)PPM;
    }
    return (int64_t)wait_ns;
}

/* --- clients of a closed line --- */

/* Whether a closed line's client is still one of them, and may ask at this instant. */
static bool
ask_goes_on(const struct traffic_line *line, uint32_t index, int64_t at_ns)
{
    return index <= line->clients_count && line->traffic->running && at_ns < line->until_at_ns;
}

/* A client has its answer at at_ns, or is new. */
static void
ask_think(struct traffic_line *line, uint32_t index, int64_t at_ns)
{
    line->asks[index].state = ASK_FREE;
    const int64_t next_ns = at_ns + dist_draw_ns(&line->spec->think, &line->think);
    if (ask_goes_on(line, index, next_ns)) {
        ask_arm(line, index, ASK_THINKING, next_ns);
    }
}

void
asks_start(struct traffic_line *line, int64_t at_ns)
{
    const uint32_t count = line->clients_count;
    if (count >= line->asks_capacity) {
        asks_grow(line, count);
    }
    for (uint32_t i = 1; i <= count; i++) {
        if (i > line->asks_used) {
            line->asks_used = i;
        }
        if (line->asks[i].state == ASK_FREE) {
            ask_think(line, i, at_ns);
        }
    }
}

void
traffic_set_clients(struct traffic *traffic, uint32_t line_index, uint32_t clients)
{
    ASSERT(line_index < traffic->lines_count);
    struct traffic_line *line = &traffic->lines[line_index];
    ASSERT(line->spec->closed);
    line->clients_count = clients;
    for (uint32_t i = clients + 1; i <= line->asks_used; i++) {
        struct traffic_ask *ask = &line->asks[i];
        if (ask->state == ASK_THINKING) {
            world_cancel(traffic->world, ask->event);
            ask->state = ASK_FREE;
        }
    }
    if (traffic->running) {
        asks_start(line, int64_max(line->from_at_ns, world_now(traffic->world)));
    }
}

/* The session and address of a client are its own. */
static void
ask_again(struct traffic_line *line, uint32_t index)
{
    struct traffic_try drawn;
    traffic_draw(line, 0, &drawn);
    if (drawn.number == 0 || line->classes[drawn.number - 1].key_hash == 0) {
        drawn.key_hash = hash_step(line->index, index);
    }
    if (line->spec->sessions > 0) {
        drawn.session = 1 + (index - 1) % line->spec->sessions;
    }
    ask_begin(line, index, &drawn);
}

/* --- what happens to an ask --- */

static void
ask_fire(struct world *world, void *context, uint64_t argument)
{
    (void)world;
    struct traffic_line *line = context;
    const uint32_t index = (uint32_t)argument;
    struct traffic_ask *ask = &line->asks[index];
    ask->event = 0;
    if (ask->state == ASK_THINKING) {
        ask_again(line, index);
    } else {
        ASSERT(ask->state == ASK_WAITING);
        ask_try(line, index);
    }
}

static void
ask_done(struct traffic_line *line, uint32_t index, enum request_outcome outcome,
         int64_t latency_ns)
{
    struct traffic_ask *ask = &line->asks[index];
    const struct request_end end = { .line = line->index,
                                     .number = ask->number,
                                     .tries = ask->tries,
                                     .outcome = outcome,
                                     .made_at_ns = ask->made_at_ns,
                                     .ended_at_ns = world_now(line->traffic->world),
                                     .latency_ns = latency_ns };
    ASSERT(line->asks_open > 0);
    line->asks_open--;
    if (line->spec->closed) {
        const int64_t pause_ns =
            latency_ns == 0 && line->spec->think.a_ns == 0 ? ASKS_PAUSE_NS : 0;
        ask_think(line, index, ask->made_at_ns + latency_ns + pause_ns);
    } else {
        ask->state = ASK_FREE;
        ask->next_free = line->asks_free;
        line->asks_free = index;
    }
    traffic_tell(line, &end);
}

void
asks_tried(struct traffic_line *line, uint32_t index, enum request_outcome outcome,
           int64_t latency_ns)
{
    ASSERT(index > 0 && index <= line->asks_used);
    const struct traffic_ask *ask = &line->asks[index];
    ASSERT(ask->state == ASK_TRYING);
    const int64_t answered_at_ns = ask->try_at_ns + latency_ns;
    if (ask_may_retry(line, ask, outcome)) {
        ask_arm(line, index, ASK_WAITING, answered_at_ns + ask_backoff_ns(line, ask));
    } else {
        ask_done(line, index, outcome, answered_at_ns - ask->made_at_ns);
    }
}

void
asks_open(struct traffic_line *line)
{
    line->clients_count = line->spec->clients;
}

void
asks_stop(struct traffic_line *line)
{
    for (uint32_t i = 1; i <= line->asks_used; i++) {
        struct traffic_ask *ask = &line->asks[i];
        if (ask->state == ASK_THINKING) {
            world_cancel(line->traffic->world, ask->event);
            ask->state = ASK_FREE;
        }
    }
}
