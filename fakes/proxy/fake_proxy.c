/* fakes/proxy/fake_proxy.c - the proxy of one edge: its requests. The port is in port.c. */
#include "fakes/proxy/inner.h"

/* The client's outcome, once; then the request is nobody's. */
static void
proxy_finish(struct fake_datapath *datapath, struct world_request *request,
             enum request_outcome outcome)
{
    if (!request->client_gone) {
        int64_t latency_ns = world_now(datapath->world) - request->arrived_at_ns;
        if (outcome == REQUEST_OK || outcome == REQUEST_ERROR) {
            latency_ns += datapath_way_ns(datapath);
        }
        const int64_t patience_ns = request->deadline_at_ns - request->arrived_at_ns;
        if (latency_ns > patience_ns) { /* the answer is still on its way when the client leaves */
            outcome = REQUEST_TIMEOUT;
            latency_ns = patience_ns;
        }
        request->client_gone = true;
        const struct proxy_client *client = datapath_client(datapath, request);
        client->done(client->context, request, outcome, latency_ns);
    }
    world_request_free(datapath->world, request);
}

static struct proxy_service *
proxy_route(struct fake_proxy *proxy, uint32_t target)
{
    if (proxy->config == NULL) {
        return NULL;
    }
    while (proxy->routes.count <= target) {
        vec_push(&proxy->routes);
    }
    struct proxy_route *route = vec_at(&proxy->routes, target);
    if (route->serial != proxy->serial) {
        route->serial = proxy->serial;
        route->service = proxy_config_route(proxy->config,
                                            vec_at(&proxy->datapath->targets, target - 1));
    }
    return route->service != PROXY_NONE ? &proxy->config->services[route->service] : NULL;
}

/* A server by the service's policy; another than avoid (a slot, 0: any) when there is another. */
static uint32_t
proxy_pick(struct fake_proxy *proxy, struct proxy_service *service,
           const struct world_request *request, uint32_t avoid)
{
    struct env_balance_server *avoided = NULL;
    if (avoid != 0 && service->eligible_count > 1) {
        const struct proxy_server *server = datapath_server(proxy->datapath, avoid);
        if (server->service != PROXY_NONE &&
            &proxy->config->services[server->service] == service &&
            service->balance[server->position].eligible) {
            avoided = &service->balance[server->position];
            avoided->eligible = false;
            service->eligible_count--;
            proxy_service_changed(proxy, service);
        }
    }
    const struct proxy_target *target = vec_at(&proxy->datapath->targets, request->service - 1);
    service->state.now_ns = world_now(proxy->datapath->world);
    service->state.key_hash = request->key_hash;
    service->state.uri_hash = target->uri_hash;
    const uint32_t position = service->policy->pick(&service->state, service->balance,
                                                    service->count, service->eligible_count);
    ASSERT(position < service->count && service->balance[position].eligible);
    if (avoided != NULL) {
        avoided->eligible = true;
        service->eligible_count++;
        proxy_service_changed(proxy, service);
    }
    return service->slots[position];
}

static void proxy_connect_expired(struct world *world, void *context, uint64_t argument);

/* Tries servers until one is connected, one has to be waited for, or the tries are over. */
static void
proxy_dispatch(struct fake_proxy *proxy, struct world_request *request, uint32_t avoid)
{
    struct fake_datapath *datapath = proxy->datapath;
    struct world *world = datapath->world;
    struct proxy_service *service = proxy_route(proxy, request->service);
    if (service == NULL) {
        proxy_finish(datapath, request, REQUEST_NO_ROUTE);
        return;
    }
    for (; request->tries <= FAKE_PROXY_RETRIES; request->tries++) {
        if (service->eligible_count == 0) {
            proxy_finish(datapath, request, REQUEST_NO_SERVER);
            return;
        }
        const uint32_t slot = proxy_pick(proxy, service, request, avoid);
        struct proxy_server *server = datapath_server(datapath, slot);
        struct world_service *found = NULL;
        const enum world_connect connect =
            world_connect(world, proxy->node, server->ipv4, server->port, &found);
        request->server = slot;
        request->sent_at_ns = world_now(world);
        proxy_server_opened(proxy, service, slot);
        if (connect == WORLD_CONNECTED) {
            request->stage = REQUEST_SERVED;
            found->serve(world, found, request);
            return;
        }
        if (connect == WORLD_UNREACHABLE) {
            request->stage = REQUEST_CONNECTING;
            request->event = world_at(world, world_now(world) + FAKE_PROXY_CONNECT_TIMEOUT_NS,
                                      WORLD_CLASS_REQUEST, NULL, proxy_connect_expired, proxy,
                                      request->index);
            return;
        }
        proxy_server_closed(proxy, slot, REQUEST_REFUSED, datapath_way_ns(datapath));
        avoid = slot;
    }
    proxy_finish(datapath, request, REQUEST_REFUSED);
}

static void
proxy_connect_expired(struct world *world, void *context, uint64_t argument)
{
    struct fake_proxy *proxy = context;
    struct world_request *request = world_request_at(world, (uint32_t)argument);
    ASSERT(request->stage == REQUEST_CONNECTING);
    const uint32_t slot = request->server;
    const struct proxy_server *server = datapath_server(proxy->datapath, slot);
    const bool stays = server->service != PROXY_NONE || server->open > 1;

    request->event = 0;
    request->stage = REQUEST_IDLE;
    request->server = 0;
    request->tries++;
    proxy_server_closed(proxy, slot, REQUEST_REFUSED, world_now(world) - request->sent_at_ns);
    if (request->client_gone || request->tries > FAKE_PROXY_RETRIES) {
        proxy_finish(proxy->datapath, request, REQUEST_REFUSED);
    } else {
        proxy_dispatch(proxy, request, stays ? slot : 0);
    }
}

void
fake_proxy_request(struct fake_proxy *proxy, uint32_t target, struct world_request *request)
{
    ASSERT(target > 0 && target <= proxy->datapath->targets.count);
    ASSERT(request->stage == REQUEST_IDLE);
    request->proxy = proxy->index + 1;
    request->service = target;
    request->tries = 0;
    proxy_dispatch(proxy, request, 0);
}

void
world_request_answer(struct world *world, struct world_request *request,
                     enum request_outcome outcome)
{
    struct fake_datapath *datapath = world_datapath(world);
    ASSERT(request->stage == REQUEST_SERVED);
    request->stage = REQUEST_IDLE;
    if (request->proxy == 0) { /* its edge is gone: nobody is told */
        ASSERT(request->client_gone);
        world_request_free(world, request);
        return;
    }
    struct fake_proxy *proxy =
        *(struct fake_proxy **)vec_at(&datapath->proxies, request->proxy - 1);
    proxy_server_closed(proxy, request->server, outcome,
                        world_now(world) - request->sent_at_ns + datapath_way_ns(datapath));
    proxy_finish(datapath, request, outcome);
}

/* --- the node's power --- */

/* The edge is gone: clients are reset; an instance that works on a request does so to its end. */
static void
proxy_reset_requests(struct fake_proxy *proxy)
{
    struct fake_datapath *datapath = proxy->datapath;
    for (uint32_t index = 1; index <= datapath->requests_used; index++) {
        struct world_request *request = datapath_request(datapath, index);
        if (request->stage == REQUEST_FREE || request->proxy != proxy->index + 1) {
            continue;
        }
        ASSERT(request->stage == REQUEST_CONNECTING || request->stage == REQUEST_SERVED);
        proxy_server_dropped(proxy, request->server);
        request->server = 0;
        request->proxy = 0;
        if (request->stage == REQUEST_CONNECTING) {
            world_cancel(datapath->world, request->event);
            request->event = 0;
            proxy_finish(datapath, request, REQUEST_RESET);
        } else if (!request->client_gone) {
            request->client_gone = true;
            const struct proxy_client *client = datapath_client(datapath, request);
            client->done(client->context, request, REQUEST_RESET,
                         world_now(datapath->world) - request->arrived_at_ns);
        }
    }
}

void
fake_proxy_power_off(struct fake_proxy *proxy)
{
    if (!proxy->powered) {
        return;
    }
    proxy->powered = false; /* first: a client that is reset may try again at once */
    datapath_listening_changed(proxy->datapath);
    proxy_checks_stop(proxy);
    proxy_reset_requests(proxy);
    proxy_servers_forget(proxy);
    proxy->serial++;
    proxy->generation_newest = 0;
    for (struct proxy_config *config = proxy->pending_first; config != NULL;
         config = config->next) {
        config->generation = 0; /* never comes into force; its event frees it */
    }
}

void
fake_proxy_power_on(struct fake_proxy *proxy)
{
    proxy->powered = true;
    datapath_listening_changed(proxy->datapath);
}

uint64_t
fake_proxy_generation(const struct fake_proxy *proxy)
{
    return proxy->config != NULL ? proxy->config->generation : 0;
}

uint32_t
fake_proxy_endpoint_open(const struct fake_proxy *proxy, uint64_t endpoint_id)
{
    uint32_t open = 0;
    uint32_t slot = map64_get(&proxy->by_endpoint, endpoint_id);
    while (slot != 0) {
        const struct proxy_server *server = datapath_server(proxy->datapath, slot);
        open += server->open;
        slot = server->next_same;
    }
    return open;
}
