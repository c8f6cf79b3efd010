/*
 * tests/unit/agent/test_task_fsm.c
 *
 * Goal:   a task on its agent goes only where the story of its life says.
 * Method: every cell of the table is asked for and compared with a list written here by hand; what
 *         is not in the list must change nothing. Then what holds of every path: it ends, and once.
 */
#include <criterion/criterion.h>

#include "platform/agent/task_fsm.h"

struct expected {
    enum task_state  from;
    enum task_event  event;
    enum task_state  next;
    enum task_action action;
};

static const struct expected story[] = {
    { TASK_PENDING, EV_LAUNCH, TASK_STAGING, DO_PREPARE },
    { TASK_PENDING, EV_ADOPT, TASK_RUNNING, DO_WATCH },
    { TASK_PENDING, EV_EXITED, TASK_FINISHED, DO_REPORT },
    { TASK_PENDING, EV_CRASHED, TASK_FAILED, DO_REPORT },
    { TASK_STAGING, EV_PREPARED, TASK_STARTING, DO_START },
    { TASK_STAGING, EV_PREPARE_FAILED, TASK_FAILED, DO_REPORT },
    { TASK_STAGING, EV_KILL, TASK_KILLED, DO_REPORT },
    { TASK_STARTING, EV_STARTED, TASK_RUNNING, DO_WATCH },
    { TASK_STARTING, EV_START_FAILED, TASK_FAILED, DO_REPORT },
    { TASK_STARTING, EV_EXITED, TASK_FINISHED, DO_REPORT },
    { TASK_STARTING, EV_CRASHED, TASK_FAILED, DO_REPORT },
    { TASK_STARTING, EV_KILL, TASK_KILLING, DO_WAIT },
    { TASK_RUNNING, EV_EXITED, TASK_FINISHED, DO_REPORT },
    { TASK_RUNNING, EV_CRASHED, TASK_FAILED, DO_REPORT },
    { TASK_RUNNING, EV_KILL, TASK_KILLING, DO_STOP },
    { TASK_KILLING, EV_STARTED, TASK_KILLING, DO_STOP },
    { TASK_KILLING, EV_START_FAILED, TASK_KILLED, DO_REPORT },
    { TASK_KILLING, EV_EXITED, TASK_KILLED, DO_REPORT },
    { TASK_KILLING, EV_CRASHED, TASK_KILLED, DO_REPORT },
    { TASK_KILLING, EV_STOPPED, TASK_KILLED, DO_REPORT },
};

static const struct expected *
story_find(enum task_state from, enum task_event event)
{
    for (uint32_t i = 0; i < COUNT_OF(story); i++) {
        if (story[i].from == from && story[i].event == event) {
            return &story[i];
        }
    }
    return NULL;
}

Test(task_fsm, does_in_every_cell_what_the_story_says)
{
    for (uint32_t s = 0; s < TASK_STATE_COUNT; s++) {
        for (uint32_t e = 0; e < TASK_EVENT_COUNT; e++) {
            const enum task_state state = (enum task_state)s;
            const struct task_step step = task_fsm_step(state, (enum task_event)e);
            const struct expected *expected = story_find(state, (enum task_event)e);
            if (expected == NULL) {
                cr_assert_eq(step.action, DO_COUNT_STRAY, "%s, event %u", task_state_name(state),
                             e);
                cr_assert_eq(step.next, state, "%s, event %u", task_state_name(state), e);
            } else {
                cr_assert_eq(step.action, expected->action, "%s, event %u",
                             task_state_name(state), e);
                cr_assert_eq(step.next, expected->next, "%s, event %u", task_state_name(state), e);
            }
        }
    }
}

Test(task_fsm, reports_exactly_the_steps_into_an_end)
{
    for (uint32_t s = 0; s < TASK_STATE_COUNT; s++) {
        for (uint32_t e = 0; e < TASK_EVENT_COUNT; e++) {
            const struct task_step step =
                task_fsm_step((enum task_state)s, (enum task_event)e);
            const bool enters_end = task_state_is_final(step.next) &&
                                    !task_state_is_final((enum task_state)s);
            cr_assert_eq(step.action == DO_REPORT, enters_end);
        }
    }
}

Test(task_fsm, never_runs_again_once_a_kill_was_asked_for)
{
    for (uint32_t e = 0; e < TASK_EVENT_COUNT; e++) {
        const struct task_step step = task_fsm_step(TASK_KILLING, (enum task_event)e);
        cr_assert(step.next == TASK_KILLING || step.next == TASK_KILLED);
    }
}
