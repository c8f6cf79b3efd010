/* fakes/containers/behavior.c - the behaviour of images that nobody describes. */
#include "fakes/containers/behavior.h"

const struct behavior behavior_default = {
    .image = "",
    .size_bytes = BEHAVIOR_SIZE_BYTES,
    .start = { .kind = DIST_CONSTANT, .a_ns = BEHAVIOR_START_NS },
    .concurrency = BEHAVIOR_CONCURRENCY,
    .queue_max = BEHAVIOR_QUEUE_MAX,
    .service_time = { .kind = DIST_CONSTANT, .a_ns = BEHAVIOR_SERVICE_NS },
    .stop = { .kind = DIST_CONSTANT, .a_ns = 0 },
    .lifetime = { .kind = DIST_CONSTANT, .a_ns = 0 },
};
