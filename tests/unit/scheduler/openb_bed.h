/*
 * tests/unit/scheduler/openb_bed.h - a production GPU cluster and its tasks, when they are at hand,
 * and one run of the protocol that compares policies on them.
 *
 * Source: nodes and pods as published with "Beware of Fragmentation" (Weng and others, USENIX ATC
 *         2023). Run: the pods in random order, then pods drawn from them until 130 % of the GPUs
 *         are asked for; placed one by one by the scheduler; nothing ends.
 * Use:    if (openb_open(&openb, "default")) { openb_run(&openb, &(struct openb_case){...}); }
 */
#ifndef TESTS_UNIT_SCHEDULER_OPENB_BED_H
#define TESTS_UNIT_SCHEDULER_OPENB_BED_H

#include "platform/scheduler/scores/typical.h"

enum { OPENB_NODES_MAX = 2000, OPENB_PODS_MAX = 10000 };

struct openb_node {
    int32_t cpu_milli;
    int64_t mem_bytes;
    int32_t gpus;
};

struct openb_pod {
    int32_t  cpu_milli;
    int64_t  mem_bytes;
    int32_t  gpus; /* whole ones */
    int32_t  gpu_milli; /* or a share */
    uint32_t app;  /* of those that ask for the same: index */
};

struct openb {
    struct openb_node nodes[OPENB_NODES_MAX];
    uint32_t          nodes_count;
    int64_t           gpu_milli; /* of all nodes */
    struct openb_pod  pods[OPENB_PODS_MAX];
    uint32_t          pods_count;
    struct openb_pod  apps[OPENB_PODS_MAX];
    uint32_t          apps_count;
    struct scheduler_shape typical[SCHEDULER_SHAPES_MAX];
    uint32_t          typical_count;
};

struct openb_case {
    enum scheduler_policy policy;
    enum scheduler_tie    tie;
    uint64_t              seed;
};

/* The folder is that of REHEARSAL_OPENB, or ../shared/data/openb. False when it is not there. */
bool openb_open(struct openb *openb, const char *trace);

/* Thousandths of GPUs that were given away, in percent of all there are. */
double openb_run(const struct openb *openb, const struct openb_case *test);

#endif
