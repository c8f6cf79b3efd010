/* platform/scheduler/busy.c - the time that the scheduler's decisions take. */
#include "platform/scheduler/busy.h"

#include "platform/model/backoff.h"
#include "platform/scheduler/explain.h"

static void
busy_over(struct env_timer *timer)
{
    struct busy *busy = container_of(timer, struct busy, timer);
    struct cluster_app *app = cluster_app_get(busy->cluster, busy->app);
    busy->has_thought = true;
    if (app != NULL) {
        cluster_app_dirty(app);
    } else {
        busy_step_ended(busy); /* it was deleted: all for nothing */
    }
}

void
busy_init(struct busy *busy, struct cluster *cluster)
{
    *busy = (struct busy){ .cluster = cluster };
    env_timer_init(&busy->timer, busy_over);
    vec_init(&busy->waiting, sizeof(uint64_t));
}

void
busy_fini(struct busy *busy)
{
    env_timer_cancel(busy->cluster->env->clock, &busy->timer);
    vec_fini(&busy->waiting);
    map64_fini(&busy->is_waiting);
}

static uint64_t
busy_next(struct busy *busy)
{
    const uint64_t id = *(uint64_t *)vec_at(&busy->waiting, busy->waiting_first++);
    map64_remove(&busy->is_waiting, id);
    if (busy->waiting_first == busy->waiting.count) {
        vec_clear(&busy->waiting);
        busy->waiting_first = 0;
    } else if (busy->waiting_first > busy->waiting.count / 2) { /* the half that is used goes */
        uint64_t *ids = busy->waiting.items;
        for (uint32_t i = busy->waiting_first; i < busy->waiting.count; i++) {
            ids[i - busy->waiting_first] = ids[i];
        }
        busy->waiting.count -= busy->waiting_first;
        busy->waiting_first = 0;
    }
    return id;
}

/* Thinks about all tasks of the app that are pending, and journals for how long. */
static void
busy_think(struct busy *busy, struct cluster_app *app)
{
    const struct master_config *config = busy->cluster->config;
    busy->app = app->record.id;
    busy->tasks = app->pending_count;
    busy->has_thought = false;
    const int64_t thinks_ns =
        config->decision_app_ns + config->decision_task_ns * (int64_t)busy->tasks;
    struct cluster_task *first = app->pending_from != NULL ? app->pending_from : app->tasks_first;
    while (first->record.state != TASK_PENDING) {
        first = first->app_next;
        ASSERT(first != NULL);
    }
    cluster_decide(first, "think", thinks_ns);
    env_timer_start(busy->cluster->env->clock, &busy->timer, thinks_ns);
}

/* The next of those that wait, if its tasks still do. */
static void
busy_begin(struct busy *busy)
{
    while (busy->app == 0 && busy->waiting.count > 0) {
        const uint64_t      id = busy_next(busy);
        struct cluster_app *app = cluster_app_get(busy->cluster, id);
        if (app == NULL || app->removed || app->pending_count == 0 || backoff_holds(app)) {
            continue;
        }
        busy_think(busy, app);
    }
}

bool
busy_takes_time(const struct cluster *cluster)
{
    return cluster->config->decision_app_ns > 0 || cluster->config->decision_task_ns > 0;
}

uint32_t
busy_may_place(struct busy *busy, struct cluster_app *app)
{
    if (!busy_takes_time(busy->cluster)) {
        return UINT32_MAX;
    }
    const uint64_t id = app->record.id;
    if (busy->app == id && busy->has_thought) {
        return busy->tasks;
    }
    if (busy->app != id && map64_get(&busy->is_waiting, id) == 0) {
        *(uint64_t *)vec_push(&busy->waiting) = id;
        map64_put(&busy->is_waiting, id, 1);
    }
    busy_begin(busy);
    return 0;
}

/* Whoever is asked first in the queue's next pass is thought about next. */
static void
busy_ask_again(struct busy *busy)
{
    while (busy->waiting.count > 0) {
        struct cluster_app *app = cluster_app_get(busy->cluster, busy_next(busy));
        if (app != NULL && !app->removed) {
            cluster_app_dirty(app);
        }
    }
}

void
busy_step_ended(struct busy *busy)
{
    if (busy->app == 0 || !busy->has_thought) {
        return;
    }
    struct cluster_app *app = cluster_app_get(busy->cluster, busy->app);
    busy->app = 0;
    if (app != NULL && app->pending_count > 0 &&
        app->refused_generation != busy->cluster->capacity_generation) {
        cluster_app_dirty(app); /* more tasks than were thought about */
    }
    if (busy->cluster->shares) {
        busy_ask_again(busy);
    } else {
        busy_begin(busy);
    }
}
