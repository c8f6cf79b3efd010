/*
 * platform/scheduler/busy.h - the time that the scheduler's decisions take, when they take any.
 *
 * Meaning: it thinks about one app at a time, so long for the app and so long for each of its tasks
 *          that were pending when it began; then these are placed, in the cluster as it is then.
 *          Apps that ask meanwhile wait, in the order in which they asked; where roles and
 *          priorities decide (cluster.shares), in the order of the queue when it is idle again.
 * Source:  the monolithic scheduler of Omega (Schwarzkopf and others, EuroSys 2013), whose decision
 *          time is a constant a job and a constant a task.
 * Calling: without decision time every app may always place, and nothing here costs more than one
 *          question. What is in here is not stored: a new master thinks anew.
 */
#ifndef PLATFORM_SCHEDULER_BUSY_H
#define PLATFORM_SCHEDULER_BUSY_H

#include "platform/model/cluster.h"

struct busy {
    struct cluster  *cluster; /* borrowed */
    struct env_timer timer;   /* it thinks */
    struct vec       waiting; /* uint64_t: ids of apps, the longest waiting one first */
    uint32_t         waiting_first; /* index: those before it have had their turn */
    struct map64     is_waiting;    /* by id: 1 */
    uint64_t         app;     /* that it thinks about, or has thought about; 0: idle */
    uint32_t         tasks;   /* of it: how many */
    bool             has_thought;
};

void busy_init(struct busy *busy, struct cluster *cluster);
void busy_fini(struct busy *busy);

bool busy_takes_time(const struct cluster *cluster); /* any at all */

/*
 * How many tasks of an app with some pending may be placed now. 0: not yet. Then it waits its turn
 * from now on, is dirty when that has come, and was told so.
 */
uint32_t busy_may_place(struct busy *busy, struct cluster_app *app);

/* After the apps of a step: what was decided has been placed, and the next app's turn comes. */
void busy_step_ended(struct busy *busy);

#endif
