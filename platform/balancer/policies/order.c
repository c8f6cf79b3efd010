/* platform/balancer/policies/order.c - merge sort from the bottom up. */
#include "platform/balancer/policies/order.h"

#include <string.h>

/* Merges from[low..middle) and from[middle..high) into the same places of to. */
static void
order_merge(const struct order_entry *from, struct order_entry *to, uint32_t low, uint32_t middle,
            uint32_t high)
{
    uint32_t left = low;
    uint32_t right = middle;
    for (uint32_t at = low; at < high; at++) {
        const bool take_left =
            left < middle && (right == high || from[left].key <= from[right].key);
        to[at] = take_left ? from[left] : from[right];
        left += take_left ? 1 : 0;
        right += take_left ? 0 : 1;
    }
}

void
order_sort(struct order_entry *entries, struct order_entry *scratch, uint32_t count)
{
    ASSERT(count <= UINT32_MAX / 2);
    struct order_entry *from = entries;
    struct order_entry *to = scratch;
    for (uint32_t width = 1; width < count; width *= 2) {
        for (uint32_t low = 0; low < count; low += 2 * width) {
            const uint32_t middle = count - low > width ? low + width : count;
            const uint32_t high = count - middle > width ? middle + width : count;
            order_merge(from, to, low, middle, high);
        }
        struct order_entry *swap = from;
        from = to;
        to = swap;
    }
    if (from != entries) {
        memcpy(entries, from, count * sizeof *entries);
    }
}
