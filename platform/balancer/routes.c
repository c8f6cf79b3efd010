/*
 * platform/balancer/routes.c - the controller that tells every edge where requests may go.
 *
 * An endpoint is named when its task is healthy and ready; it is named as draining while it is
 * being stopped. Any difference makes a new generation, sent whole to every edge; an edge that
 * reports an older one is sent the newest again.
 */
#include "platform/wire/routes.h"

#include <string.h>

#include "platform/balancer/route_labels.h"
#include "platform/balancer/policy.h"
#include "platform/base/memory.h"
#include "platform/model/cluster.h"
#include "platform/wire/messages.h"

#define ROUTES_GROUP     "external"
#define ROUTES_RESEND_NS SEC(1)

/* What one app contributes: parsed once a version. */
struct route_app {
    uint64_t             version; /* of services */
    struct arena         arena;   /* of services */
    struct label_service services[LABEL_SERVICES_MAX];
    uint32_t             services_count;
};

struct routes_state {
    struct cluster    *cluster;
    struct vec         apps;    /* struct route_app *, by app index - 1 */
    struct msg_routes *message; /* owned: the newest generation, NULL before the first */
    struct env_timer   resend_timer;
};

static void
routes_resend(struct env_timer *timer)
{
    struct routes_state *routes = container_of(timer, struct routes_state, resend_timer);
    routes->cluster->wake(routes->cluster);
}

static void
routes_open(struct cluster *cluster, void *state)
{
    struct routes_state *routes = state;
    routes->cluster = cluster;
    vec_init(&routes->apps, sizeof(struct route_app *));
    env_timer_init(&routes->resend_timer, routes_resend);
}

static void
routes_close(struct cluster *cluster, void *state)
{
    struct routes_state *routes = state;
    env_timer_cancel(cluster->env->clock, &routes->resend_timer);
    for (uint32_t i = 0; i < routes->apps.count; i++) {
        struct route_app *entry = *(struct route_app **)vec_at(&routes->apps, i);
        if (entry != NULL) {
            arena_fini(&entry->arena);
            memory_free(entry);
        }
    }
    vec_fini(&routes->apps);
    memory_free(routes->message);
}

static void
routes_warn(struct cluster_app *app, struct strbuf *warnings)
{
    char *line = warnings->text;
    while (line != NULL && *line != '\0') {
        char *end = strchr(line, '\n');
        if (end != NULL) {
            *end = '\0';
        }
        cluster_journal(app->cluster, &(struct env_event){ .kind = ENV_EVENT_WARNING,
                                                           .old_state = -1,
                                                           .new_state = -1,
                                                           .version = app->version->id,
                                                           .app = app->id,
                                                           .text = line });
        line = end != NULL ? end + 1 : NULL;
    }
}

static struct route_app *
routes_entry(struct routes_state *routes, struct cluster_app *app)
{
    while (routes->apps.count < app->index) {
        *(struct route_app **)vec_push(&routes->apps) = NULL;
    }
    struct route_app **slot = vec_at(&routes->apps, app->index - 1);
    if (*slot == NULL) {
        *slot = memory_alloc_zero(1, sizeof **slot);
        arena_init(&(*slot)->arena, app->cluster->env->memory_poison);
    }
    struct route_app *entry = *slot;
    if (entry->version != app->version->id) {
        struct strbuf warnings = { 0 };
        arena_reset(&entry->arena);
        entry->version = app->version->id;
        entry->services_count = route_labels_read(app->version->spec, ROUTES_GROUP, &entry->arena,
                                            entry->services, &warnings);
        app->cluster->routes_dirty = true;
        routes_warn(app, &warnings);
        strbuf_fini(&warnings);
    }
    app->routed = app->routed || entry->services_count > 0;
    return entry;
}

/* Where the task answers for this port; false when it has none there. */
static bool
routes_endpoint(const struct cluster_task *task, const struct label_service *service,
                struct env_endpoint *ret)
{
    const struct app_spec *spec = task->version->spec;
    if (service->port_index >= spec->ports_count) {
        return false; /* an older version with fewer ports */
    }
    const struct app_port *port = &spec->ports[service->port_index];
    *ret = (struct env_endpoint){
        .id = task->record.id,
        .ipv4 = task->record.ipv4, /* as its agent said: known before the node registers again */
        .port = port->needs_host_port ? task->record.ports[service->port_index]
                                      : port->container_port,
        .weight = 1,
        .draining = task->record.stop != STOP_NONE,
    };
    return ret->port > 0 && ret->ipv4 > 0;
}

/* Its tasks say themselves when they come and go; here only a new version's labels are read. */
static void
routes_app(struct cluster *cluster, void *state, struct cluster_app *app)
{
    (void)cluster;
    (void)routes_entry(state, app);
}

static uint32_t
routes_endpoints(const struct cluster_app *app, const struct label_service *service,
                 struct vec *endpoints)
{
    uint32_t count = 0;
    for (const struct cluster_task *task = app->tasks_first; task != NULL; task = task->app_next) {
        struct env_endpoint endpoint;
        if ((task->bits & TASK_BIT_ROUTED) != 0 && task->record.node > 0 &&
            routes_endpoint(task, service, &endpoint)) {
            *(struct env_endpoint *)vec_push(endpoints) = endpoint;
            count++;
        }
    }
    return count;
}

static void
routes_encode_all(struct cluster *cluster, struct routes_state *routes, struct strbuf *out,
                  uint32_t *ret_endpoints)
{
    struct vec services;
    struct vec endpoints;
    vec_init(&services, sizeof(struct env_service));
    vec_init(&endpoints, sizeof(struct env_endpoint));
    for (uint32_t i = 0; i < routes->apps.count; i++) {
        const struct cluster_app *app = *(struct cluster_app **)vec_at(&cluster->apps, i);
        const struct route_app *entry = *(struct route_app **)vec_at(&routes->apps, i);
        for (uint32_t s = 0; app != NULL && entry != NULL && s < entry->services_count; s++) {
            const struct label_service *from = &entry->services[s];
            struct env_service *service = vec_push(&services);
            *service = (struct env_service){
                .name = from->name,
                .app = app->id,
                .vhosts = from->vhosts,
                .path = from->path,
                .port = from->port,
                .http = from->http,
                .policy = from->policy,
                .policy_argument = from->policy_argument,
                .check_interval_ns = from->check_interval_ns,
                .check_fall = from->check_fall,
            };
            service->endpoints_count = routes_endpoints(app, from, &endpoints);
        }
    }
    const struct env_endpoint *next = endpoints.items; /* it grows no more */
    for (uint32_t i = 0; i < services.count; i++) {
        struct env_service *service = vec_at(&services, i);
        service->endpoints = next;
        next += service->endpoints_count;
    }
    routes_encode(&(struct routes){ .services = services.items, .services_count = services.count },
                  out);
    *ret_endpoints = endpoints.count;
    vec_fini(&services);
    vec_fini(&endpoints);
}

static void
routes_build(struct cluster *cluster, struct routes_state *routes)
{
    struct strbuf bytes = { 0 };
    uint32_t endpoints_count = 0;
    routes_encode_all(cluster, routes, &bytes, &endpoints_count);
    memory_free(routes->message);
    routes->message = memory_alloc_zero(1, sizeof *routes->message + bytes.len);
    routes->message->term = cluster->term;
    routes->message->generation = ++cluster->meta.routes_generation;
    routes->message->tail_len = (uint32_t)bytes.len;
    if (bytes.len > 0) {
        memcpy(routes->message->tail, bytes.text, bytes.len);
    }
    strbuf_fini(&bytes);
    cluster_journal(cluster, &(struct env_event){ .kind = ENV_EVENT_ROUTES,
                                                  .old_state = -1,
                                                  .new_state = (int32_t)endpoints_count,
                                                  .value =
                                                      (int64_t)routes->message->generation });
}

static void
routes_finish(struct cluster *cluster, void *state)
{
    struct routes_state *routes = state;
    if (cluster->routes_dirty) {
        cluster->routes_dirty = false;
        routes_build(cluster, routes);
    }
    if (routes->message == NULL) {
        return;
    }
    const int64_t now_ns = cluster_now(cluster);
    bool behind = false;
    for (uint32_t i = 0; i < cluster->edges.count; i++) {
        struct cluster_edge *edge = vec_at(&cluster->edges, i);
        const uint64_t generation = routes->message->generation;
        if (edge->generation >= generation || !cluster_edge_is_there(cluster, edge)) {
            continue;
        }
        behind = true;
        if (edge->sent_generation == generation && now_ns < edge->sent_at_ns + ROUTES_RESEND_NS) {
            continue;
        }
        edge->sent_generation = generation;
        edge->sent_at_ns = now_ns;
        cluster_send(cluster, env_address_of(ENV_PROCESS_EDGE, edge->node), &msg_routes_type,
                     routes->message);
    }
    if (behind && !routes->resend_timer.armed) {
        env_timer_start(cluster->env->clock, &routes->resend_timer, ROUTES_RESEND_NS);
    }
}

const struct controller routes_controller = {
    .name = "routes",
    .state_bytes = sizeof(struct routes_state),
    .open = routes_open,
    .app = routes_app,
    .finish = routes_finish,
    .close = routes_close,
};
