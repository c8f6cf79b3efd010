/* fakes/containers/engine.c - the containers of one node, in order of token, and its power. */
#include "fakes/containers/volumes.h"

#include <string.h>

#include "platform/base/memory.h"

/* Bounds of a guess that is computed in 64 bits. */
#define ENGINE_SPAN_MAX  (UINT64_C(1) << 44)
#define ENGINE_GUESS_MAX (UINT32_C(1) << 20)

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
    vec_init(&engine->containers, sizeof(struct fake_container *));
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
        struct fake_container *container =
            *(struct fake_container **)vec_at(&engine->containers, i);
        life_halt(container);
        life_free(container);
    }
    vec_fini(&engine->containers);
    engine_starts_drop(engine);
    engine_images_fini(engine);
    volumes_fini(engine);
    intern_fini(&engine->label_keys);
    memory_free(engine);
}

/* Tokens of a node are often close neighbours: the first guess is where this one would be if they
 * stood evenly. */
uint32_t
engine_index(const struct fake_engine *engine, uint64_t token)
{
    struct fake_container *const *containers = engine->containers.items;
    const uint32_t count = engine->containers.count;
    const uint64_t first = engine->token_first;
    if (count == 0 || token <= first) {
        return 0;
    }
    const uint64_t span = engine->token_last - first;
    if (token - first > span) {
        return count;
    }
    uint32_t low = 0;
    uint32_t high = count;
    uint32_t middle = span < ENGINE_SPAN_MAX && count < ENGINE_GUESS_MAX
                          ? (uint32_t)((token - first) * (count - 1) / span)
                          : count / 2;
    while (low < high) {
        if (containers[middle]->token == token) {
            return middle;
        }
        if (containers[middle]->token < token) {
            low = middle + 1;
        } else {
            high = middle;
        }
        middle = low + (high - low) / 2;
    }
    return low;
}

struct fake_container *
engine_get(const struct fake_engine *engine, uint64_t token)
{
    const uint32_t index = engine_index(engine, token);
    if (index == engine->containers.count) {
        return NULL;
    }
    struct fake_container *container =
        *(struct fake_container **)vec_at(&engine->containers, index);
    return container->token == token ? container : NULL;
}

/* The table has changed. */
static void
engine_note_ends(struct fake_engine *engine)
{
    struct fake_container *const *containers = engine->containers.items;
    if (engine->containers.count > 0) {
        engine->token_first = containers[0]->token;
        engine->token_last = containers[engine->containers.count - 1]->token;
    }
}

void
engine_insert(struct fake_engine *engine, struct fake_container *container)
{
    const uint32_t index = engine_index(engine, container->token);
    (void)vec_push(&engine->containers);
    struct fake_container **items = engine->containers.items;
    memmove(items + index + 1, items + index,
            (engine->containers.count - 1 - index) * sizeof(struct fake_container *));
    items[index] = container;
    engine_note_ends(engine);
}

void
engine_remove(struct fake_engine *engine, struct fake_container *container)
{
    vec_remove_at(&engine->containers, engine_index(engine, container->token));
    engine_note_ends(engine);
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
        struct fake_container *container =
            *(struct fake_container **)vec_at(&engine->containers, i);
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
    return *(struct fake_container **)vec_at(&engine->containers, index);
}

bool
fake_engine_is_well(const struct fake_engine *engine, uint64_t token)
{
    const struct fake_container *container = engine_get(engine, token);
    return container != NULL && container->listening && !container->behavior->unhealthy;
}
