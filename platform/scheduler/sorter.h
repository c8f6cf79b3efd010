/*
 * platform/scheduler/sorter.h - whose turn it is among roles: dominant resource fairness. Pure.
 *
 * Order:  the role with the lowest dominant share first: of all resources the largest share of the
 *         cluster's total that it has, divided by its weight. Of equal ones the one that was given
 *         something less often, then the one whose name is lower.
 * Exact:  shares are fractions of whole numbers and are compared as such: nothing is rounded.
 * Source: Ghodsi et al., "Dominant Resource Fairness", NSDI 2011; the ties are those of Mesos'
 *         DRFSorter: what is given back does not lower how often something was given. A resource of
 *         which the cluster has nothing does not count, as there.
 */
#ifndef PLATFORM_SCHEDULER_SORTER_H
#define PLATFORM_SCHEDULER_SORTER_H

#include "platform/base/vec.h"
#include "platform/model/amounts.h"

struct sorter_role {
    const char    *name;         /* borrowed */
    int64_t        weight_milli; /* > 0 */
    struct amounts allocated;
    uint64_t       allocations; /* how often it was given something */
    bool           active;      /* false: removed, and not among those that are ordered */
};

struct sorter {
    struct vec     roles; /* struct sorter_role, in the order in which they came */
    struct amounts total; /* of the cluster */
};

void sorter_init(struct sorter *sorter);
void sorter_fini(struct sorter *sorter);

/* The number of a role, which is added with weight one when it is new. */
uint32_t sorter_add(struct sorter *sorter, const char *name);
void     sorter_remove(struct sorter *sorter, uint32_t role);

struct sorter_role *sorter_at(const struct sorter *sorter, uint32_t role);

void sorter_allocated(struct sorter *sorter, uint32_t role, const struct amounts *amounts);
void sorter_unallocated(struct sorter *sorter, uint32_t role, const struct amounts *amounts);

/* Whether a comes before b, which is another role. */
bool sorter_is_before(const struct sorter *sorter, uint32_t a, uint32_t b);

/* Numbers of the active roles, first comes first; ret has room for all of them. How many. */
uint32_t sorter_order(const struct sorter *sorter, uint32_t *ret);

#endif
