/*
 * fakes/proxy/fake_proxy.c - the plain way of a request, which is short: route, pick, connect,
 * serve, answer. Whatever is not plain is in proxy_attempt.c, the port in port.c.
 */
#include "fakes/proxy/inner.h"

static void
proxy_end(struct fake_datapath *datapath, struct world_request *request,
          enum request_outcome outcome, int64_t latency_ns)
{
    if (!request->client_gone) {
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

void
proxy_finish(struct fake_datapath *datapath, struct world_request *request,
             enum request_outcome outcome)
{
    const bool answered = outcome == REQUEST_OK || outcome == REQUEST_ERROR;
    proxy_end(datapath, request, outcome,
              world_now(datapath->world) - request->arrived_at_ns +
                  (answered ? datapath_way_ns(datapath) : 0));
}

void
proxy_reply(struct fake_datapath *datapath, struct world_request *request,
            enum request_outcome outcome)
{
    proxy_end(datapath, request, outcome, world_now(datapath->world) - request->arrived_at_ns);
}

/* What its target means to this proxy now; NULL: it has no configuration. */
static const struct proxy_route *
proxy_route(struct fake_proxy *proxy, const struct world_request *request)
{
    if (proxy->config == NULL) {
        return NULL;
    }
    const bool inside = proxy_request_is_inside(proxy, request);
    struct vec *routes = inside ? &proxy->routes_inside : &proxy->routes;
    while (routes->count <= request->service) {
        vec_push(routes);
    }
    struct proxy_route *route = vec_at(routes, request->service);
    if (route->serial != proxy->serial) {
        proxy_route_find(proxy, vec_at(&proxy->datapath->targets, request->service - 1), inside,
                         route);
    }
    return route;
}

static uint32_t
proxy_pick_any(const struct fake_proxy *proxy, struct proxy_service *service,
               const struct world_request *request)
{
    const struct proxy_target *target = vec_at(&proxy->datapath->targets, request->service - 1);
    service->state.now_ns = world_now(proxy->datapath->world);
    service->state.key_hash = request->key_hash;
    service->state.uri_hash = target->uri_hash;
    const uint32_t position = service->policy->pick(&service->state, service->balance,
                                                    service->count, service->eligible_count);
    ASSERT(position < service->count && service->balance[position].eligible);
    return service->slots[position];
}

/* Where avoid is if it could be picked and is not the only one; NULL: it needs no avoiding. */
static struct env_balance_server *
proxy_avoidable(const struct fake_proxy *proxy, const struct proxy_service *service,
                uint32_t avoid)
{
    const struct proxy_server *server = datapath_server(proxy->datapath, avoid);
    if (service->eligible_count < 2 || server->service == PROXY_NONE ||
        &proxy->config->services[server->service] != service ||
        !service->balance[server->position].eligible) {
        return NULL;
    }
    return &service->balance[server->position];
}

uint32_t
proxy_pick(struct fake_proxy *proxy, struct proxy_service *service,
           const struct world_request *request, uint32_t avoid)
{
    struct env_balance_server *avoided =
        avoid != 0 ? proxy_avoidable(proxy, service, avoid) : NULL;
    if (avoided == NULL) {
        return proxy_pick_any(proxy, service, request);
    }
    avoided->eligible = false;
    service->eligible_count--;
    proxy_service_changed(proxy, service);
    const uint32_t slot = proxy_pick_any(proxy, service, request);
    avoided->eligible = true;
    service->eligible_count++;
    proxy_service_changed(proxy, service);
    return slot;
}

void
fake_proxy_request(struct fake_proxy *proxy, uint32_t target, struct world_request *request)
{
    struct fake_datapath *datapath = proxy->datapath;
    ASSERT(target > 0 && target <= datapath->targets.count);
    ASSERT(request->stage == REQUEST_IDLE && request->way == WAY_PLAIN);
    request->proxy = proxy->index + 1;
    request->service = target;
    request->tries = 0;
    const struct proxy_route *route = proxy_route(proxy, request);
    if (route == NULL || !route->plain) {
        proxy_begin(proxy, request, route);
        return;
    }
    struct proxy_service *service = &proxy->config->services[route->service];
    if (service->splits) {
        service = proxy_split_choose(proxy, service, request, route->by_header);
    }
    if (service->eligible_count == 0) {
        proxy_tally_refused(service);
        proxy_finish(datapath, request, REQUEST_NO_SERVER);
        return;
    }
    const uint32_t slot = proxy_pick_any(proxy, service, request);
    struct world_service *found = NULL;
    const enum world_connect connect =
        proxy_server_connect(proxy, datapath_server(datapath, slot), &found);
    request->server = slot;
    request->sent_at_ns = world_now(datapath->world);
    proxy_server_opened(proxy, service, slot);
    if (connect == WORLD_CONNECTED) {
        request->stage = REQUEST_SERVED;
        found->serve(datapath->world, found, request);
    } else {
        proxy_missed(proxy, service, request, connect);
    }
}

void
world_request_answer(struct world *world, struct world_request *request,
                     enum request_outcome outcome)
{
    struct fake_datapath *datapath = world_datapath(world);
    if (request->way != WAY_PLAIN || request->proxy == 0) {
        proxy_attempt_answered(datapath, request, outcome);
        return;
    }
    ASSERT(request->stage == REQUEST_SERVED);
    request->stage = REQUEST_IDLE;
    struct fake_proxy *proxy =
        *(struct fake_proxy **)vec_at(&datapath->proxies, request->proxy - 1);
    const uint32_t slot = request->server;
    proxy_server_closed(proxy, slot, outcome,
                        world_now(world) - request->sent_at_ns + datapath_way_ns(datapath));
    proxy_finish(datapath, request, outcome);
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
