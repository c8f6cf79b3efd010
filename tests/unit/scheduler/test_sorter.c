/*
 * tests/unit/scheduler/test_sorter.c
 *
 * Goal:   roles come in the order of dominant resource fairness: the worked example of its paper
 *         step by step, Mesos' sorter test, weights, ties, and shares that differ in the last
 *         digit.
 * Method: the sorter alone; what is placed is told to it, its order is compared.
 */
#include <stdio.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "platform/scheduler/sorter.h"

static struct amounts
cpus_gb(int64_t cpus, int64_t gb)
{
    return (struct amounts){ .of = { [AMOUNT_CPU] = cpus * 1000,
                                     [AMOUNT_MEMORY] = gb * MIB(1024) } };
}

/* The names in their order, one after the other. */
static void
expect_order(const struct sorter *sorter, const char *names)
{
    uint32_t order[16];
    char     text[64] = "";
    size_t len = 0;
    const uint32_t count = sorter_order(sorter, order);
    for (uint32_t i = 0; i < count; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", i > 0 ? " " : "",
                                sorter_at(sorter, order[i])->name);
    }
    cr_assert_str_eq(text, names);
}

static void
give(struct sorter *sorter, const char *name, int64_t cpus, int64_t gb)
{
    const struct amounts amounts = cpus_gb(cpus, gb);
    sorter_allocated(sorter, sorter_add(sorter, name), &amounts);
}

static void
take(struct sorter *sorter, const char *name, int64_t cpus, int64_t gb)
{
    const struct amounts amounts = cpus_gb(cpus, gb);
    sorter_unallocated(sorter, sorter_add(sorter, name), &amounts);
}

/* Places tasks of two roles as long as one fits; the order in which they went, a letter a task. */
static void
fill(struct sorter *sorter, const char *const names[2], const struct amounts wants[2], char *ret)
{
    struct amounts left = sorter->total;
    for (uint32_t placed = 0; placed < 10; placed++) {
        uint32_t order[2];
        (void)sorter_order(sorter, order);
        uint32_t i = 0;
        while (i < 2 && (wants[order[i]].of[AMOUNT_CPU] > left.of[AMOUNT_CPU] ||
                         wants[order[i]].of[AMOUNT_MEMORY] > left.of[AMOUNT_MEMORY])) {
            i++;
        }
        if (i == 2) {
            return;
        }
        amounts_add(&left, &wants[order[i]], -1);
        sorter_allocated(sorter, order[i], &wants[order[i]]);
        *ret++ = names[order[i]][0];
        *ret = '\0';
    }
}

Test(sorter, gives_the_papers_example_in_its_order)
{
    /* A is <1 CPU, 4 GB> and B <3 CPUs, 1 GB>. Nothing against nothing is a tie, which the paper
     * gives to B: here to the lower name, so B's is the lower one. */
    static const char *const names[2] = { "memory (A)", "cpu (B)" };
    const struct amounts wants[2] = { cpus_gb(1, 4), cpus_gb(3, 1) };
    char went[16] = "";
    struct sorter sorter;
    sorter_init(&sorter);
    sorter.total = cpus_gb(9, 18);
    cr_assert(eq(u32, sorter_add(&sorter, names[0]), 0));
    cr_assert(eq(u32, sorter_add(&sorter, names[1]), 1));
    fill(&sorter, names, wants, went);
    cr_assert_str_eq(went, "cmmcm");
    /* 2/3 of the memory, and 2/3 of the processors */
    cr_assert(eq(i64, sorter_at(&sorter, 0)->allocated.of[AMOUNT_CPU], 3000));
    cr_assert(eq(i64, sorter_at(&sorter, 0)->allocated.of[AMOUNT_MEMORY], MIB(12 * 1024)));
    cr_assert(eq(i64, sorter_at(&sorter, 1)->allocated.of[AMOUNT_CPU], 6000));
    cr_assert(eq(i64, sorter_at(&sorter, 1)->allocated.of[AMOUNT_MEMORY], MIB(2 * 1024)));
    sorter_fini(&sorter);
}

Test(sorter, gives_the_same_in_the_end_when_the_tie_goes_to_the_other)
{
    static const char *const names[2] = { "A", "B" };
    const struct amounts wants[2] = { cpus_gb(1, 4), cpus_gb(3, 1) };
    char went[16] = "";
    struct sorter sorter;
    sorter_init(&sorter);
    sorter.total = cpus_gb(9, 18);
    (void)sorter_add(&sorter, names[0]);
    (void)sorter_add(&sorter, names[1]);
    fill(&sorter, names, wants, went);
    cr_assert_str_eq(went, "ABABA");
    sorter_fini(&sorter);
}

Test(sorter, orders_as_the_test_of_mesos_sorter_does)
{
    struct sorter sorter;
    sorter_init(&sorter);
    sorter.total = cpus_gb(100, 100);
    give(&sorter, "a", 5, 5);
    give(&sorter, "b", 6, 6);
    expect_order(&sorter, "a b");
    give(&sorter, "c", 1, 1);
    give(&sorter, "d", 3, 1);
    expect_order(&sorter, "c d a b");
    sorter_remove(&sorter, sorter_add(&sorter, "a"));
    take(&sorter, "b", 4, 4);
    expect_order(&sorter, "c b d");
    give(&sorter, "e", 1, 5);
    sorter.total = cpus_gb(50, 100);
    expect_order(&sorter, "c b e d");
    sorter.total = cpus_gb(50, 200);
    give(&sorter, "f", 5, 1);
    give(&sorter, "c", 0, 15);
    expect_order(&sorter, "e b d c f");
    sorter_fini(&sorter);
}

Test(sorter, divides_a_share_by_its_weight)
{
    struct sorter sorter;
    sorter_init(&sorter);
    sorter.total = cpus_gb(100, 100);
    give(&sorter, "heavy", 20, 1);
    give(&sorter, "light", 11, 1);
    expect_order(&sorter, "light heavy");
    sorter_at(&sorter, sorter_add(&sorter, "heavy"))->weight_milli = 2000;
    expect_order(&sorter, "heavy light"); /* 20 / 2 is less than 11 */
    sorter_at(&sorter, sorter_add(&sorter, "light"))->weight_milli = 1100;
    expect_order(&sorter, "heavy light"); /* 20 / 2 is 11 / 1.1, by name */
    sorter_at(&sorter, sorter_add(&sorter, "light"))->weight_milli = 1101;
    expect_order(&sorter, "light heavy");
    sorter_fini(&sorter);
}

Test(sorter, gives_a_tie_to_who_was_given_less_often_and_then_to_the_lower_name)
{
    struct sorter sorter;
    sorter_init(&sorter);
    sorter.total = cpus_gb(10, 10);
    (void)sorter_add(&sorter, "b");
    (void)sorter_add(&sorter, "a");
    expect_order(&sorter, "a b");
    give(&sorter, "a", 1, 1);
    take(&sorter, "a", 1, 1);
    expect_order(&sorter, "b a"); /* what was given back was given all the same */
    sorter_fini(&sorter);
}

Test(sorter, tells_shares_apart_that_differ_in_the_last_byte)
{
    struct sorter sorter;
    const int64_t much = INT64_C(1) << 59; /* more than a double holds exactly */
    sorter_init(&sorter);
    sorter.total.of[AMOUNT_MEMORY] = INT64_C(1) << 60;
    const struct amounts less = { .of = { [AMOUNT_MEMORY] = much } };
    const struct amounts more = { .of = { [AMOUNT_MEMORY] = much + 1 } };
    sorter_allocated(&sorter, sorter_add(&sorter, "a"), &more);
    sorter_allocated(&sorter, sorter_add(&sorter, "b"), &less);
    sorter_at(&sorter, 0)->weight_milli = 1000000000;
    sorter_at(&sorter, 1)->weight_milli = 1000000000;
    expect_order(&sorter, "b a");
    sorter_at(&sorter, 1)->weight_milli = 999999999;
    expect_order(&sorter, "a b");
    sorter_fini(&sorter);
}

Test(sorter, does_not_count_a_resource_that_the_cluster_does_not_have)
{
    struct sorter sorter;
    const struct amounts gpus = { .of = { [AMOUNT_CPU] = 1000, [AMOUNT_GPU] = 4000 } };
    sorter_init(&sorter);
    sorter.total = cpus_gb(10, 10);
    sorter_allocated(&sorter, sorter_add(&sorter, "gpus"), &gpus);
    give(&sorter, "cpus", 2, 1);
    expect_order(&sorter, "gpus cpus");
    sorter_fini(&sorter);
}
