/*
 * sim/snapshot_read.h - who reads which part of "state": private to the scenario's reader.
 *
 * Order: snapshot_read_nodes in place of the cluster's groups, snapshot_read_apps in place of the
 *        scenario's apps, then the tasks.
 */
#ifndef SIM_SNAPSHOT_READ_H
#define SIM_SNAPSHOT_READ_H

#include "sim/scenario_parts.h"
#include "sim/snapshot.h"

#define SNAPSHOT_WARM_UP_NS MIN(2)

struct snapshot_block { /* "state" as it stands, before its parts are read */
    int64_t              taken_at_ns;
    int64_t              warm_up_ns;
    const struct json_t *nodes;
    const struct json_t *apps;
    const struct json_t *tasks;
};

struct snapshot_app_entry {
    const char          *wanted;
    const char          *good;
    const struct json_t *versions;
};

extern const struct scenario_table snapshot_block_table;
extern const struct scenario_table snapshot_app_table;  /* of struct snapshot_app_entry */
extern const struct scenario_table snapshot_task_table; /* of struct snapshot_task */

/* The block itself, and its machines as groups and zones of the scenario. */
void snapshot_read_nodes(struct scenario_reader *reader);
void snapshot_read_apps(struct scenario_reader *reader);
void snapshot_read_tasks(struct scenario_reader *reader);

/* What of a machine's GPUs is given away so far. */
struct snapshot_gpus {
    int32_t count;
    int32_t each_milli; /* of the task that is read */
    int16_t used_milli[NODE_GPUS_MAX];
};

/* Fills gpu_mask: as the task says, or the first GPUs with room. */
void snapshot_task_gpus(struct scenario_reader *reader, struct snapshot_task *task,
                        const struct app_spec *spec, struct snapshot_gpus *gpus,
                        const char *pointer);

#endif
