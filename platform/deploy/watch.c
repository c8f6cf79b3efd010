/*
 * platform/deploy/watch.c - the deadlines of running deployments: a timer each.
 *
 * A timer only makes the controller look again at the right instant; what has passed is judged from
 * the record and the clock, so that a new master judges alike.
 */
#include "platform/deploy/inner.h"

#include <stdio.h>

#include "platform/base/memory.h"
#include "platform/base/units.h"
#include "platform/model/backoff.h"

static void
watch_wake(struct deploy_watch *watch)
{
    cluster_app_dirty(watch->app);
    watch->app->cluster->wake(watch->app->cluster);
}

#define WATCH_FIRED(name)                                                                          \
    static void watch_##name(struct env_timer *timer)                                              \
    {                                                                                              \
        watch_wake(container_of(timer, struct deploy_watch, name##_timer));                        \
    }
WATCH_FIRED(step)
WATCH_FIRED(pause)
WATCH_FIRED(progress)
WATCH_FIRED(healthy)
WATCH_FIRED(well)
WATCH_FIRED(old)

static void
watch_cancel(struct deploy_watch *watch)
{
    struct env_clock *clock = watch->app->cluster->env->clock;
    env_timer_cancel(clock, &watch->step_timer);
    env_timer_cancel(clock, &watch->pause_timer);
    env_timer_cancel(clock, &watch->progress_timer);
    env_timer_cancel(clock, &watch->healthy_timer);
    env_timer_cancel(clock, &watch->well_timer);
    env_timer_cancel(clock, &watch->old_timer);
}

static struct deploy_watch *
watch_new(struct cluster_app *app)
{
    struct deploy_watch *watch = memory_alloc_zero(1, sizeof *watch);
    watch->app = app;
    env_timer_init(&watch->step_timer, watch_step);
    env_timer_init(&watch->pause_timer, watch_pause);
    env_timer_init(&watch->progress_timer, watch_progress);
    env_timer_init(&watch->healthy_timer, watch_healthy);
    env_timer_init(&watch->well_timer, watch_well);
    env_timer_init(&watch->old_timer, watch_old);
    return watch;
}

struct deploy_watch *
watch_of(struct deploy_state *state, struct cluster_app *app)
{
    while (state->watches.count < app->index) {
        *(struct deploy_watch **)vec_push(&state->watches) = NULL;
    }
    struct deploy_watch **slot = vec_at(&state->watches, app->index - 1);
    const uint64_t deployment = app->deployment != NULL ? app->deployment->record.id : 0;
    if (*slot == NULL) {
        if (deployment == 0) {
            return NULL;
        }
        *slot = watch_new(app);
    }
    struct deploy_watch *watch = *slot;
    if (watch->deployment != deployment) {
        watch_cancel(watch);
        watch->deployment = deployment;
        watch->well_since_ns = 0;
        watch->old_times = 0;
        watch->serving_most = app->counts.new_serving;
    }
    return deployment != 0 ? watch : NULL;
}

void
watch_close(struct deploy_state *state)
{
    for (uint32_t i = 0; i < state->watches.count; i++) {
        struct deploy_watch *watch = *(struct deploy_watch **)vec_at(&state->watches, i);
        if (watch != NULL) {
            watch_cancel(watch);
            memory_free(watch);
        }
    }
    vec_fini(&state->watches);
}

void
watch_arm(struct deploy_watch *watch, struct env_timer *timer, int64_t at_ns)
{
    struct env_clock *clock = watch->app->cluster->env->clock;
    const int64_t now_ns = cluster_now(watch->app->cluster);
    env_timer_cancel(clock, timer);
    if (at_ns > now_ns) {
        env_timer_start(clock, timer, at_ns - now_ns);
    }
}

bool
watch_may_replace_old(struct deploy_watch *watch, const struct app_spec *old)
{
    const int64_t now_ns = cluster_now(watch->app->cluster);
    if (watch->old_times > 0) {
        const int64_t again_at_ns = watch->old_at_ns + backoff_delay_ns(old, watch->old_times);
        if (now_ns < again_at_ns) {
            watch_arm(watch, &watch->old_timer, again_at_ns);
            return false;
        }
        if (now_ns - watch->old_at_ns > old->backoff_max_ns) {
            watch->old_times = 0;
        }
    }
    watch->old_times++;
    watch->old_at_ns = now_ns;
    return true;
}

/* --- deadlines --- */

static bool
watch_progress_passed(struct deploy_watch *watch, const struct deploy_census *census)
{
    struct cluster_app *app = watch->app;
    struct deployment_record *record = &app->deployment->record;
    const int64_t deadline_ns = app->deployment->strategy->progress_deadline_ns;
    const int64_t now_ns = cluster_now(app->cluster);
    if (deadline_ns == 0) {
        return false;
    }
    if (census->counts.new_serving > watch->serving_most) {
        watch->serving_most = census->counts.new_serving;
        record->progress_at_ns = now_ns;
        cluster_deployment_changed(app->cluster, app->deployment);
    }
    if (record->held || record->phase == PHASE_PAUSED) { /* somebody else's turn */
        watch_arm(watch, &watch->progress_timer, 0);
        return false;
    }
    const int64_t until_ns = int64_max(record->progress_at_ns, record->started_at_ns) + deadline_ns;
    if (now_ns >= until_ns) {
        return true;
    }
    watch_arm(watch, &watch->progress_timer, until_ns);
    return false;
}

static bool
watch_healthy_passed(struct deploy_watch *watch)
{
    struct cluster_app *app = watch->app;
    const int64_t deadline_ns = app->deployment->strategy->healthy_deadline_ns;
    int64_t until_ns = INT64_MAX;
    if (deadline_ns == 0) {
        return false;
    }
    for (const struct cluster_task *task = app->tasks_first; task != NULL; task = task->app_next) {
        if (task->version == app->version && task->record.node > 0 &&
            cluster_task_is_active(task) && !cluster_task_is_serving(task)) {
            until_ns = int64_min(until_ns, task->record.created_at_ns + deadline_ns);
        }
    }
    if (until_ns <= cluster_now(app->cluster)) {
        return true;
    }
    watch_arm(watch, &watch->healthy_timer, until_ns == INT64_MAX ? 0 : until_ns);
    return false;
}

bool
watch_deadlines(struct deploy_watch *watch, const struct deploy_census *census)
{
    struct cluster_app *app = watch->app;
    const struct strategy_spec *strategy = app->deployment->strategy;
    char text[DEPLOY_SENTENCE_BYTES];
    char limit[UNITS_TEXT_BYTES];
    if (app->deployment->doomed != NULL && strategy->json[0] != '\0') {
        (void)snprintf(text, sizeof text, "cannot be launched: %.120s", app->deployment->doomed);
    } else if (watch_progress_passed(watch, census)) {
        (void)snprintf(text, sizeof text, "no progress for %s: %.260s",
                       units_print_duration(strategy->progress_deadline_ns, limit),
                       app->pending_count > 0 && app->why_pending != NULL
                           ? app->why_pending
                           : app->deployment->waits_for != NULL ? app->deployment->waits_for : "");
    } else if (watch_healthy_passed(watch)) {
        (void)snprintf(text, sizeof text, "an instance was not healthy %s after its launch",
                       units_print_duration(strategy->healthy_deadline_ns, limit));
    } else {
        return false;
    }
    revert_failed(app, text);
    return true;
}
