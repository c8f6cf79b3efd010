/*
 * platform/balancer/routes.c - the controller that tells every edge where requests may go.
 *
 * Any difference makes a new generation (route_build.c), sent whole to every edge; an edge that
 * reports an older one is sent the newest again.
 */
#include "platform/wire/routes.h"

#include <string.h>

#include "platform/balancer/route_build.h"
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

/* The generation as bytes. Returns how many endpoints it has. */
static uint32_t
routes_collect(struct routes_state *routes, struct strbuf *out)
{
    struct route_build build;
    const char *zones[ROUTES_ZONES_MAX];
    route_apps_settle(&routes->apps);
    route_build_make(&build, &routes->apps, &routes->zones);
    const uint32_t zones_count = intern_count(&routes->zones);
    for (uint32_t i = 0; i < zones_count; i++) {
        zones[i] = intern_text(&routes->zones, i + 1);
    }
    routes_encode(&(struct routes){ .services = build.services.items,
                                    .services_count = build.services.count,
                                    .zones = zones,
                                    .zones_count = zones_count,
                                    .gateway = routes->cluster->gateway },
                  out);
    const uint32_t endpoints_count = build.endpoints.count;
    routes->zones_missing = build.zones_missing;
    routes->zones_missing_at = routes->cluster->capacity_generation;
    route_build_fini(&build);
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
