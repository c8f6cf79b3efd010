/*
 * tests/scenario/test_unkind_world.c
 *
 * Goal:   lost, doubled and late messages, failed and lost commits, a moody engine and proxy, all
 *         beside random faults and forced changes of mind: all settles and no invariant breaks.
 * Method: a busy story on three zones, a few seeds each; those are pinned that once found a bug.
 */
#include "tests/scenario/play.h"

#include <criterion/criterion.h>

#define DEPLOY(at, set)                                                                            \
    "{ \"at\": \"" at "\", \"do\": \"deploy\", \"app\": \"/web\", \"force\": true, "               \
    "\"set\": " set " }"
#define IMAGE(version) "{ \"container\": { \"docker\": { \"image\": \"shop/web:" version "\" } } }"
#define SCALE(at, instances)                                                                       \
    "{ \"at\": \"" at "\", \"do\": \"scale\", \"app\": \"/web\", \"force\": true, "                \
    "\"instances\": " instances " }"
#define FAULTS                                                                                     \
    " \"faults\": { \"swarm\": true, \"from\": \"1m\", \"until\": \"13m\", \"every\": \"12s\","    \
    " \"max_at_once\": 6, \"nodes_down_max\": 2 }, \"expect\": [] "

static const char busy[] =
    "{ \"name\": \"busy\", \"extends\": \"scenarios/base/three-zones.json\","
    " \"duration\": \"15m\", \"settle\": \"15m\","
    " \"traffic\": [ { \"to\": \"web.example.com\", \"rate\": \"20/s\", \"from\": \"1m\" } ],"
    " \"timeline\": [" DEPLOY("2m", IMAGE("2.0")) "," DEPLOY("2m5s", IMAGE("1.0")) ","
    SCALE("2m9s", "9") "," SCALE("3m", "2") "," DEPLOY("3m2s", IMAGE("2.0")) ","
    SCALE("6m", "12") "," DEPLOY("6m10s", IMAGE("1.0")) "," SCALE("7m", "0") ","
    SCALE("8m", "6") "," DEPLOY("9m", "{ \"mem\": 200 }") " ]," FAULTS "}";

/* Machines that hold one instance each, and are given up after one missed heartbeat. */
static const char tight[] =
    "{ \"name\": \"tight\", \"extends\": \"scenarios/base/three-zones.json\","
    " \"duration\": \"15m\", \"settle\": \"15m\","
    " \"scheduler\": { \"policy\": \"best-fit\", \"tie\": \"random\", \"agent_timeout\": \"20s\","
    "   \"drain_timeout\": \"10s\" },"
    " \"traffic\": [ { \"to\": \"web.example.com\", \"rate\": \"20/s\", \"from\": \"1m\" } ],"
    " \"apps\": [ { \"file\": \"scenarios/apps/web.json\", \"set\": { \"cpus\": 1.5 } },"
    "   { \"file\": \"scenarios/apps/api.json\" } ],"
    " \"timeline\": [" DEPLOY("4m", IMAGE("2.0")) "," DEPLOY("8m", IMAGE("1.0")) " ]," FAULTS "}";

/* How many of the seeds from 1 on pass; of one that does not, all is said. */
static uint64_t
settled(const char *text, struct play_options options, uint64_t seeds_count)
{
    uint64_t passed = 0;
    options.text = text;
    for (options.seed = 1; options.seed <= seeds_count; options.seed++) {
        passed += play_passes(&options) != 0 ? 1 : 0;
    }
    return passed;
}

Test(unkind_world, random_faults_alone)
{
    cr_expect_eq(settled(busy, (struct play_options){ 0 }, 12), 12);
    cr_expect_eq(settled(tight, (struct play_options){ 0 }, 12), 12);
}

Test(unkind_world, messages_are_lost_and_doubled)
{
    const struct play_options options = { .net = { .loss_ppm = 100000, .duplicates_ppm = 100000 } };
    cr_expect_eq(settled(busy, options, 8), 8);
    cr_expect_eq(settled(tight, options, 8), 8);
}

Test(unkind_world, messages_overtake_each_other)
{
    const struct play_options options = { .net = { .jitter_ns = MS(500),
                                                   .duplicates_ppm = 50000 } };
    cr_expect_eq(settled(busy, options, 8), 8);
    cr_expect_eq(settled(tight, options, 8), 8);
}

Test(unkind_world, the_store_fails_and_loses_its_answers)
{
    const struct play_options options = { .store = { .commit_fail_ppm = 20000,
                                                    .commit_lost_ppm = 20000 } };
    cr_expect_eq(settled(busy, options, 12), 12);
}

Test(unkind_world, the_engines_fail_and_lose_their_answers)
{
    const struct play_options options = { .containers = { .unavailable_ppm = 50000,
                                                         .lost_ppm = 100000,
                                                         .start_fail_ppm = 50000,
                                                         .pull_fail_ppm = 100000 } };
    cr_expect_eq(settled(busy, options, 8), 8);
}

Test(unkind_world, the_proxies_fail_and_lose_their_answers)
{
    const struct play_options options = { .proxy = { .apply_fail_ppm = 100000,
                                                    .apply_lost_ppm = 100000,
                                                    .open_fail_ppm = 100000 } };
    cr_expect_eq(settled(busy, options, 8), 8);
}
