/*
 * tests/scenario/test_snapshots.c
 *
 * Goal:   a world that begins with a state goes on with it: nothing is restarted, started or moved
 *         until somebody asks for it; what differs from what is wanted is mended, no more.
 * Method: the snapshots of scenarios/snapshots/ and changes of them, played in process; the events
 *         of the master, the containers in the engines and the requests are counted.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "sim/snapshot.h"
#include "tests/scenario/play.h"

#define QUIET(file)                                                                                \
    "{ \"name\": \"t\", \"about\": \"t\", \"extends\": \"scenarios/snapshots/" file "\","         \
    "  \"duration\": \"10m\""

/* Containers that run, on all machines. */
static uint32_t
containers_count(const struct world *world)
{
    uint32_t count = 0;
    for (uint32_t i = 1; i < world->nodes.count; i++) {
        count += fake_engine_count(world_node_at(world, i)->engine);
    }
    return count;
}

static void
expect_nothing_moves(const char *text, uint64_t seed)
{
    struct play *play = play_open(&(struct play_options){ .text = text, .seed = seed });
    play_run(play);
    play_expect_passed(play);
    const struct snapshot *snapshot = play->scenario->snapshot;
    cr_expect(eq(u32, play_events_count(play, ENV_EVENT_TASK, NULL, 0), 0), "%s", play_said(play));
    cr_expect(eq(u32, play_events_count(play, ENV_EVENT_DECISION, NULL, 0), 0), "%s",
              play_said(play));
    cr_expect(eq(u32, play_events_count(play, ENV_EVENT_DRAIN, NULL, 0), 0), "%s",
              play_said(play));
    cr_expect(eq(u32, containers_count(play->world), snapshot->tasks_count), "%s",
              play_said(play));
    cr_expect(eq(u64, play->results->tasks_submitted, snapshot->tasks_count), "%s",
              play_said(play));
    cr_assert(gt(u32, play->results->services.count, 0));
    for (uint32_t i = 0; i < play->results->services.count; i++) {
        const struct result_service *service = vec_at(&play->results->services, i);
        cr_expect(gt(u64, service->requests, 1000), "%s", play_said(play));
        cr_expect(eq(u64, service->outcomes[REQUEST_OK], service->requests), "%s",
                  play_said(play));
    }
    play_close(play);
}

Test(snapshots, nothing_moves_until_somebody_asks, .timeout = 60)
{
    for (uint64_t seed = 1; seed <= 10; seed++) {
        expect_nothing_moves(QUIET("small-shop.json") "}", seed);
        expect_nothing_moves(QUIET("shop-evening.json") ", \"wire\": \"encoded\"}", seed);
    }
}

Test(snapshots, a_missing_task_is_started_and_no_other_touched, .timeout = 20)
{
    struct play *play = play_open(&(struct play_options){
        .text = QUIET("small-shop.json") ", \"state\": {\"tasks\": ["
                "{\"app\": \"/web\", \"node\": \"private-1\", \"healthy_since\": "
                "\"2026-03-01T09:12:00Z\"},"
                "{\"app\": \"/web\", \"node\": \"private-2\", \"healthy_since\": "
                "\"2026-03-01T09:12:00Z\"},"
                "{\"app\": \"/web\", \"node\": \"private-2\", \"healthy_since\": "
                "\"2026-03-01T09:12:00Z\"}]}}" });
    play_run(play);
    play_expect_passed(play);
    cr_expect(eq(u32, play_events_count(play, ENV_EVENT_DECISION, "launch", 0), 1), "%s",
              play_said(play));
    cr_expect(eq(u32, play_events_count(play, ENV_EVENT_DECISION, NULL, 0), 1), "%s",
              play_said(play));
    cr_expect(eq(u32, containers_count(play->world), 4));
    play_close(play);
}

Test(snapshots, a_deployment_half_done_goes_on_to_its_end, .timeout = 20)
{
    struct play *play = play_open(&(struct play_options){
        .text = QUIET("small-shop.json") ", \"state\": {\"tasks\": ["
                "{\"app\": \"/web\", \"node\": \"private-1\", \"healthy_since\": "
                "\"2026-03-02T17:59:00Z\"},"
                "{\"app\": \"/web\", \"node\": \"private-1\", \"version\": \"1.0\", "
                "\"healthy_since\": \"2026-03-01T09:12:00Z\"},"
                "{\"app\": \"/web\", \"node\": \"private-2\", \"version\": \"1.0\", "
                "\"healthy_since\": \"2026-03-01T09:12:00Z\"},"
                "{\"app\": \"/web\", \"node\": \"private-3\", \"version\": \"1.0\", "
                "\"healthy_since\": \"2026-03-01T09:12:00Z\"}]}}" });
    play_run(play);
    play_expect_passed(play);
    cr_expect(eq(u32, play_events_count(play, ENV_EVENT_DECISION, "launch", 0), 3), "%s",
              play_said(play));
    cr_expect(eq(u32, play_events_count(play, ENV_EVENT_DECISION, "drain", 0), 3), "%s",
              play_said(play));
    cr_expect(ge(i64, play_deployed_at_ns(play, "/web"), 0), "%s", play_said(play));
    play_close(play);
}

Test(snapshots, a_deploy_rolls_back_to_the_version_that_was_good, .timeout = 20)
{
    struct play *play = play_open(&(struct play_options){
        .text = QUIET("small-shop.json") ", \"quiet\": \"1m\", \"timeline\": [{\"at\": \"2m\", "
                "\"do\": \"deploy\", \"app\": \"/web\", \"set\": {\"container\": {\"docker\": "
                "{\"image\": \"shop/web:1.3\"}}}, \"strategy\": {\"canary\": {\"steps\": "
                "[{\"weight\": 25, \"hold\": \"3m\"}], \"analysis\": [{\"metric\": "
                "\"error_rate\", \"at_most\": \"1%\", \"every\": \"20s\"}]}}}],"
                "\"expect\": [{\"deployment\": \"/web\", \"outcome\": \"rolled-back\"}]}" });
    play_run(play);
    play_expect_passed(play);
    const struct results *results = play->results;
    uint32_t              of_good = 0;
    for (uint32_t i = 0; i < results->tasks.count; i++) {
        const struct result_task *task = vec_at(&results->tasks, i);
        of_good += task->state == TASK_RUNNING && task->version == 2 ? 1 : 0;
    }
    cr_expect(eq(u32, of_good, 4), "%s", play_said(play)); /* version 2 is the snapshot's "1.1" */
    play_close(play);
}
