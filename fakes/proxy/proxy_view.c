/* fakes/proxy/proxy_view.c - what requests of one kind meet at a proxy, for who makes none. */
#include "fakes/proxy/inner.h"

uint32_t
fake_datapath_fronts(const struct fake_datapath *datapath, struct fake_proxy **ret_first)
{
    const uint32_t count = datapath->listening.count;
    *ret_first = count > 0 ? *(struct fake_proxy **)vec_at(&datapath->listening, 0) : NULL;
    return count;
}

static void
view_servers(const struct fake_proxy *proxy, const struct proxy_service *service,
             struct vec *ret_servers)
{
    for (uint32_t i = 0; i < service->count; i++) {
        const struct proxy_server *server = datapath_server(proxy->datapath, service->slots[i]);
        if (service->balance[i].eligible) {
            *(struct fake_server_view *)vec_push(ret_servers) =
                (struct fake_server_view){ .endpoint_id = server->endpoint_id,
                                           .ipv4 = server->ipv4,
                                           .port = server->port,
                                           .weight = service->balance[i].weight };
        }
    }
}

void
fake_proxy_view(const struct fake_proxy *proxy, uint32_t target, struct fake_service_view *ret,
                struct vec *ret_servers)
{
    const struct proxy_target *asked = vec_at(&proxy->datapath->targets, target - 1);
    struct proxy_route         route;
    vec_clear(ret_servers);
    *ret = (struct fake_service_view){ .answer = REQUEST_NO_ROUTE,
                                       .node = proxy->node,
                                       .uri_hash = asked->uri_hash,
                                       .way_ns = datapath_way_ns(proxy->datapath) };
    if (proxy->config == NULL) {
        return;
    }
    proxy_route_find(proxy, asked, false, &route);
    if (route.service == PROXY_NONE) {
        return;
    }
    const struct proxy_service *service = &proxy->config->services[route.service];
    ret->answer = (enum request_outcome)route.answer;
    ret->plain = route.plain;
    ret->policy = service->policy;
    ret->argument = service->state.argument;
    view_servers(proxy, service, ret_servers);
}
