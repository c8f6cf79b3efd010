/*
 * tests/bench/bench_scheduler.c
 *
 * Goal:   what one placement costs on the scheduler's own path, from a pending task to its
 *         decision: exact best-fit over 10,000 machines, ports, booking, journal, launch message.
 * Method: the master's memory with a clock that stands still, a journal that counts and messages
 *         that go nowhere; the cluster is filled to four fifths; one operation ends the oldest
 *         task and lets the scheduler controller place a new one.
 * Floor:  the plain loop, and the index, over the same number of equal machines
 *         (bench_placement_floor.c), without ports, journal or messages.
 */
#include <stdio.h>
#include <string.h>

#include "platform/base/memory.h"
#include "platform/model/cluster.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_placement_floor.h"

extern const struct controller scheduler_controller;

enum { NODES = 10000, APPS = 64, SCANS = 4000, WRITES_MAX = 4096 };

#define CPU_STEP_MILLI 250
#define MEM_STEP_BYTES MIB(512)

struct bed {
    struct env_clock     clock;
    struct env_journal   journal;
    struct env_random    random;
    struct env           env;
    struct master_config config;
    struct cluster       cluster;
    void                *state; /* of the scheduler; owned */
    uint64_t             journaled;
    struct rng           rng;
    struct cluster_task **tasks; /* a ring, owned */
    uint32_t             tasks_count;
    uint32_t             task_next;
    /* the same on the floor */
    struct placement_floor   *floor;
    placement_find_fn        *find;
    struct placement_request *requests; /* of its ring, owned */
    uint32_t                 *places;   /* owned */
    struct placement_request  sizes[APPS];
};

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

static struct cluster_task *
bed_place(struct bed *bed, uint32_t app_index)
{
    struct cluster *cluster = &bed->cluster;
    struct cluster_app *app = *(struct cluster_app **)vec_at(&cluster->apps, app_index);
    struct cluster_task *task = cluster_task_add(app, app->version, 0, false);
    scheduler_controller.app(cluster, bed->state, app);
    ASSERT(task->record.node > 0);
    app->dirty = false;
    vec_clear(&cluster->dirty);
    if (cluster->writes.count > WRITES_MAX) { /* what a commit does with them */
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
    return task;
}

static void
bed_end(struct bed *bed, struct cluster_task *task)
{
    struct cluster_app *app = task->app;
    cluster_task_state(task, TASK_KILLED, "");
    cluster_task_forget(task);
    scheduler_controller.finish(&bed->cluster, bed->state);
    app->dirty = false;
    vec_clear(&bed->cluster.dirty);
}

static uint64_t
bed_run(void *context)
{
    struct bed *bed = context;
    for (uint32_t i = 0; i < SCANS; i++) {
        struct cluster_task **oldest = &bed->tasks[bed->task_next];
        bed->task_next = (bed->task_next + 1) % bed->tasks_count;
        bed_end(bed, *oldest);
        *oldest = bed_place(bed, rng_below(&bed->rng, APPS));
    }
    return SCANS;
}

static uint64_t
floor_run(void *context)
{
    struct bed *bed = context;
    for (uint32_t i = 0; i < SCANS; i++) {
        const uint32_t at = bed->task_next;
        uint64_t score = 0;
        bed->task_next = (bed->task_next + 1) % bed->tasks_count;
        placement_floor_remove(bed->floor, bed->places[at], bed->requests[at]);
        bed->requests[at] = bed->sizes[rng_below(&bed->rng, APPS)];
        bed->places[at] = bed->find(bed->floor, bed->requests[at], &score);
        placement_floor_add(bed->floor, bed->places[at], bed->requests[at]);
        bench_keep(score);
    }
    return SCANS;
}

static void
bed_open(struct bed *bed)
{
    *bed = (struct bed){ .config = MASTER_CONFIG_DEFAULTS };
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
    uint64_t cpu_steps = 0;
    for (uint32_t i = 0; i < APPS; i++) {
        bed_app(bed, i);
        cpu_steps += bed->sizes[i].cpu_steps;
    }
    for (uint32_t i = 0; i < NODES; i++) {
        bed_node(bed, i);
    }
    bed->tasks_count =
        (uint32_t)((uint64_t)NODES * PLACEMENT_CPU_STEPS * APPS * 4 / 5 / cpu_steps);
}

static void
bed_fill(struct bed *bed)
{
    bed->tasks = memory_alloc_zero(bed->tasks_count, sizeof *bed->tasks);
    bed->requests = memory_alloc_zero(bed->tasks_count, sizeof *bed->requests);
    bed->places = memory_alloc_zero(bed->tasks_count, sizeof *bed->places);
    bed->floor = placement_floor_open(NODES);
    for (uint32_t i = 0; i < bed->tasks_count; i++) {
        uint64_t score = 0;
        const uint32_t app = rng_below(&bed->rng, APPS);
        bed->tasks[i] = bed_place(bed, app);
        scheduler_controller.finish(&bed->cluster, bed->state);
        bed->requests[i] = bed->sizes[app];
        bed->places[i] = placement_floor_index(bed->floor, bed->requests[i], &score);
        placement_floor_add(bed->floor, bed->places[i], bed->requests[i]);
    }
}

static void
bed_close(struct bed *bed)
{
    placement_floor_close(bed->floor);
    memory_free(bed->tasks);
    memory_free(bed->requests);
    memory_free(bed->places);
    memory_free(bed->state);
    cluster_fini(&bed->cluster);
}

static void
bench_scheduler_run(void)
{
    struct bed *bed = memory_alloc_zero(1, sizeof *bed);
    bed_open(bed);
    bed_fill(bed);
    bed->find = placement_floor_scan;
    (void)bench_pair(&(struct bench_pair){ .name = "10,000 nodes, floor: plain loop",
                                           .floor = floor_run,
                                           .floor_context = bed,
                                           .work = bed_run,
                                           .work_context = bed });
    bed->find = placement_floor_index;
    (void)bench_pair(&(struct bench_pair){ .name = "10,000 nodes, floor: index",
                                           .floor = floor_run,
                                           .floor_context = bed,
                                           .work = bed_run,
                                           .work_context = bed,
                                           .ns_wanted = 1000 });
    bed_close(bed);
    memory_free(bed);
}

const struct bench bench_scheduler = {
    .name = "scheduler",
    .about = "the scheduler's own path, one operation = one task ends and one is launched",
    .run = bench_scheduler_run,
};
