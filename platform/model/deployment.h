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

/* Where a running one is in its strategy. */
enum deployment_phase {
    PHASE_STARTING,  /* the instances of its step come up */
    PHASE_HOLDING,   /* the step has its traffic and lasts */
    PHASE_PAUSED,    /* until somebody promotes it: a step's own pause, or too much inconclusive */
    PHASE_PROMOTING, /* the new version gets everything */
    PHASE_LINGERING, /* it has everything; the old instances are kept for an instant way back */
    PHASE_FINISHING  /* the old instances are stopped */
};
#define DEPLOYMENT_PHASE_COUNT (PHASE_FINISHING + 1)

enum { DEPLOYMENT_ANALYSES_MAX = 8 };

const char *deployment_phase_name(enum deployment_phase phase);

const char *deployment_state_name(enum deployment_state state);

#endif
