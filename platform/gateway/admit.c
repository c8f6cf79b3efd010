/* platform/gateway/admit.c - a matched request through its plugins to a service, or an answer. */
#include "platform/gateway/admit.h"

#include <string.h>

#include "platform/base/arena.h"
#include "platform/base/memory.h"
#include "platform/gateway/gateway_load.h"

/* Kinds without a line change headers, paths and bodies alone: nothing that is decided here, since
 * Kong runs them after all that is. */
static gateway_plugin_act_fn *const acts[ENV_GATEWAY_KIND_COUNT] = {
    [ENV_GATEWAY_CORS] = cors_act,
    [ENV_GATEWAY_KEY_AUTH] = key_auth_act,
    [ENV_GATEWAY_BASIC_AUTH] = basic_auth_act,
    [ENV_GATEWAY_IP_RESTRICTION] = ip_restriction_act,
    [ENV_GATEWAY_REQUEST_SIZE] = request_size_act,
    [ENV_GATEWAY_ACL] = acl_act,
    [ENV_GATEWAY_RATE_LIMITING] = rate_limiting_act,
};

bool
gateway_answer(struct gateway_call *call, uint32_t status, const char *message)
{
    *call->verdict = (struct env_gateway_verdict){
        .status = status, .message = message, .service = "", .service_index = ENV_GATEWAY_NONE
    };
    return true;
}

static char
admit_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
gateway_same(const char *a, const char *b)
{
    while (*a != '\0' && admit_lower(*a) == admit_lower(*b)) {
        a++;
        b++;
    }
    return admit_lower(*a) == admit_lower(*b);
}

const char *
gateway_header(const struct env_request *request, const char *name)
{
    for (uint32_t i = 0; i < request->headers_count; i++) {
        if (gateway_same(request->headers[i].name, name)) {
            return request->headers[i].value;
        }
    }
    return NULL;
}

const struct env_gateway_credential *
gateway_credential(const struct env_gateway_credential *credentials, uint32_t count,
                   const char *name)
{
    uint32_t from = 0;
    uint32_t to = count;
    while (from < to) {
        const uint32_t middle = from + (to - from) / 2;
        const int      order = strcmp(credentials[middle].name, name);
        if (order == 0) {
            return &credentials[middle];
        }
        from = order < 0 ? middle + 1 : from;
        to = order < 0 ? to : middle;
    }
    return NULL;
}

struct gateway_memory *
gateway_memory(const struct env_gateway *gateway, struct env_gateway_state *state)
{
    if (state->memory == NULL) {
        state->memory = memory_alloc_zero(1, sizeof(struct gateway_memory));
    }
    struct gateway_memory *memory = state->memory;
    if (memory->turns == NULL || memory->text_hash != gateway->text_hash) {
        memory_free(memory->turns);
        memory->turns = memory_alloc_zero((size_t)gateway->targets_count + 1,
                                          sizeof *memory->turns);
        memory->text_hash = gateway->text_hash;
    }
    return memory;
}

static void
admit_release(struct env_gateway_state *state)
{
    struct gateway_memory *memory = state->memory;
    if (memory != NULL) {
        counters_close(memory->counters);
        memory_free(memory->turns);
        memory_free(memory);
        state->memory = NULL;
    }
}

static bool
admit_to(struct gateway_call *call, const struct env_gateway_bound *bound)
{
    *call->verdict = (struct env_gateway_verdict){
        .status = 0, .message = "", .service = bound->name, .service_index = bound->index
    };
    return true;
}

/* Smooth weighted round robin over the targets that are known. */
static bool
admit_upstream(struct gateway_call *call, const struct env_gateway_upstream *upstream)
{
    const struct env_gateway_target *targets = &call->gateway->targets[upstream->targets_first];
    uint32_t usable_count = 0;
    uint32_t best = 0;
    int64_t  total = 0;
    for (uint32_t i = 0; i < upstream->targets_count; i++) {
        const bool usable =
            targets[i].weight > 0 && targets[i].bound.index != ENV_GATEWAY_NONE;
        best = usable && usable_count == 0 ? i : best;
        usable_count += usable;
    }
    if (usable_count == 0) {
        return gateway_answer(call, 503, "failure to get a peer from the ring-balancer");
    }
    if (usable_count == 1) {
        return admit_to(call, &targets[best].bound);
    }
    int64_t *turns =
        &gateway_memory(call->gateway, call->state)->turns[upstream->targets_first];
    for (uint32_t i = 0; i < upstream->targets_count; i++) {
        if (targets[i].weight > 0 && targets[i].bound.index != ENV_GATEWAY_NONE) {
            turns[i] += targets[i].weight;
            total += targets[i].weight;
            best = turns[i] > turns[best] ? i : best;
        }
    }
    turns[best] -= total;
    return admit_to(call, &targets[best].bound);
}

static void
admit_service(struct gateway_call *call)
{
    const struct env_gateway *gateway = call->gateway;
    const uint32_t index = gateway->routes[call->route].service;
    const struct env_gateway_service *service =
        index != ENV_GATEWAY_NONE ? &gateway->services[index] : NULL;
    if (service == NULL || !service->enabled) {
        (void)gateway_answer(call, 503, "no Service found with those values");
    } else if (service->upstream != ENV_GATEWAY_NONE) {
        (void)admit_upstream(call, &gateway->upstreams[service->upstream]);
    } else if (service->bound.index == ENV_GATEWAY_NONE) {
        (void)gateway_answer(call, 503, "name resolution failed");
    } else {
        (void)admit_to(call, &service->bound);
    }
}

static void
admit(const struct env_gateway *gateway, struct env_gateway_state *state, uint32_t route,
      const struct env_request *request, int64_t now_ns, struct env_gateway_verdict *ret_verdict)
{
    ASSERT(route < gateway->routes_count);
    struct gateway_call call = {
        .gateway = gateway,
        .request = request,
        .state = state,
        .verdict = ret_verdict,
        .now_ns = now_ns,
        .route = route,
        .consumer = ENV_GATEWAY_NONE,
    };
    if (!request->https && !gateway->routes[route].http) {
        (void)gateway_answer(&call, 426, "Please use HTTPS protocol");
        return;
    }
    for (uint32_t kind = 0; kind < ENV_GATEWAY_KIND_COUNT; kind++) {
        const struct env_gateway_plugin *plugin = gateway->routes[route].plugins[kind];
        if (gateway->consumers_have[kind] && call.consumer != ENV_GATEWAY_NONE) {
            plugin = gateway_plugin_of(gateway, kind, route, call.consumer);
        }
        if (plugin != NULL && acts[kind] != NULL && acts[kind](&call, plugin)) {
            return;
        }
    }
    admit_service(&call);
}

/* The text makes a gateway without services; where its hosts lead to is put in again. */
static const struct env_gateway *
admit_copy(const struct env_gateway *gateway, struct arena *arena)
{
    const struct env_gateway *copy = gateway_load(gateway->text, NULL, 0, arena);
    ASSERT(copy != NULL && copy->services_count == gateway->services_count &&
           copy->targets_count == gateway->targets_count);
    struct env_gateway_service *services = (struct env_gateway_service *)(uintptr_t)copy->services;
    struct env_gateway_target  *targets = (struct env_gateway_target *)(uintptr_t)copy->targets;
    for (uint32_t i = 0; i < copy->services_count; i++) {
        services[i].bound.name = arena_strdup(arena, gateway->services[i].bound.name);
        services[i].bound.index = gateway->services[i].bound.index;
    }
    for (uint32_t i = 0; i < copy->targets_count; i++) {
        targets[i].bound.name = arena_strdup(arena, gateway->targets[i].bound.name);
        targets[i].bound.index = gateway->targets[i].bound.index;
    }
    return copy;
}

const struct env_gateway_ops gateway_ops = {
    .match = gateway_match,
    .admit = admit,
    .release = admit_release,
    .copy = admit_copy,
    .plugin_of = gateway_plugin_of,
    .shape = gateway_shape,
};
