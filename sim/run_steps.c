/* sim/run_steps.c - the timeline: steps when they are due, and the end of what lasts. */
#include <string.h>

#include "sim/run_private.h"

struct node_hold *
run_hold(struct run *run, uint32_t node)
{
    ASSERT(node < NODE_COUNT_MAX);
    while (run->holds.count <= node) {
        (void)vec_push(&run->holds);
    }
    return vec_at(&run->holds, node);
}

static void
run_scope_end(struct run_scope *scope)
{
    struct run          *run = scope->run;
    const struct action *action = scope->step->action;
    struct error         err = { "" };
    ASSERT(scope->open);
    scope->open = false;
    if (action->undo != NULL &&
        action->undo(run, scope->step, &scope->scope, &err) != ST_OK) {
        run_fail(run, "%s: %s could not be undone: %s", scope->step->pointer, action->verb,
                 err.text);
    }
    run_fault_ended(run, scope->fault);
    if (action->is_fault) {
        ASSERT(run->faults_active > 0);
        run->faults_active--;
    }
}

static void
run_scope_fire(struct env_timer *timer)
{
    struct run_scope *scope = container_of(timer, struct run_scope, timer);
    if (scope->run->phase != RUN_OVER) {
        run_scope_end(scope);
    }
}

static void
run_scope_begin(struct run *run, struct run_scope *scope, int64_t for_ns)
{
    scope->open = true;
    if (scope->step->action->is_fault) {
        run->faults_active++;
    }
    env_timer_start(run->env->clock, &scope->timer, for_ns);
}

static void
run_step_do(struct run *run, const struct run_step *due)
{
    const struct scenario_step *step = due->step;
    const struct action        *action = step->action;
    struct run_scope           *scope = ARENA_NEW(run->arena, struct run_scope);
    struct error                err = { "" };
    *scope = (struct run_scope){ .run = run, .step = step };
    env_timer_init(&scope->timer, run_scope_fire);
    vec_init(&scope->scope.nodes, sizeof(uint32_t));
    vec_init(&scope->scope.tasks, sizeof(uint64_t));
    *(struct run_scope **)vec_push(&run->scopes) = scope;
    if (action->act(run, step, &scope->scope, &err) != ST_OK) {
        run_fail(run, "%s: %s: %s", step->pointer, action->verb, err.text);
        return;
    }
    const char *target = scope->scope.target != NULL ? scope->scope.target : "";
    scope->fault = run_note_fault(run, action->verb, target, action->is_fault, due->drawn);
    const int64_t for_ns = step->for_ns > 0 ? step->for_ns : action->for_default_ns;
    if (action->takes_for && for_ns > 0) {
        run_scope_begin(run, scope, for_ns);
    }
}

static void
run_steps_arm(struct run *run)
{
    if (run->step_next < run->steps.count) {
        const struct run_step *next = vec_at(&run->steps, run->step_next);
        env_timer_start(run->env->clock, &run->step_timer,
                        int64_max(0, next->step->at_ns - run_at_ns(run)));
    }
}

static void
run_steps_fire(struct env_timer *timer)
{
    struct run *run = container_of(timer, struct run, step_timer);
    while (run->phase == RUN_PLAYING && run->step_next < run->steps.count) {
        const struct run_step *next = vec_at(&run->steps, run->step_next);
        if (next->step->at_ns > run_at_ns(run)) {
            break;
        }
        run->step_next++;
        run_step_do(run, next);
    }
    if (run->phase == RUN_PLAYING) {
        run_steps_arm(run);
    }
}

/* The timeline's steps in their order, then the drawn ones at equal instants: both are sorted. */
void
run_steps_start(struct run *run)
{
    const struct scenario *scenario = run->scenario;
    uint32_t               next_drawn = 0;
    for (uint32_t i = 0; i <= scenario->steps_count; i++) {
        while (next_drawn < run->drawn.count) {
            const struct scenario_step *drawn = vec_at(&run->drawn, next_drawn);
            if (i < scenario->steps_count && drawn->at_ns >= scenario->steps[i].at_ns) {
                break;
            }
            *(struct run_step *)vec_push(&run->steps) = (struct run_step){ drawn, true };
            next_drawn++;
        }
        if (i < scenario->steps_count) {
            *(struct run_step *)vec_push(&run->steps) =
                (struct run_step){ &scenario->steps[i], false };
        }
    }
    env_timer_init(&run->step_timer, run_steps_fire);
    run_steps_arm(run);
}

void
run_steps_fini(struct run *run)
{
    env_timer_cancel(run->env->clock, &run->step_timer);
    for (uint32_t i = 0; i < run->scopes.count; i++) {
        struct run_scope *scope = *(struct run_scope **)vec_at(&run->scopes, i);
        env_timer_cancel(run->env->clock, &scope->timer);
        vec_fini(&scope->scope.nodes);
        vec_fini(&scope->scope.tasks);
    }
}
