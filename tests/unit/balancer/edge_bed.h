/*
 * tests/unit/balancer/edge_bed.h - the edge process on the modelled proxy of a small world, with a
 * clock, a net and a journal that only note what they are given.
 */
#ifndef TESTS_UNIT_BALANCER_EDGE_BED_H
#define TESTS_UNIT_BALANCER_EDGE_BED_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "platform/base/memory.h"
#include "platform/env/process.h"
#include "platform/model/config.h"
#include "platform/wire/messages.h"
#include "platform/wire/routes.h"
#include "tests/unit/fakes/datapath_bed.h"

enum { REPORTS_MAX = 4000, IDS_MAX = 64 };

struct report {
    int64_t  at_ns;
    uint64_t incarnation;
    uint64_t generation;
    uint64_t ids[IDS_MAX];
    uint32_t ids_count;
};

static struct bed bed;
static struct env env;
static struct process *edge;
static struct env_receiver *receiver;
static struct report reports[REPORTS_MAX];
static uint32_t reports_count;
static uint32_t warnings_count;
static char last_warning[400];
static struct msg_edge_stats last_stats; /* without its tail */
static struct sketch last_latencies[2];
static uint32_t stats_count;

/* --- ports --- */

static inline int64_t
test_now(struct env_clock *clock)
{
    (void)clock;
    return world_now(bed.world);
}

static inline void
test_timer_fire(struct world *world, void *context, uint64_t argument)
{
    struct env_timer *timer = context;
    if (!timer->armed || timer->generation != (uint32_t)argument) {
        return;
    }
    timer->armed = timer->period_ns > 0;
    if (timer->armed) {
        world_at(world, world_now(world) + timer->period_ns, WORLD_CLASS_TIMER, bed.process,
                 test_timer_fire, timer, argument);
    }
    timer->fire(timer);
}

static inline void
test_timer_start(struct env_clock *clock, struct env_timer *timer, int64_t delay_ns,
                 int64_t period_ns)
{
    (void)clock;
    timer->armed = true;
    timer->period_ns = period_ns;
    timer->generation++;
    world_at(bed.world, world_now(bed.world) + delay_ns, WORLD_CLASS_TIMER, bed.process,
             test_timer_fire, timer, timer->generation);
}

static inline void
test_timer_cancel(struct env_clock *clock, struct env_timer *timer)
{
    (void)clock;
    timer->armed = false;
}

static const struct env_clock_ops clock_ops = { "test", test_now, test_timer_start,
                                                test_timer_cancel };
static struct env_clock test_clock = { &clock_ops };

static inline void
test_note_stats(const struct msg_edge_stats *stats)
{
    last_stats = *stats;
    stats_count++;
    cr_assert(stats->older_len <= stats->tail_len);
    cr_assert_eq(sketch_decode(stats->tail, stats->older_len, &last_latencies[0]), ST_OK);
    cr_assert_eq(sketch_decode(stats->tail + stats->older_len, stats->tail_len - stats->older_len,
                               &last_latencies[1]),
                 ST_OK);
}

static inline void
test_send(struct env_net *net, env_address to, const struct record_type *type, const void *record)
{
    (void)net;
    const struct msg_edge_state *state = record;
    cr_assert_eq(to, env_address_of(ENV_PROCESS_MASTER, 0));
    if (type == &msg_edge_stats_type) {
        test_note_stats(record);
        return;
    }
    cr_assert_eq(type, &msg_edge_state_type);
    cr_assert(reports_count < REPORTS_MAX);
    struct report *report = &reports[reports_count++];
    *report = (struct report){ .at_ns = world_now(bed.world),
                               .incarnation = state->incarnation,
                               .generation = state->generation,
                               .ids_count = (uint32_t)(state->tail_len / sizeof(uint64_t)) };
    cr_assert(report->ids_count <= IDS_MAX);
    memcpy(report->ids, state->tail, state->tail_len);
}

static inline void
test_listen(struct env_net *net, struct env_receiver *given)
{
    (void)net;
    receiver = given;
}

static const struct env_net_ops net_ops = { "test", test_send, test_listen };
static struct env_net test_net = { .ops = &net_ops };

static inline void
test_write(struct env_journal *journal, const struct env_event *event)
{
    (void)journal;
    if (event->kind == ENV_EVENT_WARNING) {
        warnings_count++;
        snprintf(last_warning, sizeof last_warning, "%s", event->text);
    }
}

static const struct env_journal_ops journal_ops = { "test", test_write };
static struct env_journal test_journal = { &journal_ops };

/* --- the story --- */

static inline void
edge_begin(void)
{
    static const struct edge_config config = { .node = 0,
                                               .master = (env_address)ENV_PROCESS_MASTER << 24,
                                               .report_ns = SEC(5),
                                               .poll_ns = MS(100) };
    fake_proxy_port_init(&bed.port, bed.proxy, bed.process);
    env = (struct env){ .clock = &test_clock,
                        .net = &test_net,
                        .proxy = &bed.port.base,
                        .journal = &test_journal,
                        .memory_poison = 0xA5 };
    edge = edge_process.open(&env, &config);
}

static inline void
story_open(uint32_t instances, const struct fake_proxy_options *options)
{
    reports_count = 0;
    stats_count = 0;
    warnings_count = 0;
    receiver = NULL;
    datapath_bed_open(&bed, 1, instances, options);
    test_world_run_until(bed.world, SEC(1));
    edge_begin();
}

static inline void
story_close(void)
{
    test_world_process_die(bed.world, bed.process);
    edge_process.close(edge);
    datapath_bed_close(&bed);
}

static inline void
run_for(int64_t ns)
{
    test_world_run_until(bed.world, bed.world->now_ns + ns);
}

static inline const struct report *
last_report(void)
{
    cr_assert(reports_count > 0);
    return &reports[reports_count - 1];
}

static inline void
send_bytes(uint64_t term, uint64_t generation, const void *bytes, size_t len)
{
    struct msg_routes *routes = memory_alloc_zero(1, sizeof *routes + len);
    routes->term = term;
    routes->generation = generation;
    routes->tail_len = (uint32_t)len;
    memcpy(routes->tail, bytes, len);
    receiver->receive(receiver, env_address_of(ENV_PROCESS_MASTER, 0), &msg_routes_type, routes);
    memory_free(routes);
}

/* What the bed's endpoints say now. */
static inline void
send_routes(uint64_t term, uint64_t generation)
{
    struct strbuf bytes = { 0 };
    bed.service.endpoints = bed.endpoints;
    bed.service.endpoints_count = bed.endpoints_count;
    routes_encode(&(struct routes){ .services = &bed.service, .services_count = 1 }, &bytes);
    send_bytes(term, generation, bytes.text, bytes.len);
    strbuf_fini(&bytes);
}

#endif
