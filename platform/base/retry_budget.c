/* platform/base/retry_budget.c - a balance of retries over the last ten seconds. */
#include "platform/base/retry_budget.h"

static void
retry_budget_turn(struct retry_budget *budget, int64_t now_ns)
{
    const int64_t now_s = now_ns / NS_PER_SEC;
    ASSERT(now_s >= budget->slice_at_s);
    const int64_t steps = int64_min(now_s - budget->slice_at_s, RETRY_BUDGET_SECONDS);
    for (int64_t i = 0; i < steps; i++) {
        int64_t *oldest = &budget->slices[(now_s - i) % RETRY_BUDGET_SECONDS];
        budget->sum -= *oldest;
        *oldest = 0;
    }
    budget->slice_at_s = now_s;
}

static void
retry_budget_put(struct retry_budget *budget, int64_t amount)
{
    budget->slices[budget->slice_at_s % RETRY_BUDGET_SECONDS] += amount;
    budget->sum += amount;
}

void
retry_budget_deposit(struct retry_budget *budget, uint32_t share_ppm, int64_t now_ns)
{
    retry_budget_turn(budget, now_ns);
    retry_budget_put(budget, share_ppm);
}

bool
retry_budget_withdraw(struct retry_budget *budget, uint32_t min_per_s, int64_t now_ns)
{
    const int64_t reserve = (int64_t)min_per_s * RETRY_BUDGET_SECONDS * PPM;
    retry_budget_turn(budget, now_ns);
    if (budget->sum + reserve < PPM) {
        return false;
    }
    retry_budget_put(budget, -PPM);
    return true;
}
