/*
 * platform/agent/checks.c - asks a running task for its health, and for its readiness until it is
 * ready; health.c says what the answers mean.
 *
 * A check is asked each interval; one that has not answered when its turn comes again misses it.
 * Nothing is journaled here: the master's judgement, which these reports feed, is the one that
 * counts.
 */
#include "platform/agent/agent.h"
#include "platform/base/memory.h"

/* Limits of ours: no check is asked more often, or waited for less. */
#define CHECKS_INTERVAL_NS_MIN SEC(1)
#define CHECKS_TIMEOUT_NS_MIN  MS(1)

static const struct app_spec *
checks_app(const struct agent_task *task)
{
    ASSERT(task->spec != NULL && task->spec->app != NULL);
    return task->spec->app;
}

static bool
checks_is_readiness(const struct agent_check *check)
{
    return check->index == checks_app(check->task)->health_checks_count;
}

/* Where a port of the task answers; 0 when that port is nowhere. */
static uint16_t
checks_port(const struct agent_task *task, uint32_t port_index)
{
    const struct app_spec *app = checks_app(task);
    const uint16_t host_port = port_index < task->ports_count ? task->ports[port_index] : 0;
    if (app->network == CONTAINER_OWN_ADDRESS && port_index < app->ports_count &&
        app->ports[port_index].container_port > 0) {
        return app->ports[port_index].container_port;
    }
    return host_port;
}

static void
checks_fill_health(struct agent_check *check)
{
    const struct app_health_check *health = &checks_app(check->task)->health_checks[check->index];
    check->ask.kind = health->kind;
    check->ask.path = health->path;
    check->ask.shell = health->shell;
    check->ask.timeout_ns = health->timeout_ns;
    check->ask.port = health->port > 0 ? health->port
                                       : checks_port(check->task, health->port_index);
}

static void
checks_fill_readiness(struct agent_check *check)
{
    const struct app_readiness_check *readiness = checks_app(check->task)->readiness;
    check->ask.kind = readiness->kind;
    check->ask.path = readiness->path;
    check->ask.timeout_ns = readiness->timeout_ns;
    check->ask.port = checks_port(check->task, readiness->port_index);
}

static enum task_health
checks_health(const struct agent_task *task)
{
    enum task_health health = HEALTH_GOOD;
    for (uint32_t i = 0; i < checks_app(task)->health_checks_count; i++) {
        health = health_join(health, &task->checks->items[i].count);
    }
    return health;
}

static bool
checks_all_answered(const struct agent_task *task)
{
    for (uint32_t i = 0; i < task->checks->count; i++) {
        if (!task->checks->items[i].answered) {
            return false;
        }
    }
    return true;
}

/* Tells the master when something it acts upon is different from before. */
static void
checks_conclude(struct agent_task *task, enum task_health old_health, bool changed)
{
    if (task->withheld && checks_all_answered(task)) {
        task->withheld = false;
        changed = true;
    }
    if (changed || task->health != old_health) {
        report_changed(task);
    }
}

static void
checks_answer_health(struct agent_check *check, enum status status)
{
    struct agent_task *task = check->task;
    const struct app_health_check *health = &checks_app(task)->health_checks[check->index];
    const enum task_health old_health = task->health;
    const int64_t age_ns = env_clock_now(task->agent->env->clock) - task->running_at_ns;
    const enum health_answer answer = health_judge(health, status, check->ask.ret_http_code,
                                                   check->ask.ret_exit_code);
    const bool kill = health_note(&check->count, health, answer, age_ns);
    const bool changed = kill && !task->kill_wanted;
    if (changed) {
        task->kill_wanted = true;
        tasks_set_cause(task, "failed %u health checks in a row",
                        (unsigned)check->count.failures);
    }
    task->health = checks_health(task);
    checks_conclude(task, old_health, changed);
}

static void
checks_answer_readiness(struct agent_check *check, enum status status)
{
    struct agent_task *task = check->task;
    const bool is_ready = !task->ready && health_is_ready(checks_app(task)->readiness, status,
                                                          check->ask.ret_http_code);
    if (is_ready) {
        task->ready = true;
        env_timer_cancel(task->agent->env->clock, &check->timer);
    }
    checks_conclude(task, task->health, is_ready);
}

static void
checks_free(struct agent_task *task)
{
    memory_free(task->checks);
    task->checks = NULL;
}

static void
checks_answer(struct agent_check *check, enum status status)
{
    check->answered = true;
    if (checks_is_readiness(check)) {
        checks_answer_readiness(check, status);
    } else {
        checks_answer_health(check, status);
    }
}

static struct agent_checks *
checks_of(struct agent_check *check)
{
    return container_of(check - check->index, struct agent_checks, items[0]);
}

/* It has passed as it did the last time: nothing of the task changes, and nothing of it need be
 * looked at. A readiness check never gets alive. */
static bool
checks_passed_again(const struct agent_check *check, enum status status)
{
    const int32_t code = check->ask.ret_http_code;
    if (status != ST_OK || !check->answered || !check->count.alive || check->count.failures > 0) {
        return false;
    }
    switch (check->ask.kind) {
    case ENV_PROBE_HTTP:
    case ENV_PROBE_HTTPS:
        return code >= 200 && code < 400;
    case ENV_PROBE_TCP:
        return true;
    case ENV_PROBE_COMMAND:
        return check->ask.ret_exit_code == 0;
    }
    return false;
}

static void
checks_done(struct env_op *op)
{
    struct agent_check *check = container_of(op, struct agent_check, ask.op);
    struct agent_checks *checks = checks_of(check);
    struct agent_task *task = check->task;
    ASSERT(checks->asking_count > 0);
    checks->asking_count--;
    if (!check->stopped) {
        if (!checks_passed_again(check, op->status)) {
            checks_answer(check, op->status);
        }
    } else if (checks->asking_count == 0) {
        checks_free(task);
        tasks_settle(task);
    }
}

static void
checks_fire(struct env_timer *timer)
{
    struct agent_check *check = container_of(timer, struct agent_check, timer);
    if (env_op_is_pending(&check->ask.op)) {
        return;
    }
    if (check->ask.port == 0 && check->ask.kind != ENV_PROBE_COMMAND) {
        checks_answer(check, ST_INVALID); /* a port that is mapped nowhere answers nobody */
        return;
    }
    struct agent_checks *checks = checks_of(check);
    checks->asking_count++;
    env_probe_ask(checks->probe, &check->ask);
    check->timer.near = check->ask.ret_near;
}

static void
checks_begin(struct agent_check *check, struct agent_task *task, uint32_t index)
{
    const struct app_spec *app = checks_app(task);
    check->task = task;
    check->index = index;
    check->ask.op.done = checks_done;
    check->ask.token = task->id;
    check->ask.ipv4 = task->ipv4;
    env_timer_init(&check->timer, checks_fire);
    const bool is_readiness = index == app->health_checks_count;
    int64_t delay_ns = 0;
    int64_t interval_ns;
    if (is_readiness) {
        checks_fill_readiness(check);
        interval_ns = app->readiness->interval_ns;
    } else {
        checks_fill_health(check);
        delay_ns = health_first_delay_ns(&app->health_checks[index]);
        interval_ns = app->health_checks[index].interval_ns;
    }
    check->ask.timeout_ns = int64_max(check->ask.timeout_ns, CHECKS_TIMEOUT_NS_MIN);
    env_timer_every(task->agent->env->clock, &check->timer, delay_ns,
                    int64_max(interval_ns, CHECKS_INTERVAL_NS_MIN));
}

void
checks_start(struct agent_task *task)
{
    ASSERT(task->checks == NULL);
    const struct app_spec *app = checks_app(task);
    const bool asks_ready = task->wants_ready && app->readiness != NULL;
    const uint32_t count = app->health_checks_count + (asks_ready ? 1 : 0);
    task->ready = !asks_ready;
    if (count > 0) {
        task->checks = memory_alloc_zero(1, sizeof *task->checks +
                                                count * sizeof(struct agent_check));
        task->checks->probe = task->agent->env->probe;
        task->checks->count = count;
        for (uint32_t i = 0; i < count; i++) {
            checks_begin(&task->checks->items[i], task, i);
        }
    }
    if (app->health_checks_count == 0) {
        task->health = HEALTH_GOOD; /* as soon as it runs */
    }
    if (task->withheld && count == 0) {
        task->withheld = false;
        report_changed(task);
    }
}

void
checks_stop(struct agent_task *task)
{
    if (task->checks == NULL || task->checks->items[0].stopped) {
        return;
    }
    for (uint32_t i = 0; i < task->checks->count; i++) {
        env_timer_cancel(task->agent->env->clock, &task->checks->items[i].timer);
        task->checks->items[i].stopped = true;
    }
    if (task->checks->asking_count == 0) {
        checks_free(task);
    }
}
