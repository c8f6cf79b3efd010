/*
 * tests/unit/balancer/test_policies.c
 *
 * Goal:   policies are found by the words of a label, and every one of the table picks eligible
 *         servers only, whatever changes around it, and the same each time.
 * Method: wrong words and right ones; long random histories of requests, servers that come and go,
 *         weights that change and arrays that are replaced, for each policy in policies.def.
 */
#include "platform/base/record.h"
#include "tests/unit/balancer/policies_bed.h"

#define BALANCE_POLICY(name) extern const struct env_balance_policy balance_policy_##name;
#include "platform/balancer/policies.def"
#undef BALANCE_POLICY

static const struct env_balance_policy *const all[] = {
#define BALANCE_POLICY(name) &balance_policy_##name,
#include "platform/balancer/policies.def"
#undef BALANCE_POLICY
};

Test(policies, are_found_by_the_words_of_a_label)
{
    uint32_t argument = 77;
    cr_assert_str_eq(balance_policy_find("roundrobin", &argument)->name, "roundrobin");
    cr_assert_eq(argument, 0);
    cr_assert_str_eq(balance_policy_find("random", &argument)->haproxy, "random");
    cr_assert_eq(argument, 2);
    cr_assert_not_null(balance_policy_find("random(5)", &argument));
    cr_assert_eq(argument, 5);
    for (uint32_t i = 0; i < COUNT_OF(all); i++) {
        cr_assert_eq(balance_policy_find(all[i]->name, &argument), all[i], "%s", all[i]->name);
        cr_assert_eq(balance_policy_named(all[i]->name), all[i], "%s", all[i]->name);
    }
}

Test(policies, are_refused_when_the_words_are_wrong)
{
    static const char *const wrong[] = { "",           "round",       "roundrobin(2)", "random()",
                                         "random(0)",  "random(1001)", "random(2",     "random(2)x",
                                         "random(-1)", "random(2 )",  "RANDOM",        "(2)",
                                         "peak_ewma",  "static_rr",   "p2c(2)",        "jsq ",
                                         "random(99999999999)" };
    for (uint32_t i = 0; i < COUNT_OF(wrong); i++) {
        uint32_t argument = 77;
        cr_assert_null(balance_policy_find(wrong[i], &argument), "%s", wrong[i]);
        cr_assert_eq(argument, 77, "%s", wrong[i]);
    }
}

Test(policies, say_which_words_haproxy_has_for_them)
{
    static const char *const real[] = { "leastconn", "random", "roundrobin",
                                        "source",    "uri",    "static-rr" };
    static const char *const unreal[] = { "aperture", "ewma", "jsq", "p2c", "peak-ewma" };
    cr_assert_eq(COUNT_OF(real) + COUNT_OF(unreal), COUNT_OF(all));
    for (uint32_t i = 0; i < COUNT_OF(real); i++) {
        cr_assert_str_eq(balance_policy_named(real[i])->haproxy, real[i]);
    }
    for (uint32_t i = 0; i < COUNT_OF(unreal); i++) {
        cr_assert_null(balance_policy_named(unreal[i])->haproxy, "%s", unreal[i]);
    }
}

Test(policies, keep_full_weights_where_haproxy_cannot_change_them)
{
    for (uint32_t i = 0; i < COUNT_OF(all); i++) {
        cr_assert_eq(all[i]->weights_static, strcmp(all[i]->name, "static-rr") == 0);
    }
}

/* --- random histories --- */

/* The array is another one: some servers are gone, some are new, the others have changed places. */
static void
history_replace(struct bed *bed, struct rng *rng, uint64_t *id_last)
{
    for (uint32_t i = bed->count - 1; i > 0; i--) {
        const uint32_t other = rng_below(rng, i + 1);
        const struct env_balance_server swap = bed->servers[i];
        bed->servers[i] = bed->servers[other];
        bed->servers[other] = swap;
    }
    bed->count = 1 + rng_below(rng, 24);
    for (uint32_t i = 0; i < bed->count; i++) {
        if (bed->servers[i].id == 0 || rng_chance(rng, 200000)) {
            bed->servers[i] = (struct env_balance_server){ .id = ++*id_last,
                                                           .weight = BED_WEIGHT_ONE,
                                                           .eligible = true };
        }
    }
    bed_changed(bed);
}

static void
history_flip(struct bed *bed, struct rng *rng)
{
    const uint32_t index = rng_below(rng, bed->count);
    if (!bed->servers[index].eligible || bed->eligible > 1) {
        bed_set_eligible(bed, index, !bed->servers[index].eligible);
    }
}

static void
history_weigh(struct bed *bed, struct rng *rng)
{
    const uint32_t weight = 1 + rng_below(rng, ENV_BALANCE_WEIGHT_MAX);
    const bool all_of_them = rng_chance(rng, 500000);
    for (uint32_t i = 0; all_of_them && i < bed->count; i++) {
        bed->servers[i].weight = weight;
    }
    bed_set_weight(bed, rng_below(rng, bed->count), weight);
}

/* One thing that happens around a policy; then a request. */
static void
history_step(struct bed *bed, struct rng *rng, uint64_t *id_last)
{
    const uint32_t what = rng_below(rng, 100);
    const uint32_t busy = bed_busy(bed, rng);
    bed->state.now_ns += rng_between(rng, 0, MS(5));
    if (what < 45 && busy < BED_SERVERS_MAX) {
        bed_ended(bed, busy, rng_between(rng, 1, MS(50)));
    } else if (what < 55) {
        history_flip(bed, rng);
    } else if (what < 57) {
        history_weigh(bed, rng);
    } else if (what < 58) {
        history_replace(bed, rng, id_last);
    }
    bed->state.key_hash = rng_u64(rng);
    bed->state.uri_hash = rng_u64(rng);
    if (bed->eligible > 0) {
        (void)bed_send(bed); /* which asserts that it is eligible */
    }
}

static uint64_t
history_run(const char *label, uint64_t seed, uint32_t steps)
{
    struct bed bed;
    struct rng rng;
    uint64_t id_last = 12;
    uint64_t hash = 0;
    bed_open_seed(&bed, label, NULL, 12, seed);
    rng_init(&rng, seed, 1, "history");
    for (uint32_t step = 0; step < steps; step++) {
        history_step(&bed, &rng, &id_last);
        for (uint32_t i = 0; i < bed.count; i++) {
            hash = hash_step(hash, bed.servers[i].open);
        }
    }
    bed_close(&bed);
    return hash;
}

Test(policies, pick_eligible_servers_only_and_the_same_each_time)
{
    for (uint32_t i = 0; i < COUNT_OF(all); i++) {
        for (uint64_t seed = 1; seed <= 6; seed++) {
            const uint64_t once = history_run(all[i]->name, seed, 3000);
            cr_assert_eq(once, history_run(all[i]->name, seed, 3000), "%s, seed %u", all[i]->name,
                         (uint32_t)seed);
        }
        cr_assert_neq(history_run(all[i]->name, 1, 3000), history_run(all[i]->name, 2, 3000));
    }
}

Test(policies, pick_the_only_eligible_server_of_many)
{
    for (uint32_t i = 0; i < COUNT_OF(all); i++) {
        for (uint32_t equal = 0; equal < 2; equal++) {
            struct bed bed;
            bed_open(&bed, all[i]->name, NULL, 64);
            for (uint32_t server = 0; server < 64; server++) {
                bed.servers[server].eligible = server == 41;
                bed.servers[server].weight = equal == 1 ? BED_WEIGHT_ONE : server + 1;
            }
            bed_changed(&bed);
            for (uint32_t pick = 0; pick < 20; pick++) {
                bed.state.key_hash = pick;
                bed.state.uri_hash = pick;
                cr_assert_eq(bed_send(&bed), 41, "%s", all[i]->name);
            }
            bed_close(&bed);
        }
    }
}

Test(policies, bear_that_nobody_is_eligible_and_that_there_is_nobody)
{
    for (uint32_t i = 0; i < COUNT_OF(all); i++) {
        struct bed bed;
        bed_open(&bed, all[i]->name, NULL, 0);
        bed.count = 2;
        bed.servers[0] = (struct env_balance_server){ .id = 1, .weight = 16, .open = 1 };
        bed.servers[1] = (struct env_balance_server){ .id = 2, .weight = 32 };
        bed_changed(&bed);
        bed_ended(&bed, 0, MS(1));
        bed_set_eligible(&bed, 1, true);
        cr_assert_eq(bed_send(&bed), 1, "%s", all[i]->name);
        bed_close(&bed);
    }
}

/* Those that heed weights send by them when nobody is busy. */
Test(policies, send_to_idle_servers_by_their_weights)
{
    static const char *const labels[] = { "ewma",       "p2c",       "peak-ewma", "random(1)",
                                          "roundrobin", "static-rr", "source",    "uri" };
    static const uint32_t weights[] = { 20, 60, 120 };
    for (uint32_t i = 0; i < COUNT_OF(labels); i++) {
        struct bed bed;
        uint32_t picks[3] = { 0 };
        bed_open(&bed, labels[i], weights, 3);
        for (uint32_t pick = 0; pick < 20000; pick++) {
            bed.state.key_hash = pick;
            bed.state.uri_hash = pick;
            picks[bed_pick(&bed)]++;
        }
        bed_close(&bed);
        /* a draw of two servers leaves the second out: its shares come from the first draw */
        cr_assert(picks[0] > 1700 && picks[0] < 2300, "%s: %u", labels[i], picks[0]);
        cr_assert(picks[1] > 5500 && picks[1] < 6500, "%s: %u", labels[i], picks[1]);
    }
}
