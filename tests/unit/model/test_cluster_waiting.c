/*
 * tests/unit/model/test_cluster_waiting.c
 *
 * Goal:   the apps that have tasks waiting for a node are found, in the order of their places, and
 *         no others.
 * Method: 150 apps, more than two words of bits; tasks of some wait, and then do not.
 */
#include "platform/model/cluster_waiting.h"
#include "tests/unit/model/cluster_bed.h"

enum { APPS = 150 };

#define WEB "{\"id\":\"/web\",\"cmd\":\"x\",\"cpus\":0.1,\"mem\":32,\"instances\":1}"

Test(cluster_waiting, finds_the_apps_that_wait_in_order)
{
    static const uint32_t waiting[] = { 0, 63, 64, 127, 149 };
    struct cluster_bed    bed;
    struct cluster_app   *apps[APPS];
    struct cluster_task  *tasks[COUNT_OF(waiting)];
    cluster_bed_open(&bed, 1);
    for (uint32_t i = 0; i < APPS; i++) {
        char path[16];
        (void)snprintf(path, sizeof path, "/web-%u", i);
        apps[i] = cluster_bed_app(&bed, path, WEB);
    }
    cr_assert(eq(u32, cluster_waiting_next(&bed.cluster, 0), UINT32_MAX));
    for (uint32_t i = 0; i < COUNT_OF(waiting); i++) {
        tasks[i] = cluster_bed_task(apps[waiting[i]], NULL, TASK_PENDING);
        (void)cluster_bed_task(apps[waiting[i] / 2 + 1], NULL, TASK_STAGING); /* waits no more */
    }
    uint32_t at = 0;
    for (uint32_t i = 0; i < COUNT_OF(waiting); i++, at++) {
        at = cluster_waiting_next(&bed.cluster, at);
        cr_assert(eq(u32, at, waiting[i]));
    }
    cr_assert(eq(u32, cluster_waiting_next(&bed.cluster, at), UINT32_MAX));
    struct cluster_task *other = cluster_bed_task(apps[63], NULL, TASK_PENDING);
    for (uint32_t i = 0; i < COUNT_OF(waiting); i++) {
        cluster_task_state(tasks[i], TASK_STAGING, "");
    }
    cr_assert(eq(u32, cluster_waiting_next(&bed.cluster, 0), 63), "one of its tasks still waits");
    cluster_task_state(other, TASK_STAGING, "");
    cr_assert(eq(u32, cluster_waiting_next(&bed.cluster, 0), UINT32_MAX));
    cluster_bed_close(&bed);
}
