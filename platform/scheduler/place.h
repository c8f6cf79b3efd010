/*
 * platform/scheduler/place.h - where one task fits, and why it fits nowhere. Pure.
 */
#ifndef PLATFORM_SCHEDULER_PLACE_H
#define PLATFORM_SCHEDULER_PLACE_H

#include "platform/model/cluster.h"
#include "platform/scheduler/filters/filters.h"

#define PLACE_NONE UINT32_MAX

/* Reasons in the order they are asked; names and order are Marathon's offer funnel. */
#define PLACE_REASON_LIST(X)                                                                       \
    X(PLACE_ROLE, "UnfulfilledRole")                                                               \
    X(PLACE_CONSTRAINT, "UnfulfilledConstraint")                                                   \
    X(PLACE_CPUS, "InsufficientCpus")                                                              \
    X(PLACE_MEMORY, "InsufficientMemory")                                                          \
    X(PLACE_DISK, "InsufficientDisk")                                                              \
    X(PLACE_GPUS, "InsufficientGpus")                                                              \
    X(PLACE_PORTS, "InsufficientPorts")

enum place_reason {
#define X(reason, name) reason,
    PLACE_REASON_LIST(X)
#undef X
};
#define PLACE_REASON_COUNT (PLACE_PORTS + 1)

/* What a task asks of a node. */
struct place_request {
    int64_t  mem_bytes;
    int64_t  disk_bytes;
    int32_t  cpu_milli;
    int32_t  gpus;      /* whole ones */
    int32_t  gpu_milli; /* or a share of one */
    uint32_t role_mask;
    uint32_t ports_count; /* host ports, fixed and free ones */
    const struct app_spec *spec;
    struct filters *filters; /* borrowed; NULL: it has no constraints */
};

struct place_request place_request_of(const struct cluster_version *version);

/* The share of the node that stays free after the task, in 2^-32; meant for one that it fits on. */
static inline uint64_t
place_left(const struct cluster_free *line, const struct place_request *request)
{
    const uint64_t cpu_left = (uint64_t)line->cpu_milli - (uint64_t)request->cpu_milli;
    const uint64_t mem_left = (uint64_t)line->mem_bytes - (uint64_t)request->mem_bytes;
    return cpu_left * line->cpu_inverse + (mem_left * line->mem_inverse >> 30);
}

/* Lower is better. */
typedef uint64_t place_score_fn(const struct cluster_free *line,
                                const struct place_request *request);
uint64_t place_score_best_fit(const struct cluster_free *line, const struct place_request *request);
uint64_t place_score_spread(const struct cluster_free *line, const struct place_request *request);

/*
 * The best node, or PLACE_NONE. Equal scores: the lowest node index, or with rng != NULL one of
 * them drawn, all equally likely.
 */
uint32_t place_find(const struct cluster *cluster, const struct place_request *request,
                    place_score_fn *score, struct rng *rng);

/* How many ready nodes refuse it for which reason, each node counted at its first. */
struct place_refusals {
    uint32_t nodes; /* ready ones */
    uint32_t by_reason[PLACE_REASON_COUNT];
    char     constraints[120]; /* which of them refused, " (hostname UNIQUE)" */
};
void  place_explain(const struct cluster *cluster, const struct place_request *request,
                    struct place_refusals *ret);
/* "12 nodes: 10 InsufficientCpus, 2 UnfulfilledRole". text holds bytes. */
void  place_print(const struct place_refusals *refusals, char *text, size_t bytes);

#endif
