/*
 * platform/model/cluster_reservation.c - what apps with persistent volumes hold on nodes: the
 * volume itself, and the resources of the instance that has it, or that will.
 *
 * In the books of the node the volume counts always. The rest counts as the task's while one is
 * booked, and as the reservation's own while it waits: so nobody takes the place of a successor.
 */
#include "platform/model/cluster_reservation.h"

#include "platform/base/memory.h"

enum { RESERVATION_MADE = 1, RESERVATION_LOADED, RESERVATION_RELEASED, RESERVATION_GONE };

struct cluster_reservation *
cluster_reservation_of(const struct cluster_task *task)
{
    struct cluster_reservation *reservation =
        task->record.reservation > 0 ? task->app->reservations : NULL;
    while (reservation != NULL && reservation->record.id != task->record.reservation) {
        reservation = reservation->app_next;
    }
    return reservation;
}

struct cluster_reservation *
cluster_reservation_find(const struct cluster_node *node, uint64_t id)
{
    struct cluster_reservation *reservation = node->reservations;
    while (reservation != NULL && reservation->record.id != id) {
        reservation = reservation->node_next;
    }
    return reservation;
}

uint32_t
cluster_reservation_count(const struct cluster_app *app)
{
    uint32_t count = 0;
    for (const struct cluster_reservation *reservation = app->reservations; reservation != NULL;
         reservation = reservation->app_next) {
        count++;
    }
    return count;
}

void
cluster_reservation_say(const struct cluster_reservation *reservation, int32_t new_state,
                        const char *why)
{
    cluster_journal(reservation->node->cluster,
                    &(struct env_event){ .kind = ENV_EVENT_RESERVATION,
                                         .old_state = -1,
                                         .new_state = new_state,
                                         .node = reservation->node->index + 1,
                                         .task = reservation->record.id,
                                         .value = reservation->record.volume_bytes,
                                         .app = reservation->app != NULL ? reservation->app->id
                                                                         : "",
                                         .text = why });
}

/* At most one write of it a step. */
static void
cluster_reservation_write(struct cluster_reservation *reservation)
{
    struct cluster *cluster = reservation->node->cluster;
    cluster_unwrite(cluster, reservation);
    cluster_write(cluster, WRITE_RESERVATION, reservation->record.id, reservation);
}

/* sign: 1 while it waits, -1 once it does not. */
static void
cluster_reservation_hold(struct cluster_reservation *reservation, int32_t sign)
{
    struct cluster_node *node = reservation->node;
    node->cpu_milli_used += sign * (int32_t)reservation->record.cpu_milli;
    node->mem_bytes_used += sign * reservation->record.mem_bytes;
    node->disk_bytes_used += sign * reservation->record.disk_bytes;
    cluster_node_refresh(node);
}

/* In the lists, its volume and its resources in the books. */
static struct cluster_reservation *
cluster_reservation_new(struct cluster_app *app, struct cluster_node *node,
                        const struct reservation_record *record)
{
    struct cluster_reservation *reservation = memory_alloc_zero(1, sizeof *reservation);
    reservation->record = *record;
    reservation->app = app;
    reservation->node = node;
    reservation->node_next = node->reservations;
    node->reservations = reservation;
    node->disk_bytes_used += record->volume_bytes;
    if (app == NULL) {
        cluster_node_refresh(node);
        return reservation;
    }
    struct cluster_reservation **at = &app->reservations;
    while (*at != NULL && (*at)->record.id < record->id) {
        at = &(*at)->app_next;
    }
    reservation->app_next = *at;
    *at = reservation;
    cluster_reservation_hold(reservation, 1);
    return reservation;
}

static struct reservation_record
cluster_reservation_record(const struct cluster_task *task, uint64_t id,
                           const struct cluster_node *node)
{
    const struct app_spec *spec = task->version->spec;
    return (struct reservation_record){ .id = id,
                                        .app = task->app->record.id,
                                        .node = node->index + 1,
                                        .cpu_milli = (uint32_t)spec->cpu_milli,
                                        .mem_bytes = spec->mem_bytes,
                                        .disk_bytes = spec->disk_bytes,
                                        .volume_bytes = spec->volumes_bytes,
                                        .made_at_ns = cluster_now(task->app->cluster),
                                        .version = task->version->id };
}

void
cluster_reservation_make(struct cluster_task *task, struct cluster_node *node)
{
    ASSERT(task->record.reservation == 0 && task->record.node == 0);
    const struct reservation_record record =
        cluster_reservation_record(task, task->record.id, node);
    struct cluster_reservation *reservation = cluster_reservation_new(task->app, node, &record);
    task->record.reservation = record.id;
    cluster_reservation_write(reservation);
    cluster_reservation_say(reservation, RESERVATION_MADE, "");
}

void
cluster_reservation_give(struct cluster_reservation *reservation, struct cluster_task *task)
{
    ASSERT(reservation->task == NULL && reservation->app == task->app);
    ASSERT(task->record.reservation == 0 && task->record.node == 0);
    task->record.reservation = reservation->record.id;
}

void
cluster_reservation_booked(struct cluster_task *task, bool is_booked)
{
    struct cluster_reservation *reservation = cluster_reservation_of(task);
    ASSERT(reservation != NULL);
    if (!is_booked) {
        ASSERT(reservation->task == task);
        reservation->task = NULL;
        cluster_reservation_hold(reservation, 1);
        return;
    }
    ASSERT(reservation->task == NULL && reservation->node->index + 1 == task->record.node);
    cluster_reservation_hold(reservation, -1);
    reservation->task = task;
    const struct app_spec *spec = task->version->spec;
    struct reservation_record *record = &reservation->record;
    if (record->version != task->version->id) {
        record->version = task->version->id;
        record->cpu_milli = (uint32_t)spec->cpu_milli;
        record->mem_bytes = spec->mem_bytes;
        record->disk_bytes = spec->disk_bytes;
        cluster_reservation_write(reservation);
    }
}

void
cluster_reservation_release(struct cluster_reservation *reservation, const char *why)
{
    struct cluster *cluster = reservation->node->cluster;
    ASSERT(reservation->task == NULL && reservation->app != NULL);
    cluster_reservation_say(reservation, RESERVATION_RELEASED, why);
    struct cluster_reservation **at = &reservation->app->reservations;
    while (*at != reservation) {
        at = &(*at)->app_next;
    }
    *at = reservation->app_next;
    cluster_reservation_hold(reservation, -1);
    reservation->app = NULL;
    reservation->record.released = 1;
    cluster_reservation_write(reservation);
    cluster->capacity_generation++;
    cluster_node_say_booked(reservation->node);
    struct env_timer *resend = &reservation->node->resend_timer; /* which asks for the volume */
    if (reservation->node->state == NODE_READY && resend->fire != NULL && !resend->armed) {
        env_timer_start(cluster->env->clock, resend, 0);
    }
}

void
cluster_reservation_removed(struct cluster_reservation *reservation, const char *why)
{
    struct cluster_node *node = reservation->node;
    struct cluster *cluster = node->cluster;
    ASSERT(reservation->record.released);
    cluster_reservation_say(reservation, RESERVATION_GONE, why);
    struct cluster_reservation **at = &node->reservations;
    while (*at != reservation) {
        at = &(*at)->node_next;
    }
    *at = reservation->node_next;
    node->disk_bytes_used -= reservation->record.volume_bytes;
    cluster_node_refresh(node);
    cluster_unwrite(cluster, reservation);
    cluster_write(cluster, WRITE_RESERVATION_DELETE, reservation->record.id, NULL);
    cluster->capacity_generation++;
    memory_free(reservation);
}

void
cluster_reservation_load(struct cluster *cluster, const struct reservation_record *record)
{
    if (record->node == 0 || record->node > NODE_COUNT_MAX) {
        return; /* no master writes that */
    }
    struct cluster_app *app = record->released ? NULL : cluster_app_get(cluster, record->app);
    struct cluster_reservation *reservation =
        cluster_reservation_new(app, cluster_node_get(cluster, record->node - 1), record);
    if (app == NULL && !record->released) { /* its app went with the transaction before */
        reservation->record.released = 1;
        cluster_reservation_write(reservation);
    }
    cluster_reservation_say(reservation, RESERVATION_LOADED, "");
}

void
cluster_reservation_restore(struct cluster_task *task, struct cluster_node *node)
{
    if (cluster_reservation_of(task) != NULL) {
        return;
    }
    const struct reservation_record record =
        cluster_reservation_record(task, task->record.reservation, node);
    struct cluster_reservation *reservation = cluster_reservation_new(task->app, node, &record);
    cluster_reservation_write(reservation);
    cluster_reservation_say(reservation, RESERVATION_LOADED, "");
}

void
cluster_reservation_node_changed(const struct cluster_node *node)
{
    for (const struct cluster_reservation *reservation = node->reservations; reservation != NULL;
         reservation = reservation->node_next) {
        if (reservation->app != NULL && reservation->task == NULL) {
            cluster_app_dirty(reservation->app);
        }
    }
}

void
cluster_reservation_fini(struct cluster_node *node)
{
    while (node->reservations != NULL) {
        struct cluster_reservation *next = node->reservations->node_next;
        memory_free(node->reservations);
        node->reservations = next;
    }
}
