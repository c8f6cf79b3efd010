/*
 * tests/unit/api/test_apps.c
 *
 * Goal:   the front door for apps answers as Marathon does, and does the same request once.
 * Method: a master on a fake store (tests/unit/master/master_bed.h) and a client that repeats
 *         itself.
 */
#include <stdio.h>

#include "platform/model/cluster.h"
#include "tests/unit/master/master_bed.h"

#define LOCKED                                                                                     \
    "App is locked by one or more deployments. Override with the option '?force=true'."
#define WEB(cmd, instances)                                                                        \
    "{\"id\":\"/web\",\"cmd\":\"" cmd "\",\"cpus\":0.1,\"mem\":32,\"instances\":" instances "}"

static void
bed_ask(struct master_bed *bed, uint64_t request, const char *json, bool force)
{
    bed_put(bed, request, json, force);
    bed_play(bed, MS(50));
}

static void
bed_scale_forced(struct master_bed *bed, uint64_t request, const char *app, uint32_t instances)
{
    struct msg_api_request message = { .request = request,
                                       .call = API_SCALE_APP,
                                       .force = 1,
                                       .instances = instances };
    (void)snprintf(message.app, sizeof message.app, "%s", app);
    bed_send(bed, env_address_of(ENV_PROCESS_CLIENT, 0), &msg_api_request_type, &message);
}

static void
expect(const struct master_bed *bed, uint64_t request, enum status status, const char *text)
{
    const struct msg_api_answer *answer = bed_answer(bed, request);
    cr_assert_not_null(answer);
    cr_assert(eq(int, answer->status, status), "%s", answer->text);
    cr_assert_str_eq(answer->text, text);
}

Test(api_apps, a_locked_app_is_refused_in_marathons_words)
{
    struct master_bed bed;
    bed_open(&bed, 1, NULL); /* no node: the deployment waits */
    bed_ask(&bed, 1, WEB("x", "1"), false);
    expect(&bed, 1, ST_OK, "");
    bed_ask(&bed, 2, WEB("y", "1"), false);
    expect(&bed, 2, ST_CONFLICT, LOCKED);
    bed_call(&bed, 3, API_SCALE_APP, "/web", 5);
    bed_play(&bed, MS(50));
    expect(&bed, 3, ST_CONFLICT, LOCKED);
    bed_ask(&bed, 4, WEB("y", "1"), true);
    expect(&bed, 4, ST_OK, "");
    cr_assert(eq(u32, bed_lines(&bed, ENV_EVENT_DEPLOYMENT, "/web", "a forced newer one"), 1));
    cr_assert(ne(u64, bed_answer(&bed, 4)->deployment, bed_answer(&bed, 1)->deployment));
    bed_close(&bed);
}

Test(api_apps, the_same_request_is_done_once)
{
    struct master_bed bed;
    bed_open(&bed, 1, NULL);
    bed_register(&bed, 0, 1, NULL, 0);
    bed_ask(&bed, 1, WEB("x", "2"), false);
    const uint64_t deployment = bed_answer(&bed, 1)->deployment;
    cr_assert(gt(u64, deployment, 0));
    bed_ask(&bed, 1, WEB("x", "2"), false);
    cr_assert(eq(u64, bed_answer(&bed, 1)->deployment, deployment));
    bed_play(&bed, SEC(3));
    bed_call(&bed, 2, API_SCALE_APP, "/web", 3);
    bed_call(&bed, 2, API_SCALE_APP, "/web", 3);
    bed_play(&bed, SEC(3));
    expect(&bed, 2, ST_OK, "");
    cr_assert(eq(u32, fake_store_count(bed.store, TABLE_DEPLOYMENT), 2));
    cr_assert(eq(u32, fake_store_count(bed.store, TABLE_TASK), 3));
    bed_close(&bed);
}

Test(api_apps, what_is_there_already_needs_no_deployment)
{
    struct master_bed bed;
    bed_open(&bed, 1, NULL);
    bed_register(&bed, 0, 1, NULL, 0);
    bed_ask(&bed, 1, WEB("x", "1"), false);
    bed_play(&bed, SEC(3));
    bed_ask(&bed, 2, WEB("x", "1"), false);
    expect(&bed, 2, ST_OK, "nothing to change");
    cr_assert(eq(u64, bed_answer(&bed, 2)->deployment, 0));
    cr_assert(eq(u32, fake_store_count(bed.store, TABLE_VERSION), 1));
    bed_close(&bed);
}

Test(api_apps, a_deleted_app_stops_and_is_gone)
{
    struct master_bed bed;
    bed_open(&bed, 1, NULL);
    bed_register(&bed, 0, 1, NULL, 0);
    bed_ask(&bed, 1, WEB("x", "2"), false);
    bed_play(&bed, SEC(3));
    bed.mute[0] = true;
    bed_call(&bed, 2, API_DELETE_APP, "/web", 0);
    bed_play(&bed, MS(50));
    expect(&bed, 2, ST_OK, "");
    bed_ask(&bed, 3, WEB("x", "1"), false);
    expect(&bed, 3, ST_CONFLICT, "the app is being deleted; ask again when it is gone");
    bed.mute[0] = false;
    bed_play(&bed, SEC(15));
    cr_assert(eq(u32, fake_store_count(bed.store, TABLE_APP), 0));
    cr_assert(eq(u32, fake_store_count(bed.store, TABLE_TASK), 0));
    bed_ask(&bed, 4, WEB("x", "1"), false);
    expect(&bed, 4, ST_OK, "");
    bed_close(&bed);
}

Test(api_apps, the_history_of_an_app_has_an_end_and_goes_with_it)
{
    struct master_bed bed;
    bed_open(&bed, 1, NULL);
    for (uint32_t i = 1; i <= CLUSTER_HISTORY_MAX + 10; i++) {
        char json[128];
        (void)snprintf(json, sizeof json,
                       "{\"id\":\"/web\",\"cmd\":\"x%u\",\"cpus\":0.1,\"mem\":32,\"instances\":0}",
                       i);
        bed_ask(&bed, i, json, false);
        expect(&bed, i, ST_OK, "");
    }
    cr_assert(eq(u32, fake_store_count(bed.store, TABLE_VERSION), CLUSTER_HISTORY_MAX));
    cr_assert(eq(u32, fake_store_count(bed.store, TABLE_DEPLOYMENT), CLUSTER_HISTORY_MAX));
    bed_crash(&bed);
    bed_start(&bed);
    bed_play(&bed, SEC(1));
    bed_call(&bed, 1000, API_DELETE_APP, "/web", 0);
    bed_play(&bed, SEC(1));
    cr_assert(eq(u32, fake_store_count(bed.store, TABLE_APP), 0));
    cr_assert(eq(u32, fake_store_count(bed.store, TABLE_VERSION), 0));
    cr_assert(eq(u32, fake_store_count(bed.store, TABLE_DEPLOYMENT), 0));
    bed_close(&bed);
}

Test(api_apps, a_deleted_app_gets_no_new_size)
{
    struct master_bed bed;
    bed_open(&bed, 1, NULL);
    bed_register(&bed, 0, 1, NULL, 0);
    bed_ask(&bed, 1, WEB("x", "2"), false);
    bed_play(&bed, SEC(3));
    bed.mute[0] = true;
    bed_call(&bed, 2, API_DELETE_APP, "/web", 0);
    bed_play(&bed, MS(50));
    bed_scale_forced(&bed, 3, "/web", 5);
    bed_play(&bed, MS(50));
    expect(&bed, 3, ST_CONFLICT, "the app is being deleted; ask again when it is gone");
    bed.mute[0] = false;
    bed_play(&bed, SEC(15));
    cr_assert(eq(u32, fake_store_count(bed.store, TABLE_APP), 0));
    bed_close(&bed);
}

Test(api_apps, a_request_that_comes_again_late_does_not_undo_a_newer_one)
{
    struct master_bed bed;
    bed_open(&bed, 1, NULL);
    bed_register(&bed, 0, 1, NULL, 0);
    bed_ask(&bed, 1, WEB("x", "1"), false);
    bed_play(&bed, SEC(3));
    bed_ask(&bed, 2, WEB("x", "2"), false);
    bed_play(&bed, SEC(3));
    const uint32_t launches = bed_count(&bed, &msg_launch_type);
    bed_crash(&bed);
    bed_start(&bed);
    bed_play(&bed, SEC(1));
    bed_ask(&bed, 1, WEB("x", "1"), false);
    expect(&bed, 1, ST_OK, "");
    bed_play(&bed, SEC(20));
    cr_assert(eq(u32, bed_count(&bed, &msg_kill_type), 0));
    cr_assert(eq(u32, bed_count(&bed, &msg_launch_type), launches));
    bed_close(&bed);
}

Test(api_apps, mistakes_are_told_and_change_nothing)
{
    struct master_bed bed;
    bed_open(&bed, 1, NULL);
    bed_ask(&bed, 1, "{\"id\":", false);
    expect(&bed, 1, ST_INVALID, "Invalid JSON");
    bed_ask(&bed, 2, "[]", false);
    cr_assert(eq(int, bed_answer(&bed, 2)->status, ST_INVALID));
    bed_ask(&bed, 3, "{\"id\":\"/web\",\"cmd\":\"x\",\"cpus\":\"many\"}", false);
    cr_assert(eq(int, bed_answer(&bed, 3)->status, ST_INVALID));
    cr_assert_str_not_empty(bed_answer(&bed, 3)->text);
    bed_call(&bed, 4, API_SCALE_APP, "/none", 3);
    bed_call(&bed, 5, API_DELETE_APP, "/none", 0);
    bed_call(&bed, 6, (enum api_call)99, "", 0);
    bed_play(&bed, MS(50));
    expect(&bed, 4, ST_NOT_FOUND, "App '/none' does not exist");
    expect(&bed, 5, ST_OK, "App '/none' does not exist");
    expect(&bed, 6, ST_UNSUPPORTED, "no such call");
    cr_assert(eq(u32, fake_store_count(bed.store, TABLE_APP), 0));
    bed_close(&bed);
}

Test(api_apps, a_change_of_size_keeps_the_back_off_and_a_new_definition_ends_it)
{
    struct master_bed bed;
    bed_open(&bed, 1, NULL);
    bed_register(&bed, 0, 1, NULL, 0);
    bed_ask(&bed, 1, WEB("x", "1"), false);
    bed_play(&bed, SEC(3));
    for (uint32_t i = 0; i < 3; i++) {
        const struct msg_launch *launch = bed_newest(&bed, &msg_launch_type);
        bed_status(&bed, 0, launch->task, TASK_FAILED);
        bed_play(&bed, SEC(2));
    }
    const struct msg_launch *launch = bed_newest(&bed, &msg_launch_type);
    bed_status(&bed, 0, launch->task, TASK_FAILED);
    bed_play(&bed, MS(10));
    const uint32_t launches = bed_count(&bed, &msg_launch_type);
    bed_call(&bed, 2, API_SCALE_APP, "/web", 2);
    bed_play(&bed, MS(100));
    cr_assert(eq(u32, bed_count(&bed, &msg_launch_type), launches));
    bed_ask(&bed, 3, WEB("y", "2"), true);
    bed_play(&bed, MS(100));
    cr_assert(gt(u32, bed_count(&bed, &msg_launch_type), launches));
    bed_close(&bed);
}
