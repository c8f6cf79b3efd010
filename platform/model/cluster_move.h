/*
 * platform/model/cluster_move.h - the instance that is to move because GROUP_BY is uneven.
 *
 * It is its app's mover: it serves as before and counts as moving (cluster_task_is_moving), so that
 * another one is launched in its place, and it is stopped when that one serves. The mark is in the
 * task's record. While an app has a mover it has no deployment. Who moves and when is the
 * scheduler's to decide: platform/scheduler/rebalance.h.
 */
#ifndef PLATFORM_MODEL_CLUSTER_MOVE_H
#define PLATFORM_MODEL_CLUSTER_MOVE_H

#include "platform/model/cluster.h"

/* From now on it moves, to make the constraint of this index even. The app has no mover yet. */
void cluster_task_move(struct cluster_task *task, uint32_t constraint);
/* It stays after all. */
void cluster_task_stay(struct cluster_task *task);
/* Loaded with its mark, or at its end: its app has this mover, or none any more. */
void cluster_task_move_load(struct cluster_task *task);
void cluster_task_move_end(struct cluster_task *task);

/* The constraint that the mover makes even. */
static inline uint32_t
cluster_mover_constraint(const struct cluster_app *app)
{
    return (uint32_t)app->mover->record.moves - 1;
}

/* Journals it. new_state: see ENV_EVENT_REBALANCE. task: who moves, or NULL. */
void cluster_rebalance_say(struct cluster_app *app, const struct cluster_task *task,
                           int32_t new_state, const char *text);

#endif
