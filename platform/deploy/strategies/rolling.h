/*
 * platform/deploy/strategies/rolling.h - Marathon's rolling restart: pure arithmetic.
 *
 * Source: Marathon 1.11 TaskReplaceActor.computeRestartStrategy, with four changes:
 *   - a healthy instance is stopped only when those that remain are at least
 *     ceil(N x minimumHealthCapacity): Marathon counts a kill as done before the instance is gone;
 *   - one extra instance is allowed whenever minimum and maximum are equal, also when old instances
 *     are unhealthy: Marathon would then wait for ever;
 *   - old instances that were kept because they were not healthy when the restart began are stopped
 *     like the others once they are: Marathon counts but once, and when they hold the room that the
 *     new ones need it waits for ever;
 *   - those that leave no room for a first new one are stopped at the start (unhealthy ones go
 *     first, and the guard above holds): else a lone instance that is broken is never replaced.
 */
#ifndef PLATFORM_DEPLOY_STRATEGIES_ROLLING_H
#define PLATFORM_DEPLOY_STRATEGIES_ROLLING_H

#include "platform/base/common.h"

struct rolling_limits {
    uint32_t healthy_min;  /* never fewer healthy because of us */
    uint32_t capacity_max; /* never more present because of us */
};

struct rolling_counts {
    uint32_t wanted;       /* N: new instances in the end */
    uint32_t healthy;      /* old and new: running, healthy, not being stopped */
    uint32_t old_live;     /* old ones not yet gone, the stopping ones included */
    uint32_t old_staying;  /* of these, not being stopped and not moving */
    uint32_t old_moving;   /* of these, replaced elsewhere before they are stopped (a drain) */
    uint32_t new_live;     /* new ones not yet gone, the stopping ones included */
    uint32_t new_started;  /* of these, not being stopped, nor moving; pending ones included */
    uint32_t new_moving;   /* of these, as above */
    uint32_t new_serving;  /* of these, healthy and ready */
};

struct rolling_limits rolling_limits(uint32_t wanted, uint32_t minimum_health_ppm,
                                     uint32_t over_capacity_ppm);

/* The same for an app whose instances are bound to volumes: never one more, so that one healthy
 * instance less than asked for is allowed where nothing could move otherwise. */
struct rolling_limits rolling_limits_resident(uint32_t wanted, uint32_t minimum_health_ppm,
                                              uint32_t over_capacity_ppm);

/*
 * How many old ones may be stopped at once when the restart begins; kept in the deployment, so that
 * each new instance that serves allows one more.
 */
uint32_t rolling_kill_at_start(struct rolling_limits limits, const struct rolling_counts *counts);

/*
 * How many old ones should stay now: the rest are stopped, as far as the guard lets healthy ones
 * go.
 */
uint32_t rolling_old_kept(uint32_t old_at_start, uint32_t kill_at_start, uint32_t new_serving);

/* How many new ones to launch now. */
uint32_t rolling_launches(struct rolling_limits limits, const struct rolling_counts *counts);

/* Whether one more healthy instance may be stopped. */
bool rolling_may_stop_healthy(struct rolling_limits limits, uint32_t healthy);

bool rolling_is_done(const struct rolling_counts *counts);

#endif
