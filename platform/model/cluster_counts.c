/* platform/model/cluster_counts.c - how a task counts for its app, kept as it changes. */
#include "platform/model/cluster_drain.h"

bool
cluster_task_is_healthy(const struct cluster_task *task)
{
    return task->record.state == TASK_RUNNING && task->record.stop == STOP_NONE &&
           (task->version->spec->health_checks_count == 0 || task->record.health == HEALTH_GOOD);
}

bool
cluster_task_is_serving(const struct cluster_task *task)
{
    return cluster_task_is_healthy(task) && (!task->record.wants_ready || task->record.ready);
}

bool
cluster_task_is_moving(const struct cluster_task *task)
{
    const bool is_mover = task->app->mover == task;
    if ((task->app->cluster->drains.count == 0 && !is_mover) || /* as good as always */
        task->record.node == 0 || task->record.stop != STOP_NONE ||
        task_state_is_final(task->record.state)) {
        return false;
    }
    if (is_mover) {
        return true;
    }
    const struct cluster_node *node =
        cluster_node_find(task->app->cluster, task->record.node - 1);
    /* its volume stays: so does the task, as long as the node lets it */
    const bool is_bound = task->record.reservation > 0;
    return node != NULL && node->draining && (!is_bound || cluster_node_is_forced(node));
}

bool
cluster_task_is_active(const struct cluster_task *task)
{
    if (task->record.stop != STOP_NONE || task_state_is_final(task->record.state) ||
        cluster_task_is_moving(task)) {
        return false;
    }
    if (task->record.state != TASK_UNREACHABLE) {
        return true;
    }
    const struct app_spec *spec = task->version->spec;
    return !spec->replaces_unreachable ||
           cluster_now(task->app->cluster) <
               task->record.unreachable_at_ns + spec->inactive_after_ns;
}

bool
cluster_task_is_leaving(const struct cluster_task *task)
{
    return task->record.stop == STOP_DRAINING && task->record.stop_cause != STOP_BAD_HEALTH &&
           task->app->session_drain_ns > 0 && !task->sessions_ended;
}

static uint8_t
cluster_task_bits(const struct cluster_task *task)
{
    uint8_t bits = task->version == task->app->version ? TASK_BIT_NEW : 0;
    if (cluster_task_is_healthy(task)) {
        bits |= TASK_BIT_HEALTHY;
    }
    if (cluster_task_is_serving(task)) {
        bits |= TASK_BIT_SERVING | TASK_BIT_ROUTED;
    }
    if (cluster_task_is_active(task)) {
        bits |= TASK_BIT_ACTIVE | TASK_BIT_LIVE;
    }
    if (task->record.stop != STOP_NONE) {
        bits |= TASK_BIT_LIVE;
    }
    if (cluster_task_is_moving(task)) {
        bits |= TASK_BIT_LIVE | TASK_BIT_MOVING;
    }
    if (task->record.state == TASK_RUNNING && task->record.stop == STOP_DRAINING) {
        bits |= TASK_BIT_ROUTED;
    }
    return bits;
}

void
cluster_counts_add(struct cluster_counts *counts, uint8_t bits, uint32_t by)
{
    const bool is_new = (bits & TASK_BIT_NEW) != 0;
    counts->healthy += (bits & TASK_BIT_HEALTHY) != 0 ? by : 0;
    if ((bits & TASK_BIT_ACTIVE) != 0) {
        counts->active += by;
        *(is_new ? &counts->new_active : &counts->old_active) += by;
    }
    if ((bits & TASK_BIT_LIVE) != 0) {
        *(is_new ? &counts->new_live : &counts->old_live) += by;
    }
    if ((bits & TASK_BIT_MOVING) != 0) {
        counts->moving += by;
        counts->old_moving += is_new ? 0 : by;
    }
    if (is_new && (bits & TASK_BIT_SERVING) != 0 && (bits & TASK_BIT_ACTIVE) != 0) {
        counts->new_serving += by;
    }
}

void
cluster_task_recount(struct cluster_task *task)
{
    const uint8_t bits = cluster_task_bits(task);
    struct cluster_app *app = task->app;
    const uint8_t route_bits = TASK_BIT_ROUTED | TASK_BIT_SERVING;
    if (((bits ^ task->bits) & route_bits) != 0 && app->routed) {
        app->cluster->routes_dirty = true;
    }
    if (bits != task->bits) {
        cluster_counts_add(&app->counts, task->bits, UINT32_MAX);
        cluster_counts_add(&app->counts, bits, 1);
        task->bits = bits;
    }
}
