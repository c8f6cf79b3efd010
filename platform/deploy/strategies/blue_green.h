/*
 * platform/deploy/strategies/blue_green.h - the new instances grow beside the old ones: pure
 * arithmetic.
 *
 * Source: marathon-lb's zdd.py: the new ones begin with `initial` and become n + (n + 1) / 2 each
 *         step (or n + increase), all of them once they are at least as many as the old ones; for
 *         each that is well an old one leaves, as many as
 *         min(old, new, max(0, new + old - wanted)).
 *         It differs in one thing: a hybrid stop is a pause of the deployment, so that promote ends
 *         it and abort undoes it.
 */
#ifndef PLATFORM_DEPLOY_STRATEGIES_BLUE_GREEN_H
#define PLATFORM_DEPLOY_STRATEGIES_BLUE_GREEN_H

#include "platform/base/common.h"

/* How many new ones to have after the next step, from so many now (0: at the beginning). */
uint32_t blue_green_next(uint32_t now, uint32_t old, uint32_t wanted, uint32_t initial,
                         uint32_t increase);

/* How many of the old ones that were there at the start should have left. */
uint32_t blue_green_leave(uint32_t old_at_start, uint32_t new_serving, uint32_t wanted);

#endif
