/* platform/balancer/edge_drain.c - asks the proxy about draining endpoints until they are quiet. */
#include "platform/balancer/edge_drain.h"

struct edge_drain_endpoint {
    uint64_t id;
    uint32_t since; /* the set from which on it has been draining without a break */
    bool     open;  /* true until the proxy has said otherwise */
};

static struct edge_drain_endpoint *
edge_drain_at(const struct edge_drain *drain, uint32_t index)
{
    return vec_at(&drain->endpoints, index);
}

/* Where the id is, or would be. */
static uint32_t
edge_drain_place(const struct vec *endpoints, uint64_t id)
{
    uint32_t low = 0;
    uint32_t high = endpoints->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const struct edge_drain_endpoint *endpoint = vec_at(endpoints, middle);
        if (endpoint->id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct edge_drain_endpoint *
edge_drain_find(const struct vec *endpoints, uint64_t id)
{
    const uint32_t place = edge_drain_place(endpoints, id);
    if (place == endpoints->count) {
        return NULL;
    }
    struct edge_drain_endpoint *endpoint = vec_at(endpoints, place);
    return endpoint->id == id ? endpoint : NULL;
}

/* --- asking --- */

/* Hands free asks the next endpoints of the round; the round is over when none is pending. */
static void
edge_drain_go_on(struct edge_drain *drain)
{
    for (uint32_t i = 0; i < EDGE_DRAIN_ASKS_MAX; i++) {
        struct edge_drain_ask *ask = &drain->asks[i];
        while (drain->next < drain->endpoints.count && !edge_drain_at(drain, drain->next)->open) {
            drain->next++;
        }
        if (drain->next == drain->endpoints.count) {
            break;
        }
        if (!env_op_is_pending(&ask->open.op)) {
            ask->open.endpoint_id = edge_drain_at(drain, drain->next)->id;
            ask->asked_in = drain->sets_count;
            drain->next++;
            drain->asks_pending++;
            env_proxy_open(drain->env->proxy, &ask->open);
        }
    }
    if (drain->asks_pending > 0) {
        return;
    }
    if (edge_drain_open_count(drain) > 0) {
        env_timer_start(drain->env->clock, &drain->timer, drain->poll_ns);
    }
    if (drain->ended) {
        drain->ended = false;
        drain->changed(drain);
    }
}

/* An endpoint that the proxy does not know has no requests there; a proxy that does not answer says
 * nothing, and is asked again in the next round. So is one that got new requests since the
 * question: it left the set and came back. */
static void
edge_drain_answered(struct env_op *op)
{
    struct edge_drain_ask *ask =
        container_of(container_of(op, struct env_proxy_open, op), struct edge_drain_ask, open);
    struct edge_drain *drain = ask->drain;
    const bool quiet =
        op->status == ST_NOT_FOUND || (op->status == ST_OK && ask->open.ret_open == 0);
    struct edge_drain_endpoint *endpoint =
        edge_drain_find(&drain->endpoints, ask->open.endpoint_id);
    ASSERT(drain->asks_pending > 0);
    drain->asks_pending--;
    if (endpoint != NULL && endpoint->open && quiet && ask->asked_in >= endpoint->since) {
        endpoint->open = false;
        drain->ended = true;
    }
    edge_drain_go_on(drain);
}

void
edge_drain_poll(struct edge_drain *drain)
{
    env_timer_cancel(drain->env->clock, &drain->timer);
    drain->next = 0;
    edge_drain_go_on(drain);
}

static void
edge_drain_due(struct env_timer *timer)
{
    edge_drain_poll(container_of(timer, struct edge_drain, timer));
}

/* --- the set --- */

/* Adds one in its place unless it is there; masters name them in order, so that it is the last. */
static void
edge_drain_add(struct edge_drain *drain, const struct edge_drain_endpoint *endpoint)
{
    const uint32_t place = edge_drain_place(&drain->endpoints, endpoint->id);
    if (place < drain->endpoints.count && edge_drain_at(drain, place)->id == endpoint->id) {
        return;
    }
    vec_push(&drain->endpoints);
    for (uint32_t i = drain->endpoints.count - 1; i > place; i--) {
        *edge_drain_at(drain, i) = *edge_drain_at(drain, i - 1);
    }
    *edge_drain_at(drain, place) = *endpoint;
}

void
edge_drain_set(struct edge_drain *drain, const uint64_t *ids, uint32_t count)
{
    struct vec old = drain->endpoints;
    vec_init(&drain->endpoints, sizeof(struct edge_drain_endpoint));
    drain->sets_count++;
    for (uint32_t i = 0; i < count; i++) {
        const struct edge_drain_endpoint fresh = { .id = ids[i],
                                                   .since = drain->sets_count,
                                                   .open = true };
        const struct edge_drain_endpoint *before = edge_drain_find(&old, ids[i]);
        edge_drain_add(drain, before != NULL ? before : &fresh);
    }
    vec_fini(&old);
}

uint32_t
edge_drain_open_count(const struct edge_drain *drain)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < drain->endpoints.count; i++) {
        count += edge_drain_at(drain, i)->open ? 1 : 0;
    }
    return count;
}

void
edge_drain_open_ids(const struct edge_drain *drain, uint64_t *ret_ids)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < drain->endpoints.count; i++) {
        if (edge_drain_at(drain, i)->open) {
            ret_ids[count] = edge_drain_at(drain, i)->id;
            count++;
        }
    }
}

void
edge_drain_init(struct edge_drain *drain, struct env *env, int64_t poll_ns,
                edge_drain_changed_fn *changed)
{
    *drain = (struct edge_drain){ .env = env, .poll_ns = poll_ns, .changed = changed };
    vec_init(&drain->endpoints, sizeof(struct edge_drain_endpoint));
    env_timer_init(&drain->timer, edge_drain_due);
    for (uint32_t i = 0; i < EDGE_DRAIN_ASKS_MAX; i++) {
        drain->asks[i].drain = drain;
        drain->asks[i].open.op.done = edge_drain_answered;
    }
}

void
edge_drain_fini(struct edge_drain *drain)
{
    vec_fini(&drain->endpoints);
}
