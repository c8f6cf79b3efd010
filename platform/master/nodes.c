/*
 * platform/master/nodes.c - agents as the master sees them: they register, beat, fall silent,
 * return.
 */
#include <string.h>

#include "platform/master/master.h"
#include "platform/model/cluster_drain.h"
#include "platform/model/cluster_pulse.h"
#include "platform/model/cluster_reservation.h"
#include "platform/model/cluster_told.h"

#define NODES_OFFER_NS SEC(1) /* source: Mesos allocation_interval */

/* Whether its agent may not have got what it was told last of the task. */
static bool
nodes_is_unheard(const struct cluster_task *task, const struct cluster_node *node)
{
    return task != NULL && task->record.node == node->index + 1 &&
           (task->record.stop == STOP_KILLING ||
            (task->record.state == TASK_STAGING && task->sequence == 0));
}

/* Drops what was heard of meanwhile, and what is named twice: launched and then killed. */
static void
nodes_unheard_trim(struct cluster_node *node)
{
    uint64_t *ids = node->unheard.items;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < node->unheard.count; i++) {
        if (!nodes_is_unheard(cluster_task_find(node->cluster, ids[i]), node)) {
            continue;
        }
        uint32_t before = 0;
        while (before < kept && ids[before] != ids[i]) {
            before++;
        }
        ids[before] = ids[i];
        kept += before == kept;
    }
    node->unheard.count = kept;
    if (kept == 0) { /* mostly so, of many nodes */
        vec_fini(&node->unheard);
    }
}

/* Of a node that came back, what it was told before may be lost too. */
static void
nodes_unheard_fill(struct cluster_node *node)
{
    vec_clear(&node->unheard);
    for (const struct cluster_task *task = node->tasks_first; task != NULL;
         task = task->node_next) {
        if (nodes_is_unheard(task, node)) {
            *(uint64_t *)vec_push(&node->unheard) = task->record.id;
        }
    }
}

/* Launches and kills that nothing has been heard of go again. */
static void
nodes_resend(struct env_timer *timer)
{
    struct cluster_node *node = container_of(timer, struct cluster_node, resend_timer);
    struct cluster *cluster = node->cluster;
    const env_address agent = env_address_of(ENV_PROCESS_AGENT, node->index);
    nodes_unheard_trim(node);
    bool waiting = node->unheard.count > 0;
    for (uint32_t i = 0; i < node->unheard.count; i++) {
        const struct cluster_task *task =
            cluster_task_find(cluster, *(uint64_t *)vec_at(&node->unheard, i));
        if (task->record.stop == STOP_KILLING) {
            const struct msg_kill kill = { .term = cluster->term,
                                           .task = task->record.id,
                                           .grace_ns = task->version->spec->kill_grace_ns };
            cluster_send(cluster, agent, &msg_kill_type, &kill);
        } else {
            const struct msg_launch launch =
                msg_launch_of(cluster->term, &task->record, cluster_task_run(task));
            cluster_send(cluster, agent, &msg_launch_type, &launch);
        }
    }
    for (uint32_t i = 0; i < node->strays.count; i++) {
        const struct msg_kill kill = { .term = cluster->term,
                                       .task = *(uint64_t *)vec_at(&node->strays, i),
                                       .grace_ns = APP_KILL_GRACE_NS };
        cluster_send(cluster, agent, &msg_kill_type, &kill);
        waiting = true;
    }
    for (const struct cluster_reservation *reservation = node->reservations; reservation != NULL;
         reservation = reservation->node_next) {
        if (reservation->record.released) {
            const struct msg_volume_remove remove = { .term = cluster->term,
                                                      .volume = reservation->record.id };
            cluster_send(cluster, agent, &msg_volume_remove_type, &remove);
            waiting = true;
        }
    }
    if (waiting && node->state == NODE_READY) {
        env_timer_start(cluster->env->clock, &node->resend_timer, cluster->config->resend_ns);
    }
}

/*
 * No heartbeat for too long. A running task there may go on running: it is unreachable, not lost.
 */
static void
nodes_silent(struct cluster_node *node)
{
    struct cluster *cluster = node->cluster;
    cluster_node_state(node, NODE_UNREACHABLE, "no heartbeat");
    cluster->wake(cluster); /* who waits for it to stay may have no task there */
    struct cluster_task *next = NULL;
    for (struct cluster_task *task = node->tasks_first; task != NULL; task = next) {
        next = task->node_next;
        const struct app_spec *spec = task->version->spec;
        if (task->record.state != TASK_UNREACHABLE) { /* else since before the master started */
            task->record.unreachable_at_ns = cluster_now(cluster);
            cluster_task_state(task, TASK_UNREACHABLE, "its node is unreachable");
        }
        if (spec->replaces_unreachable && spec->expunge_after_ns == 0) {
            statuses_end(task, TASK_GONE, "its node is unreachable; it is replaced");
        }
    }
}

/* Unreachable tasks past their times are replaced (inactive) and forgotten (expunge). On a machine
 * that is over not even those are waited for that would be waited for as long as it takes. */
static void
nodes_expunge(struct cluster_node *node, int64_t *ret_next_ns)
{
    const int64_t now_ns = cluster_now(node->cluster);
    const bool is_over = node->drain != NULL && node->drain->record.ended == NODE_END_SEEN;
    struct cluster_task *next = NULL;
    for (struct cluster_task *task = node->tasks_first; task != NULL; task = next) {
        next = task->node_next;
        const struct app_spec *spec = task->version->spec;
        if (task->record.state == TASK_UNREACHABLE && is_over) {
            statuses_end(task, TASK_GONE, "its machine has ended");
            continue;
        }
        if (task->record.state != TASK_UNREACHABLE || !spec->replaces_unreachable) {
            continue;
        }
        const int64_t inactive_ns = task->record.unreachable_at_ns + spec->inactive_after_ns;
        const int64_t expunge_ns = task->record.unreachable_at_ns + spec->expunge_after_ns;
        if (now_ns >= expunge_ns) {
            statuses_end(task, TASK_GONE, "its node stayed unreachable");
            continue;
        }
        if (now_ns >= inactive_ns) {
            cluster_task_recount(task); /* it counts as gone from now on */
            cluster_app_dirty(task->app);
        } else {
            *ret_next_ns = int64_min(*ret_next_ns, inactive_ns);
        }
        *ret_next_ns = int64_min(*ret_next_ns, expunge_ns);
    }
}

static void
nodes_timeout(struct env_timer *timer)
{
    struct cluster_node *node = container_of(timer, struct cluster_node, timeout_timer);
    struct cluster *cluster = node->cluster;
    const int64_t now_ns = cluster_now(cluster);
    if (node->state != NODE_UNREACHABLE) {
        /* armed once and looked at when it fires: a heartbeat costs no timer */
        const int64_t due_ns = cluster_node_seen_at_ns(node) + cluster->config->agent_timeout_ns;
        if (now_ns < due_ns) {
            env_timer_start(cluster->env->clock, timer, due_ns - now_ns);
            return;
        }
        nodes_silent(node);
    }
    int64_t next_ns = INT64_MAX;
    nodes_expunge(node, &next_ns);
    if (next_ns != INT64_MAX) {
        env_timer_start(cluster->env->clock, timer, int64_max(next_ns - now_ns, 0));
    }
}

void
nodes_prepare(struct cluster_node *node)
{
    if (node->timeout_timer.fire == NULL) {
        env_timer_init(&node->timeout_timer, nodes_timeout);
        env_timer_init(&node->resend_timer, nodes_resend);
    }
}

void
nodes_await(struct cluster_node *node)
{
    nodes_prepare(node);
    cluster_node_pulse(node)->seen_at_ns = cluster_now(node->cluster);
    env_timer_start(node->cluster->env->clock, &node->timeout_timer,
                    node->cluster->config->agent_timeout_ns);
}

static void
nodes_take_spec(struct cluster_node *node, const struct msg_register *message)
{
    struct cluster *cluster = node->cluster;
    struct node_spec *spec = &node->spec;
    cluster_node_uncount(node);
    *spec = (struct node_spec){
        .index = message->node,
        .ipv4 = message->ipv4,
        .hostname = cluster_node_text(cluster, message->hostname),
        .region = cluster_node_text(cluster, message->region),
        .zone = cluster_node_text(cluster, message->zone),
        .role = cluster_node_text(cluster, message->role),
        .attributes = cluster_node_text(cluster, message->attributes),
        .cpu_milli = message->cpu_milli,
        .gpus = message->gpus < NODE_GPUS_MAX ? message->gpus : NODE_GPUS_MAX,
        .mem_bytes = message->mem_bytes,
        .disk_bytes = message->disk_bytes,
        .port_ranges_count = message->port_ranges_count < NODE_PORT_RANGES_MAX
                                 ? message->port_ranges_count
                                 : NODE_PORT_RANGES_MAX,
    };
    for (uint32_t i = 0; i < spec->port_ranges_count; i++) {
        spec->ports[i] = (struct node_port_range){ .first = message->port_first[i],
                                                   .last = message->port_last[i] };
    }
    node->role = cluster_role_bit(cluster, spec->role);
}

static bool
nodes_agent_has(const struct msg_register *message, uint64_t task)
{
    for (uint32_t i = 0; i < message->tail_len / sizeof(uint64_t); i++) {
        if (message->tail[i] == task) {
            return true;
        }
    }
    return false;
}

/* What the agent has and what the books say are made one. */
static void
nodes_reconcile(struct cluster_node *node, const struct msg_register *message)
{
    struct cluster *cluster = node->cluster;
    struct cluster_task *next = NULL;
    for (struct cluster_task *task = node->tasks_first; task != NULL; task = next) {
        next = task->node_next;
        const bool launch_pending = task->record.state == TASK_STAGING && task->sequence == 0 &&
                                    task->record.stop != STOP_KILLING;
        if (!nodes_agent_has(message, task->record.id) && !launch_pending) {
            statuses_end(task, TASK_LOST, "its agent does not know it");
        }
    }
    vec_clear(&node->strays);
    for (uint32_t i = 0; i < message->tail_len / sizeof(uint64_t); i++) {
        if (cluster_task_find(cluster, message->tail[i]) == NULL) {
            cluster_node_stray(node, message->tail[i]); /* its kill goes out with what is resent */
        }
    }
}

void
nodes_register(struct master *master, const struct msg_register *message)
{
    struct cluster *cluster = &master->cluster;
    if (message->node >= NODE_COUNT_MAX) {
        return; /* no such node can be */
    }
    struct cluster_node *node = cluster_node_get(cluster, message->node);
    const bool is_ready = node->state == NODE_READY;
    if (is_ready && message->incarnation < node->incarnation) {
        return; /* late, of an earlier life */
    }
    const bool is_again = is_ready && message->incarnation == node->incarnation;
    nodes_prepare(node);
    node->incarnation = message->incarnation;
    cluster_node_pulse(node)->seen_at_ns = cluster_now(cluster);
    nodes_take_spec(node, message);
    if (!is_again) { /* else it may have been made before the newest launches */
        nodes_reconcile(node, message);
    }
    if (node->state != NODE_READY) {
        cluster_node_state(node, NODE_READY, "registered");
    } else {
        cluster_node_pulse(node)->incarnation = node->incarnation;
        cluster_node_refresh(node);
        cluster->nodes_generation++; /* its attributes may be others */
    }
    if (!cluster->offer_timer.armed) {
        /* machines that come together are offered together: what waits spreads over all of them */
        env_timer_start(cluster->env->clock, &cluster->offer_timer, NODES_OFFER_NS);
    }
    env_timer_start(cluster->env->clock, &node->timeout_timer, cluster->config->agent_timeout_ns);
    nodes_unheard_fill(node);
    if ((node->unheard.count > 0 || node->strays.count > 0 || node->reservations != NULL) &&
        !node->resend_timer.armed) {
        env_timer_start(cluster->env->clock, &node->resend_timer, 0);
    }
    const struct msg_registered answer = { .term = cluster->term,
                                           .incarnation = message->incarnation,
                                           .known = 1 };
    cluster_send(cluster, env_address_of(ENV_PROCESS_AGENT, node->index), &msg_registered_type,
                 &answer);
}

void
nodes_heartbeat(struct master *master, const struct msg_heartbeat *message)
{
    struct cluster *cluster = &master->cluster;
    if (message->node < cluster->pulses.count) {
        struct cluster_pulse *pulse = vec_at(&cluster->pulses, message->node);
        if (pulse->incarnation == message->incarnation && pulse->incarnation != 0) {
            pulse->seen_at_ns = cluster_now(cluster);
            return;
        }
    }
    if (message->node < NODE_COUNT_MAX) {
        const struct msg_registered answer = { .term = cluster->term,
                                               .incarnation = message->incarnation,
                                               .known = 0 };
        cluster_send(cluster, env_address_of(ENV_PROCESS_AGENT, message->node),
                     &msg_registered_type, &answer);
    }
}
