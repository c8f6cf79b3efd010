/*
 * tests/unit/deploy/test_analysis.c
 *
 * Goal:   what edges tell is added up right whatever happens to their messages; every analysis is
 *         measured by its own timer, also by the next master; deployments are failed, paused and
 *         let on by what was measured.
 * Method: a master on a fake store (tests/unit/master/master_bed.h); the test plays the edges, and
 *         reads the judgements in the journal.
 */
#include <stdio.h>
#include <string.h>

#include "platform/base/memory.h"
#include "platform/base/sketch.h"
#include "tests/unit/master/master_bed.h"

#define WEB(cmd)                                                                                   \
    "{\"id\":\"/web\",\"cmd\":\"" cmd "\",\"cpus\":0.1,\"mem\":32,\"instances\":4}"

/* One step of 10 % that holds for half a minute, with these analyses. */
#define CANARY(analysis)                                                                           \
    "{\"canary\":{\"linger\":\"0s\",\"steps\":[{\"weight\":10,\"hold\":\"30s\"}],\"analysis\":["   \
    analysis "]}}"

static struct master_bed bed;
static uint64_t deployment;

/* What an edge has counted so far. */
struct counted {
    uint64_t old_requests, old_errors;
    uint64_t new_requests, new_errors;
};

static void
tell(uint32_t node, uint64_t incarnation, uint64_t sequence, struct counted counted)
{
    static struct sketch older, newer;
    struct strbuf bytes = { 0 };
    sketch_clear(&older);
    sketch_clear(&newer);
    for (uint64_t i = 0; i < counted.old_requests; i++) {
        sketch_add(&older, MS(10));
    }
    for (uint64_t i = 0; i < counted.new_requests; i++) {
        sketch_add(&newer, MS(20));
    }
    sketch_encode(&older, &bytes);
    const uint32_t older_len = (uint32_t)bytes.len;
    sketch_encode(&newer, &bytes);
    struct msg_edge_stats *stats = memory_alloc_zero(1, sizeof *stats + bytes.len);
    *stats = (struct msg_edge_stats){ .node = node,
                                      .incarnation = incarnation,
                                      .sequence = sequence,
                                      .deployment = deployment,
                                      .requests = { counted.old_requests, counted.new_requests },
                                      .errors = { counted.old_errors, counted.new_errors },
                                      .older_len = older_len,
                                      .tail_len = (uint32_t)bytes.len };
    memcpy(stats->tail, bytes.text, bytes.len);
    bed_send(&bed, env_address_of(ENV_PROCESS_EDGE, node), &msg_edge_stats_type, stats);
    memory_free(stats);
    strbuf_fini(&bytes);
}

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
    deployment = bed_answer(&bed, request)->deployment;
}

static uint32_t
judged(const char *text)
{
    return bed_lines(&bed, ENV_EVENT_ANALYSIS, "/web", text);
}

static uint32_t
ended(const char *text)
{
    return bed_lines(&bed, ENV_EVENT_DEPLOYMENT, "/web", text);
}

/* The newest judgement. */
static const struct test_line *
line(void)
{
    for (uint32_t i = bed.world->lines.count; i > 0; i--) {
        const struct test_line *found = vec_at(&bed.world->lines, i - 1);
        if (found->event.kind == ENV_EVENT_ANALYSIS) {
            return found;
        }
    }
    cr_assert(false, "nothing was judged");
    return NULL;
}

/* Version 1 runs with four instances; version 2 is a canary that has just got its traffic. */
static void
begin(const char *strategy)
{
    bed_open(&bed, 1, NULL);
    bed_register(&bed, 0, 1, NULL, 0);
    bed_register(&bed, 1, 1, NULL, 0);
    put(1, WEB("one"), "");
    bed_play(&bed, SEC(3));
    put(2, WEB("two"), strategy);
    bed_play(&bed, MS(500));
    cr_assert_eq(bed_lines(&bed, ENV_EVENT_ROLLOUT, "/web", "step 1 of 1"), 1);
}

#define ERRORS                                                                                     \
    "{\"metric\":\"error_rate\",\"at_most\":\"1%\",\"every\":\"10s\",\"min_requests\":10}"

Test(analysis, fails_a_deployment_that_fails_its_limit)
{
    begin(CANARY(ERRORS));
    tell(0, 1, 1, (struct counted){ 900, 0, 60, 3 });
    tell(1, 1, 1, (struct counted){ 900, 0, 40, 2 });
    bed_play(&bed, SEC(11));
    cr_assert_eq(judged("error_rate 5.00% of 100 requests, at most 1.00%: failed; of 1 "
                        "measurements 1 failed (0 allowed), 0 inconclusive (0 allowed)"),
                 1);
    cr_assert_eq(line()->event.new_state, 0);
    cr_assert_eq(line()->event.old_state, 0);
    cr_assert_eq(line()->event.value, 50000);
    cr_assert_eq(line()->event.deployment, deployment);
    cr_assert_eq(line()->event.task, 1);
    cr_assert_eq(ended("error_rate failed 1 of 1 measurements, 0 allowed"), 1);
    cr_assert_eq(ended("roll-back"), 1);
    bed_play(&bed, SEC(60));
    cr_assert_eq(judged(""), 1, "the way back is not judged");
    bed_close(&bed);
}

Test(analysis, lets_a_good_deployment_on)
{
    begin(CANARY(ERRORS));
    struct counted counted = { 0 };
    for (uint64_t i = 1; i <= 40; i++) {
        counted.old_requests += 90;
        counted.new_requests += 10;
        tell(0, 1, i, counted);
        bed_play(&bed, SEC(1));
    }
    cr_assert_eq(judged("error_rate 0.00% of 100 requests"), 3, "each of ten seconds");
    cr_assert_eq(bed_lines(&bed, ENV_EVENT_ROLLOUT, "/web", "held long enough"), 1);
    bed_close(&bed);
}

Test(analysis, pauses_what_cannot_be_judged_and_resumes)
{
    begin(CANARY(ERRORS));
    bed_play(&bed, SEC(60));
    cr_assert_eq(judged("error_rate unknown: no proxy has told of its requests: inconclusive"), 6);
    cr_assert_eq(bed_lines(&bed, ENV_EVENT_ROLLOUT, "/web",
                           "error_rate was inconclusive in 1 of 1 measurements"),
                 1);
    cr_assert_eq(ended("error_rate"), 0, "it has not failed");
    bed_close(&bed);
}

Test(analysis, bears_lost_repeated_and_late_messages)
{
    begin(CANARY(ERRORS));
    tell(0, 1, 1, (struct counted){ 10, 0, 10, 0 });
    tell(0, 1, 1, (struct counted){ 10, 0, 10, 0 });
    tell(0, 1, 4, (struct counted){ 40, 0, 40, 0 }); /* 2 and 3 were lost */
    tell(0, 1, 3, (struct counted){ 30, 0, 30, 0 }); /* no: it was late */
    tell(1, 1, 2, (struct counted){ 7, 0, 7, 0 });
    tell(1, 1, 2, (struct counted){ 7, 0, 7, 0 });
    tell(0, 1, 6, (struct counted){ 60, 0, 60, 0 });
    tell(0, 1, 5, (struct counted){ 50, 0, 50, 0 });
    bed_play(&bed, SEC(11));
    cr_assert_eq(judged("error_rate 0.00% of 67 requests"), 1);
    bed_close(&bed);
}

Test(analysis, loses_only_the_interval_of_an_edge_that_begins_anew)
{
    begin(CANARY(ERRORS));
    tell(0, 1, 9, (struct counted){ 50, 0, 50, 0 });
    tell(1, 1, 1, (struct counted){ 50, 0, 50, 0 });
    tell(0, 5, 1, (struct counted){ 3, 0, 3, 0 }); /* it lives anew: 3 are noted */
    tell(0, 1, 10, (struct counted){ 60, 0, 60, 0 }); /* of its earlier life */
    tell(0, 5, 2, (struct counted){ 20, 0, 20, 0 });
    tell(1, 7, 1, (struct counted){ 90, 0, 90, 0 }); /* more, but who knows since when */
    tell(1, 7, 2, (struct counted){ 95, 0, 95, 0 });
    bed_play(&bed, SEC(11));
    cr_assert_eq(judged("error_rate 0.00% of 122 requests"), 1);
    tell(0, 5, 3, (struct counted){ 1, 0, 1, 0 }); /* its proxy has lost its counts */
    tell(0, 5, 4, (struct counted){ 31, 0, 31, 0 });
    bed_play(&bed, SEC(10));
    cr_assert_eq(judged("error_rate 0.00% of 30 requests"), 1);
    bed_close(&bed);
}

Test(analysis, drops_messages_that_make_no_sense)
{
    begin(CANARY(ERRORS));
    struct msg_edge_stats *stats = memory_alloc_zero(1, sizeof *stats + 64);
    *stats = (struct msg_edge_stats){ .incarnation = 1, .sequence = 1, .deployment = deployment,
                                      .requests = { 5, 5 }, .older_len = 90, .tail_len = 64 };
    bed_send(&bed, env_address_of(ENV_PROCESS_EDGE, 0), &msg_edge_stats_type, stats);
    stats->older_len = 18;
    stats->sequence = 2;
    bed_send(&bed, env_address_of(ENV_PROCESS_EDGE, 0), &msg_edge_stats_type, stats);
    stats->tail_len = 36;
    stats->node = UINT32_MAX;
    bed_send(&bed, env_address_of(ENV_PROCESS_EDGE, 0), &msg_edge_stats_type, stats);
    stats->node = 0;
    stats->deployment = deployment + 7;
    bed_send(&bed, env_address_of(ENV_PROCESS_EDGE, 0), &msg_edge_stats_type, stats);
    memory_free(stats);
    bed_play(&bed, SEC(11));
    cr_assert_eq(judged("error_rate unknown: no proxy has told"), 1);
    bed_close(&bed);
}

Test(analysis, goes_on_with_the_next_master)
{
    begin(CANARY("{\"metric\":\"error_rate\",\"at_most\":\"1%\",\"every\":\"10s\","
                 "\"failures\":2}"));
    tell(0, 1, 1, (struct counted){ 50, 0, 50, 50 });
    bed_play(&bed, SEC(11));
    cr_assert_eq(judged("error_rate 100.00% of 50 requests"), 1);
    bed_crash(&bed);
    bed_play(&bed, SEC(2));
    bed_start(&bed);
    bed_play(&bed, MS(500));
    bed_register(&bed, 0, 1, NULL, 0);
    bed_register(&bed, 1, 1, NULL, 0);
    tell(0, 1, 2, (struct counted){ 80, 0, 80, 60 }); /* noted: who knows what was judged of it */
    tell(0, 1, 3, (struct counted){ 90, 0, 90, 70 });
    bed_play(&bed, SEC(8));
    cr_assert_eq(judged("error_rate 100.00% of 10 requests, at most 1.00%: failed; of 2 "
                        "measurements 2 failed (2 allowed)"),
                 1, "%s", line()->text);
    tell(0, 1, 4, (struct counted){ 100, 0, 100, 80 });
    bed_play(&bed, SEC(10));
    cr_assert_eq(ended("error_rate failed 3 of 3 measurements, 2 allowed"), 1);
    bed_close(&bed);
}

Test(analysis, gives_each_its_own_timer_delay_and_count)
{
    begin(CANARY("{\"metric\":\"error_rate\",\"at_most\":\"1%\",\"every\":\"4s\",\"count\":3},"
                 "{\"metric\":\"latency\",\"at_most\":\"1s\",\"every\":\"7s\",\"delay\":\"5s\"}"));
    struct counted counted = { 0 };
    for (uint64_t i = 1; i <= 29; i++) {
        counted.new_requests += 10;
        tell(0, 1, i, counted);
        bed_play(&bed, SEC(1));
    }
    cr_assert_eq(judged("error_rate"), 3);
    cr_assert_eq(judged("latency"), 3, "at 12, 19 and 26");
    cr_assert_eq(judged("latency 20ms of 70 requests"), 3, "nothing of the delay");
    bed_close(&bed);
}

/* The task of the new version that was launched last. */
static void
new_task_fails(void)
{
    const uint64_t version = bed_answer(&bed, 2)->version;
    for (uint32_t i = bed.sent.count; i > 0; i--) {
        const struct bed_sent *sent = vec_at(&bed.sent, i - 1);
        const struct msg_launch *launch = sent->record;
        if (sent->type == &msg_launch_type && launch->version == version) {
            bed_status(&bed, env_address_index(sent->to), launch->task, TASK_FAILED);
            return;
        }
    }
}

Test(analysis, counts_restarts_of_the_new_version_over_masters)
{
    begin(CANARY("{\"metric\":\"restarts\",\"at_most\":1,\"every\":\"5s\"},"
                 "{\"metric\":\"journal\",\"journal\":\"task:failed\",\"at_most\":9,"
                 "\"every\":\"5s\"}"));
    new_task_fails();
    bed_play(&bed, SEC(6));
    cr_assert_eq(judged("restarts 1, at most 1: passed"), 1);
    cr_assert_eq(judged("journal 1, at most 9: passed"), 1);
    bed_crash(&bed);
    bed_start(&bed);
    bed_play(&bed, MS(500));
    bed_register(&bed, 0, 1, NULL, 0);
    bed_register(&bed, 1, 1, NULL, 0);
    bed_play(&bed, SEC(3));
    new_task_fails();
    bed_play(&bed, SEC(6));
    cr_assert_eq(judged("restarts 2, at most 1: failed"), 1, "%s", line()->text);
    cr_assert_eq(ended("restarts failed 1 of"), 1);
    bed_close(&bed);
}

Test(analysis, shows_a_dry_run_and_does_not_obey_it)
{
    begin(CANARY("{\"metric\":\"error_rate\",\"at_most\":\"1%\",\"every\":\"10s\","
                 "\"dry_run\":true}"));
    tell(0, 1, 1, (struct counted){ 100, 0, 100, 100 });
    bed_play(&bed, SEC(35));
    cr_assert_eq(judged("error_rate 100.00% of 100 requests, at most 1.00%: failed, a dry run"), 1);
    cr_assert_eq(line()->event.old_state, 1);
    cr_assert_eq(bed_lines(&bed, ENV_EVENT_ROLLOUT, "/web", "held long enough"), 1);
    bed_close(&bed);
}

Test(analysis, judges_blue_green_by_what_its_instances_did)
{
    bed_open(&bed, 1, NULL);
    bed_register(&bed, 0, 1, NULL, 0);
    bed_register(&bed, 1, 1, NULL, 0);
    put(1, WEB("one"), "");
    bed_play(&bed, SEC(3));
    put(2, WEB("two"), "{\"blue-green\":{\"initial\":1,\"step\":\"20s\",\"analysis\":["
                       "{\"metric\":\"latency\",\"quantile\":0.5,\"relative\":\"50%\","
                       "\"every\":\"5s\"}]}}");
    bed_play(&bed, SEC(1));
    tell(0, 1, 1, (struct counted){ 100, 0, 100, 0 });
    bed_play(&bed, SEC(6));
    cr_assert_eq(judged("latency 20ms of 100 requests; old version 10ms of 100, at most 15ms"), 1);
    cr_assert_eq(ended("latency failed 1 of 1 measurements"), 1);
    bed_close(&bed);
}
