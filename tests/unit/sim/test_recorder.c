/*
 * tests/unit/sim/test_recorder.c
 *
 * Goal:   the results hold what happened: rows of tasks, samples with their minima, and requests of
 *         the measured part alone.
 * Method: a scripted platform, and a look at struct results.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "tests/unit/sim/run_story.h"

static struct story story;

static void
open_story(void)
{
    story_open(&story);
}

static void
close_story(void)
{
    story_close(&story);
}

TestSuite(recorder, .init = open_story, .fini = close_story);

Test(recorder, a_task_has_one_row_that_follows_it)
{
    story_start(&story);
    story_until(&story, SEC(30));
    story_all_well(&story);
    story_until(&story, MIN(2));
    story_task(&story, 3, TASK_RUNNING, TASK_FAILED, 3);
    cr_assert(eq(u32, story.run.results.tasks.count, 4));
    const struct result_task *row = vec_at(&story.run.results.tasks, 2);
    cr_assert(eq(u64, row->id, 3));
    cr_assert(eq(i64, row->created_at_ns, SEC(30)));
    cr_assert(eq(i64, row->ended_at_ns, MIN(2)));
    cr_assert(eq(int, row->state, TASK_FAILED));
    cr_assert(eq(str, (char *)intern_text(&story.run.results.names, row->app), "/web"));
    row = vec_at(&story.run.results.tasks, 0);
    cr_assert(eq(i64, row->ended_at_ns, -1));
}

Test(recorder, a_row_has_the_first_instant_of_each_state_and_the_last_end)
{
    story_start(&story);
    story_until(&story, SEC(10));
    story_task(&story, 1, -1, TASK_PENDING, 0);
    story_until(&story, SEC(20));
    story_task(&story, 1, TASK_PENDING, TASK_RUNNING, 3);
    const struct result_task *row = vec_at(&story.run.results.tasks, 0);
    cr_assert(eq(i64, row->created_at_ns, SEC(10)));
    cr_assert(eq(i64, row->running_at_ns, SEC(20)));
    cr_assert(eq(i64, row->healthy_at_ns, -1));
    story_until(&story, SEC(30));
    story_event(&story, (struct env_event){ .kind = ENV_EVENT_HEALTH, .task = 1, .new_state = 1 });
    cr_assert(eq(i64, row->healthy_at_ns, SEC(30)));
    story_until(&story, SEC(40));
    story_task(&story, 1, TASK_RUNNING, TASK_UNREACHABLE, 3);
    story_task(&story, 1, TASK_UNREACHABLE, TASK_RUNNING, 3);
    story_event(&story, (struct env_event){ .kind = ENV_EVENT_HEALTH, .task = 1, .new_state = 1 });
    cr_assert(eq(i64, row->running_at_ns, SEC(20)));
    cr_assert(eq(i64, row->healthy_at_ns, SEC(30)));
    story_until(&story, SEC(50));
    story_task(&story, 1, TASK_RUNNING, TASK_LOST, 3);
    cr_assert(eq(i64, row->ended_at_ns, SEC(50)));
    story_task(&story, 1, TASK_LOST, TASK_RUNNING, 3);
    cr_assert(eq(i64, row->ended_at_ns, -1), "that end was not durable");
}

Test(recorder, tasks_beyond_the_limit_have_neither_row_nor_lines)
{
    story.scenario.record_tasks_max = 2;
    story_start(&story);
    story_all_well(&story);
    cr_assert(eq(u32, story.run.results.tasks.count, 2));
    for (uint32_t i = 0; i < story.run.results.events.count; i++) {
        const struct result_event *event = vec_at(&story.run.results.events, i);
        cr_assert(event->kind != ENV_EVENT_TASK || event->task <= 2);
    }
    cr_assert(eq(u64, story.run.results.events_dropped, 0), "they were not asked for");
}

Test(recorder, samples_keep_the_minimum_of_their_interval)
{
    story_start(&story); /* ten minutes: a sample each second */
    story_all_well(&story);
    story_until(&story, SEC(10));
    story_healthy(&story, 1, false);
    story_healthy(&story, 2, false);
    story_healthy(&story, 1, true);
    story_healthy(&story, 2, true);
    story_until(&story, SEC(12));
    const struct result_app_sample *samples = story.run.results.app_samples.items;
    cr_assert(eq(u32, story.run.results.app_samples.count, 12), "none at the start: no app yet");
    cr_assert(eq(i64, samples[10].at_ns, SEC(11)));
    cr_assert(eq(u32, samples[10].healthy, 4));
    cr_assert(eq(u32, samples[10].healthy_min, 2));
    cr_assert(eq(u32, samples[11].healthy_min, 4));
    story_until(&story, MIN(10));
    const struct result_app *app = vec_at(&story.run.results.apps, 0);
    cr_assert(eq(u32, app->healthy_min, 2));
    cr_assert(eq(u32, app->healthy, 4));
}

Test(recorder, an_apps_minimum_begins_when_it_first_had_all)
{
    story_start(&story);
    story_leads(&story, 1);
    story_announces(&story, "accepted", 2, 1);
    story_task_up(&story, 1, 1);
    story_until(&story, MIN(1));
    story_task_up(&story, 2, 2);
    story_answer(&story, 1, ST_OK, 1);
    story_until(&story, MIN(12));
    const struct result_app *app = vec_at(&story.run.results.apps, 0);
    cr_assert(eq(u32, app->healthy_min, 2));
}

Test(recorder, machines_are_rows_by_index_with_their_time_and_cost)
{
    story_start(&story);
    story_all_well(&story);
    story_until(&story, MIN(5));
    story.nodes[4].up = false;
    story_fact(&story, (struct world_fact){ .kind = WORLD_NODE_DOWN, .node = 5 });
    story_until(&story, MIN(12));
    const struct result_node *nodes = story.run.results.nodes.items;
    cr_assert(eq(u32, story.run.results.nodes.count, 7));
    cr_assert(eq(ptr, (void *)nodes[0].name, NULL), "no machine of the cluster");
    cr_assert(eq(str, (char *)nodes[5].name, "private-5"));
    cr_assert(eq(i64, nodes[5].up_ns, MIN(5)));
    cr_assert(eq(i64, nodes[5].cost_microusd, 96000 / 12));
    cr_assert(eq(i64, nodes[1].up_ns, MIN(10)));
    const struct result_cluster_sample *last = vec_at(
        &story.run.results.cluster_samples, story.run.results.cluster_samples.count - 1);
    cr_assert(eq(u32, last->nodes_up, 5));
    cr_assert(eq(i64, last->cpu_milli, 10000));
    cr_assert(eq(u32, story.run.results.nodes_max, 6));
}

Test(recorder, requests_count_from_measure_from_on_by_when_they_were_made)
{
    story.traffic[0] = (struct scenario_traffic){
        .to = "web", .timeout_ns = SEC(5), .measure_from_at_ns = MIN(1) };
    story.traffic[1] = (struct scenario_traffic){ .to = "web" };
    story.scenario.traffic_count = 2;
    story_start(&story);
    story_until(&story, SEC(30));
    run_request(&story.run, 0, REQUEST_OK, MS(10)); /* too early */
    run_request(&story.run, 1, REQUEST_OK, MS(10)); /* the other line measures from the start */
    story_until(&story, MIN(1) + SEC(1));
    run_request(&story.run, 0, REQUEST_OK, SEC(2)); /* made before */
    run_request(&story.run, 0, REQUEST_OK, MS(500));
    story_until(&story, MIN(2));
    run_request(&story.run, 0, REQUEST_REFUSED, 0);
    story_until(&story, MIN(3));
    cr_assert(eq(u32, story.run.results.services.count, 1), "both lines go there");
    const struct result_service *service = vec_at(&story.run.results.services, 0);
    cr_assert(eq(u64, service->requests, 3));
    cr_assert(eq(u64, service->outcomes[REQUEST_OK], 2));
    cr_assert(eq(u64, service->outcomes[REQUEST_REFUSED], 1));
    cr_assert(eq(u64, service->latency.count, 2));
    uint32_t sampled = 0;
    for (uint32_t i = 0; i < story.run.results.service_samples.count; i++) {
        const struct result_service_sample *sample =
            vec_at(&story.run.results.service_samples, i);
        sampled += sample->requests;
    }
    cr_assert(eq(u32, sampled, 5), "the curves show all of them");
}

/* --- servers --- */

static const struct result_server *
server_at(uint32_t index)
{
    cr_assert(lt(u32, index, story.run.results.servers.count));
    return vec_at(&story.run.results.servers, index);
}

Test(recorder, a_server_is_one_row_whoever_tells_of_it)
{
    story_start(&story);
    story_all_well(&story);
    run_server(&story.run, "web_0", "/web",
               &(struct result_server){ .task = 2, .requests = 5, .latency_sum_ns = MS(50) });
    run_server(&story.run, "web_1", "/web", &(struct result_server){ .task = 2, .requests = 1 });
    run_server(&story.run, "web_0", "/web", &(struct result_server){ .task = 3 });
    run_server(&story.run, "web_0", "/web",
               &(struct result_server){ .task = 2, .requests = 3, .errors = 1, .failures = 2,
                                        .ejections = 1, .latency_sum_ns = MS(30) });
    cr_assert(eq(u32, story.run.results.servers.count, 2), "none of who was never asked");
    const struct result_server *row = server_at(0);
    cr_assert(eq(str, (char *)intern_text(&story.run.results.names, row->service), "web_0"));
    cr_assert(eq(u64, row->task, 2));
    cr_assert(eq(u32, row->node, 3), "the machine with index 2");
    cr_assert(eq(u64, row->requests, 8));
    cr_assert(eq(u64, row->errors, 1));
    cr_assert(eq(u64, row->failures, 2));
    cr_assert(eq(u64, row->ejections, 1));
    cr_assert(eq(i64, row->latency_sum_ns, MS(80)));
}

/* A world with one server, which has had seven requests since it was last asked. */
static void
tell_seven(void *world)
{
    run_server(&((struct story *)world)->run, "web_0", "/web",
               &(struct result_server){ .task = 1, .requests = 7 });
}

Test(recorder, what_servers_did_before_the_measured_part_is_left_out)
{
    story.ops.tell_servers = tell_seven;
    story.traffic[0] = (struct scenario_traffic){ .to = "a", .measure_from_at_ns = MIN(1) };
    story.traffic[1] = (struct scenario_traffic){ .to = "b", .measure_from_at_ns = MIN(2) };
    story.scenario.traffic_count = 2;
    story_start(&story);
    story_all_well(&story);
    story_until(&story, SEC(90));
    run_server(&story.run, "web_0", "/web", &(struct result_server){ .task = 9, .requests = 4 });
    story_until(&story, MIN(2));
    cr_assert(eq(u32, story.run.results.servers.count, 0), "the latest of both");
    run_server(&story.run, "web_0", "/web", &(struct result_server){ .task = 1, .requests = 2 });
    story_until(&story, MIN(12));
    cr_assert(eq(u32, story.run.results.servers.count, 1));
    cr_assert(eq(u64, server_at(0)->requests, 9), "asked once more at the end");
    tell_seven(&story);
    cr_assert(eq(u64, server_at(0)->requests, 9), "the run is over");
}

Test(recorder, bookings_and_the_agents_own_lines_are_left_out)
{
    story_start(&story);
    const uint32_t before = story.run.results.events.count;
    story_event(&story, (struct env_event){ .kind = ENV_EVENT_ALLOCATION, .node = 1, .value = 1 });
    story_event(&story, (struct env_event){ .kind = ENV_EVENT_AGENT_TASK, .task = 1 });
    cr_assert(eq(u32, story.run.results.events.count, before));
    story_event(&story, (struct env_event){ .kind = ENV_EVENT_WARNING, .text = "look" });
    cr_assert(eq(u32, story.run.results.events.count, before + 1));
}
