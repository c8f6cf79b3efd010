/* tests/bench/bench_openb_floor.c - best-fit: a loop over all machines for each task of a trace. */
#include "tests/bench/bench_openb_floor.h"

#include "tests/bench/bench_openb_trace.h"

static double
floor_left(const struct trace_node *node, const struct trace_task *task)
{
    return (node->cpu_milli_free - task->cpu_milli) * node->cpu_share +
           (node->gpus_count > 0
                ? (node->gpu_milli_free - trace_gpu_milli(task)) * node->gpu_share
                : (double)(node->mem_mib_free - task->mem_mib) * node->mem_share);
}

/* Of those with room for a share the one that has least left. */
static int32_t
floor_share_gpu(const struct trace_node *node, const struct trace_task *task)
{
    int32_t best = -1;
    for (int32_t i = 0; i < node->gpus_count; i++) {
        if (node->gpus[i] >= task->gpu_milli && (best < 0 || node->gpus[i] < node->gpus[best])) {
            best = i;
        }
    }
    return best;
}

uint64_t
openb_floor_play(void *context)
{
    struct openb_floor *floor = context;
    struct trace       *trace = trace_files_read(floor->folder);
    *floor = (struct openb_floor){ .folder = floor->folder, .gpu_milli = trace->gpu_milli };
    for (uint32_t i = 0; i < trace->tasks_count; i++) {
        const struct trace_task *task = &trace->tasks[i];
        struct trace_node       *best = NULL;
        double                   best_left = 0;
        for (struct trace_node *node = trace->nodes; node < trace->nodes + trace->nodes_count;
             node++) {
            if (!trace_fits(node, task)) {
                continue;
            }
            const double left = floor_left(node, task);
            if (best == NULL || left < best_left) {
                best = node;
                best_left = left;
            }
        }
        if (best != NULL) {
            trace_place(best, task, floor_share_gpu(best, task));
            floor->placed_count++;
            floor->gpu_milli_given += trace_gpu_milli(task);
        }
    }
    trace_files_free(trace);
    return 1;
}
