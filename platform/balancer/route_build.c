/* platform/balancer/route_build.c - one routing generation out of apps and their instances. */
#include "platform/balancer/route_build.h"

#include <string.h>

#include "platform/balancer/route_groups.h"
#include "platform/wire/routes.h"

/* --- endpoints --- */

/* The number of the zone that the task's node stands in, 0 when that is not known. */
static uint8_t
route_build_zone_of(struct route_build *build, const struct cluster_task *task, bool matters)
{
    const struct cluster_node *node =
        cluster_node_find(build->apps->cluster, task->record.node - 1);
    if (node == NULL || node->state == NODE_AWAITED) {
        build->zones_missing = build->zones_missing || matters;
        return 0;
    }
    if (node->spec.zone[0] == '\0') {
        return 0;
    }
    const uint32_t known = intern_find(build->zones, node->spec.zone);
    if (known == 0 && intern_count(build->zones) == ROUTES_ZONES_MAX) {
        return 0; /* more zones than an endpoint can name: no affinity there */
    }
    return (uint8_t)(known > 0 ? known : intern_id(build->zones, node->spec.zone));
}

/* Where the task answers for this port; false when it has none there. */
static bool
route_build_endpoint(const struct cluster_task *task, uint32_t port_index, struct env_endpoint *ret)
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
route_build_is_routed(const struct cluster_task *task)
{
    return (task->bits & TASK_BIT_ROUTED) != 0 && task->record.node > 0;
}

/* Which of an app's instances stand in a service. All-zero: all of them. */
struct route_choice {
    uint64_t version;       /* 0: of any version */
    bool     others;        /* of any version but that */
    bool     measured;      /* the wanted version's are told from the others */
    uint32_t drained_count; /* the first so many of those that are not stopped are drained */
};

/* The app's instances behind a port. */
static void
route_build_endpoints(struct route_build *build, const struct cluster_app *app,
                      const struct label_service *service, struct route_choice choice)
{
    for (const struct cluster_task *task = app->tasks_first; task != NULL; task = task->app_next) {
        struct env_endpoint endpoint;
        if (choice.version != 0 && (task->version->id == choice.version) == choice.others) {
            continue;
        }
        if (!route_build_is_routed(task) ||
            !route_build_endpoint(task, service->port_index, &endpoint)) {
            continue;
        }
        endpoint.weight = (uint16_t)service->weight;
        endpoint.zone = route_build_zone_of(build, task, service->service.zone_affinity);
        endpoint.newer = choice.measured && (task->bits & TASK_BIT_NEW) != 0;
        if (choice.drained_count > 0 && task->record.stop == STOP_NONE) {
            endpoint.draining = true;
            choice.drained_count--;
        }
        *(struct env_endpoint *)vec_push(&build->endpoints) = endpoint;
    }
}

/* --- deployment groups --- */

/* Instances that new requests may go to. */
static uint32_t
route_build_serving_count(const struct cluster_app *app)
{
    uint32_t count = 0;
    for (const struct cluster_task *task = app->tasks_first; task != NULL; task = task->app_next) {
        count += route_build_is_routed(task) && task->record.stop == STOP_NONE ? 1 : 0;
    }
    return count;
}

static uint32_t
route_build_drained_count(const struct cluster_app *older, const struct cluster_app *newer,
                          const struct route_app *newer_entry)
{
    return route_groups_drained(route_build_serving_count(older), route_build_serving_count(newer),
                                older->record.instances,
                                route_groups_target(&newer_entry->labels.group,
                                                    newer->record.instances));
}

/* The newer app's instances join the older one's service of the same port. */
static void
route_build_newer(struct route_build *build, const struct route_app *older,
                  const struct label_service *from)
{
    const struct route_apps *apps = build->apps;
    const struct route_app *newer = route_apps_at(apps, older->newer - 1);
    struct label_service service = *from;
    service.weight = 1;
    for (uint32_t i = 0; i < newer->labels.services_count; i++) {
        if (newer->labels.services[i].port_index == from->port_index) {
            service.weight = newer->labels.services[i].weight;
        }
    }
    route_build_endpoints(build, route_apps_owner(apps, older->newer - 1), &service,
                          (struct route_choice){ 0 });
}

/* --- services --- */

static struct env_service *
route_build_service(struct route_build *build, const struct label_service *from,
                    const struct route_claim *claim)
{
    struct env_service *service = vec_push(&build->services);
    *service = from->service;
    service->vhosts = claim->vhosts;
    service->port = claim->port;
    return service;
}

/* One version stands apart: reached by the split alone, and judged and admitted like the others. */
static void
route_build_apart(struct route_build *build, const struct cluster_app *app,
                  const struct label_service *from, const struct cluster_split *split)
{
    struct env_service *service = vec_push(&build->services);
    struct env_service *others = vec_at(&build->services, build->services.count - 2);
    const uint32_t endpoints_before = build->endpoints.count;
    const struct route_choice choice = { .version = split->version,
                                         .measured = others->measured != 0 };
    *service = from->service;
    service->name = arena_printf(&build->texts, "%s.v%llu", from->service.name,
                                 (unsigned long long)split->version);
    service->vhosts = "";
    service->path = "";
    service->names = "";
    service->port = 0;
    service->external = false;
    service->measured = others->measured;
    service->tls.certificate = ""; /* the other one has the port and the hosts */
    others->split_to = service->name;
    others->split_ppm = split->apart_ppm;
    others->split_header = split->header;
    others->split_value = split->value;
    route_build_endpoints(build, app, from, choice);
    service->endpoints_count = build->endpoints.count - endpoints_before;
}

/* Two apps of a deployment group share by their numbers of instances: neither is split. */
static void
route_build_app(struct route_build *build, const struct cluster_app *app,
                const struct route_app *entry)
{
    const struct route_app *newer =
        entry->newer > 0 ? route_apps_at(build->apps, entry->newer - 1) : NULL;
    const struct cluster_split split = cluster_split_of(app);
    const uint64_t measured = route_apps_measured(app);
    struct route_choice choice = { .measured = measured != 0 };
    if (newer != NULL) {
        choice.drained_count = route_build_drained_count(
            app, route_apps_owner(build->apps, entry->newer - 1), newer);
    } else {
        choice.version = split.version;
        choice.others = true;
    }
    for (uint32_t i = 0; i < entry->labels.services_count; i++) {
        const struct label_service *from = &entry->labels.services[i];
        const uint32_t endpoints_before = build->endpoints.count;
        if (entry->claims[i].left_out) {
            continue;
        }
        struct env_service *service = route_build_service(build, from, &entry->claims[i]);
        service->measured = measured;
        route_build_endpoints(build, app, from, choice);
        if (newer != NULL) {
            route_build_newer(build, entry, from);
        }
        service->endpoints_count = build->endpoints.count - endpoints_before;
        if (choice.version != 0) {
            route_build_apart(build, app, from, &split);
        }
    }
}

static bool
route_build_has_service(const struct route_build *build, const char *name)
{
    for (uint32_t i = 0; i < build->services.count; i++) {
        if (strcmp(((const struct env_service *)vec_at(&build->services, i))->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* What the version of the labels has no more ends its requests at instances of others. */
static void
route_build_dropped(struct route_build *build, const struct cluster_app *app,
                    const struct route_app *entry)
{
    for (uint32_t i = 0; i < entry->dropped.count; i++) {
        const struct route_dropped *from = vec_at(&entry->dropped, i);
        if (route_build_has_service(build, from->name)) {
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
            if (task->version->id != entry->version && route_build_is_routed(task) &&
                route_build_endpoint(task, from->port_index, &endpoint)) {
                endpoint.draining = true;
                endpoint.leaving = false;
                *(struct env_endpoint *)vec_push(&build->endpoints) = endpoint;
                service->endpoints_count++;
            }
        }
    }
}


/* --- the generation --- */

void
route_build_make(struct route_build *build, const struct route_apps *apps, struct intern *zones)
{
    *build = (struct route_build){ .apps = apps, .zones = zones };
    vec_init(&build->services, sizeof(struct env_service));
    vec_init(&build->endpoints, sizeof(struct env_endpoint));
    arena_init(&build->texts, apps->cluster->env->memory_poison);
    for (uint32_t i = 0; i < apps->apps.count; i++) {
        const struct route_app *entry = route_apps_at(apps, i);
        if (entry != NULL && !entry->is_newer && !entry->is_third) {
            route_build_app(build, route_apps_owner(apps, i), entry);
        }
    }
    for (uint32_t i = 0; i < apps->apps.count; i++) {
        const struct route_app *entry = route_apps_at(apps, i);
        if (entry != NULL) {
            route_build_dropped(build, route_apps_owner(apps, i), entry);
        }
    }
    const struct env_endpoint *next = build->endpoints.items; /* it grows no more */
    for (uint32_t i = 0; i < build->services.count; i++) {
        struct env_service *service = vec_at(&build->services, i);
        service->endpoints = next;
        next += service->endpoints_count;
    }
}

void
route_build_fini(struct route_build *build)
{
    arena_fini(&build->texts);
    vec_fini(&build->services);
    vec_fini(&build->endpoints);
}
