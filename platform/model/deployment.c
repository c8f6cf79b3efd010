/* platform/model/deployment.c - the names of deployment states. */
#include "platform/model/deployment.h"

static const char *const names[DEPLOYMENT_STATE_COUNT] = {
#define X(state, name) [state] = name,
    DEPLOYMENT_STATE_LIST(X)
#undef X
};

static const char *const phase_names[DEPLOYMENT_PHASE_COUNT] = {
    [PHASE_STARTING] = "starting",   [PHASE_HOLDING] = "holding",
    [PHASE_PAUSED] = "paused",       [PHASE_PROMOTING] = "promoting",
    [PHASE_LINGERING] = "lingering", [PHASE_FINISHING] = "finishing",
};

const char *
deployment_phase_name(enum deployment_phase phase)
{
    ASSERT(phase < DEPLOYMENT_PHASE_COUNT);
    return phase_names[phase];
}

const char *
deployment_state_name(enum deployment_state state)
{
    ASSERT(state < DEPLOYMENT_STATE_COUNT);
    return names[state];
}
