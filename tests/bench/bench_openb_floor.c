/* tests/bench/bench_openb_floor.c - a loop over all machines for each task of a trace. */
#include "tests/bench/bench_openb_floor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NODES_MAX = 2048, GPUS_MAX = 8, MODELS_MAX = 16, LINE_BYTES = 512, GPU_MILLI = 1000 };

struct floor_node {
    double   cpus_free, cpus_share; /* share of one: 1 / all */
    double   mem_free, mem_share;   /* MiB */
    int32_t  gpus[GPUS_MAX];        /* thousandths that are free */
    int32_t  gpus_count;
    int32_t  gpu_milli_free;
    double   gpu_share; /* of a thousandth; 0: it has no GPU */
    uint32_t model;     /* a bit */
};

struct floor_task {
    double   cpus, mem;
    int32_t  gpus, gpu_milli;
    uint32_t models; /* bits; all: any will do */
};

struct floor_trace {
    struct floor_node nodes[NODES_MAX];
    uint32_t          nodes_count;
    char              models[MODELS_MAX][24];
    uint32_t          models_count;
};

/* Cuts off what comes before the next separator, or the end. */
static char *
floor_cut(char **text, char separator)
{
    char *part = *text;
    char *end = part;
    while (*end != '\0' && *end != '\n' && *end != separator) {
        end++;
    }
    *text = *end == separator ? end + 1 : end;
    *end = '\0';
    return part;
}

static char *
floor_field(char **line)
{
    return floor_cut(line, ',');
}

static int32_t
floor_count(char **line)
{
    return (int32_t)strtol(floor_field(line), NULL, 10);
}

static uint32_t
floor_model(struct floor_trace *trace, const char *name)
{
    uint32_t i = 0;
    while (i < trace->models_count && strcmp(trace->models[i], name) != 0) {
        i++;
    }
    if (i == trace->models_count && i < MODELS_MAX) {
        (void)snprintf(trace->models[i], sizeof trace->models[i], "%s", name);
        trace->models_count++;
    }
    return 1U << i;
}

static void
floor_read_node(struct floor_trace *trace, char *line, int64_t *gpu_milli)
{
    struct floor_node *node = &trace->nodes[trace->nodes_count++];
    (void)floor_field(&line);
    node->cpus_free = strtod(floor_field(&line), NULL);
    node->mem_free = strtod(floor_field(&line), NULL);
    node->gpus_count = floor_count(&line);
    const char *model = strchr(floor_field(&line), ':');
    node->model = model != NULL ? floor_model(trace, model + 1) : 0;
    node->cpus_share = 1 / node->cpus_free;
    node->mem_share = 1 / node->mem_free;
    for (int32_t i = 0; i < node->gpus_count; i++) {
        node->gpus[i] = GPU_MILLI;
    }
    node->gpu_milli_free = node->gpus_count * GPU_MILLI;
    node->gpu_share = node->gpus_count > 0 ? 1.0 / node->gpu_milli_free : 0;
    *gpu_milli += node->gpu_milli_free;
}

static struct floor_task
floor_read_task(struct floor_trace *trace, char *line)
{
    struct floor_task task = { .models = UINT32_MAX };
    (void)floor_field(&line);
    (void)floor_field(&line);
    task.cpus = strtod(floor_field(&line), NULL);
    task.mem = strtod(floor_field(&line), NULL);
    task.gpus = floor_count(&line);
    task.gpu_milli = floor_count(&line);
    char *models = floor_field(&line);
    if (models[0] != '\0') {
        task.models = 0;
        while (models[0] != '\0') {
            task.models |= floor_model(trace, floor_cut(&models, '|'));
        }
    }
    return task;
}

static bool
floor_fits(const struct floor_node *node, const struct floor_task *task)
{
    if (node->cpus_free < task->cpus || node->mem_free < task->mem ||
        (task->models != UINT32_MAX && (node->model & task->models) == 0)) {
        return false;
    }
    int32_t idle = 0;
    int32_t most = 0;
    for (int32_t i = 0; i < node->gpus_count; i++) {
        idle += node->gpus[i] == GPU_MILLI;
        most = node->gpus[i] > most ? node->gpus[i] : most;
    }
    return idle >= task->gpus && most >= task->gpu_milli;
}

static double
floor_left(const struct floor_node *node, const struct floor_task *task)
{
    const int32_t gpu_milli = task->gpus * GPU_MILLI + task->gpu_milli;
    return (node->cpus_free - task->cpus) * node->cpus_share +
           (node->gpus_count > 0 ? (node->gpu_milli_free - gpu_milli) * node->gpu_share
                                 : (node->mem_free - task->mem) * node->mem_share);
}

/* Whole GPUs from the first idle one on; a part of the one that has least left. */
static void
floor_place(struct floor_node *node, const struct floor_task *task)
{
    int32_t wanted = task->gpus;
    int32_t part = -1;
    for (int32_t i = 0; i < node->gpus_count; i++) {
        if (wanted > 0 && node->gpus[i] == GPU_MILLI) {
            node->gpus[i] = 0;
            wanted--;
        } else if (task->gpu_milli > 0 && node->gpus[i] >= task->gpu_milli &&
                   (part < 0 || node->gpus[i] < node->gpus[part])) {
            part = i;
        }
    }
    if (part >= 0) {
        node->gpus[part] -= task->gpu_milli;
    }
    node->cpus_free -= task->cpus;
    node->mem_free -= task->mem;
    node->gpu_milli_free -= task->gpus * GPU_MILLI + task->gpu_milli;
}

static FILE *
floor_open(const struct openb_floor *floor, const char *name)
{
    char path[LINE_BYTES];
    char line[LINE_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s", floor->folder, name);
    FILE *file = fopen(path, "r");
    if (file == NULL || fgets(line, sizeof line, file) == NULL) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(1);
    }
    return file;
}

uint64_t
openb_floor_play(void *context)
{
    struct openb_floor *floor = context;
    struct floor_trace *trace = calloc(1, sizeof *trace);
    char                line[LINE_BYTES];
    *floor = (struct openb_floor){ .folder = floor->folder };
    FILE *file = floor_open(floor, "nodes.csv");
    while (trace->nodes_count < NODES_MAX && fgets(line, sizeof line, file) != NULL) {
        floor_read_node(trace, line, &floor->gpu_milli);
    }
    (void)fclose(file);
    file = floor_open(floor, "tasks.csv");
    while (fgets(line, sizeof line, file) != NULL) {
        const struct floor_task task = floor_read_task(trace, line);
        struct floor_node      *best = NULL;
        double                  best_left = 0;
        for (struct floor_node *node = trace->nodes; node < trace->nodes + trace->nodes_count;
             node++) {
            if (!floor_fits(node, &task)) {
                continue;
            }
            const double left = floor_left(node, &task);
            if (best == NULL || left < best_left) {
                best = node;
                best_left = left;
            }
        }
        if (best != NULL) {
            floor_place(best, &task);
            floor->placed_count++;
            floor->gpu_milli_given += task.gpus * GPU_MILLI + task.gpu_milli;
        }
    }
    (void)fclose(file);
    free(trace);
    return 1;
}
