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

void     rng_init(struct rng *rng, uint64_t seed, uint32_t node, const char *name);
uint64_t rng_u64(struct rng *rng);
uint32_t rng_below(struct rng *rng, uint32_t bound);              /* 0..bound-1, bound > 0 */
int64_t  rng_between(struct rng *rng, int64_t low, int64_t high); /* both ends included */
double   rng_unit(struct rng *rng);                               /* [0, 1), 53 bits */
bool     rng_chance(struct rng *rng, uint32_t ppm);               /* true with ppm / 1,000,000 */

#endif
