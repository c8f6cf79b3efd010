/*
 * sim/invariants/min_health.c - no decision of the platform takes an app below its minimum health.
 *
 * Judged at the instant of the decision: a healthy task is drained for an upgrade, a scale-down or
 * because its machine is to be empty (but for the deadline that somebody set for that), or because
 * a task of higher priority gets its place, and the healthy ones that remain must be ceil(wanted x
 * minimumHealthCapacity) at least. A running deployment whose strategy is "recreate" has promised
 * nothing.
 */
#include <string.h>

#include "platform/base/idmap.h"
#include "platform/base/pool.h"
#include "sim/invariant.h"

/* Causes of a stop that the platform chooses itself, as the decision's value tells them. */
enum { CAUSE_UPGRADE = 0, CAUSE_SCALE_DOWN = 1, CAUSE_EVACUATED = 4, CAUSE_PREEMPTED = 6 };

#define MIN_HEALTH_TASKS_MAX UINT32_C(20000000) /* a limit of ours */

struct min_health_app {
    bool     announced;
    uint32_t wanted;
    uint32_t minimum_ppm;
    uint32_t healthy;
    uint64_t deployment; /* the last one that was told of */
    bool     recreates;  /* it runs, and stops all before it starts any */
};

struct min_health_task {
    uint32_t app; /* name */
    bool     running;
    bool     good;
    bool     leaving;
};

struct min_health_state {
    struct intern names;
    struct vec    apps; /* struct min_health_app, by name - 1 */
    struct pool   tasks;
    struct idmap  tasks_by_id;
};

static void
min_health_start(struct run *run, void *state)
{
    (void)run;
    struct min_health_state *health = state;
    intern_init(&health->names);
    vec_init(&health->apps, sizeof(struct min_health_app));
    pool_init(&health->tasks, sizeof(struct min_health_task), MIN_HEALTH_TASKS_MAX, 0);
}

static uint32_t
min_health_name(struct min_health_state *health, const char *app)
{
    const uint32_t name = intern_id(&health->names, app);
    while (health->apps.count < name) {
        (void)vec_push(&health->apps);
    }
    return name;
}

static struct min_health_task *
min_health_task(struct min_health_state *health, uint64_t id)
{
    const uint32_t index = idmap_get(&health->tasks_by_id, id);
    return index == 0 ? NULL : pool_at(&health->tasks, index);
}

static bool
min_health_counts(const struct min_health_task *task)
{
    return task->running && task->good && !task->leaving;
}

/* Changes the three facts of a task and its app's count with them. */
static void
min_health_set(struct min_health_state *health, struct min_health_task *task, bool running,
               bool good, bool leaving)
{
    struct min_health_app *app = vec_at(&health->apps, task->app - 1);
    app->healthy -= min_health_counts(task) ? 1 : 0;
    task->running = running;
    task->good = good;
    task->leaving = leaving;
    app->healthy += min_health_counts(task) ? 1 : 0;
}

static struct min_health_task *
min_health_get(struct min_health_state *health, const struct env_event *event)
{
    struct min_health_task *task = min_health_task(health, event->task);
    if (task == NULL) {
        const uint32_t index = pool_take(&health->tasks);
        ASSERT(index != 0);
        task = pool_at(&health->tasks, index);
        task->app = min_health_name(health, event->app);
        idmap_put(&health->tasks_by_id, event->task, index);
    }
    return task;
}

static void
min_health_task_event(struct min_health_state *health, const struct env_event *event)
{
    struct min_health_task *task = min_health_task(health, event->task);
    const bool              running = event->new_state == TASK_RUNNING;
    if (task == NULL) {
        if (!running) {
            return; /* of no concern until it runs */
        }
        task = min_health_get(health, event);
    }
    min_health_set(health, task, running, running && task->good, task->leaving);
    if (event->new_state >= 0 && task_state_is_final((enum task_state)event->new_state)) {
        const uint32_t index = idmap_get(&health->tasks_by_id, event->task);
        idmap_remove(&health->tasks_by_id, event->task);
        pool_give(&health->tasks, index);
    }
}

static void
min_health_decision(struct run *run, struct min_health_state *health, const struct env_event *event)
{
    struct min_health_task *task = min_health_task(health, event->task);
    if (task == NULL || task->leaving) {
        return;
    }
    const bool counted = min_health_counts(task);
    min_health_set(health, task, task->running, task->good, true);
    const struct min_health_app *app = vec_at(&health->apps, task->app - 1);
    if (!counted || !app->announced || app->recreates ||
        (event->value != CAUSE_UPGRADE && event->value != CAUSE_SCALE_DOWN &&
         event->value != CAUSE_EVACUATED && event->value != CAUSE_PREEMPTED)) {
        return;
    }
    const uint64_t least = ((uint64_t)app->wanted * app->minimum_ppm + PPM - 1) / PPM;
    invariant_checked(run, health);
    if (app->healthy < least) {
        invariant_violated(run, health,
                           "task %llu of %s is drained while healthy: %u remain, at least %llu of "
                           "%u must",
                           (unsigned long long)event->task, event->app, app->healthy,
                           (unsigned long long)least, app->wanted);
    }
}

/* The first line of a deployment names its strategy. */
static void
min_health_deployment(struct min_health_app *app, const struct env_event *event)
{
    if (event->deployment != app->deployment) {
        app->deployment = event->deployment;
        app->recreates = strcmp(event->text, "recreate") == 0;
    }
    app->recreates = app->recreates && event->new_state == DEPLOYMENT_RUNNING;
}

static void
min_health_announced(struct min_health_app *app, const struct env_event *event)
{
    const bool deleted = strcmp(event->text, "deleted") == 0;
    app->announced = !deleted;
    app->wanted = (uint32_t)event->value;
    app->minimum_ppm = deleted ? 0 : (uint32_t)event->new_state;
    if (strcmp(event->text, "loaded") == 0 && event->deployment != app->deployment) {
        app->recreates = false; /* what a dying master began was never durable */
    }
}

static void
min_health_event(struct run *run, void *state, env_address process, const struct env_event *event)
{
    struct min_health_state *health = state;
    if (env_address_kind(process) != ENV_PROCESS_MASTER) {
        return;
    }
    if (event->kind == ENV_EVENT_TASK) {
        min_health_task_event(health, event);
    } else if (event->kind == ENV_EVENT_LOADED) {
        min_health_set(health, min_health_get(health, event), event->new_state == TASK_RUNNING,
                       event->value == 1, event->old_state > 0);
    } else if (event->kind == ENV_EVENT_HEALTH) {
        struct min_health_task *task = min_health_task(health, event->task);
        if (task != NULL) {
            min_health_set(health, task, task->running, event->new_state == 1, task->leaving);
        }
    } else if (event->kind == ENV_EVENT_DECISION && strcmp(event->text, "drain") == 0) {
        min_health_decision(run, health, event);
    } else if (event->kind == ENV_EVENT_APP) {
        min_health_announced(vec_at(&health->apps, min_health_name(health, event->app) - 1),
                             event);
    } else if (event->kind == ENV_EVENT_DEPLOYMENT) {
        min_health_deployment(vec_at(&health->apps, min_health_name(health, event->app) - 1),
                              event);
    }
}

static void
min_health_fini(struct run *run, void *state)
{
    (void)run;
    struct min_health_state *health = state;
    idmap_fini(&health->tasks_by_id);
    pool_fini(&health->tasks);
    vec_fini(&health->apps);
    intern_fini(&health->names);
}

const struct invariant invariant_min_health = {
    .id = "min-health",
    .about = "No voluntary stop takes an app below its minimum health capacity.",
    .events = INVARIANT_KIND(ENV_EVENT_TASK) | INVARIANT_KIND(ENV_EVENT_LOADED) |
              INVARIANT_KIND(ENV_EVENT_HEALTH) | INVARIANT_KIND(ENV_EVENT_DECISION) |
              INVARIANT_KIND(ENV_EVENT_APP) | INVARIANT_KIND(ENV_EVENT_DEPLOYMENT),
    .state_bytes = sizeof(struct min_health_state),
    .start = min_health_start,
    .event = min_health_event,
    .fini = min_health_fini,
};
