/* platform/base/dist.c - draws from named distributions. */
#include "platform/base/dist.h"

static int64_t
dist_to_ns(double ns)
{
    if (!(ns > 0)) {
        return 0;
    }
    return ns < (double)DIST_NS_MAX ? (int64_t)ns : DIST_NS_MAX;
}

static int64_t
dist_clamp_ns(int64_t ns)
{
    return int64_max(0, int64_min(ns, DIST_NS_MAX));
}

int64_t
dist_draw_ns(const struct dist *dist, struct rng *rng)
{
    const double a = (double)dist->a_ns;
    switch (dist->kind) {
    case DIST_CONSTANT:
        return dist_clamp_ns(dist->a_ns);
    case DIST_EXPONENTIAL:
        return dist_to_ns(a * rng_exponential(rng));
    case DIST_UNIFORM:
        return dist_clamp_ns(rng_between(rng, dist->a_ns, dist->b_ns));
    case DIST_LOGNORMAL:
        return dist_to_ns(a * fixed_exp(dist->shape * rng_normal(rng)));
    case DIST_PARETO:
        ASSERT(dist->shape > 0);
        return dist_to_ns(a * fixed_exp(rng_exponential(rng) / dist->shape));
    case DIST_EMPIRICAL:
        ASSERT(dist->samples_count > 0);
        return dist_clamp_ns(dist->samples_ns[rng_below(rng, dist->samples_count)]);
    }
    return 0;
}

/* Quotients and remainders apart, so that no sum overflows. */
static int64_t
dist_mean_of_samples(const struct dist *dist)
{
    const int64_t count = dist->samples_count;
    int64_t whole = 0;
    int64_t rest = 0;
    ASSERT(count > 0);
    for (uint32_t i = 0; i < dist->samples_count; i++) {
        const int64_t sample_ns = dist_clamp_ns(dist->samples_ns[i]);
        whole += sample_ns / count;
        rest += sample_ns % count;
    }
    return whole + rest / count;
}

int64_t
dist_mean_ns(const struct dist *dist)
{
    const double a = (double)dist->a_ns;
    const double shape = dist->shape;
    switch (dist->kind) {
    case DIST_CONSTANT:
    case DIST_EXPONENTIAL:
        return dist_clamp_ns(dist->a_ns);
    case DIST_UNIFORM:
        return dist_clamp_ns(dist->a_ns + (dist->b_ns - dist->a_ns) / 2);
    case DIST_LOGNORMAL:
        return dist_to_ns(a * fixed_exp(shape * shape / 2));
    case DIST_PARETO:
        return shape > 1 ? dist_to_ns(a * shape / (shape - 1)) : DIST_NS_MAX;
    case DIST_EMPIRICAL:
        return dist_mean_of_samples(dist);
    }
    return 0;
}
