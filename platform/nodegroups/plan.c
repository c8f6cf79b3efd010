/* platform/nodegroups/plan.c - how many machines of a group may go and come at a time. */
#include "platform/nodegroups/plan.h"

static uint32_t
plan_less(uint32_t a, uint32_t b)
{
    return a > b ? a - b : 0;
}

uint32_t
plan_share(uint32_t count, uint32_t ppm)
{
    const uint64_t parts = (uint64_t)count * ppm;
    return parts > 0 && parts < PPM ? 1 : (uint32_t)(parts / PPM);
}

struct plan_limits
plan_limits(uint32_t wanted, uint32_t min_healthy_ppm, uint32_t max_healthy_ppm, uint32_t group_max)
{
    const uint32_t missing =
        plan_share(wanted, min_healthy_ppm < PPM ? PPM - min_healthy_ppm : 0);
    const uint32_t more = plan_share(wanted, max_healthy_ppm > PPM ? max_healthy_ppm - PPM : 0);
    struct plan_limits limits = { .healthy_min = plan_less(wanted, missing),
                                  .there_max = wanted + (missing + more == 0 ? 1 : more) };
    if (limits.there_max > group_max) {
        limits.there_max = group_max > wanted ? group_max : wanted;
    }
    limits.can_move = limits.there_max > limits.healthy_min;
    return limits;
}

uint32_t
plan_target(struct plan_limits limits, const struct plan_counts *counts)
{
    const uint32_t needed = counts->old + counts->goal;
    const uint32_t target = needed < limits.there_max ? needed : limits.there_max;
    return target > counts->wanted ? target : counts->wanted;
}

bool
plan_shrinks(struct plan_limits limits, const struct plan_counts *counts, uint32_t desired)
{
    struct plan_counts after = *counts;
    after.old = plan_less(after.old, 1);
    return desired > plan_target(limits, &after);
}

uint32_t
plan_drains_sick(const struct plan_counts *counts)
{
    return plan_less(plan_less(counts->old, counts->going),
                     plan_less(counts->wanted, counts->goal));
}

uint32_t
plan_drains(struct plan_limits limits, const struct plan_counts *counts)
{
    const uint32_t left = plan_drains_sick(counts);
    const uint32_t spare = plan_less(counts->healthy, limits.healthy_min);
    return left < spare ? left : spare;
}

bool
plan_is_reached(const struct plan_counts *counts)
{
    return counts->fresh_healthy >= counts->goal && counts->going == 0 &&
           counts->old <= plan_less(counts->wanted, counts->goal);
}
