/*
 * platform/scheduler/explain.h - why a task fits nowhere: who refuses it, and who is nearest.
 *
 * Nearest: of the nodes that were asked the one that breaks the fewest of the rules that no room
 *          helps against (role, constraints, the reservation it is bound to, maintenance); of equal
 *          ones the one that lacks least: cpus, memory, disk, GPUs and host ports are each counted
 *          as the share of what is asked for, and added up; of equal ones the lowest index.
 * Cost:    one look at every node. A task is asked about at once when its app begins to wait or has
 *          another version; then again, if a node's room changed meanwhile, when its wait has
 *          become a quarter longer, after EXPLAIN_AGAIN_SECONDS at the earliest and
 *          EXPLAIN_AGAIN_SECONDS_MAX at the latest. So a full cluster with a thousand apps that
 *          wait for days spends its time on placing, and what is said is never far from true.
 */
#ifndef PLATFORM_SCHEDULER_EXPLAIN_H
#define PLATFORM_SCHEDULER_EXPLAIN_H

#include "platform/base/strbuf.h"
#include "platform/scheduler/place.h"

enum { /* guesses: people do not read faster */
    EXPLAIN_AGAIN_SECONDS = 5,
    EXPLAIN_AGAIN_SECONDS_MAX = 3600,
    EXPLAIN_AGAIN_PART = 4
};

struct explain {
    struct env_pending pending; /* its texts are the two below */
    char               constraints[120]; /* which of them refused, " (hostname UNIQUE)" */
    struct strbuf      shortfall;
};

void explain_fini(struct explain *explain); /* a zeroed one is valid */

/* Asks every node that is ready. ret is zeroed, or was used before. */
void explain_nodes(const struct cluster *cluster, const struct place_request *request,
                   struct explain *ret);

/* "12 nodes: 10 InsufficientCpus, 2 UnfulfilledRole" */
void explain_print(const struct explain *explain, struct strbuf *text);
/* "; nearest: private-3, 0.5 cpus and 256 MiB short", or nothing. */
void explain_print_nearest(const struct explain *explain, struct strbuf *text);

/*
 * No node takes the task: its app says so, and why, when that is news. It is kept as the app's
 * why_pending and journaled, when it differs from what was said last.
 */
void explain_refused(struct cluster_task *task, const struct place_request *request);

/* The same for what no node was asked about: "role dev has all that its limit allows". */
void explain_held(struct cluster_task *task, const char *why);

/* Its turn has not come. What was said of an earlier turn stays, for it tells more. */
void explain_turn(struct cluster_task *task);

/*
 * It may go to one node alone, where this is free for it; NULL: to none at all. All others refuse
 * it for want of its reservation. why: the whole sentence.
 */
void explain_bound(struct cluster_task *task, const struct cluster_node *node,
                   const struct cluster_free *room, const struct place_request *request,
                   const char *why);

#endif
