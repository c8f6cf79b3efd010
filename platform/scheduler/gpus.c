/* platform/scheduler/gpus.c - which GPUs of a node a task gets. */
#include "platform/scheduler/gpus.h"

static uint16_t
gpus_whole(const struct cluster_node *node, int32_t wanted)
{
    uint16_t mask = 0;
    for (int32_t i = 0; i < node->spec.gpus && wanted > 0; i++) {
        if (node->gpu_used_milli[i] == 0) {
            mask = (uint16_t)(mask | 1U << i);
            wanted--;
        }
    }
    return wanted == 0 ? mask : 0;
}

int32_t
gpus_fullest(const struct cluster_node *node, const struct place_request *request, struct rng *rng)
{
    (void)rng;
    int32_t best = -1;
    for (int32_t i = 0; i < node->spec.gpus; i++) {
        if (gpus_free_milli(node, i) >= request->gpu_milli &&
            (best < 0 || node->gpu_used_milli[i] > node->gpu_used_milli[best])) {
            best = i;
        }
    }
    return best;
}

int32_t
gpus_emptiest(const struct cluster_node *node, const struct place_request *request,
              struct rng *rng)
{
    (void)rng;
    int32_t best = -1;
    for (int32_t i = 0; i < node->spec.gpus; i++) {
        if (gpus_free_milli(node, i) >= request->gpu_milli &&
            (best < 0 || node->gpu_used_milli[i] < node->gpu_used_milli[best])) {
            best = i;
        }
    }
    return best;
}

/* The one with room that so many with room are before, or -1. */
static int32_t
gpus_numbered(const struct cluster_node *node, const struct place_request *request,
              uint32_t number)
{
    for (int32_t i = 0; i < node->spec.gpus; i++) {
        if (gpus_free_milli(node, i) >= request->gpu_milli && number-- == 0) {
            return i;
        }
    }
    return -1;
}

int32_t
gpus_first(const struct cluster_node *node, const struct place_request *request, struct rng *rng)
{
    (void)rng;
    return gpus_numbered(node, request, 0);
}

int32_t
gpus_drawn(const struct cluster_node *node, const struct place_request *request, struct rng *rng)
{
    uint32_t with_room = 0;
    for (int32_t i = 0; i < node->spec.gpus; i++) {
        with_room += gpus_free_milli(node, i) >= request->gpu_milli ? 1U : 0U;
    }
    return with_room > 0 ? gpus_numbered(node, request, rng_below(rng, with_room)) : -1;
}

uint16_t
gpus_choose(const struct cluster_node *node, const struct place_request *request,
            const struct scores_policy *policy, struct rng *rng)
{
    if (request->gpus > 0) {
        return gpus_whole(node, request->gpus);
    }
    if (request->gpu_milli == 0) {
        return 0;
    }
    const int32_t gpu = policy->gpu(node, request, rng);
    return (uint16_t)(gpu < 0 ? 0U : 1U << gpu);
}
