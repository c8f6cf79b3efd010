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
    struct proxy_server *server = datapath_server(proxy->datapath, slot);
    ASSERT(server->open == 0 && server->queue.first == 0);
    world_cancel(proxy->datapath->world, server->eject_event);
    proxy_stats_tell(proxy, server);
    proxy_chain_remove(proxy, slot);
    pool_give(&proxy->datapath->servers, slot);
}

/* --- one server --- */

void
proxy_server_opened(struct fake_proxy *proxy, struct proxy_service *service, uint32_t slot)
{
    struct proxy_server *server = datapath_server(proxy->datapath, slot);
    server->open++;
    service->balance[server->position].open = server->open;
    if (service->policy->sent != NULL) {
        service->state.now_ns = world_now(proxy->datapath->world);
        service->policy->sent(&service->state, service->balance, server->position);
    }
    if (!service->plain) {
        proxy_server_room(proxy, service, server);
    }
}

void
proxy_server_dropped(struct fake_proxy *proxy, uint32_t slot)
{
    struct proxy_server *server = datapath_server(proxy->datapath, slot);
    ASSERT(server->open > 0);
    server->open--;
    if (server->service == PROXY_NONE && server->open == 0) {
        proxy_server_free(proxy, slot);
    }
}

static void
proxy_server_count(struct proxy_server *server, enum request_outcome outcome, int64_t latency_ns)
{
    struct proxy_counts *counts = &server->counts;
    counts->requests++;
    if (outcome == REQUEST_OK || outcome == REQUEST_ERROR) {
        counts->errors += outcome == REQUEST_ERROR ? 1U : 0U;
        counts->latency_sum_ns += latency_ns;
    } else {
        counts->failures++;
    }
}

/* The last request of a server that nobody names any more takes it along. */
void
proxy_server_closed(struct fake_proxy *proxy, uint32_t slot, enum request_outcome outcome,
                    int64_t latency_ns)
{
    struct proxy_server *server = datapath_server(proxy->datapath, slot);
    ASSERT(server->open > 0);
    server->open--;
    proxy_server_count(server, outcome, latency_ns);
    if (server->service == PROXY_NONE) {
        if (server->open == 0) {
            proxy_server_free(proxy, slot);
        }
        return;
    }
    struct proxy_service *service = &proxy->config->services[server->service];
    service->balance[server->position].open = server->open;
    if (service->tally != NULL) {
        proxy_tally_count(service->tally, server->newer, outcome, latency_ns);
    }
    if (service->policy->ended != NULL) {
        service->state.now_ns = world_now(proxy->datapath->world);
        service->policy->ended(&service->state, service->balance, server->position, latency_ns,
                               outcome == REQUEST_OK);
    }
    if (!service->plain) {
        proxy_eject_judge(proxy, service, slot, outcome == REQUEST_OK);
        proxy_server_room(proxy, service, server);
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
proxy_server_new(struct fake_proxy *proxy, const struct proxy_service *service,
                 const struct env_endpoint *endpoint)
{
    const uint32_t slot = pool_take(&proxy->datapath->servers);
    if (slot != 0) {
        struct proxy_server *server = datapath_server(proxy->datapath, slot);
        server->endpoint_id = endpoint->id;
        server->ipv4 = endpoint->ipv4;
        server->port = endpoint->port;
        server->name = service->name;
        server->app = service->app;
        server->up = true;
        server->health = FAKE_PROXY_CHECK_RISE; /* up, but down at its first failure */
        proxy_chain_add(proxy, slot);
    }
    return slot;
}

/* What the policy keeps of a server stays while the policy does. */
static void
proxy_balance_keep(const struct proxy_service *service, const struct proxy_service *old,
                   uint32_t at, struct env_balance_server *balance)
{
    if (old->policy == service->policy) {
        balance->current = old->balance[at].current;
        balance->consumed = old->balance[at].consumed;
        balance->cost_ns = old->balance[at].cost_ns;
        balance->cost_at_ns = old->balance[at].cost_at_ns;
    }
}

/* What the generation says of a server that is there. */
static void
proxy_server_take(const struct proxy_config *config, struct proxy_server *server,
                  const struct env_endpoint *endpoint, uint32_t service, uint32_t position)
{
    server->weight = endpoint->weight;
    server->draining = endpoint->draining;
    server->leaving = endpoint->leaving;
    server->newer = endpoint->newer;
    server->own_zone = config->zone == 0 || endpoint->zone == config->zone;
    server->service = service;
    server->position = position;
}

/* Every endpoint that the service had before keeps its server, and what the policy keeps of it. */
static void
proxy_service_claim(struct fake_proxy *proxy, struct proxy_service *service,
                    struct proxy_service *old)
{
    const struct fake_datapath *datapath = proxy->datapath;
    uint32_t hint = 0;
    for (uint32_t i = 0; i < service->count; i++) {
        const struct env_endpoint *endpoint = &service->endpoints[i];
        const uint32_t at =
            old != NULL ? proxy_server_find_old(datapath, old, endpoint, hint) : PROXY_NONE;
        service->slots[i] = 0;
        service->balance[i] = (struct env_balance_server){ .id = endpoint->id };
        if (at != PROXY_NONE) {
            service->slots[i] = old->slots[at];
            proxy_balance_keep(service, old, at, &service->balance[i]);
            old->slots[at] = 0;
            hint = at + 1;
        }
    }
}

/* Finds or makes the servers that are still missing. One beyond the limit is left out, one that
 * joins others begins slowly. */
static void
proxy_service_fill(struct fake_proxy *proxy, const struct proxy_config *config, uint32_t index,
                   bool is_new, struct proxy_queue *waiting)
{
    struct fake_datapath *datapath = proxy->datapath;
    struct proxy_service *service = &config->services[index];
    uint32_t count = 0;
    for (uint32_t i = 0; i < service->count; i++) {
        const struct env_endpoint *endpoint = &service->endpoints[i];
        const struct env_balance_server balance = service->balance[i];
        uint32_t slot = service->slots[i];
        slot = slot != 0 ? slot : proxy_server_move(proxy, config, service, endpoint, waiting);
        const bool joins = slot == 0 && !is_new;
        slot = slot != 0 ? slot : proxy_server_new(proxy, service, endpoint);
        if (slot == 0) {
            continue;
        }
        struct proxy_server *server = datapath_server(datapath, slot);
        if (joins) {
            server->warming = true;
            server->warm_from_ns = world_now(datapath->world);
        }
        proxy_server_take(config, server, endpoint, index, count);
        service->slots[count] = slot;
        service->balance[count] = balance;
        service->balance[count].open = server->open;
        count++;
    }
    service->count = count;
}

/* What the new generation did not take over. Requests that wait for a server that goes are put into
 * waiting; life is the service's, wherever that is now. */
static void
proxy_service_leave(struct fake_proxy *proxy, struct proxy_service *service,
                    struct proxy_life *life, struct proxy_queue *waiting)
{
    if (service->policy->release != NULL && service->state.memory != NULL) {
        service->policy->release(&service->state);
    }
    for (uint32_t i = 0; i < service->count; i++) {
        const uint32_t slot = service->slots[i];
        if (slot != 0) {
            struct proxy_server *server = datapath_server(proxy->datapath, slot);
            if (life != NULL) {
                proxy_queue_move(life, &server->queue, waiting);
            }
            server->service = PROXY_NONE;
            if (server->open == 0) {
                proxy_server_free(proxy, slot);
            }
        }
    }
    if (service->life != NULL) { /* nobody took it over */
        proxy_queue_move(life, &life->queue, waiting);
        proxy_life_end(service);
    }
}

static void
proxy_service_begin(struct fake_proxy *proxy, struct proxy_service *service,
                    struct proxy_service *old)
{
    struct fake_datapath *datapath = proxy->datapath;
    if (old != NULL) {
        service->state.rng = old->state.rng;
        if (old->policy == service->policy) {
            service->state.cursor = old->state.cursor;
            service->state.memory = old->state.memory;
            old->state.memory = NULL;
        }
    } else {
        world_stream(datapath->world, proxy->node, intern_text(&datapath->names, service->name),
                     &service->state.rng);
    }
    proxy_split_begin(service, old);
    service->check_next_ns = world_now(datapath->world) + service->check_interval_ns;
    if (old != NULL && old->check_interval_ns == service->check_interval_ns) {
        service->check_next_ns = old->check_next_ns;
    }
}

/* Every service of the new generation takes over what the old one of its name has; then some may
 * still be had from their peers. */
static void
proxy_services_take_over(struct fake_proxy *proxy, struct proxy_config *config,
                         struct proxy_queue *waiting)
{
    for (uint32_t i = 0; i < config->services_count; i++) {
        struct proxy_service *service = &config->services[i];
        struct proxy_service *before = proxy_service_named(proxy, service->name);
        proxy_service_begin(proxy, service, before);
        proxy_service_claim(proxy, service, before);
        proxy_life_begin(proxy, service, i, before);
    }
    for (uint32_t i = 0; i < config->services_count; i++) {
        const bool is_new = proxy_service_named(proxy, config->services[i].name) == NULL;
        proxy_service_fill(proxy, config, i, is_new, waiting);
    }
}

/* Lets go of the old generation. */
static void
proxy_services_leave(struct fake_proxy *proxy, const struct proxy_config *config,
                     struct proxy_queue *waiting)
{
    struct proxy_config *old = proxy->config;
    for (uint32_t i = 0; i < old->services_count; i++) {
        struct proxy_service *service = &old->services[i];
        const uint32_t taken = map64_get(&config->by_name, service->name);
        proxy_service_leave(proxy, service,
                            service->life != NULL ? service->life
                            : taken != 0          ? config->services[taken - 1].life
                                                  : NULL,
                            waiting);
    }
    if (config->gateway == NULL) {
        proxy_gateway_forget(proxy, old);
    }
}

void
proxy_servers_replace(struct fake_proxy *proxy, struct proxy_config *config)
{
    struct proxy_config *old = proxy->config;
    struct proxy_queue waiting = { 0 };
    proxy_services_take_over(proxy, config, &waiting);
    if (old != NULL) {
        proxy_services_leave(proxy, config, &waiting);
        proxy_config_free(old);
    }
    proxy->config = config;
    proxy->serial++;
    proxy_tally_begin(proxy);
    for (uint32_t i = 0; i < config->services_count; i++) {
        proxy_service_refresh(proxy, &config->services[i]);
        proxy_slow_start_arm(proxy, &config->services[i]);
    }
    proxy_sessions_sweep(proxy->datapath);
    proxy_queue_resume(proxy, &waiting);
    for (uint32_t i = 0; i < config->services_count; i++) {
        proxy_queue_serve(proxy, &config->services[i], 0);
    }
}

void
proxy_servers_stop(struct fake_proxy *proxy)
{
    struct proxy_config *config = proxy->config;
    for (uint32_t i = 0; config != NULL && i < config->services_count; i++) {
        const struct proxy_service *service = &config->services[i];
        for (uint32_t k = 0; k < service->count; k++) {
            datapath_server(proxy->datapath, service->slots[k])->queue = (struct proxy_queue){ 0 };
        }
        proxy_life_end(&config->services[i]);
    }
}

void
proxy_servers_forget(struct fake_proxy *proxy, struct proxy_config *config)
{
    struct proxy_queue nobody = { 0 };
    for (uint32_t i = 0; config != NULL && i < config->services_count; i++) {
        ASSERT(config->services[i].life == NULL);
        proxy_service_leave(proxy, &config->services[i], NULL, &nobody);
    }
    if (config != NULL) {
        proxy_gateway_forget(proxy, config);
        proxy_config_free(config);
    }
}
