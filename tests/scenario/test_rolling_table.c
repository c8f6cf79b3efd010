/*
 * tests/scenario/test_rolling_table.c
 *
 * Goal:   the numbers of Marathon's rolling restart hold whatever the seed.
 * Method: the scenarios of the table, each with twenty seeds; containers start in a drawn time.
 */
#include "tests/scenario/play.h"

#include <criterion/criterion.h>

enum { SEEDS_COUNT = 20 };

/* How many of the seeds pass; of one that does not, all is said. */
static uint32_t
seeds_passed(const char *file)
{
    uint32_t passed = 0;
    for (uint64_t seed = 1; seed <= SEEDS_COUNT; seed++) {
        passed += play_passes(&(struct play_options){ .file = file, .seed = seed }) != 0 ? 1 : 0;
    }
    return passed;
}

Test(rolling_table, four_with_half_and_a_quarter_stay_between_two_healthy_and_five_present)
{
    cr_expect_eq(seeds_passed("scenarios/deploy/rolling-half.json"), SEEDS_COUNT);
}

Test(rolling_table, a_single_one_gets_one_more_for_a_while)
{
    cr_expect_eq(seeds_passed("scenarios/deploy/rolling-one.json"), SEEDS_COUNT);
}

Test(rolling_table, four_with_the_defaults_never_lose_one)
{
    cr_expect_eq(seeds_passed("scenarios/deploy/rolling-full.json"), SEEDS_COUNT);
}
