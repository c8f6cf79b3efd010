/*
 * tests/unit/balancer/policies_bed.h - one service and its servers, for tests of policies: keeps
 * the promises that who owns the array makes (platform/env/proxy.h).
 */
#ifndef TESTS_UNIT_BALANCER_POLICIES_BED_H
#define TESTS_UNIT_BALANCER_POLICIES_BED_H

#include <criterion/criterion.h>
#include <string.h>

#include "platform/balancer/policy.h"

enum { BED_SERVERS_MAX = 128, BED_WEIGHT_ONE = ENV_BALANCE_WEIGHT_SCALE };

struct bed {
    struct env_balance_state         state;
    struct env_balance_server        servers[BED_SERVERS_MAX];
    uint32_t                         count;
    uint32_t                         eligible;
    const struct env_balance_policy *policy;
};

/* Counts what may be picked and tells the policy, as after every change of the array. */
static inline void
bed_changed(struct bed *bed)
{
    bed->eligible = 0;
    bed->state.weights_equal = true;
    for (uint32_t i = 0; i < bed->count; i++) {
        bed->eligible += bed->servers[i].eligible ? 1 : 0;
        bed->state.weights_equal =
            bed->state.weights_equal && bed->servers[i].weight == bed->servers[0].weight;
    }
    if (bed->policy->changed != NULL) {
        bed->policy->changed(&bed->state, bed->servers, bed->count, bed->eligible);
    }
}

/* weights: of endpoints, 1..256; NULL: 1 each. Ids are 1, 2, 3... */
static inline void
bed_open_seed(struct bed *bed, const char *label, const uint32_t *weights, uint32_t count,
              uint64_t seed)
{
    cr_assert(count <= BED_SERVERS_MAX);
    *bed = (struct bed){ .count = count };
    bed->policy = balance_policy_find(label, &bed->state.argument);
    cr_assert_not_null(bed->policy, "no policy %s", label);
    rng_init(&bed->state.rng, seed, 0, label);
    bed->state.now_ns = SEC(1);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t weight = weights != NULL ? weights[i] : 1;
        bed->servers[i] = (struct env_balance_server){ .id = i + 1,
                                                       .weight = weight * BED_WEIGHT_ONE,
                                                       .eligible = true };
    }
    bed_changed(bed);
}

static inline void
bed_open(struct bed *bed, const char *label, const uint32_t *weights, uint32_t count)
{
    bed_open_seed(bed, label, weights, count, 1);
}

static inline void
bed_close(struct bed *bed)
{
    if (bed->policy->release != NULL) {
        bed->policy->release(&bed->state);
    }
    cr_assert_null(bed->state.memory, "%s keeps its memory", bed->policy->name);
}

static inline void
bed_set_eligible(struct bed *bed, uint32_t index, bool eligible)
{
    bed->servers[index].eligible = eligible;
    bed_changed(bed);
}

static inline void
bed_set_weight(struct bed *bed, uint32_t index, uint32_t weight)
{
    bed->servers[index].weight = weight;
    bed_changed(bed);
}

static inline void
bed_set_open(struct bed *bed, uint32_t index, uint32_t open)
{
    bed->servers[index].open = open;
    bed_changed(bed);
}

static inline uint32_t
bed_pick(struct bed *bed)
{
    const uint32_t index =
        bed->policy->pick(&bed->state, bed->servers, bed->count, bed->eligible);
    cr_assert(index < bed->count && bed->servers[index].eligible, "%s picks %u",
              bed->policy->name, index);
    return index;
}

static inline void
bed_sent(struct bed *bed, uint32_t index)
{
    bed->servers[index].open++;
    if (bed->policy->sent != NULL) {
        bed->policy->sent(&bed->state, bed->servers, index);
    }
}

static inline void
bed_ended(struct bed *bed, uint32_t index, int64_t latency_ns)
{
    cr_assert(bed->servers[index].open > 0);
    bed->servers[index].open--;
    if (bed->policy->ended != NULL) {
        bed->policy->ended(&bed->state, bed->servers, index, latency_ns, true);
    }
}

static inline uint32_t
bed_send(struct bed *bed)
{
    const uint32_t index = bed_pick(bed);
    bed_sent(bed, index);
    return index;
}

/* A server that has requests, by chance; BED_SERVERS_MAX: none has. */
static inline uint32_t
bed_busy(const struct bed *bed, struct rng *rng)
{
    for (uint32_t tries = 0; tries < 8; tries++) {
        const uint32_t index = rng_below(rng, bed->count);
        if (bed->servers[index].open > 0) {
            return index;
        }
    }
    return BED_SERVERS_MAX;
}

#endif
