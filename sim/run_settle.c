/*
 * sim/run_settle.c - the second phase: faults have ended, the platform must reach what it wants;
 * then the verdict.
 *
 * Settled is an app that has all it wants, each healthy. A task that cannot be placed counts too,
 * once it has waited RUN_PENDING_NS with a stated reason: waiting longer would not change that; a
 * deployment which waits for such a task may go on waiting. Tasks on machines that do not answer
 * are left out of the count: their replacements are in it.
 */
#include <string.h>

#include "platform/base/units.h"
#include "sim/run_private.h"

#define RUN_SETTLE_EVERY_NS SEC(1)
#define RUN_PENDING_NS      SEC(60) /* a guess: longer than any back-off step or boot in between */

struct app_census {
    uint32_t settled; /* healthy, or pending for good */
    uint32_t stuck;   /* pending for good */
    uint32_t moving;  /* anything else that is not unreachable */
};

static struct app_census
run_app_census(struct run *run, const struct book_app *app)
{
    const int64_t     now_ns = env_clock_now(run->env->clock);
    struct app_census census = { 0 };
    const bool        says_why =
        app->why_pending != NULL && now_ns - app->why_pending_at_ns >= RUN_PENDING_NS;
    for (const struct book_task *task = books_task_at(&run->books, app->tasks_first); task != NULL;
         task = books_task_at(&run->books, task->next)) {
        if (task->state == TASK_RUNNING && task->healthy && !task->draining) {
            census.settled++;
        } else if (task->state == TASK_PENDING && says_why &&
                   now_ns - task->pending_at_ns >= RUN_PENDING_NS) {
            census.settled++;
            census.stuck++;
        } else if (task->state != TASK_UNREACHABLE) {
            census.moving++;
        }
    }
    return census;
}

static bool
run_app_settled(struct run *run, const struct book_app *app, struct error *ret_waits)
{
    const bool full = app->healthy == app->wanted && app->live == app->wanted;
    if (full && app->deployments_running == 0) {
        return true; /* the common case, without a look at each task */
    }
    const struct app_census census = run_app_census(run, app);
    if (census.settled != app->wanted || census.moving > 0) {
        (void)error_set(ret_waits, ST_TIMEOUT,
                        "app %s: %u of %u healthy, %u pending%s%s%s, %u in between", app->id,
                        app->healthy, app->wanted, app->pending,
                        app->why_pending != NULL ? " (" : "",
                        app->why_pending != NULL ? app->why_pending : "",
                        app->why_pending != NULL ? ")" : "", census.moving);
        return false;
    }
    if (app->deployments_running > 0 && census.stuck == 0) {
        (void)error_set(ret_waits, ST_TIMEOUT, "app %s: its deployment is still running", app->id);
        return false;
    }
    return true;
}

static bool
run_node_ready(const struct run *run, uint32_t node)
{
    if (node >= run->books.nodes.count) {
        return false;
    }
    const struct book_node *book = vec_at(&run->books.nodes, node);
    return book->known && book->state == NODE_READY;
}

/* A machine that a fault has let go must be back: up, on the network, and known to the master. */
static bool
run_nodes_settled(struct run *run, struct error *ret_waits)
{
    if (run->holds.count == 0) {
        return true;
    }
    uint32_t                      count = 0;
    const struct world_node_view *views = run_nodes(run, &count);
    for (uint32_t i = 0; i < count; i++) {
        const struct world_node_view *view = &views[i];
        const struct node_hold       *hold = run_hold(run, view->index);
        if (view->ended || !hold->released || hold->down > 0 || hold->cut > 0) {
            continue;
        }
        if (!view->up || !view->reachable || !run_node_ready(run, view->index)) {
            (void)error_set(ret_waits, ST_TIMEOUT, "machine %s is not back: it is %s", view->name,
                            !view->up          ? "down"
                            : !view->reachable ? "cut off"
                                               : "not ready for the master");
            return false;
        }
    }
    return true;
}

bool
run_is_settled(struct run *run, struct error *ret_waits)
{
    if (run->faults_active > 0) {
        (void)error_set(ret_waits, ST_TIMEOUT, "%u faults are not over", run->faults_active);
        return false;
    }
    if (!run->books.leading) {
        (void)error_set(ret_waits, ST_TIMEOUT, "no master leads");
        return false;
    }
    if (run->calls.count > 0) {
        const struct run_call *call = *(struct run_call **)vec_at(&run->calls, 0);
        (void)error_set(ret_waits, ST_TIMEOUT, "request %llu has no answer",
                        (unsigned long long)call->request->request);
        return false;
    }
    for (uint32_t i = 0; i < run->books.apps.count; i++) {
        const struct book_app *app = vec_at(&run->books.apps, i);
        if (!run_app_settled(run, app, ret_waits)) {
            return false;
        }
    }
    const struct book_refresh *refresh = books_refresh_running(&run->books);
    if (refresh != NULL) {
        (void)error_set(ret_waits, ST_TIMEOUT, "the refresh of %s is %s: %s", refresh->group,
                        refresh_state_name(refresh->state),
                        refresh->says != NULL ? refresh->says : "");
        return false;
    }
    if (!run_nodes_settled(run, ret_waits)) {
        return false;
    }
    if (run->ops->requests_open != NULL && run->ops->requests_open(run->world) > 0) {
        (void)error_set(ret_waits, ST_TIMEOUT, "%llu requests are on their way",
                        (unsigned long long)run->ops->requests_open(run->world));
        return false;
    }
    const struct invariant *unquiet = invariants_unquiet(run);
    if (unquiet != NULL) {
        (void)error_set(ret_waits, ST_TIMEOUT, "the world is not quiet: %s", unquiet->about);
        return false;
    }
    return true;
}

/* Whether a step, a fault, a request or a deployment is still to come or to end. */
static bool
run_is_busy(const struct run *run)
{
    bool busy = run->faults_active > 0 || run->step_next < run->steps.count ||
                run->calls.count > 0 || run->tasks_next < run->scenario->tasks_count ||
                books_refresh_running(&run->books) != NULL;
    for (uint32_t i = 0; i < run->books.apps.count && !busy; i++) {
        busy = ((const struct book_app *)vec_at(&run->books.apps, i))->deployments_running > 0;
    }
    return busy;
}

void
run_end_when_quiet(struct run *run)
{
    const int64_t now_ns = run_at_ns(run);
    if (run->scenario->quiet_ns == 0 || run->phase != RUN_PLAYING ||
        run->ops->stop_traffic == NULL) {
        return;
    }
    if (run_is_busy(run)) {
        run->quiet_since_ns = -1;
    } else if (run->quiet_since_ns < 0) {
        run->quiet_since_ns = now_ns;
    } else if (now_ns - run->quiet_since_ns >= run->scenario->quiet_ns) {
        run->ops->stop_traffic(run->world); /* as if its duration were over */
        env_timer_start(run->env->clock, &run->settle_timer, 0);
    }
}

/* --- the verdict --- */

/* A scenario with a planted bug passes when the invariant that it names was broken. */
static void
run_judge_plant(struct run *run)
{
    const char *id = run->scenario->violates;
    const char *detail = "no invariant of that name was judged in this run";
    bool        caught = false;
    int64_t     at_ns = -1;
    for (uint32_t i = 0; i < run->results.invariants.count; i++) {
        const struct result_invariant *invariant = vec_at(&run->results.invariants, i);
        if (strcmp(invariant->id, id) == 0) {
            caught = invariant->outcome == OUTCOME_FAILED;
            at_ns = invariant->at_ns;
            detail = caught ? invariant->detail : "it was never broken: the bug was not caught";
        }
    }
    *(struct result_expectation *)vec_push(&run->results.expectations) =
        (struct result_expectation){
            .id = arena_printf(run->arena, "violates-%s", id),
            .about = arena_printf(run->arena, "The planted bug breaks the invariant %s.", id),
            .kind = "violates",
            .outcome = caught ? OUTCOME_PASSED : OUTCOME_FAILED,
            .at_ns = at_ns,
            .detail = detail,
        };
}

static void
run_verdict(struct run *run)
{
    struct results *results = &run->results;
    bool            failed = false;
    if (run->scenario->violates != NULL) {
        run_judge_plant(run);
    } else {
        for (uint32_t i = 0; i < results->invariants.count; i++) {
            const struct result_invariant *invariant = vec_at(&results->invariants, i);
            failed = failed || invariant->outcome != OUTCOME_PASSED;
        }
    }
    for (uint32_t i = 0; i < results->expectations.count; i++) {
        const struct result_expectation *expectation = vec_at(&results->expectations, i);
        failed = failed || expectation->outcome != OUTCOME_PASSED;
    }
    if (failed && results->outcome == OUTCOME_PASSED) {
        results->outcome = OUTCOME_FAILED;
    }
}

static void
run_finish(struct run *run)
{
    run_look(run);
    env_timer_cancel(run->env->clock, &run->sample_timer);
    env_timer_cancel(run->env->clock, &run->step_timer);
    invariants_end(run);
    expect_end(run);
    recorder_end(run);
    run_verdict(run);
    run->phase = RUN_OVER;
    if (run->finished != NULL) {
        run->finished(run, run->finished_context);
    }
}

static void
run_give_up(struct run *run, const struct error *waits)
{
    char text[UNITS_TEXT_BYTES];
    if (run->scenario->violates != NULL) {
        return; /* a planted bug may well keep the platform from getting there */
    }
    run_fail(run, "not settled %s after the last fault, still waiting: %s",
             units_print_duration(run->scenario->settle_ns, text), waits->text);
}

void
run_settle_fire(struct env_timer *timer)
{
    struct run   *run = container_of(timer, struct run, settle_timer);
    const int64_t now_ns = run_at_ns(run);
    struct error  waits = { "" };
    if (run->phase == RUN_OVER) {
        return;
    }
    if (run->stop_asked && !run->aborted) {
        run_abort(run, "stopped before its end");
    }
    if (run->aborted) {
        env_timer_cancel(run->env->clock, &run->settle_timer);
        run_finish(run);
        return;
    }
    if (run->phase == RUN_PLAYING) {
        run_look(run);
        run->phase = RUN_SETTLING;
    }
    if (run->faults_active > 0 || run->settle_until_at_ns == 0) {
        run->settle_until_at_ns = now_ns + run->scenario->settle_ns;
    }
    const bool settled = run_is_settled(run, &waits);
    if (!settled && now_ns < run->settle_until_at_ns) {
        env_timer_start(run->env->clock, &run->settle_timer, RUN_SETTLE_EVERY_NS);
        return;
    }
    if (!settled) {
        run_give_up(run, &waits);
    }
    run_finish(run);
}
