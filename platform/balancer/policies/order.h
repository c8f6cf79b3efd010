/*
 * platform/balancer/policies/order.h - a stable sort of numbered keys, and a key that is spread
 * evenly: what several policies share.
 */
#ifndef PLATFORM_BALANCER_POLICIES_ORDER_H
#define PLATFORM_BALANCER_POLICIES_ORDER_H

#include "platform/base/common.h"

struct order_entry {
    uint64_t key;
    uint32_t index;
};

/* By key ascending, equal keys in the order they came. scratch: as much room. */
void order_sort(struct order_entry *entries, struct order_entry *scratch, uint32_t count);

/* A number that has nothing to do with its neighbours'. Source: the finaliser of SplitMix64. */
static inline uint64_t
order_spread(uint64_t value)
{
    value += UINT64_C(0x9E3779B97F4A7C15);
    value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
    return value ^ (value >> 31);
}

#endif
