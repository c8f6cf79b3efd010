/*
 * platform/scheduler/scores/typical.h - which shapes of tasks are typical: the fewest that cover
 * most of the tasks there are.
 *
 * Source: 95 percent by number, as in the experiments of fgd.h; a shape is processors and GPUs.
 */
#ifndef PLATFORM_SCHEDULER_SCORES_TYPICAL_H
#define PLATFORM_SCHEDULER_SCORES_TYPICAL_H

#include "platform/base/map.h"
#include "platform/model/config.h"

enum { TYPICAL_PERCENT = 95 };

struct typical {
    struct vec   shapes; /* struct scheduler_shape: each once, in order of their first task */
    struct map64 by_key; /* index + 1 */
};

void typical_init(struct typical *typical);
void typical_fini(struct typical *typical);

/* weight more tasks of the shape, at most 1,000,000,000 in all. */
void typical_add(struct typical *typical, const struct scheduler_shape *shape);

/*
 * The shapes with the most tasks, until they cover TYPICAL_PERCENT of all, or are as many as may
 * be; most tasks first, of equal ones the larger first. How many.
 */
uint32_t typical_choose(const struct typical *typical,
                        struct scheduler_shape ret[SCHEDULER_SHAPES_MAX]);

#endif
