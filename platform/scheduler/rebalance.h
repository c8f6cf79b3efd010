/*
 * platform/scheduler/rebalance.h - an app whose GROUP_BY has become uneven is made even again: a
 * zone was lost and came back, or machines were added where the app has few.
 *
 * Asked for: by the app's label REHEARSAL_REBALANCE; nothing else ever moves a task that runs.
 * Who:       one instance of a largest group, the youngest, or the oldest where the app's
 *            killSelection says so. Only when every instance serves, none is being stopped, no
 *            deployment runs, no machine of the app is drained and no back-off holds it.
 * Where to:  a node that takes it now, by all that the scheduler asks, in a group with at least two
 *            fewer; no other GROUP_BY becomes less even. So every move makes the app more even, and
 *            there is a last one.
 * How:       it becomes the app's mover (platform/model/cluster_move.h). Another one is launched by
 *            platform/deploy and placed here; when it serves, platform/nodes stops the mover, never
 *            below minimum health. What comes between calls the move off, and the next one waits
 *            twice as long, up to 64 times.
 * Survives:  the mark, in the task's record. How long it has been uneven, and for how long a move
 *            goes on, is counted anew by a new master.
 */
#ifndef PLATFORM_SCHEDULER_REBALANCE_H
#define PLATFORM_SCHEDULER_REBALANCE_H

#include "platform/scheduler/place.h"
#include "platform/scheduler/queue.h"

enum { REBALANCE_SENTENCE_BYTES = 400 };

enum rebalance_found {
    REBALANCE_UNKNOWN, /* not asked yet, or not now */
    REBALANCE_EVEN,    /* as even as the nodes allow */
    REBALANCE_FULL,    /* a smaller group has nodes, and none takes the task */
    REBALANCE_TAKES    /* one does */
};

struct rebalance_choice {
    enum rebalance_found found;
    struct cluster_task *task; /* that would move */
    uint32_t             constraint;
    char                 text[REBALANCE_SENTENCE_BYTES]; /* of FULL and TAKES: what is uneven */
};

/* rebalance_choose.c: pure. The app is whole; filters are begun anew. */
void rebalance_choose(struct filters *filters, struct cluster_app *app,
                      struct rebalance_choice *ret);

struct rebalance {
    struct cluster *cluster; /* borrowed */
    struct queue   *queue;   /* borrowed: asked about quotas where there are shares */
    struct vec      watches; /* struct rebalance_watch *, by app index - 1; NULL: none */
    struct filters  filters;
    uint64_t        nodes_seen, capacity_seen;
    uint32_t        full_count; /* of the watches, those that wait for room */
};

void rebalance_open(struct rebalance *rebalance, struct cluster *cluster, struct queue *queue);
void rebalance_close(struct rebalance *rebalance);
/* The app is dirty, and its pending tasks have had their turn. */
void rebalance_app(struct rebalance *rebalance, struct cluster_app *app);
/* At the end of a round: apps for which other nodes or room make a difference become dirty. */
void rebalance_finish(struct rebalance *rebalance);

#endif
