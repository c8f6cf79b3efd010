/* fakes/containers/engine.c - the containers of one node, in order of token, and its power. */
#include "fakes/containers/volumes.h"

#include <string.h>

#include "platform/base/memory.h"

static const struct fake_containers_options no_faults = { 0 };

struct fake_engine *
fake_engine_open(struct world *world, uint32_t node, const struct fake_containers_options *options)
{
    struct fake_engine *engine = memory_alloc_zero(1, sizeof *engine);
    engine->world = world;
    engine->node = node;
    engine->options = options != NULL ? options : &no_faults;
    engine->powered = true;
    world_stream(world, node, "containers", &engine->rng);
    vec_init(&engine->images, sizeof(struct engine_image));
    intern_init(&engine->label_keys);
    return engine;
}

void
fake_engine_close(struct fake_engine *engine)
{
    if (engine == NULL) {
        return;
    }
    for (uint32_t i = 0; i < engine->containers.count; i++) {
        struct fake_container *container = engine->containers.entries[i].item;
        life_halt(container);
        life_free(container);
    }
    idtable_fini(&engine->containers);
    engine_starts_drop(engine);
    engine_images_fini(engine);
    volumes_fini(engine);
    intern_fini(&engine->label_keys);
    memory_free(engine);
}

struct fake_container *
engine_get(const struct fake_engine *engine, uint64_t token)
{
    return idtable_get(&engine->containers, token);
}

void
engine_insert(struct fake_engine *engine, struct fake_container *container)
{
    idtable_put(&engine->containers, container->token, container);
}

void
engine_remove(struct fake_engine *engine, struct fake_container *container)
{
    idtable_remove(&engine->containers, container->token);
    life_free(container);
}

void
engine_start_free(struct fake_engine *engine, struct engine_start *pending)
{
    if (pending->next != NULL) {
        pending->next->previous = pending->previous;
    }
    if (pending->previous != NULL) {
        pending->previous->next = pending->next;
    } else {
        ASSERT(engine->starts == pending);
        engine->starts = pending->next;
    }
    memory_free(pending);
}

void
engine_starts_drop(struct fake_engine *engine)
{
    while (engine->starts != NULL) {
        engine_start_free(engine, engine->starts);
    }
}

int64_t
engine_draw_ns(struct fake_engine *engine, int64_t min, int64_t max, int64_t default_min,
               int64_t default_max)
{
    const bool is_default = min == 0 && max == 0;
    const int64_t low = is_default ? default_min : min;
    const int64_t high = is_default ? default_max : int64_max(min, max);
    return rng_between(&engine->rng, low, high);
}

void
fake_engine_power_off(struct fake_engine *engine)
{
    engine->powered = false;
    engine->listener = NULL;
    for (uint32_t i = 0; i < engine->containers.count; i++) {
        struct fake_container *container = engine->containers.entries[i].item;
        if (container->state == CONTAINER_RUNNING) {
            life_end(container, 137);
        } else {
            life_halt(container);
        }
    }
    engine_drop_pulls(engine);
}

void
fake_engine_power_on(struct fake_engine *engine)
{
    engine->powered = true;
}

const struct fake_container *
fake_engine_find(const struct fake_engine *engine, uint64_t token)
{
    return engine_get(engine, token);
}

enum status
fake_engine_adopt(struct fake_engine *engine, const struct container_spec *spec)
{
    struct fake_container *container = NULL;
    ASSERT(spec->token > 0 && engine_get(engine, spec->token) == NULL);
    if (spec->image != NULL && spec->image[0] != '\0') {
        engine_image_add(engine, spec->image);
    }
    enum status status = life_create(engine, spec, &container);
    if (status == ST_OK) {
        status = life_adopt(container);
        if (status != ST_OK) {
            engine_remove(engine, container);
        }
    }
    return status;
}

bool
fake_engine_crash(struct fake_engine *engine, uint64_t token)
{
    struct fake_container *container = engine_get(engine, token);
    if (container == NULL || container->state != CONTAINER_RUNNING) {
        return false;
    }
    life_end(container, 137);
    return true;
}

bool
fake_engine_watch(struct fake_engine *engine, uint64_t token, bool watched)
{
    struct fake_container *container = engine_get(engine, token);
    if (container == NULL) {
        return false;
    }
    container->watched = watched;
    if (container->instance != NULL) {
        container->instance->service.watched = watched;
    }
    return true;
}

/* The place of a factor that lasts; slow_count: it does not. */
static uint32_t
engine_slow_place(const struct fake_container *container, double factor)
{
    uint32_t place = 0;
    while (place < container->slow_count && container->slow_factors[place] != factor) {
        place++;
    }
    return place;
}

bool
fake_engine_slow(struct fake_engine *engine, uint64_t token, double factor, bool begins)
{
    struct fake_container *container = engine_get(engine, token);
    ASSERT(factor > 0);
    if (container == NULL || container->state != CONTAINER_RUNNING) {
        return false;
    }
    uint32_t place = container->slow_count;
    if (begins) {
        if (place == FAKE_CONTAINER_SLOW_MAX) {
            return false;
        }
        if (container->slow_factors == NULL) {
            container->slow_factors = memory_alloc_zero(FAKE_CONTAINER_SLOW_MAX, sizeof(double));
        }
        container->slow_factors[place] = factor;
        container->slow_count++;
    } else {
        place = engine_slow_place(container, factor);
        if (place == container->slow_count) {
            return false;
        }
        container->slow_count--;
        for (; place < container->slow_count; place++) {
            container->slow_factors[place] = container->slow_factors[place + 1];
        }
    }
    if (container->listening) {
        life_set_slow(container);
    }
    return true;
}

uint32_t
fake_engine_count(const struct fake_engine *engine)
{
    return engine->containers.count;
}

const struct fake_container *
fake_engine_at(const struct fake_engine *engine, uint32_t index)
{
    ASSERT(index < engine->containers.count);
    return engine->containers.entries[index].item;
}

bool
fake_engine_is_well(const struct fake_engine *engine, uint64_t token)
{
    const struct fake_container *container = engine_get(engine, token);
    return container != NULL && container->listening && !container->behavior->unhealthy;
}
