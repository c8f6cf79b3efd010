/*
 * platform/base/dist.h - named distributions of durations, drawn with our own log and exp so that
 * every machine and compiler draws the same numbers.
 *
 * Units: every parameter that is a duration is in ns. sigma and alpha are plain doubles.
 */
#ifndef PLATFORM_BASE_DIST_H
#define PLATFORM_BASE_DIST_H

#include "platform/base/rng.h"

enum dist_kind {
    DIST_CONSTANT,    /* a_ns */
    DIST_EXPONENTIAL, /* mean a_ns */
    DIST_UNIFORM,     /* a_ns..b_ns */
    DIST_LOGNORMAL,   /* median a_ns, sigma shape */
    DIST_PARETO,      /* min a_ns, alpha shape */
    DIST_EMPIRICAL    /* one of samples_ns, equally likely */
};
#define DIST_KIND_COUNT (DIST_EMPIRICAL + 1)

struct dist {
    enum dist_kind kind;
    int64_t        a_ns;
    int64_t        b_ns;
    double         shape;
    const int64_t *samples_ns; /* borrowed */
    uint32_t       samples_count;
};

/* Exponential of mean 1; normal of mean 0 and deviation 1. */
double rng_exponential(struct rng *rng);
double rng_normal(struct rng *rng);

/* Never negative; capped at DIST_NS_MAX. */
int64_t dist_draw_ns(const struct dist *dist, struct rng *rng);

/* The mean in ns where it is known in closed form; Pareto with alpha <= 1 answers DIST_NS_MAX. */
int64_t dist_mean_ns(const struct dist *dist);

#define DIST_NS_MAX (INT64_C(1) << 56) /* about 2.3 years: a limit of ours */

/* Natural logarithm and exponential from + - * / alone: same bits everywhere. */
double fixed_log(double x); /* x > 0 */
double fixed_exp(double x);

#endif
