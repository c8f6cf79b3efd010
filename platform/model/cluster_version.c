/* platform/model/cluster_version.c - the definitions of apps in the master's memory. */
#include <string.h>

#include "platform/base/memory.h"
#include "platform/model/app_cache.h"
#include "platform/model/cluster.h"

struct cluster_version *
cluster_version_get(struct cluster *cluster, uint64_t id)
{
    const uint32_t index = map64_get(&cluster->versions_by_id, id);
    return index == 0 ? NULL : *(struct cluster_version **)vec_at(&cluster->versions, index - 1);
}

static void
cluster_version_free(const struct cluster *cluster, struct cluster_version *version)
{
    if (cluster->config->definitions != NULL && version->spec != NULL) {
        app_cache_give(cluster->config->definitions, version->spec);
    }
    arena_fini(&version->arena);
    memory_free(version);
}

struct cluster_version *
cluster_version_add(struct cluster_app *app, uint64_t id, const char *json, size_t json_len)
{
    struct cluster *cluster = app->cluster;
    struct cluster_version *version = memory_alloc_zero(1, sizeof *version);
    arena_init(&version->arena, cluster->env->memory_poison);
    version->id = id;
    version->app = app->record.id;
    version->spec = cluster->config->definitions != NULL
                        ? app_cache_take(cluster->config->definitions, json, json_len)
                        : app_load(json, json_len, &version->arena);
    if (version->spec == NULL) { /* a damaged text in the store: the caller reports it */
        cluster_version_free(cluster, version);
        return NULL;
    }
    for (uint32_t i = 0; i < version->spec->roles_count; i++) {
        version->role_mask |= cluster_role_bit(cluster, version->spec->roles[i]);
    }
    if (version->spec->roles_count == 0) {
        version->role_mask = cluster_role_bit(cluster, "*");
    }
    for (uint32_t i = 0; i < version->spec->ports_count; i++) {
        version->ports_fixed += version->spec->ports[i].host_port > 0 ? 1U : 0U;
    }
    cluster->shares |= version->spec->priority != 0 || strcmp(version->spec->role, "*") != 0;
    version->app_next = app->versions_newest;
    app->versions_newest = version;
    *(struct cluster_version **)vec_push(&cluster->versions) = version;
    map64_put(&cluster->versions_by_id, id, cluster->versions.count);
    return version;
}

void
cluster_version_changed(struct cluster *cluster, struct cluster_version *version)
{
    cluster_write(cluster, WRITE_VERSION, version->id, version);
}

static void
cluster_version_forget(struct cluster *cluster, struct cluster_version *version)
{
    const uint32_t index = map64_get(&cluster->versions_by_id, version->id);
    ASSERT(version->tasks_count == 0);
    *(struct cluster_version **)vec_at(&cluster->versions, index - 1) = NULL;
    map64_remove(&cluster->versions_by_id, version->id);
    cluster_unwrite(cluster, version);
    cluster_write(cluster, WRITE_VERSION_DELETE, version->id, NULL);
    cluster_version_free(cluster, version);
}

void
cluster_version_trim(struct cluster_app *app)
{
    uint32_t count = 0;
    for (struct cluster_version **link = &app->versions_newest; *link != NULL;) {
        struct cluster_version *version = *link;
        count++;
        if (!app->removed && (count <= CLUSTER_HISTORY_MAX || version == app->version ||
                              version->tasks_count > 0)) {
            link = &version->app_next;
            continue;
        }
        *link = version->app_next;
        cluster_version_forget(app->cluster, version);
    }
}

void
cluster_version_fini(struct cluster *cluster)
{
    for (uint32_t i = 0; i < cluster->versions.count; i++) {
        struct cluster_version *version = *(struct cluster_version **)vec_at(&cluster->versions, i);
        if (version != NULL) {
            cluster_version_free(cluster, version);
        }
    }
    vec_fini(&cluster->versions);
    map64_fini(&cluster->versions_by_id);
}
