/*
 * fakes/proxy/proxy_moves.c - servers that move between the two services of a split.
 *
 * A server that moves keeps its open requests, its health, its counts: to its instance nothing has
 * happened. What a policy knew of it is lost, since each service has a state of its own.
 */
#include "fakes/proxy/inner.h"

/* The service in force of that name, if it is not the one that takes; PROXY_NONE. */
static uint32_t
proxy_move_source(const struct fake_proxy *proxy, uint32_t name, uint32_t not_name)
{
    const uint32_t found = name != not_name ? map64_get(&proxy->config->by_name, name) : 0;
    return found != 0 ? found - 1 : PROXY_NONE;
}

/* Takes the slot out of the service in force, if it stands there and nobody has taken it over. */
static bool
proxy_move_take(struct fake_proxy *proxy, const struct proxy_config *config, uint32_t source,
                uint32_t slot, struct proxy_queue *waiting)
{
    struct proxy_server *server = datapath_server(proxy->datapath, slot);
    if (source == PROXY_NONE || server->service != source) {
        return false;
    }
    struct proxy_service *from = &proxy->config->services[source];
    if (server->position >= from->count || from->slots[server->position] != slot) {
        return false; /* its place is in the new configuration already */
    }
    from->slots[server->position] = 0;
    const uint32_t taken = map64_get(&config->by_name, from->name);
    struct proxy_life *life = from->life != NULL ? from->life
                              : taken != 0       ? config->services[taken - 1].life
                                                 : NULL;
    if (life != NULL) {
        proxy_queue_move(life, &server->queue, waiting);
    }
    return true;
}

uint32_t
proxy_server_move(struct fake_proxy *proxy, const struct proxy_config *config,
                  const struct proxy_service *service, const struct env_endpoint *endpoint,
                  struct proxy_queue *waiting)
{
    if (proxy->config == NULL) {
        return 0;
    }
    const struct proxy_service *old = proxy_service_named(proxy, service->name);
    const uint32_t sources[] = {
        service->peer != PROXY_NONE
            ? proxy_move_source(proxy, config->services[service->peer].name, service->name)
            : PROXY_NONE,
        old != NULL ? old->peer : PROXY_NONE,
    };
    for (uint32_t slot = map64_get(&proxy->by_endpoint, endpoint->id); slot != 0;
         slot = datapath_server(proxy->datapath, slot)->next_same) {
        struct proxy_server *server = datapath_server(proxy->datapath, slot);
        if (server->ipv4 == endpoint->ipv4 && server->port == endpoint->port &&
            (proxy_move_take(proxy, config, sources[0], slot, waiting) ||
             proxy_move_take(proxy, config, sources[1], slot, waiting))) {
            proxy_stats_tell(proxy, server); /* what it did there */
            server->name = service->name;
            server->app = service->app;
            return slot;
        }
    }
    return 0;
}
