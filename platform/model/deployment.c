/* platform/model/deployment.c - the names of deployment states. */
#include "platform/model/deployment.h"

static const char *const names[DEPLOYMENT_STATE_COUNT] = {
#define X(state, name) [state] = name,
    DEPLOYMENT_STATE_LIST(X)
#undef X
};

const char *
deployment_state_name(enum deployment_state state)
{
    ASSERT(state < DEPLOYMENT_STATE_COUNT);
    return names[state];
}
