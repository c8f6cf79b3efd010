/*
 * tests/unit/scheduler/test_quota.c
 *
 * Goal:   limits are hard, guarantees are kept free for their role and taken from nobody else's
 *         headroom, and each says why.
 * Method: the arithmetic alone.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "platform/scheduler/quota.h"

static struct amounts
cpus_mib(int64_t cpu_milli, int64_t mib)
{
    return (struct amounts){ .of = { [AMOUNT_CPU] = cpu_milli, [AMOUNT_MEMORY] = MIB(mib) } };
}

static struct scheduler_role
role(int64_t guarantee_cpu_milli, int64_t limit_cpu_milli)
{
    return (struct scheduler_role){ .name = "dev",
                                    .weight_milli = SCHEDULER_WEIGHT_MILLI,
                                    .guarantee = cpus_mib(guarantee_cpu_milli, 0),
                                    .limit = { .of = { limit_cpu_milli, AMOUNT_NO_LIMIT,
                                                       AMOUNT_NO_LIMIT, AMOUNT_NO_LIMIT } } };
}

Test(quota, finds_a_role_by_its_name_or_none)
{
    const struct scheduler_role roles[] = { role(0, 1000) };
    cr_expect(eq(ptr, (void *)quota_find(roles, 1, "dev"), (void *)&roles[0]));
    cr_expect_null(quota_find(roles, 1, "prod"));
    cr_expect_null(quota_find(NULL, 0, "dev"));
}

Test(quota, holds_what_would_go_above_a_limit_and_nothing_up_to_it)
{
    const struct scheduler_role dev = role(0, 4000);
    const struct amounts has = cpus_mib(3000, 100000);
    const struct amounts one = cpus_mib(1000, 100000);
    const struct amounts more = cpus_mib(1001, 1);
    const struct amounts none_of_it = cpus_mib(0, 100000);
    const struct amounts full = cpus_mib(5000, 0); /* the limit was lowered under it */
    cr_expect(eq(int, quota_limit(&dev, &has, &one), -1));
    cr_expect(eq(int, quota_limit(&dev, &has, &more), AMOUNT_CPU));
    cr_expect(eq(int, quota_limit(&dev, &full, &none_of_it), -1));
    cr_expect(eq(int, quota_limit(NULL, &has, &more), -1));
}

Test(quota, keeps_what_others_lack_of_their_guarantees)
{
    const struct amounts free = cpus_mib(6000, 1000);
    const struct amounts unmet = cpus_mib(4000, 0);
    const struct amounts none = { 0 };
    const struct amounts two = cpus_mib(2000, 1000);
    const struct amounts three = cpus_mib(3000, 1);
    cr_expect(eq(int, quota_headroom(&free, &unmet, &none, &two), -1));
    cr_expect(eq(int, quota_headroom(&free, &unmet, &none, &three), AMOUNT_CPU));
    /* what it is guaranteed itself it takes, and no more than that beside the others */
    const struct amounts own = cpus_mib(3000, 0);
    const struct amounts four = cpus_mib(4000, 1);
    const struct amounts six = cpus_mib(6000, 1);
    cr_expect(eq(int, quota_headroom(&free, &unmet, &own, &three), -1));
    cr_expect(eq(int, quota_headroom(&free, &unmet, &own, &four), -1));
    cr_expect(eq(int, quota_headroom(&free, &unmet, &own, &six), AMOUNT_CPU));
    /* nobody else lacks anything: nothing is kept, be it too little */
    cr_expect(eq(int, quota_headroom(&none, &own, &own, &six), -1));
}

Test(quota, tells_what_a_role_lacks)
{
    const struct scheduler_role dev = role(3000, AMOUNT_NO_LIMIT);
    const struct amounts less = cpus_mib(1000, 5);
    const struct amounts enough = cpus_mib(3000, 0);
    cr_expect(quota_is_below(&dev, &less));
    cr_expect(not(quota_is_below(&dev, &enough)));
    cr_expect(not(quota_is_below(NULL, &less)));
    cr_expect(eq(i64, quota_unmet(&dev, &less).of[AMOUNT_CPU], 2000));
    cr_expect(eq(i64, quota_unmet(&dev, &less).of[AMOUNT_MEMORY], 0));
    cr_expect(eq(i64, quota_unmet(NULL, &less).of[AMOUNT_CPU], 0));
}

Test(quota, says_why_in_words)
{
    char text[200];
    const struct scheduler_role dev = role(0, 4000);
    const struct amounts full = cpus_mib(4000, 0);
    const struct amounts half = cpus_mib(3500, 0);
    const struct amounts unmet = cpus_mib(2500, 0);
    const struct amounts own = cpus_mib(1500, 0);
    quota_print_limit(&dev, &full, AMOUNT_CPU, text, sizeof text);
    cr_expect_str_eq(text, "role dev is at its limit of 4 cpus");
    quota_print_limit(&dev, &half, AMOUNT_CPU, text, sizeof text);
    cr_expect_str_eq(text, "role dev has 3.5 cpus, and would be above its limit of 4 cpus");
    quota_print_headroom(&unmet, &own, AMOUNT_CPU, text, sizeof text);
    cr_expect_str_eq(text, "1 cpu of what is free are kept for the guarantees of other roles");
}
