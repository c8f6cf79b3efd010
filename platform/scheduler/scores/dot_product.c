/*
 * platform/scheduler/scores/dot_product.c - the node whose free room points least where the task
 * asks: large tasks keep off the large rooms that only they will need again.
 *
 * Source: the alignment of Tetris (Grandl and others, SIGCOMM 2014), turned round and cut to whole
 *         percents as in the experiments of "Beware of Fragmentation" (Weng and others, USENIX ATC
 *         2023): free room and request as shares of the largest node there is, multiplied, added.
 *         The cut is part of it: what differs by less than a percent is a tie.
 */
#include "platform/scheduler/place.h"

enum { DOT_DIMENSIONS = 2, DOT_SCORE_MAX = 100 };

static double
dot_share(double free, double asked, double largest)
{
    return largest > 0 ? free / largest * (asked / largest) : 0;
}

uint64_t
scores_dot_product(const struct cluster_free *line, const struct cluster_node *node,
                   const struct place_request *request)
{
    const struct cluster_largest *largest = &node->cluster->largest;
    const double second =
        line->gpu_inverse != 0 /* as place_left() has it */
            ? dot_share(line->gpu_milli, place_gpu_milli(request),
                        (double)largest->gpus * NODE_GPU_MILLI)
            : dot_share((double)line->mem_bytes, (double)request->mem_bytes,
                        (double)largest->mem_bytes);
    const double dot = dot_share(line->cpu_milli, request->cpu_milli, largest->cpu_milli) + second;
    return DOT_SCORE_MAX - (uint64_t)(DOT_SCORE_MAX * (1 - dot / DOT_DIMENSIONS));
}
