/*
 * platform/base/retry_budget.h - how many retries may be made of so many requests.
 *
 * Every request puts in a share of a retry, and every retry takes out a whole one; both are
 * forgotten after ten seconds, in slices of a second. Beside that, so many retries a second are
 * there whatever comes in: ten seconds' worth of them may be overdrawn.
 * Source: Finagle's RetryBudget, which linkerd 1.x gives to each service.
 */
#ifndef PLATFORM_BASE_RETRY_BUDGET_H
#define PLATFORM_BASE_RETRY_BUDGET_H

#include "platform/base/common.h"

enum { RETRY_BUDGET_SECONDS = 10 };

struct retry_budget { /* all-zero: nothing has come in */
    int64_t slices[RETRY_BUDGET_SECONDS]; /* millionths of a retry: came in less went out */
    int64_t sum;
    int64_t slice_at_s; /* the second of the newest slice */
};

/* One request; now_ns never goes back. */
void retry_budget_deposit(struct retry_budget *budget, uint32_t share_ppm, int64_t now_ns);

/* True: there was enough for one retry, and it is taken out. */
bool retry_budget_withdraw(struct retry_budget *budget, uint32_t min_per_s, int64_t now_ns);

#endif
