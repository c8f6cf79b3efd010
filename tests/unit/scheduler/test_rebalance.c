/*
 * tests/unit/scheduler/test_rebalance.c
 *
 * Goal:   an app that asks for it is made even again, one instance after the other and another one
 *         in its place first; whatever comes between calls the move off, and nothing is started
 *         that cannot be placed.
 * Method: a master on a fake store with obedient agents (tests/unit/master/master_bed.h); each
 *         machine is a group of its own. What the master does is read from its journal.
 */
#include <stdio.h>
#include <string.h>

#include "tests/unit/master/master_bed.h"

#define LABEL(value) "\"labels\":{\"REHEARSAL_REBALANCE\":\"" value "\"}"
#define WEB(more)                                                                                  \
    "{\"id\":\"/web\",\"cmd\":\"x\",\"cpus\":1,\"mem\":32,\"instances\":4,\"role\":\"dev\","       \
    "\"acceptedResourceRoles\":[\"*\"],\"constraints\":[[\"hostname\",\"GROUP_BY\"]]," more "}"
#define OTHER(more)                                                                                \
    "{\"id\":\"/other\",\"cmd\":\"x\",\"cpus\":3.5,\"mem\":32,\"instances\":1,\"constraints\":["   \
    "[\"hostname\",\"IS\",\"node-1\"]]" more "}"

#define UNEVEN "hostname is uneven, 4 in node-0 and 0 in node-1, "

enum { MOVES = 1, WAITS = 2, STAYS = 3 };

static struct master_bed bed;

static void
begin(void)
{
    bed_open(&bed, 1, NULL);
    bed_register(&bed, 0, 1, NULL, 0);
}

static void
end(void)
{
    bed_close(&bed);
}

TestSuite(rebalance, .init = begin, .fini = end);

static uint32_t
decided(const char *what)
{
    return bed_lines(&bed, ENV_EVENT_DECISION, "/web", what);
}

/* How often it was told, and that begins with the text. */
static uint32_t
told(int32_t new_state, const char *text)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < bed.world->lines.count; i++) {
        const struct test_line *line = vec_at(&bed.world->lines, i);
        count += line->event.kind == ENV_EVENT_REBALANCE && line->event.new_state == new_state &&
                         strncmp(line->text, text, strlen(text)) == 0
                     ? 1
                     : 0;
    }
    return count;
}

/* Four instances run on the only machine; then there is another one. */
static void
begin_uneven(const char *app)
{
    bed_put(&bed, 1, app, false);
    bed_play(&bed, SEC(3));
    cr_assert_eq(decided("launch"), 4);
    bed_register(&bed, 1, 1, NULL, 0);
}

Test(rebalance, moves_one_after_the_other_once_it_has_settled)
{
    begin_uneven(WEB(LABEL("10s")));
    bed_play(&bed, SEC(9));
    cr_assert_eq(decided("launch"), 4, "not yet");
    cr_assert_eq(told(WAITS, UNEVEN "where node-1 takes one: "
                             "moved when that has lasted for 10s"), 1);
    bed_play(&bed, SEC(20));
    cr_assert_eq(told(MOVES, "hostname is uneven, 4 in node-0 and 0 in node-1"), 1);
    cr_assert_eq(told(MOVES, "hostname is uneven, 3 in node-0 and 1 in node-1"), 1);
    cr_assert_eq(decided("launch"), 6);
    cr_assert_eq(decided("kill"), 2);
    bed_play(&bed, SEC(120));
    cr_assert_eq(told(MOVES, ""), 2, "and then all is quiet");
    cr_assert_eq(decided("launch"), 6);
}

Test(rebalance, stops_nothing_before_another_one_serves)
{
    begin_uneven(WEB(LABEL("1s")));
    bed.mute[1] = true; /* what is launched there does not begin to run */
    bed_play(&bed, SEC(30));
    cr_assert_eq(told(MOVES, ""), 1, "one at a time");
    cr_assert_eq(decided("launch"), 5);
    cr_assert_eq(decided("drain"), 0);
    bed.mute[1] = false;
    bed_status(&bed, 1, 5, TASK_RUNNING);
    bed_play(&bed, MS(100));
    cr_assert_eq(decided("drain"), 2, "and then the next one");
}

Test(rebalance, moves_nothing_that_does_not_ask_for_it)
{
    begin_uneven(WEB(LABEL("false")));
    bed_play(&bed, SEC(120));
    cr_assert_eq(decided("launch"), 4);
    bed_put(&bed, 2, WEB("\"labels\":{}"), false);
    bed_play(&bed, SEC(120));
    cr_assert_eq(told(MOVES, "") + told(WAITS, ""), 0);
}

Test(rebalance, leaves_what_is_bound_to_its_volume)
{
    begin_uneven(WEB(LABEL("1s") ",\"container\":{\"type\":\"MESOS\",\"volumes\":[{"
                                 "\"containerPath\":\"d\",\"mode\":\"RW\",\"persistent\":{"
                                 "\"size\":10}}]}"));
    bed_play(&bed, SEC(120));
    cr_assert_eq(told(MOVES, "") + told(WAITS, ""), 0);
    cr_assert_eq(decided("launch"), 4);
}

Test(rebalance, starts_nothing_where_there_is_no_room_and_says_so)
{
    bed_put(&bed, 9, OTHER(""), false); /* which waits for the other machine */
    begin_uneven(WEB(LABEL("5s")));
    bed_play(&bed, SEC(60));
    cr_assert_eq(decided("launch"), 4);
    cr_assert_eq(told(WAITS, UNEVEN "where there is no room: "
                             "2 nodes: 1 UnfulfilledConstraint (hostname GROUP_BY), 1 "
                             "InsufficientCpus"), 1);
    bed_call(&bed, 10, API_DELETE_APP, "/other", 0);
    bed_play(&bed, SEC(30));
    cr_assert_eq(decided("kill"), 2);
}

Test(rebalance, gives_way_to_a_deployment)
{
    begin_uneven(WEB(LABEL("1s")));
    bed.mute[1] = true;
    bed_play(&bed, SEC(5));
    cr_assert_eq(told(MOVES, ""), 1);
    bed_put(&bed, 2, WEB("\"env\":{\"A\":\"1\"}," LABEL("1s")), false);
    bed_play(&bed, SEC(5));
    cr_assert_eq(told(STAYS, "a deployment begins"), 1);
    bed_play(&bed, SEC(20));
    cr_assert_eq(told(MOVES, ""), 1, "not beside it");
    cr_assert_eq(told(WAITS, ""), 1);
}

Test(rebalance, gives_way_to_the_drain_of_another_machine)
{
    struct msg_api_request message = { .request = 3, .call = API_NODE, .control = NODE_DRAIN,
                                       .app = "node-0" };
    begin_uneven(WEB(LABEL("1s")));
    bed.mute[1] = true;
    bed_play(&bed, SEC(5));
    cr_assert_eq(told(MOVES, ""), 1);
    bed_send(&bed, env_address_of(ENV_PROCESS_CLIENT, 0), &msg_api_request_type, &message);
    bed_play(&bed, SEC(1));
    cr_assert_eq(told(STAYS, "others have to leave a machine that is drained"), 1);
    bed_play(&bed, SEC(20));
    cr_assert_eq(told(MOVES, ""), 1);
}

static void
play_until_begun(uint32_t moves)
{
    for (uint32_t i = 0; i < 3000 && told(MOVES, "") < moves; i++) {
        bed_play(&bed, MS(10));
    }
    cr_assert_eq(told(MOVES, ""), moves);
}

Test(rebalance, waits_longer_after_each_failure)
{
    begin_uneven(WEB(LABEL("5s")));
    bed.mute[1] = true;
    play_until_begun(1);
    const int64_t first_ns = world_now(bed.world);
    bed_status(&bed, 1, 5, TASK_FAILED);
    bed_play(&bed, MS(100));
    cr_assert_eq(told(STAYS, "an instance has failed"), 1);
    bed_play(&bed, SEC(5));
    cr_assert_eq(decided("drain"), 0, "those that served do");
    cr_assert_eq(told(MOVES, ""), 1);
    play_until_begun(2);
    cr_assert_geq(world_now(bed.world) - first_ns, SEC(10));
}

Test(rebalance, is_called_off_when_nothing_serves_in_time)
{
    begin_uneven(WEB(LABEL("1s")));
    bed.mute[1] = true;
    play_until_begun(1);
    for (uint32_t i = 0; i < 610; i++) { /* its agent is there and says nothing of the task */
        const struct msg_heartbeat beat = { .incarnation = 1, .node = 1 };
        bed_send(&bed, env_address_of(ENV_PROCESS_AGENT, 1), &msg_heartbeat_type, &beat);
        bed_play(&bed, SEC(1));
    }
    cr_assert_eq(told(STAYS, "none serves in its place for too long"), 1);
    cr_assert_geq(decided("drain"), 1, "what was to serve is one too many");
    cr_assert_eq(bed_lines(&bed, ENV_EVENT_TASK, "/web", "killed"), 0);
}

Test(rebalance, is_held_by_a_quota_before_anything_is_started)
{
    const struct scheduler_role roles[] = {
        { .name = "dev",
          .weight_milli = SCHEDULER_WEIGHT_MILLI,
          .limit = { .of = { 4000, AMOUNT_NO_LIMIT, AMOUNT_NO_LIMIT, AMOUNT_NO_LIMIT } } }
    };
    bed_crash(&bed);
    bed.config.roles = roles;
    bed.config.roles_count = 1;
    bed_start(&bed);
    bed_play(&bed, SEC(1));
    bed_register(&bed, 0, 2, NULL, 0);
    begin_uneven(WEB(LABEL("5s")));
    bed_play(&bed, SEC(60));
    cr_assert_eq(decided("launch"), 4);
    cr_assert_eq(told(MOVES, ""), 0);
    cr_assert_eq(told(WAITS, UNEVEN "where node-1 takes one: "
                             "role dev is at its limit of 4 cpus"), 1);
    bed_crash(&bed); /* the limits outlive no test */
}
