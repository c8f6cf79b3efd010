/* tests/bench/bench_scheduler_bed.c - ports that cost next to nothing, machines and apps. */
#include "tests/bench/bench_scheduler_bed.h"

#include <stdio.h>
#include <string.h>

#include "platform/base/memory.h"
#include "tests/bench/bench.h"

extern const struct controller scheduler_controller;

enum { BED_WRITES_MAX = 4096 };

#define CPU_STEP_MILLI 250
#define MEM_STEP_BYTES MIB(512)

static int64_t
bed_now(struct env_clock *clock)
{
    (void)clock;
    return SEC(1);
}

static void
bed_timer_start(struct env_clock *clock, struct env_timer *timer, int64_t delay_ns,
                int64_t period_ns)
{
    (void)clock;
    (void)delay_ns;
    (void)period_ns;
    timer->armed = true;
}

static void
bed_timer_cancel(struct env_clock *clock, struct env_timer *timer)
{
    (void)clock;
    timer->armed = false;
}

static void
bed_resend(struct env_timer *timer)
{
    (void)timer; /* the clock stands still */
}

static void
bed_journal_write(struct env_journal *journal, const struct env_event *event)
{
    struct bed *bed = container_of(journal, struct bed, journal);
    bed->journaled += event->task;
}

static void
bed_stream(struct env_random *random, const char *name, struct rng *ret)
{
    (void)random;
    rng_init(ret, 1, 0, name);
}

static void
bed_send(struct cluster *cluster, env_address to, const struct record_type *type,
         const void *record)
{
    (void)cluster;
    (void)type;
    bench_keep((uint64_t)to + *(const uint64_t *)record);
}

static void
bed_wake(struct cluster *cluster)
{
    (void)cluster;
}

static const struct env_clock_ops clock_ops = {
    .name = "still", .now = bed_now, .start = bed_timer_start, .cancel = bed_timer_cancel
};
static const struct env_journal_ops journal_ops = { .name = "count", .write = bed_journal_write };
static const struct env_random_ops random_ops = { .name = "bench", .stream = bed_stream };

static void
bed_node(struct bed *bed, uint32_t index)
{
    struct cluster_node *node = cluster_node_get(&bed->cluster, index);
    node->spec.cpu_milli = PLACEMENT_CPU_STEPS * CPU_STEP_MILLI;
    node->spec.mem_bytes = PLACEMENT_MEM_STEPS * MEM_STEP_BYTES;
    node->spec.disk_bytes = MIB(1024) * 1024;
    node->spec.ports[0] = (struct node_port_range){ .first = 31000, .last = 32000 };
    node->spec.port_ranges_count = 1;
    node->role = cluster_role_bit(&bed->cluster, "*");
    env_timer_init(&node->resend_timer, bed_resend);
    cluster_node_state(node, NODE_READY, "");
}

static void
bed_app(struct bed *bed, uint32_t index)
{
    char path[32];
    char json[400];
    bed->sizes[index] =
        (struct placement_request){ .cpu_steps = (uint16_t)rng_between(&bed->rng, 1, 16),
                                    .mem_steps = (uint16_t)rng_between(&bed->rng, 1, 32) };
    (void)snprintf(path, sizeof path, "/app-%u", index);
    (void)snprintf(json, sizeof json,
                   "{\"id\":\"%s\",\"cmd\":\"serve\",\"cpus\":%.2f,\"mem\":%u,\"instances\":1,"
                   "\"portDefinitions\":[{\"port\":0,\"protocol\":\"tcp\"}]}",
                   path, bed->sizes[index].cpu_steps * 0.25, bed->sizes[index].mem_steps * 512);
    struct cluster_app *app = cluster_app_add(&bed->cluster, path, index + 1);
    app->version = cluster_version_add(app, index + 1, json, strlen(json));
    ASSERT(app->version != NULL);
}

/* What a commit does with what is to be written. */
static void
bed_commit(struct cluster *cluster)
{
    if (cluster->writes.count <= BED_WRITES_MAX) {
        return;
    }
    for (uint32_t i = 0; i < cluster->writes.count; i++) {
        const struct cluster_write *write = vec_at(&cluster->writes, i);
        if (write->kind == WRITE_TASK) {
            struct cluster_task *written = (struct cluster_task *)(uintptr_t)write->object;
            written->write = 0;
            written->is_new = false;
        }
    }
    vec_clear(&cluster->writes);
}

struct cluster_task *
bed_place(struct bed *bed, uint32_t app_index)
{
    struct cluster *cluster = &bed->cluster;
    struct cluster_app *app = *(struct cluster_app **)vec_at(&cluster->apps, app_index);
    struct cluster_task *task = cluster_task_add(app, app->version, 0, false);
    scheduler_controller.app(cluster, bed->state, app);
    scheduler_controller.finish(cluster, bed->state);
    ASSERT(task->record.node > 0);
    app->dirty = false;
    vec_clear(&cluster->dirty);
    bed_commit(cluster);
    return task;
}

void
bed_end(struct bed *bed, struct cluster_task *task)
{
    struct cluster_app *app = task->app;
    cluster_task_state(task, TASK_KILLED, "");
    cluster_task_forget(task);
    app->dirty = false;
    vec_clear(&bed->cluster.dirty);
    bed_commit(&bed->cluster);
}

void
bed_open(struct bed *bed, uint32_t nodes_count)
{
    *bed = (struct bed){ .config = MASTER_CONFIG_DEFAULTS, .nodes_count = nodes_count };
    bed->clock.ops = &clock_ops;
    bed->journal.ops = &journal_ops;
    bed->random.ops = &random_ops;
    bed->env = (struct env){ .clock = &bed->clock,
                             .journal = &bed->journal,
                             .random = &bed->random };
    rng_init(&bed->rng, 1, 0, "sizes");
    cluster_init(&bed->cluster, &bed->env, &bed->config);
    bed->cluster.send = bed_send;
    bed->cluster.wake = bed_wake;
    bed->cluster.meta.next_task = 1;
    bed->cluster.meta_limit = UINT64_MAX;
    bed->state = memory_alloc_zero(1, scheduler_controller.state_bytes);
    scheduler_controller.open(&bed->cluster, bed->state);
    for (uint32_t i = 0; i < BED_APPS; i++) {
        bed_app(bed, i);
    }
    for (uint32_t i = 0; i < nodes_count; i++) {
        bed_node(bed, i);
    }
}

void
bed_close(struct bed *bed)
{
    scheduler_controller.close(&bed->cluster, bed->state);
    memory_free(bed->state);
    cluster_fini(&bed->cluster);
}

uint32_t
bed_tasks_count(const struct bed *bed, uint32_t percent)
{
    uint64_t cpu_steps = 0;
    for (uint32_t i = 0; i < BED_APPS; i++) {
        cpu_steps += bed->sizes[i].cpu_steps;
    }
    return (uint32_t)((uint64_t)bed->nodes_count * PLACEMENT_CPU_STEPS * BED_APPS * percent / 100 /
                      cpu_steps);
}
