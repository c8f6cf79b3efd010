/*
 * platform/master/commit.c - durable before visible: the writes of a step become one transaction,
 * and what the step sends leaves when that transaction is acknowledged, in order.
 */
#include <string.h>

#include "platform/base/memory.h"
#include "platform/master/master.h"
#include "platform/model/cluster_drain.h"
#include "platform/model/cluster_refresh.h"
#include "platform/model/cluster_reservation.h"

void
pipeline_send(struct cluster *cluster, env_address to, const struct record_type *type,
              const void *record)
{
    struct master *master = container_of(cluster, struct master, cluster);
    struct effect *effect = vec_push(&master->pipeline.effects);
    *effect = (struct effect){ .sequence = EFFECT_OPEN,
                               .to = to,
                               .type = type,
                               .record = outbox_put(&master->pipeline.outbox, type, record) };
    master_wake(&master->cluster);
}

/* The places of what has left are used again: a busy master never has nothing on its way. */
static void
pipeline_forget_left(struct pipeline *pipeline)
{
    const uint32_t waiting = pipeline->effects.count - pipeline->effects_first;
    if (pipeline->effects_first < waiting) {
        return;
    }
    if (waiting == 0) {
        vec_rest(&pipeline->effects);
    }
    struct effect *effects = pipeline->effects.items;
    for (uint32_t i = 0; i < waiting; i++) {
        effects[i] = effects[pipeline->effects_first + i];
    }
    pipeline->effects.count = waiting;
    pipeline->effects_first = 0;
}

static void
pipeline_release(struct master *master)
{
    struct pipeline *pipeline = &master->pipeline;
    while (pipeline->effects_first < pipeline->effects.count) {
        struct effect *effect = vec_at(&pipeline->effects, pipeline->effects_first);
        if (effect->sequence > pipeline->acknowledged) {
            break;
        }
        if (effect->call != NULL) {
            clouds_start(effect->call);
        } else {
            env_net_send(master->env->net, effect->to, effect->type, effect->record);
            outbox_left(&pipeline->outbox);
        }
        pipeline->effects_first++;
    }
    pipeline_forget_left(pipeline);
}

void
pipeline_drop(struct master *master)
{
    struct pipeline *pipeline = &master->pipeline;
    outbox_clear(&pipeline->outbox);
    clouds_drop(master, false);
    vec_clear(&pipeline->effects);
    pipeline->effects_first = 0;
    pipeline->waits = false;
    pipeline->submitted = 0;
    pipeline->acknowledged = 0;
}

void
pipeline_fini(struct master *master)
{
    pipeline_drop(master);
    clouds_drop(master, true);
    vec_fini(&master->pipeline.effects);
    arena_fini(&master->pipeline.scratch);
    while (master->pipeline.in_flight != NULL) {
        struct commit *next = master->pipeline.in_flight->next;
        memory_free(master->pipeline.in_flight);
        master->pipeline.in_flight = next;
    }
}

static void
pipeline_unlink(struct master *master, struct commit *commit)
{
    if (commit->previous != NULL) {
        commit->previous->next = commit->next;
    } else {
        master->pipeline.in_flight = commit->next;
    }
    if (commit->next != NULL) {
        commit->next->previous = commit->previous;
    }
    memory_free(commit);
}

static void
pipeline_done(struct env_op *op)
{
    struct commit *commit = container_of(op, struct commit, op.op);
    struct master *master = commit->master;
    const bool stale = commit->epoch != master->epoch;
    const enum status status = op->status;
    const uint64_t sequence = commit->sequence;
    if (!stale && status != ST_OK) {
        env_journal_write(master->env->journal, &(struct env_event){ .kind = ENV_EVENT_WARNING,
                                                                     .old_state = -1,
                                                                     .new_state = -1,
                                                                     .value = (int64_t)status,
                                                                     .app = "",
                                                                     .text = op->message });
    }
    pipeline_unlink(master, commit);
    if (stale) {
        return;
    }
    if (status != ST_OK) {
        master_load(master); /* whether it was written is unknown: the store tells */
        return;
    }
    ASSERT(sequence == master->pipeline.acknowledged + 1);
    master->pipeline.acknowledged = sequence;
    pipeline_release(master);
    if (master->pipeline.waits) {
        master_wake(&master->cluster);
    }
}

static struct version_record *
pipeline_version(const struct cluster *cluster, const struct cluster_version *version,
                 struct arena *scratch)
{
    const size_t len = version->spec->json_len;
    struct version_record *record = arena_alloc_zero(scratch, sizeof *record + len);
    *record = (struct version_record){ .id = version->id,
                                       .app = version->app,
                                       .created_at_ns = cluster_now(cluster),
                                       .tail_len = (uint32_t)len };
    memcpy(record->tail, version->spec->json, len);
    return record;
}

static struct gateway_record *
pipeline_gateway(const struct cluster *cluster, struct arena *scratch)
{
    const size_t len = cluster->gateway != NULL ? strlen(cluster->gateway) : 0;
    struct gateway_record *record = arena_alloc_zero(scratch, sizeof *record + len + 1);
    record->request = cluster->gateway_request;
    record->tail_len = (uint32_t)len;
    memcpy(record->tail, cluster->gateway != NULL ? cluster->gateway : "", len);
    return record;
}

static struct strategy_record *
pipeline_strategy(const struct cluster_deployment *deployment, struct arena *scratch)
{
    const size_t len = strlen(deployment->strategy->json);
    struct strategy_record *record = arena_alloc_zero(scratch, sizeof *record + len);
    *record = (struct strategy_record){ .deployment = deployment->record.id,
                                        .app = deployment->record.app,
                                        .tail_len = (uint32_t)len };
    memcpy(record->tail, deployment->strategy->json, len);
    return record;
}

static enum store_table
pipeline_deleted(enum cluster_write_kind kind)
{
    return kind == WRITE_NODE_DELETE          ? TABLE_NODE
           : kind == WRITE_REFRESH_DELETE     ? TABLE_REFRESH
           : kind == WRITE_RESERVATION_DELETE ? TABLE_RESERVATION
           : kind == WRITE_STRATEGY_DELETE    ? TABLE_STRATEGY
           : kind == WRITE_APP_DELETE         ? TABLE_APP
           : kind == WRITE_TASK_DELETE        ? TABLE_TASK
           : kind == WRITE_DEPLOYMENT_DELETE  ? TABLE_DEPLOYMENT
                                              : TABLE_VERSION;
}

/* What the store is told of one change. */
static struct env_store_write
pipeline_write(const struct cluster *cluster, const struct cluster_write *write,
               struct arena *scratch)
{
    struct env_store_write out = { .id = write->id };
    switch (write->kind) {
    case WRITE_APP:
        out.table = TABLE_APP;
        out.record = &((const struct cluster_app *)write->object)->record;
        break;
    case WRITE_TASK:
        out.table = TABLE_TASK;
        out.record = &((const struct cluster_task *)write->object)->record;
        break;
    case WRITE_DEPLOYMENT:
        out.table = TABLE_DEPLOYMENT;
        out.record = &((const struct cluster_deployment *)write->object)->record;
        break;
    case WRITE_VERSION:
        out.table = TABLE_VERSION;
        out.record = pipeline_version(cluster, write->object, scratch);
        break;
    case WRITE_STRATEGY:
        out.table = TABLE_STRATEGY;
        out.record = pipeline_strategy(write->object, scratch);
        break;
    case WRITE_GATEWAY:
        out.table = TABLE_GATEWAY;
        out.record = pipeline_gateway(cluster, scratch);
        break;
    case WRITE_NODE:
        out.table = TABLE_NODE;
        out.record = &cluster_drain_get(write->object)->record;
        break;
    case WRITE_REFRESH:
        out.table = TABLE_REFRESH;
        out.record = ((const struct cluster_refresh *)write->object)->record;
        break;
    case WRITE_RESERVATION:
        out.table = TABLE_RESERVATION;
        out.record = &((const struct cluster_reservation *)write->object)->record;
        break;
    case WRITE_NODE_DELETE:
    case WRITE_REFRESH_DELETE:
    case WRITE_RESERVATION_DELETE:
    case WRITE_STRATEGY_DELETE:
    case WRITE_APP_DELETE:
    case WRITE_TASK_DELETE:
    case WRITE_DEPLOYMENT_DELETE:
    case WRITE_VERSION_DELETE:
        out.table = pipeline_deleted(write->kind);
        break;
    case WRITE_VOID:
        ASSERT(false && "it is left out");
        break;
    }
    out.type = table_type((enum store_table)out.table);
    return out;
}

static void
pipeline_written(const struct cluster_write *write)
{
    if (write->kind == WRITE_TASK) {
        struct cluster_task *task = (struct cluster_task *)(uintptr_t)write->object;
        task->write = 0;
        task->is_new = false;
    } else if (write->kind == WRITE_APP) {
        struct cluster_app *app = (struct cluster_app *)(uintptr_t)write->object;
        app->written = false;
    }
}

/* The app counts its runs: that becomes durable after the tasks that it counts, so that a part of a
 * large step never leaves runs that nobody does. */
static bool
pipeline_is_last(const struct cluster_write *write)
{
    const struct cluster_app *app = write->object;
    return write->kind == WRITE_APP && app->version != NULL && app->version->spec->runs_once;
}

static uint32_t
pipeline_writes(struct cluster *cluster, struct env_store_write *writes, struct arena *scratch)
{
    uint32_t count = 0;
    uint32_t last_count = 0;
    for (uint32_t pass = 0; pass == 0 || (pass == 1 && last_count > 0); pass++) {
        for (uint32_t i = 0; i < cluster->writes.count; i++) {
            const struct cluster_write *write = vec_at(&cluster->writes, i);
            const bool is_last = pipeline_is_last(write);
            last_count += pass == 0 && is_last ? 1 : 0;
            if (write->kind != WRITE_VOID && is_last == (pass == 1)) {
                writes[count++] = pipeline_write(cluster, write, scratch);
                pipeline_written(write);
            }
        }
    }
    return count;
}

static void
pipeline_submit(struct master *master, const struct env_store_write *writes, uint32_t count)
{
    struct commit *commit = memory_alloc_zero(1, sizeof *commit);
    commit->op.op.done = pipeline_done;
    commit->op.writes = writes;
    commit->op.writes_count = count;
    commit->op.compares = true; /* a newer term has changed it: then nothing of ours is written */
    commit->op.compare_table = TABLE_META;
    commit->op.compare_id = 0;
    commit->op.compare_revision = master->meta_revision;
    commit->master = master;
    commit->epoch = master->epoch;
    commit->sequence = ++master->pipeline.submitted;
    commit->next = master->pipeline.in_flight;
    if (commit->next != NULL) {
        commit->next->previous = commit;
    }
    master->pipeline.in_flight = commit;
    env_store_commit(master->env->store, &commit->op);
}

void
pipeline_commit(struct master *master)
{
    struct cluster *cluster = &master->cluster;
    if (cluster->writes.count > 0) {
        struct arena *scratch = &master->pipeline.scratch;
        struct env_store_write *writes =
            ARENA_ARRAY(scratch, struct env_store_write, cluster->writes.count);
        const uint32_t count = pipeline_writes(cluster, writes, scratch);
        vec_rest(&cluster->writes);
        for (uint32_t i = 0; i < count; i += ENV_STORE_WRITES_MAX) {
            const uint32_t left = count - i;
            pipeline_submit(master, writes + i,
                            left < ENV_STORE_WRITES_MAX ? left : ENV_STORE_WRITES_MAX);
        }
        arena_reset(scratch);
    }
    for (uint32_t i = master->pipeline.effects.count; i > master->pipeline.effects_first; i--) {
        struct effect *effect = vec_at(&master->pipeline.effects, i - 1);
        if (effect->sequence != EFFECT_OPEN) {
            break;
        }
        effect->sequence = master->pipeline.submitted;
    }
    pipeline_release(master);
}
