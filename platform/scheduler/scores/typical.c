/* platform/scheduler/scores/typical.c - which shapes of tasks are typical. */
#include "platform/scheduler/scores/typical.h"

enum { TYPICAL_WEIGHT_MAX = 1000000000 };

void
typical_init(struct typical *typical)
{
    *typical = (struct typical){ 0 };
    vec_init(&typical->shapes, sizeof(struct scheduler_shape));
}

void
typical_fini(struct typical *typical)
{
    vec_fini(&typical->shapes);
    map64_fini(&typical->by_key);
}

void
typical_add(struct typical *typical, const struct scheduler_shape *shape)
{
    const uint64_t key = UINT64_C(1) << 63 | (uint64_t)(uint32_t)shape->cpu_milli << 16 |
                         (uint64_t)shape->gpus << 10 | (uint64_t)shape->gpu_milli;
    uint32_t id = map64_get(&typical->by_key, key);
    if (id == 0) {
        struct scheduler_shape *first = vec_push(&typical->shapes);
        *first = *shape;
        first->weight = 0;
        id = typical->shapes.count;
        map64_put(&typical->by_key, key, id);
    }
    struct scheduler_shape *known = vec_at(&typical->shapes, id - 1);
    const uint32_t room = TYPICAL_WEIGHT_MAX - known->weight;
    known->weight += shape->weight < room ? shape->weight : room;
}

static int32_t
shape_milli(const struct scheduler_shape *shape)
{
    return shape->gpus > 0 ? NODE_GPU_MILLI : shape->gpu_milli;
}

/* Whether a comes before b. Two that are not the same are never equal. */
static bool
shape_is_before(const struct scheduler_shape *a, const struct scheduler_shape *b)
{
    return a->weight != b->weight               ? a->weight > b->weight
           : a->cpu_milli != b->cpu_milli       ? a->cpu_milli > b->cpu_milli
           : shape_milli(a) != shape_milli(b)   ? shape_milli(a) > shape_milli(b)
                                                : a->gpus > b->gpus;
}

/* The first one that comes after another, NULL for the very first. */
static const struct scheduler_shape *
typical_after(const struct typical *typical, const struct scheduler_shape *after)
{
    const struct scheduler_shape *first = NULL;
    for (uint32_t i = 0; i < typical->shapes.count; i++) {
        const struct scheduler_shape *shape = vec_at(&typical->shapes, i);
        if ((after == NULL || shape_is_before(after, shape)) &&
            (first == NULL || shape_is_before(shape, first))) {
            first = shape;
        }
    }
    return first;
}

uint32_t
typical_choose(const struct typical *typical, struct scheduler_shape ret[SCHEDULER_SHAPES_MAX])
{
    uint64_t all = 0;
    uint64_t covered = 0;
    uint32_t count = 0;
    const struct scheduler_shape *shape = NULL;
    for (uint32_t i = 0; i < typical->shapes.count; i++) {
        all += ((const struct scheduler_shape *)vec_at(&typical->shapes, i))->weight;
    }
    while (count < SCHEDULER_SHAPES_MAX && covered * 100 < all * TYPICAL_PERCENT) {
        shape = typical_after(typical, shape);
        ASSERT(shape != NULL);
        covered += shape->weight;
        ret[count++] = *shape;
    }
    return count;
}
