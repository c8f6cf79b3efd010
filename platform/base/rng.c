/* platform/base/rng.c - SplitMix64 run as a counter: output n is mix(key + n * golden). */
#include "platform/base/rng.h"

#include <string.h>

#include "platform/base/record.h"

__extension__ typedef unsigned __int128 rng_wide; /* the full product of two 64-bit numbers */

static const uint64_t golden = UINT64_C(0x9E3779B97F4A7C15);

static uint64_t
rng_mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
    return value ^ (value >> 31);
}

void
rng_init(struct rng *rng, uint64_t seed, uint32_t node, const char *name)
{
    ASSERT(name != NULL);
    /* Each part is mixed before the next is added: neighbouring seeds and nodes share nothing. */
    uint64_t key = rng_mix(seed + golden);
    key = rng_mix(key ^ (node + golden));
    key = rng_mix(key ^ hash_bytes(0, name, strlen(name)));
    *rng = (struct rng){ .key = key };
}

uint64_t
rng_u64(struct rng *rng)
{
    rng->counter++;
    return rng_mix(rng->key + rng->counter * golden);
}

/* Lemire: the high half of random * bound, redrawn in the few cases that would favour a value. */
static uint64_t
rng_below_u64(struct rng *rng, uint64_t bound)
{
    rng_wide product = (rng_wide)rng_u64(rng) * bound;
    if ((uint64_t)product < bound) {
        const uint64_t unfair = (0 - bound) % bound;
        while ((uint64_t)product < unfair) { /* ends: at least half of all draws are fair */
            product = (rng_wide)rng_u64(rng) * bound;
        }
    }
    return (uint64_t)(product >> 64);
}

uint32_t
rng_below(struct rng *rng, uint32_t bound)
{
    ASSERT(bound > 0);
    return (uint32_t)rng_below_u64(rng, bound);
}

int64_t
rng_between(struct rng *rng, int64_t low, int64_t high)
{
    ASSERT(low <= high);
    const uint64_t span = (uint64_t)high - (uint64_t)low + 1;
    const uint64_t offset = span == 0 ? rng_u64(rng) : rng_below_u64(rng, span);
    return (int64_t)((uint64_t)low + offset);
}

double
rng_unit(struct rng *rng)
{
    return (double)(rng_u64(rng) >> 11) * 0x1p-53;
}

bool
rng_chance(struct rng *rng, uint32_t ppm)
{
    return rng_below(rng, PPM) < ppm;
}
