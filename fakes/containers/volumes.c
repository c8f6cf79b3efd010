/* fakes/containers/volumes.c - the named volumes of a modelled engine. */
#include "fakes/containers/volumes.h"

#include "fakes/containers/port.h"
#include "platform/base/memory.h"

struct engine_mount {
    uint64_t token;
    uint64_t volume;
};

struct engine_volumes {
    struct vec there;  /* uint64_t, ascending */
    struct vec mounts; /* struct engine_mount, in the order they came */
};

static void
volumes_tell(const struct fake_engine *engine, enum world_fact_kind kind, uint64_t token,
             uint64_t volume)
{
    world_tell(engine->world, &(struct world_fact){ .kind = kind,
                                                    .node = engine->node,
                                                    .token = token,
                                                    .value = (int64_t)volume });
}

static struct engine_volumes *
volumes_get(struct fake_engine *engine)
{
    if (engine->volumes == NULL) {
        engine->volumes = memory_alloc_zero(1, sizeof *engine->volumes);
        vec_init(&engine->volumes->there, sizeof(uint64_t));
        vec_init(&engine->volumes->mounts, sizeof(struct engine_mount));
    }
    return engine->volumes;
}

/* Its place, or where it would be. */
static uint32_t
volumes_index(const struct engine_volumes *volumes, uint64_t volume)
{
    uint32_t at = 0;
    while (at < volumes->there.count && *(uint64_t *)vec_at(&volumes->there, at) < volume) {
        at++;
    }
    return at;
}

static bool
volumes_has(const struct engine_volumes *volumes, uint64_t volume)
{
    const uint32_t at = volumes_index(volumes, volume);
    return at < volumes->there.count && *(uint64_t *)vec_at(&volumes->there, at) == volume;
}

static void
volumes_make(struct fake_engine *engine, uint64_t volume)
{
    struct engine_volumes *volumes = volumes_get(engine);
    if (volumes_has(volumes, volume)) {
        return;
    }
    const uint32_t at = volumes_index(volumes, volume);
    (void)vec_push(&volumes->there);
    uint64_t *items = volumes->there.items;
    for (uint32_t i = volumes->there.count - 1; i > at; i--) {
        items[i] = items[i - 1];
    }
    items[at] = volume;
    volumes_tell(engine, WORLD_VOLUME_MADE, 0, volume);
}

static bool
volumes_mounts(const struct engine_volumes *volumes, uint64_t token, uint64_t volume)
{
    for (uint32_t i = 0; i < volumes->mounts.count; i++) {
        const struct engine_mount *mount = vec_at(&volumes->mounts, i);
        if ((token == 0 || mount->token == token) && mount->volume == volume) {
            return true;
        }
    }
    return false;
}

void
volumes_create(struct fake_engine *engine, const struct container_spec *spec)
{
    for (uint32_t i = 0; i < spec->volumes_count; i++) {
        const uint64_t volume = spec->volumes[i].volume;
        if (spec->volumes[i].part == 0 || volume == 0) {
            continue;
        }
        volumes_make(engine, volume);
        if (!volumes_mounts(engine->volumes, spec->token, volume)) { /* else another part of it */
            struct engine_mount *mount = vec_push(&engine->volumes->mounts);
            *mount = (struct engine_mount){ .token = spec->token, .volume = volume };
        }
    }
}

void
volumes_run(const struct fake_engine *engine, uint64_t token)
{
    const struct engine_volumes *volumes = engine->volumes;
    for (uint32_t i = 0; volumes != NULL && i < volumes->mounts.count; i++) {
        const struct engine_mount *mount = vec_at(&volumes->mounts, i);
        if (mount->token == token) {
            volumes_tell(engine, WORLD_VOLUME_MOUNTED, token, mount->volume);
        }
    }
}

void
volumes_unmount(struct fake_engine *engine, uint64_t token)
{
    struct engine_volumes *volumes = engine->volumes;
    for (uint32_t i = volumes != NULL ? volumes->mounts.count : 0; i > 0; i--) {
        const struct engine_mount *mount = vec_at(&volumes->mounts, i - 1);
        if (mount->token == token) {
            vec_remove_at(&volumes->mounts, i - 1);
        }
    }
}

void
volumes_fini(struct fake_engine *engine)
{
    if (engine->volumes != NULL) {
        vec_fini(&engine->volumes->there);
        vec_fini(&engine->volumes->mounts);
        memory_free(engine->volumes);
        engine->volumes = NULL;
    }
}

/* --- the calls --- */

static void
volumes_list_answer(struct world *world, void *context, uint64_t argument)
{
    struct env_containers_volumes *list = context;
    const struct fake_containers *containers = port_of_argument(argument);
    const struct engine_volumes *volumes = containers->engine->volumes;
    const uint32_t count = volumes != NULL ? volumes->there.count : 0;
    for (uint32_t i = 0; list->op.status == ST_OK && i < count; i++) {
        list->row(list, *(uint64_t *)vec_at(&volumes->there, i));
    }
    port_complete(world, containers, "containers.volumes", count, &list->op);
}

/* The question of every agent's start: it draws nothing, so that apps without volumes live through
 * the same world as if it were not asked. */
void
volumes_list(struct env_containers *base, struct env_containers_volumes *list)
{
    struct fake_containers *containers = port_of(base);
    struct fake_engine *engine = containers->engine;
    world_trace_call(engine->world, containers->process, "containers.volumes", 0, 0);
    list->op.status = ST_OK;
    list->op.message = "";
    if (!engine->powered) {
        port_refuse(&list->op, ST_UNAVAILABLE, "the container engine does not answer");
    }
    port_answer_at(containers, world_now(engine->world) + FAKE_CONTAINERS_CALL_NS_MIN,
                   volumes_list_answer, list);
}

static void
volumes_remove_answer(struct world *world, void *context, uint64_t argument)
{
    struct env_containers_remove_volume *remove = context;
    port_complete(world, port_of_argument(argument), "containers.remove-volume", remove->volume,
                  &remove->op);
}

void
volumes_remove(struct env_containers *base, struct env_containers_remove_volume *remove)
{
    struct fake_containers *containers = port_of(base);
    struct fake_engine *engine = containers->engine;
    struct engine_volumes *volumes = engine->volumes;
    const int64_t at_ns = port_call_at_ns(engine);
    if (port_begin(containers, &remove->op, "containers.remove-volume", remove->volume, 0) &&
        volumes != NULL && volumes_has(volumes, remove->volume)) {
        if (volumes_mounts(volumes, 0, remove->volume)) {
            port_refuse(&remove->op, ST_FAILED, "a container mounts the volume");
        } else {
            vec_remove_at(&volumes->there, volumes_index(volumes, remove->volume));
            volumes_tell(engine, WORLD_VOLUME_REMOVED, 0, remove->volume);
        }
    }
    port_answer_at(containers, at_ns, volumes_remove_answer, remove);
}
