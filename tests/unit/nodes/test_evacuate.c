/*
 * tests/unit/nodes/test_evacuate.c
 *
 * Goal:   a machine that is drained takes nothing and loses its tasks one replacement after the
 *         other; a cancel takes it back; a deadline ends the waiting; a new master goes on; the
 *         front door says what cannot be.
 * Method: a master on a fake store with obedient agents (tests/unit/master/master_bed.h); what it
 *         does is read from its journal.
 */
#include <stdio.h>

#include "tests/unit/master/master_bed.h"

#define WEB(instances)                                                                             \
    "{\"id\":\"/web\",\"cmd\":\"x\",\"cpus\":0.1,\"mem\":32,\"instances\":" #instances "}"
#define LARGE "{\"id\":\"/web\",\"cmd\":\"x\",\"cpus\":3,\"mem\":32,\"instances\":2}"

static struct master_bed bed;

static void
begin(void)
{
    bed_open(&bed, 1, NULL);
    bed_register(&bed, 0, 1, NULL, 0);
    bed_register(&bed, 1, 1, NULL, 0);
}

static void
end(void)
{
    bed_close(&bed);
}

TestSuite(evacuate, .init = begin, .fini = end);

static const struct msg_api_answer *
say(uint64_t request, enum api_node what, const char *name, int64_t deadline_ns)
{
    struct msg_api_request message = { .request = request,
                                       .call = API_NODE,
                                       .control = (uint8_t)what,
                                       .deadline_ns = deadline_ns };
    (void)snprintf(message.app, sizeof message.app, "%s", name);
    bed_send(&bed, env_address_of(ENV_PROCESS_CLIENT, 0), &msg_api_request_type, &message);
    bed_play(&bed, MS(50));
    cr_assert_not_null(bed_answer(&bed, request));
    return bed_answer(&bed, request);
}

static uint32_t
decided(const char *what)
{
    return bed_lines(&bed, ENV_EVENT_DECISION, "/web", what);
}

static uint32_t
told(const char *text)
{
    return bed_lines(&bed, ENV_EVENT_NODE_DRAIN, "", text);
}

Test(evacuate, replaces_before_it_stops_and_scales_nothing_down)
{
    bed_put(&bed, 1, WEB(4), false);
    bed_play(&bed, SEC(3));
    cr_assert_eq(decided("launch"), 4);
    const uint32_t kills = decided("kill");
    cr_assert_eq(say(2, NODE_DRAIN, "node-0", 0)->status, ST_OK);
    bed_play(&bed, SEC(10));
    const uint32_t moved = decided("launch") - 4;
    cr_assert_gt(moved, 0);
    cr_assert_eq(decided("kill") - kills, moved, "one goes for each that came");
    bed_play(&bed, SEC(60));
    cr_assert_eq(decided("launch") - 4, moved, "and then all is quiet");
}

Test(evacuate, waits_while_there_is_no_room_and_says_so)
{
    bed_put(&bed, 1, LARGE, false);
    bed_play(&bed, SEC(3));
    cr_assert_eq(decided("launch"), 2);
    cr_assert_eq(say(2, NODE_DRAIN, "node-0", 0)->status, ST_OK);
    bed_play(&bed, SEC(60));
    cr_assert_eq(decided("drain"), 0, "nothing is stopped");
    cr_assert_eq(told("1 task left: /web has 1 to be placed: 2 nodes: 1 AgentMaintenance, 1 "
                      "InsufficientCpus; nearest: node-1, 2 cpus short"), 1);
    cr_assert_eq(say(3, NODE_UNDRAIN, "node-0", 0)->status, ST_OK);
    bed_play(&bed, SEC(10));
    cr_assert_eq(decided("withdraw"), 1, "the one that was to replace it is not wanted any more");
    cr_assert_eq(decided("drain"), 0);
}

Test(evacuate, stops_what_is_left_at_the_deadline)
{
    bed_put(&bed, 1, LARGE, false);
    bed_play(&bed, SEC(3));
    cr_assert_eq(say(2, NODE_DRAIN, "node-0", SEC(20))->status, ST_OK);
    bed_play(&bed, SEC(19));
    cr_assert_eq(decided("drain"), 0);
    bed_play(&bed, SEC(2));
    cr_assert_eq(decided("drain"), 1);
    cr_assert_eq(told("1 task is stopped at the deadline; it waited: 1 task left: /web"), 1);
}

Test(evacuate, what_comes_in_place_of_its_tasks_waits_out_no_back_off)
{
    bed_put(&bed, 1, "{\"id\":\"/web\",\"cmd\":\"x\",\"cpus\":0.1,\"mem\":32,\"instances\":2,"
                     "\"backoffSeconds\":200,\"constraints\":[[\"hostname\",\"MAX_PER\",\"2\"]]}",
            false);
    bed_play(&bed, SEC(3));
    bed_status(&bed, 0, 1, TASK_FAILED);
    bed_play(&bed, SEC(10));
    cr_assert_eq(bed_lines(&bed, ENV_EVENT_BACKOFF, "/web", ""), 1);
    const uint32_t placed = bed_lines(&bed, ENV_EVENT_TASK, "/web", "placed");
    cr_assert_eq(placed, 2, "the third waits");
    cr_assert_eq(say(2, NODE_DRAIN, "node-0", 0)->status, ST_OK);
    cr_assert_eq(say(3, NODE_DRAIN, "node-1", 0)->status, ST_OK);
    cr_assert_eq(say(4, NODE_UNDRAIN, "node-0", 0)->status, ST_OK);
    bed_play(&bed, SEC(5));
    cr_assert_gt(bed_lines(&bed, ENV_EVENT_TASK, "/web", "placed"), placed, "at once");
}

Test(evacuate, goes_on_after_the_master_has_died)
{
    bed_put(&bed, 1, LARGE, false);
    bed_play(&bed, SEC(3));
    cr_assert_eq(say(2, NODE_DRAIN, "node-0", SEC(120))->status, ST_OK);
    bed_play(&bed, SEC(5));
    bed_crash(&bed);
    bed_start(&bed);
    bed_play(&bed, SEC(1));
    bed_register(&bed, 0, 1, (const uint64_t[]){ 1 }, 1);
    bed_register(&bed, 1, 1, (const uint64_t[]){ 2 }, 1);
    bed_play(&bed, SEC(30));
    cr_assert_eq(decided("drain"), 0, "it is drained still, and there is no room still");
    cr_assert_eq(say(3, NODE_UNDRAIN, "node-1", 0)->status, ST_OK);
    cr_assert_str_eq(bed_answer(&bed, 3)->text, "nothing to change");
    bed_play(&bed, SEC(90));
    cr_assert_eq(decided("drain"), 1, "the deadline is the one that was set");
}

Test(evacuate, says_what_cannot_be)
{
    cr_assert_eq(say(1, NODE_DRAIN, "nobody", 0)->status, ST_NOT_FOUND);
    cr_assert_eq(say(2, NODE_DRAIN, "node-0", -1)->status, ST_INVALID);
    cr_assert_eq(say(3, (enum api_node)200, "node-0", 0)->status, ST_UNSUPPORTED);
    cr_assert_eq(say(4, NODE_DRAIN, "node-0", 0)->status, ST_OK);
    cr_assert_eq(say(4, NODE_DRAIN, "node-0", 0)->status, ST_OK, "the same again");
    cr_assert_eq(say(5, GROUP_PAUSE, "private", 0)->status, ST_CONFLICT);
    cr_assert_eq(say(6, GROUP_REFRESH, "private", 0)->status, ST_UNSUPPORTED,
                 "this master has no cloud");
}
