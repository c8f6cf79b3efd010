/*
 * platform/scheduler/place.h - where one task fits. Pure.
 */
#ifndef PLATFORM_SCHEDULER_PLACE_H
#define PLATFORM_SCHEDULER_PLACE_H

#include "platform/model/cluster.h"
#include "platform/scheduler/filters/filters.h"
#include "platform/scheduler/scores/scores.h"

#define PLACE_NONE UINT32_MAX

struct fgd; /* scores/fgd.h */

/* What a task asks of a node. */
struct place_request {
    int64_t  mem_bytes;
    int64_t  disk_bytes;
    int32_t  cpu_milli;
    int32_t  gpus;      /* whole ones */
    int32_t  gpu_milli; /* or a share of one */
    uint32_t role_mask;
    uint32_t ports_count; /* host ports, fixed and free ones */
    bool     has_fixed_ports;
    uint64_t version; /* whose spec it is; 0: nobody's */
    const struct app_spec *spec;
    struct filters *filters; /* borrowed; NULL: it has no constraints */
    const struct fgd *fgd;   /* borrowed; what is typical, NULL: nothing */
};

struct place_request place_request_of(const struct cluster_version *version);

/* Thousandths of GPUs that it asks for. */
static inline int32_t
place_gpu_milli(const struct place_request *request)
{
    return request->gpus * NODE_GPU_MILLI + request->gpu_milli;
}

/*
 * The share of the node's processors that stays free after the task, in 2^-32, and of its other
 * resource; meant for a node that it fits on. The other one is the GPUs of a node that has some:
 * they are what it is for, and run out first. Of any other node it is memory.
 */
static inline uint64_t
place_left_cpu(const struct cluster_free *line, const struct place_request *request)
{
    const uint64_t cpu_left = (uint64_t)line->cpu_milli - (uint64_t)request->cpu_milli;
    return cpu_left * line->cpu_inverse;
}

static inline uint64_t
place_left_other(const struct cluster_free *line, const struct place_request *request)
{
    const uint64_t mem_left = (uint64_t)line->mem_bytes - (uint64_t)request->mem_bytes;
    const uint64_t gpu_left = (uint64_t)line->gpu_milli - (uint64_t)place_gpu_milli(request);
    return line->gpu_inverse != 0 ? gpu_left * line->gpu_inverse
                                  : mem_left * line->mem_inverse >> 30;
}

static inline uint64_t
place_left(const struct cluster_free *line, const struct place_request *request)
{
    return place_left_cpu(line, request) + place_left_other(line, request);
}

/* Everything but fixed ports and constraints, without a branch: the most are asked nothing else. */
static inline bool
place_fits(const struct cluster_free *line, const struct place_request *request)
{
    return ((line->role_bit & request->role_mask) != 0) & (line->cpu_milli >= request->cpu_milli) &
           (line->mem_bytes >= request->mem_bytes) & (line->disk_bytes >= request->disk_bytes) &
           (line->gpus >= request->gpus) & (line->gpu_milli_most >= request->gpu_milli) &
           (line->ports_free >= request->ports_count);
}

/* Everything. */
bool place_takes(const struct cluster *cluster, uint32_t index,
                 const struct place_request *request);

/*
 * The best node, or PLACE_NONE: the definition of where a task goes. Equal scores: the lowest node
 * index; with rng != NULL of the T equal ones, in the order of their indices, the one numbered
 * rng_below(T): one draw a placement, none where there is no place.
 */
uint32_t place_find(const struct cluster *cluster, const struct place_request *request,
                    const struct scores_policy *policy, struct rng *rng);

#endif
