/*
 * sim/snapshot.h - the state in which a cluster is found: its machines, the versions of its apps,
 * and the tasks that run. A scenario with a "state" begins in the middle of its life.
 *
 * Memory: everything lives in the arena of the scenario and never changes.
 * Ids:    machines (scenario.nodes) are numbered from 1 (0 is the master's), tasks, apps and
 *         versions from 1 in the order of the file; so are the records that the master finds in
 *         its store.
 * Units:  instants are since the epoch.
 */
#ifndef SIM_SNAPSHOT_H
#define SIM_SNAPSHOT_H

#include "fakes/cloud/instance_types.h"
#include "sim/scenario.h"

/* Limits of ours. */
enum {
    SNAPSHOT_APPS_MAX = 20000,
    SNAPSHOT_VERSIONS_MAX = 100, /* of one app */
    SNAPSHOT_TASKS_MAX = 1000000
};

struct snapshot_version {
    const char            *name;
    const struct app_spec *spec;
    uint64_t               id;
};

struct snapshot_app {
    const struct snapshot_version *versions; /* oldest first */
    uint32_t                       versions_count;
    uint32_t                       wanted; /* index of a version */
    uint32_t                       good;   /* the newest that was rolled out to its end */
    uint32_t                       tasks_count;
    uint32_t                       others_count; /* of those tasks of versions not wanted */
};

struct snapshot_task {
    const char *app_id;
    const char *version_name; /* NULL: the wanted one */
    const char *node_name;
    const struct json_t *ports_json;
    const struct json_t *gpus_json;
    int64_t     healthy_since_ns; /* 0: it runs, and its health is not known */
    /* found out */
    uint32_t app;
    uint32_t version; /* of the app */
    uint32_t node;
    uint16_t gpu_mask; /* of its machine's GPUs */
    uint8_t  ports_count;
    uint16_t ports[TASK_PORTS_MAX];
};

struct snapshot {
    int64_t               taken_at_ns;
    int64_t               warm_up_ns; /* until everything has found itself again */
    struct snapshot_app  *apps; /* in the order of scenario.apps */
    uint32_t              apps_count;
    struct snapshot_task *tasks;
    uint32_t              tasks_count;
};

/* Written as a JSON Schema: what may stand in a snapshot file. */
void snapshot_print_schema(struct strbuf *out);

#endif
