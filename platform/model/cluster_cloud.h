/*
 * platform/model/cluster_cloud.h - what controllers ask of the cloud, by way of the master.
 *
 * Calling: a call leaves when everything that was decided before it is durable, like a message. It
 *          is answered once, never before the ask returns, and not at all when the master has
 *          loaded anew meanwhile. Texts of the ask are copied; the answer is valid during the call.
 * Errors:  those of platform/env/cloud.h.
 */
#ifndef PLATFORM_MODEL_CLUSTER_CLOUD_H
#define PLATFORM_MODEL_CLUSTER_CLOUD_H

#include "platform/env/cloud.h"
#include "platform/model/refresh.h"

struct cluster;

enum cluster_cloud_call {
    CLOUD_GROUP,     /* what the group is set to */
    CLOUD_INSTANCES, /* of the group */
    CLOUD_RESIZE,    /* count */
    CLOUD_CONFIGURE, /* image */
    CLOUD_TERMINATE  /* instance, shrinks */
};

struct cluster_cloud_ask {
    enum cluster_cloud_call call;
    const char             *group;
    const char             *image;
    uint32_t                count;
    uint64_t                instance;
    bool                    shrinks;
};

struct cluster_instance {
    uint64_t            id;
    enum instance_state state;
    uint32_t            ipv4;
    int64_t             launched_at_ns;
    char                zone[REFRESH_NAME_BYTES];
    char                image[REFRESH_NAME_BYTES];
};

struct cluster_cloud_answer {
    enum status                    status;
    const char                    *message;
    struct group_info              group; /* CLOUD_GROUP */
    const struct cluster_instance *instances; /* CLOUD_INSTANCES, in order of id */
    uint32_t                       instances_count;
};

typedef void cluster_cloud_fn(void *context, const struct cluster_cloud_answer *answer);

void cluster_cloud(struct cluster *cluster, const struct cluster_cloud_ask *ask,
                   cluster_cloud_fn *done, void *context);

#endif
