/*
 * platform/master/statuses.c - what agents say of tasks goes into the books, and is acknowledged.
 */
#include <string.h>

#include "platform/master/master.h"
#include "platform/model/backoff.h"
#include "platform/model/cluster_told.h"

static void
statuses_acknowledge(struct cluster *cluster, const struct msg_status *status)
{
    const struct msg_status_ack ack = { .term = cluster->term,
                                        .task = status->task,
                                        .sequence = status->sequence };
    cluster_send(cluster, env_address_of(ENV_PROCESS_AGENT, status->node), &msg_status_ack_type,
                 &ack);
}

void
statuses_end(struct cluster_task *task, enum task_state state, const char *cause)
{
    struct cluster_app *app = task->app;
    const bool asked = task->record.stop != STOP_NONE;
    const bool drained = asked && (task->record.stop_cause == STOP_EVACUATED ||
                                   task->record.stop_cause == STOP_DEADLINE);
    /* an older one's failures say nothing of it */
    const bool wanted = task->version == app->version;
    ASSERT(task_state_is_final(state));
    cluster_task_state(task, state, cause);
    const bool runs_once = task->version->spec->runs_once;
    if (runs_once) {
        cluster_run_ended(task);
    }
    cluster_task_forget(task);
    if (runs_once) {
        return; /* the end of a run holds up no other */
    }
    if (!asked && wanted && (state == TASK_FAILED || state == TASK_FINISHED)) {
        backoff_failed(app);
    } else if (wanted && drained && state == TASK_KILLED) {
        backoff_drained(app);
    }
}

/* The judgement that observers, deployments and routes share. */
static void
statuses_health(struct cluster_task *task, bool was_healthy, uint32_t failures)
{
    const bool healthy = cluster_task_is_healthy(task);
    if (healthy == was_healthy || task->record.stop != STOP_NONE) {
        return;
    }
    cluster_journal(task->app->cluster, &(struct env_event){ .kind = ENV_EVENT_HEALTH,
                                                             .old_state = was_healthy ? 1 : 0,
                                                             .new_state = healthy ? 1 : 0,
                                                             .node = task->record.node,
                                                             .task = task->record.id,
                                                             .version = task->record.version,
                                                             .value = failures,
                                                             .app = task->app->id });
}

static void
statuses_ready(struct cluster_task *task, const struct msg_status *status)
{
    if (status->ready && !task->record.ready) {
        task->record.ready = 1;
        cluster_journal(task->app->cluster, &(struct env_event){ .kind = ENV_EVENT_READY,
                                                                 .old_state = 0,
                                                                 .new_state = 1,
                                                                 .node = task->record.node,
                                                                 .task = task->record.id,
                                                                 .version = task->record.version,
                                                                 .app = task->app->id });
    }
}

static void
statuses_live(struct cluster_task *task, const struct msg_status *status)
{
    const bool was_healthy = cluster_task_is_healthy(task);
    const bool changed = status->state != task->record.state ||
                         status->health != task->record.health ||
                         status->ready != task->record.ready ||
                         status->ipv4 != task->record.ipv4;
    task->record.ipv4 = status->ipv4;
    task->record.health = status->health;
    if (status->state == TASK_RUNNING && task->record.running_at_ns == 0) {
        task->record.running_at_ns = cluster_now(task->app->cluster);
    }
    if (status->state != task->record.state) {
        cluster_task_state(task, (enum task_state)status->state, status->cause);
    }
    statuses_ready(task, status);
    statuses_health(task, was_healthy, status->failures);
    if (changed) {
        cluster_task_changed(task);
    }
    if (status->kill_wanted && task->record.stop == STOP_NONE) {
        cluster_task_stop(task, STOP_BAD_HEALTH);
    }
}

static bool
statuses_is_sane(const struct msg_status *status)
{
    return status->state < TASK_STATE_COUNT && status->state != TASK_PENDING &&
           status->state != TASK_UNREACHABLE && status->health < TASK_HEALTH_COUNT &&
           status->node < NODE_COUNT_MAX;
}

/* A task that was replaced meanwhile. While it runs it is not acknowledged, but for being killed:
 * so it is told of again when the kill was lost. */
static void
statuses_stray(struct cluster *cluster, const struct msg_status *status)
{
    const bool final = task_state_is_final((enum task_state)status->state);
    struct cluster_node *node = cluster_node_find(cluster, status->node);
    if (node != NULL && final) {
        cluster_node_stray_ended(node, status->task);
    } else if (node != NULL && node->state == NODE_READY) {
        cluster_node_stray(node, status->task);
        cluster_node_resend_later(node);
    }
    if (final || status->state == TASK_KILLING) {
        statuses_acknowledge(cluster, status);
        return;
    }
    const struct msg_kill kill = { .term = cluster->term,
                                   .task = status->task,
                                   .grace_ns = APP_KILL_GRACE_NS };
    cluster_send(cluster, env_address_of(ENV_PROCESS_AGENT, status->node), &msg_kill_type, &kill);
}

/* A node that was given up speaks: what it has counts again once it has registered. Else nothing
 * would notice its next silence. */
static bool
statuses_is_silent(struct cluster *cluster, const struct cluster_node *node)
{
    if (node->state != NODE_UNREACHABLE) {
        return false;
    }
    const struct msg_registered answer = { .term = cluster->term,
                                           .incarnation = node->incarnation,
                                           .known = 0 };
    cluster_send(cluster, env_address_of(ENV_PROCESS_AGENT, node->index), &msg_registered_type,
                 &answer);
    return true;
}

/* No further try can start a task of this deployment: it is told, and its strategy decides. */
static void
statuses_hopeless(const struct cluster_task *task, const struct msg_status *status)
{
    struct cluster_deployment *deployment = task->app->deployment;
    if (deployment != NULL && deployment->doomed == NULL &&
        deployment->record.version_new == task->record.version) {
        deployment->doomed = arena_strdup(&deployment->arena, status->cause);
    }
}

void
statuses_take(struct master *master, const struct msg_status *status)
{
    struct cluster *cluster = &master->cluster;
    if (!statuses_is_sane(status)) {
        return;
    }
    struct cluster_task *task = cluster_task_find(cluster, status->task);
    if (task == NULL || task->record.node != status->node + 1) {
        statuses_stray(cluster, status);
        return;
    }
    if (statuses_is_silent(cluster, cluster_node_find(cluster, status->node))) {
        return;
    }
    if (status->sequence >= task->sequence) { /* after a restart of either side it may repeat */
        task->sequence = status->sequence;
        if (status->hopeless) {
            statuses_hopeless(task, status);
        }
        if (task_state_is_final((enum task_state)status->state)) {
            statuses_end(task, (enum task_state)status->state, status->cause);
        } else {
            statuses_live(task, status);
        }
    }
    statuses_acknowledge(cluster, status);
}
