/*
 * platform/scheduler/preempt_room.h - what room there is on a node when some have gone.
 */
#ifndef PLATFORM_SCHEDULER_PREEMPT_ROOM_H
#define PLATFORM_SCHEDULER_PREEMPT_ROOM_H

#include "platform/scheduler/preempt.h"

/* A node whose tasks are looked at: who may go, ordered so that the last one is kept first. */
struct preempt_look {
    const struct cluster_node  *node;
    const struct cluster_task  *task; /* that needs room */
    const struct place_request *request;
    struct cluster_task        *victims[PREEMPT_VICTIMS_MAX];
    uint32_t                    count;
};

static inline bool
preempt_is_leaving(const struct cluster_task *task)
{
    return task->record.stop != STOP_NONE;
}

/* Whether the node takes tasks at all, and one like this by its rules. */
bool preempt_takes(const struct cluster_node *node, const struct place_request *request);

/* Whether it fits once these have gone, and with them all that leave when leaving counts. */
bool preempt_fits(const struct preempt_look *look, struct cluster_task *const *victims,
                  uint32_t count, bool leaving);

#endif
