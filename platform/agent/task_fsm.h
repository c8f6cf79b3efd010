/*
 * platform/agent/task_fsm.h - the life of one task on its agent: decides, never acts.
 *
 * Calling: pure. The caller stores step.next, journals the line, then performs step.action.
 */
#ifndef PLATFORM_AGENT_TASK_FSM_H
#define PLATFORM_AGENT_TASK_FSM_H

#include "platform/model/task.h"

enum task_event {
    EV_LAUNCH,         /* the master wants it, or it was found created and not started */
    EV_ADOPT,          /* found running after a restart of the agent */
    EV_PREPARED,       /* its definition is known and its image is there */
    EV_PREPARE_FAILED,
    EV_STARTED,
    EV_START_FAILED,   /* and surely nothing of it runs */
    EV_EXITED,         /* by itself, exit code 0 */
    EV_CRASHED,        /* any other exit code, or out of memory */
    EV_STOPPED,        /* the engine has ended it because we asked */
    EV_KILL
};
#define TASK_EVENT_COUNT (EV_KILL + 1)

enum task_action {
    DO_COUNT_STRAY, /* nothing; the event had no meaning here */
    DO_PREPARE,     /* get the definition and the image */
    DO_START,
    DO_WATCH,       /* it runs: report, begin its checks */
    DO_STOP,        /* SIGTERM, grace, SIGKILL */
    DO_WAIT,        /* for the answer to the start that is under way */
    DO_REPORT       /* it has ended */
};
#define TASK_ACTION_COUNT (DO_REPORT + 1)

struct task_step {
    enum task_state  next;
    enum task_action action;
};

struct task_step task_fsm_step(enum task_state state, enum task_event event);

#endif
