/* sim/recorder.c - events and tasks as they happen; the rest: recorder_*.c. */
#include "sim/recorder.h"

static uint32_t
recorder_text(struct run *run, const char *text)
{
    return text[0] != '\0' ? intern_id(&run->results.names, text) : 0;
}

void
recorder_start(struct run *run)
{
    struct recorder *recorder = ARENA_NEW(run->arena, struct recorder);
    run->recorder = recorder;
    recorder->run = run;
    vec_init(&recorder->apps, sizeof(struct recorder_app));
    vec_init(&recorder->nodes, sizeof(struct recorder_node));
    recorder_start_requests(run);
    recorder_start_servers(run);
}

void
recorder_fini(struct run *run)
{
    if (run->recorder != NULL) {
        env_timer_cancel(run->env->clock, &run->recorder->servers_timer);
        map64_fini(&run->recorder->servers);
        vec_fini(&run->recorder->nodes);
        vec_fini(&run->recorder->apps);
    }
}

/* The app's name in the results. */
static uint32_t
recorder_app_name(struct run *run, uint32_t index)
{
    struct recorder_app *seen = recorder_app_of(run, index);
    if (seen->name == 0) {
        const struct book_app *app = vec_at(&run->books.apps, index);
        seen->name = recorder_text(run, app->id);
    }
    return seen->name;
}

/* --- events --- */

void
recorder_give(struct run *run, uint32_t events_least)
{
    struct results *results = &run->results;
    if (results->events.count >= events_least && results->sink.take != NULL) {
        results->sink.take(results->sink.context, results);
    }
}

/* task is NULL for an event of none. */
static void
recorder_push_event(struct run *run, env_address process, const struct env_event *event,
                    const struct book_task *task)
{
    struct results *results = &run->results;
    if (results->events_count >= RESULTS_EVENTS_MAX) {
        results->events_dropped++;
        return;
    }
    results->events_count++;
    recorder_node_named(run, event->node);
    struct result_event *row = vec_push(&results->events);
    *row = (struct result_event){
        .at_ns = run_at_ns(run),
        .value = event->value,
        .task = event->task,
        .version = event->version,
        .deployment = event->deployment,
        .process = process,
        .node = event->node,
        .app = task != NULL && event->app[0] != '\0' ? recorder_app_name(run, task->app)
                                                     : recorder_text(run, event->app),
        .text = recorder_text(run, event->text),
        .kind = (int16_t)event->kind,
        .old_state = (int16_t)event->old_state,
        .new_state = (int16_t)event->new_state,
    };
    if (event->kind == ENV_EVENT_APP) {
        row->new_state = -1; /* a share in ppm and a count: no state, no task */
        row->task = 0;
    } else if (event->kind == ENV_EVENT_ROLLOUT || event->kind == ENV_EVENT_ANALYSIS) {
        row->task = 0; /* the number of a step or an analysis */
    }
    recorder_give(run, RESULTS_EVENTS_PART);
}

void
recorder_warning(struct run *run, const char *text)
{
    recorder_push_event(run, run->env->net->self, &(struct env_event){ .kind = ENV_EVENT_WARNING,
                                                                       .old_state = -1,
                                                                       .new_state = -1,
                                                                       .app = "",
                                                                       .text = text },
                        NULL);
}

/* --- deployments --- */

static void
recorder_rollout(struct run *run, const struct env_event *event)
{
    struct results *results = &run->results;
    if (results->rollouts.count < RESULTS_EVENTS_MAX) {
        *(struct result_rollout *)vec_push(&results->rollouts) = (struct result_rollout){
            .at_ns = run_at_ns(run),
            .deployment = event->deployment,
            .app = recorder_text(run, event->app),
            .step = (uint32_t)event->task,
            .weight_ppm = (uint32_t)event->value,
            .text = recorder_text(run, event->text),
            .phase = (int16_t)event->new_state,
        };
    }
}

static void
recorder_analysis(struct run *run, const struct env_event *event)
{
    struct results *results = &run->results;
    if (results->analyses.count < RESULTS_EVENTS_MAX) {
        *(struct result_analysis *)vec_push(&results->analyses) = (struct result_analysis){
            .at_ns = run_at_ns(run),
            .deployment = event->deployment,
            .app = recorder_text(run, event->app),
            .value = event->value,
            .number = (uint32_t)event->task,
            .text = recorder_text(run, event->text),
            .verdict = (int16_t)event->new_state,
            .dry_run = event->old_state == 1,
        };
    }
}

/* --- tasks --- */

/* The row of a task, made when there is room for one more; or NULL. */
static struct result_task *
recorder_task_row(struct run *run, struct book_task *task)
{
    struct results *results = &run->results;
    if (task->row == 0) {
        if (results->tasks.count >= run->scenario->record_tasks_max) {
            return NULL;
        }
        *(struct result_task *)vec_push(&results->tasks) = (struct result_task){
            .id = task->id,
            .app = recorder_app_name(run, task->app),
            .created_at_ns = run_at_ns(run),
            .running_at_ns = -1,
            .healthy_at_ns = -1,
            .ended_at_ns = -1,
        };
        task->row = results->tasks.count;
    }
    return vec_at(&results->tasks, task->row - 1);
}

/* Instants are those of the first time, but for the end: it may not have been durable. */
static void
recorder_task(struct run *run, struct book_task *task, const struct env_event *event)
{
    struct result_task *row = recorder_task_row(run, task);
    if (row == NULL) {
        return;
    }
    const int64_t now_ns = run_at_ns(run);
    const bool    is_state = event->kind == ENV_EVENT_TASK || event->kind == ENV_EVENT_LOADED;
    const bool    is_health = event->kind == ENV_EVENT_HEALTH || event->kind == ENV_EVENT_LOADED;
    row->version = task->version;
    row->deployment = task->deployment;
    row->node = task->node;
    row->state = (int16_t)task->state;
    if (event->kind == ENV_EVENT_TASK) {
        row->cause = recorder_text(run, event->text);
    }
    if (is_state && task->state == TASK_RUNNING && row->running_at_ns < 0) {
        row->running_at_ns = now_ns;
    }
    if (is_health && task->healthy && row->healthy_at_ns < 0) {
        row->healthy_at_ns = now_ns;
    }
    if (!task_state_is_final((enum task_state)task->state)) {
        row->ended_at_ns = -1;
    } else if (is_state) {
        row->ended_at_ns = now_ns;
    }
}

/* Minima are looked for after each event that may have lowered them. */
static void
recorder_app(struct run *run, uint32_t index)
{
    const struct book_app *app = vec_at(&run->books.apps, index);
    struct recorder_app   *seen = recorder_app_of(run, index);
    if (app->healthy < seen->healthy_min) {
        seen->healthy_min = app->healthy;
    }
    if (!seen->was_full && app->wanted > 0 && app->healthy >= app->wanted) {
        seen->was_full = true;
        seen->healthy_min_run = app->healthy;
    }
    if (seen->was_full && app->healthy < seen->healthy_min_run) {
        seen->healthy_min_run = app->healthy;
    }
    recorder_pending_look(run, index);
}

static bool
recorder_is_of_task(enum env_event_kind kind)
{
    return kind == ENV_EVENT_TASK || kind == ENV_EVENT_HEALTH || kind == ENV_EVENT_READY ||
           kind == ENV_EVENT_DRAIN;
}

void
recorder_event(struct run *run, env_address process, const struct env_event *event)
{
    if (event->kind == ENV_EVENT_ALLOCATION || event->kind == ENV_EVENT_AGENT_TASK ||
        event->kind == ENV_EVENT_ROLE) {
        return;
    }
    struct book_task *task = event->task != 0 ? books_task_find(&run->books, event->task) : NULL;
    if (event->kind == ENV_EVENT_LOADED) {
        if (task != NULL && run->books.loads <= 1) { /* it was there before the run began */
            recorder_task(run, task, event);
            recorder_app(run, task->app);
        }
        return;
    }
    if (event->kind == ENV_EVENT_ROLLOUT || event->kind == ENV_EVENT_ANALYSIS) {
        if (event->kind == ENV_EVENT_ROLLOUT) {
            recorder_rollout(run, event);
        } else {
            recorder_analysis(run, event);
        }
        task = NULL;
    }
    if (event->kind == ENV_EVENT_PENDING || event->kind == ENV_EVENT_BACKOFF) {
        recorder_pending(run, event);
    }
    if (event->kind == ENV_EVENT_APP) {
        const struct book_app *app = books_app_find(&run->books, event->app);
        if (app != NULL) {
            recorder_app(run, (uint32_t)(app - (struct book_app *)run->books.apps.items));
        }
        task = NULL;
    }
    if (task != NULL) {
        if (recorder_is_of_task(event->kind)) {
            recorder_task(run, task, event);
        }
        recorder_app(run, task->app);
    }
    if (!recorder_is_of_task(event->kind) || (task != NULL && task->row != 0)) {
        recorder_push_event(run, process, event, task);
    }
}
