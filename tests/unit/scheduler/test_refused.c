/*
 * tests/unit/scheduler/test_refused.c
 *
 * Goal:   in a full cluster a task that ends has those looked at whom its room may help, and nobody
 *         else; and nobody who has room is left waiting.
 * Method: the controller stepped as the master does, on random clusters where tasks of random sizes
 *         end, come, and machines come and go; after every step each app that waits is asked
 *         for by the loop over all nodes, which defines who fits.
 */
#include "platform/base/memory.h"
#include "platform/base/rng.h"
#include "platform/scheduler/place.h"
#include "tests/unit/model/cluster_bed.h"

extern const struct controller scheduler_controller;

enum { APPS = 12, NODES_MAX = 60, ROUNDS_MAX = 20 };

struct full {
    struct cluster_bed  bed;
    void               *state;
    struct cluster_app *apps[APPS];
    uint32_t            looks; /* at apps, by the controller */
};

static void
full_open(struct full *full, uint64_t seed)
{
    cluster_bed_open(&full->bed, seed);
    full->state = memory_alloc_zero(1, scheduler_controller.state_bytes);
    scheduler_controller.open(&full->bed.cluster, full->state);
    full->looks = 0;
}

static void
full_close(struct full *full)
{
    scheduler_controller.close(&full->bed.cluster, full->state);
    memory_free(full->state);
    cluster_bed_close(&full->bed);
}

static void
full_resend(struct env_timer *timer)
{
    (void)timer; /* no agent is there to be told again */
}

static void
full_node(struct full *full, uint32_t index, int32_t cpu_milli)
{
    struct cluster_node *node =
        cluster_bed_node(&full->bed, index, cpu_milli, MIB(2048), 31000, 32000);
    env_timer_init(&node->resend_timer, full_resend);
}

/* Unless plain, every fourth has a constraint, and every fifth a fixed port. */
static void
full_app(struct full *full, uint32_t i, double cpus, int mem, bool plain)
{
    char path[32];
    char text[400];
    (void)snprintf(path, sizeof path, "/app-%u", i);
    (void)snprintf(text, sizeof text,
                   "{\"id\":\"%s\",\"cmd\":\"x\",\"cpus\":%.1f,\"mem\":%d%s%s}", path, cpus, mem,
                   !plain && i % 4 == 1 ? ",\"constraints\":[[\"hostname\",\"UNIQUE\"]]" : "",
                   !plain && i % 5 == 2
                       ? ",\"requirePorts\":true,\"portDefinitions\":[{\"port\":31500}]"
                       : ",\"portDefinitions\":[]");
    full->apps[i] = cluster_bed_app(&full->bed, path, text);
}

/* As step_round of the master, until nothing is left to do. */
static void
full_step(struct full *full)
{
    struct cluster *cluster = &full->bed.cluster;
    for (uint32_t round = 0; round < ROUNDS_MAX; round++) {
        struct vec dirty = cluster->dirty;
        vec_init(&cluster->dirty, sizeof(struct cluster_app *));
        for (uint32_t i = 0; i < dirty.count; i++) {
            struct cluster_app *app = *(struct cluster_app **)vec_at(&dirty, i);
            app->dirty = false;
            full->looks++;
            scheduler_controller.app(cluster, full->state, app);
        }
        vec_fini(&dirty);
        scheduler_controller.finish(cluster, full->state);
        if (cluster->dirty.count == 0) {
            return;
        }
    }
    cr_assert(false, "it never ends");
}

/* Nobody waits who has room; apps with constraints are the business of others. */
static void
full_judge(const struct full *full, uint64_t seed, uint32_t turn)
{
    for (uint32_t i = 0; i < APPS; i++) {
        struct cluster_app  *app = full->apps[i];
        struct cluster_task *task = app->tasks_first;
        while (task != NULL && task->record.state != TASK_PENDING) {
            task = task->app_next;
        }
        if (task == NULL || task->version->spec->constraints_count > 0) {
            continue;
        }
        const struct place_request request = place_request_of(task->version);
        cr_assert_eq(place_find(&full->bed.cluster, &request, scores_policy(SCHEDULER_FIRST_FIT),
                                NULL),
                     PLACE_NONE, "%s waits and has room, seed %llu, turn %u", app->id,
                     (unsigned long long)seed, turn);
    }
}

static struct cluster_task *
full_any(struct full *full, struct rng *rng, bool pending)
{
    struct cluster_app *app = full->apps[rng_below(rng, APPS)];
    struct cluster_task *task = app->tasks_first;
    for (uint32_t skip = rng_below(rng, 8); task != NULL && skip > 0; skip--) {
        task = task->app_next;
    }
    while (task != NULL && (task->record.state == TASK_PENDING) != pending) {
        task = task->app_next;
    }
    return task;
}

static void
full_end(struct cluster_task *task)
{
    if (task != NULL) {
        cluster_task_state(task, TASK_KILLED, "");
        cluster_task_forget(task);
    }
}

static void
full_change(struct full *full, struct rng *rng, uint32_t nodes_count)
{
    struct cluster_app  *app = full->apps[rng_below(rng, APPS)];
    struct cluster_node *node =
        cluster_node_find(&full->bed.cluster, rng_below(rng, nodes_count));
    switch (rng_below(rng, 8)) {
    case 0: /* a machine goes, or is back */
        cluster_node_state(node, node->state == NODE_READY ? NODE_UNREACHABLE : NODE_READY, "");
        full->bed.cluster.capacity_generation++;
        break;
    case 1: /* a task of an older version is waiting, and goes */
        full_end(full_any(full, rng, true));
        break;
    case 2: {
        char text[200];
        (void)snprintf(text, sizeof text,
                       "{\"id\":\"%s\",\"cmd\":\"x\",\"cpus\":%.1f,\"mem\":%u,"
                       "\"portDefinitions\":[]}",
                       app->id, rng_between(rng, 1, 30) / 10.0, 32 * (1 + rng_below(rng, 40)));
        app->version = cluster_bed_version(&full->bed, app, text);
        app->record.version = app->version->id;
        cluster_app_dirty(app);
        break;
    }
    case 3:
    case 4:
        (void)cluster_task_add(app, app->version, 0, false);
        cluster_app_dirty(app);
        break;
    default:
        full_end(full_any(full, rng, false));
        break;
    }
}

Test(refused, leaves_nobody_waiting_who_has_room, .timeout = 60)
{
    struct full full;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct rng rng;
        rng_init(&rng, seed, 0, "full");
        full_open(&full, seed);
        const uint32_t nodes_count = seed % 2 == 0 ? 5 : NODES_MAX; /* by the loop, by the index */
        for (uint32_t i = 0; i < nodes_count; i++) {
            full_node(&full, i, 2000 + (int)rng_below(&rng, 3000));
        }
        for (uint32_t i = 0; i < APPS; i++) {
            full_app(&full, i, rng_between(&rng, 1, 30) / 10.0, 32 * (1 + (int)rng_below(&rng, 40)),
                     false);
            for (uint32_t task = 0; task < nodes_count; task++) {
                (void)cluster_task_add(full.apps[i], full.apps[i]->version, 0, false);
            }
            cluster_app_dirty(full.apps[i]);
        }
        for (uint32_t turn = 0; turn < 150; turn++) {
            for (uint32_t changes = rng_below(&rng, turn % 10 == 0 ? 40 : 4); changes > 0;
                 changes--) {
                full_change(&full, &rng, nodes_count);
            }
            test_world_run_until(full.bed.world, SEC(turn));
            full_step(&full);
            full_judge(&full, seed, turn);
        }
        full_close(&full);
    }
}

Test(refused, has_nobody_looked_at_whom_it_does_not_help)
{
    struct full full;
    full_open(&full, 1);
    full_node(&full, 0, 2000);
    for (uint32_t i = 0; i < APPS; i++) { /* the first is small, the others do not fit beside it */
        full_app(&full, i, i == 0 ? 0.1 : 1.6 + 0.1 * i, 32, true);
        for (uint32_t task = 0; task < 20; task++) {
            (void)cluster_task_add(full.apps[i], full.apps[i]->version, 0, false);
        }
        cluster_app_dirty(full.apps[i]);
    }
    full_step(&full);
    cr_assert(eq(u32, full.apps[0]->pending_count, 0));
    (void)cluster_task_add(full.apps[0], full.apps[0]->version, 0, false);
    cluster_app_dirty(full.apps[0]);
    full_end(full.apps[0]->tasks_first);
    full_step(&full); /* now all have said why, and when they say it again */
    full.looks = 0;
    full_end(full.apps[0]->tasks_first);
    full_step(&full);
    cr_expect(le(u32, full.looks, 1)); /* its own app may be */
    full_close(&full);
}
