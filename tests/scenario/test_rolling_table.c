/*
 * tests/scenario/test_rolling_table.c
 *
 * Goal:   the numbers of Marathon's rolling restart hold whatever the seed.
 * Method: the scenarios of the table, each with twenty seeds; containers start in a drawn time.
 */
#include "tests/scenario/play.h"

#include <criterion/criterion.h>

enum { SEEDS_COUNT = 20 };

static void
holds_with_every_seed(const char *file)
{
    for (uint64_t seed = 1; seed <= SEEDS_COUNT; seed++) {
        (void)play_passes(&(struct play_options){ .file = file, .seed = seed });
    }
}

Test(rolling_table, four_with_half_and_a_quarter_stay_between_two_healthy_and_five_present)
{
    holds_with_every_seed("scenarios/deploy/rolling-half.json");
}

Test(rolling_table, a_single_one_gets_one_more_for_a_while)
{
    holds_with_every_seed("scenarios/deploy/rolling-one.json");
}

Test(rolling_table, four_with_the_defaults_never_lose_one)
{
    holds_with_every_seed("scenarios/deploy/rolling-full.json");
}
