/* platform/base/event_sort.c - insertion sort of short blocks, then merging from the bottom up. */
#include "platform/base/event_sort.h"

#include <string.h>

enum { BLOCK_ENTRIES = 32 };

static void
event_sort_block(struct event_entry *entries, uint64_t count)
{
    for (uint64_t i = 1; i < count; i++) {
        const struct event_entry entry = entries[i];
        uint64_t hole = i;
        while (hole > 0 && event_entry_before(&entry, &entries[hole - 1])) {
            entries[hole] = entries[hole - 1];
            hole--;
        }
        entries[hole] = entry;
    }
}

/* Merges from[0..middle) and from[middle..count) into to. */
static void
event_sort_merge(const struct event_entry *from, uint64_t middle, uint64_t count,
                 struct event_entry *to)
{
    if (middle >= count || event_entry_before(&from[middle - 1], &from[middle])) {
        memcpy(to, from, count * sizeof *to);
        return;
    }
    uint64_t left = 0;
    uint64_t right = middle;
    for (uint64_t i = 0; i < count; i++) {
        const bool from_right =
            left == middle || (right < count && event_entry_before(&from[right], &from[left]));
        to[i] = from_right ? from[right] : from[left];
        right += from_right ? 1 : 0;
        left += from_right ? 0 : 1;
    }
}

static bool
event_sort_is_sorted(const struct event_entry *entries, uint64_t count)
{
    for (uint64_t i = 1; i < count; i++) {
        if (event_entry_before(&entries[i], &entries[i - 1])) {
            return false;
        }
    }
    return true;
}

void
event_sort(struct event_entry **entries, struct event_entry **scratch, uint64_t count)
{
    if (count > BLOCK_ENTRIES && event_sort_is_sorted(*entries, count)) {
        return;
    }
    for (uint64_t at = 0; at < count; at += BLOCK_ENTRIES) {
        const uint64_t left = count - at;
        event_sort_block(*entries + at, left < BLOCK_ENTRIES ? left : BLOCK_ENTRIES);
    }
    for (uint64_t width = BLOCK_ENTRIES; width < count; width *= 2) {
        for (uint64_t at = 0; at < count; at += 2 * width) {
            const uint64_t left = count - at;
            event_sort_merge(*entries + at, width, left < 2 * width ? left : 2 * width,
                             *scratch + at);
        }
        struct event_entry *merged = *scratch;
        *scratch = *entries;
        *entries = merged;
    }
}
