/* fakes/containers/images.c - the images of a node: pulled once, kept for ever. */
#include <string.h>

#include "fakes/containers/engine.h"
#include "platform/base/memory.h"

static struct engine_image *
images_find(const struct fake_engine *engine, const char *name)
{
    for (uint32_t i = 0; i < engine->images.count; i++) {
        struct engine_image *image = vec_at(&engine->images, i);
        if (strcmp(image->name, name) == 0) {
            return image;
        }
    }
    return NULL;
}

const char *
engine_image_name(const struct fake_engine *engine, const char *name)
{
    if (name == NULL || name[0] == '\0') {
        return ""; /* the plain shell image is everywhere */
    }
    const struct engine_image *image = images_find(engine, name);
    return image != NULL && image->present_at_ns <= world_now(engine->world) ? image->name : NULL;
}

static int64_t
images_transfer_ns(const struct fake_engine *engine, int64_t size_bytes)
{
    const int64_t given = engine->options->pull_bytes_per_s;
    const int64_t rate = given > 0 ? given : FAKE_CONTAINERS_PULL_BYTES_PER_S;
    return size_bytes / rate * NS_PER_SEC + size_bytes % rate * NS_PER_SEC / rate;
}

static struct engine_image *
images_add(struct fake_engine *engine, const char *name, int64_t present_at_ns)
{
    const size_t name_bytes = strlen(name) + 1;
    struct engine_image *image = vec_push(&engine->images);
    image->name = memory_alloc(name_bytes);
    memcpy(image->name, name, name_bytes);
    image->present_at_ns = present_at_ns;
    return image;
}

void
engine_image_add(struct fake_engine *engine, const char *name)
{
    if (engine_image_name(engine, name) == NULL) {
        (void)images_add(engine, name, world_now(engine->world));
    }
}

int64_t
engine_pull(struct fake_engine *engine, const char *name, bool force, enum status *ret_status)
{
    const int64_t now_ns = world_now(engine->world);
    const int64_t given_ns = engine->options->pull_ns;
    const int64_t answer_ns = now_ns + (given_ns > 0 ? given_ns : FAKE_CONTAINERS_PULL_NS);
    struct engine_image *image = images_find(engine, name);
    *ret_status = ST_OK;
    if (image != NULL && image->present_at_ns > now_ns) {
        return image->present_at_ns; /* another pull of it is under way */
    }
    if (image != NULL && !force) {
        return now_ns;
    }
    const struct behavior *behavior = world_behavior(engine->world, name);
    if (behavior->missing || behavior->denied) {
        *ret_status = behavior->missing ? ST_NOT_FOUND : ST_DENIED;
        return answer_ns;
    }
    if (engine->options->pull_fail_ppm > 0 &&
        rng_chance(&engine->rng, engine->options->pull_fail_ppm)) {
        *ret_status = ST_UNAVAILABLE;
        return answer_ns;
    }
    if (image != NULL) {
        return answer_ns; /* the registry says that it has not changed */
    }
    image = images_add(engine, name,
                       answer_ns + images_transfer_ns(engine, behavior->size_bytes));
    return image->present_at_ns;
}

void
engine_drop_pulls(struct fake_engine *engine)
{
    const int64_t now_ns = world_now(engine->world);
    for (uint32_t i = engine->images.count; i > 0; i--) {
        struct engine_image *image = vec_at(&engine->images, i - 1);
        if (image->present_at_ns > now_ns) {
            memory_free(image->name);
            vec_remove_at(&engine->images, i - 1);
        }
    }
}

void
engine_images_fini(struct fake_engine *engine)
{
    for (uint32_t i = 0; i < engine->images.count; i++) {
        struct engine_image *image = vec_at(&engine->images, i);
        memory_free(image->name);
    }
    vec_fini(&engine->images);
}
