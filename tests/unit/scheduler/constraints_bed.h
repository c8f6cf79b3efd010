/*
 * tests/unit/scheduler/constraints_bed.h - a cluster in three zones for apps with constraints.
 *
 * Use: constraints_bed_open(&bed); app = constraints_bed_app(&bed, 3, "[\"hostname\",\"UNIQUE\"]");
 *      put(&bed, app, 0); ... constraints_bed_close(&bed).
 */
#ifndef TESTS_UNIT_SCHEDULER_CONSTRAINTS_BED_H
#define TESTS_UNIT_SCHEDULER_CONSTRAINTS_BED_H

#include <stdio.h>

#include "platform/scheduler/explain.h"
#include "platform/scheduler/filters/filters.h"
#include "platform/scheduler/place.h"
#include "tests/unit/model/cluster_bed.h"

enum { BED_NODES = 6 };

struct constraints_bed {
    struct cluster_bed bed;
    struct filters     filters;
};

static inline struct cluster_node *
constraints_bed_node(struct constraints_bed *bed, uint32_t index, const char *zone)
{
    struct cluster_node *node =
        cluster_bed_node(&bed->bed, index, 8000, MIB(8192), 31000, 32000);
    node->spec.hostname = cluster_bed_text(&bed->bed, "private-%u", index + 1);
    node->spec.zone = cluster_bed_text(&bed->bed, "%s", zone);
    return node;
}

/* Nodes private-1..private-6 in zones a, b, c, a, b, c. */
static inline void
constraints_bed_open(struct constraints_bed *bed)
{
    static const char *const zones[] = { "a", "b", "c" };
    *bed = (struct constraints_bed){ 0 };
    cluster_bed_open(&bed->bed, 1);
    for (uint32_t i = 0; i < BED_NODES; i++) {
        constraints_bed_node(bed, i, zones[i % 3]);
    }
}

static inline void
constraints_bed_close(struct constraints_bed *bed)
{
    filters_fini(&bed->filters);
    cluster_bed_close(&bed->bed);
}

static inline const char *
app_text(char text[400], uint32_t instances, const char *constraints)
{
    (void)snprintf(text, 400,
                   "{\"id\":\"/web\",\"cmd\":\"x\",\"cpus\":0.1,\"mem\":32,\"instances\":%u,"
                   "\"constraints\":[%s]}",
                   instances, constraints);
    return text;
}

static inline struct cluster_app *
constraints_bed_app(struct constraints_bed *bed, uint32_t instances, const char *constraints)
{
    char text[400];
    return cluster_bed_app(&bed->bed, "/web", app_text(text, instances, constraints));
}

static inline void
book(struct cluster_task *task, struct cluster_node *node)
{
    cluster_task_book(task, node);
    cluster_task_state(task, TASK_RUNNING, "");
}

/* One more instance of the app on a node, whatever its constraints say. */
static inline struct cluster_task *
put(struct constraints_bed *bed, struct cluster_app *app, uint32_t index)
{
    struct cluster_task *task = cluster_bed_task(app, NULL, TASK_PENDING);
    book(task, cluster_node_find(&bed->bed.cluster, index));
    return task;
}

#endif
