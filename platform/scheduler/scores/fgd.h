/*
 * platform/scheduler/scores/fgd.h - the fragmentation gradient: a task goes where it makes the
 * least free GPU time useless for the tasks that are typical.
 *
 * Source:  "Beware of Fragmentation: Scheduling GPU-Sharing Workloads with Fragmentation Gradient
 *          Descent" (Weng and others, USENIX ATC 2023) and the experiments published with it.
 * Meaning: of a node, each typical shape finds useless what is free of all GPUs when it cannot run
 *          there or uses none, else what is free of GPUs that are too full for it. F is the mean of
 *          that over the shapes, by their weight, in thousandths of a GPU. A node is worth
 *          100 / (1 + e^-x) with x = (F before the task - F after it) / 1000, cut to an integer:
 *          the cut makes many nodes equal, and so the tie rule part of the policy.
 * Shares:  on each node a share goes to the GPU where it is worth most; of equal ones the first.
 */
#ifndef PLATFORM_SCHEDULER_SCORES_FGD_H
#define PLATFORM_SCHEDULER_SCORES_FGD_H

#include "platform/scheduler/place.h"

enum { FGD_WORTH_MAX = 100 };

/* What each shape finds on a node. Small numbers, so that many fit side by side. */
struct fgd_sums {
    int16_t fit[SCHEDULER_SHAPES_MAX];      /* GPUs with room for it */
    int16_t too_full[SCHEDULER_SHAPES_MAX]; /* free thousandths of the others */
    int16_t total_milli;
};
_Static_assert(NODE_GPUS_MAX * NODE_GPU_MILLI <= INT16_MAX, "what is free of a node's GPUs");

/* The same, and F, of all nodes whose GPUs are used like this and whose CPUs suffice for as many
 * shapes: many nodes are alike, and each is asked about by every task. */
struct fgd_state {
    uint32_t        version; /* of the shapes; 0: nothing is kept here */
    int32_t         gpus;
    int16_t         runs; /* shapes that the CPUs suffice for */
    int16_t         used_milli[NODE_GPUS_MAX];
    struct fgd_sums sums;
    int64_t         useless; /* F, times weight_all */
};
enum { FGD_STATES = 1024 };

struct fgd {
    uint32_t version;     /* of the shapes: kept scores are of one */
    struct fgd_state *states; /* borrowed: FGD_STATES zeroed ones; NULL: nothing is kept */
    int64_t  weight_all;
    int64_t  weight_without; /* of the shapes that use no GPU */
    int32_t  shapes;         /* that use GPUs, by rising CPUs */
    uint32_t lanes;          /* the same, and some of weight 0 */
    int32_t  cpu_milli[SCHEDULER_SHAPES_MAX];
    int16_t  cpu_rank[SCHEDULER_SHAPES_MAX]; /* 0, 1, 2... */
    int16_t  gpus[SCHEDULER_SHAPES_MAX];
    int16_t  gpu_milli[SCHEDULER_SHAPES_MAX]; /* of each */
    uint32_t weight[SCHEDULER_SHAPES_MAX];
    int64_t  gain_least[FGD_WORTH_MAX]; /* F falls by so much, times weight_all: worth its index */
};

/* From now on these are typical. */
void fgd_set(struct fgd *fgd, const struct scheduler_shape *shapes, uint32_t count);

#endif
