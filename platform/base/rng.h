/*
 * platform/base/rng.h - independent, counter-based random streams.
 *
 * The n-th output of a stream is a pure function of (seed, node, name, n), so that a new consumer
 * never shifts the numbers of another.
 * Source: SplitMix64 (Steele, Lea, Flood 2014) as the mixing function; the interval draw is
 *         Lemire's (2019) without bias.
 */
#ifndef PLATFORM_BASE_RNG_H
#define PLATFORM_BASE_RNG_H

#include "platform/base/common.h"

struct rng {
    uint64_t key;
    uint64_t counter;
};

void    rng_init(struct rng *rng, uint64_t seed, uint32_t node, const char *name);
int64_t rng_between(struct rng *rng, int64_t low, int64_t high); /* both ends included */

__extension__ typedef unsigned __int128 rng_wide; /* the full product of two 64-bit numbers */

#define RNG_GOLDEN UINT64_C(0x9E3779B97F4A7C15)

static inline uint64_t
rng_mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
    return value ^ (value >> 31);
}

static inline uint64_t
rng_u64(struct rng *rng)
{
    rng->counter++;
    return rng_mix(rng->key + rng->counter * RNG_GOLDEN);
}

/* 0..bound-1, bound > 0. Lemire: the high half of random * bound, redrawn in the few cases that
 * would favour a value. */
static inline uint64_t
rng_below_u64(struct rng *rng, uint64_t bound)
{
    ASSERT(bound > 0);
    rng_wide product = (rng_wide)rng_u64(rng) * bound;
    if ((uint64_t)product < bound) {
        const uint64_t unfair = (0 - bound) % bound;
        while ((uint64_t)product < unfair) { /* ends: at least half of all draws are fair */
            product = (rng_wide)rng_u64(rng) * bound;
        }
    }
    return (uint64_t)(product >> 64);
}

static inline uint32_t
rng_below(struct rng *rng, uint32_t bound)
{
    return (uint32_t)rng_below_u64(rng, bound);
}

/* [0, 1), 53 bits. */
static inline double
rng_unit(struct rng *rng)
{
    return (double)(rng_u64(rng) >> 11) * 0x1p-53;
}

/* True with ppm / 1,000,000. */
static inline bool
rng_chance(struct rng *rng, uint32_t ppm)
{
    return rng_below(rng, PPM) < ppm;
}

#endif
