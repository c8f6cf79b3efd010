/*
 * tests/unit/balancer/test_policies_draw.c
 *
 * Goal:   random(N) and p2c draw as their sources say and take the better of what they drew.
 * Method: with equal weights the draws are remade from the same stream; with others, shares over
 *         many picks.
 */
#include "tests/unit/balancer/policies_bed.h"

Test(policies_draw, random_lets_the_last_draw_win_a_tie)
{
    struct bed bed;
    bed_open(&bed, "random(2)", NULL, 8);
    struct rng same = bed.state.rng;
    uint32_t firsts_differ = 0;
    for (uint32_t i = 0; i < 200; i++) {
        const uint32_t first = rng_below(&same, 8);
        const uint32_t second = rng_below(&same, 8);
        firsts_differ += first != second;
        cr_assert_eq(bed_pick(&bed), second);
    }
    cr_assert(firsts_differ > 100);
}

Test(policies_draw, random_takes_the_least_loaded_of_its_draws)
{
    struct bed bed;
    bed_open(&bed, "random(3)", NULL, 8);
    for (uint32_t i = 0; i < 8; i++) {
        bed.servers[i].open = (i * 5) % 8; /* all different */
    }
    bed_changed(&bed);
    struct rng same = bed.state.rng;
    for (uint32_t i = 0; i < 200; i++) {
        uint32_t best = rng_below(&same, 8);
        for (uint32_t draw = 0; draw < 2; draw++) {
            const uint32_t drawn = rng_below(&same, 8);
            best = bed.servers[drawn].open <= bed.servers[best].open ? drawn : best;
        }
        cr_assert_eq(bed_pick(&bed), best);
    }
}

Test(policies_draw, random_may_draw_the_same_server_twice)
{
    struct bed bed;
    bed_open(&bed, "random(2)", NULL, 2);
    bed_set_open(&bed, 0, 9); /* only picked when both draws fall on it */
    uint32_t busy = 0;
    for (uint32_t i = 0; i < 4000; i++) {
        busy += bed_pick(&bed) == 0;
    }
    cr_assert(busy > 850 && busy < 1150, "%u of 4000, expected about a quarter", busy);
}

Test(policies_draw, random_compares_open_requests_for_their_weight)
{
    static const uint32_t weights[] = { 100, 200 };
    struct bed bed;
    bed_open(&bed, "random(64)", weights, 2); /* both are drawn, but for a chance of 1e-11 */
    bed.servers[0].open = 10;
    bed_set_open(&bed, 1, 19);
    cr_assert_eq(bed_pick(&bed), 1);
    bed_set_open(&bed, 1, 21);
    cr_assert_eq(bed_pick(&bed), 0);
    bed_close(&bed);
}

/* The table of weights against the weights: every column is split exactly. */
Test(policies_draw, random_draws_by_weight_whatever_the_weights)
{
    struct rng rng;
    rng_init(&rng, 3, 0, "weights");
    for (uint32_t round = 0; round < 8; round++) {
        uint32_t weights[16];
        uint32_t picks[16] = { 0 };
        uint32_t sum = 0;
        const uint32_t out = round % 2 == 0 ? 16 : rng_below(&rng, 16);
        struct bed bed;
        for (uint32_t i = 0; i < 16; i++) {
            weights[i] = 1 + rng_below(&rng, i % 3 == 0 ? 256 : 8);
            sum += i != out ? weights[i] : 0;
        }
        bed_open(&bed, "random(1)", weights, 16);
        if (out < 16) {
            bed_set_eligible(&bed, out, false);
        }
        for (uint32_t i = 0; i < 100000; i++) {
            picks[bed_pick(&bed)]++;
        }
        double chi2 = 0; /* 15 degrees of freedom: 99.99 % lie below 44.3 */
        for (uint32_t i = 0; i < 16; i++) {
            const double due = i != out ? 100000.0 * weights[i] / sum : 0;
            chi2 += due > 0 ? (picks[i] - due) * (picks[i] - due) / due : picks[i];
        }
        cr_assert(chi2 < 44.3, "round %u: %f", round, chi2);
        bed_close(&bed);
    }
}

Test(policies_draw, two_choices_are_always_distinct)
{
    struct bed bed;
    bed_open(&bed, "p2c", NULL, 2);
    bed_set_open(&bed, 0, 1); /* both are always drawn: the other always wins */
    for (uint32_t i = 0; i < 2000; i++) {
        cr_assert_eq(bed_pick(&bed), 1);
    }
    static const uint32_t weights[] = { 256, 1 }; /* even when one has hardly any weight */
    bed_open(&bed, "p2c", weights, 2);
    bed_set_open(&bed, 0, 1);
    for (uint32_t i = 0; i < 2000; i++) {
        cr_assert_eq(bed_pick(&bed), 1);
    }
    bed_close(&bed);
}

Test(policies_draw, two_choices_never_take_the_worse_of_the_two)
{
    struct bed bed;
    bed_open(&bed, "p2c", NULL, 9);
    for (uint32_t i = 0; i < 9; i++) {
        bed.servers[i].open = (i * 7) % 5;
    }
    bed_changed(&bed);
    struct rng same = bed.state.rng;
    for (uint32_t i = 0; i < 4000; i++) {
        const uint32_t first = rng_below(&same, 9);
        uint32_t second = rng_below(&same, 9);
        while (second == first) {
            second = rng_below(&same, 9);
        }
        const bool better = bed.servers[second].open < bed.servers[first].open;
        cr_assert_eq(bed_pick(&bed), better ? second : first);
    }
}
