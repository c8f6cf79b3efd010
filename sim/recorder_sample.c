/* sim/recorder_sample.c - what is looked at once an interval, and what is only known at the end. */
#include <string.h>

#include "sim/actions/requests.h"
#include "sim/recorder.h"
#include "sim/scenario_parts.h"

#define SECONDS_PER_HOUR 3600

/* --- machines --- */

/* What many machines have is kept once. */
static const char *
recorder_word(struct run *run, const char *text)
{
    struct intern *names = &run->results.names;
    return intern_text(names, intern_id(names, text != NULL ? text : ""));
}

/* Rows are by index; an index that is no machine of the cluster has a row without a name. */
static void
recorder_node_meet(struct run *run, const struct world_node_view *view)
{
    while (run->recorder->nodes.count <= view->index) {
        (void)vec_push(&run->recorder->nodes);
        *(struct result_node *)vec_push(&run->results.nodes) = (struct result_node){
            .name = NULL, .group = "", .type = "", .zone = "", .role = "", .up_at_ns = -1
        };
    }
    struct result_node *node = vec_at(&run->results.nodes, view->index);
    if (node->name != NULL) {
        return;
    }
    *node = (struct result_node){
        .name = arena_strdup(run->arena, view->name),
        .group = recorder_word(run, view->group),
        .type = recorder_word(run, view->type),
        .zone = recorder_word(run, view->zone),
        .role = recorder_word(run, view->role),
        .cpu_milli = view->cpu_milli,
        .mem_bytes = view->mem_bytes,
        .up_at_ns = -1,
        .cost_microusd = view->cost_microusd_hour, /* an hour's, until the end of the run */
    };
}

void
recorder_node_named(struct run *run, uint32_t node)
{
    struct recorder *recorder = run->recorder;
    if (node <= recorder->nodes_asked) {
        return;
    }
    struct vec views; /* apart: somebody may be at those of the run */
    recorder->nodes_asked = node;
    vec_init(&views, sizeof(struct world_node_view));
    run_nodes_look(run, &views);
    for (uint32_t i = 0; i < views.count; i++) {
        const struct world_node_view *view = vec_at(&views, i);
        recorder_node_meet(run, view);
        if (view->index >= recorder->nodes_asked) {
            recorder->nodes_asked = view->index + 1;
        }
    }
    vec_fini(&views);
}

static void
recorder_node_up(struct run *run, uint32_t index, bool up)
{
    if (index >= run->recorder->nodes.count) {
        return; /* it is met at the next sample */
    }
    struct recorder_node *seen = vec_at(&run->recorder->nodes, index);
    struct result_node   *node = vec_at(&run->results.nodes, index);
    if (up == seen->up) {
        return;
    }
    const int64_t now_ns = run_at_ns(run);
    if (up) {
        node->up_at_ns = node->up_at_ns < 0 ? now_ns : node->up_at_ns;
        seen->since_at_ns = now_ns;
    } else {
        node->up_ns += now_ns - seen->since_at_ns;
    }
    seen->up = up;
}

void
recorder_fact(struct run *run, const struct world_fact *fact)
{
    if (fact->kind == WORLD_NODE_UP || fact->kind == WORLD_NODE_DOWN) {
        recorder_node_up(run, fact->node, fact->kind == WORLD_NODE_UP);
    }
}

static void
recorder_sample_cluster(struct run *run)
{
    struct result_cluster_sample sample = { .at_ns = run_at_ns(run) };
    uint32_t                     count = 0;
    const struct world_node_view *views = run_nodes(run, &count);
    for (uint32_t i = 0; i < count; i++) {
        const struct world_node_view *view = &views[i];
        recorder_node_meet(run, view);
        recorder_node_up(run, view->index, view->up);
        if (view->up) {
            sample.nodes_up++;
            sample.cpu_milli += view->cpu_milli;
            sample.mem_bytes += view->mem_bytes;
            sample.gpu_milli += (uint32_t)view->gpus * NODE_GPU_MILLI;
        }
    }
    sample.nodes_ready = run->books.nodes_ready;
    sample.cpu_milli_used = run->books.cpu_milli_used;
    sample.mem_bytes_used = run->books.mem_bytes_used;
    sample.gpu_milli_used = (uint32_t)run->books.gpu_milli_used;
    if (sample.nodes_up > run->results.nodes_max) {
        run->results.nodes_max = sample.nodes_up;
    }
    *(struct result_cluster_sample *)vec_push(&run->results.cluster_samples) = sample;
}

/* --- apps and traffic --- */

static void
recorder_sample_apps(struct run *run)
{
    for (uint32_t i = 0; i < run->books.apps.count && i < RECORDER_APPS_MAX; i++) {
        const struct book_app    *app = vec_at(&run->books.apps, i);
        struct recorder_app      *seen = recorder_app_of(run, i);
        struct result_app_sample *sample = vec_push(&run->results.app_samples);
        *sample = (struct result_app_sample){
            .at_ns = run_at_ns(run),
            .app = intern_id(&run->results.names, app->id),
            .wanted = app->wanted,
            .healthy = app->healthy,
            .healthy_min = seen->healthy_min,
            .running = app->running,
            .pending = app->pending,
        };
        seen->healthy_min = app->healthy; /* the next interval begins with what there is */
    }
}

static void
recorder_sample_services(struct run *run)
{
    for (uint32_t i = 0; i < run->scenario->traffic_count; i++) {
        struct recorder_line         *line = &run->recorder->lines[i];
        struct result_service_sample *sample = vec_push(&run->results.service_samples);
        *sample = (struct result_service_sample){
            .at_ns = run_at_ns(run),
            .service = line->name,
            .retries = line->retries,
            .mean_ns = sketch_mean_ns(&line->interval),
            .p50_ns = sketch_quantile_ns(&line->interval, 500000),
            .p90_ns = sketch_quantile_ns(&line->interval, 900000),
            .p99_ns = sketch_quantile_ns(&line->interval, 990000),
            .max_ns = line->interval.max_ns,
        };
        for (uint32_t outcome = 0; outcome < REQUEST_OUTCOME_COUNT; outcome++) {
            sample->outcomes[outcome] = line->outcomes[outcome];
            sample->requests += line->outcomes[outcome];
        }
        memset(line->outcomes, 0, sizeof(line->outcomes));
        line->retries = 0;
        sketch_clear(&line->interval);
    }
}

void
recorder_sample(struct run *run)
{
    recorder_sample_cluster(run);
    recorder_sample_apps(run);
    recorder_sample_services(run);
    recorder_sample_roles(run);
    recorder_give(run, RESULTS_EVENTS_PART / 4); /* a run that grows quiet leaves little behind */
}

/* --- the end --- */

static void
recorder_end_nodes(struct run *run)
{
    for (uint32_t i = 0; i < run->recorder->nodes.count; i++) {
        struct recorder_node *seen = vec_at(&run->recorder->nodes, i);
        struct result_node   *node = vec_at(&run->results.nodes, i);
        if (seen->up) {
            node->up_ns += run_at_ns(run) - seen->since_at_ns;
            seen->up = false;
        }
        node->cost_microusd = node->cost_microusd * (node->up_ns / NS_PER_SEC) / SECONDS_PER_HOUR;
    }
}

static void
recorder_end_apps(struct run *run)
{
    for (uint32_t i = 0; i < run->books.apps.count; i++) {
        const struct book_app *app = vec_at(&run->books.apps, i);
        struct result_app     *row = vec_push(&run->results.apps);
        *row = (struct result_app){
            .app = intern_id(&run->results.names, app->id),
            .wanted = app->wanted,
            .healthy = app->healthy,
            .pending = app->pending,
            .placed = app->placed,
            .failed = app->failed,
        };
        const struct recorder_app *seen = recorder_app_of(run, i);
        row->healthy_min = seen->healthy_min_run;
        if (seen->pending_row > 0) {
            const struct result_pending *why =
                vec_at(&run->results.pending, seen->pending_row - 1);
            row->why_pending = intern_text(&run->results.names, why->text);
        }
    }
}

static void
recorder_end_deployments(struct run *run)
{
    struct intern *names = &run->results.names;
    for (uint32_t i = 0; i < run->books.deployments.count; i++) {
        const struct book_deployment *book = vec_at(&run->books.deployments, i);
        const struct book_app        *app = vec_at(&run->books.apps, book->app);
        struct result_deployment     *row = vec_push(&run->results.deployments);
        *row = (struct result_deployment){
            .id = book->id,
            .app = intern_id(names, app->id),
            .strategy = intern_id(names, book->strategy),
            .version_old = book->version_old,
            .version_new = book->version,
            .from_at_ns = book->from_at_ns - run->start_at_ns,
            .to_at_ns = book->to_at_ns == 0 ? -1 : book->to_at_ns - run->start_at_ns,
            .state = (int16_t)book->state,
            .phase = (int16_t)book->phase,
            .step = book->step,
            .weight_ppm = book->weight_ppm,
            .reverts = book->reverts,
            .plan = requests_strategy(run, book->id),
            .waits_for = book->waits_for[0] != '\0' ? intern_id(names, book->waits_for) : 0,
        };
    }
}

/* Which apps answer which traffic, as the scenario's own definitions say. */
static void
recorder_end_service_apps(struct run *run)
{
    const struct scenario *scenario = run->scenario;
    struct intern         *names = &run->results.names;
    for (uint32_t i = 0; i < scenario->traffic_count; i++) {
        for (uint32_t a = 0; a < scenario->apps_count; a++) {
            if (scenario_app_serves(scenario->apps[a], scenario->traffic[i].to)) {
                *(struct result_service_app *)vec_push(&run->results.service_apps) =
                    (struct result_service_app){ .service = run->recorder->lines[i].name,
                                                 .app = intern_id(names, scenario->apps[a]->id) };
            }
        }
    }
}

/* Tasks that a dying master told of and that never were. */
static void
recorder_end_tasks(struct run *run)
{
    for (uint32_t i = 0; i < run->results.tasks.count; i++) {
        struct result_task *row = vec_at(&run->results.tasks, i);
        if (!task_state_is_final((enum task_state)row->state) &&
            books_task_find(&run->books, row->id) == NULL) {
            row->state = TASK_LOST;
            row->cause = intern_id(&run->results.names, "decided by a master that died, undone");
        }
    }
}

void
recorder_end(struct run *run)
{
    struct results *results = &run->results;
    recorder_end_nodes(run);
    recorder_end_pending(run);
    recorder_end_apps(run);
    recorder_end_deployments(run);
    recorder_end_service_apps(run);
    recorder_end_tasks(run);
    if (run->ops->tell_servers != NULL) {
        run->ops->tell_servers(run->world);
    }
    results->simulated_ns = run_at_ns(run);
    results->tasks_submitted = run->books.tasks_submitted;
    _Static_assert(COUNT_OF(results->tasks_by_state) >= TASK_STATE_COUNT, "one count a state");
    for (uint32_t i = 0; i < TASK_STATE_COUNT; i++) {
        results->tasks_by_state[i] = run->books.tasks_by_state[i];
    }
}
