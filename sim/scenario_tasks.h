/*
 * sim/scenario_tasks.h - private to the readers of a file of tasks: its columns, and the apps that
 * its tasks become.
 */
#ifndef SIM_SCENARIO_TASKS_H
#define SIM_SCENARIO_TASKS_H

#include "platform/base/map.h"
#include "sim/scenario_parts.h"

#define SCENARIO_TASK_COLUMNS(X)                                                                   \
    X(TASK_COLUMN_AT, "at")                                                                        \
    X(TASK_COLUMN_NAME, "name")                                                                    \
    X(TASK_COLUMN_CPUS, "cpus")                                                                    \
    X(TASK_COLUMN_MEM, "mem")                                                                      \
    X(TASK_COLUMN_DISK, "disk")                                                                    \
    X(TASK_COLUMN_GPUS, "gpus")                                                                    \
    X(TASK_COLUMN_GPU_MILLI, "gpu_milli")                                                          \
    X(TASK_COLUMN_GPU_MODEL, "gpu_model")                                                          \
    X(TASK_COLUMN_CONSTRAINT, "constraint")                                                        \
    X(TASK_COLUMN_PRIORITY, "priority")                                                            \
    X(TASK_COLUMN_ROLE, "role")                                                                    \
    X(TASK_COLUMN_DURATION, "duration")

enum scenario_task_column {
#define X(column, name) column,
    SCENARIO_TASK_COLUMNS(X)
#undef X
};
#define SCENARIO_TASK_COLUMN_COUNT (TASK_COLUMN_DURATION + 1)

/* What a task asks for. Tasks that ask for the same are runs of one app. */
struct scenario_task_shape {
    int64_t     cpu_milli;
    int64_t     mem_mib;
    int64_t     disk_mib;
    int64_t     gpus;
    int64_t     gpu_milli;
    int64_t     priority;
    const char *gpu_model;  /* "" or "V100|A100" */
    const char *constraint; /* "" or "rack:LIKE:r1;hostname:UNIQUE" */
    const char *role;       /* "": as when none is named */
};

struct scenario_task_place {
    const char *file;
    uint32_t    line;
};

struct scenario_task_shapes {
    struct scenario_reader *reader;
    struct intern           keys; /* a shape as text -> its number from 1 */
    struct vec              apps; /* struct shape_app, by number - 1 */
};

void scenario_task_shapes_init(struct scenario_task_shapes *shapes, struct scenario_reader *reader);
void scenario_task_shapes_fini(struct scenario_task_shapes *shapes);

/* The app of a shape, as its index among the scenario's apps; the run lasts so long, -1: for ever.
 * A shape that no app can have is an error at place. */
uint32_t scenario_task_app(struct scenario_task_shapes *shapes,
                           const struct scenario_task_shape *shape,
                           const struct scenario_task_place *place, int64_t lasts_ns,
                           uint32_t *ret_run);

/* The apps, and images that last as long as the tasks say, become part of the scenario. */
void scenario_task_shapes_keep(struct scenario_task_shapes *shapes);

#endif
