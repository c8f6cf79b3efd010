/*
 * tests/unit/deploy/test_rollout.c
 *
 * Goal:   every strategy comes to its end by its own way, a deployment that fails comes back, and
 *         people's words are obeyed. (tests/scenario kills the master at every step.)
 * Method: a master on a fake store with obedient agents (tests/unit/master/master_bed.h); what it
 *         does is read from its journal.
 */
#include <stdio.h>
#include <string.h>

#include "platform/base/memory.h"
#include "platform/model/cluster.h"
#include "platform/model/deployment.h"
#include "tests/unit/master/master_bed.h"

#define WEB(cmd)                                                                                   \
    "{\"id\":\"/web\",\"cmd\":\"" cmd "\",\"cpus\":0.1,\"mem\":32,\"instances\":4}"

static struct master_bed bed;

static void
put(uint64_t request, const char *json, const char *strategy)
{
    const size_t json_len = strlen(json);
    const size_t strategy_len = strlen(strategy);
    struct msg_api_request *message =
        memory_alloc_zero(1, sizeof *message + json_len + strategy_len);
    *message = (struct msg_api_request){ .request = request,
                                         .call = API_PUT_APP,
                                         .strategy_len = (uint32_t)strategy_len,
                                         .tail_len = (uint32_t)(json_len + strategy_len) };
    memcpy(message->tail, json, json_len);
    memcpy(message->tail + json_len, strategy, strategy_len);
    bed_send(&bed, env_address_of(ENV_PROCESS_CLIENT, 0), &msg_api_request_type, message);
    memory_free(message);
    bed_play(&bed, MS(50));
}

static enum status
say(uint64_t request, enum api_control control)
{
    struct msg_api_request message = { .request = request,
                                       .call = API_CONTROL,
                                       .control = (uint8_t)control };
    (void)snprintf(message.app, sizeof message.app, "/web");
    bed_send(&bed, env_address_of(ENV_PROCESS_CLIENT, 0), &msg_api_request_type, &message);
    bed_play(&bed, MS(50));
    const struct msg_api_answer *answer = bed_answer(&bed, request);
    cr_assert_not_null(answer);
    return (enum status)answer->status;
}

static uint32_t
ended(const char *text)
{
    return bed_lines(&bed, ENV_EVENT_DEPLOYMENT, "/web", text);
}

static uint32_t
moved(const char *text)
{
    return bed_lines(&bed, ENV_EVENT_ROLLOUT, "/web", text);
}

static uint32_t
decided(const char *what)
{
    return bed_lines(&bed, ENV_EVENT_DECISION, "/web", what);
}

/* Version 1 runs with four instances on two nodes. */
static void
begin(void)
{
    bed_open(&bed, 1, NULL);
    bed_register(&bed, 0, 1, NULL, 0);
    bed_register(&bed, 1, 1, NULL, 0);
    put(1, WEB("one"), "");
    bed_play(&bed, SEC(3));
    cr_assert_eq(decided("launch"), 4);
}

static void
end(void)
{
    bed_close(&bed);
}

TestSuite(rollout, .init = begin, .fini = end);

#define TWO_STEPS                                                                                  \
    "{\"canary\":{\"linger\":\"5s\",\"steps\":[{\"weight\":25,\"hold\":\"10s\"},"                 \
    "{\"weight\":50,\"hold\":\"10s\"}]}}"

Test(rollout, a_canary_goes_step_by_step_lingers_and_lets_the_old_ones_go)
{
    put(2, WEB("two"), TWO_STEPS);
    bed_play(&bed, SEC(5));
    cr_assert_eq(moved("step 1 of 2: 25.00%"), 1);
    cr_assert_eq(decided("launch"), 5);
    cr_assert_eq(decided("drain"), 0, "the old ones stay in full");
    bed_play(&bed, SEC(10));
    cr_assert_eq(moved("step 2 of 2: 50.00%"), 1);
    cr_assert_eq(decided("kill"), 1, "surge has room for one: an old one made place for a second");
    bed_play(&bed, SEC(40));
    cr_assert_eq(moved("the new version has all requests"), 1);
    cr_assert_eq(moved("the old instances leave"), 1);
    cr_assert_eq(decided("launch"), 8);
    cr_assert_eq(decided("kill"), 4);
    put(3, WEB("two"), "");
    cr_assert_str_eq(bed_answer(&bed, 3)->text, "nothing to change");
}

Test(rollout, a_pause_waits_for_promote_and_fails_when_nobody_comes)
{
    put(2, WEB("two"), "{\"canary\":{\"linger\":\"1s\","
                       "\"steps\":[{\"weight\":25,\"pause\":true}]}}");
    bed_play(&bed, SEC(60));
    cr_assert_eq(moved("promoted"), 0);
    cr_assert_eq(say(3, CONTROL_PROMOTE), ST_OK);
    bed_play(&bed, SEC(30));
    cr_assert_eq(moved("the old instances leave"), 1);

    put(4, WEB("three"), "{\"canary\":{\"steps\":[{\"weight\":25,\"pause\":true,"
                         "\"pause_timeout\":\"20s\"}]}}");
    bed_play(&bed, SEC(40));
    cr_assert_eq(ended("nobody promoted it in time"), 1);
    cr_assert_eq(ended("roll-back"), 1);
    bed_play(&bed, SEC(20));
    put(5, WEB("two"), "");
    cr_assert_str_eq(bed_answer(&bed, 5)->text, "nothing to change");
}

Test(rollout, abort_brings_the_old_version_back_without_a_launch)
{
    put(2, WEB("two"), TWO_STEPS);
    bed_play(&bed, SEC(5));
    const uint32_t launches = decided("launch");
    cr_assert_eq(say(3, CONTROL_ABORT), ST_OK);
    bed_play(&bed, SEC(20));
    cr_assert_eq(ended("aborted by hand"), 1);
    cr_assert_eq(decided("launch"), launches);
    cr_assert_eq(decided("kill"), 1, "the canary alone");
    cr_assert_eq(say(4, CONTROL_ABORT), ST_CONFLICT);
}

Test(rollout, pause_holds_every_move_until_resume)
{
    put(2, WEB("two"), TWO_STEPS);
    bed_play(&bed, SEC(2));
    cr_assert_eq(say(3, CONTROL_PAUSE), ST_OK);
    cr_assert_eq(say(4, CONTROL_PAUSE), ST_CONFLICT);
    bed_play(&bed, SEC(120));
    cr_assert_eq(moved("step 2"), 0);
    cr_assert_eq(say(5, CONTROL_RESUME), ST_OK);
    bed_play(&bed, SEC(60));
    cr_assert_eq(moved("the old instances leave"), 1);
}

Test(rollout, promote_in_full_and_skip_shorten_the_way)
{
    put(2, WEB("two"), "{\"canary\":{\"linger\":\"1s\",\"steps\":[{\"weight\":10,\"hold\":\"1h\"},"
                       "{\"weight\":20,\"hold\":\"1h\"},{\"weight\":30,\"hold\":\"1h\"}]}}");
    bed_play(&bed, SEC(5));
    cr_assert_eq(say(3, CONTROL_SKIP), ST_OK);
    bed_play(&bed, SEC(5));
    cr_assert_eq(moved("step 2 of 3"), 1);
    cr_assert_eq(say(4, CONTROL_PROMOTE_FULL), ST_OK);
    bed_play(&bed, SEC(40));
    cr_assert_eq(moved("step 3 of 3"), 0);
    cr_assert_eq(moved("the old instances leave"), 1);
}

Test(rollout, without_room_it_fails_by_its_progress_deadline)
{
    put(2, "{\"id\":\"/web\",\"cmd\":\"two\",\"cpus\":500,\"mem\":32,\"instances\":4}",
        "{\"canary\":{\"progress_deadline\":\"1m\",\"steps\":[{\"weight\":25,\"hold\":\"10s\"}]}}");
    cr_assert_str_eq(bed_answer(&bed, 2)->text, "");
    bed_play(&bed, SEC(50));
    cr_assert_eq(ended("no progress"), 0);
    bed_play(&bed, SEC(20));
    cr_assert_eq(ended("no progress for 1m: "), 1);
    bed_play(&bed, SEC(5));
    cr_assert_eq(ended("roll-back"), 1);
}

Test(rollout, blue_green_grows_and_an_old_one_leaves_for_each)
{
    put(2, WEB("two"), "{\"blue-green\":{\"step\":\"5s\"}}");
    bed_play(&bed, SEC(3));
    cr_assert_eq(decided("launch"), 5);
    bed_play(&bed, SEC(60));
    cr_assert_eq(decided("launch"), 8);
    cr_assert_eq(decided("kill"), 4);
    cr_assert_eq(say(3, CONTROL_PROMOTE), ST_CONFLICT, "it is over");
}

Test(rollout, a_hybrid_stop_waits_for_promote)
{
    put(2, WEB("two"), "{\"blue-green\":{\"step\":\"2s\",\"hybrid\":2}}");
    bed_play(&bed, SEC(120));
    cr_assert_eq(moved("the hybrid share is reached"), 1);
    cr_assert_eq(decided("launch"), 6);
    cr_assert_eq(decided("kill"), 2);
    cr_assert_eq(say(3, CONTROL_PROMOTE), ST_OK);
    bed_play(&bed, SEC(60));
    cr_assert_eq(decided("launch"), 8);
    cr_assert_eq(decided("kill"), 4);
}

Test(rollout, recreate_stops_all_before_it_starts_any)
{
    bed.mute[0] = bed.mute[1] = true; /* what is told to stop does not */
    put(2, WEB("two"), "\"recreate\"");
    cr_assert_eq(decided("kill"), 4);
    cr_assert_eq(decided("launch"), 4);
    bed.mute[0] = bed.mute[1] = false;
    bed_play(&bed, SEC(60));
    cr_assert_eq(decided("kill"), 4);
    cr_assert_eq(decided("launch"), 8);
}

Test(rollout, a_batch_replaces_so_many_at_a_time)
{
    bed.mute[0] = bed.mute[1] = true; /* what is launched does not run */
    put(2, WEB("two"), "{\"rolling\":{\"batch\":1}}");
    cr_assert_eq(decided("launch"), 5, "without a batch four would be launched at once");
    bed.mute[0] = bed.mute[1] = false;
    bed_play(&bed, SEC(60));
    cr_assert_eq(decided("launch"), 8);
    cr_assert_eq(decided("kill"), 4);
}

Test(rollout, restart_and_roll_back_need_no_deployment)
{
    cr_assert_eq(say(2, CONTROL_ROLL_BACK), ST_CONFLICT, "there is no earlier version");
    cr_assert_eq(say(3, CONTROL_RESTART), ST_OK);
    bed_play(&bed, SEC(30));
    cr_assert_eq(decided("kill"), 4);
    cr_assert_eq(say(4, CONTROL_ROLL_BACK), ST_OK);
    bed_play(&bed, SEC(30));
    cr_assert_eq(decided("kill"), 8);
    cr_assert_eq(say(5, CONTROL_PAUSE), ST_CONFLICT);
}

Test(rollout, a_wrong_strategy_is_refused_with_its_place)
{
    put(2, WEB("two"), "{\"canary\":{\"steps\":[{\"weight\":500}]}}");
    cr_assert_eq(bed_answer(&bed, 2)->status, ST_INVALID);
    cr_assert(strstr(bed_answer(&bed, 2)->text, "/strategy/canary/steps/0/weight") != NULL, "%s",
              bed_answer(&bed, 2)->text);
    cr_assert_eq(decided("launch"), 4);
}
