/* platform/scheduler/place.c - where one task fits. */
#include "platform/scheduler/place.h"

#include "platform/scheduler/ports.h"

struct place_request
place_request_of(const struct cluster_version *version)
{
    const struct app_spec *spec = version->spec;
    struct place_request request = {
        .mem_bytes = spec->mem_bytes,
        .disk_bytes = spec->disk_bytes,
        .cpu_milli = spec->cpu_milli,
        .gpus = spec->gpus,
        .gpu_milli = spec->gpu_milli,
        .role_mask = version->role_mask,
        .spec = spec,
    };
    for (uint32_t i = 0; i < spec->ports_count; i++) {
        request.ports_count += spec->ports[i].needs_host_port ? 1U : 0U;
        request.has_fixed_ports |= spec->ports[i].host_port > 0;
    }
    return request;
}

static bool
place_fixed_ports_free(const struct cluster *cluster, uint32_t index,
                       const struct place_request *request)
{
    const struct cluster_node *node = *(struct cluster_node **)vec_at(&cluster->nodes, index);
    return !request->has_fixed_ports || ports_fixed_free(node, request->spec);
}

static bool
place_filters_allow(const struct cluster *cluster, uint32_t index,
                    const struct place_request *request)
{
    return request->filters == NULL ||
           filters_allow(request->filters,
                         *(struct cluster_node **)vec_at(&cluster->nodes, index));
}

bool
place_takes(const struct cluster *cluster, uint32_t index, const struct place_request *request)
{
    return place_fits(vec_at(&cluster->free, index), request) &&
           place_fixed_ports_free(cluster, index, request) &&
           place_filters_allow(cluster, index, request);
}

struct place_best {
    uint64_t score;
    uint32_t node; /* the first of equal ones */
    uint32_t ties;
};

/*
 * The loop over all nodes. Inlined with a known score it has one branch a node, which is almost
 * never taken: a node that does not fit scores worst of all.
 */
static inline struct place_best
place_scan(const struct cluster *cluster, const struct place_request *request,
           place_score_fn *score, bool counts_ties)
{
    const struct cluster_free *lines = cluster->free.items;
    const uint32_t count = cluster->free.count;
    const struct place_request wanted = *request; /* which nothing in the loop can change */
    uint64_t limit = UINT64_MAX; /* only what scores below it is looked at */
    struct place_best best = { .score = UINT64_MAX, .node = PLACE_NONE };
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t if_it_fits = score(&lines[i], &wanted);
        const uint64_t value = place_fits(&lines[i], &wanted) ? if_it_fits : UINT64_MAX;
        if (value >= limit || !place_fixed_ports_free(cluster, i, request) ||
            !place_filters_allow(cluster, i, request)) {
            continue;
        }
        if (value < best.score) {
            best = (struct place_best){ .score = value, .node = i, .ties = 1 };
            limit = counts_ties ? value + 1 : value; /* equal ones matter when one is drawn */
        } else {
            best.ties++;
        }
    }
    return best;
}

/* Of the nodes with this score the one with so many before it. */
static uint32_t
place_tie(const struct cluster *cluster, const struct place_request *request,
          place_score_fn *score, const struct place_best *best, uint32_t number)
{
    for (uint32_t i = best->node; i < cluster->free.count; i++) {
        if (score(vec_at(&cluster->free, i), request) == best->score &&
            place_takes(cluster, i, request) && number-- == 0) {
            return i;
        }
    }
    ASSERT(false && "it was counted");
    return PLACE_NONE;
}

uint32_t
place_find(const struct cluster *cluster, const struct place_request *request,
           place_score_fn *score, struct rng *rng)
{
    const struct place_best best = score == place_score_best_fit
                                       ? place_scan(cluster, request, place_left, rng != NULL)
                                       : place_scan(cluster, request, score, rng != NULL);
    if (rng == NULL || best.node == PLACE_NONE) {
        return best.node;
    }
    const uint32_t number = rng_below(rng, best.ties);
    return number == 0 ? best.node : place_tie(cluster, request, score, &best, number);
}
