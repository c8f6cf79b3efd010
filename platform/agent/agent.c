/*
 * platform/agent/agent.c - the process on every node: introduces itself to the master, says that it
 * lives, and hands each message to the file it is for.
 *
 * Order of a life: the engine is asked for containers of an earlier life (recover.c), then the net
 * is listened to, then REGISTER goes out until the master knows this incarnation, then HEARTBEAT.
 */
#include "platform/agent/agent.h"

#include <string.h>

#include "platform/agent/volumes.h"
#include "platform/base/memory.h"
#include "platform/base/text.h"

void
agent_send(struct process *agent, const struct record_type *type, const void *record)
{
    env_net_send(agent->env->net, agent->master, type, record);
}

/* Task ids that the master must still hear of, or still owns. */
static uint32_t
agent_task_ids(const struct process *agent, uint64_t *ids)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < agent->tasks.count; i++) {
        const struct agent_task *task = agent->tasks.entries[i].item;
        if (!task->retired) {
            if (ids != NULL) {
                ids[count] = task->id;
            }
            count++;
        }
    }
    return count;
}

static void
agent_register(struct process *agent)
{
    const struct node_spec *node = &agent->config->node;
    const uint32_t ids_bytes = agent_task_ids(agent, NULL) * (uint32_t)sizeof(uint64_t);
    struct msg_register *message = memory_alloc_zero(1, sizeof *message + ids_bytes);
    *message = (struct msg_register){
        .incarnation = agent->incarnation,
        .node = node->index,
        .ipv4 = node->ipv4,
        .cpu_milli = node->cpu_milli,
        .gpus = node->gpus,
        .mem_bytes = node->mem_bytes,
        .disk_bytes = node->disk_bytes,
        .port_ranges_count = node->port_ranges_count,
        .tail_len = ids_bytes,
    };
    text_copy(message->hostname, sizeof message->hostname, node->hostname);
    text_copy(message->region, sizeof message->region, node->region);
    text_copy(message->zone, sizeof message->zone, node->zone);
    text_copy(message->role, sizeof message->role, node->role);
    text_copy(message->attributes, sizeof message->attributes, node->attributes);
    for (uint32_t i = 0; i < node->port_ranges_count; i++) {
        message->port_first[i] = node->ports[i].first;
        message->port_last[i] = node->ports[i].last;
    }
    (void)agent_task_ids(agent, message->tail);
    agent_send(agent, &msg_register_type, message);
    memory_free(message);
}

static void
agent_introduce(struct process *agent)
{
    agent->registered = false;
    agent_register(agent);
    env_timer_every(agent->env->clock, &agent->beat, AGENT_REGISTER_NS, AGENT_REGISTER_NS);
}

static void
agent_beat(struct env_timer *timer)
{
    struct process *agent = container_of(timer, struct process, beat);
    if (agent->recovery != NULL) {
        recover_retry(agent);
        return;
    }
    if (!agent->registered) {
        agent_register(agent);
        return;
    }
    const struct msg_heartbeat message = { .incarnation = agent->incarnation,
                                           .node = agent->node };
    agent_send(agent, &msg_heartbeat_type, &message);
    volumes_beat(agent);
}

static void
agent_on_registered(struct process *agent, const struct msg_registered *message)
{
    if (message->incarnation != agent->incarnation) {
        return; /* meant for an earlier life */
    }
    if (message->known == 0) {
        if (agent->registered) { /* else REGISTER is on its way already */
            agent_introduce(agent);
        }
        return;
    }
    if (!agent->registered) {
        agent->registered = true;
        env_timer_every(agent->env->clock, &agent->beat, agent->config->heartbeat_ns,
                        agent->config->heartbeat_ns);
        report_all(agent);
    }
}

static void
agent_refuse(struct process *agent, const struct msg_launch *message, enum task_state state,
             const char *cause)
{
    tasks_bury(agent, message->task);
    report_once(agent, message->task, message->version, state, cause);
}

static void
agent_on_launch(struct process *agent, const struct msg_launch *message)
{
    struct agent_task *task = tasks_find(agent, message->task);
    if (task != NULL) {
        task->withheld = false;
        report_changed(task); /* asked again: it has not heard of us */
        return;
    }
    if (message->task == 0 || message->ports_count > TASK_PORTS_MAX) {
        return; /* no master sends that */
    }
    if (tasks_has_tomb(agent, message->task)) {
        report_once(agent, message->task, message->version, TASK_LOST, "has ended here before");
        return;
    }
    if (agent->tasks.count >= AGENT_TASKS_MAX) {
        agent_refuse(agent, message, TASK_FAILED, "the agent has as many tasks as it can hold");
        return;
    }
    struct labels_facts facts = { .task = message->task,
                                  .version = message->version,
                                  .node = agent->node,
                                  .run = message->run,
                                  .launched_at_ns = env_clock_now(agent->env->clock),
                                  .wants_ready = message->wants_ready != 0,
                                  .gpu_mask = message->gpu_mask,
                                  .ports_count = message->ports_count };
    memcpy(facts.ports, message->ports, sizeof facts.ports);
    if (message->volume > 0) {
        volumes_take(agent, message->volume, message->task);
    }
    tasks_step(tasks_add(agent, &facts, false), EV_LAUNCH);
}

static void
agent_on_kill(struct process *agent, const struct msg_kill *message)
{
    struct agent_task *task = tasks_find(agent, message->task);
    if (task == NULL) {
        tasks_bury(agent, message->task); /* its LAUNCH may still be on the way */
        report_once(agent, message->task, 0, TASK_LOST, "not known to the agent");
        return;
    }
    if (task->state == TASK_KILLING || task_state_is_final(task->state)) {
        report_changed(task);
        return;
    }
    task->grace_ns = int64_max(message->grace_ns, 0);
    tasks_step(task, EV_KILL);
}

static void
agent_on_status_ack(struct process *agent, const struct msg_status_ack *message)
{
    struct agent_task *task = tasks_find(agent, message->task);
    if (task != NULL) {
        report_acked(task, message->sequence);
    }
}

/* False when the message is from a master that has been replaced. */
static bool
agent_term_is_current(struct process *agent, uint64_t term)
{
    if (term < agent->term) {
        return false;
    }
    agent->term = term;
    return true;
}

static void
agent_receive(struct env_receiver *receiver, env_address from, const struct record_type *type,
              const void *record)
{
    struct process *agent = container_of(receiver, struct process, receiver);
    if (env_address_kind(from) != ENV_PROCESS_MASTER) {
        return;
    }
    if (type == &msg_launch_type) {
        const struct msg_launch *message = record;
        if (agent_term_is_current(agent, message->term)) {
            agent_on_launch(agent, message);
        }
    } else if (type == &msg_kill_type) {
        const struct msg_kill *message = record;
        if (agent_term_is_current(agent, message->term)) {
            agent_on_kill(agent, message);
        }
    } else if (type == &msg_status_ack_type) {
        const struct msg_status_ack *message = record;
        if (agent_term_is_current(agent, message->term)) {
            agent_on_status_ack(agent, message);
        }
    } else if (type == &msg_registered_type) {
        const struct msg_registered *message = record;
        if (agent_term_is_current(agent, message->term)) {
            agent_on_registered(agent, message);
        }
    } else if (type == &msg_volume_remove_type) {
        const struct msg_volume_remove *message = record;
        if (agent_term_is_current(agent, message->term)) {
            volumes_unwanted(agent, message->volume);
        }
    } else if (type == &msg_spec_type) {
        const struct msg_spec *message = record;
        if (agent_term_is_current(agent, message->term)) {
            specs_received(agent, message);
        }
    }
}

static void
agent_container_exited(struct env_containers_listener *listener, uint64_t token, int32_t exit_code,
                       bool out_of_memory)
{
    struct process *agent = container_of(listener, struct process, listener);
    struct agent_task *task = tasks_find(agent, token);
    if (agent->recovery != NULL) {
        recover_note_exit(agent, token, exit_code, out_of_memory);
    } else if (task != NULL) {
        tasks_ended(task, exit_code, out_of_memory);
    }
}

void
agent_ready(struct process *agent)
{
    ASSERT(agent->recovery == NULL);
    env_net_listen(agent->env->net, &agent->receiver);
    agent_introduce(agent);
    volumes_begin(agent);
}

static struct process *
agent_open(struct env *env, const void *config)
{
    const struct agent_config *given = config;
    ASSERT(given->heartbeat_ns > 0);
    ASSERT(given->status_resend_ns > 0 && given->status_resend_max_ns >= given->status_resend_ns);
    ASSERT(given->node.port_ranges_count <= NODE_PORT_RANGES_MAX);

    struct process *agent = memory_alloc_zero(1, sizeof *agent);
    agent->env = env;
    agent->config = given;
    agent->master = given->master;
    agent->node = given->node.index;
    agent->incarnation = (uint64_t)env_clock_now(env->clock);
    agent->receiver.receive = agent_receive;
    agent->listener.exited = agent_container_exited;
    env_timer_init(&agent->beat, agent_beat);
    vec_init(&agent->specs, sizeof(struct agent_spec *));

    env_containers_listen(env->containers, &agent->listener);
    recover_begin(agent);
    return agent;
}

static void
agent_close(struct process *agent)
{
    recover_drop(agent);
    volumes_drop(agent);
    for (uint32_t i = 0; i < agent->tasks.count; i++) {
        tasks_free(agent->tasks.entries[i].item);
    }
    for (uint32_t i = 0; i < agent->specs.count; i++) {
        specs_free(*(struct agent_spec **)vec_at(&agent->specs, i));
    }
    idtable_fini(&agent->tasks);
    vec_fini(&agent->specs);
    memory_free(agent->tombs);
    memory_free(agent);
}

const struct process_kind agent_process = {
    .name = "agent",
    .open = agent_open,
    .close = agent_close,
};
