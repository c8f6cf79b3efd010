/*
 * platform/env/cloud.h - the cloud port: node groups and the instances in them.
 *
 * Behind it: fakes/cloud/; a docker run has one machine and answers ST_UNSUPPORTED to changes.
 * Calling:   resize sets how many instances a group wants; the cloud starts or ends instances to
 *            get there. Listed instances come in order of id.
 * Errors:    ST_NOT_FOUND group, ST_INVALID a size outside min..max. Worth a retry: ST_THROTTLED,
 *            ST_UNAVAILABLE, ST_TIMEOUT; asking for the same size twice changes nothing.
 */
#ifndef PLATFORM_ENV_CLOUD_H
#define PLATFORM_ENV_CLOUD_H

#include "platform/env/op.h"

enum instance_state { INSTANCE_PENDING, INSTANCE_RUNNING, INSTANCE_FAILED, INSTANCE_TERMINATED };
#define INSTANCE_STATE_COUNT (INSTANCE_TERMINATED + 1)

struct instance_info {
    uint64_t            id;
    enum instance_state state;
    const char         *group;
    const char         *type; /* "m5.xlarge" */
    const char         *zone; /* "us-east-1a" */
    uint32_t            ipv4; /* host byte order */
};

struct env_cloud_resize {
    struct env_op op;
    const char   *group; /* borrowed until done() */
    uint32_t      count;
};

struct env_cloud_instances {
    struct env_op op;
    const char   *group; /* NULL: all */
    /* once an instance, before done(); info is valid during the call */
    void (*row)(struct env_cloud_instances *instances, const struct instance_info *info);
};

struct env_cloud {
    const struct env_cloud_ops *ops;
};

typedef void env_cloud_resize_fn(struct env_cloud *cloud, struct env_cloud_resize *resize);
typedef void env_cloud_instances_fn(struct env_cloud *cloud, struct env_cloud_instances *instances);

struct env_cloud_ops {
    const char             *name;
    env_cloud_resize_fn    *resize;
    env_cloud_instances_fn *instances;
};

static inline void
env_cloud_resize(struct env_cloud *cloud, struct env_cloud_resize *resize)
{
    ASSERT(resize->group != NULL);
    env_op_begin(&resize->op);
    cloud->ops->resize(cloud, resize);
    env_op_begun(&resize->op);
}

static inline void
env_cloud_instances(struct env_cloud *cloud, struct env_cloud_instances *instances)
{
    ASSERT(instances->row != NULL);
    env_op_begin(&instances->op);
    cloud->ops->instances(cloud, instances);
    env_op_begun(&instances->op);
}

#endif
