/*
 * platform/scheduler/explain_inner.h - what explain.c finds out and explain_words.c puts in words.
 */
#ifndef PLATFORM_SCHEDULER_EXPLAIN_INNER_H
#define PLATFORM_SCHEDULER_EXPLAIN_INNER_H

#include "platform/scheduler/explain.h"

#define BIT(refusal) (1U << (refusal)) /* of a set of enum env_refusal */

/* What is not there, in the unit it is asked for in. */
struct explain_lack {
    int64_t of[ENV_REFUSAL_COUNT];
    bool    fixed_port; /* of the ports, one that is asked for by its number */
};

/* The nearest node so far. */
struct explain_nearest {
    uint32_t            index; /* of the node, + 1; 0: none yet */
    uint32_t            broken; /* rules */
    uint32_t            broken_count;
    int64_t             lack_ppm;
    struct explain_lack lack;
};

/* "refused by role and constraint, 0.5 cpus short" */
void explain_shortfall(const struct explain_nearest *nearest, const struct place_request *request,
                       struct strbuf *text);

#endif
