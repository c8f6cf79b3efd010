/*
 * platform/scheduler/residency.c - where the tasks of an app with persistent volumes may go, and
 * the controller that gives up what nobody needs any more.
 *
 * An app that wants fewer instances than it has reservations loses those that no task has, volume
 * and all. Level-triggered: nothing is remembered beside the reservations.
 */
#include "platform/scheduler/residency.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "platform/model/cluster_drain.h"
#include "platform/model/cluster_pulse.h"
#include "platform/scheduler/explain.h"
#include "platform/scheduler/ports.h"
#include "platform/wire/messages.h"

enum { RESIDENCY_SENTENCE_BYTES = 200, RESIDENCY_WHERE_BYTES = 80 };

/* --- where a volume waits --- */

/* The constraint that keeps a task from the volume, or NULL. */
static const struct app_constraint *
residency_refused(const struct cluster_reservation *reservation,
                  const struct place_request *request)
{
    return request->filters != NULL ? filters_bound(request->filters, reservation) : NULL;
}

static bool
residency_is_open(const struct cluster_node *node)
{
    return node->state == NODE_READY && node->strays.count == 0 && !node->draining;
}

/* The room of the node for the task that gets the reservation: what is free, and what it holds. */
static struct cluster_free
residency_room(const struct cluster_reservation *reservation)
{
    struct cluster_free room = cluster_node_room(reservation->node);
    room.cpu_milli += (int32_t)reservation->record.cpu_milli;
    room.mem_bytes += reservation->record.mem_bytes;
    room.disk_bytes += reservation->record.disk_bytes;
    room.role_bit = 1;
    return room;
}

/* What is asked of that room: the volume is there already, and so is the role. */
static struct place_request
residency_request(const struct place_request *request)
{
    struct place_request bound = *request;
    bound.disk_bytes = request->spec->disk_bytes;
    bound.role_mask = 1;
    bound.filters = NULL;
    return bound;
}

struct cluster_reservation *
residency_find(const struct cluster_task *task, const struct place_request *request)
{
    const struct place_request bound = residency_request(request);
    for (struct cluster_reservation *reservation = task->app->reservations; reservation != NULL;
         reservation = reservation->app_next) {
        if (reservation->task != NULL || !residency_is_open(reservation->node) ||
            residency_refused(reservation, request) != NULL) {
            continue;
        }
        const struct cluster_free room = residency_room(reservation);
        if (place_fits(&room, &bound) &&
            (!request->has_fixed_ports || ports_fixed_free(reservation->node, request->spec))) {
            return reservation;
        }
    }
    return NULL;
}

bool
residency_may_make(const struct cluster_app *app)
{
    return cluster_reservation_count(app) < app->record.instances;
}

/* --- why it waits --- */

/* The first thing that its node has too little of. */
static void
residency_lack(const struct cluster_reservation *reservation, const struct place_request *request,
               char *text, size_t bytes)
{
    const struct place_request bound = residency_request(request);
    const struct cluster_free room = residency_room(reservation);
    if (room.cpu_milli < bound.cpu_milli) {
        const int32_t lack = bound.cpu_milli - room.cpu_milli;
        (void)snprintf(text, bytes, "%d.%03d cpus are short", (int)(lack / 1000),
                       (int)(lack % 1000));
    } else if (room.mem_bytes < bound.mem_bytes) {
        (void)snprintf(text, bytes, "%" PRId64 " MiB of memory are short",
                       (bound.mem_bytes - room.mem_bytes + MIB(1) - 1) / MIB(1));
    } else if (room.disk_bytes < bound.disk_bytes) {
        (void)snprintf(text, bytes, "%" PRId64 " MiB of disk are short",
                       (bound.disk_bytes - room.disk_bytes + MIB(1) - 1) / MIB(1));
    } else if (room.gpus < bound.gpus || room.gpu_milli_most < bound.gpu_milli) {
        (void)snprintf(text, bytes, "its GPUs are taken");
    } else {
        (void)snprintf(text, bytes, "its ports are taken");
    }
}

static void
residency_reason(const struct cluster_reservation *reservation,
                 const struct place_request *request, char *text, size_t bytes)
{
    const struct cluster_node *node = reservation->node;
    char where[RESIDENCY_WHERE_BYTES];
    char lack[RESIDENCY_WHERE_BYTES];
    if (node->spec.hostname[0] != '\0') {
        (void)snprintf(where, sizeof where, "%s", node->spec.hostname);
    } else { /* this master has not heard of it yet */
        (void)snprintf(where, sizeof where, "node %u", node->index);
    }
    if (node->state != NODE_READY) {
        (void)snprintf(text, bytes, "its volume is on %s, which is %s", where,
                       node_state_name(node->state));
    } else if (node->draining) {
        (void)snprintf(text, bytes, "its volume is on %s, which is drained", where);
    } else if (node->strays.count > 0) {
        (void)snprintf(text, bytes,
                       "its volume is on %s, where a task that was given up has not ended yet",
                       where);
    } else {
        const struct app_constraint *refused = residency_refused(reservation, request);
        if (refused != NULL) {
            filters_print_one(refused, lack, sizeof lack);
        } else {
            residency_lack(reservation, request, lack, sizeof lack);
        }
        (void)snprintf(text, bytes, "its volume is on %s, %s %s%s", where,
                       refused != NULL ? "which" : "where", lack,
                       refused != NULL ? " refuses" : "");
    }
}

void
residency_explain(struct cluster_task *task, const struct place_request *request)
{
    char text[RESIDENCY_SENTENCE_BYTES];
    const struct cluster_reservation *reservation = task->app->reservations;
    while (reservation != NULL && reservation->task != NULL) {
        reservation = reservation->app_next;
    }
    const struct place_request bound = residency_request(request);
    if (reservation != NULL) {
        const struct cluster_free room = residency_room(reservation);
        residency_reason(reservation, request, text, sizeof text);
        explain_bound(task, reservation->node, &room, &bound, text);
    } else {
        explain_bound(task, NULL, NULL, &bound,
                      "its volume is still with the instance before it, which has not ended");
    }
}

/* --- what nobody needs any more --- */

/* Whether a goes before b: nodes that are not there first, then as killSelection says by age. */
static bool
residency_goes_before(const struct cluster_reservation *a, const struct cluster_reservation *b)
{
    const bool a_is_away = a->node->state != NODE_READY;
    const bool b_is_away = b->node->state != NODE_READY;
    if (a_is_away != b_is_away) {
        return a_is_away;
    }
    return a->app->version->spec->kill_oldest_first ? a->record.id < b->record.id
                                                    : a->record.id > b->record.id;
}

static void
residency_app(struct cluster *cluster, void *state, struct cluster_app *app)
{
    (void)cluster;
    (void)state;
    if (app->removed || app->reservations == NULL) {
        return;
    }
    const uint32_t wanted = app->record.deleted ? 0 : app->record.instances;
    uint32_t count = cluster_reservation_count(app);
    for (; count > wanted; count--) {
        struct cluster_reservation *first = NULL;
        for (struct cluster_reservation *reservation = app->reservations; reservation != NULL;
             reservation = reservation->app_next) {
            if (reservation->task == NULL &&
                (first == NULL || residency_goes_before(reservation, first))) {
                first = reservation;
            }
        }
        if (first == NULL) {
            return; /* the rest are in use: looked at again when a task has ended */
        }
        cluster_reservation_release(first, app->record.deleted ? "its app is deleted"
                                                               : "its app was scaled down");
    }
}

/* What was on a machine that has ended went with it. */
static void
residency_finish(struct cluster *cluster, void *state)
{
    (void)state;
    for (uint32_t i = 0; i < cluster->drains.count; i++) {
        struct cluster_node *node = *(struct cluster_node **)vec_at(&cluster->drains, i);
        if (!cluster_drain_get(node)->record.ended || node->state == NODE_READY ||
            node->tasks_count > 0 || !cluster_node_is_silent(node)) {
            continue;
        }
        while (node->reservations != NULL) {
            if (node->reservations->app != NULL) {
                cluster_app_dirty(node->reservations->app);
                cluster_reservation_release(node->reservations, "its machine has ended");
            }
            cluster_reservation_removed(node->reservations, "its machine has ended");
        }
    }
}

static void
residency_take(struct cluster_node *node, const struct msg_volumes *message)
{
    struct cluster *cluster = node->cluster;
    struct cluster_reservation *removed = cluster_reservation_find(node, message->removed);
    if (removed != NULL && removed->record.released) {
        cluster_reservation_removed(removed, "");
    }
    for (uint32_t i = 0; i < message->tail_len / sizeof(uint64_t); i++) {
        const uint64_t volume = message->tail[i];
        if (volume == 0 || cluster_reservation_find(node, volume) != NULL) {
            continue;
        }
        const struct msg_volume_remove remove = { .term = cluster->term, .volume = volume };
        cluster_send(cluster, env_address_of(ENV_PROCESS_AGENT, node->index),
                     &msg_volume_remove_type, &remove);
    }
}

static bool
residency_message(struct cluster *cluster, void *state, env_address from,
                  const struct record_type *type, const void *record)
{
    const struct msg_volumes *message = record;
    (void)state;
    (void)from;
    if (type != &msg_volumes_type) {
        return false;
    }
    struct cluster_node *node = cluster_node_find(cluster, message->node);
    if (node != NULL && node->state == NODE_READY && node->incarnation == message->incarnation) {
        residency_take(node, message);
    }
    return true;
}

const struct controller residency_controller = {
    .name = "residency",
    .app = residency_app,
    .finish = residency_finish,
    .message = residency_message,
};
