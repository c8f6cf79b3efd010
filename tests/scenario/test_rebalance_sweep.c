/*
 * tests/scenario/test_rebalance_sweep.c
 *
 * Goal:   the master may die at every step of the moves that make GROUP_BY even again: two
 *         instances go back to the zone that has returned, two and no more are stopped, no request
 *         is lost, and there are never fewer than six that serve.
 * Method: the master dies at each of master_points.h. Then the same with transactions that fail.
 */
#include "tests/scenario/master_points.h"

#include <string.h>

#include <criterion/criterion.h>

enum {
    POINTS_MAX = 2000, /* far more than there are */
    SEEDS = 3
};

#define ZONE_IS_BACK_NS SEC(480)
#define WATCHED_NS      SEC(60) /* both moves, by far */
#define DOWN_NS         SEC(2)

static const char story[] =
    "{ \"name\": \"rebalance-sweep\", \"duration\": \"12m\","
    " \"extends\": \"scenarios/scheduler/rebalance-zone-returns.json\","
    " \"vars\": { \"rebalance\": \"5s\" },"
    " \"traffic\": [ { \"to\": \"web.example.com\", \"rate\": \"10/s\", \"timeout\": \"1s\","
    "   \"from\": \"7m30s\", \"measure_from\": \"7m30s\" } ],"
    " \"expect\": ["
    "  { \"always\": \"healthy\", \"app\": \"/web\", \"at_least\": 6, \"from\": \"8m\" },"
    "  { \"slo\": \"errors\", \"to\": \"web.example.com\", \"at_most\": 0 } ] }";

static bool
is_watched(const struct play *play)
{
    return play->world->now_ns <
           play->scenario->start_at_ns + ZONE_IS_BACK_NS + WATCHED_NS;
}

/* Two run in each zone, and two and no more were stopped since the zone was back. */
static void
expect_two_moved(struct play *play)
{
    const struct results *results = play->results;
    uint32_t              in_zone[3] = { 0 }; /* a, b, c */
    uint32_t              stopped = 0;
    for (uint32_t i = 0; i < results->tasks.count; i++) {
        const struct result_task *task = vec_at(&results->tasks, i);
        if (strcmp(intern_text(&results->names, task->app), "/web") != 0) {
            continue;
        }
        if (task->state == TASK_RUNNING) {
            const struct result_node *node = vec_at(&results->nodes, task->node - 1);
            in_zone[node->zone[0] - 'a']++;
        }
        stopped += task->state == TASK_KILLED &&
                   task->ended_at_ns > ZONE_IS_BACK_NS;
    }
    cr_expect_eq(stopped, 2, "%u were stopped; %s", stopped, play_said(play));
    cr_expect(in_zone[0] == 2 && in_zone[1] == 2 && in_zone[2] == 2,
              "%u in a, %u in b, %u in c; %s", in_zone[0], in_zone[1], in_zone[2],
              play_said(play));
}

static bool
dies_at(uint64_t seed, uint32_t number)
{
    const struct play_options options = { .text = story, .seed = seed };
    struct play              *play = play_open(&options);
    cr_assert(play->world != NULL, "%s", play_said(play));
    const bool   exists = master_points_play(play, ZONE_IS_BACK_NS, is_watched, number);
    const double at_s = (double)(play->world->now_ns - play->scenario->start_at_ns) / 1e9;
    if (exists) {
        cr_assert(world_ops_fake.restart_master(play->world, DOWN_NS, NULL) == ST_OK);
        play_run(play);
        cr_expect(play->results->outcome == OUTCOME_PASSED,
                  "the master dies at point %u, %.9f s: %s", number, at_s, play_said(play));
        expect_two_moved(play);
    }
    play_close(play);
    return exists;
}

Test(rebalance_sweep, the_master_may_die_at_every_step_of_every_move)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        const struct play_options options = { .text = story, .seed = seed };
        uint32_t                  number = 1;
        (void)play_passes(&options);
        while (number < POINTS_MAX && dies_at(seed, number)) {
            number++;
        }
        cr_expect(number > 20, "seed %u: only %u points", (unsigned)seed, number);
        cr_expect(number < POINTS_MAX);
    }
}

/* The n-th transaction fails: a master then forgets everything and loads. False: there is none. */
static bool
commit_fails(uint32_t number, uint64_t quiet)
{
    const struct play_options options = { .text = story,
                                          .seed = 1,
                                          .store.commit_fail_nth = number };
    struct play *play = play_open(&options);
    play_run(play);
    cr_expect(play->results != NULL && play->results->outcome == OUTCOME_PASSED,
              "transaction %u fails: %s", number, play_said(play));
    expect_two_moved(play);
    const bool noticed = play->results != NULL && play->results->trace_hash != quiet;
    play_close(play);
    return noticed;
}

Test(rebalance_sweep, every_transaction_may_fail)
{
    const struct play_options options = { .text = story, .seed = 1 };
    const uint64_t            quiet = play_passes(&options);
    uint32_t                  number = 1;
    while (number < POINTS_MAX && commit_fails(number, quiet)) {
        number++;
    }
    cr_expect(number > 20, "only %u transactions", number);
    cr_expect(number < POINTS_MAX);
}
