/*
 * tests/bench/bench_openb_fgd.c - the fragmentation gradient over a trace: for each task a loop
 * over all machines, whose scores are kept for each shape of tasks until the machine changes.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "tests/bench/bench_openb_floor.h"
#include "tests/bench/bench_openb_trace.h"

enum { TYPICAL_MAX = 128, SHAPES_MAX = 256, PATH_BYTES = 300 };

struct fgd_typical {
    int32_t cpu_milli;
    int32_t gpus, gpu_milli;
    double  weight; /* of all: together they are 1 */
};

struct fgd_score {
    uint32_t changes;   /* of the node when it was reckoned, + 1; 0: never */
    int16_t  worth;     /* 0 to 99; -1: it does not fit */
    int16_t  share_gpu;
};

struct fgd_floor {
    struct trace      *trace;
    struct fgd_typical typical[TYPICAL_MAX];
    uint32_t           typical_count;
    struct trace_task  shapes[SHAPES_MAX];
    uint32_t           shapes_count;
    struct fgd_score  *scores; /* of each shape, of each node */
    uint32_t           changes[TRACE_NODES_MAX];
    double             useless[TRACE_NODES_MAX]; /* F as it is */
};

static double
fgd_number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static void
fgd_read_typical(struct fgd_floor *floor, const char *folder)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/scenario.json", folder);
    json_t       *scenario = json_load_file(path, 0, NULL);
    const json_t *list = json_object_get(json_object_get(scenario, "scheduler"), "typical");
    double        all = 0;
    if (json_array_size(list) == 0 || json_array_size(list) > TYPICAL_MAX) {
        fprintf(stderr, "%s names no typical tasks, or more than %d\n", path, (int)TYPICAL_MAX);
        exit(1);
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        floor->typical[i] = (struct fgd_typical){ (int32_t)lround(fgd_number(one, "cpus") * 1000),
                                                  (int32_t)fgd_number(one, "gpus"),
                                                  (int32_t)fgd_number(one, "gpu_milli"),
                                                  fgd_number(one, "weight") };
        all += floor->typical[i].weight;
    }
    floor->typical_count = (uint32_t)json_array_size(list);
    for (uint32_t i = 0; i < floor->typical_count; i++) {
        floor->typical[i].weight /= all;
    }
    json_decref(scenario);
}

/* What one typical task finds useless of what is free there, in thousandths of a GPU. */
static int32_t
fgd_useless_of(const struct trace_node *node, const struct fgd_typical *typical)
{
    const int32_t wanted = typical->gpus > 0 ? TRACE_GPU_MILLI : typical->gpu_milli;
    const int32_t count = typical->gpus > 0 ? typical->gpus : 1;
    int32_t       fit = 0;
    int32_t       too_full = 0;
    if (wanted == 0 || node->cpu_milli_free < typical->cpu_milli) {
        return node->gpu_milli_free;
    }
    for (int32_t i = 0; i < node->gpus_count; i++) {
        fit += node->gpus[i] >= wanted;
        too_full += node->gpus[i] < wanted ? node->gpus[i] : 0;
    }
    return fit < count ? node->gpu_milli_free : too_full;
}

static double
fgd_useless(const struct fgd_floor *floor, const struct trace_node *node)
{
    double useless = 0;
    for (uint32_t i = 0; i < floor->typical_count && node->gpus_count > 0; i++) {
        useless += floor->typical[i].weight * fgd_useless_of(node, &floor->typical[i]);
    }
    return useless;
}

static int16_t
fgd_worth(const struct fgd_floor *floor, uint32_t index, const struct trace_task *task,
          int32_t share_gpu)
{
    struct trace_node after = floor->trace->nodes[index];
    trace_place(&after, task, share_gpu);
    const double gain = (floor->useless[index] - fgd_useless(floor, &after)) / TRACE_GPU_MILLI;
    return (int16_t)(100 / (1 + exp(-gain)));
}

static void
fgd_score(struct fgd_floor *floor, uint32_t index, const struct trace_task *task,
          struct fgd_score *score)
{
    const struct trace_node *node = &floor->trace->nodes[index];
    *score = (struct fgd_score){ .changes = floor->changes[index] + 1, .worth = -1 };
    if (!trace_fits(node, task)) {
        return;
    }
    if (task->gpu_milli == 0) {
        score->worth = fgd_worth(floor, index, task, 0);
        return;
    }
    for (int32_t gpu = 0; gpu < node->gpus_count; gpu++) {
        if (node->gpus[gpu] >= task->gpu_milli) {
            const int16_t worth = fgd_worth(floor, index, task, gpu);
            score->share_gpu = worth > score->worth ? (int16_t)gpu : score->share_gpu;
            score->worth = worth > score->worth ? worth : score->worth;
        }
    }
}

static uint32_t
fgd_shape(struct fgd_floor *floor, const struct trace_task *task)
{
    uint32_t i = 0;
    while (i < floor->shapes_count && memcmp(&floor->shapes[i], task, sizeof *task) != 0) {
        i++;
    }
    if (i == SHAPES_MAX) {
        fprintf(stderr, "more than %d shapes of tasks\n", (int)SHAPES_MAX);
        exit(1);
    }
    if (i == floor->shapes_count) {
        floor->shapes[floor->shapes_count++] = *task;
    }
    return i;
}

/* Where the task is worth most, the first of equal ones; UINT32_MAX: nowhere. */
static uint32_t
fgd_find(struct fgd_floor *floor, const struct trace_task *task, int32_t *ret_share_gpu)
{
    struct fgd_score *scores = &floor->scores[fgd_shape(floor, task) * TRACE_NODES_MAX];
    uint32_t          best = UINT32_MAX;
    int16_t           best_worth = -1;
    for (uint32_t i = 0; i < floor->trace->nodes_count; i++) {
        if (scores[i].changes != floor->changes[i] + 1) {
            fgd_score(floor, i, task, &scores[i]);
        }
        if (scores[i].worth > best_worth) {
            best_worth = scores[i].worth;
            best = i;
        }
    }
    *ret_share_gpu = best != UINT32_MAX ? scores[best].share_gpu : 0;
    return best;
}

uint64_t
openb_floor_fgd_play(void *context)
{
    struct openb_floor *answer = context;
    struct fgd_floor   *floor = calloc(1, sizeof *floor);
    floor->trace = trace_files_read(answer->folder);
    floor->scores = calloc((size_t)SHAPES_MAX * TRACE_NODES_MAX, sizeof *floor->scores);
    fgd_read_typical(floor, answer->folder);
    *answer = (struct openb_floor){ .folder = answer->folder,
                                    .gpu_milli = floor->trace->gpu_milli };
    for (uint32_t i = 0; i < floor->trace->nodes_count; i++) {
        floor->useless[i] = fgd_useless(floor, &floor->trace->nodes[i]);
    }
    for (uint32_t i = 0; i < floor->trace->tasks_count; i++) {
        const struct trace_task *task = &floor->trace->tasks[i];
        int32_t                  share_gpu = 0;
        const uint32_t           node = fgd_find(floor, task, &share_gpu);
        if (node != UINT32_MAX) {
            trace_place(&floor->trace->nodes[node], task, share_gpu);
            floor->useless[node] = fgd_useless(floor, &floor->trace->nodes[node]);
            floor->changes[node]++;
            answer->placed_count++;
            answer->gpu_milli_given += trace_gpu_milli(task);
        }
    }
    trace_files_free(floor->trace);
    free(floor->scores);
    free(floor);
    return 1;
}
