/*
 * platform/agent/report.c - status updates: the newest state of a task, sent again with growing
 * delays until the master has acknowledged it.
 *
 * Sequence: grows with every update of a task, also across lives of the agent: an adopted task goes
 *           on from the time since its launch in units of 10 ms, which is more than it can have
 *           used.
 */
#include <stdio.h>

#include "platform/agent/agent.h"
#include "platform/base/memory.h"

#define REPORT_SEQUENCE_UNIT_NS MS(10)

static void
report_send(const struct agent_task *task)
{
    struct msg_status message = {
        .task = task->id,
        .version = task->version,
        .node = task->agent->node,
        .sequence = task->sequence,
        .ipv4 = task->ipv4,
        .exit_code = task->exit_code,
        .state = (uint8_t)task->state,
        .health = (uint8_t)task->health,
        .ready = task->ready,
        .kill_wanted = task->kill_wanted,
        .hopeless = task->hopeless,
    };
    for (uint32_t i = 0; task->checks != NULL && i < task->checks->count; i++) {
        const uint32_t failures = task->checks->items[i].count.failures;
        message.failures = failures > message.failures ? failures : message.failures;
    }
    if (task->cause != NULL) {
        (void)snprintf(message.cause, sizeof message.cause, "%s", task->cause);
    }
    agent_send(task->agent, &msg_status_type, &message);
}

static void
report_fire(struct env_timer *timer)
{
    struct agent_report *report = container_of(timer, struct agent_report, timer);
    struct agent_task *task = report->task;
    struct process *agent = task->agent;
    if (!agent->registered) {
        return; /* everything is sent again once the master knows us */
    }
    report_send(task);
    env_timer_start(agent->env->clock, &report->timer, report->resend_ns);
    report->resend_ns = int64_min(report->resend_ns * 2, agent->config->status_resend_max_ns);
}

void
report_init(struct agent_task *task, bool is_recovered)
{
    if (is_recovered) { /* it may have been reported in an earlier life */
        const int64_t now_ns = env_clock_now(task->agent->env->clock);
        const int64_t age_ns = int64_max(now_ns - task->launched_at_ns, 0);
        task->sequence = (uint32_t)int64_min(age_ns / REPORT_SEQUENCE_UNIT_NS, UINT32_MAX / 2);
    }
}

void
report_drop(struct agent_task *task)
{
    if (task->report != NULL) {
        env_timer_cancel(task->agent->env->clock, &task->report->timer);
        memory_free(task->report);
        task->report = NULL;
    }
}

static void
report_begin(struct agent_task *task)
{
    struct process *agent = task->agent;
    task->sequence++;
    task->acked = false;
    if (!agent->registered) {
        return;
    }
    report_send(task);
    if (task->report == NULL) {
        task->report = memory_alloc_zero(1, sizeof *task->report);
        task->report->task = task;
        env_timer_init(&task->report->timer, report_fire);
    }
    env_timer_start(agent->env->clock, &task->report->timer, agent->config->status_resend_ns);
    task->report->resend_ns = int64_min(agent->config->status_resend_ns * 2,
                                        agent->config->status_resend_max_ns);
}

void
report_changed(struct agent_task *task)
{
    if (task->retired) {
        report_send(task);
    } else if (!task->withheld) {
        report_begin(task);
    }
}

void
report_all(struct process *agent)
{
    for (uint32_t i = 0; i < agent->tasks.count; i++) {
        struct agent_task *task = agent->tasks.entries[i].item;
        if (!task->retired) {
            report_changed(task);
        }
    }
}

void
report_acked(struct agent_task *task, uint32_t sequence)
{
    if (task->acked || task->retired || sequence != task->sequence) {
        return;
    }
    task->acked = true;
    report_drop(task);
    if (task_state_is_final(task->state)) {
        tasks_retire(task);
    }
}

void
report_once(struct process *agent, uint64_t task, uint64_t version, enum task_state state,
            const char *cause)
{
    struct msg_status message = { .task = task,
                                  .version = version,
                                  .node = agent->node,
                                  .sequence = 1,
                                  .ipv4 = agent->config->node.ipv4,
                                  .state = (uint8_t)state };
    (void)snprintf(message.cause, sizeof message.cause, "%s", cause);
    agent_send(agent, &msg_status_type, &message);
}
