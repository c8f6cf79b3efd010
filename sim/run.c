/* sim/run.c - a run from its start to its verdict, and what the world shows of it. */
#include "sim/run_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "platform/base/units.h"
#include "sim/actions/requests.h"

/* At most so many samples a run, and none closer than a second: limits of ours. */
#define RUN_SAMPLES_MAX   600
#define RUN_SAMPLE_NS_MIN SEC(1)

static int64_t
run_sample_ns(const struct scenario *scenario)
{
    const int64_t seconds = scenario->duration_ns / RUN_SAMPLES_MAX / NS_PER_SEC;
    const bool    whole = scenario->duration_ns % (RUN_SAMPLES_MAX * NS_PER_SEC) == 0;
    return int64_max(RUN_SAMPLE_NS_MIN, SEC(seconds + (whole ? 0 : 1)));
}

int64_t
run_at_ns(const struct run *run)
{
    return env_clock_now(run->env->clock) - run->start_at_ns;
}

/* "best-fit, ties to the lowest id, 1s an app and 10ms a task to decide" */
static const char *
run_scheduler(struct run *run)
{
    const struct master_config *master = &run->scenario->master;
    const char *rules =
        arena_printf(run->arena, "%s, ties %s", scheduler_policy_word(master->policy),
                     master->tie == TIE_RANDOM ? "at random" : "to the lowest id");
    char app[UNITS_TEXT_BYTES];
    char task[UNITS_TEXT_BYTES];
    if (master->decision_app_ns == 0 && master->decision_task_ns == 0) {
        return rules;
    }
    return arena_printf(run->arena, "%s, %s an app and %s a task to decide", rules,
                        units_print_duration(master->decision_app_ns, app),
                        units_print_duration(master->decision_task_ns, task));
}

static void
run_describe(struct run *run)
{
    const struct scenario *scenario = run->scenario;
    struct results        *results = &run->results;
    results->scenario = scenario->name;
    results->file = scenario->file;
    results->about = scenario->about;
    results->backend = run->ops->name;
    results->seed = scenario->seed;
    results->start_at_ns = scenario->start_at_ns;
    results->policy = scheduler_policy_word(scenario->master.policy);
    results->tie = scheduler_tie_word(scenario->master.tie);
    results->decision_app_ns = scenario->master.decision_app_ns;
    results->decision_task_ns = scenario->master.decision_task_ns;
    results->scheduler = run_scheduler(run);
    const bool fake = strcmp(run->ops->name, "fake") == 0;
    results->reproduce = arena_printf(run->arena, "rehearse run %s --seed %llu%s%s", scenario->file,
                                      (unsigned long long)scenario->seed, fake ? "" : " --backend ",
                                      fake ? "" : run->ops->name);
}

void
run_init(struct run *run, const struct scenario *scenario, const struct world_ops *ops, void *world,
         struct arena *arena)
{
    *run = (struct run){ .scenario = scenario,
                         .ops = ops,
                         .world = world,
                         .env = ops->client_env(world),
                         .arena = arena,
                         .request_next = 1,
                         .sampled_at_ns = -1,
                         .quiet_since_ns = -1 };
    results_init(&run->results, arena, run_sample_ns(scenario));
    books_init(&run->books, arena);
    run->books.counts_roles = scenario->master.roles_count > 0;
    vec_init(&run->calls, sizeof(struct run_call *));
    vec_init(&run->scopes, sizeof(struct run_scope *));
    vec_init(&run->drawn, sizeof(struct scenario_step));
    vec_init(&run->checks, sizeof(struct run_check));
    vec_init(&run->observers, sizeof(struct observer *));
    vec_init(&run->steps, sizeof(struct run_step));
    vec_init(&run->holds, sizeof(struct node_hold));
    vec_init(&run->definitions, sizeof(struct definition));
    vec_init(&run->taken, sizeof(struct taken_version));
    vec_init(&run->views, sizeof(struct world_node_view));
    rng_init(&run->select, scenario->seed, UINT32_MAX, "select");
    run_describe(run);
}

void
run_fini(struct run *run)
{
    if (run->env == NULL) {
        return; /* zeroed: never made */
    }
    env_timer_cancel(run->env->clock, &run->sample_timer);
    env_timer_cancel(run->env->clock, &run->settle_timer);
    run_steps_fini(run);
    run_tasks_fini(run);
    run_calls_fini(run);
    expect_fini(run);
    invariants_fini(run);
    recorder_fini(run);
    vec_fini(&run->views);
    vec_fini(&run->taken);
    vec_fini(&run->definitions);
    vec_fini(&run->holds);
    vec_fini(&run->steps);
    vec_fini(&run->observers);
    vec_fini(&run->checks);
    vec_fini(&run->drawn);
    vec_fini(&run->scopes);
    vec_fini(&run->calls);
    books_fini(&run->books);
    results_fini(&run->results);
}

/* --- failing --- */

static void
run_set_error(struct run *run, enum outcome outcome, const char *format, va_list arguments)
{
    char text[512];
    (void)vsnprintf(text, sizeof(text), format, arguments);
    recorder_warning(run, text);
    if (run->results.error == NULL || (outcome == OUTCOME_ERROR && !run->aborted)) {
        run->results.error = arena_strdup(run->arena, text);
    }
    if (run->results.outcome < outcome) {
        run->results.outcome = outcome;
    }
}

void
run_fail(struct run *run, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    run_set_error(run, OUTCOME_FAILED, format, arguments);
    va_end(arguments);
}

void
run_abort(struct run *run, const char *format, ...)
{
    if (run->phase == RUN_OVER) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    run_set_error(run, OUTCOME_ERROR, format, arguments);
    va_end(arguments);
    run->aborted = true;
    env_timer_start(run->env->clock, &run->settle_timer, 0);
}

/* --- the start --- */

static void
run_app_answered(struct run *run, const struct msg_api_answer *answer, void *context)
{
    if (answer->status != ST_OK) {
        run_abort(run, "app %s was refused: %s (%s)", (const char *)context, answer->text,
                  status_name((enum status)answer->status));
    }
    run->apps_open--;
    if (run->apps_open == 0) {
        run_tasks_start(run);
    }
}

static void
run_sample_fire(struct env_timer *timer)
{
    struct run *run = container_of(timer, struct run, sample_timer);
    if (run->stop_asked && run->phase != RUN_OVER && !run->aborted) {
        run_abort(run, "stopped before its end");
        return;
    }
    if (run->phase != RUN_OVER) {
        run_look(run);
        run_end_when_quiet(run);
    }
}

static void
run_gateway_answered(struct run *run, const struct msg_api_answer *answer, void *context)
{
    (void)context;
    if (answer->status != ST_OK) {
        run_fail(run, "the gateway was refused: %s (%s)", answer->text,
                 status_name((enum status)answer->status));
    }
}

void
run_start(struct run *run)
{
    const struct scenario *scenario = run->scenario;
    struct env_clock      *clock = run->env->clock;
    ASSERT(run->recorder == NULL);
    run->start_at_ns = env_clock_now(clock);
    recorder_start(run);
    expect_start(run);
    invariants_start(run);
    run_calls_start(run);
    faults_draw(run);
    run_look(run);
    for (uint32_t i = 0; i < scenario->apps_count; i++) {
        const struct app_spec *app = scenario->apps[i];
        *(struct definition *)vec_push(&run->definitions) =
            (struct definition){ .app = app->id, .json = app->json };
        if (scenario->snapshot == NULL) { /* else the master knows them */
            run->apps_open++;
            requests_put_app(run, &(struct requests_app){ .app = app->id, .json = app->json },
                             run_app_answered, arena_strdup(run->arena, app->id));
        }
    }
    if (scenario->gateway != NULL && scenario->snapshot == NULL) {
        requests_put_gateway(run, scenario->gateway, run_gateway_answered, NULL);
    }
    env_timer_init(&run->sample_timer, run_sample_fire);
    env_timer_init(&run->settle_timer, run_settle_fire);
    env_timer_every(clock, &run->sample_timer, run->results.sample_ns, run->results.sample_ns);
    env_timer_start(clock, &run->settle_timer, scenario->duration_ns);
    run_steps_start(run);
}

/* --- what the world shows --- */

/* Whether an event can change what an expectation looks at. */
static bool
run_event_matters(enum env_event_kind kind)
{
    return kind == ENV_EVENT_TASK || kind == ENV_EVENT_HEALTH || kind == ENV_EVENT_APP ||
           kind == ENV_EVENT_NODE || kind == ENV_EVENT_DEPLOYMENT || kind == ENV_EVENT_DECISION ||
           kind == ENV_EVENT_MASTER || kind == ENV_EVENT_DRAIN;
}

void
run_event(struct run *run, env_address process, const struct env_event *event)
{
    if (run->phase == RUN_OVER || run->recorder == NULL) {
        return;
    }
    books_event(&run->books, env_clock_now(run->env->clock), process, event);
    recorder_event(run, process, event);
    invariants_event(run, process, event);
    if (run->watching > 0 && run_event_matters(event->kind)) {
        expect_watch(run);
    }
}

void
run_fact(struct run *run, const struct world_fact *fact)
{
    if (run->phase == RUN_OVER || run->recorder == NULL) {
        return;
    }
    recorder_fact(run, fact);
    invariants_fact(run, fact);
}

void
run_look(struct run *run)
{
    const int64_t at_ns = run_at_ns(run);
    if (at_ns == run->sampled_at_ns) {
        return;
    }
    run->sampled_at_ns = at_ns;
    recorder_sample(run);
    invariants_sample(run);
    expect_watch(run);
}

void
run_nodes_look(struct run *run, struct vec *views)
{
    uint32_t capacity = views->capacity < 64 ? 64 : views->capacity;
    uint32_t count = 0;
    for (;;) { /* bounded: the world has at most NODE_COUNT_MAX machines */
        ASSERT(capacity <= 4 * NODE_COUNT_MAX);
        vec_reserve(views, capacity);
        count = run->ops->nodes(run->world, views->items, capacity);
        if (count <= capacity) {
            break;
        }
        capacity = count;
    }
    views->count = count;
}

const struct world_node_view *
run_nodes(struct run *run, uint32_t *ret_count)
{
    const uint64_t version =
        run->ops->nodes_version != NULL ? run->ops->nodes_version(run->world) : 0;
    if (version == 0 || version != run->views_version) {
        run_nodes_look(run, &run->views);
        run->views_version = version;
    }
    *ret_count = run->views.count;
    return run->views.items;
}

const struct world_node_view *
run_node_seen(const struct run *run, uint32_t node)
{
    uint32_t low = 0;
    uint32_t high = run->views.count;
    while (low < high) {
        const uint32_t                middle = low + (high - low) / 2;
        const struct world_node_view *view = vec_at(&run->views, middle);
        if (view->index == node) {
            return view;
        }
        if (view->index < node) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

uint32_t
run_note_fault(struct run *run, const char *verb, const char *target, bool is_fault, bool drawn)
{
    struct result_fault *fault = vec_push(&run->results.faults);
    *fault = (struct result_fault){ .at_ns = run_at_ns(run),
                                    .until_at_ns = -1,
                                    .verb = verb,
                                    .target = target,
                                    .is_fault = is_fault,
                                    .drawn = drawn };
    return run->results.faults.count - 1;
}

void
run_fault_ended(struct run *run, uint32_t index)
{
    struct result_fault *fault = vec_at(&run->results.faults, index);
    fault->until_at_ns = run_at_ns(run);
}
