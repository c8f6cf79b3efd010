/*
 * tests/unit/base/test_retry_budget.c
 *
 * Goal:   retries stay within their share of the requests of the last ten seconds, and a reserve.
 * Method: requests and retries at instants of the test's own; the sums are known.
 */
#include <criterion/criterion.h>

#include "platform/base/retry_budget.h"

static uint32_t
withdraw_all(struct retry_budget *budget, uint32_t min_per_s, int64_t now_ns)
{
    uint32_t count = 0;
    while (count < 1000000 && retry_budget_withdraw(budget, min_per_s, now_ns)) {
        count++;
    }
    return count;
}

Test(retry_budget, allows_its_share_and_no_more)
{
    struct retry_budget budget = { .sum = 0 };
    cr_assert_not(retry_budget_withdraw(&budget, 0, SEC(5)), "nothing has come in");
    for (uint32_t i = 0; i < 99; i++) {
        retry_budget_deposit(&budget, 200000, SEC(5));
    }
    cr_assert_eq(withdraw_all(&budget, 0, SEC(5)), 19, "a fifth of 99, whole ones");
    retry_budget_deposit(&budget, 200000, SEC(5));
    cr_assert_eq(withdraw_all(&budget, 0, SEC(5)), 1);
}

Test(retry_budget, forgets_after_ten_seconds)
{
    struct retry_budget budget = { .sum = 0 };
    for (uint32_t second = 0; second < 20; second++) {
        for (uint32_t i = 0; i < 10; i++) {
            retry_budget_deposit(&budget, 100000, SEC(second));
        }
    }
    struct retry_budget later = budget;
    cr_assert_eq(withdraw_all(&later, 0, SEC(19)), 10, "of the last ten seconds");
    later = budget;
    cr_assert_eq(withdraw_all(&later, 0, SEC(24)), 5);
    later = budget;
    cr_assert_eq(withdraw_all(&later, 0, SEC(29)), 0);
    later = budget;
    cr_assert_eq(withdraw_all(&later, 0, SEC(100000)), 0);
}

Test(retry_budget, has_a_reserve_that_comes_back)
{
    struct retry_budget budget = { .sum = 0 };
    cr_assert_eq(withdraw_all(&budget, 3, SEC(7)), 30);
    cr_assert_eq(withdraw_all(&budget, 3, SEC(16)), 0, "what was taken is remembered");
    cr_assert_eq(withdraw_all(&budget, 3, SEC(17)), 30);
}

Test(retry_budget, takes_a_share_of_more_than_one)
{
    struct retry_budget budget = { .sum = 0 };
    retry_budget_deposit(&budget, 2500000, 0);
    cr_assert_eq(withdraw_all(&budget, 0, 0), 2);
}
