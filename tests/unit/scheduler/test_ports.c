/*
 * tests/unit/scheduler/test_ports.c
 *
 * Goal:   an app's ports are free ones of the node, the ones asked for by number first; a port just
 *         left is not given out again at once; every offered port can be given out.
 * Method: nodes with a few ports each, filled through the booking that the scheduler uses.
 */
#include "platform/scheduler/ports.h"

#include "tests/unit/model/cluster_bed.h"

#define APP(ports)                                                                                 \
    "{\"id\":\"/web\",\"cmd\":\"x\",\"requirePorts\":true,\"portDefinitions\":[" ports "]}"

static bool
choose(struct cluster_node *node, struct cluster_app *app, struct cluster_task **ret_task)
{
    struct cluster_task *task = cluster_bed_task(app, NULL, TASK_PENDING);
    if (!ports_choose(node, app->version->spec, task->record.ports, &task->record.ports_count)) {
        return false;
    }
    cluster_task_book(task, node);
    *ret_task = task;
    return true;
}

Test(ports, fixed_ones_are_kept_and_dynamic_ones_avoid_them)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    struct cluster_node *node = cluster_bed_node(&bed, 0, 4000, MIB(4096), 31000, 31002);
    struct cluster_app *app =
        cluster_bed_app(&bed, "/web", APP("{\"port\":0},{\"port\":31000},{\"port\":0}"));
    struct cluster_task *task = NULL;
    cr_assert(ports_fixed_free(node, app->version->spec));
    cr_assert(choose(node, app, &task));
    cr_assert(eq(int, task->record.ports_count, 3));
    cr_assert(eq(int, task->record.ports[0], 31001));
    cr_assert(eq(int, task->record.ports[1], 31000));
    cr_assert(eq(int, task->record.ports[2], 31002));
    cr_assert(not(ports_fixed_free(node, app->version->spec)));
    cluster_bed_close(&bed);
}

Test(ports, one_that_the_node_does_not_offer_is_not_free)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    struct cluster_node *node = cluster_bed_node(&bed, 0, 4000, MIB(4096), 31000, 31002);
    struct cluster_app *app = cluster_bed_app(&bed, "/web", APP("{\"port\":80}"));
    cr_assert(not(ports_fixed_free(node, app->version->spec)));
    cluster_bed_close(&bed);
}

Test(ports, the_cursor_goes_round_before_a_port_comes_again)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    struct cluster_node *node = cluster_bed_node(&bed, 0, 4000, MIB(4096), 31000, 31002);
    struct cluster_app *app = cluster_bed_app(&bed, "/web", APP("{\"port\":0}"));
    static const uint16_t expected[] = {31000, 31001, 31002, 31000};
    for (uint32_t i = 0; i < COUNT_OF(expected); i++) {
        struct cluster_task *task = NULL;
        cr_assert(choose(node, app, &task));
        cr_assert(eq(int, task->record.ports[0], expected[i]));
        cluster_task_unbook(task);
    }
    cluster_bed_close(&bed);
}

Test(ports, every_range_is_used_in_whatever_order_they_are_offered)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    struct cluster_node *node = cluster_bed_node(&bed, 0, 4000, MIB(4096), 31000, 31001);
    node->spec.ports[1] = (struct node_port_range){.first = 1000, .last = 1001};
    node->spec.ports[2] = (struct node_port_range){.first = 65535, .last = 65535};
    node->spec.port_ranges_count = 3;
    cluster_node_refresh(node);
    struct cluster_app *app = cluster_bed_app(&bed, "/web", APP("{\"port\":0}"));
    static const uint16_t expected[] = {31000, 31001, 1000, 1001, 65535};
    struct cluster_task *task = NULL;
    for (uint32_t i = 0; i < COUNT_OF(expected); i++) {
        cr_assert(choose(node, app, &task), "port %u", i);
        cr_assert(eq(int, task->record.ports[0], expected[i]));
    }
    cr_assert(not(choose(node, app, &task)), "all are in use");
    cluster_bed_close(&bed);
}

Test(ports, none_are_mapped_where_none_are_asked_for)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    struct cluster_node *node = cluster_bed_node(&bed, 0, 4000, MIB(4096), 31000, 31001);
    node->spec.port_ranges_count = 0;
    struct cluster_app *app = cluster_bed_app(
        &bed, "/web",
        "{\"id\":\"/web\",\"networks\":[{\"mode\":\"container\",\"name\":\"dcos\"}],\"container\":"
        "{\"type\":\"DOCKER\",\"docker\":{\"image\":\"x\"},"
        "\"portMappings\":[{\"containerPort\":80}]}}");
    struct cluster_task *task = NULL;
    cr_assert(choose(node, app, &task));
    cr_assert(eq(int, task->record.ports_count, 1));
    cr_assert(eq(int, task->record.ports[0], 0));
    cluster_bed_close(&bed);
}
