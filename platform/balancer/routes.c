/*
 * platform/balancer/routes.c - the controller that tells every edge where requests may go.
 *
 * An endpoint is named when its task is healthy and ready; it is named as draining while it is
 * being stopped. Any difference makes a new generation, sent whole to every edge; an edge that
 * reports an older one is sent the newest again.
 */
#include "platform/wire/routes.h"

#include <string.h>

#include "platform/balancer/route_apps.h"
#include "platform/balancer/route_groups.h"
#include "platform/base/memory.h"
#include "platform/model/cluster.h"
#include "platform/wire/messages.h"

#define ROUTES_RESEND_NS SEC(1)

struct routes_state {
    struct cluster    *cluster;
    struct route_apps  apps;
    struct intern      zones;   /* numbered as nodes were met: the same as long as we lead */
    struct msg_routes *message; /* owned: the newest generation, NULL before the first */
    struct env_timer   resend_timer;
    bool               zones_missing; /* of some node, when the newest generation was made... */
    uint64_t           zones_missing_at; /* ...at this capacity generation */
};

/* A generation while it is made. */
struct routes_build {
    struct routes_state *routes;
    struct vec           services;  /* struct env_service */
    struct vec           endpoints; /* struct env_endpoint: those of the services, one by one */
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
    route_apps_init(&routes->apps, cluster);
    intern_init(&routes->zones);
    env_timer_init(&routes->resend_timer, routes_resend);
}

static void
routes_close(struct cluster *cluster, void *state)
{
    struct routes_state *routes = state;
    env_timer_cancel(cluster->env->clock, &routes->resend_timer);
    route_apps_fini(&routes->apps);
    intern_fini(&routes->zones);
    memory_free(routes->message);
}

/* Its tasks say themselves when they come and go; here only a new version's labels are read. */
static void
routes_app(struct cluster *cluster, void *state, struct cluster_app *app)
{
    struct routes_state *routes = state;
    (void)cluster;
    route_apps_look(&routes->apps, app);
}

/* --- endpoints --- */

/* The number of the zone that the task's node stands in, 0 when that is not known. */
static uint8_t
routes_zone_of(struct routes_state *routes, const struct cluster_task *task, bool matters)
{
    const struct cluster_node *node =
        cluster_node_find(routes->cluster, task->record.node - 1);
    if (node == NULL || node->state == NODE_AWAITED) {
        routes->zones_missing = routes->zones_missing || matters;
        return 0;
    }
    if (node->spec.zone[0] == '\0') {
        return 0;
    }
    const uint32_t known = intern_find(&routes->zones, node->spec.zone);
    if (known == 0 && intern_count(&routes->zones) == ROUTES_ZONES_MAX) {
        return 0; /* more zones than an endpoint can name: no affinity there */
    }
    return (uint8_t)(known > 0 ? known : intern_id(&routes->zones, node->spec.zone));
}

/* Where the task answers for this port; false when it has none there. */
static bool
routes_endpoint(const struct cluster_task *task, uint32_t port_index, struct env_endpoint *ret)
{
    const struct app_spec *spec = task->version->spec;
    if (port_index >= spec->ports_count) {
        return false; /* an older version with fewer ports */
    }
    const struct app_port *port = &spec->ports[port_index];
    const bool leaving = cluster_task_is_leaving(task);
    *ret = (struct env_endpoint){
        .id = task->record.id,
        .ipv4 = task->record.ipv4, /* as its agent said: known before the node registers again */
        .port = port->needs_host_port ? task->record.ports[port_index] : port->container_port,
        .weight = 1,
        .draining = task->record.stop != STOP_NONE && !leaving,
        .leaving = leaving,
    };
    return ret->port > 0 && ret->ipv4 > 0;
}

static bool
routes_is_routed(const struct cluster_task *task)
{
    return (task->bits & TASK_BIT_ROUTED) != 0 && task->record.node > 0;
}

/* The app's instances behind a port; the first drained_count that are not stopped are drained. */
static void
routes_endpoints(struct routes_build *build, const struct cluster_app *app,
                 const struct label_service *service, uint32_t drained_count)
{
    for (const struct cluster_task *task = app->tasks_first; task != NULL; task = task->app_next) {
        struct env_endpoint endpoint;
        if (!routes_is_routed(task) || !routes_endpoint(task, service->port_index, &endpoint)) {
            continue;
        }
        endpoint.weight = (uint16_t)service->weight;
        endpoint.zone = routes_zone_of(build->routes, task, service->service.zone_affinity);
        if (drained_count > 0 && task->record.stop == STOP_NONE) {
            endpoint.draining = true;
            drained_count--;
        }
        *(struct env_endpoint *)vec_push(&build->endpoints) = endpoint;
    }
}

/* --- deployment groups --- */

/* Instances that new requests may go to. */
static uint32_t
routes_serving_count(const struct cluster_app *app)
{
    uint32_t count = 0;
    for (const struct cluster_task *task = app->tasks_first; task != NULL; task = task->app_next) {
        count += routes_is_routed(task) && task->record.stop == STOP_NONE ? 1 : 0;
    }
    return count;
}

static uint32_t
routes_drained_count(const struct cluster_app *older, const struct cluster_app *newer,
                     const struct route_app *newer_entry)
{
    return route_groups_drained(routes_serving_count(older), routes_serving_count(newer),
                                older->record.instances,
                                route_groups_target(&newer_entry->labels.group,
                                                    newer->record.instances));
}

/* The newer app's instances join the older one's service of the same port. */
static void
routes_newer(struct routes_build *build, const struct route_app *older,
             const struct label_service *from)
{
    struct route_apps *apps = &build->routes->apps;
    const struct route_app *newer = route_apps_at(apps, older->newer - 1);
    struct label_service service = *from;
    service.weight = 1;
    for (uint32_t i = 0; i < newer->labels.services_count; i++) {
        if (newer->labels.services[i].port_index == from->port_index) {
            service.weight = newer->labels.services[i].weight;
        }
    }
    routes_endpoints(build, route_apps_owner(apps, older->newer - 1), &service, 0);
}

/* --- services --- */

static void
routes_services(struct routes_build *build, const struct cluster_app *app,
                const struct route_app *entry)
{
    const struct route_app *newer =
        entry->newer > 0 ? route_apps_at(&build->routes->apps, entry->newer - 1) : NULL;
    uint32_t drained_count = 0;
    if (newer != NULL) {
        drained_count = routes_drained_count(
            app, route_apps_owner(&build->routes->apps, entry->newer - 1), newer);
    }
    for (uint32_t i = 0; i < entry->labels.services_count; i++) {
        const struct label_service *from = &entry->labels.services[i];
        const uint32_t endpoints_before = build->endpoints.count;
        if (entry->claims[i].left_out) {
            continue;
        }
        struct env_service *service = vec_push(&build->services);
        *service = from->service;
        service->vhosts = entry->claims[i].vhosts;
        service->port = entry->claims[i].port;
        routes_endpoints(build, app, from, drained_count);
        if (newer != NULL) {
            routes_newer(build, entry, from);
        }
        service->endpoints_count = build->endpoints.count - endpoints_before;
    }
}

static bool
routes_has_service(const struct routes_build *build, const char *name)
{
    for (uint32_t i = 0; i < build->services.count; i++) {
        if (strcmp(((const struct env_service *)vec_at(&build->services, i))->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* What the wanted version has no more ends its requests at instances of older ones. */
static void
routes_dropped(struct routes_build *build, const struct cluster_app *app,
               const struct route_app *entry)
{
    for (uint32_t i = 0; i < entry->dropped.count; i++) {
        const struct route_dropped *from = vec_at(&entry->dropped, i);
        if (routes_has_service(build, from->name)) {
            continue; /* another app's by now */
        }
        struct env_service *service = vec_push(&build->services);
        *service = (struct env_service){ .name = from->name,
                                         .app = app->id,
                                         .vhosts = "",
                                         .path = "",
                                         .http = from->http,
                                         .policy = from->policy,
                                         .policy_argument = from->policy_argument };
        for (const struct cluster_task *task = app->tasks_first; task != NULL;
             task = task->app_next) {
            struct env_endpoint endpoint;
            if (task->version != app->version && routes_is_routed(task) &&
                routes_endpoint(task, from->port_index, &endpoint)) {
                endpoint.draining = true;
                endpoint.leaving = false;
                *(struct env_endpoint *)vec_push(&build->endpoints) = endpoint;
                service->endpoints_count++;
            }
        }
    }
}

static void
routes_encode_all(struct routes_build *build, struct strbuf *out)
{
    struct routes_state *routes = build->routes;
    const struct env_endpoint *next = build->endpoints.items; /* it grows no more */
    for (uint32_t i = 0; i < build->services.count; i++) {
        struct env_service *service = vec_at(&build->services, i);
        service->endpoints = next;
        next += service->endpoints_count;
    }
    const char *zones[ROUTES_ZONES_MAX];
    const uint32_t zones_count = intern_count(&routes->zones);
    for (uint32_t i = 0; i < zones_count; i++) {
        zones[i] = intern_text(&routes->zones, i + 1);
    }
    routes_encode(&(struct routes){ .services = build->services.items,
                                    .services_count = build->services.count,
                                    .zones = zones,
                                    .zones_count = zones_count,
                                    .gateway = routes->cluster->gateway },
                  out);
}

/* The generation as bytes. Returns how many endpoints it has. */
static uint32_t
routes_collect(struct routes_state *routes, struct strbuf *out)
{
    struct routes_build build = { .routes = routes };
    vec_init(&build.services, sizeof(struct env_service));
    vec_init(&build.endpoints, sizeof(struct env_endpoint));
    routes->zones_missing = false;
    routes->zones_missing_at = routes->cluster->capacity_generation;
    route_apps_settle(&routes->apps);
    for (uint32_t i = 0; i < routes->apps.apps.count; i++) {
        const struct route_app *entry = route_apps_at(&routes->apps, i);
        if (entry != NULL && !entry->is_newer && !entry->is_third) {
            routes_services(&build, route_apps_owner(&routes->apps, i), entry);
        }
    }
    for (uint32_t i = 0; i < routes->apps.apps.count; i++) {
        const struct route_app *entry = route_apps_at(&routes->apps, i);
        if (entry != NULL) {
            routes_dropped(&build, route_apps_owner(&routes->apps, i), entry);
        }
    }
    routes_encode_all(&build, out);
    const uint32_t endpoints_count = build.endpoints.count;
    vec_fini(&build.services);
    vec_fini(&build.endpoints);
    return endpoints_count;
}

static void
routes_build(struct cluster *cluster, struct routes_state *routes)
{
    struct strbuf bytes = { 0 };
    const uint32_t endpoints_count = routes_collect(routes, &bytes);
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
    /* Instances on a node that has not registered since this master leads got no zone. */
    if (cluster->routes_dirty || (routes->zones_missing && routes->zones_missing_at !=
                                                               cluster->capacity_generation)) {
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
        if (edge->generation >= generation ||
            now_ns >= cluster_edge_missed_at(cluster, edge)) {
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
