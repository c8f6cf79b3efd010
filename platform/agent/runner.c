/*
 * platform/agent/runner.c - what an agent asks of its container engine for one task: one operation
 * after the other, each tried again as long as that makes sense.
 *
 * Retries: pull and start only what is worth a retry, AGENT_ATTEMPTS_MAX times; stop and remove for
 *          ever, since a container that we must not leave is there until the engine says otherwise.
 */
#include <string.h>

#include "platform/agent/volumes.h"
#include "platform/base/memory.h"

static void runner_done(struct env_op *op);
static void runner_fire(struct env_timer *timer);

static const struct container_port *
runner_ports(const struct app_spec *app, const struct agent_task *task, struct arena *arena,
             uint32_t *ret_count)
{
    struct container_port *ports = ARENA_ARRAY(arena, struct container_port, app->ports_count);
    for (uint32_t i = 0; i < app->ports_count; i++) {
        const uint16_t host_port = i < task->ports_count ? task->ports[i] : 0;
        const uint16_t container_port = app->ports[i].container_port;
        const bool is_same = app->network == CONTAINER_HOST || container_port == 0;
        ports[i] = (struct container_port){ .container_port = is_same ? host_port : container_port,
                                            .host_port = host_port,
                                            .udp = app->ports[i].udp };
    }
    *ret_count = app->ports_count;
    return ports;
}

/* The parts of the persistent volume get its number. */
static const struct container_volume *
runner_volumes(const struct app_spec *app, uint64_t volume, struct arena *arena)
{
    struct container_volume *volumes =
        ARENA_ARRAY(arena, struct container_volume, app->volumes_count + 1);
    for (uint32_t i = 0; i < app->volumes_count; i++) {
        volumes[i] = app->volumes[i];
        volumes[i].volume = app->volumes[i].part > 0 ? volume : 0;
    }
    return volumes;
}

static void
runner_start(struct agent_act *act)
{
    struct agent_task *task = act->task;
    const struct process *agent = task->agent;
    const struct app_spec *app = task->spec->app;
    struct labels_facts facts = { .task = task->id,
                                  .version = task->version,
                                  .node = agent->node,
                                  .launched_at_ns = task->launched_at_ns,
                                  .volume = volumes_of(agent, task->id),
                                  .run = task->run,
                                  .network = app->network,
                                  .wants_ready = task->wants_ready,
                                  .ports_count = task->ports_count };
    memcpy(facts.ports, task->ports, task->ports_count * sizeof(uint16_t));

    struct arena scratch;
    arena_init(&scratch, agent->env->memory_poison);
    struct container_pair labels[LABELS_COUNT_MAX];
    const uint32_t labels_count = labels_make(&facts, agent->config->run_id, &scratch, labels);
    struct container_spec spec = {
        .token = task->id,
        .image = app->image,
        .shell = app->shell,
        .args = app->args,
        .args_count = app->args_count,
        .labels = labels,
        .labels_count = labels_count,
        .volumes = runner_volumes(app, facts.volume, &scratch),
        .volumes_count = app->volumes_count,
        .network = app->network,
        .cpu_milli = app->cpu_milli,
        .mem_bytes = app->mem_bytes,
        .gpu_mask = task->gpu_mask,
        .gpu_milli = (uint16_t)app->gpu_milli,
        .privileged = app->privileged,
        .user = app->user,
    };
    spec.env = environment_make(app, task, &scratch, &spec.env_count);
    spec.ports = runner_ports(app, task, &scratch, &spec.ports_count);
    act->u.start.spec = &spec;
    task->contained = true;
    env_containers_start(agent->env->containers, &act->u.start);
    act->u.start.spec = NULL; /* was borrowed during the call */
    arena_fini(&scratch);
}

static void
runner_go(struct agent_act *act)
{
    struct agent_task *task = act->task;
    struct env_containers *containers = task->agent->env->containers;
    memset(&act->u, 0, sizeof act->u);
    act->u.op.done = runner_done;
    switch (act->kind) {
    case ACT_PULL:
        act->u.pull.image = task->spec->app->image;
        act->u.pull.force = task->spec->app->force_pull;
        env_containers_pull(containers, &act->u.pull);
        break;
    case ACT_START:
        runner_start(act);
        break;
    case ACT_STOP:
        act->u.stop.token = task->id;
        act->u.stop.grace_ns = task->grace_ns;
        env_containers_stop(containers, &act->u.stop);
        break;
    case ACT_CLEAN:
    case ACT_REMOVE:
        act->u.remove.token = task->id;
        env_containers_remove(containers, &act->u.remove);
        break;
    }
}

/* The operation is over for good: the task may take the next one. */
static void
runner_finish(struct agent_act *act)
{
    ASSERT(!act->timer.armed);
    act->task->act = NULL;
    memory_free(act);
}

static void
runner_succeeded(struct agent_act *act)
{
    struct agent_task *task = act->task;
    const enum act_kind kind = act->kind;
    if (kind == ACT_START && task->network == CONTAINER_OWN_ADDRESS) {
        task->ipv4 = act->u.start.ret_ipv4;
    }
    runner_finish(act);
    switch (kind) {
    case ACT_PULL:
        tasks_step(task, EV_PREPARED);
        break;
    case ACT_START:
        tasks_step(task, EV_STARTED);
        break;
    case ACT_CLEAN:
        task->contained = false;
        tasks_step(task, EV_START_FAILED);
        break;
    case ACT_STOP:
        if (task->state == TASK_KILLING) {
            tasks_set_cause(task, "killed");
        }
        tasks_step(task, EV_STOPPED);
        break;
    case ACT_REMOVE:
        task->contained = false;
        break;
    }
    tasks_settle(task);
}

/* The image may be fine and the container may be there all the same: that is made sure of first. */
static void
runner_clean(struct agent_act *act)
{
    act->kind = ACT_CLEAN;
    act->attempts = 0;
    runner_go(act);
}

static void
runner_failed(struct agent_act *act, enum status status)
{
    struct agent_task *task = act->task;
    const bool is_pull = act->kind == ACT_PULL;
    if (!task_state_is_final(task->state)) {
        tasks_set_cause(task, "%s: %s", is_pull ? "pull" : "start",
                        act->u.op.message[0] != '\0' ? act->u.op.message : status_name(status));
        task->hopeless = is_pull && (status == ST_NOT_FOUND || status == ST_DENIED ||
                                     status == ST_INVALID);
    }
    if (!is_pull && status_is_retryable(status) && !task_state_is_final(task->state)) {
        runner_clean(act);
        return;
    }
    runner_finish(act);
    tasks_step(task, is_pull ? EV_PREPARE_FAILED : EV_START_FAILED);
    tasks_settle(task);
}

/* Whether the task still waits for what this operation is for. */
static bool
runner_is_wanted(const struct agent_act *act)
{
    switch (act->kind) {
    case ACT_PULL:
        return act->task->state == TASK_STAGING;
    case ACT_START:
        return act->task->state == TASK_STARTING;
    case ACT_STOP:
        return act->task->state == TASK_KILLING;
    case ACT_CLEAN:
    case ACT_REMOVE:
        return true;
    }
    return true;
}

static bool
runner_is_over(const struct agent_act *act, enum status status)
{
    switch (act->kind) {
    case ACT_PULL:
    case ACT_START:
        return status == ST_OK;
    case ACT_STOP:
        return status == ST_OK || status == ST_NOT_FOUND || !runner_is_wanted(act);
    case ACT_CLEAN:
    case ACT_REMOVE:
        return status == ST_OK || status == ST_NOT_FOUND;
    }
    return false;
}

static bool
runner_is_retried(const struct agent_act *act, enum status status)
{
    switch (act->kind) {
    case ACT_PULL:
    case ACT_START:
        return status_is_retryable(status) && act->attempts < AGENT_ATTEMPTS_MAX &&
               runner_is_wanted(act);
    case ACT_CLEAN:
    case ACT_STOP:
    case ACT_REMOVE:
        return true;
    }
    return false;
}

static int64_t
runner_delay_ns(const struct agent_act *act)
{
    const uint32_t doublings = act->attempts < 5 ? act->attempts : 5;
    return int64_min(AGENT_BACKOFF_NS << doublings, AGENT_BACKOFF_NS_MAX);
}

static void
runner_done(struct env_op *op)
{
    struct agent_act *act = container_of(op, struct agent_act, u.op);
    const enum status status = op->status;
    if (runner_is_over(act, status)) {
        runner_succeeded(act);
    } else if (runner_is_retried(act, status)) {
        env_timer_start(act->task->agent->env->clock, &act->timer, runner_delay_ns(act));
        act->attempts++;
    } else {
        runner_failed(act, status);
    }
}

static void
runner_fire(struct env_timer *timer)
{
    runner_go(container_of(timer, struct agent_act, timer));
}

void
runner_begin(struct agent_task *task, enum act_kind kind)
{
    ASSERT(task->act == NULL);
    struct agent_act *act = memory_alloc_zero(1, sizeof *act);
    act->task = task;
    act->kind = kind;
    env_timer_init(&act->timer, runner_fire);
    task->act = act;
    runner_go(act);
}

void
runner_hurry(struct agent_task *task)
{
    struct agent_act *act = task->act;
    if (act == NULL || !act->timer.armed || runner_is_wanted(act)) {
        return;
    }
    env_timer_cancel(task->agent->env->clock, &act->timer);
    if (act->kind == ACT_START && task->state == TASK_KILLING) {
        runner_clean(act);
    } else {
        runner_finish(act);
    }
}
