/*
 * platform/balancer/edge.c - the edge process: keeps its proxy at the newest routing generation
 * that the master has sent, and tells the master what is in force and what still has open requests.
 *
 * Level-triggered: whatever was missed, the newest message decides. One apply at a time; while it
 * lasts only the newest of those that arrive is kept.
 * A draining endpoint counts as open until the proxy has said that it has no request left, so a
 * report can be late but never promises too much.
 */
#include "platform/balancer/edge_drain.h"
#include "platform/balancer/edge_stats.h"
#include "platform/balancer/policy.h"
#include "platform/base/memory.h"
#include "platform/env/gateway.h"
#include "platform/env/process.h"
#include "platform/model/config.h"
#include "platform/wire/messages.h"
#include "platform/wire/routes.h"

#include <stdio.h>

#define EDGE_RETRY_NS SEC(1) /* between tries of an apply that failed; a guess */

struct edge {
    struct env            *env;
    struct edge_config     config;
    struct env_receiver    receiver;
    struct env_timer       report_timer;
    struct env_timer       retry_timer;
    struct env_proxy_apply apply;
    struct edge_drain      drain;
    struct edge_stats      stats;
    struct vec             drain_next; /* uint64_t: draining in the generation being applied */
    struct vec             measured_next; /* uint64_t: measured in it */
    struct msg_routes     *wanted;     /* newest received and not yet in force; owned, NULL: none */
    struct arena           scratch;    /* a decoded generation, during one call */
    uint64_t               incarnation;
    uint64_t               term;
    uint64_t               generation; /* in force */
    uint32_t               endpoints_count; /* of the generation being applied */
};

static const struct env_balance_policy *
edge_policy(const char *name)
{
    return balance_policy_named(name);
}

static void
edge_journal(struct edge *edge, enum env_event_kind kind, uint64_t generation, const char *text)
{
    const bool is_routes = kind == ENV_EVENT_ROUTES;
    const struct env_event event = { .kind = kind,
                                     .old_state = -1,
                                     .new_state = is_routes ? (int32_t)edge->endpoints_count : -1,
                                     .node = edge->config.node + 1,
                                     .value = (int64_t)generation,
                                     .app = "",
                                     .text = text };
    env_journal_write(edge->env->journal, &event);
}

static void
edge_warn(struct edge *edge, uint64_t generation, const char *what, const char *why)
{
    char text[400];
    (void)snprintf(text, sizeof text, "%s generation %llu: %s", what,
                   (unsigned long long)generation, why);
    edge_journal(edge, ENV_EVENT_WARNING, generation, text);
}

/* --- reports --- */

static void
edge_report(struct edge *edge)
{
    const uint32_t open_count = edge_drain_open_count(&edge->drain);
    const size_t tail_bytes = open_count * sizeof(uint64_t);
    struct msg_edge_state *state = arena_alloc_zero(&edge->scratch, sizeof *state + tail_bytes);
    state->node = edge->config.node;
    state->incarnation = edge->incarnation;
    state->generation = edge->generation;
    state->tail_len = (uint32_t)tail_bytes;
    edge_drain_open_ids(&edge->drain, state->tail);
    env_net_send(edge->env->net, edge->config.master, &msg_edge_state_type, state);
    arena_reset(&edge->scratch);
}

static void
edge_report_due(struct env_timer *timer)
{
    edge_report(container_of(timer, struct edge, report_timer));
}

static void
edge_drain_changed(struct edge_drain *drain)
{
    edge_report(container_of(drain, struct edge, drain));
}

/* --- generations --- */

static void
edge_note(struct edge *edge, const struct routes *routes)
{
    vec_clear(&edge->drain_next);
    vec_clear(&edge->measured_next);
    edge->endpoints_count = 0;
    for (uint32_t i = 0; i < routes->services_count; i++) {
        const struct env_service *service = &routes->services[i];
        if (service->measured != 0) {
            *(uint64_t *)vec_push(&edge->measured_next) = service->measured;
        }
        edge->endpoints_count += service->endpoints_count;
        for (uint32_t j = 0; j < service->endpoints_count; j++) {
            if (service->endpoints[j].draining) {
                *(uint64_t *)vec_push(&edge->drain_next) = service->endpoints[j].id;
            }
        }
    }
}

static void
edge_forget_wanted(struct edge *edge)
{
    memory_free(edge->wanted);
    edge->wanted = NULL;
}

/* NULL when there is none, or when it cannot be read: then hosts and paths of apps alone count. */
static const struct env_gateway *
edge_gateway(struct edge *edge, const struct routes *routes)
{
    const struct gateway_format *format = edge->config.gateway;
    if (routes->gateway == NULL || routes->gateway[0] == '\0') {
        return NULL;
    }
    const struct env_gateway *gateway =
        format == NULL ? NULL
                       : format->load(routes->gateway, routes->services, routes->services_count,
                                      &edge->scratch);
    if (gateway == NULL) {
        edge_warn(edge, edge->wanted->generation, "no gateway in", "its text cannot be read here");
    }
    return gateway;
}

/* Begins with the newest generation unless an apply is on its way: then its end begins with it. */
static void
edge_apply(struct edge *edge)
{
    if (edge->wanted == NULL || env_op_is_pending(&edge->apply.op)) {
        return;
    }
    env_timer_cancel(edge->env->clock, &edge->retry_timer);
    struct routes routes = { 0 };
    const enum status status = routes_decode(edge->wanted->tail, edge->wanted->tail_len,
                                             edge_policy, &edge->scratch, &routes);
    if (status != ST_OK) {
        edge_warn(edge, edge->wanted->generation, "cannot read", status_name(status));
        edge_forget_wanted(edge);
    } else {
        edge_note(edge, &routes);
        edge->apply.generation = edge->wanted->generation;
        edge->apply.services = routes.services;
        edge->apply.services_count = routes.services_count;
        edge->apply.zone = routes_zone(&routes, edge->config.zone);
        edge->apply.gateway = edge_gateway(edge, &routes);
        if (edge->apply.gateway != NULL) {
            const struct env_gateway *gateway = edge->apply.gateway;
            edge->apply.services = gateway->ops->shape(gateway, routes.services,
                                                       routes.services_count, edge_policy,
                                                       &edge->scratch);
        }
        env_proxy_apply(edge->env->proxy, &edge->apply);
    }
    arena_reset(&edge->scratch);
}

static void
edge_in_force(struct edge *edge)
{
    edge->generation = edge->apply.generation;
    edge_journal(edge, ENV_EVENT_ROUTES, edge->generation, "in force");
    edge_drain_set(&edge->drain, edge->drain_next.items, edge->drain_next.count);
    edge_stats_set(&edge->stats, edge->measured_next.items, edge->measured_next.count);
    if (edge->wanted != NULL && edge->wanted->generation <= edge->generation) {
        edge_forget_wanted(edge);
    }
    edge_report(edge);
    edge_drain_poll(&edge->drain);
}

static void
edge_applied(struct env_op *op)
{
    struct edge *edge =
        container_of(container_of(op, struct env_proxy_apply, op), struct edge, apply);
    switch (op->status) {
    case ST_INVALID: /* one service is left out, the others are in force */
        edge_warn(edge, edge->apply.generation, "not all of", op->message);
        edge_in_force(edge);
        break;
    case ST_OK:
        edge_in_force(edge);
        break;
    case ST_STALE: /* the proxy knows better: wait for a newer one */
        edge_warn(edge, edge->apply.generation, "stale", op->message);
        if (edge->wanted != NULL && edge->wanted->generation <= edge->apply.generation) {
            edge_forget_wanted(edge);
        }
        break;
    case ST_NOT_FOUND:
    case ST_EXISTS:
    case ST_CONFLICT:
    case ST_NO_CAPACITY:
    case ST_DENIED:
    case ST_UNSUPPORTED:
    case ST_FAILED:
    case ST_THROTTLED:
    case ST_UNAVAILABLE:
    case ST_TIMEOUT:
    case ST_IO:
        edge_warn(edge, edge->apply.generation, "cannot apply", op->message);
        ASSERT(edge->wanted != NULL);
        if (edge->wanted->generation == edge->apply.generation) {
            env_timer_start(edge->env->clock, &edge->retry_timer, EDGE_RETRY_NS);
            return;
        }
        break; /* a newer one is tried at once */
    }
    edge_apply(edge);
}

static void
edge_retry_due(struct env_timer *timer)
{
    edge_apply(container_of(timer, struct edge, retry_timer));
}

static void
edge_receive(struct env_receiver *receiver, env_address from, const struct record_type *type,
             const void *record)
{
    (void)from; /* any master: the term says which one counts */
    struct edge *edge = container_of(receiver, struct edge, receiver);
    if (type != &msg_routes_type) {
        return;
    }
    const struct msg_routes *routes = record;
    if (routes->term < edge->term) {
        return;
    }
    edge->term = routes->term;
    if (routes->generation <= edge->generation) {
        edge_report(edge); /* it was sent again: our report was lost */
        return;
    }
    if (edge->wanted != NULL && routes->generation <= edge->wanted->generation) {
        return;
    }
    edge_forget_wanted(edge);
    edge->wanted = record_clone(&msg_routes_type, routes);
    edge_apply(edge);
}

/* --- the process --- */

static struct process *
edge_open(struct env *env, const void *config)
{
    struct edge *edge = memory_alloc_zero(1, sizeof *edge);
    edge->env = env;
    edge->config = *(const struct edge_config *)config;
    edge->incarnation = (uint64_t)env_clock_now(env->clock);
    edge->receiver.receive = edge_receive;
    edge->apply.op.done = edge_applied;
    ASSERT(edge->config.report_ns > 0 && edge->config.poll_ns > 0);
    arena_init(&edge->scratch, env->memory_poison);
    vec_init(&edge->drain_next, sizeof(uint64_t));
    vec_init(&edge->measured_next, sizeof(uint64_t));
    edge_drain_init(&edge->drain, env, edge->config.poll_ns, edge_drain_changed);
    edge_stats_init(&edge->stats, env, edge->config.master, edge->config.node, edge->incarnation);
    env_timer_init(&edge->report_timer, edge_report_due);
    env_timer_init(&edge->retry_timer, edge_retry_due);

    env_net_listen(env->net, &edge->receiver);
    edge_report(edge);
    env_timer_every(env->clock, &edge->report_timer, edge->config.report_ns,
                    edge->config.report_ns);
    return (struct process *)edge;
}

static void
edge_close(struct process *process)
{
    struct edge *edge = (struct edge *)process;
    edge_drain_fini(&edge->drain);
    edge_stats_fini(&edge->stats);
    vec_fini(&edge->drain_next);
    vec_fini(&edge->measured_next);
    arena_fini(&edge->scratch);
    memory_free(edge->wanted);
    memory_free(edge);
}

const struct process_kind edge_process = {
    .name = "edge",
    .open = edge_open,
    .close = edge_close,
};
