/*
 * platform/scheduler/scheduler.h - what the files of the scheduler's controller share; nobody else
 * includes it.
 */
#ifndef PLATFORM_SCHEDULER_SCHEDULER_H
#define PLATFORM_SCHEDULER_SCHEDULER_H

#include "platform/scheduler/basis.h"
#include "platform/scheduler/busy.h"
#include "platform/scheduler/finder.h"
#include "platform/scheduler/preempt.h"
#include "platform/scheduler/queue.h"
#include "platform/scheduler/rebalance.h"
#include "platform/scheduler/refused.h"

enum { SCHEDULER_PLACEMENTS_MAX = 1000 }; /* a step: a transaction must stay small */
struct scheduler_state {
    struct rng     rng;           /* tie random */
    struct rng     gpu_rng;       /* which GPU of the node, when the policy draws it */
    uint64_t       capacity_seen; /* when it grows, apps without room are looked at again */
    uint32_t       placed;        /* in this step */
    struct filters filters;       /* of the app and version last begun */
    struct finder  finder;
    struct basis   basis;
    struct busy    busy;
    struct refused refused;
    struct queue   queue; /* used when there are shares */
    struct preempt_failed failed; /* in this pass of it */
    struct rebalance rebalance;
    struct cluster  *cluster; /* borrowed */
    struct env_timer preempt_timer; /* from then on who is not there is not waited for */
};

/* --- scheduler.c --- */
/* What a task asks for, with its app's constraints; valid until it is asked for another version. */
struct place_request scheduler_request(struct scheduler_state *scheduler,
                                       const struct cluster_task *task);
/* On the best node, or on this one. False: there is none, and nothing has changed. */
bool scheduler_place(struct cluster *cluster, struct scheduler_state *scheduler,
                     struct cluster_task *task);
bool scheduler_place_on(struct scheduler_state *scheduler, struct cluster_task *task,
                        const struct place_request *request, struct cluster_node *node,
                        struct cluster_reservation *reservation);
/* Why no node takes it. */
void scheduler_explain(struct scheduler_state *scheduler, struct cluster_task *task);
/* This one, or the next younger one of its app that waits, or NULL. */
struct cluster_task *scheduler_pending(struct cluster_task *task);
/* The app's oldest task that waits, or NULL. */
struct cluster_task *scheduler_first(struct cluster_app *app);

/* --- shares.c --- */
void shares_open(struct scheduler_state *scheduler);
void shares_close(struct scheduler_state *scheduler);
/* Those in the queue have their turns, when something has changed. */
void shares_work_off(struct scheduler_state *scheduler);

#endif
