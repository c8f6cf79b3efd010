/*
 * fakes/proxy/proxy_eligible.c - which servers of a service may be picked, and with which weight.
 *
 * Order:  those of the proxy's own zone that are not ejected; if there is none, those of other
 *         zones that are not; if there is none either, all that are up, ejected or not. The second
 *         is what HAProxy does with servers marked `backup`, the third what Finagle does.
 * Room:   a chosen server that has as many requests open as it may is not eligible until one ends.
 */
#include "fakes/proxy/inner.h"

enum eligible_rank { RANK_OWN_ZONE, RANK_OTHER_ZONE, RANK_EJECTED, RANK_NEVER };

void
proxy_service_changed(struct fake_proxy *proxy, struct proxy_service *service)
{
    if (service->policy->changed != NULL && service->count > 0) {
        service->state.now_ns = world_now(proxy->datapath->world);
        service->policy->changed(&service->state, service->balance, service->count,
                                 service->eligible_count);
    }
}

bool
proxy_server_is_ejected(const struct proxy_service *service, const struct proxy_server *server)
{
    return service->resilience.eject_failures > 0 &&
           (server->eject == EJECT_DEAD || server->eject == EJECT_PROBED);
}

static enum eligible_rank
proxy_server_rank(const struct proxy_service *service, const struct proxy_server *server)
{
    if (!server->up || server->draining || server->leaving) {
        return RANK_NEVER;
    }
    if (proxy_server_is_ejected(service, server)) {
        return RANK_EJECTED;
    }
    return service->zone_affinity && !server->own_zone ? RANK_OTHER_ZONE : RANK_OWN_ZONE;
}

/* HAProxy lets a server in slow start have fewer requests open too; one at least. */
static bool
proxy_server_is_full(const struct fake_proxy *proxy, const struct proxy_service *service,
                     struct proxy_server *server)
{
    const uint64_t most = service->resilience.server_requests_max;
    if (most == 0) {
        return false;
    }
    const uint64_t now =
        most * proxy_slow_start_parts(proxy, service, server) / ENV_BALANCE_WEIGHT_SCALE;
    return server->open >= (now > 0 ? now : 1);
}

void
proxy_service_refresh(struct fake_proxy *proxy, struct proxy_service *service)
{
    const struct fake_datapath *datapath = proxy->datapath;
    enum eligible_rank best = RANK_NEVER;
    for (uint32_t i = 0; i < service->count; i++) {
        const enum eligible_rank rank =
            proxy_server_rank(service, datapath_server(datapath, service->slots[i]));
        best = rank < best ? rank : best;
    }
    service->eligible_count = 0;
    service->chosen_count = 0;
    service->state.weights_equal = true;
    for (uint32_t i = 0; i < service->count; i++) {
        struct proxy_server *server = datapath_server(datapath, service->slots[i]);
        struct env_balance_server *balance = &service->balance[i];
        server->chosen = best != RANK_NEVER && proxy_server_rank(service, server) == best;
        server->full = proxy_server_is_full(proxy, service, server);
        balance->eligible = server->chosen && !server->full;
        balance->weight = server->weight * proxy_slow_start_parts(proxy, service, server);
        service->chosen_count += server->chosen ? 1 : 0;
        service->eligible_count += balance->eligible ? 1 : 0;
        service->state.weights_equal =
            service->state.weights_equal && balance->weight == service->balance[0].weight;
    }
    proxy_service_changed(proxy, service);
}

void
proxy_server_set_up(struct fake_proxy *proxy, struct proxy_server *server, bool up)
{
    struct proxy_service *service = &proxy->config->services[server->service];
    if (up == server->up) {
        return;
    }
    server->up = up;
    if (up) {
        proxy_slow_start(proxy, service, server);
    }
    proxy_service_refresh(proxy, service);
}

void
proxy_server_room(struct fake_proxy *proxy, struct proxy_service *service,
                  struct proxy_server *server)
{
    const bool full = proxy_server_is_full(proxy, service, server);
    if (full == server->full) {
        return;
    }
    server->full = full;
    if (server->chosen) {
        service->balance[server->position].eligible = !full;
        service->eligible_count += full ? UINT32_MAX : 1U; /* one less, or one more */
        proxy_service_changed(proxy, service);
    }
}
