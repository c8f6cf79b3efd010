/*
 * platform/scheduler/preempt.h - tasks of lower priority make room for one of higher priority.
 *
 * Who:     on the node that costs least: the highest priority among those to be stopped is the
 *          lowest, of equal ones where the fewest are stopped, then where the oldest of them is the
 *          youngest, then the lowest index. On a node the lowest priorities go first, of equal ones
 *          the largest, then the youngest; who need not go after all stays.
 * Never:   a task of equal or higher priority; one whose app would be below its minimum health, or
 *          is; one whose role would have less than it is guaranteed, unless it is the same role; a
 *          resident one.
 * After:   the victims leave the balancer first, as every task that is stopped. Meanwhile the node
 *          is promised to the task (task_record.nominated) and takes nothing else. What is already
 *          leaving a node counts as room there, so nobody is stopped twice for the same task, nor
 *          after a new master has read what the old one began.
 */
#ifndef PLATFORM_SCHEDULER_PREEMPT_H
#define PLATFORM_SCHEDULER_PREEMPT_H

#include "platform/scheduler/place.h"
#include "platform/scheduler/queue.h"

enum { PREEMPT_VICTIMS_MAX = 256 }; /* on one node; a limit of ours */

struct preempt_choice {
    struct cluster_node *node; /* NULL: nowhere */
    struct cluster_task *victims[PREEMPT_VICTIMS_MAX];
    uint32_t             victims_count;
    int32_t              priority_max; /* of the victims */
    uint64_t             oldest;       /* id of the oldest of them */
};

enum { PREEMPT_FAILED_MAX = 8 };

/* For whom nobody could make room lately, so that those who ask for more are not tried again. */
struct preempt_failed {
    struct {
        struct place_request request;
        int32_t              priority;
        uint32_t             role;
    } items[PREEMPT_FAILED_MAX]; /* a ring */
    uint32_t count;              /* that ever were */
};

enum preempt_room {
    PREEMPT_NO_ROOM,
    PREEMPT_ROOM_SOON, /* when those that are being stopped there have ended */
    PREEMPT_ROOM_NOW
};

/* What is on the node for the task, beside what other tasks are promised there. */
enum preempt_room preempt_room(const struct cluster_node *node, const struct cluster_task *task,
                               const struct place_request *request);

/* The cheapest node, maybe one where nobody need be stopped any more. */
void preempt_find(struct cluster *cluster, struct queue *queue, struct cluster_task *task,
                  const struct place_request *request, struct preempt_choice *ret);

/* Whether it asks for no less than one for whom it was in vain. Valid until somebody is promised a
 * node, or is not any more, or anything else has changed. */
bool preempt_is_vain(const struct preempt_failed *failed, const struct cluster_task *task,
                     const struct place_request *request);
void preempt_was_vain(struct preempt_failed *failed, const struct cluster_task *task,
                      const struct place_request *request);

/* The node is promised to the task, and the victims are being stopped. */
void preempt_begin(struct cluster_task *task, const struct preempt_choice *choice);

/* It waits for those that are stopped on the node which it is promised. */
void preempt_say(struct cluster_task *task, const struct cluster_node *node);

#endif
