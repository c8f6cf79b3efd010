/*
 * tests/unit/balancer/test_drain.c
 *
 * Goal:   a task leaves the routes before it is killed: every reachable edge has the routes that
 *         name it as draining and no open request of it, or the deadline has passed.
 * Method: a master (tests/unit/master/master_bed.h), a node, and edges that answer, are busy, or
 *         die.
 */
#include "tests/unit/master/master_bed.h"

#define WEB                                                                                        \
    "{\"id\":\"/web\",\"cmd\":\"x\",\"cpus\":0.1,\"mem\":32,\"instances\":1,\"labels\":"           \
    "{\"HAPROXY_GROUP\":\"external\"}}"

#define WEB_HIDDEN                                                                                 \
    "{\"id\":\"/web\",\"cmd\":\"x\",\"cpus\":0.1,\"mem\":32,\"instances\":1}"

/* A task that runs and is in the routes of the edges of node 0 and 1; the stop comes after 20 s. */
static uint64_t
open_routed(struct master_bed *bed, uint32_t edges)
{
    bed_open(bed, 1, NULL);
    bed_register(bed, 0, 1, NULL, 0);
    for (uint32_t i = 0; i < edges; i++) {
        bed_edge(bed, i, 0);
    }
    bed_put(bed, 1, WEB, false);
    bed_play(bed, SEC(20));
    const struct msg_launch *launch = bed_newest(bed, &msg_launch_type);
    cr_assert_not_null(launch);
    return launch->task;
}

static uint32_t
drains(const struct master_bed *bed, int32_t what)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < bed->world->lines.count; i++) {
        const struct test_line *line = vec_at(&bed->world->lines, i);
        count += line->event.kind == ENV_EVENT_DRAIN && line->event.new_state == what ? 1 : 0;
    }
    return count;
}

Test(drain, the_kill_comes_when_every_edge_has_the_routes)
{
    struct master_bed bed;
    (void)open_routed(&bed, 2);
    const uint32_t routes = bed_count(&bed, &msg_routes_type);
    bed_call(&bed, 2, API_SCALE_APP, "/web", 0);
    bed_play(&bed, MS(50));
    cr_assert(gt(u32, bed_count(&bed, &msg_routes_type), routes));
    cr_assert(eq(u32, bed_count(&bed, &msg_kill_type), 1));
    cr_assert(eq(u32, drains(&bed, 1), 1));
    cr_assert(eq(u32, drains(&bed, 2), 1));
    bed_close(&bed);
}

Test(drain, open_requests_are_waited_for)
{
    struct master_bed bed;
    const uint64_t task = open_routed(&bed, 1);
    bed.busy_task = task;
    bed_call(&bed, 2, API_SCALE_APP, "/web", 0);
    bed_play(&bed, SEC(10));
    cr_assert(eq(u32, bed_count(&bed, &msg_kill_type), 0));
    bed.busy_task = 0;
    bed_play(&bed, SEC(2));
    cr_assert(eq(u32, bed_count(&bed, &msg_kill_type), 1));
    bed_close(&bed);
}

Test(drain, the_deadline_ends_the_wait)
{
    struct master_bed bed;
    const uint64_t task = open_routed(&bed, 1);
    bed.busy_task = task;
    bed_call(&bed, 2, API_SCALE_APP, "/web", 0);
    bed_play(&bed, SEC(30) - MS(10));
    cr_assert(eq(u32, bed_count(&bed, &msg_kill_type), 0));
    bed_play(&bed, MS(50));
    cr_assert(eq(u32, bed_count(&bed, &msg_kill_type), 1));
    cr_assert(eq(u32, drains(&bed, 3), 1));
    bed_close(&bed);
}

Test(drain, an_edge_that_died_is_waited_for_no_longer_than_it_is_missed)
{
    struct master_bed bed;
    bed.busy_task = open_routed(&bed, 1);
    bed_call(&bed, 2, API_SCALE_APP, "/web", 0);
    bed_play(&bed, MS(500)); /* it has the routes, and its request goes on */
    bed.mute[0] = true;      /* it says nothing any more, and nobody else wakes the master */
    bed_play(&bed, SEC(10));
    cr_assert(eq(u32, bed_count(&bed, &msg_kill_type), 0));
    bed_play(&bed, SEC(6));
    cr_assert(eq(u32, bed_count(&bed, &msg_kill_type), 1));
    cr_assert(eq(u32, drains(&bed, 2), 1));
    bed_close(&bed);
}

/* Its agent speaks: the machine runs, and so does its proxy. */
Test(drain, an_edge_whose_machine_is_heard_of_is_waited_for_twice_as_long)
{
    struct master_bed bed;
    bed.busy_task = open_routed(&bed, 1);
    bed_call(&bed, 2, API_SCALE_APP, "/web", 0);
    bed_play(&bed, MS(500));
    bed.has_edge[0] = false; /* its reports are lost, those of the agent are not */
    bed_play(&bed, SEC(25));
    cr_assert(eq(u32, bed_count(&bed, &msg_kill_type), 0));
    bed_play(&bed, SEC(6));
    cr_assert(eq(u32, bed_count(&bed, &msg_kill_type), 1));
    bed_close(&bed);
}

static void
edge_says(struct master_bed *bed, uint64_t incarnation, uint64_t generation)
{
    const struct msg_edge_state message = { .incarnation = incarnation, .generation = generation };
    bed_send(bed, env_address_of(ENV_PROCESS_EDGE, 0), &msg_edge_state_type, &message);
}

Test(drain, what_an_edge_said_in_an_earlier_life_does_not_count)
{
    struct master_bed bed;
    (void)open_routed(&bed, 1);
    bed.mute[0] = true;
    edge_says(&bed, 2, 1); /* it has started again, with old routes */
    bed_call(&bed, 2, API_SCALE_APP, "/web", 0);
    bed_play(&bed, SEC(1));
    edge_says(&bed, 1, 1000);
    bed_play(&bed, SEC(1));
    cr_assert(eq(u32, bed_count(&bed, &msg_kill_type), 0));
    bed_play(&bed, SEC(16)); /* the new life has fallen silent: whoever speaks now is the edge */
    edge_says(&bed, 1, 1000);
    bed_play(&bed, SEC(1));
    cr_assert(eq(u32, bed_count(&bed, &msg_kill_type), 1));
    bed_close(&bed);
}

Test(drain, an_edge_with_the_routes_of_an_older_definition_is_waited_for)
{
    struct master_bed bed;
    const uint64_t task = open_routed(&bed, 2);
    bed.mute[1] = true; /* it has them until it is given up */
    bed_put(&bed, 2, WEB_HIDDEN, false);
    bed_play(&bed, SEC(5));
    const struct msg_launch *launch = bed_newest(&bed, &msg_launch_type);
    cr_assert(ne(u64, launch->task, task));
    cr_assert(eq(u32, bed_count(&bed, &msg_kill_type), 0));
    bed_play(&bed, SEC(15));
    cr_assert(eq(u32, bed_count(&bed, &msg_kill_type), 1));
    bed_close(&bed);
}

Test(drain, what_no_edge_ever_heard_of_is_killed_at_once)
{
    struct master_bed bed;
    bed_open(&bed, 1, NULL);
    bed_register(&bed, 0, 1, NULL, 0);
    bed_put(&bed, 1, "{\"id\":\"/web\",\"cmd\":\"x\",\"cpus\":0.1,\"mem\":32}", false);
    bed_play(&bed, SEC(3));
    bed_call(&bed, 2, API_SCALE_APP, "/web", 0);
    bed_play(&bed, MS(20));
    cr_assert(eq(u32, bed_count(&bed, &msg_kill_type), 1));
    cr_assert(eq(u32, drains(&bed, 1), 0));
    bed_close(&bed);
}
