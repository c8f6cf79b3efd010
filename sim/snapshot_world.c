/*
 * sim/snapshot_world.c - a simulated world that begins in the middle of its life.
 *
 * The platform is not told: its master finds the records in its store, its agents find the
 * containers in their engines, by the labels that an earlier life would have written. So it loads,
 * reconciles and goes on, as after a restart of every process at once.
 */
#include <string.h>

#include "platform/agent/labels.h"
#include "platform/base/memory.h"
#include "platform/model/config.h"
#include "platform/model/records.h"
#include "sim/snapshot.h"
#include "sim/world.h"

static void
snapshot_put(struct world *world, enum store_table table, uint64_t id, const void *record)
{
    fake_store_preload(world->store, table, id, table_type(table), record);
}

static const struct snapshot_version *
snapshot_version_of(const struct snapshot *snapshot, const struct snapshot_task *task)
{
    return &snapshot->apps[task->app].versions[task->version];
}

/* --- containers --- */

/* The task's own: it was the first to have it, as far as anybody knows. */
static uint32_t
snapshot_volumes(const struct app_spec *app, uint64_t id,
                 struct container_volume volumes[APP_VOLUMES_MAX])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < app->volumes_count && count < APP_VOLUMES_MAX; i++) {
        volumes[count] = app->volumes[i];
        volumes[count++].volume = app->volumes[i].part > 0 ? id : 0;
    }
    return count;
}

static void
snapshot_container(struct world *world, const struct snapshot_task *task, uint64_t id)
{
    const struct snapshot         *snapshot = world->scenario->snapshot;
    const struct snapshot_version *version = snapshot_version_of(snapshot, task);
    const struct app_spec         *app = version->spec;
    struct world_node             *node = world_node_at(world, task->node + 1);
    const struct agent_config     *agent = node->agent->config;
    struct arena                   scratch;
    struct container_pair          labels[LABELS_COUNT_MAX];
    struct container_port          ports[TASK_PORTS_MAX];
    struct container_volume        volumes[APP_VOLUMES_MAX];
    struct labels_facts            facts = {
                   .task = id,
                   .version = version->id,
                   .node = node->index,
                   .launched_at_ns =
            task->healthy_since_ns > 0 ? task->healthy_since_ns : snapshot->taken_at_ns,
                   .volume = app->is_resident ? id : 0,
                   .network = app->network,
                   .ports_count = task->ports_count,
    };
    memcpy(facts.ports, task->ports, sizeof facts.ports);
    for (uint32_t i = 0; i < task->ports_count; i++) {
        const uint16_t inside = app->ports[i].container_port;
        const bool     is_same = app->network == CONTAINER_HOST || inside == 0;
        ports[i] = (struct container_port){ .container_port = is_same ? task->ports[i] : inside,
                                            .host_port = task->ports[i],
                                            .udp = app->ports[i].udp };
    }
    arena_init(&scratch, world->options.poison);
    const uint32_t labels_count = labels_make(&facts, agent->run_id, &scratch, labels);
    const enum status status = fake_engine_adopt(
        node->engine, &(struct container_spec){ .token = id,
                                                .image = app->image,
                                                .labels = labels,
                                                .labels_count = labels_count,
                                                .volumes = volumes,
                                                .volumes_count =
                                                    snapshot_volumes(app, id, volumes),
                                                .ports = ports,
                                                .ports_count = task->ports_count,
                                                .network = app->network,
                                                .cpu_milli = app->cpu_milli,
                                                .mem_bytes = app->mem_bytes,
                                                .gpu_mask = task->gpu_mask,
                                                .gpu_milli = (uint16_t)app->gpu_milli });
    arena_fini(&scratch);
    if (status != ST_OK) {
        run_abort(&world->run, "the state cannot be: task %llu of %s cannot run on %s (%s)",
                  (unsigned long long)id, app->id, node->name, status_name(status));
    }
}

/* --- what the master finds in its store --- */

static void
snapshot_version_record(struct world *world, const struct snapshot_version *version, uint64_t app,
                        int64_t created_at_ns)
{
    const size_t           len = version->spec->json_len;
    struct version_record *record = memory_alloc_zero(1, sizeof *record + len);
    *record = (struct version_record){ .id = version->id,
                                       .app = app,
                                       .created_at_ns = created_at_ns,
                                       .tail_len = (uint32_t)len };
    memcpy(record->tail, version->spec->json, len);
    snapshot_put(world, TABLE_VERSION, version->id, record);
    memory_free(record);
}

/* How the deployment of a version has ended; false when it never was one that is remembered. */
static bool
snapshot_outcome(const struct snapshot_app *app, uint32_t version, enum deployment_state *ret_state)
{
    if (version != app->wanted) {
        *ret_state = DEPLOYMENT_DONE;
        return version <= app->good;
    }
    *ret_state = app->others_count > 0     ? DEPLOYMENT_RUNNING
                 : app->wanted > app->good ? DEPLOYMENT_FAILED
                                           : DEPLOYMENT_DONE;
    return true;
}

/* Writes the deployments of an app, that of the wanted version last. The answer is its id. */
static uint64_t
snapshot_deployments(struct world *world, const struct snapshot_app *app, uint64_t app_id,
                     uint64_t *next_id)
{
    const int64_t taken_at_ns = world->scenario->snapshot->taken_at_ns;
    uint64_t      version_old = 0;
    uint64_t      last = 0;
    for (uint32_t i = 0; i <= app->versions_count; i++) {
        const uint32_t index = i < app->versions_count ? i : app->wanted;
        enum deployment_state state;
        if ((i < app->versions_count && index == app->wanted) ||
            !snapshot_outcome(app, index, &state)) {
            continue;
        }
        const struct snapshot_version *version = &app->versions[index];
        /* a second each for readers: only their order is known */
        const int64_t ended_at_ns = taken_at_ns - SEC(app->versions_count + 1 - i);
        const struct deployment_record record = {
            .id = *next_id,
            .app = app_id,
            .version_old = version_old,
            .version_new = version->id,
            .instances_old = version_old != 0 ? version->spec->instances : 0,
            .instances_new = version->spec->instances,
            .started_at_ns = ended_at_ns - NS_PER_SEC,
            .ended_at_ns = state == DEPLOYMENT_RUNNING ? 0 : ended_at_ns,
            .state = (uint8_t)state,
            .restarts = version_old != 0,
            .progress_at_ns = taken_at_ns,
        };
        snapshot_put(world, TABLE_DEPLOYMENT, record.id, &record);
        version_old = state == DEPLOYMENT_DONE ? version->id : version_old;
        last = record.id;
        *next_id += 1;
    }
    return last;
}

static void
snapshot_app_records(struct world *world, uint32_t index, struct meta_record *meta)
{
    const struct snapshot     *snapshot = world->scenario->snapshot;
    const struct snapshot_app *app = &snapshot->apps[index];
    const uint64_t             id = index + 1;
    for (uint32_t i = 0; i < app->versions_count; i++) {
        snapshot_version_record(world, &app->versions[i], id,
                                snapshot->taken_at_ns - SEC(app->versions_count + 1 - i));
        meta->next_version = app->versions[i].id + 1;
    }
    const uint64_t deployment = snapshot_deployments(world, app, id, &meta->next_deployment);
    const struct app_record record = {
        .id = id,
        .version = app->versions[app->wanted].id,
        .deployment = app->others_count > 0 ? deployment : 0,
        .instances = app->versions[app->wanted].spec->instances,
    };
    snapshot_put(world, TABLE_APP, id, &record);
    meta->next_app = id + 1;
}

static void
snapshot_task_record(struct world *world, const struct snapshot_task *task, uint64_t id)
{
    const struct snapshot         *snapshot = world->scenario->snapshot;
    const struct snapshot_version *version = snapshot_version_of(snapshot, task);
    const struct world_node       *node = world_node_at(world, task->node + 1);
    const struct fake_container   *container = fake_engine_find(node->engine, id);
    const bool    is_own = version->spec->network == CONTAINER_OWN_ADDRESS && container != NULL;
    const int64_t since_ns =
        task->healthy_since_ns > 0 ? task->healthy_since_ns : snapshot->taken_at_ns;
    struct task_record record = {
        .id = id,
        .app = task->app + 1,
        .version = version->id,
        .created_at_ns = since_ns,
        .running_at_ns = since_ns,
        .reservation = version->spec->is_resident ? id : 0, /* the master makes it when it loads */
        .node = node->index + 1,
        .ipv4 = is_own ? container->ipv4 : world_node_ipv4(world, node->index),
        .state = TASK_RUNNING,
        .health = task->healthy_since_ns > 0 ? HEALTH_GOOD : HEALTH_UNKNOWN,
        .ready = 1,
        .ports_count = task->ports_count,
        .gpu_mask = task->gpu_mask,
    };
    memcpy(record.ports, task->ports, sizeof record.ports);
    snapshot_put(world, TABLE_TASK, id, &record);
}

static void
snapshot_gateway_record(struct world *world)
{
    const char            *text = world->scenario->gateway;
    const size_t           len = strlen(text);
    struct gateway_record *record = memory_alloc_zero(1, sizeof *record + len);
    record->tail_len = (uint32_t)len;
    memcpy(record->tail, text, len);
    snapshot_put(world, TABLE_GATEWAY, 0, record);
    memory_free(record);
}

void
world_snapshot_open(struct world *world)
{
    const struct snapshot *snapshot = world->scenario->snapshot;
    struct meta_record     meta = { .term = 1,
                                    .next_app = 1,
                                    .next_version = 1,
                                    .next_deployment = 1,
                                    .next_task = snapshot->tasks_count + 1,
                                    .routes_generation = 1 };
    for (uint32_t i = 0; i < snapshot->tasks_count; i++) {
        snapshot_container(world, &snapshot->tasks[i], i + 1);
        snapshot_task_record(world, &snapshot->tasks[i], i + 1);
    }
    for (uint32_t i = 0; i < snapshot->apps_count; i++) {
        snapshot_app_records(world, i, &meta);
    }
    if (world->scenario->gateway != NULL) {
        snapshot_gateway_record(world);
    }
    snapshot_put(world, TABLE_META, 0, &meta);
}
