/* platform/scheduler/place.c - where one task fits. */
#include "platform/scheduler/place.h"

#include "platform/scheduler/ports.h"

struct place_request
place_request_of(const struct cluster_version *version)
{
    const struct app_spec *spec = version->spec;
    struct place_request request = {
        .mem_bytes = spec->mem_bytes,
        .disk_bytes = spec->disk_bytes + spec->volumes_bytes,
        .cpu_milli = spec->cpu_milli,
        .gpus = spec->gpus,
        .gpu_milli = spec->gpu_milli,
        .role_mask = version->role_mask,
        .version = version->id,
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

/* A score of the line alone, which may be asked of a node that the request does not fit on. */
typedef uint64_t place_line_fn(const struct cluster_free *line,
                               const struct place_request *request);

static inline struct cluster_node *
place_node(const struct cluster *cluster, uint32_t index)
{
    return *(struct cluster_node **)vec_at(&cluster->nodes, index);
}

/*
 * The loop over all nodes. Inlined with a known score of the line it has one branch a node, which
 * is almost never taken: a node that does not fit scores worst of all.
 */
static inline struct place_best
place_scan(const struct cluster *cluster, const struct place_request *request, scores_fn *score,
           place_line_fn *line_score, bool counts_ties)
{
    const struct cluster_free *lines = cluster->free.items;
    const uint32_t count = cluster->free.count;
    const struct place_request wanted = *request; /* which nothing in the loop can change */
    uint64_t limit = UINT64_MAX; /* only what scores below it is looked at */
    struct place_best best = { .score = UINT64_MAX, .node = PLACE_NONE };
    for (uint32_t i = 0; i < count; i++) {
        uint64_t value = UINT64_MAX;
        if (line_score != NULL) {
            const uint64_t if_it_fits = line_score(&lines[i], &wanted);
            value = place_fits(&lines[i], &wanted) ? if_it_fits : UINT64_MAX;
        } else if (place_fits(&lines[i], &wanted)) {
            value = score(&lines[i], place_node(cluster, i), &wanted);
        }
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
place_tie(const struct cluster *cluster, const struct place_request *request, scores_fn *score,
          const struct place_best *best, uint32_t number)
{
    for (uint32_t i = best->node; i < cluster->free.count; i++) {
        const struct cluster_free *line = vec_at(&cluster->free, i);
        if (place_fits(line, request) &&
            score(line, place_node(cluster, i), request) == best->score &&
            place_takes(cluster, i, request) && number-- == 0) {
            return i;
        }
    }
    ASSERT(false && "it was counted");
    return PLACE_NONE;
}

uint32_t
place_find(const struct cluster *cluster, const struct place_request *request,
           const struct scores_policy *policy, struct rng *rng)
{
    scores_fn *score = policy->score;
    const struct place_best best =
        score == scores_best_fit ? place_scan(cluster, request, score, place_left, rng != NULL)
                                 : place_scan(cluster, request, score, NULL, rng != NULL);
    if (rng == NULL || best.node == PLACE_NONE) {
        return best.node;
    }
    const uint32_t number = rng_below(rng, best.ties);
    return number == 0 ? best.node : place_tie(cluster, request, score, &best, number);
}
