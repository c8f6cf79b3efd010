/*
 * fakes/proxy/proxy_checks.c - the proxy's own checks of its servers: a connection each interval.
 *
 * Source: HAProxy 2.6, "check inter I fall F rise 2". A server begins up, at the edge of going
 *         down; a success brings it to rise + fall - 1, each failure takes one off, below rise it
 *         is down. One event a service and interval, whatever the number of servers.
 */
#include "fakes/proxy/inner.h"

static void
proxy_check_server(struct fake_proxy *proxy, const struct proxy_service *service, uint32_t slot)
{
    struct proxy_server *server = datapath_server(proxy->datapath, slot);
    struct world_service *found = NULL;
    const enum world_connect connect = proxy_server_connect(proxy, server, &found);
    const uint32_t rise = FAKE_PROXY_CHECK_RISE;
    const uint32_t full = rise + service->check_fall - 1;

    if (connect == WORLD_CONNECTED) {
        server->health = server->health < full ? server->health + 1 : full;
        server->health = server->health >= rise ? full : server->health;
    } else {
        server->health = server->health > rise ? server->health - 1 : 0;
    }
    proxy_server_set_up(proxy, server, server->health >= rise);
}

static void
proxy_check_fire(struct world *world, void *context, uint64_t argument)
{
    struct fake_proxy *proxy = context;
    struct proxy_service *service = &proxy->config->services[argument];
    for (uint32_t i = 0; i < service->count; i++) {
        proxy_check_server(proxy, service, service->slots[i]);
    }
    service->check_next_ns = world_now(world) + service->check_interval_ns;
    service->check_event = world_at(world, service->check_next_ns, WORLD_CLASS_ANSWER, NULL,
                                    proxy_check_fire, proxy, argument);
    proxy_queue_serve(proxy, service, 0);
}

void
proxy_checks_start(struct fake_proxy *proxy)
{
    struct world *world = proxy->datapath->world;
    for (uint32_t i = 0; i < proxy->config->services_count; i++) {
        struct proxy_service *service = &proxy->config->services[i];
        if (service->check_interval_ns > 0) {
            service->check_event =
                world_at(world, int64_max(world_now(world), service->check_next_ns),
                         WORLD_CLASS_ANSWER, NULL, proxy_check_fire, proxy, i);
        }
    }
}

void
proxy_checks_stop(struct fake_proxy *proxy)
{
    struct proxy_config *config = proxy->config;
    for (uint32_t i = 0; config != NULL && i < config->services_count; i++) {
        world_cancel(proxy->datapath->world, config->services[i].check_event);
        config->services[i].check_event = 0;
    }
}
