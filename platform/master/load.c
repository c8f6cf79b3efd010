/*
 * platform/master/load.c - from the store to leading: take a term, read every table, say what is
 * wanted.
 *
 * The term is taken first, by a transaction that compares the meta record: from then on nothing
 * that an older master still sends to the store is written.
 */
#include <stdio.h>
#include <string.h>

#include "platform/master/master.h"
#include "platform/model/cluster_refresh.h"
#include "platform/model/cluster_reservation.h"

/* Ids of one term; the next term begins after them, whatever was used. A limit of ours. */
#define LOAD_IDS_PER_TERM UINT64_C(10000000)
#define LOAD_RETRY_NS     SEC(1)

static void
load_warn(struct master *master, const char *text)
{
    env_journal_write(master->env->journal, &(struct env_event){ .kind = ENV_EVENT_WARNING,
                                                                 .old_state = -1,
                                                                 .new_state = -1,
                                                                 .app = "",
                                                                 .text = text });
}

static void
load_say(struct master *master, int32_t leading)
{
    env_journal_write(master->env->journal, &(struct env_event){ .kind = ENV_EVENT_MASTER,
                                                                 .old_state = -1,
                                                                 .new_state = leading,
                                                                 .value =
                                                                     (int64_t)master->cluster.term,
                                                                 .app = "",
                                                                 .text = "" });
}

static void
load_app(struct master *master, uint64_t id, const struct app_record *record)
{
    /* Its path and version come with its versions, which are read next. */
    char path[32];
    (void)snprintf(path, sizeof path, "#%llu", (unsigned long long)id);
    struct cluster_app *app = cluster_app_add(&master->cluster, path, id);
    app->record = *record;
}

static void
load_version(struct master *master, uint64_t id, const struct version_record *record)
{
    struct cluster_app *app = cluster_app_get(&master->cluster, record->app);
    if (app == NULL) { /* its app went, or was never written */
        cluster_write(&master->cluster, WRITE_VERSION_DELETE, id, NULL);
    } else if (cluster_version_add(app, id, record->tail, record->tail_len) == NULL) {
        load_warn(master, "a stored app version cannot be read: its app is left alone");
    }
}

static void
load_deployment(struct master *master, uint64_t id, const struct deployment_record *record)
{
    struct cluster_app *app = cluster_app_get(&master->cluster, record->app);
    if (app == NULL) {
        cluster_write(&master->cluster, WRITE_DEPLOYMENT_DELETE, id, NULL);
        return;
    }
    struct cluster_deployment *deployment = cluster_deployment_add(app, record);
    if (record->state == DEPLOYMENT_RUNNING && app->record.deployment == record->id) {
        app->deployment = deployment;
    }
}

static void
load_strategy(struct master *master, uint64_t id, const struct strategy_record *record)
{
    struct cluster_app *app = cluster_app_get(&master->cluster, record->app);
    struct cluster_deployment *deployment =
        app != NULL ? cluster_deployment_get(app, record->deployment) : NULL;
    if (deployment == NULL) {
        cluster_write(&master->cluster, WRITE_STRATEGY_DELETE, id, NULL);
    } else if (!cluster_deployment_plan(deployment, record->tail, record->tail_len)) {
        load_warn(master, "a stored strategy cannot be read: its deployment goes on by rolling");
    }
}

static void
load_row(struct env_store_range *range, uint64_t id, uint64_t revision, const void *record)
{
    struct master *master = container_of(range, struct master, loader.range);
    switch ((enum store_table)master->loader.table) {
    case TABLE_META:
        master->loader.meta = *(const struct meta_record *)record;
        master->loader.meta_revision = revision;
        master->loader.found_meta = true;
        break;
    case TABLE_APP:
        load_app(master, id, record);
        break;
    case TABLE_VERSION:
        load_version(master, id, record);
        break;
    case TABLE_DEPLOYMENT:
        load_deployment(master, id, record);
        break;
    case TABLE_STRATEGY:
        load_strategy(master, id, record);
        break;
    case TABLE_GATEWAY:
        cluster_gateway_load(&master->cluster, record); /* edges say when they cannot read it */
        break;
    case TABLE_NODE:
        cluster_node_drain_load(&master->cluster, record);
        break;
    case TABLE_REFRESH:
        if (!cluster_refresh_load(&master->cluster, record)) {
            load_warn(master, "a stored refresh cannot be read: its group is left alone");
        }
        break;
    case TABLE_RESERVATION:
        cluster_reservation_load(&master->cluster, record);
        break;
    case TABLE_TASK:
        if (cluster_task_load(&master->cluster, record) == NULL) {
            load_warn(master, "a stored task belongs to no app: it is removed");
            cluster_task_discard(&master->cluster, id);
        }
        break;
    }
}

static void
load_table(struct master *master, enum store_table table)
{
    struct loader *loader = &master->loader;
    loader->table = table;
    loader->range.table = table;
    loader->range.first_id = 0;
    loader->range.last_id = UINT64_MAX;
    loader->range.type = table_type(table);
    env_store_range(master->env->store, &loader->range);
}

/* What an earlier master told and never made durable is void: observers are told what is there. */
static void
load_say_tasks(const struct cluster_app *app)
{
    for (const struct cluster_task *task = app->tasks_first; task != NULL; task = task->app_next) {
        const struct env_event found = { .kind = ENV_EVENT_LOADED,
                                         .old_state = task->record.stop,
                                         .new_state = task->record.state,
                                         .node = task->record.node,
                                         .task = task->record.id,
                                         .version = task->record.version,
                                         .deployment = cluster_task_deployment(task),
                                         .value = cluster_task_is_healthy(task),
                                         .app = app->id };
        cluster_journal(app->cluster, &found);
    }
}

static void
load_lead(struct master *master)
{
    struct cluster *cluster = &master->cluster;
    cluster->leading = true;
    cluster->leading_at_ns = cluster_now(cluster);
    for (uint32_t i = 0; i < cluster->apps.count; i++) {
        struct cluster_app *app = *(struct cluster_app **)vec_at(&cluster->apps, i);
        if (app == NULL || app->version == NULL) {
            continue;
        }
        cluster_runs_loaded(app);
        cluster_app_announce(app, "loaded");
        load_say_tasks(app);
        cluster_app_dirty(app);
    }
    load_say(master, 1);
    for (uint32_t i = 0; i < cluster->nodes.count; i++) {
        struct cluster_node *node = *(struct cluster_node **)vec_at(&cluster->nodes, i);
        if (node != NULL) {
            nodes_await(node);
        }
    }
    cluster->routes_dirty = true;
    master_wake(cluster);
}

/* Versions are known now: each app gets its path and the version it wants. */
static void
load_name_apps(struct master *master)
{
    struct cluster *cluster = &master->cluster;
    for (uint32_t i = 0; i < cluster->apps.count; i++) {
        struct cluster_app *app = *(struct cluster_app **)vec_at(&cluster->apps, i);
        app->version = cluster_version_get(cluster, app->record.version);
        if (app->version != NULL) {
            cluster_app_name(app, app->version->spec->id);
        }
    }
}

static void
load_take_term(struct master *master)
{
    struct loader *loader = &master->loader;
    struct meta_record *meta = &loader->meta;
    if (!loader->found_meta) {
        *meta = (struct meta_record){
            .next_app = 1, .next_version = 1, .next_deployment = 1, .next_task = 1
        };
    }
    meta->term++;
    master->cluster.meta = *meta;
    master->cluster.term = meta->term;
    master->cluster.meta_limit = meta->next_task + LOAD_IDS_PER_TERM;
    meta->next_app += LOAD_IDS_PER_TERM;
    meta->next_version += LOAD_IDS_PER_TERM;
    meta->next_deployment += LOAD_IDS_PER_TERM;
    meta->next_task += LOAD_IDS_PER_TERM;
    meta->routes_generation += LOAD_IDS_PER_TERM;
    const struct env_store_write write = {
        .table = TABLE_META, .id = 0, .type = &meta_record_type, .record = meta
    };
    loader->commit.writes = &write;
    loader->commit.writes_count = 1;
    loader->commit.compares = true;
    loader->commit.compare_table = TABLE_META;
    loader->commit.compare_id = 0;
    loader->commit.compare_revision = loader->meta_revision;
    env_store_commit(master->env->store, &loader->commit);
}

static void
load_range_done(struct env_op *op)
{
    struct loader *loader = container_of(op, struct loader, range.op);
    struct master *master = container_of(loader, struct master, loader);
    if (op->status != ST_OK) {
        env_timer_start(master->env->clock, &loader->retry, LOAD_RETRY_NS);
        return;
    }
    switch ((enum store_table)loader->table) {
    case TABLE_META:
        load_take_term(master);
        break;
    case TABLE_APP:
        load_table(master, TABLE_VERSION);
        break;
    case TABLE_VERSION:
        load_name_apps(master);
        load_table(master, TABLE_DEPLOYMENT);
        break;
    case TABLE_DEPLOYMENT:
        load_table(master, TABLE_STRATEGY);
        break;
    case TABLE_STRATEGY:
        load_table(master, TABLE_GATEWAY);
        break;
    case TABLE_GATEWAY:
        load_table(master, TABLE_NODE); /* before the tasks: they count otherwise there */
        break;
    case TABLE_NODE:
        load_table(master, TABLE_REFRESH);
        break;
    case TABLE_REFRESH:
        load_table(master, TABLE_RESERVATION); /* before the tasks, which have them */
        break;
    case TABLE_RESERVATION:
        load_table(master, TABLE_TASK);
        break;
    case TABLE_TASK:
        load_lead(master);
        break;
    }
}

static void
load_term_done(struct env_op *op)
{
    struct loader *loader = container_of(op, struct loader, commit.op);
    struct master *master = container_of(loader, struct master, loader);
    if (op->status != ST_OK) { /* another one took it, or nobody knows: look again */
        env_timer_start(master->env->clock, &loader->retry, LOAD_RETRY_NS);
        return;
    }
    master->meta_revision = loader->commit.ret_revision;
    load_table(master, TABLE_APP);
}

static void
load_retry(struct env_timer *timer)
{
    struct loader *loader = container_of(timer, struct loader, retry);
    master_load(container_of(loader, struct master, loader));
}

void
master_load(struct master *master)
{
    if (master->cluster_open) {
        env_timer_cancel(master->env->clock, &master->cluster.step_timer);
        master_controllers_close(master);
        cluster_fini(&master->cluster);
        pipeline_drop(master);
    }
    master->epoch++;
    cluster_init(&master->cluster, master->env, &master->config);
    master->cluster.send = pipeline_send;
    master->cluster.wake = master_wake;
    master->cluster.cloud = clouds_ask;
    env_timer_init(&master->cluster.step_timer, master_step);
    master_controllers_open(master);
    master->cluster_open = true;

    struct loader *loader = &master->loader;
    loader->found_meta = false;
    loader->meta_revision = 0;
    loader->meta = (struct meta_record){ 0 };
    loader->range.op.done = load_range_done;
    loader->range.row = load_row;
    loader->commit.op.done = load_term_done;
    env_timer_init(&loader->retry, load_retry);
    load_say(master, 0);
    load_table(master, TABLE_META);
}
