/*
 * platform/model/cluster_free.h - what is free on each node, as the scheduler scans it.
 */
#ifndef PLATFORM_MODEL_CLUSTER_FREE_H
#define PLATFORM_MODEL_CLUSTER_FREE_H

#include "platform/base/common.h"

/* One line per node, contiguous: what the scheduler scans. */
struct cluster_free {
    int64_t  mem_bytes; /* free; -1 while the node takes nothing */
    int32_t  cpu_milli;
    int16_t  gpus;           /* that nobody has a share of */
    int16_t  gpu_milli_most; /* the largest share that is free of one GPU */
    int64_t  disk_bytes;
    uint32_t role_bit;
    uint32_t ports_free;
    uint64_t cpu_inverse; /* 2^32 / capacity: a share without a division */
    uint64_t mem_inverse; /* 2^62 / capacity */
    uint64_t gpu_inverse; /* 2^32 / thousandths of its GPUs; 0: it has none */
    int32_t  gpu_milli;   /* thousandths that are free, of all its GPUs */
};

/* The most that any one node has had, of each: never goes down. */
struct cluster_largest {
    int64_t  mem_bytes;
    int32_t  cpu_milli;
    int32_t  gpus;
    uint32_t changes; /* how often it grew */
};

#endif
