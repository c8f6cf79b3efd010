/*
 * platform/model/deployment.h - one change of one app on its way: the states it can be in.
 */
#ifndef PLATFORM_MODEL_DEPLOYMENT_H
#define PLATFORM_MODEL_DEPLOYMENT_H

#include "platform/base/common.h"

#define DEPLOYMENT_STATE_LIST(X)                                                                   \
    X(DEPLOYMENT_RUNNING, "running")                                                               \
    X(DEPLOYMENT_DONE, "done")                                                                     \
    X(DEPLOYMENT_ROLLED_BACK, "rolled-back")                                                       \
    X(DEPLOYMENT_FAILED, "failed")                                                                 \
    X(DEPLOYMENT_CANCELLED, "cancelled") /* a forced newer one took its place */

enum deployment_state {
#define X(state, name) state,
    DEPLOYMENT_STATE_LIST(X)
#undef X
};
#define DEPLOYMENT_STATE_COUNT (DEPLOYMENT_CANCELLED + 1)

const char *deployment_state_name(enum deployment_state state);

#endif
