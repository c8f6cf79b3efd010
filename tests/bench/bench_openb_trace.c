/* tests/bench/bench_openb_trace.c - the files of an imported GPU trace, read by hand. */
#include "tests/bench/bench_openb_trace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 512, TASKS_MAX = 20000 };

/* Cuts off what comes before the next separator, or the end. */
static char *
trace_cut(char **text, char separator)
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
trace_field(char **line)
{
    return trace_cut(line, ',');
}

static int32_t
trace_count(char **line)
{
    return (int32_t)strtol(trace_field(line), NULL, 10);
}

static int32_t
trace_milli(char **line)
{
    return (int32_t)lround(strtod(trace_field(line), NULL) * 1000);
}

static uint32_t
trace_model(struct trace *trace, const char *name)
{
    uint32_t i = 0;
    while (i < trace->models_count && strcmp(trace->models[i], name) != 0) {
        i++;
    }
    if (i == trace->models_count && i < TRACE_MODELS_MAX) {
        (void)snprintf(trace->models[i], sizeof trace->models[i], "%s", name);
        trace->models_count++;
    }
    return 1U << i;
}

static void
trace_read_node(struct trace *trace, char *line)
{
    struct trace_node *node = &trace->nodes[trace->nodes_count++];
    (void)trace_field(&line);
    node->cpu_milli_free = trace_milli(&line);
    node->mem_mib_free = strtol(trace_field(&line), NULL, 10);
    node->gpus_count = trace_count(&line);
    const char *model = strchr(trace_field(&line), ':');
    node->model = model != NULL ? trace_model(trace, model + 1) : 0;
    node->cpu_share = 1.0 / node->cpu_milli_free;
    node->mem_share = 1.0 / (double)node->mem_mib_free;
    for (int32_t i = 0; i < node->gpus_count; i++) {
        node->gpus[i] = TRACE_GPU_MILLI;
    }
    node->gpu_milli_free = node->gpus_count * TRACE_GPU_MILLI;
    node->gpu_share = node->gpus_count > 0 ? 1.0 / node->gpu_milli_free : 0;
    trace->gpu_milli += node->gpu_milli_free;
}

static void
trace_read_task(struct trace *trace, char *line)
{
    struct trace_task *task = &trace->tasks[trace->tasks_count++];
    (void)trace_field(&line);
    (void)trace_field(&line);
    task->cpu_milli = trace_milli(&line);
    task->mem_mib = strtol(trace_field(&line), NULL, 10);
    task->gpus = trace_count(&line);
    task->gpu_milli = trace_count(&line);
    char *models = trace_field(&line);
    task->models = models[0] == '\0' ? UINT32_MAX : 0;
    while (models[0] != '\0') {
        task->models |= trace_model(trace, trace_cut(&models, '|'));
    }
}

static FILE *
trace_open_file(const char *folder, const char *name)
{
    char path[LINE_BYTES];
    char line[LINE_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    if (file == NULL || fgets(line, sizeof line, file) == NULL) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(1);
    }
    return file;
}

struct trace *
trace_files_read(const char *folder)
{
    char          line[LINE_BYTES];
    struct trace *trace = calloc(1, sizeof *trace);
    trace->tasks = calloc(TASKS_MAX, sizeof *trace->tasks);
    FILE *file = trace_open_file(folder, "nodes.csv");
    while (trace->nodes_count < TRACE_NODES_MAX && fgets(line, sizeof line, file) != NULL) {
        trace_read_node(trace, line);
    }
    (void)fclose(file);
    file = trace_open_file(folder, "tasks.csv");
    while (trace->tasks_count < TASKS_MAX && fgets(line, sizeof line, file) != NULL) {
        trace_read_task(trace, line);
    }
    (void)fclose(file);
    return trace;
}

void
trace_files_free(struct trace *trace)
{
    free(trace->tasks);
    free(trace);
}

void
trace_place(struct trace_node *node, const struct trace_task *task, int32_t share_gpu)
{
    int32_t wanted = task->gpus;
    for (int32_t i = 0; i < node->gpus_count && wanted > 0; i++) {
        if (node->gpus[i] == TRACE_GPU_MILLI) {
            node->gpus[i] = 0;
            wanted--;
        }
    }
    if (task->gpu_milli > 0) {
        node->gpus[share_gpu] -= task->gpu_milli;
    }
    node->cpu_milli_free -= task->cpu_milli;
    node->mem_mib_free -= task->mem_mib;
    node->gpu_milli_free -= trace_gpu_milli(task);
}
