/*
 * tests/unit/model/cluster_bed.h - the master's memory alone: a cluster whose effects are counted
 * and go nowhere.
 *
 * Use: cluster_bed_open(&bed, seed); app = cluster_bed_app(&bed, "{...}"); node = cluster_bed_node(
 *      &bed, 0, cpu, mem, first, last); ... cluster_bed_close(&bed). Time begins at 0 and moves by
 *      test_world_run_until.
 */
#ifndef TESTS_UNIT_MODEL_CLUSTER_BED_H
#define TESTS_UNIT_MODEL_CLUSTER_BED_H

#include <stdarg.h>

#include "fakes/clock/clock.h"
#include "fakes/journal/journal.h"
#include "fakes/random/random.h"
#include "platform/model/cluster.h"
#include "tests/unit/fakes/test_world.h"
#include "tests/unit/model/test_app.h"

struct cluster_bed {
    struct world        *world;
    struct env           env;
    struct fake_clock    clock;
    struct fake_random   random;
    struct fake_journal  journal;
    struct master_config config;
    struct cluster       cluster;
    uint32_t             sent_count;
    uint32_t             wakes_count;
    uint64_t             next_id;
};

static inline void
cluster_bed_send(struct cluster *cluster, env_address to, const struct record_type *type,
                 const void *record)
{
    (void)to;
    (void)type;
    (void)record;
    container_of(cluster, struct cluster_bed, cluster)->sent_count++;
}

static inline void
cluster_bed_wake(struct cluster *cluster)
{
    container_of(cluster, struct cluster_bed, cluster)->wakes_count++;
}

static inline void
cluster_bed_open(struct cluster_bed *bed, uint64_t seed)
{
    *bed = (struct cluster_bed){ .config = MASTER_CONFIG_DEFAULTS, .next_id = 1 };
    bed->world = test_world_open(seed);
    struct world_process *process =
        test_world_process(bed->world, env_address_of(ENV_PROCESS_MASTER, 0), 0);
    fake_clock_init(&bed->clock, bed->world, process);
    fake_random_init(&bed->random, bed->world, process, 0);
    fake_journal_init(&bed->journal, bed->world, process);
    bed->env = (struct env){ .clock = &bed->clock.port,
                             .random = &bed->random.port,
                             .journal = &bed->journal.port,
                             .memory_poison = 0xA5 };
    cluster_init(&bed->cluster, &bed->env, &bed->config);
    bed->cluster.send = cluster_bed_send;
    bed->cluster.wake = cluster_bed_wake;
    bed->cluster.meta.next_task = 1;
    bed->cluster.meta_limit = 1000000;
}

static inline void
cluster_bed_close(struct cluster_bed *bed)
{
    cluster_fini(&bed->cluster);
    test_world_close(bed->world);
}

static inline struct cluster_version *
cluster_bed_version(struct cluster_bed *bed, struct cluster_app *app, const char *text)
{
    struct app_case test;
    app_case_read(&test, text);
    cr_assert_not_null(test.spec, "the test's own app is refused: %s",
                       app_case_said(&test, DIAG_ERROR));
    struct cluster_version *version =
        cluster_version_add(app, bed->next_id++, test.spec->json, strlen(test.spec->json));
    app_case_close(&test);
    cr_assert_not_null(version);
    return version;
}

/* An app that wants this definition; the text says "id": "/web" or so. */
static inline struct cluster_app *
cluster_bed_app(struct cluster_bed *bed, const char *path, const char *text)
{
    struct cluster_app *app = cluster_app_add(&bed->cluster, path, bed->next_id++);
    app->version = cluster_bed_version(bed, app, text);
    app->record.version = app->version->id;
    app->record.instances = app->version->spec->instances;
    return app;
}

/* A text for the spec of a node. */
static inline PRINTF_LIKE(2, 3) const char *
cluster_bed_text(struct cluster_bed *bed, const char *format, ...)
{
    char    text[NODE_ATTRIBUTES_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return cluster_node_text(&bed->cluster, text);
}

/* A ready node of role "*" with one range of ports. */
static inline struct cluster_node *
cluster_bed_node(struct cluster_bed *bed, uint32_t index, int32_t cpu_milli, int64_t mem_bytes,
                 uint16_t port_first, uint16_t port_last)
{
    struct cluster_node *node = cluster_node_get(&bed->cluster, index);
    node->spec.cpu_milli = cpu_milli;
    node->spec.mem_bytes = mem_bytes;
    node->spec.disk_bytes = MIB(10240);
    node->spec.ports[0] = (struct node_port_range){ .first = port_first, .last = port_last };
    node->spec.port_ranges_count = 1;
    node->role = cluster_role_bit(&bed->cluster, "*");
    cluster_node_state(node, NODE_READY, "");
    return node;
}

/* One more task of the app in a state, of a version (NULL: the wanted one). */
static inline struct cluster_task *
cluster_bed_task(struct cluster_app *app, struct cluster_version *version, enum task_state state)
{
    struct cluster_task *task =
        cluster_task_add(app, version != NULL ? version : app->version, 0, false);
    cr_assert_not_null(task);
    if (state != TASK_PENDING) {
        cluster_task_state(task, state, "");
    }
    return task;
}

#endif
