/* sim/trace_diff.c - bisects the parts, then walks two traces line by line. */
#include "sim/trace_diff.h"

/* A trace read line by line from some part on. */
struct trace_walk {
    const struct trace_file *file;
    struct arena            *arena;
    uint32_t                 part; /* the next to unpack */
    struct trace_entry      *entries;
    uint32_t                 next;
    uint32_t                 count;
};

/* The next line, or NULL after the last. */
static enum status
trace_walk_next(struct trace_walk *walk, const struct trace_entry **ret_entry, struct error *err)
{
    *ret_entry = NULL;
    if (walk->next == walk->count) {
        if (walk->part == walk->file->parts.count) {
            return ST_OK;
        }
        const enum status status = trace_file_read(walk->file, walk->part, walk->arena,
                                                   &walk->entries, &walk->count, err);
        if (status != ST_OK) {
            return status;
        }
        walk->part++;
        walk->next = 0;
    }
    *ret_entry = &walk->entries[walk->next];
    walk->next++;
    return ST_OK;
}

static bool
trace_diff_part_equal(const struct trace_file *a, const struct trace_file *b, uint32_t part)
{
    const struct trace_part *part_a = vec_at(&a->parts, part);
    const struct trace_part *part_b = vec_at(&b->parts, part);
    return part_a->lines == part_b->lines && part_a->hash == part_b->hash;
}

/* How many parts agree from the start: once the hashes differ, they differ ever after. */
static uint32_t
trace_diff_bisect(const struct trace_file *a, const struct trace_file *b)
{
    uint32_t equal = 0;
    uint32_t unequal = a->parts.count < b->parts.count ? a->parts.count : b->parts.count;
    while (equal < unequal) {
        const uint32_t middle = equal + (unequal - equal) / 2;
        if (trace_diff_part_equal(a, b, middle)) {
            equal = middle + 1;
        } else {
            unequal = middle;
        }
    }
    return equal;
}

/* The result: the last lines that went by, oldest first. */
static void
trace_diff_keep(struct trace_diff *diff, const struct trace_entry *entry)
{
    if (diff->before_count == TRACE_DIFF_BEFORE) {
        for (uint32_t i = 1; i < TRACE_DIFF_BEFORE; i++) {
            diff->before[i - 1] = diff->before[i];
        }
        diff->before_count--;
    }
    diff->before[diff->before_count] = entry;
    diff->before_count++;
}

enum status
trace_diff_find(const struct trace_file *file_a, const struct trace_file *file_b,
                struct arena *arena, struct trace_diff *ret_diff, struct error *err)
{
    *ret_diff = (struct trace_diff){ 0 };
    ret_diff->same = file_a->lines == file_b->lines && file_a->hash == file_b->hash;
    if (ret_diff->same) {
        return ST_OK;
    }
    /* the part before the first that differs is read too: its last lines are what led to it */
    const uint32_t equal = trace_diff_bisect(file_a, file_b);
    const uint32_t first = equal > 0 ? equal - 1 : 0;
    struct trace_walk walk_a = { .file = file_a, .arena = arena, .part = first };
    struct trace_walk walk_b = { .file = file_b, .arena = arena, .part = first };
    while (true) { /* ends with the shorter of the two */
        const struct trace_entry *a = NULL;
        const struct trace_entry *b = NULL;
        enum status status = trace_walk_next(&walk_a, &a, err);
        if (status == ST_OK) {
            status = trace_walk_next(&walk_b, &b, err);
        }
        if (status != ST_OK) {
            return status;
        }
        if (a == NULL || b == NULL || !trace_entry_equal(a, b)) {
            ret_diff->a = a;
            ret_diff->b = b;
            return ST_OK;
        }
        trace_diff_keep(ret_diff, a);
    }
}
