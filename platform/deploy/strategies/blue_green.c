/* platform/deploy/strategies/blue_green.c - the new instances grow beside the old ones. */
#include "platform/deploy/strategies/blue_green.h"

static uint32_t
blue_green_min(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

uint32_t
blue_green_next(uint32_t now, uint32_t old, uint32_t wanted, uint32_t initial, uint32_t increase)
{
    ASSERT(initial > 0);
    if (now == 0) {
        return blue_green_min(initial, wanted);
    }
    if (now >= old) {
        return wanted;
    }
    const uint32_t grown = increase > 0 ? now + increase : now + (now + 1) / 2;
    return blue_green_min(grown, wanted);
}

uint32_t
blue_green_leave(uint32_t old_at_start, uint32_t new_serving, uint32_t wanted)
{
    const uint64_t present = (uint64_t)new_serving + old_at_start;
    const uint64_t surplus = present > wanted ? present - wanted : 0;
    const uint64_t most = blue_green_min(old_at_start, new_serving);
    return (uint32_t)(surplus < most ? surplus : most);
}
