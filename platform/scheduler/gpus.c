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

static uint16_t
gpus_share(const struct cluster_node *node, int32_t milli)
{
    int32_t best = -1;
    for (int32_t i = 0; i < node->spec.gpus; i++) {
        if (node->gpu_used_milli[i] + milli <= NODE_GPU_MILLI &&
            (best < 0 || node->gpu_used_milli[i] > node->gpu_used_milli[best])) {
            best = i;
        }
    }
    return (uint16_t)(best < 0 ? 0U : 1U << best);
}

uint16_t
gpus_choose(const struct cluster_node *node, const struct app_spec *spec)
{
    return spec->gpus > 0        ? gpus_whole(node, spec->gpus)
           : spec->gpu_milli > 0 ? gpus_share(node, spec->gpu_milli)
                                 : 0;
}
