/*
 * platform/deploy/even.h - which instances can go while GROUP_BY stays even.
 *
 * Source:  Marathon 1.11 Constraints.selectInstancesToKill: an instance may go when afterwards the
 *          largest and the smallest group differ by one at most, or by less than before; of those
 *          the ones in a largest group first. A value where nothing runs is no group.
 * Calling: even_begin, even_rank of each instance of the app, even_fini. What goes in between is
 *          counted by beginning again.
 */
#ifndef PLATFORM_DEPLOY_EVEN_H
#define PLATFORM_DEPLOY_EVEN_H

#include "platform/base/map.h"
#include "platform/model/cluster.h"

/* The groups of one constraint. */
struct even_field {
    const char   *field;  /* borrowed */
    struct intern values; /* "" for nodes without the field */
    struct vec    counts; /* uint32_t by number of a value - 1 */
    uint32_t      most;
    uint32_t      most_count; /* how many groups are that large */
    uint32_t      least;
};

struct even {
    struct vec fields; /* struct even_field; none: every rank is 0 */
};

void even_begin(struct even *even, const struct cluster_app *app);
void even_fini(struct even *even);

/* 0: goes first, 1: may go too, 2: leaves it less even. The instance is on a node. */
uint32_t even_rank(const struct even *even, const struct cluster_task *task);

#endif
