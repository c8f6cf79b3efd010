/*
 * tests/unit/names/names_cluster.h - one app with any number of tasks, without a world: enough for
 * a table of names and no more.
 *
 * Use: names_cluster_open(&made, 40): /prod/web, whose task i is at 10.0.x.y, port 31000.
 */
#ifndef TESTS_UNIT_NAMES_NAMES_CLUSTER_H
#define TESTS_UNIT_NAMES_NAMES_CLUSTER_H

#include <string.h>

#include "platform/base/memory.h"
#include "platform/names/table.h"

struct names_cluster {
    struct env             env;
    struct cluster         cluster;
    struct cluster_app     app;
    struct cluster_version version;
    struct cluster_task   *tasks; /* owned */
    struct names_table     table;
};

static inline void
names_cluster_open(struct names_cluster *made, uint32_t tasks_count)
{
    static const char definition[] =
        "{\"id\":\"/prod/web\",\"cmd\":\"true\",\"portDefinitions\":[{\"port\":10000,"
        "\"name\":\"http\",\"protocol\":\"udp,tcp\",\"labels\":{\"VIP_0\":\"/web:80\"}}]}";
    memset(made, 0, sizeof *made);
    arena_init(&made->version.arena, 0);
    made->version.spec = app_load(definition, strlen(definition), &made->version.arena);
    made->tasks = memory_alloc_zero(tasks_count, sizeof *made->tasks);
    made->cluster.env = &made->env;
    vec_init(&made->cluster.apps, sizeof(struct cluster_app *));
    vec_init(&made->cluster.nodes, sizeof(struct cluster_node *));
    vec_init(&made->cluster.edges, sizeof(struct cluster_edge));
    *(struct cluster_app **)vec_push(&made->cluster.apps) = &made->app;
    made->app = (struct cluster_app){ .id = "/prod/web",
                                      .version = &made->version,
                                      .tasks_first = &made->tasks[0] };
    for (uint32_t i = 0; i < tasks_count; i++) {
        struct cluster_task *task = &made->tasks[i];
        *task = (struct cluster_task){ .app = &made->app, .version = &made->version };
        task->app_next = i + 1 < tasks_count ? task + 1 : NULL;
        task->record = (struct task_record){ .id = i + 1,
                                             .state = TASK_RUNNING,
                                             .node = 1,
                                             .ipv4 = UINT32_C(0x0A000001) + i,
                                             .ports_count = 1,
                                             .ports = { 31000 } };
    }
    names_table_init(&made->table, 0);
    names_table_build(&made->table, &made->cluster);
}

static inline void
names_cluster_close(struct names_cluster *made)
{
    names_table_fini(&made->table);
    vec_fini(&made->cluster.edges);
    vec_fini(&made->cluster.nodes);
    vec_fini(&made->cluster.apps);
    memory_free(made->tasks);
    arena_fini(&made->version.arena);
}

#endif
