/* sim/flow_laws.c - which laws there are, and how one is found. */
#include "sim/flow_laws.h"

#include <string.h>

#include "platform/base/memory.h"
#include "platform/base/record.h"
#include "platform/planner/queueing.h"

enum {
    GRID_LAST = 44,          /* 1 - 0.9^44 is 0.990 */
    CLOSED_POINTS = 20000,   /* quantiles that a formula is told by */
    SAMPLE_LEAST = 400000,   /* requests of a law that is played.. */
    SAMPLE_MOST = 10000000
};

static const double grid_step = 0.9;
static const double idle_use = 1e-3;     /* nobody waits */
static const double sample_scale = 6e4;  /* ..by 1 / (1 - load)^2, as variances grow */

void
flow_laws_init(struct flow_laws *laws)
{
    *laws = (struct flow_laws){ 0 };
    vec_init(&laws->laws, sizeof(struct flow_law *));
}

void
flow_laws_fini(struct flow_laws *laws)
{
    for (uint32_t i = 0; i < laws->laws.count; i++) {
        memory_free(*(struct flow_law **)vec_at(&laws->laws, i));
    }
    vec_fini(&laws->laws);
    map64_fini(&laws->by_key);
}

/* --- closed forms --- */

/* One line for all workers, which no request finds full: the queue is longer than any wait. */
static bool
laws_is_closed(const struct flow_station *station, double use)
{
    const struct behavior *behavior = station->servers[0].behavior;
    const double full = (double)behavior->queue_max * (1 - use); /* chance of it: below e^-full */
    return station->servers_count == 1 && !station->constant && full > 30 &&
           behavior->service_time.kind == DIST_EXPONENTIAL && behavior->errors_ppm == 0 &&
           !behavior->heeds_deadlines;
}

static void
laws_closed(const struct flow_station *station, double use, struct flow_law *ret)
{
    const struct flow_server *server = &station->servers[0];
    const uint32_t            workers = server->behavior->concurrency;
    const double service_ns = (double)server->behavior->service_time.a_ns * server->slow;
    *ret = (struct flow_law){ .requests = CLOSED_POINTS };
    for (uint32_t i = 0; i < CLOSED_POINTS; i++) {
        const double quantile = ((double)i + 0.5) / CLOSED_POINTS;
        const double stay_ns =
            queueing_mmc_quantile(workers, use * (double)workers, quantile) * service_ns;
        if (stay_ns > (double)station->patience_ns) {
            ret->outcomes[REQUEST_TIMEOUT]++;
        } else {
            ret->outcomes[REQUEST_OK]++;
            sketch_add(&ret->latency, (int64_t)stay_ns + station->way_ns);
        }
    }
}

/* --- played --- */

static bool
laws_are_alike(const struct flow_server *a, const struct flow_server *b)
{
    return a->weight == b->weight && a->slow >= b->slow && a->slow <= b->slow &&
           a->behavior == b->behavior;
}

/* Policies that hash look at which servers there are, not only at how many. */
static bool
laws_is_keyed(const struct env_balance_policy *policy)
{
    return strcmp(policy->name, "source") == 0 || strcmp(policy->name, "uri") == 0;
}

static uint32_t
laws_servers(const struct flow_station *station)
{
    bool alike = !laws_is_keyed(station->policy);
    for (uint32_t i = 1; alike && i < station->servers_count; i++) {
        alike = laws_are_alike(&station->servers[0], &station->servers[i]);
    }
    return alike && station->servers_count > FLOW_ALIKE_MAX ? FLOW_ALIKE_MAX
                                                            : station->servers_count;
}

static void
laws_find(const struct flow_station *asked, double use, struct flow_law *ret)
{
    struct flow_station station = *asked;
    if (laws_is_closed(&station, use)) {
        laws_closed(&station, use, ret);
        return;
    }
    const double wanted = sample_scale / ((1 - use) * (1 - use));
    station.rate = flow_station_capacity(&station) * use;
    uint64_t requests = wanted > SAMPLE_MOST ? SAMPLE_MOST : (uint64_t)wanted;
    requests = requests < SAMPLE_LEAST ? SAMPLE_LEAST : requests;
    flow_law_sample(&station, requests, ret);
}

static uint64_t
laws_key(const struct flow_station *station, uint32_t step)
{
    uint64_t key = hash_step(flow_station_hash(station), station->servers_count);
    for (uint32_t i = 0; laws_is_keyed(station->policy) && i < station->servers_count; i++) {
        key = hash_step(key, station->servers[i].id);
    }
    return hash_step(key, step) | 1; /* a key of map64 is not 0 */
}

static const struct flow_law *
laws_get(struct flow_laws *laws, const struct flow_station *station, uint32_t step, double use)
{
    const uint64_t key = laws_key(station, step);
    uint32_t       index = map64_get(&laws->by_key, key);
    if (index == 0) {
        struct flow_law *law = memory_alloc_zero(1, sizeof *law);
        laws_find(station, use, law);
        *(struct flow_law **)vec_push(&laws->laws) = law;
        index = laws->laws.count;
        map64_put(&laws->by_key, key, index);
    }
    return *(struct flow_law **)vec_at(&laws->laws, index - 1);
}

struct flow_mix
flow_laws_mix(struct flow_laws *laws, const struct flow_station *asked, double use)
{
    ASSERT(use >= 0 && use < 1);
    struct flow_station station = *asked;
    station.servers_count = laws_servers(asked);
    double   idle = 1; /* of the step below: 1 - load */
    uint32_t step = 0;
    while (step < GRID_LAST && idle * grid_step >= 1 - use) {
        idle *= grid_step;
        step++;
    }
    struct flow_mix mix = { 0 };
    mix.low = laws_get(laws, &station, step, step == 0 ? idle_use : 1 - idle);
    mix.high = mix.low;
    if (step < GRID_LAST) {
        const double wait = 1 / (1 - use);
        const double low = 1 / idle;
        const double high = low / grid_step;
        mix.high_share = (wait - low) / (high - low);
        mix.high = mix.high_share > 0
                       ? laws_get(laws, &station, step + 1, 1 - idle * grid_step)
                       : mix.low;
    }
    return mix;
}
