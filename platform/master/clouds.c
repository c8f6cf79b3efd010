/*
 * platform/master/clouds.c - calls of controllers to the cloud: they wait for their revision as
 * messages do, and are answered unless the master has loaded anew meanwhile.
 */
#include <stdio.h>
#include <string.h>

#include "platform/base/memory.h"
#include "platform/master/master.h"
#include "platform/model/cluster_cloud.h"

struct cloud_call {
    union {
        struct env_cloud_resize    resize;
        struct env_cloud_instances instances;
        struct env_cloud_group     group;
        struct env_cloud_configure configure;
        struct env_cloud_terminate terminate;
    } op;
    struct cluster_cloud_ask    ask; /* its texts are below */
    char                        group[REFRESH_NAME_BYTES];
    char                        image[REFRESH_NAME_BYTES];
    char                        image_found[REFRESH_NAME_BYTES];
    struct cluster_cloud_answer answer;
    struct vec                  rows; /* struct cluster_instance */
    cluster_cloud_fn           *done;
    void                       *context;
    struct master              *master;
    uint64_t                    epoch;
    bool                        started;
    struct cloud_call          *next, *previous; /* all of the master, newest first */
};

static void
clouds_free(struct cloud_call *call)
{
    struct master *master = call->master;
    if (call->previous != NULL) {
        call->previous->next = call->next;
    } else {
        master->calls = call->next;
    }
    if (call->next != NULL) {
        call->next->previous = call->previous;
    }
    vec_fini(&call->rows);
    memory_free(call);
}

/* call: every op of the union begins with its env_op, at the same place. */
static void
clouds_done(struct env_op *op)
{
    struct cloud_call *call = (struct cloud_call *)(void *)((char *)op -
                                                            offsetof(struct cloud_call, op));
    if (call->epoch == call->master->epoch) {
        call->answer.status = op->status;
        call->answer.message = op->message != NULL ? op->message : "";
        call->answer.instances = call->rows.items;
        call->answer.instances_count = call->rows.count;
        call->done(call->context, &call->answer);
    }
    clouds_free(call);
}

static void
clouds_row(struct env_cloud_instances *instances, const struct instance_info *info)
{
    struct cloud_call *call = container_of(instances, struct cloud_call, op.instances);
    struct cluster_instance *row = vec_push(&call->rows);
    *row = (struct cluster_instance){ .id = info->id,
                                      .state = info->state,
                                      .ipv4 = info->ipv4,
                                      .launched_at_ns = info->launched_at_ns };
    (void)snprintf(row->zone, sizeof row->zone, "%s", info->zone != NULL ? info->zone : "");
    (void)snprintf(row->image, sizeof row->image, "%s", info->image != NULL ? info->image : "");
}

static void
clouds_found(struct env_cloud_group *group, const struct group_info *info)
{
    struct cloud_call *call = container_of(group, struct cloud_call, op.group);
    call->answer.group = *info;
    (void)snprintf(call->image_found, sizeof call->image_found, "%s", info->image);
    call->answer.group.image = call->image_found;
}

void
clouds_ask(struct cluster *cluster, const struct cluster_cloud_ask *ask, cluster_cloud_fn *done,
           void *context)
{
    struct master *master = container_of(cluster, struct master, cluster);
    struct cloud_call *call = memory_alloc_zero(1, sizeof *call);
    call->ask = *ask;
    call->done = done;
    call->context = context;
    call->master = master;
    call->epoch = master->epoch;
    (void)snprintf(call->group, sizeof call->group, "%s", ask->group != NULL ? ask->group : "");
    (void)snprintf(call->image, sizeof call->image, "%s", ask->image != NULL ? ask->image : "");
    vec_init(&call->rows, sizeof(struct cluster_instance));
    call->next = master->calls;
    if (call->next != NULL) {
        call->next->previous = call;
    }
    master->calls = call;
    struct effect *effect = vec_push(&master->pipeline.effects);
    *effect = (struct effect){ .sequence = EFFECT_OPEN, .call = call };
    master_wake(cluster);
}

void
clouds_start(struct cloud_call *call)
{
    struct env_cloud *cloud = call->master->env->cloud;
    call->started = true;
    switch (call->ask.call) {
    case CLOUD_GROUP:
        call->op.group = (struct env_cloud_group){ .op.done = clouds_done,
                                                   .group = call->group,
                                                   .found = clouds_found };
        env_cloud_group(cloud, &call->op.group);
        break;
    case CLOUD_INSTANCES:
        call->op.instances = (struct env_cloud_instances){ .op.done = clouds_done,
                                                           .group = call->group,
                                                           .row = clouds_row };
        env_cloud_instances(cloud, &call->op.instances);
        break;
    case CLOUD_RESIZE:
        call->op.resize = (struct env_cloud_resize){ .op.done = clouds_done,
                                                     .group = call->group,
                                                     .count = call->ask.count };
        env_cloud_resize(cloud, &call->op.resize);
        break;
    case CLOUD_CONFIGURE:
        call->op.configure = (struct env_cloud_configure){ .op.done = clouds_done,
                                                           .group = call->group,
                                                           .image = call->image };
        env_cloud_configure(cloud, &call->op.configure);
        break;
    case CLOUD_TERMINATE:
        call->op.terminate = (struct env_cloud_terminate){ .op.done = clouds_done,
                                                           .instance = call->ask.instance,
                                                           .shrinks = call->ask.shrinks };
        env_cloud_terminate(cloud, &call->op.terminate);
        break;
    }
}

void
clouds_drop(struct master *master, bool started_too)
{
    struct cloud_call *next = NULL;
    for (struct cloud_call *call = master->calls; call != NULL; call = next) {
        next = call->next;
        if (started_too || !call->started) {
            clouds_free(call);
        }
    }
}
