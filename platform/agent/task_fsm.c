/* platform/agent/task_fsm.c - the life of one task on its agent: decides, never acts. */
#include "platform/agent/task_fsm.h"

/* Row: where the task is. Column: what happened. An empty cell is a stray event. */
static const struct task_step table[TASK_STATE_COUNT][TASK_EVENT_COUNT] = {
    [TASK_PENDING][EV_LAUNCH]         = { TASK_STAGING,  DO_PREPARE },
    [TASK_PENDING][EV_ADOPT]          = { TASK_RUNNING,  DO_WATCH },
    [TASK_PENDING][EV_EXITED]         = { TASK_FINISHED, DO_REPORT }, /* while no agent looked */
    [TASK_PENDING][EV_CRASHED]        = { TASK_FAILED,   DO_REPORT },
    [TASK_STAGING][EV_PREPARED]       = { TASK_STARTING, DO_START },
    [TASK_STAGING][EV_PREPARE_FAILED] = { TASK_FAILED,   DO_REPORT },
    [TASK_STAGING][EV_KILL]           = { TASK_KILLED,   DO_REPORT },
    [TASK_STARTING][EV_STARTED]       = { TASK_RUNNING,  DO_WATCH },
    [TASK_STARTING][EV_START_FAILED]  = { TASK_FAILED,   DO_REPORT },
    [TASK_STARTING][EV_EXITED]        = { TASK_FINISHED, DO_REPORT }, /* overtook EV_STARTED */
    [TASK_STARTING][EV_CRASHED]       = { TASK_FAILED,   DO_REPORT },
    [TASK_STARTING][EV_KILL]          = { TASK_KILLING,  DO_WAIT }, /* nothing to stop yet.. */
    [TASK_KILLING][EV_STARTED]        = { TASK_KILLING,  DO_STOP }, /* ..but it may still come */
    [TASK_KILLING][EV_START_FAILED]   = { TASK_KILLED,   DO_REPORT },
    [TASK_KILLING][EV_EXITED]         = { TASK_KILLED,   DO_REPORT },
    [TASK_KILLING][EV_CRASHED]        = { TASK_KILLED,   DO_REPORT },
    [TASK_KILLING][EV_STOPPED]        = { TASK_KILLED,   DO_REPORT },
    [TASK_RUNNING][EV_EXITED]         = { TASK_FINISHED, DO_REPORT },
    [TASK_RUNNING][EV_CRASHED]        = { TASK_FAILED,   DO_REPORT },
    [TASK_RUNNING][EV_KILL]           = { TASK_KILLING,  DO_STOP },
};

struct task_step
task_fsm_step(enum task_state state, enum task_event event)
{
    ASSERT(state < TASK_STATE_COUNT);
    ASSERT(event < TASK_EVENT_COUNT);

    struct task_step step = table[state][event];

    if (step.action == DO_COUNT_STRAY) {
        step.next = state; /* late answers are normal: counted, never fatal */
    }

    ASSERT(!task_state_is_final(state) || step.next == state);
    return step;
}
