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
    }
    return request;
}

/* Everything but fixed ports, without a branch: most nodes are asked this and nothing else. */
static inline bool
place_fits(const struct cluster_free *line, const struct place_request *request)
{
    return ((line->role_bit & request->role_mask) != 0) & (line->cpu_milli >= request->cpu_milli) &
           (line->mem_bytes >= request->mem_bytes) & (line->disk_bytes >= request->disk_bytes) &
           (line->gpus >= request->gpus) & (line->gpu_milli_most >= request->gpu_milli) &
           (line->ports_free >= request->ports_count);
}

static bool
place_fixed_ports_free(const struct cluster *cluster, uint32_t index,
                       const struct place_request *request)
{
    const struct cluster_node *node = *(struct cluster_node **)vec_at(&cluster->nodes, index);
    return ports_fixed_free(node, request->spec);
}

static bool
place_filters_allow(const struct cluster *cluster, uint32_t index,
                    const struct place_request *request)
{
    return request->filters == NULL ||
           filters_allow(request->filters,
                         *(struct cluster_node **)vec_at(&cluster->nodes, index));
}

/*
 * The loop over all nodes. Inlined with a known score it has one branch a node, which is almost
 * never taken: a node that does not fit scores worst of all.
 */
static inline uint32_t
place_scan(const struct cluster *cluster, const struct place_request *request,
           place_score_fn *score, struct rng *rng)
{
    const struct cluster_free *lines = cluster->free.items;
    const uint32_t count = cluster->free.count;
    const struct place_request wanted = *request; /* which nothing in the loop can change */
    uint64_t best_score = UINT64_MAX;
    uint64_t limit = UINT64_MAX; /* only what scores below it is looked at */
    uint32_t best = PLACE_NONE;
    uint32_t ties = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t if_it_fits = score(&lines[i], &wanted);
        const uint64_t value = place_fits(&lines[i], &wanted) ? if_it_fits : UINT64_MAX;
        if (value >= limit || !place_fixed_ports_free(cluster, i, request) ||
            !place_filters_allow(cluster, i, request)) {
            continue;
        }
        if (value < best_score) {
            best_score = value;
            best = i;
            ties = 1;
            limit = rng != NULL ? value + 1 : value; /* equal ones matter when one is drawn */
        } else if (rng_below(rng, ++ties) == 0) { /* reservoir: every tie equally likely */
            best = i;
        }
    }
    return best;
}

uint32_t
place_find(const struct cluster *cluster, const struct place_request *request,
           place_score_fn *score, struct rng *rng)
{
    return score == place_score_best_fit ? place_scan(cluster, request, place_left, rng)
                                         : place_scan(cluster, request, score, rng);
}
