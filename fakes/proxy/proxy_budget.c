/*
 * fakes/proxy/proxy_budget.c - how many retries a service may cost.
 *
 * Source: Finagle's RetryBudget. Every request puts in its share of a retry and every retry takes
 *         out a whole one; both are forgotten after ten seconds, in slices of a second. A reserve
 *         of so many retries a second, for ten seconds, may be overdrawn.
 */
#include "fakes/proxy/inner.h"

static void
proxy_budget_turn(struct proxy_budget *budget, int64_t now_ns)
{
    const int64_t now_s = now_ns / NS_PER_SEC;
    const int64_t steps = int64_min(now_s - budget->slice_at_s, BUDGET_SLICES);
    for (int64_t i = 0; i < steps; i++) {
        int64_t *oldest = &budget->slices[(now_s - i) % BUDGET_SLICES];
        budget->sum -= *oldest;
        *oldest = 0;
    }
    budget->slice_at_s = now_s;
}

static void
proxy_budget_put(struct proxy_budget *budget, int64_t now_ns, int64_t amount)
{
    budget->slices[now_ns / NS_PER_SEC % BUDGET_SLICES] += amount;
    budget->sum += amount;
}

void
proxy_budget_deposit(struct proxy_budget *budget, const struct env_resilience *resilience,
                     int64_t now_ns)
{
    proxy_budget_turn(budget, now_ns);
    proxy_budget_put(budget, now_ns, resilience->budget_ppm);
}

bool
proxy_budget_withdraw(struct proxy_budget *budget, const struct env_resilience *resilience,
                      int64_t now_ns)
{
    const int64_t reserve = (int64_t)resilience->budget_min_per_s * BUDGET_SLICES * PPM;
    proxy_budget_turn(budget, now_ns);
    if (budget->sum + reserve < PPM) {
        return false;
    }
    proxy_budget_put(budget, now_ns, -PPM);
    return true;
}
