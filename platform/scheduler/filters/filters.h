/*
 * platform/scheduler/filters/filters.h - what an app's constraints say of each node, now.
 *
 * Source:  Marathon's constraints: they count the app's own instances that are placed, of the same
 *          version: a new one may stand beside the old one that it replaces. One that is
 *          unreachable counts until it is given up, for it may return.
 *          Of an app with volumes they count the volumes. A node without the field satisfies
 *          UNLIKE only.
 * Calling: filters_begin for a task before its app's tasks are placed, filters_placed after each
 *          that was; between them filters_allow costs the same however many there are.
 * Memory:  kept and used again from app to app; a zeroed object is valid and allows everything.
 */
#ifndef PLATFORM_SCHEDULER_FILTERS_FILTERS_H
#define PLATFORM_SCHEDULER_FILTERS_FILTERS_H

#include "platform/base/pattern.h"
#include "platform/model/cluster.h"

/* One constraint, and what is placed already. */
struct filter {
    const struct app_constraint *constraint; /* borrowed */
    uint32_t       number;      /* of MAX_PER and GROUP_BY; 0: none */
    uint32_t       wanted;      /* instances of the app */
    uint32_t       placed;      /* all of them, also on nodes without the field */
    uint32_t       unknown;     /* placed on nodes that a new master has not heard of: anywhere */
    uint32_t       target;      /* GROUP_BY: what each group may hold */
    uint32_t       larger_left; /* and how many more groups may hold one more */
    uint32_t       leaves_there; /* GROUP_BY: the group that an instance leaves holds, with it */
    uint32_t       leaves_gain;  /* and how many fewer the one that it goes to; 0: none leaves */
    const char    *leaves;       /* the value that it leaves; borrowed; or NULL */
    uint32_t       refused;     /* nodes: filters_blame */
    uint32_t       lacking;     /* those of them without the field */
    bool           is_pattern;  /* the pattern was made of the value */
    struct vec     placed_on;   /* uint32_t by number of a value */
    struct pattern pattern;
};

struct filters {
    const struct cluster_version *version; /* whose constraints; NULL: none begun */
    uint64_t      patterns_of; /* id of the version whose patterns were made last; 0: none */
    uint32_t      count;
    struct vec    items;  /* struct filter; those beyond count are kept for later */
    struct intern values; /* texts of fields to numbers */
};

/*
 * One operator: whether a task may go where the field has this value, with so many there already.
 */
typedef bool filter_fn(const struct filter *filter, const char *value, uint32_t there);
filter_fn filter_unique, filter_cluster, filter_group_by, filter_like, filter_unlike,
    filter_max_per, filter_is;
bool filter_is_value(const struct filter *filter, const char *value); /* the constraint's own */
bool filter_asks_attribute(const struct filter *filter); /* neither a host name, region nor zone */
/* A new master has not heard of the node, which may have any value. */
bool filter_is_unknown(const struct filter *filter, const struct cluster_node *node);
void filter_group_by_measure(struct filter *filter); /* after what is placed changed */

void filters_fini(struct filters *filters);

/* Counts what is placed of the task's version. The result is NULL when it has no constraints. */
struct filters *filters_begin(struct filters *filters, const struct cluster_task *task);
/*
 * An instance on this node is to leave its group of the constraint of this index, a GROUP_BY: what
 * comes in its place may go only where afterwards this one is more even and no other GROUP_BY less.
 * An app's mover does so from the beginning.
 */
void            filters_leave(struct filters *filters, uint32_t index,
                              const struct cluster_node *node);
/* Of a GROUP_BY: what the node's group holds; and the largest, 0 while it is not known. */
uint32_t        filters_there(const struct filters *filters, uint32_t index,
                              const struct cluster_node *node);
uint32_t        filters_most(const struct filters *filters, uint32_t index);
void            filters_placed(struct filters *filters, const struct cluster_node *node);

bool filters_allow(const struct filters *filters, const struct cluster_node *node);
/* The same in two parts: what asks for nothing that differs between nodes of equal region, zone and
 * attributes; and whether there is more, which asks for host names. */
bool filters_allow_kind(const struct filters *filters, const struct cluster_node *node);
bool filters_ask_hostname(const struct filters *filters);
/* Whether an answer depends on what is placed, and not on the node alone. */
bool filters_ask_placed(const struct filters *filters);

/* The same, and counts the refusal for the first constraint that refuses. */
bool filters_blame(struct filters *filters, const struct cluster_node *node);
void filters_blame_clear(struct filters *filters);

/* Of a volume that waits for the task: the first constraint that refuses its node, or NULL. */
const struct app_constraint *filters_bound(const struct filters *filters,
                                           const struct cluster_reservation *waiting);

/* "@zone LIKE a"; text holds bytes. */
void filters_print_one(const struct app_constraint *constraint, char *text, size_t bytes);

/* " (3 @zone LIKE a, 2 hostname UNIQUE)" of what was blamed; text holds bytes. */
void filters_print(const struct filters *filters, char *text, size_t bytes);

#endif
