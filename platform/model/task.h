/*
 * platform/model/task.h - one instance of an app: its states, and what the master keeps of it.
 *
 * Source: the names of the states follow Mesos TaskState.
 */
#ifndef PLATFORM_MODEL_TASK_H
#define PLATFORM_MODEL_TASK_H

#include "platform/base/common.h"

#define TASK_STATE_LIST(X)                                                                         \
    X(TASK_PENDING, "pending")         /* wanted, not placed: has no node */                       \
    X(TASK_STAGING, "staging")         /* placed, the agent was told or is pulling */              \
    X(TASK_STARTING, "starting")       /* the engine is starting it */                             \
    X(TASK_RUNNING, "running")                                                                     \
    X(TASK_UNREACHABLE, "unreachable") /* its node does not answer; may come back */               \
    X(TASK_KILLING, "killing")                                                                     \
    X(TASK_FINISHED, "finished")       /* ended by itself with exit code 0; final from here on */  \
    X(TASK_FAILED, "failed")                                                                       \
    X(TASK_KILLED, "killed")           /* because we asked */                                      \
    X(TASK_LOST, "lost")               /* its agent does not know it */                            \
    X(TASK_GONE, "gone")               /* its node is gone for good, or came back too late */

enum task_state {
#define X(state, name) state,
    TASK_STATE_LIST(X)
#undef X
};
#define TASK_STATE_COUNT (TASK_GONE + 1)

enum task_health { HEALTH_UNKNOWN, HEALTH_GOOD, HEALTH_BAD };
#define TASK_HEALTH_COUNT (HEALTH_BAD + 1)

enum { TASK_PORTS_MAX = 16 }; /* a limit of ours; more is refused when the app is read */

const char *task_state_name(enum task_state state);

static inline bool
task_state_is_final(enum task_state state)
{
    return state >= TASK_FINISHED;
}

#endif
