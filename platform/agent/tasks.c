/* platform/agent/tasks.c - the tasks of an agent: steps task_fsm, journals, and acts as it says. */
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "platform/agent/volumes.h"
#include "platform/base/memory.h"

enum { TASKS_CAUSE_BYTES = 96 };

struct agent_task *
tasks_find(struct process *agent, uint64_t id)
{
    return idtable_get(&agent->tasks, id);
}

struct agent_task *
tasks_add(struct process *agent, const struct labels_facts *facts, bool is_recovered)
{
    ASSERT(facts->ports_count <= TASK_PORTS_MAX);
    const size_t ports_bytes = facts->ports_count * sizeof(uint16_t);
    /* the first ports lie in the padding at its end */
    const size_t bytes = offsetof(struct agent_task, ports) + ports_bytes;
    struct agent_task *task = memory_alloc_zero(1, bytes > sizeof *task ? bytes : sizeof *task);
    task->agent = agent;
    task->id = facts->task;
    task->version = facts->version;
    task->run = facts->run;
    task->launched_at_ns = facts->launched_at_ns;
    task->wants_ready = facts->wants_ready;
    task->gpu_mask = facts->gpu_mask;
    task->ports_count = facts->ports_count;
    task->ipv4 = agent->config->node.ipv4;
    task->contained = is_recovered;
    memcpy(task->ports, facts->ports, ports_bytes);
    report_init(task, is_recovered);

    idtable_put(&agent->tasks, task->id, task);
    return task;
}

bool
tasks_has_tomb(const struct process *agent, uint64_t id)
{
    for (uint32_t i = 0; agent->tombs != NULL && i < AGENT_TOMBS_MAX; i++) {
        if (agent->tombs[i] == id) {
            return true;
        }
    }
    return false;
}

void
tasks_bury(struct process *agent, uint64_t id)
{
    if (tasks_has_tomb(agent, id)) {
        return;
    }
    if (agent->tombs == NULL) {
        agent->tombs = memory_alloc_zero(AGENT_TOMBS_MAX, sizeof *agent->tombs);
    }
    agent->tombs[agent->tombs_next] = id;
    agent->tombs_next = (agent->tombs_next + 1) % AGENT_TOMBS_MAX;
}

void
tasks_set_cause(struct agent_task *task, const char *format, ...)
{
    if (task->cause == NULL) {
        task->cause = memory_alloc(TASKS_CAUSE_BYTES);
    }
    va_list args;
    va_start(args, format);
    (void)vsnprintf(task->cause, TASKS_CAUSE_BYTES, format, args);
    va_end(args);
}

static void
tasks_journal(const struct agent_task *task, enum task_state old)
{
    const struct process *agent = task->agent;
    const bool is_known = task->spec != NULL && task->spec->app != NULL;
    const struct env_event event = {
        .kind = ENV_EVENT_AGENT_TASK,
        .old_state = (int32_t)old,
        .new_state = (int32_t)task->state,
        .node = agent->node + 1,
        .task = task->id,
        .version = task->version,
        .app = is_known ? task->spec->app->id : "",
        .text = task->cause != NULL ? task->cause : "",
    };
    env_journal_write(agent->env->journal, &event);
}

/* The definition is known. True when there is nothing to pull. */
static bool
tasks_prepare(struct agent_task *task)
{
    task->network = task->spec->app->network;
    if (task->spec->app->image[0] == '\0') {
        return true;
    }
    runner_begin(task, ACT_PULL);
    return false;
}

static void
tasks_watch(struct agent_task *task)
{
    task->running_at_ns = env_clock_now(task->agent->env->clock);
    if (task->withheld) {
        task->running_at_ns = int64_min(task->launched_at_ns, task->running_at_ns);
    }
    if (task->spec == NULL) {
        task->spec = specs_take(task);
    }
    if (task->spec->app != NULL) {
        checks_start(task);
    }
    report_changed(task);
}

/* Performs what was decided. True when *ret_next happened at once. */
static bool
tasks_act(struct agent_task *task, enum task_action action, enum task_event *ret_next)
{
    switch (action) {
    case DO_COUNT_STRAY:
        task->agent->strays_count++;
        break;
    case DO_PREPARE:
        task->spec = specs_take(task);
        *ret_next = EV_PREPARED;
        return task->spec->app != NULL && tasks_prepare(task);
    case DO_START:
        runner_begin(task, ACT_START);
        break;
    case DO_WATCH:
        tasks_watch(task);
        break;
    case DO_STOP:
        checks_stop(task);
        runner_begin(task, ACT_STOP);
        break;
    case DO_WAIT:
        runner_hurry(task);
        break;
    case DO_REPORT:
        checks_stop(task);
        runner_hurry(task);
        task->withheld = false;
        report_changed(task);
        break;
    }
    return false;
}

void
tasks_step(struct agent_task *task, enum task_event event)
{
    bool more = true;
    for (uint32_t round = 0; more; round++) {
        ASSERT(round < 2); /* only EV_LAUNCH is followed by EV_PREPARED at once */
        const struct task_step step = task_fsm_step(task->state, event);
        const enum task_state old = task->state;
        task->state = step.next;
        if (step.action != DO_COUNT_STRAY) {
            tasks_journal(task, old);
        }
        more = tasks_act(task, step.action, &event);
    }
}

void
tasks_ended(struct agent_task *task, int32_t exit_code, bool out_of_memory)
{
    if (task_state_is_final(task->state)) {
        return; /* heard of twice */
    }
    task->exit_code = exit_code;
    if (task->state == TASK_KILLING) {
        tasks_set_cause(task, "killed");
    } else if (out_of_memory) {
        tasks_set_cause(task, "out of memory");
    } else {
        tasks_set_cause(task, "exit code %d", (int)exit_code);
    }
    tasks_step(task, exit_code == 0 && !out_of_memory ? EV_EXITED : EV_CRASHED);
}

void
tasks_spec_known(struct agent_task *task)
{
    if (task->state == TASK_STAGING && task->act == NULL) {
        if (tasks_prepare(task)) {
            tasks_step(task, EV_PREPARED);
        }
    } else if (task->state == TASK_RUNNING && task->checks == NULL) {
        checks_start(task);
    }
}

void
tasks_spec_unreadable(struct agent_task *task)
{
    if (task->state == TASK_STAGING) {
        tasks_set_cause(task, "the definition of version %" PRIu64 " cannot be read",
                        task->version);
        tasks_step(task, EV_PREPARE_FAILED);
    } else if (task->withheld) {
        task->withheld = false;
        report_changed(task);
    }
}

void
tasks_retire(struct agent_task *task)
{
    ASSERT(task_state_is_final(task->state));
    task->retired = true;
    if (task->spec != NULL) {
        specs_give(task->spec);
        task->spec = NULL;
    }
    tasks_settle(task);
}

void
tasks_settle(struct agent_task *task)
{
    if (!task->retired || task->act != NULL || task->checks != NULL) {
        return;
    }
    if (task->contained) {
        runner_begin(task, ACT_REMOVE);
        return;
    }
    struct process *agent = task->agent;
    volumes_give(agent, task->id);
    tasks_bury(agent, task->id);
    idtable_remove(&agent->tasks, task->id);
    report_drop(task);
    tasks_free(task);
}

void
tasks_free(struct agent_task *task)
{
    memory_free(task->act);
    memory_free(task->checks);
    memory_free(task->cause);
    memory_free(task->report);
    memory_free(task);
}
