/*
 * platform/model/cluster_split.h - whether an app's requests are split between two versions of it,
 * and how: what the balancer and the analysis must agree upon.
 */
#ifndef PLATFORM_MODEL_CLUSTER_SPLIT_H
#define PLATFORM_MODEL_CLUSTER_SPLIT_H

#include "platform/model/cluster.h"

/*
 * One version stands apart from all others. All-zero: no split, requests follow the instances.
 * While a deployment goes forward that is the new version; while it goes back to the old one, it is
 * still the failed version, so that nothing moves on the way back.
 */
struct cluster_split {
    uint64_t    version;  /* that stands apart; 0: no split */
    uint64_t    labels;   /* the version whose labels count meanwhile: what the others are */
    uint32_t    apart_ppm; /* of the requests go to the version apart */
    const char *header;    /* requests with it go there too; "" none. The strategy's memory */
    const char *value;
};

/* Whether its requests are split by share, and not by the number of instances. */
bool cluster_deployment_splits(const struct cluster_deployment *deployment);

/*
 * Of the running deployment; or, while instances of both versions are left, of one that failed and
 * did not go back: it stays as it is.
 */
struct cluster_split cluster_split_of(const struct cluster_app *app);

#endif
