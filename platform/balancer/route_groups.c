/* platform/balancer/route_groups.c - who is older in a deployment group, and what is drained. */
#include "platform/balancer/route_groups.h"

bool
route_groups_second_is_older(const struct route_member *first, const struct route_member *second)
{
    const bool by_start = second->group->started_at_ns < first->group->started_at_ns;
    const struct route_member *newer = by_start ? first : second;
    const struct route_member *older = by_start ? second : first;
    /* A state between two versions that is being left for the older one: that was scaled last. */
    const bool turns_back =
        newer->group->new_instances > 0 && older->scaled_at_ns > newer->scaled_at_ns;
    return by_start != turns_back;
}

uint32_t
route_groups_target(const struct label_group *newer, uint32_t newer_instances)
{
    return newer->has_target ? newer->target : newer_instances;
}

static uint32_t
route_groups_min(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

uint32_t
route_groups_drained(uint32_t older_tasks, uint32_t newer_healthy, uint32_t older_instances,
                     uint32_t target)
{
    const int64_t spare = (int64_t)newer_healthy + older_instances - target;
    const uint32_t drainable = (uint32_t)int64_min(int64_max(spare, 0), UINT32_MAX);
    return route_groups_min(route_groups_min(older_tasks, newer_healthy), drainable);
}
