/*
 * fakes/proxy/proxy_queue.c - requests that wait in the proxy until a server has room.
 *
 * Source: HAProxy 2.6, maxconn of a server: those that any server may serve wait in one queue in
 *         order of arrival, those of a session for their server; of two heads the older goes first.
 *         Unlike HAProxy, a request of a hashing policy does not wait for its server but goes to
 *         another that has room.
 */
#include "fakes/proxy/inner.h"

static void
proxy_queue_link(const struct fake_datapath *datapath, struct proxy_queue *queue,
                 struct world_request *request)
{
    request->next = 0;
    request->previous = queue->last;
    *(queue->last != 0 ? &datapath_request(datapath, queue->last)->next : &queue->first) =
        request->index;
    queue->last = request->index;
}

static void
proxy_queue_unlink(const struct fake_datapath *datapath, struct proxy_queue *queue,
                   struct world_request *request)
{
    const uint32_t before = request->previous;
    const uint32_t after = request->next;
    *(before != 0 ? &datapath_request(datapath, before)->next : &queue->first) = after;
    *(after != 0 ? &datapath_request(datapath, after)->previous : &queue->last) = before;
}

static struct proxy_queue *
proxy_queue_of(struct proxy_life *life, const struct world_request *request)
{
    return request->server == 0
               ? &life->queue
               : &datapath_server(life->proxy->datapath, request->server)->queue;
}

bool
proxy_queue_add(struct fake_proxy *proxy, struct proxy_service *service,
                struct world_request *request, uint32_t slot)
{
    struct proxy_life *life = service->life;
    const struct env_resilience *resilience = &service->resilience;
    const int64_t now_ns = world_now(proxy->datapath->world);
    ASSERT(request->stage == REQUEST_IDLE);
    if (resilience->queue_max > 0 && life->queue_count >= resilience->queue_max) {
        return false;
    }
    request->stage = REQUEST_QUEUED;
    request->server = slot;
    request->sent_at_ns = now_ns;
    proxy_queue_link(proxy->datapath, proxy_queue_of(life, request), request);
    life->queue_count++;
    int64_t at_ns = request->deadline_at_ns;
    if (resilience->queue_timeout_ns > 0) {
        at_ns = int64_min(at_ns, now_ns + resilience->queue_timeout_ns);
    }
    if (at_ns != INT64_MAX) {
        proxy_timers_add(life, &life->waits, request, int64_max(at_ns, now_ns + 1));
    }
    return true;
}

/* Takes it out: it is the caller's then. */
static void
proxy_queue_take(struct proxy_life *life, struct world_request *request)
{
    ASSERT(request->stage == REQUEST_QUEUED && life->queue_count > 0);
    proxy_queue_unlink(life->proxy->datapath, proxy_queue_of(life, request), request);
    proxy_timers_remove(life, &life->waits, request);
    life->queue_count--;
    request->stage = REQUEST_IDLE;
    request->server = 0;
}

void
proxy_queue_expired(struct proxy_life *life, struct world_request *request)
{
    struct fake_datapath *datapath = life->proxy->datapath;
    proxy_queue_take(life, request);
    proxy_tally_refused(&life->proxy->config->services[life->service]);
    proxy_finish(datapath, request,
                 world_now(datapath->world) >= request->deadline_at_ns ? REQUEST_TIMEOUT
                                                                      : REQUEST_REFUSED);
}

void
proxy_queue_move(struct proxy_life *life, struct proxy_queue *from, struct proxy_queue *to)
{
    while (from->first != 0) {
        struct world_request *request = datapath_request(life->proxy->datapath, from->first);
        proxy_queue_take(life, request);
        proxy_queue_link(life->proxy->datapath, to, request);
    }
}

void
proxy_queue_resume(struct fake_proxy *proxy, struct proxy_queue *queue)
{
    while (queue->first != 0) {
        struct world_request *request = datapath_request(proxy->datapath, queue->first);
        proxy_queue_unlink(proxy->datapath, queue, request);
        if (request->client_gone) {
            proxy_finish(proxy->datapath, request, REQUEST_TIMEOUT);
        } else {
            proxy_dispatch(proxy, request, 0);
        }
    }
}

/* The next that this server may serve, or that need not wait for it any more; or NULL. */
static struct world_request *
proxy_queue_head(const struct proxy_life *life, const struct proxy_service *service,
                 const struct proxy_server *server)
{
    const struct fake_datapath *datapath = life->proxy->datapath;
    const bool open =
        server != NULL && (!server->full || !proxy_session_may_go_on(service, server));
    struct world_request *own =
        open && server->queue.first != 0 ? datapath_request(datapath, server->queue.first) : NULL;
    struct world_request *any = service->eligible_count > 0 && life->queue.first != 0
                                    ? datapath_request(datapath, life->queue.first)
                                    : NULL;
    if (own == NULL || any == NULL) {
        return own != NULL ? own : any;
    }
    return any->sent_at_ns < own->sent_at_ns ? any : own;
}

/* As many as there is room for; those that go on may come back to the end of the queue. */
static void
proxy_queue_serve_at(struct fake_proxy *proxy, struct proxy_service *service,
                     const struct proxy_server *server)
{
    struct proxy_life *life = service->life;
    for (uint32_t left = life->queue_count; left > 0; left--) {
        struct world_request *request = proxy_queue_head(life, service, server);
        if (request == NULL) {
            return;
        }
        proxy_queue_take(life, request);
        if (request->client_gone) {
            proxy_finish(proxy->datapath, request, REQUEST_TIMEOUT);
        } else {
            proxy_dispatch(proxy, request, 0);
        }
    }
}

/* Nobody is left to wait for. */
static void
proxy_queue_give_up(struct fake_proxy *proxy, struct proxy_service *service)
{
    struct proxy_life *life = service->life;
    for (uint32_t left = life->queue_count; left > 0 && life->queue.first != 0; left--) {
        struct world_request *request = datapath_request(proxy->datapath, life->queue.first);
        proxy_queue_take(life, request);
        if (proxy_split_refuge(proxy, service) != service) {
            proxy_dispatch(proxy, request, 0);
            continue;
        }
        proxy_tally_refused(service);
        proxy_finish(proxy->datapath, request, REQUEST_NO_SERVER);
    }
}

void
proxy_queue_serve(struct fake_proxy *proxy, struct proxy_service *service, uint32_t slot)
{
    if (service->life == NULL || service->life->queue_count == 0) {
        return;
    }
    if (service->chosen_count == 0) {
        proxy_queue_give_up(proxy, service);
    }
    if (slot != 0) {
        proxy_queue_serve_at(proxy, service, datapath_server(proxy->datapath, slot));
        return;
    }
    proxy_queue_serve_at(proxy, service, NULL);
    for (uint32_t i = 0; i < service->count && service->life->queue_count > 0; i++) {
        proxy_queue_serve_at(proxy, service, datapath_server(proxy->datapath, service->slots[i]));
    }
}
