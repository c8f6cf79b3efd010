/*
 * tests/unit/sim/traffic_story.h - lines of traffic before the bed's edge and instances, in a small
 * world; every outcome is counted.
 *
 * Use: story_open, story_run_for as often as wanted, story_close: nothing may be left over.
 */
#ifndef TESTS_UNIT_SIM_TRAFFIC_STORY_H
#define TESTS_UNIT_SIM_TRAFFIC_STORY_H

#include <criterion/criterion.h>
#include <string.h>

#include "sim/traffic.h"
#include "tests/unit/fakes/datapath_bed.h"

enum { LINES_MAX = 3, CLASSES_MAX = 4 };

#define RATE(per_s) (INT64_C(1000000) * (per_s))

static struct bed bed;
static struct traffic *traffic;
static uint32_t outcomes[LINES_MAX][REQUEST_OUTCOME_COUNT];
static uint32_t outcomes_count;
static struct request_end last;
static uint32_t tries[LINES_MAX];
static uint64_t ended_sum[LINES_MAX]; /* of instants, modulo 2^64 */
static uint64_t stay_sum[LINES_MAX];
static uint32_t by_class[LINES_MAX][CLASSES_MAX][REQUEST_OUTCOME_COUNT];

static void
count(void *context, const struct request_end *end)
{
    cr_assert_eq(context, (void *)&bed);
    outcomes[end->line][end->outcome]++;
    outcomes_count++;
    last = *end;
    tries[end->line] += end->tries;
    ended_sum[end->line] += (uint64_t)end->ended_at_ns;
    stay_sum[end->line] += (uint64_t)(end->ended_at_ns - end->made_at_ns);
    by_class[end->line][end->number][end->outcome]++;
    cr_assert_eq(end->ended_at_ns, bed.world->now_ns);
}

/* A line of traffic to the bed's app. */
static struct scenario_traffic
line_of(enum scenario_arrivals arrivals, int64_t rate, int64_t timeout_ns)
{
    return (struct scenario_traffic){ .to = "/web",
                                      .path = "/",
                                      .rate_microhertz = rate,
                                      .arrivals = arrivals,
                                      .timeout_ns = timeout_ns,
                                      .until_at_ns = HOUR(1) };
}

static void
story_open(uint64_t seed, uint32_t instances, const struct scenario_traffic *lines,
           uint32_t lines_count)
{
    memset(outcomes, 0, sizeof outcomes);
    memset(by_class, 0, sizeof by_class);
    memset(tries, 0, sizeof tries);
    memset(ended_sum, 0, sizeof ended_sum);
    memset(stay_sum, 0, sizeof stay_sum);
    outcomes_count = 0;
    datapath_bed_open(&bed, seed, instances, NULL);
    traffic = traffic_open(bed.world, bed.datapath, lines, lines_count, count, &bed);
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    test_world_run_until(bed.world, SEC(1));
    traffic_start(traffic);
}

/* Little's law, exactly: the number in the system over time is what the stays add up to. */
static void
story_obeys_littles_law(uint32_t line)
{
    struct traffic_ledger ledger;
    uint64_t ended = 0;
    for (uint32_t i = 0; i < REQUEST_OUTCOME_COUNT; i++) {
        ended += outcomes[line][i];
    }
    traffic_ledger(traffic, line, &ledger);
    cr_assert_eq(ledger.made, ended + ledger.open);
    const uint64_t now = (uint64_t)bed.world->now_ns;
    cr_assert_eq(ended_sum[line] - ledger.made_at_sum + (ledger.made - ended) * now,
                 stay_sum[line] + ledger.open * now - ledger.open_made_sum);
}

static void
story_close(void)
{
    traffic_stop(traffic);
    test_world_run(bed.world, UINT64_MAX);
    cr_assert_eq(traffic_open_count(traffic), 0);
    cr_assert_eq(traffic_requests(traffic), outcomes_count);
    cr_assert_eq(fake_datapath_requests_open(bed.datapath), 0);
    traffic_close(traffic);
    datapath_bed_close(&bed);
}

static void
story_run_for(int64_t ns)
{
    test_world_run_until(bed.world, bed.world->now_ns + ns);
}

#endif
