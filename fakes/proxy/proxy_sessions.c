/*
 * fakes/proxy/proxy_sessions.c - a session stays with its server.
 *
 * A real proxy writes the server into a cookie that the client brings along to any edge. So the
 * sessions of a service are kept once for all proxies, by name of the service and not by edge, and
 * outlive an edge's power. Two sessions whose 64-bit hashes are equal count as one.
 */
#include "fakes/proxy/inner.h"

#include "platform/base/record.h"

static uint64_t
proxy_session_key(const struct world_request *request)
{
    const uint64_t key = hash_step(hash_step(request->client, request->source), request->session);
    return key | 1; /* a key of map64 is not 0 */
}

/* NULL when the service has none. */
static struct proxy_sessions *
proxy_sessions_find(const struct fake_datapath *datapath, uint32_t name)
{
    for (uint32_t i = 0; i < datapath->sessions.count; i++) {
        struct proxy_sessions *sessions = vec_at(&datapath->sessions, i);
        if (sessions->name == name) {
            return sessions;
        }
    }
    return NULL;
}

static struct proxy_sessions *
proxy_sessions_get(struct fake_datapath *datapath, uint32_t name)
{
    struct proxy_sessions *sessions = proxy_sessions_find(datapath, name);
    if (sessions == NULL) {
        sessions = proxy_sessions_find(datapath, 0); /* one that was given back */
        sessions = sessions != NULL ? sessions : vec_push(&datapath->sessions);
        sessions->name = name;
        vec_init(&sessions->endpoints, sizeof(uint64_t));
    }
    return sessions;
}

static void
proxy_sessions_clear(struct proxy_sessions *sessions)
{
    map64_fini(&sessions->by_session);
    map64_fini(&sessions->by_endpoint);
    vec_fini(&sessions->endpoints);
    sessions->name = 0;
}

/* HAProxy keeps to a cookie's server even when that is leaving or a `backup` (here: in another
 * zone); else a session would wander between edges of several zones. */
bool
proxy_session_may_go_on(const struct proxy_service *service, const struct proxy_server *server)
{
    return server->chosen ||
           (server->up && !server->draining && !proxy_server_is_ejected(service, server));
}

uint32_t
proxy_session_find(const struct fake_proxy *proxy, const struct proxy_service *service,
                   const struct world_request *request)
{
    const struct fake_datapath *datapath = proxy->datapath;
    const struct proxy_sessions *sessions = proxy_sessions_find(datapath, service->sessions);
    const uint32_t found =
        sessions != NULL ? map64_get(&sessions->by_session, proxy_session_key(request)) : 0;
    if (found == 0) {
        return 0;
    }
    const uint64_t endpoint_id = *(const uint64_t *)vec_at(&sessions->endpoints, found - 1);
    uint32_t slot = map64_get(&proxy->by_endpoint, endpoint_id);
    while (slot != 0) {
        const struct proxy_server *server = datapath_server(datapath, slot);
        if (server->service != PROXY_NONE &&
            &proxy->config->services[server->service] == service) {
            return proxy_session_may_go_on(service, server) ? slot : 0;
        }
        slot = server->next_same;
    }
    return 0;
}

void
proxy_session_set(struct fake_proxy *proxy, const struct proxy_service *service,
                  const struct world_request *request, uint32_t slot)
{
    struct proxy_sessions *sessions = proxy_sessions_get(proxy->datapath, service->sessions);
    const uint64_t endpoint_id = datapath_server(proxy->datapath, slot)->endpoint_id;
    uint32_t known = map64_get(&sessions->by_endpoint, endpoint_id);
    if (known == 0) {
        *(uint64_t *)vec_push(&sessions->endpoints) = endpoint_id;
        known = sessions->endpoints.count;
        map64_put(&sessions->by_endpoint, endpoint_id, known);
    }
    map64_put(&sessions->by_session, proxy_session_key(request), known);
}

static bool
proxy_sessions_are_named(const struct fake_datapath *datapath, uint32_t name)
{
    for (uint32_t i = 0; i < datapath->proxies.count; i++) {
        const struct fake_proxy *proxy = *(struct fake_proxy **)vec_at(&datapath->proxies, i);
        const struct proxy_service *service = proxy_service_named(proxy, name);
        if (service != NULL && service->sticky) {
            return true;
        }
    }
    return false;
}

void
proxy_sessions_sweep(struct fake_datapath *datapath)
{
    for (uint32_t i = 0; i < datapath->sessions.count; i++) {
        struct proxy_sessions *sessions = vec_at(&datapath->sessions, i);
        if (sessions->name != 0 && !proxy_sessions_are_named(datapath, sessions->name)) {
            proxy_sessions_clear(sessions);
        }
    }
}

void
proxy_sessions_fini(struct fake_datapath *datapath)
{
    for (uint32_t i = 0; i < datapath->sessions.count; i++) {
        struct proxy_sessions *sessions = vec_at(&datapath->sessions, i);
        if (sessions->name != 0) {
            proxy_sessions_clear(sessions);
        }
    }
    vec_fini(&datapath->sessions);
}
