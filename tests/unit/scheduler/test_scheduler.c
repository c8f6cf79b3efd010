/*
 * tests/unit/scheduler/test_scheduler.c
 *
 * Goal:   an app that finds no room says why, once for each new answer, and costs no memory for
 *         waiting however long it waits.
 * Method: the controller alone on a cluster whose second node comes and goes.
 */
#include <stdio.h>

#include "platform/base/memory.h"
#include "tests/unit/model/cluster_bed.h"

extern const struct controller scheduler_controller;

Test(scheduler, waiting_for_long_costs_no_memory)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    struct cluster_app *app =
        cluster_bed_app(&bed, "/big", "{\"id\":\"/big\",\"cmd\":\"x\",\"cpus\":64,\"mem\":32}");
    struct cluster_node *first = cluster_bed_node(&bed, 0, 1000, MIB(64), 31000, 32000);
    first->spec.hostname = "private-1";
    struct cluster_node *node = cluster_bed_node(&bed, 1, 1000, MIB(64), 31000, 32000);
    void *state = memory_alloc_zero(1, scheduler_controller.state_bytes);
    scheduler_controller.open(&bed.cluster, state);
    cr_assert_not_null(cluster_task_add(app, app->version, 0, false));
    const size_t bytes = bed.cluster.arena.used_bytes;
    for (uint32_t i = 0; i < 100; i++) {
        test_world_run_until(bed.world, SEC(3601) * (i + 1));
        cluster_node_state(node, i % 2 == 0 ? NODE_UNREACHABLE : NODE_READY, "");
        bed.cluster.capacity_generation++;
        scheduler_controller.app(&bed.cluster, state, app);
        const char *why =
            i % 2 == 0 ? "1 node: 1 InsufficientCpus; nearest: private-1, 63 cpus short"
                       : "2 nodes: 2 InsufficientCpus; nearest: private-1, 63 cpus short";
        cr_assert_str_eq(app->why_pending, why);
    }
    cr_assert(eq(sz, bed.cluster.arena.used_bytes, bytes));
    memory_free(state);
    cluster_bed_close(&bed);
}
