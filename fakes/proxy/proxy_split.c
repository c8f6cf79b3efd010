/*
 * fakes/proxy/proxy_split.c - a service that sends some of its requests to another one.
 *
 * Order:  the header first; then the session, which stays with the service that its server stands
 *         in while that gets requests; then chance. A service without a server that is up gets
 *         nothing while the other has one.
 * Chance: draws of their own, one a request, so that they never shift what a policy draws.
 */
#include "fakes/proxy/inner.h"

#include <string.h>

#include "platform/base/record.h"

#define SPLIT_SALT UINT64_C(0x73706C6974)

/* --- who splits to whom --- */

static const char *
proxy_split_fault(const struct proxy_config *config, const struct env_service *from, uint32_t index,
                  uint32_t found)
{
    if (from->split_ppm > PPM) {
        return "more than all of its requests go elsewhere; it keeps them";
    }
    if (found == 0) {
        return "the service that it splits to is not there; it keeps its requests";
    }
    const struct proxy_service *peer = &config->services[found - 1];
    return found - 1 == index || peer->peer != PROXY_NONE ||
                   config->services[index].peer != PROXY_NONE
               ? "only two services share requests; it keeps its own"
               : NULL;
}

static void
proxy_split_bind_one(struct fake_datapath *datapath, struct proxy_config *config,
                     const struct env_service *from, enum status *ret_status, struct error *error)
{
    const uint32_t own = map64_get(&config->by_name, intern_id(&datapath->names, from->name));
    if (own == 0 || from->split_to == NULL || from->split_to[0] == '\0') {
        return;
    }
    const uint32_t found =
        map64_get(&config->by_name, intern_id(&datapath->names, from->split_to));
    const char *fault = proxy_split_fault(config, from, own - 1, found);
    if (fault != NULL) {
        *ret_status = error_set(error, ST_INVALID, "service %s: %s", from->name, fault);
        return;
    }
    struct proxy_service *service = &config->services[own - 1];
    struct proxy_service *peer = &config->services[found - 1];
    service->peer = found - 1;
    service->splits = true;
    service->split_ppm = from->split_ppm;
    service->split_header =
        arena_strdup(&config->arena, from->split_header != NULL ? from->split_header : "");
    service->split_value =
        arena_strdup(&config->arena, from->split_value != NULL ? from->split_value : "");
    peer->peer = own - 1;
    peer->sessions = service->name;
}

void
proxy_split_bind(struct fake_datapath *datapath, struct proxy_config *config,
                 const struct env_proxy_apply *apply, enum status *ret_status, struct error *error)
{
    for (uint32_t i = 0; i < config->services_count; i++) {
        config->services[i].peer = PROXY_NONE;
        config->services[i].sessions = config->services[i].name;
    }
    for (uint32_t i = 0; i < apply->services_count; i++) {
        proxy_split_bind_one(datapath, config, &apply->services[i], ret_status, error);
    }
}

void
proxy_split_begin(struct proxy_service *service, const struct proxy_service *old)
{
    if (old != NULL) {
        service->split_rng = old->split_rng;
    } else {
        service->split_rng =
            (struct rng){ .key = hash_step(service->state.rng.key, SPLIT_SALT) };
    }
}

/* --- where a request goes --- */

static char
split_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
split_same_name(const char *a, const char *b)
{
    while (*a != '\0' && split_lower(*a) == split_lower(*b)) {
        a++;
        b++;
    }
    return *a == '\0' && *b == '\0';
}

bool
proxy_split_is_by_header(const struct proxy_service *service, const struct env_request *request)
{
    for (uint32_t i = 0; service->splits && service->split_header[0] != '\0' &&
                         i < request->headers_count;
         i++) {
        if (split_same_name(request->headers[i].name, service->split_header) &&
            strcmp(request->headers[i].value, service->split_value) == 0) {
            return true;
        }
    }
    return false;
}

/* The service that the request's session stays with; NULL: there is none, or it gets nothing. */
static struct proxy_service *
proxy_split_session(const struct fake_proxy *proxy, struct proxy_service *service,
                    struct proxy_service *peer, const struct world_request *request)
{
    if (!service->sticky || request->session == 0) {
        return NULL;
    }
    if (service->split_ppm < PPM && proxy_session_find(proxy, service, request) != 0) {
        return service;
    }
    return service->split_ppm > 0 && proxy_session_find(proxy, peer, request) != 0 ? peer : NULL;
}

struct proxy_service *
proxy_split_choose(struct fake_proxy *proxy, struct proxy_service *service,
                   const struct world_request *request, bool by_header)
{
    struct proxy_service *peer = &proxy->config->services[service->peer];
    if (by_header && peer->chosen_count > 0) {
        return peer;
    }
    struct proxy_service *kept = proxy_split_session(proxy, service, peer, request);
    if (kept != NULL) {
        return kept;
    }
    const bool goes = rng_below(&service->split_rng, PPM) < service->split_ppm;
    return proxy_split_refuge(proxy, goes ? peer : service);
}

struct proxy_service *
proxy_split_refuge(const struct fake_proxy *proxy, struct proxy_service *service)
{
    if (service->chosen_count > 0 || service->peer == PROXY_NONE) {
        return service;
    }
    struct proxy_service *peer = &proxy->config->services[service->peer];
    return peer->chosen_count > 0 ? peer : service;
}
