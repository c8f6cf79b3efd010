/* fakes/proxy/datapath.c - what all edges share: requests in flight, targets, who listens. */
#include "fakes/proxy/inner.h"

#include <string.h>

#include "platform/base/memory.h"
#include "platform/base/record.h"

static void
datapath_default(int64_t *ns_min, int64_t *ns_max, int64_t default_min, int64_t default_max)
{
    if (*ns_min == 0 && *ns_max == 0) {
        *ns_min = default_min;
        *ns_max = default_max;
    }
    *ns_max = int64_max(*ns_min, *ns_max);
    ASSERT(*ns_min >= 0 && *ns_max <= FAKE_PROXY_LATENCY_NS_MAX);
}

struct fake_datapath *
fake_datapath_open(struct world *world, const struct fake_proxy_options *options,
                   uint32_t requests_max)
{
    ASSERT(requests_max > 0 && requests_max <= FAKE_DATAPATH_REQUESTS_MAX);
    struct fake_datapath *datapath = memory_alloc_zero(1, sizeof *datapath);
    datapath->world = world;
    datapath->requests_max = requests_max;
    datapath->blank = (struct world_request){ .stage = REQUEST_IDLE, .way = WAY_PLAIN };
    if (options != NULL) {
        datapath->options = *options;
    }
    struct fake_proxy_options *own = &datapath->options;
    datapath_default(&own->apply_ns_min, &own->apply_ns_max, FAKE_PROXY_APPLY_NS_MIN,
                     FAKE_PROXY_APPLY_NS_MAX);
    datapath_default(&own->open_ns_min, &own->open_ns_max, FAKE_PROXY_OPEN_NS_MIN,
                     FAKE_PROXY_OPEN_NS_MAX);
    own->hop_ns = own->hop_ns == 0 ? FAKE_PROXY_HOP_NS : int64_max(own->hop_ns, 0);
    ASSERT(own->hop_ns <= FAKE_PROXY_HOP_NS_MAX);

    arena_init(&datapath->arena, world_poison(world));
    intern_init(&datapath->names);
    vec_init(&datapath->targets, sizeof(struct proxy_target));
    vec_init(&datapath->clients, sizeof(struct proxy_client));
    vec_init(&datapath->proxies, sizeof(struct fake_proxy *));
    vec_init(&datapath->by_node, sizeof(struct fake_proxy *));
    vec_init(&datapath->listening, sizeof(struct fake_proxy *));
    vec_init(&datapath->sessions, sizeof(struct proxy_sessions));
    pool_init(&datapath->servers, sizeof(struct proxy_server), PROXY_SERVERS_MAX,
              world_poison(world));
    return datapath;
}

static void
datapath_proxy_free(struct fake_proxy *proxy)
{
    while (proxy->pending_first != NULL) {
        struct proxy_config *config = proxy->pending_first;
        proxy->pending_first = config->next;
        proxy_config_free(config);
    }
    proxy_servers_stop(proxy);
    for (uint32_t i = 0; proxy->config != NULL && i < proxy->config->services_count; i++) {
        struct proxy_service *service = &proxy->config->services[i];
        if (service->policy->release != NULL && service->state.memory != NULL) {
            service->policy->release(&service->state);
        }
    }
    if (proxy->config != NULL) {
        proxy_gateway_forget(proxy, proxy->config);
        proxy_config_free(proxy->config);
    }
    vec_fini(&proxy->routes);
    vec_fini(&proxy->routes_inside);
    proxy_tally_end(proxy);
    vec_fini(&proxy->tallies);
    map64_fini(&proxy->by_endpoint);
    memory_free(proxy);
}

void
fake_datapath_close(struct fake_datapath *datapath)
{
    if (datapath == NULL) {
        return;
    }
    for (uint32_t i = 0; i < datapath->proxies.count; i++) {
        datapath_proxy_free(*(struct fake_proxy **)vec_at(&datapath->proxies, i));
    }
    for (uint32_t i = 0; i < datapath->chunks_count; i++) {
        memory_free(datapath->chunks[i]);
    }
    memory_free(datapath->chunks);
    proxy_sessions_fini(datapath);
    pool_fini(&datapath->servers);
    vec_fini(&datapath->listening);
    vec_fini(&datapath->by_node);
    vec_fini(&datapath->proxies);
    vec_fini(&datapath->targets);
    vec_fini(&datapath->clients);
    map64_fini(&datapath->targets_by_hash);
    intern_fini(&datapath->names);
    arena_fini(&datapath->arena);
    memory_free(datapath);
}

uint32_t
fake_datapath_client_add(struct fake_datapath *datapath, fake_datapath_done_fn *done, void *context)
{
    ASSERT(done != NULL);
    uint32_t client = datapath->clients.count;
    if (datapath->clients_free != 0) {
        client = datapath->clients_free - 1;
        datapath->clients_free =
            ((const struct proxy_client *)vec_at(&datapath->clients, client))->next_free;
    } else {
        (void)vec_push(&datapath->clients);
    }
    *(struct proxy_client *)vec_at(&datapath->clients, client) =
        (struct proxy_client){ .done = done, .context = context };
    return client;
}

void
fake_datapath_client_remove(struct fake_datapath *datapath, uint32_t client)
{
    struct proxy_client *gone = vec_at(&datapath->clients, client);
    ASSERT(gone->done != NULL);
    *gone = (struct proxy_client){ .next_free = datapath->clients_free };
    datapath->clients_free = client + 1;
}

/* --- targets --- */

static uint64_t
target_hash_text(uint64_t hash, const char *text)
{
    return hash_bytes(hash, text, strlen(text) + 1);
}

static uint64_t
target_hash(const struct env_request *request)
{
    uint64_t hash = target_hash_text(0, request->method);
    hash = target_hash_text(hash, request->host);
    hash = target_hash_text(hash, request->path);
    for (uint32_t i = 0; i < request->headers_count; i++) {
        hash = target_hash_text(hash, request->headers[i].name);
        hash = target_hash_text(hash, request->headers[i].value);
    }
    hash = hash_step(hash, request->source_ipv4);
    hash = hash_step(hash, (uint64_t)request->body_bytes);
    return hash_step(hash, request->https);
}

static void
target_copy(struct arena *arena, const struct env_request *from, struct env_request *to)
{
    struct env_header *headers = ARENA_ARRAY(arena, struct env_header, from->headers_count + 1);
    for (uint32_t i = 0; i < from->headers_count; i++) {
        headers[i].name = arena_strdup(arena, from->headers[i].name);
        headers[i].value = arena_strdup(arena, from->headers[i].value);
    }
    *to = *from;
    to->method = arena_strdup(arena, from->method);
    to->host = arena_strdup(arena, from->host);
    to->path = arena_strdup(arena, from->path);
    to->headers = headers;
}

/* Two kinds of request whose 64-bit hashes are equal count as one. */
uint32_t
fake_datapath_target(struct fake_datapath *datapath, const struct env_request *request)
{
    const uint64_t hash = target_hash(request) | 1; /* a key of map64 is not 0 */
    const uint32_t known = map64_get(&datapath->targets_by_hash, hash);
    if (known != 0) {
        return known;
    }
    struct proxy_target *target = vec_push(&datapath->targets);
    target_copy(&datapath->arena, request, &target->request);
    target->uri_hash = hash_bytes(0, request->path, strlen(request->path));
    map64_put(&datapath->targets_by_hash, hash, datapath->targets.count);
    return datapath->targets.count;
}

/* --- proxies --- */

struct fake_proxy *
fake_proxy_open(struct fake_datapath *datapath, uint32_t node, bool front)
{
    ASSERT(node != NODE_NONE);
    struct fake_proxy *proxy = memory_alloc_zero(1, sizeof *proxy);
    proxy->datapath = datapath;
    proxy->index = datapath->proxies.count;
    proxy->node = node;
    proxy->front = front;
    proxy->powered = true;
    vec_init(&proxy->routes, sizeof(struct proxy_route));
    vec_init(&proxy->routes_inside, sizeof(struct proxy_route));
    vec_init(&proxy->tallies, sizeof(struct proxy_tally *));
    world_stream(datapath->world, node, "proxy", &proxy->rng);
    *(struct fake_proxy **)vec_push(&datapath->proxies) = proxy;
    while (datapath->by_node.count <= node) {
        vec_push(&datapath->by_node);
    }
    *(struct fake_proxy **)vec_at(&datapath->by_node, node) = proxy;
    return proxy;
}

void
datapath_listening_changed(struct fake_datapath *datapath)
{
    vec_clear(&datapath->listening);
    for (uint32_t i = 0; i < datapath->proxies.count; i++) {
        struct fake_proxy *proxy = *(struct fake_proxy **)vec_at(&datapath->proxies, i);
        if (proxy->front && proxy->powered && proxy->config != NULL) {
            *(struct fake_proxy **)vec_push(&datapath->listening) = proxy;
        }
    }
}

struct fake_proxy *
fake_datapath_pick_edge(struct fake_datapath *datapath, struct rng *rng)
{
    const uint32_t count = datapath->listening.count;
    if (count == 0) {
        return NULL;
    }
    const uint32_t index = count == 1 ? 0 : rng_below(rng, count);
    return *(struct fake_proxy **)vec_at(&datapath->listening, index);
}

struct fake_proxy *
fake_datapath_local(struct fake_datapath *datapath, uint32_t node)
{
    if (node >= datapath->by_node.count) {
        return NULL;
    }
    struct fake_proxy *proxy = *(struct fake_proxy **)vec_at(&datapath->by_node, node);
    return proxy != NULL && proxy->powered && proxy->config != NULL ? proxy : NULL;
}

/* --- requests --- */

static void
datapath_grow(struct fake_datapath *datapath)
{
    datapath->chunks = memory_resize(datapath->chunks,
                                     (datapath->chunks_count + 1) * sizeof *datapath->chunks);
    struct world_request *chunk = memory_alloc(REQUEST_CHUNK_ITEMS * sizeof *chunk);
    memset(chunk, world_poison(datapath->world), REQUEST_CHUNK_ITEMS * sizeof *chunk);
    datapath->chunks[datapath->chunks_count] = chunk;
    datapath->chunks_count++;
}

struct world_request *
world_request_new(struct world *world)
{
    struct fake_datapath *datapath = world_datapath(world);
    if (datapath->requests_open >= datapath->requests_max) {
        return NULL;
    }
    uint32_t index = datapath->requests_free;
    if (index != 0) {
        datapath->requests_free = datapath_request(datapath, index)->next;
    } else {
        index = ++datapath->requests_used;
        if (index >> REQUEST_CHUNK_BITS == datapath->chunks_count) {
            datapath_grow(datapath);
        }
    }
    datapath->requests_open++;
    struct world_request *request = datapath_request(datapath, index);
    *request = datapath->blank;
    request->index = index;
    return request;
}

struct world_request *
world_request_at(struct world *world, uint32_t index)
{
    return datapath_request(world_datapath(world), index);
}

void
world_request_free(struct world *world, struct world_request *request)
{
    struct fake_datapath *datapath = world_datapath(world);
    ASSERT(request->stage != REQUEST_FREE);
    ASSERT(datapath->requests_open > 0);
    request->stage = REQUEST_FREE;
    request->next = datapath->requests_free;
    datapath->requests_free = request->index;
    datapath->requests_open--;
}

uint32_t
fake_datapath_requests_open(const struct fake_datapath *datapath)
{
    return datapath->requests_open;
}
