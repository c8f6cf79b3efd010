/* fakes/proxy/proxy_servers.c - servers from one generation to the next. */
#include "fakes/proxy/inner.h"

/* --- the servers of one endpoint form a chain --- */

static void
proxy_chain_add(struct fake_proxy *proxy, uint32_t slot)
{
    struct proxy_server *server = datapath_server(proxy->datapath, slot);
    server->next_same = map64_get(&proxy->by_endpoint, server->endpoint_id);
    map64_put(&proxy->by_endpoint, server->endpoint_id, slot);
}

static void
proxy_chain_remove(struct fake_proxy *proxy, uint32_t slot)
{
    const struct proxy_server *server = datapath_server(proxy->datapath, slot);
    uint32_t at = map64_get(&proxy->by_endpoint, server->endpoint_id);
    if (at == slot) {
        if (server->next_same != 0) {
            map64_put(&proxy->by_endpoint, server->endpoint_id, server->next_same);
        } else {
            map64_remove(&proxy->by_endpoint, server->endpoint_id);
        }
        return;
    }
    while (datapath_server(proxy->datapath, at)->next_same != slot) {
        at = datapath_server(proxy->datapath, at)->next_same;
    }
    datapath_server(proxy->datapath, at)->next_same = server->next_same;
}

static void
proxy_server_free(struct fake_proxy *proxy, uint32_t slot)
{
    proxy_chain_remove(proxy, slot);
    pool_give(&proxy->datapath->servers, slot);
}

/* --- one server --- */

/* One request less. The last one of a server that nobody names any more takes it along. */
void
proxy_server_closed(struct fake_proxy *proxy, uint32_t slot)
{
    struct proxy_server *server = datapath_server(proxy->datapath, slot);
    ASSERT(server->open > 0);
    server->open--;
    if (server->service != PROXY_NONE) {
        struct env_balance_server *balance =
            &proxy->config->services[server->service].balance[server->position];
        balance->open = server->open;
    } else if (server->open == 0) {
        proxy_server_free(proxy, slot);
    }
}

void
proxy_server_set_up(struct fake_proxy *proxy, struct proxy_server *server, bool up)
{
    struct proxy_service *service = &proxy->config->services[server->service];
    struct env_balance_server *balance = &service->balance[server->position];
    const bool eligible = up && !server->draining;
    server->up = up;
    if (eligible != balance->eligible) {
        balance->eligible = eligible;
        service->eligible_count += eligible ? 1U : UINT32_MAX; /* one less */
    }
}

/* --- from one generation to the next --- */

static bool
proxy_server_is(const struct proxy_server *server, const struct env_endpoint *endpoint)
{
    return server->endpoint_id == endpoint->id && server->ipv4 == endpoint->ipv4 &&
           server->port == endpoint->port;
}

/* Where the endpoint is in the old service, not taken over yet; begins to look at hint, since order
 * hardly changes from one generation to the next. PROXY_NONE: it is new. */
static uint32_t
proxy_server_find_old(const struct fake_datapath *datapath, const struct proxy_service *old,
                      const struct env_endpoint *endpoint, uint32_t hint)
{
    for (uint32_t steps = 0; steps < old->count; steps++) {
        const uint32_t at = (hint + steps) % old->count;
        if (old->slots[at] != 0 &&
            proxy_server_is(datapath_server(datapath, old->slots[at]), endpoint)) {
            return at;
        }
    }
    return PROXY_NONE;
}

static uint32_t
proxy_server_new(struct fake_proxy *proxy, const struct env_endpoint *endpoint)
{
    const uint32_t slot = pool_take(&proxy->datapath->servers);
    if (slot != 0) {
        struct proxy_server *server = datapath_server(proxy->datapath, slot);
        server->endpoint_id = endpoint->id;
        server->ipv4 = endpoint->ipv4;
        server->port = endpoint->port;
        server->up = true;
        server->health = FAKE_PROXY_CHECK_RISE; /* up, but down at its first failure */
        proxy_chain_add(proxy, slot);
    }
    return slot;
}

/* Takes over or makes the servers of one service. A server beyond the limit is left out. */
static void
proxy_service_fill(struct fake_proxy *proxy, struct proxy_service *service, uint32_t index,
                   struct proxy_service *old)
{
    struct fake_datapath *datapath = proxy->datapath;
    uint32_t count = 0;
    uint32_t hint = 0;
    service->state.weights_equal = true;
    for (uint32_t i = 0; i < service->count; i++) {
        const struct env_endpoint *endpoint = &service->endpoints[i];
        const uint32_t at =
            old != NULL ? proxy_server_find_old(datapath, old, endpoint, hint) : PROXY_NONE;
        struct env_balance_server balance = { .id = endpoint->id, .weight = endpoint->weight };
        uint32_t slot;
        if (at != PROXY_NONE) {
            slot = old->slots[at];
            balance.current = old->balance[at].current;
            balance.consumed = old->balance[at].consumed;
            old->slots[at] = 0;
            hint = at + 1;
        } else {
            slot = proxy_server_new(proxy, endpoint);
        }
        if (slot == 0) {
            continue;
        }
        struct proxy_server *server = datapath_server(datapath, slot);
        server->draining = endpoint->draining;
        server->service = index;
        server->position = count;
        balance.open = server->open;
        balance.eligible = server->up && !server->draining;
        service->eligible_count += balance.eligible ? 1 : 0;
        service->slots[count] = slot;
        service->balance[count] = balance;
        service->state.weights_equal =
            service->state.weights_equal && balance.weight == service->balance[0].weight;
        count++;
    }
    service->count = count;
}

/* What the new generation did not take over. */
static void
proxy_service_leave(struct fake_proxy *proxy, const struct proxy_service *service)
{
    for (uint32_t i = 0; i < service->count; i++) {
        const uint32_t slot = service->slots[i];
        if (slot != 0) {
            struct proxy_server *server = datapath_server(proxy->datapath, slot);
            server->service = PROXY_NONE;
            if (server->open == 0) {
                proxy_server_free(proxy, slot);
            }
        }
    }
}

static void
proxy_service_begin(struct fake_proxy *proxy, struct proxy_service *service,
                    const struct proxy_service *old)
{
    struct fake_datapath *datapath = proxy->datapath;
    if (old != NULL) {
        service->state.rng = old->state.rng;
        service->state.cursor = old->state.cursor;
    } else {
        world_stream(datapath->world, proxy->node, intern_text(&datapath->names, service->name),
                     &service->state.rng);
    }
    service->check_next_ns = world_now(datapath->world) + service->check_interval_ns;
    if (old != NULL && old->check_interval_ns == service->check_interval_ns) {
        service->check_next_ns = old->check_next_ns;
    }
}

void
proxy_servers_replace(struct fake_proxy *proxy, struct proxy_config *config)
{
    struct proxy_config *old = proxy->config;
    struct map64 old_by_name = { 0 };
    for (uint32_t i = 0; old != NULL && i < old->services_count; i++) {
        map64_put(&old_by_name, old->services[i].name, i + 1);
    }
    for (uint32_t i = 0; i < config->services_count; i++) {
        struct proxy_service *service = &config->services[i];
        const uint32_t found = map64_get(&old_by_name, service->name);
        struct proxy_service *before = found != 0 ? &old->services[found - 1] : NULL;
        proxy_service_begin(proxy, service, before);
        proxy_service_fill(proxy, service, i, before);
    }
    for (uint32_t i = 0; old != NULL && i < old->services_count; i++) {
        proxy_service_leave(proxy, &old->services[i]);
    }
    map64_fini(&old_by_name);
    proxy->config = config;
    if (old != NULL) {
        proxy_config_free(old);
    }
}

/* Every slot is given back; requests must have let go of them before. */
void
proxy_servers_forget(struct fake_proxy *proxy)
{
    struct proxy_config *config = proxy->config;
    for (uint32_t i = 0; config != NULL && i < config->services_count; i++) {
        proxy_service_leave(proxy, &config->services[i]);
    }
    if (config != NULL) {
        proxy_config_free(config);
    }
    proxy->config = NULL;
}
