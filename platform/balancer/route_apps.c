/* platform/balancer/route_apps.c - what each app contributes to the routes. */
#include "platform/balancer/route_apps.h"

#include <stdio.h>
#include <string.h>

#include "platform/balancer/route_groups.h"
#include "platform/base/memory.h"
#include "platform/base/record.h"

#define ROUTE_APPS_GROUP "external"

void
route_apps_init(struct route_apps *apps, struct cluster *cluster)
{
    *apps = (struct route_apps){ .cluster = cluster };
    vec_init(&apps->apps, sizeof(struct route_app *));
    arena_init(&apps->settled, cluster->env->memory_poison);
}

static void
route_apps_forget_dropped(struct route_app *entry)
{
    for (uint32_t i = 0; i < entry->dropped.count; i++) {
        memory_free(((struct route_dropped *)vec_at(&entry->dropped, i))->name);
    }
    vec_clear(&entry->dropped);
}

void
route_apps_fini(struct route_apps *apps)
{
    for (uint32_t i = 0; i < apps->apps.count; i++) {
        struct route_app *entry = *(struct route_app **)vec_at(&apps->apps, i);
        if (entry != NULL) {
            route_apps_forget_dropped(entry);
            vec_fini(&entry->dropped);
            arena_fini(&entry->arena);
            memory_free(entry);
        }
    }
    vec_fini(&apps->apps);
    arena_fini(&apps->settled);
}

struct cluster_app *
route_apps_owner(const struct route_apps *apps, uint32_t index)
{
    return *(struct cluster_app **)vec_at(&apps->cluster->apps, index);
}

struct route_app *
route_apps_at(const struct route_apps *apps, uint32_t index)
{
    return index < apps->apps.count && route_apps_owner(apps, index) != NULL
               ? *(struct route_app **)vec_at(&apps->apps, index)
               : NULL;
}

static void
route_apps_warn(const struct cluster_app *app, const char *key, const char *text)
{
    char line[600];
    (void)snprintf(line, sizeof line, "%s%s%s", key, key[0] != '\0' ? ": " : "", text);
    cluster_journal(app->cluster, &(struct env_event){ .kind = ENV_EVENT_WARNING,
                                                       .old_state = -1,
                                                       .new_state = -1,
                                                       .version =
                                                           app->version != NULL ? app->version->id
                                                                                : 0,
                                                       .app = app->id,
                                                       .text = line });
}

/* --- an app's labels --- */

/* Takes the names that the labels have now out of the dropped ones, or adds those they had. */
static void
route_apps_drop(struct route_app *entry, bool leaving)
{
    for (uint32_t i = 0; i < entry->labels.services_count; i++) {
        const struct label_service *from = &entry->labels.services[i];
        for (uint32_t d = 0; d < entry->dropped.count;) {
            struct route_dropped *dropped = vec_at(&entry->dropped, d);
            if (strcmp(dropped->name, from->service.name) != 0) {
                d++;
                continue;
            }
            memory_free(dropped->name);
            vec_remove_at(&entry->dropped, d);
        }
        if (!leaving || entry->claims[i].left_out) {
            continue;
        }
        const size_t bytes = strlen(from->service.name) + 1;
        struct route_dropped *dropped = vec_push(&entry->dropped);
        *dropped = (struct route_dropped){ .name = memory_alloc(bytes),
                                           .policy = from->service.policy,
                                           .policy_argument = from->service.policy_argument,
                                           .port_index = from->port_index,
                                           .http = from->service.http };
        memcpy(dropped->name, from->service.name, bytes);
    }
}

static void
route_apps_read(struct route_apps *apps, struct route_app *entry, struct cluster_app *app,
                const struct cluster_version *version)
{
    const struct label_options options = { .group = ROUTE_APPS_GROUP,
                                           .strict = apps->cluster->config->strict_labels,
                                           .inside = apps->cluster->config->mesh };
    route_apps_drop(entry, true);
    arena_reset(&entry->arena);
    entry->version = version->id;
    route_labels_read(version->spec, &options, &entry->arena, &entry->labels);
    entry->claims =
        ARENA_ARRAY(&entry->arena, struct route_claim, entry->labels.services_count);
    route_apps_drop(entry, false);
    entry->is_third = false;
    app->session_drain_ns = 0;
    for (uint32_t i = 0; i < entry->labels.services_count; i++) {
        app->session_drain_ns =
            int64_max(app->session_drain_ns, entry->labels.services[i].session_drain_ns);
    }
    for (uint32_t i = 0; i < entry->labels.warnings_count; i++) {
        route_apps_warn(app, entry->labels.warnings[i].key, entry->labels.warnings[i].text);
    }
    app->routed = app->routed || entry->labels.services_count > 0;
    apps->unsettled = true;
    apps->cluster->routes_dirty = true;
}

uint64_t
route_apps_measured(const struct cluster_app *app)
{
    const struct cluster_deployment *deployment = app->deployment;
    return deployment != NULL && deployment->strategy->analyses_count > 0 ? deployment->record.id
                                                                          : 0;
}

static uint64_t
route_apps_split_hash(const struct cluster_split *split, uint64_t measured)
{
    uint64_t hash = hash_step(hash_step(split->version, split->apart_ppm), measured);
    hash = hash_bytes(hash, split->header, strlen(split->header) + 1);
    return hash_bytes(hash, split->value, strlen(split->value) + 1);
}

/* How its requests are split, and by whose labels they come. */
static void
route_apps_follow(struct route_apps *apps, struct route_app *entry, struct cluster_app *app)
{
    const struct cluster_split split = cluster_split_of(app);
    const struct cluster_version *version =
        split.version != 0 ? cluster_version_get(apps->cluster, split.labels) : app->version;
    const uint64_t hash = route_apps_split_hash(&split, route_apps_measured(app));
    if (hash != entry->split) {
        apps->cluster->routes_dirty = true;
    }
    entry->split = hash;
    if (entry->version != version->id) {
        route_apps_read(apps, entry, app, version);
    }
}

void
route_apps_look(struct route_apps *apps, struct cluster_app *app)
{
    while (apps->apps.count < app->index) {
        *(struct route_app **)vec_push(&apps->apps) = NULL;
    }
    struct route_app **slot = vec_at(&apps->apps, app->index - 1);
    if (*slot == NULL) {
        *slot = memory_alloc_zero(1, sizeof **slot);
        arena_init(&(*slot)->arena, apps->cluster->env->memory_poison);
        vec_init(&(*slot)->dropped, sizeof(struct route_dropped));
    }
    struct route_app *entry = *slot;
    route_apps_follow(apps, entry, app);
    if (entry->dropped.count > 0 && app->counts.old_live == 0) {
        route_apps_forget_dropped(entry);
        apps->cluster->routes_dirty = true;
    }
    const int64_t scaled_at_ns =
        app->deployments_newest != NULL ? app->deployments_newest->record.started_at_ns : 0;
    if (entry->labels.group.name[0] != '\0' &&
        (entry->instances != app->record.instances || entry->scaled_at_ns != scaled_at_ns)) {
        apps->unsettled = true; /* how much of its group is drained depends on it */
        apps->cluster->routes_dirty = true;
    }
    entry->instances = app->record.instances;
    entry->scaled_at_ns = scaled_at_ns;
}

/* --- deployment groups --- */

static void
route_apps_pair(struct route_apps *apps, uint32_t first_index, uint32_t second_index)
{
    struct route_app *first = route_apps_at(apps, first_index);
    struct route_app *second = route_apps_at(apps, second_index);
    const struct route_member one = { &first->labels.group, first->scaled_at_ns };
    const struct route_member two = { &second->labels.group, second->scaled_at_ns };
    const bool swapped = route_groups_second_is_older(&one, &two);
    (swapped ? second : first)->newer = (swapped ? first_index : second_index) + 1;
    (swapped ? first : second)->is_newer = true;
}

/* The first two apps of each group; a third is told and left out. */
static void
route_apps_group(struct route_apps *apps)
{
    struct intern names;
    struct vec firsts; /* uint32_t, by interned number - 1: its first app + 1, 0 when paired */
    intern_init(&names);
    vec_init(&firsts, sizeof(uint32_t));
    for (uint32_t i = 0; i < apps->apps.count; i++) {
        struct route_app *entry = route_apps_at(apps, i);
        if (entry == NULL) {
            continue;
        }
        entry->newer = 0;
        entry->is_newer = false;
        if (entry->labels.group.name[0] == '\0') {
            continue;
        }
        const uint32_t id = intern_id(&names, entry->labels.group.name);
        if (id > firsts.count) {
            *(uint32_t *)vec_push(&firsts) = i + 1;
            entry->is_third = false;
            continue;
        }
        uint32_t *first = vec_at(&firsts, id - 1);
        const bool was_third = entry->is_third;
        entry->is_third = *first == 0;
        if (!entry->is_third) {
            route_apps_pair(apps, *first - 1, i);
            *first = 0;
        } else if (!was_third) {
            route_apps_warn(route_apps_owner(apps, i), "HAPROXY_DEPLOYMENT_GROUP",
                            "the group has two apps already; this one gets no requests");
        }
    }
    vec_fini(&firsts);
    intern_fini(&names);
}

/* --- claims --- */

static void
route_apps_lost(void *context, const struct route_claim *claim, const char *text)
{
    const struct route_apps *apps = context;
    const struct cluster_app *app = cluster_app_find(apps->cluster, claim->asked->app);
    if (app != NULL) {
        route_apps_warn(app, "", text);
    }
}

static void
route_apps_claim(struct route_apps *apps)
{
    struct vec claims;
    vec_init(&claims, sizeof(struct route_claim *));
    for (uint32_t i = 0; i < apps->apps.count; i++) {
        struct route_app *entry = route_apps_at(apps, i);
        if (entry == NULL || entry->is_newer || entry->is_third) {
            continue;
        }
        for (uint32_t s = 0; s < entry->labels.services_count; s++) {
            entry->claims[s].asked = &entry->labels.services[s].service;
            *(struct route_claim **)vec_push(&claims) = &entry->claims[s];
        }
    }
    arena_reset(&apps->settled);
    route_claims_settle(claims.items, claims.count, &apps->settled, route_apps_lost, apps);
    vec_fini(&claims);
}

void
route_apps_settle(struct route_apps *apps)
{
    for (uint32_t i = 0; i < apps->apps.count; i++) {
        struct route_app *entry = *(struct route_app **)vec_at(&apps->apps, i);
        if (entry != NULL && entry->version != 0 && route_apps_owner(apps, i) == NULL) {
            route_apps_forget_dropped(entry); /* its app was deleted for good */
            arena_reset(&entry->arena);
            entry->version = 0;
            entry->labels = (struct route_labels){ .group = { .name = "" } };
            apps->unsettled = true;
        }
    }
    if (apps->unsettled) {
        apps->unsettled = false;
        route_apps_group(apps);
        route_apps_claim(apps);
    }
}
