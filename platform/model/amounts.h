/*
 * platform/model/amounts.h - how much of each resource: what roles have, may have and must get.
 */
#ifndef PLATFORM_MODEL_AMOUNTS_H
#define PLATFORM_MODEL_AMOUNTS_H

#include "platform/base/common.h"

enum amount_kind {
    AMOUNT_CPU,    /* thousandths of a core */
    AMOUNT_MEMORY, /* bytes */
    AMOUNT_DISK,   /* bytes */
    AMOUNT_GPU     /* thousandths of a GPU */
};
#define AMOUNT_COUNT (AMOUNT_GPU + 1)

struct amounts {
    int64_t of[AMOUNT_COUNT];
};

/* A share of the cluster that is listed: what apps of this role have, weighed against others. */
struct scheduler_role {
    const char    *name;
    int64_t        weight_milli; /* > 0; 1000 is one */
    struct amounts guarantee;    /* 0: none */
    struct amounts limit;        /* AMOUNT_NO_LIMIT: none */
};
#define AMOUNT_NO_LIMIT INT64_MAX

/* One has a weight of one when nothing is said. */
#define SCHEDULER_WEIGHT_MILLI INT64_C(1000)

static inline void
amounts_add(struct amounts *sum, const struct amounts *amounts, int64_t times)
{
    for (uint32_t i = 0; i < AMOUNT_COUNT; i++) {
        sum->of[i] += times * amounts->of[i];
    }
}

#endif
