/*
 * fakes/containers/behavior.h - how an image behaves that no scenario describes.
 *
 * It starts in 1 s, never exits by itself, answers its checks and 64 requests at once in 5 ms each.
 * Source: guesses, but for the sizes: a small service behind one worker pool.
 */
#ifndef FAKES_CONTAINERS_BEHAVIOR_H
#define FAKES_CONTAINERS_BEHAVIOR_H

#include "fakes/service.h"

enum { BEHAVIOR_CONCURRENCY = 64, BEHAVIOR_QUEUE_MAX = 1024 };

#define BEHAVIOR_START_NS   SEC(1)
#define BEHAVIOR_SERVICE_NS MS(5)
#define BEHAVIOR_SIZE_BYTES MIB(50)

/* image is ""; a scenario's own descriptions begin as a copy of this. */
extern const struct behavior behavior_default;

#endif
