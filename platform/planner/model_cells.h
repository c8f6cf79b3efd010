/*
 * platform/planner/model_cells.h - the cells of the model card: which queue is played, at which
 * load, for how long, and what theory says of it.
 *
 * Units:    times are multiples of the mean service time, MODEL_SERVICE_NS; loads are those of one
 *           server, in ppm.
 * Lengths:  as many requests as make the tolerance MODEL_ERROR_PARTS_X100 / 100 standard errors of
 *           the measured mean, and at least MODEL_REQUESTS_MIN. The error is known from the
 *           asymptotic variance of waiting times in M/M/1, scaled for other queues as heavy traffic
 *           scales it. A limit has a wider tolerance for being one: there it is MODEL_LIMIT_PARTS
 *           times as wide as the interval. Lengths do not depend on what is measured.
 * Warm-up:  MODEL_RELAXATIONS relaxation times of the queue, which begins empty.
 * Source:   asymptotic variance and relaxation time of M/M/1: Whitt, Planning Queueing Simulations,
 *           Management Science 35 (1989); the tolerances are the project's own.
 */
#ifndef PLATFORM_PLANNER_MODEL_CELLS_H
#define PLATFORM_PLANNER_MODEL_CELLS_H

#include "platform/base/common.h"

enum model_family {
    MODEL_MM1,     /* exponential service */
    MODEL_MD1,     /* constant */
    MODEL_MG1,     /* log-normal, sigma 1 */
    MODEL_MMC,     /* one line, c servers */
    MODEL_CHOICES, /* 100 servers, each with a line, and a choice of two */
    MODEL_JSQ      /* to the shortest line, beside what is better and what is worse */
};
#define MODEL_FAMILY_COUNT (MODEL_JSQ + 1)

enum {
    MODEL_CELLS_MAX = 80,
    MODEL_REQUESTS_MIN = 4000000,
    MODEL_SHORT_MAX = 6000000, /* of the cells that a short card has */
    MODEL_ERROR_PARTS_X100 = 350, /* the tolerance is 3.5 standard errors of the mean */
    MODEL_LIMIT_PARTS = 4,        /* and four times as wide as the interval beside a limit */
    MODEL_RELAXATIONS = 20
};

#define MODEL_SERVICE_NS MS(100)
#define MODEL_SIGMA      1.0 /* of the log-normal service times */

enum model_reference_kind {
    MODEL_POINT,        /* the number itself */
    MODEL_LIMIT,        /* of ever more servers: near it, with `reached` in the interval */
    MODEL_BETWEEN_LINE, /* between low and high */
    MODEL_BETWEEN_CELL  /* between low and what cell `high_cell` measured */
};

struct model_cell {
    enum model_family         family;
    const char               *scenario; /* "model-mm1": a file of scenarios/traffic/ */
    const char               *balance;  /* NULL: the scenario's own */
    uint32_t                  instances;
    uint32_t                  servers; /* of each instance */
    uint32_t                  use_ppm;
    bool                      waits;   /* judged is the wait alone, else wait and service */
    uint64_t                  requests; /* to be measured, by all seeds together */
    int64_t                   warmup_ns;
    enum model_reference_kind kind;
    double                    low;
    double                    high; /* as low for MODEL_POINT and MODEL_LIMIT */
    uint32_t                  high_cell;
    double                    reached;   /* MODEL_LIMIT: by so many servers as there are */
    double                    tolerance; /* absolute; 0 where the reference is a range */
    double                    p50;       /* of wait and service; 0: no closed form */
    double                    p99;
    double                    quantile_tolerance; /* relative, of p50; twice that for p99 */
};

/* All cells, families together. The number of them. */
uint32_t model_cells(struct model_cell cells[MODEL_CELLS_MAX]);

/* Requests a second, in all. */
int64_t model_cell_rate_microhertz(const struct model_cell *cell);

/* What one seed plays, warm-up included. */
int64_t model_cell_duration_ns(const struct model_cell *cell);

/* "M/M/c" */
const char *model_family_name(enum model_family family);
/* What it is, in a sentence or two. */
const char *model_family_about(enum model_family family);

/* What theory says at any load: the curve behind the points. 0 when there is no closed form. */
double model_cell_curve(const struct model_cell *cell, double use);

#endif
