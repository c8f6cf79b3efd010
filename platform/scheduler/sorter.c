/* platform/scheduler/sorter.c - whose turn it is among roles: dominant resource fairness. */
#include "platform/scheduler/sorter.h"

#include <string.h>

__extension__ typedef unsigned __int128 sorter_wide;

/* A share: part / whole, whole > 0. */
struct sorter_share {
    uint64_t part;
    uint64_t whole;
};

void
sorter_init(struct sorter *sorter)
{
    *sorter = (struct sorter){ 0 };
    vec_init(&sorter->roles, sizeof(struct sorter_role));
}

void
sorter_fini(struct sorter *sorter)
{
    vec_fini(&sorter->roles);
}

struct sorter_role *
sorter_at(const struct sorter *sorter, uint32_t role)
{
    return vec_at(&sorter->roles, role);
}

uint32_t
sorter_add(struct sorter *sorter, const char *name)
{
    for (uint32_t i = 0; i < sorter->roles.count; i++) {
        struct sorter_role *role = sorter_at(sorter, i);
        if (role->active && strcmp(role->name, name) == 0) {
            return i;
        }
    }
    struct sorter_role *role = vec_push(&sorter->roles);
    *role = (struct sorter_role){ .name = name,
                                  .weight_milli = SCHEDULER_WEIGHT_MILLI,
                                  .active = true };
    return sorter->roles.count - 1;
}

void
sorter_remove(struct sorter *sorter, uint32_t role)
{
    sorter_at(sorter, role)->active = false;
}

void
sorter_allocated(struct sorter *sorter, uint32_t role, const struct amounts *amounts)
{
    amounts_add(&sorter_at(sorter, role)->allocated, amounts, 1);
    sorter_at(sorter, role)->allocations++;
}

void
sorter_unallocated(struct sorter *sorter, uint32_t role, const struct amounts *amounts)
{
    amounts_add(&sorter_at(sorter, role)->allocated, amounts, -1);
}

static struct sorter_share
sorter_dominant(const struct sorter *sorter, const struct sorter_role *role)
{
    struct sorter_share most = { .part = 0, .whole = 1 };
    for (uint32_t i = 0; i < AMOUNT_COUNT; i++) {
        const int64_t part = role->allocated.of[i];
        const int64_t whole = sorter->total.of[i];
        if (part > 0 && whole > 0 &&
            (sorter_wide)(uint64_t)part * most.whole > (sorter_wide)most.part * (uint64_t)whole) {
            most = (struct sorter_share){ .part = (uint64_t)part, .whole = (uint64_t)whole };
        }
    }
    return most;
}

/* part x whole x weight may need 192 bits: the upper 128 and the lowest 64 of them. */
struct sorter_product {
    sorter_wide high;
    uint64_t    low;
};

static struct sorter_product
sorter_multiply(uint64_t part, uint64_t whole, uint64_t weight)
{
    const sorter_wide divisor = (sorter_wide)whole * weight;
    const sorter_wide lower = (sorter_wide)part * (uint64_t)divisor;
    return (struct sorter_product){ .high = (sorter_wide)part * (uint64_t)(divisor >> 64) +
                                            (lower >> 64),
                                    .low = (uint64_t)lower };
}

/* < 0: a has the smaller share for its weight. */
static int32_t
sorter_compare(const struct sorter *sorter, const struct sorter_role *a,
               const struct sorter_role *b)
{
    const struct sorter_share of_a = sorter_dominant(sorter, a);
    const struct sorter_share of_b = sorter_dominant(sorter, b);
    /* a.part / (a.whole x a.weight) against b's: each by the other's divisor */
    const struct sorter_product left =
        sorter_multiply(of_a.part, of_b.whole, (uint64_t)b->weight_milli);
    const struct sorter_product right =
        sorter_multiply(of_b.part, of_a.whole, (uint64_t)a->weight_milli);
    if (left.high != right.high) {
        return left.high < right.high ? -1 : 1;
    }
    return left.low == right.low ? 0 : left.low < right.low ? -1 : 1;
}

bool
sorter_is_before(const struct sorter *sorter, uint32_t a, uint32_t b)
{
    const struct sorter_role *of_a = sorter_at(sorter, a);
    const struct sorter_role *of_b = sorter_at(sorter, b);
    const int32_t by_share = sorter_compare(sorter, of_a, of_b);
    if (by_share != 0) {
        return by_share < 0;
    }
    if (of_a->allocations != of_b->allocations) {
        return of_a->allocations < of_b->allocations;
    }
    return strcmp(of_a->name, of_b->name) < 0;
}

uint32_t
sorter_order(const struct sorter *sorter, uint32_t *ret)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < sorter->roles.count; i++) {
        if (!sorter_at(sorter, i)->active) {
            continue;
        }
        uint32_t at = count++;
        for (; at > 0 && sorter_is_before(sorter, i, ret[at - 1]); at--) {
            ret[at] = ret[at - 1];
        }
        ret[at] = i;
    }
    return count;
}
