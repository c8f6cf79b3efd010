/* platform/base/rng.c - SplitMix64 run as a counter: output n is mix(key + n * golden). */
#include "platform/base/rng.h"

#include <string.h>

#include "platform/base/record.h"

void
rng_init(struct rng *rng, uint64_t seed, uint32_t node, const char *name)
{
    ASSERT(name != NULL);
    /* Each part is mixed before the next is added: neighbouring seeds and nodes share nothing. */
    uint64_t key = rng_mix(seed + RNG_GOLDEN);
    key = rng_mix(key ^ (node + RNG_GOLDEN));
    key = rng_mix(key ^ hash_bytes(0, name, strlen(name)));
    *rng = (struct rng){ .key = key };
}

int64_t
rng_between(struct rng *rng, int64_t low, int64_t high)
{
    ASSERT(low <= high);
    const uint64_t span = (uint64_t)high - (uint64_t)low + 1;
    const uint64_t offset = span == 0 ? rng_u64(rng) : rng_below_u64(rng, span);
    return (int64_t)((uint64_t)low + offset);
}
