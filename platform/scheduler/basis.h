/*
 * platform/scheduler/basis.h - what scores depend on beside the node and the request.
 */
#ifndef PLATFORM_SCHEDULER_BASIS_H
#define PLATFORM_SCHEDULER_BASIS_H

#include "platform/scheduler/scores/fgd.h"

struct basis {
    struct fgd fgd;
    struct fgd_state *states; /* owned; NULL: the policy needs none */
    uint64_t   wanted_seen; /* instances that all apps wanted when shapes were last counted */
    bool       is_known;    /* in this step */
};

/*
 * What a request's score is made from, for the policy that is set. Typical shapes are those of the
 * configuration; without any, those that the apps' instances ask for, counted anew at the first
 * question of a step when their number has changed by an eighth.
 */
void basis_give(struct basis *basis, const struct cluster *cluster, struct place_request *request);
void basis_step_ended(struct basis *basis);
void basis_fini(struct basis *basis);

#endif
