/* platform/model/task.c - the names of task states. */
#include "platform/model/task.h"

static const char *const names[TASK_STATE_COUNT] = {
#define X(state, name) [state] = name,
    TASK_STATE_LIST(X)
#undef X
};

const char *
task_state_name(enum task_state state)
{
    ASSERT(state < TASK_STATE_COUNT);
    return names[state];
}
