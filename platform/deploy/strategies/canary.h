/*
 * platform/deploy/strategies/canary.h - how many instances a step of a canary needs: pure
 * arithmetic.
 *
 * The share of requests is the balancer's matter, not the number of instances: so the old instances
 * stay in full while there is room for the new ones beside them, and the way back needs no launch.
 * Only where surge leaves no room do old ones make place, as far as `unavailable` lets them.
 * Source: Argo Rollouts 1.x. With a traffic router it keeps the old ones in full too; without one
 *         it lets them shrink by as many as there are new ones. Of its table of replica counts (10
 *         wanted; weight, stable, canary, surge, unavailable -> canary / stable) ours differ where
 *         room is left for the old ones:
 *           10 %, 10, 0, 1, 1     Argo 1 / 9, ours 1 / 10
 *           20 %, 10, 2, 20 %, 0  Argo 2 / 8, ours 2 / 10
 *           5 %, 10, 0, 1, 1      Argo 1 / 9, ours 1 / 10
 *         tests/unit/deploy/test_canary.c holds all of them.
 */
#ifndef PLATFORM_DEPLOY_STRATEGIES_CANARY_H
#define PLATFORM_DEPLOY_STRATEGIES_CANARY_H

#include "platform/deploy/strategies/rolling.h"
#include "platform/model/strategy.h"

/* What to do now; nothing of it must be done twice. */
struct canary_moves {
    uint32_t launches;  /* new ones */
    uint32_t waits;     /* further new ones, for which there is no room yet */
    uint32_t old_stops; /* as far as the guard lets healthy ones go */
};

/* Never fewer healthy, never more present: the stricter of the app's and the strategy's. */
struct rolling_limits canary_limits(const struct strategy_spec *strategy, uint32_t wanted,
                                    uint32_t minimum_health_ppm);

/* How many new instances a step wants: its own number, though not more than the app wants in the
 * end, or its share rounded up, and one at least while any request may reach them. */
uint32_t canary_target(const struct strategy_step *step, uint32_t wanted);

struct canary_moves canary_step(struct rolling_limits limits, uint32_t target,
                                const struct rolling_counts *counts);

/* From the last step on: new ones up to all that are wanted; the old ones are stopped only where
 * they stand in the way, until they have lingered. */
struct canary_moves canary_promote(struct rolling_limits limits,
                                   const struct rolling_counts *counts);

#endif
