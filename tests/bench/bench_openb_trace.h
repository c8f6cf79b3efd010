/*
 * tests/bench/bench_openb_trace.h - the files of an imported GPU trace, as the floors take them:
 *                                   read, and what fits where.
 */
#ifndef TESTS_BENCH_BENCH_OPENB_TRACE_H
#define TESTS_BENCH_BENCH_OPENB_TRACE_H

#include "platform/base/common.h"

enum { TRACE_NODES_MAX = 2048, TRACE_GPUS_MAX = 8, TRACE_MODELS_MAX = 16, TRACE_GPU_MILLI = 1000 };

struct trace_node {
    int32_t  cpu_milli_free;
    int32_t  gpus_count;
    int64_t  mem_mib_free;
    double   cpu_share; /* of a thousandth: 1 / all */
    double   mem_share;
    double   gpu_share; /* of a thousandth; 0: it has no GPU */
    int32_t  gpu_milli_free;
    int32_t  gpus[TRACE_GPUS_MAX]; /* thousandths that are free */
    uint32_t model;                /* a bit */
};

struct trace_task {
    int32_t  cpu_milli;
    int32_t  gpus, gpu_milli;
    int64_t  mem_mib;
    uint32_t models; /* bits; all: any will do */
};

struct trace {
    struct trace_node  nodes[TRACE_NODES_MAX];
    uint32_t           nodes_count;
    struct trace_task *tasks; /* owned */
    uint32_t           tasks_count;
    char               models[TRACE_MODELS_MAX][24];
    uint32_t           models_count;
    int64_t            gpu_milli; /* of all nodes */
};

/* Reads nodes.csv and tasks.csv of the folder; ends the program when it cannot. */
struct trace *trace_files_read(const char *folder);
void          trace_files_free(struct trace *trace);

/* Thousandths of GPUs that it takes. */
static inline int32_t
trace_gpu_milli(const struct trace_task *task)
{
    return task->gpus * TRACE_GPU_MILLI + task->gpu_milli;
}

static inline bool
trace_fits(const struct trace_node *node, const struct trace_task *task)
{
    if (node->cpu_milli_free < task->cpu_milli || node->mem_mib_free < task->mem_mib ||
        (task->models != UINT32_MAX && (node->model & task->models) == 0)) {
        return false;
    }
    int32_t idle = 0;
    int32_t most = 0;
    for (int32_t i = 0; i < node->gpus_count; i++) {
        idle += node->gpus[i] == TRACE_GPU_MILLI;
        most = node->gpus[i] > most ? node->gpus[i] : most;
    }
    return idle >= task->gpus && most >= task->gpu_milli;
}

/* Whole GPUs from the first idle one on; a share of this GPU. */
void trace_place(struct trace_node *node, const struct trace_task *task, int32_t share_gpu);

#endif
