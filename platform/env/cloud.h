/*
 * platform/env/cloud.h - the cloud port: node groups and the instances in them.
 *
 * Behind it: fakes/cloud/; a docker run has one machine and answers ST_UNSUPPORTED to changes, as
 *            its ops.fixed tells beforehand.
 * Calling:   resize sets how many instances a group wants; the cloud starts or ends instances to
 *            get there. configure sets the machine image that instances started from now on have.
 *            terminate ends one instance: its group starts another in its place, unless it is to
 *            shrink by it. Listed instances come in order of id, ended ones for a while too.
 * Errors:    ST_NOT_FOUND group, image or instance, ST_INVALID a size outside min..max. Worth a
 *            retry: ST_THROTTLED, ST_UNAVAILABLE, ST_TIMEOUT; asking for the same size or image
 *            twice, or for the end of an ended instance, changes nothing.
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
    uint32_t            ipv4; /* host byte order; 0: not known yet */
    const char         *image; /* the machine image it was started from */
    int64_t             launched_at_ns;
};

/* What a group is set to. */
struct group_info {
    uint32_t    min;
    uint32_t    max;
    uint32_t    desired;
    const char *image; /* of instances that are started now */
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

struct env_cloud_group {
    struct env_op op;
    const char   *group; /* borrowed until done() */
    /* once, before done(), when there is such a group; info is valid during the call */
    void (*found)(struct env_cloud_group *group, const struct group_info *info);
};

struct env_cloud_configure {
    struct env_op op;
    const char   *group; /* both borrowed until done() */
    const char   *image;
};

struct env_cloud_terminate {
    struct env_op op;
    uint64_t      instance;
    bool          shrinks; /* its group wants one less from now on */
};

struct env_cloud {
    const struct env_cloud_ops *ops;
};

typedef void env_cloud_resize_fn(struct env_cloud *cloud, struct env_cloud_resize *resize);
typedef void env_cloud_instances_fn(struct env_cloud *cloud, struct env_cloud_instances *instances);
typedef void env_cloud_group_fn(struct env_cloud *cloud, struct env_cloud_group *group);
typedef void env_cloud_configure_fn(struct env_cloud *cloud, struct env_cloud_configure *configure);
typedef void env_cloud_terminate_fn(struct env_cloud *cloud, struct env_cloud_terminate *terminate);

struct env_cloud_ops {
    const char             *name;
    bool                    fixed; /* the machines are as they are: nothing can be changed */
    env_cloud_resize_fn    *resize;
    env_cloud_instances_fn *instances;
    env_cloud_group_fn     *group;
    env_cloud_configure_fn *configure;
    env_cloud_terminate_fn *terminate;
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

static inline void
env_cloud_group(struct env_cloud *cloud, struct env_cloud_group *group)
{
    ASSERT(group->group != NULL && group->found != NULL);
    env_op_begin(&group->op);
    cloud->ops->group(cloud, group);
    env_op_begun(&group->op);
}

static inline void
env_cloud_configure(struct env_cloud *cloud, struct env_cloud_configure *configure)
{
    ASSERT(configure->group != NULL && configure->image != NULL);
    env_op_begin(&configure->op);
    cloud->ops->configure(cloud, configure);
    env_op_begun(&configure->op);
}

static inline void
env_cloud_terminate(struct env_cloud *cloud, struct env_cloud_terminate *terminate)
{
    ASSERT(terminate->instance != 0);
    env_op_begin(&terminate->op);
    cloud->ops->terminate(cloud, terminate);
    env_op_begun(&terminate->op);
}

#endif
