/*
 * platform/agent/recover.c - an agent that starts finds the containers of its earlier life by their
 * labels: what runs is adopted, what has ended is reported, what was only created is started again
 * under the same token.
 */
#include "platform/agent/volumes.h"
#include "platform/base/memory.h"

enum recover_kind { RECOVER_CREATED, RECOVER_RUNNING, RECOVER_ENDED };

/* One container of ours. */
struct recover_found {
    struct labels_facts facts;
    enum recover_kind   kind;
    uint32_t            ipv4; /* its own address, 0: none */
    int32_t             exit_code;
    bool                out_of_memory;
};

struct agent_recovery {
    struct env_containers_list list;
    struct process            *agent; /* borrowed */
    int64_t                    retry_ns;
    struct vec                 found; /* struct recover_found */
    struct vec                 exits; /* struct recover_found: exits heard of while listing */
    uint32_t                   unreadable_count;
};

static void
recover_row(struct env_containers_list *list, const struct container_info *info)
{
    struct agent_recovery *recovery = container_of(list, struct agent_recovery, list);
    struct labels_facts facts;
    const enum status status = labels_read(info->labels, info->labels_count,
                                           recovery->agent->config->run_id, &facts);
    if (status == ST_INVALID) {
        recovery->unreadable_count++;
    }
    if (status != ST_OK || facts.node != recovery->agent->node) {
        return;
    }
    struct recover_found *found = vec_push(&recovery->found);
    *found = (struct recover_found){ .facts = facts,
                                     .ipv4 = info->ipv4,
                                     .exit_code = info->exit_code,
                                     .out_of_memory = info->out_of_memory };
    switch (info->state) {
    case CONTAINER_CREATED:
        found->kind = RECOVER_CREATED;
        break;
    case CONTAINER_RUNNING:
        found->kind = RECOVER_RUNNING;
        break;
    case CONTAINER_EXITED:
        found->kind = RECOVER_ENDED;
        break;
    }
}

static void
recover_take(struct process *agent, const struct recover_found *found)
{
    struct agent_task *task = tasks_add(agent, &found->facts, true);
    if (found->facts.volume > 0) {
        volumes_take(agent, found->facts.volume, task->id);
    }
    task->network = found->facts.network;
    task->ipv4 = found->facts.network == CONTAINER_OWN_ADDRESS ? found->ipv4
                                                               : agent->config->node.ipv4;
    switch (found->kind) {
    case RECOVER_CREATED:
        tasks_step(task, EV_LAUNCH);
        break;
    case RECOVER_RUNNING:
        task->withheld = true;
        tasks_step(task, EV_ADOPT);
        break;
    case RECOVER_ENDED:
        tasks_ended(task, found->exit_code, found->out_of_memory);
        break;
    }
}

static void
recover_warn_unreadable(struct process *agent)
{
    const struct env_event event = { .kind = ENV_EVENT_WARNING,
                                     .old_state = -1,
                                     .new_state = -1,
                                     .node = agent->node + 1,
                                     .app = "",
                                     .text = "containers of this run carry labels that cannot be "
                                             "read or name another's task; they are left alone" };
    env_journal_write(agent->env->journal, &event);
}

static void
recover_done(struct env_op *op)
{
    struct agent_recovery *recovery = container_of(op, struct agent_recovery, list.op);
    struct process *agent = recovery->agent;
    if (op->status != ST_OK) {
        vec_clear(&recovery->found);
        env_timer_start(agent->env->clock, &agent->beat, recovery->retry_ns);
        recovery->retry_ns = int64_min(recovery->retry_ns * 2, AGENT_BACKOFF_NS_MAX);
        return;
    }
    agent->recovery = NULL;
    for (uint32_t i = 0; i < recovery->found.count && i < AGENT_TASKS_MAX; i++) {
        const struct recover_found *found = vec_at(&recovery->found, i);
        if (tasks_find(agent, found->facts.task) != NULL) {
            recovery->unreadable_count++; /* a second container says that it is the same task */
            continue;
        }
        recover_take(agent, found);
    }
    if (recovery->unreadable_count > 0) {
        recover_warn_unreadable(agent);
    }
    for (uint32_t i = 0; i < recovery->exits.count; i++) {
        const struct recover_found *exit = vec_at(&recovery->exits, i);
        struct agent_task *task = tasks_find(agent, exit->facts.task);
        if (task != NULL) {
            tasks_ended(task, exit->exit_code, exit->out_of_memory);
        }
    }
    vec_fini(&recovery->found);
    vec_fini(&recovery->exits);
    memory_free(recovery);
    agent_ready(agent);
}

void
recover_begin(struct process *agent)
{
    struct agent_recovery *recovery = memory_alloc_zero(1, sizeof *recovery);
    recovery->agent = agent;
    recovery->retry_ns = AGENT_BACKOFF_NS;
    recovery->list.op.done = recover_done;
    recovery->list.row = recover_row;
    recovery->list.label_key = AGENT_CONTAINER_LABEL;
    vec_init(&recovery->found, sizeof(struct recover_found));
    vec_init(&recovery->exits, sizeof(struct recover_found));
    agent->recovery = recovery;
    env_containers_list(agent->env->containers, &recovery->list);
}

void
recover_retry(struct process *agent)
{
    env_containers_list(agent->env->containers, &agent->recovery->list);
}

void
recover_note_exit(struct process *agent, uint64_t token, int32_t exit_code, bool out_of_memory)
{
    struct recover_found *exit = vec_push(&agent->recovery->exits);
    exit->facts.task = token;
    exit->exit_code = exit_code;
    exit->out_of_memory = out_of_memory;
}

void
recover_drop(struct process *agent)
{
    if (agent->recovery != NULL) {
        vec_fini(&agent->recovery->found);
        vec_fini(&agent->recovery->exits);
        memory_free(agent->recovery);
        agent->recovery = NULL;
    }
}
