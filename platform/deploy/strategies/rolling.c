/* platform/deploy/strategies/rolling.c - Marathon's rolling restart: pure arithmetic. */
#include "platform/deploy/strategies/rolling.h"

static uint32_t
rolling_less(uint32_t a, uint32_t b)
{
    return a > b ? a - b : 0;
}

static uint32_t
rolling_more(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static struct rolling_limits
rolling_given(uint32_t wanted, uint32_t minimum_health_ppm, uint32_t over_capacity_ppm)
{
    const uint64_t minimum = ((uint64_t)wanted * minimum_health_ppm + PPM - 1) / PPM;
    const uint64_t maximum = (uint64_t)wanted * (PPM + (uint64_t)over_capacity_ppm) / PPM;
    return (struct rolling_limits){
        .healthy_min = minimum < UINT32_MAX ? (uint32_t)minimum : UINT32_MAX - 1,
        .capacity_max = maximum < UINT32_MAX ? (uint32_t)maximum : UINT32_MAX,
    };
}

struct rolling_limits
rolling_limits_resident(uint32_t wanted, uint32_t minimum_health_ppm, uint32_t over_capacity_ppm)
{
    struct rolling_limits limits = rolling_given(wanted, minimum_health_ppm, over_capacity_ppm);
    if (limits.healthy_min >= limits.capacity_max) {
        limits.healthy_min = rolling_less(limits.capacity_max, 1);
    }
    return limits;
}

struct rolling_limits
rolling_limits(uint32_t wanted, uint32_t minimum_health_ppm, uint32_t over_capacity_ppm)
{
    struct rolling_limits limits = rolling_given(wanted, minimum_health_ppm, over_capacity_ppm);
    if (limits.healthy_min >= limits.capacity_max) {
        limits.capacity_max = limits.healthy_min + 1; /* otherwise nothing could ever move */
    }
    return limits;
}

uint32_t
rolling_kill_at_start(struct rolling_limits limits, const struct rolling_counts *counts)
{
    const uint32_t live = counts->old_live + counts->new_live;
    const uint32_t surplus = rolling_less(live, counts->wanted);
    const uint32_t spare = rolling_less(counts->healthy, limits.healthy_min);
    const uint32_t blocking =
        counts->new_started < counts->wanted ? rolling_less(live + 1, limits.capacity_max) : 0;
    const uint32_t kills = rolling_more(rolling_more(surplus, spare), blocking);
    return kills < counts->old_staying ? kills : counts->old_staying;
}

uint32_t
rolling_old_kept(uint32_t old_at_start, uint32_t kill_at_start, uint32_t new_serving)
{
    return rolling_less(rolling_less(old_at_start, kill_at_start), new_serving);
}

uint32_t
rolling_launches(struct rolling_limits limits, const struct rolling_counts *counts)
{
    const uint32_t missing = rolling_less(counts->wanted, counts->new_started);
    const uint32_t room = rolling_less(limits.capacity_max, counts->old_live + counts->new_live);
    return missing < room ? missing : room;
}

bool
rolling_may_stop_healthy(struct rolling_limits limits, uint32_t healthy)
{
    return healthy > limits.healthy_min;
}

bool
rolling_is_done(const struct rolling_counts *counts)
{
    return counts->old_live == 0 && counts->new_live == counts->wanted &&
           counts->new_serving == counts->wanted;
}
