/* platform/deploy/strategies/canary.c - how many instances a step of a canary needs. */
#include "platform/deploy/strategies/canary.h"

static uint32_t
canary_less(uint32_t a, uint32_t b)
{
    return a > b ? a - b : 0;
}

static uint32_t
canary_min(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

struct rolling_limits
canary_limits(const struct strategy_spec *strategy, uint32_t wanted, uint32_t minimum_health_ppm)
{
    const uint32_t surge = strategy_amount_of(strategy->surge, wanted, true);
    const uint32_t unavailable = strategy_amount_of(strategy->unavailable, wanted, false);
    struct rolling_limits limits = rolling_limits(wanted, minimum_health_ppm, 0);
    const uint32_t present_min = canary_less(wanted, unavailable);
    limits.healthy_min = present_min > limits.healthy_min ? present_min : limits.healthy_min;
    limits.capacity_max = wanted + surge;
    if (limits.healthy_min >= limits.capacity_max) {
        limits.capacity_max = limits.healthy_min + 1; /* otherwise nothing could ever move */
    }
    return limits;
}

uint32_t
canary_target(const struct strategy_step *step, uint32_t wanted)
{
    if (step->has_instances) {
        return canary_min(step->instances, wanted);
    }
    if (wanted == 0) {
        return 0;
    }
    const uint32_t share = (uint32_t)(((uint64_t)wanted * step->weight_ppm + PPM - 1) / PPM);
    const bool reached = step->weight_ppm > 0 || step->header[0] != '\0';
    return share == 0 && reached ? 1 : share;
}

struct canary_moves
canary_step(struct rolling_limits limits, uint32_t target, const struct rolling_counts *counts)
{
    const uint32_t missing = canary_less(target, counts->new_started);
    /* those that move leave when as many are elsewhere: they must not hold these up */
    const uint32_t old_here = counts->old_live - counts->old_moving;
    const uint32_t new_here = counts->new_live - counts->new_moving;
    const uint32_t room = canary_less(limits.capacity_max, old_here + new_here);
    const uint32_t launches = canary_min(missing, room);
    /* those that are on their way out already make room by themselves: whoever is stopped beside
     * them would only be missed */
    const uint32_t going = old_here - counts->old_staying + new_here - counts->new_started;
    const uint32_t in_the_way = canary_less(missing - launches, going);
    return (struct canary_moves){
        .launches = launches,
        .waits = missing - launches,
        .old_stops = canary_min(in_the_way, counts->old_staying),
    };
}

struct canary_moves
canary_promote(struct rolling_limits limits, const struct rolling_counts *counts)
{
    return canary_step(limits, counts->wanted, counts);
}
