/*
 * tests/unit/scheduler/test_explain.c
 *
 * Goal:   a task that fits nowhere learns how many nodes refuse it for which reason, which one is
 *         nearest and what that one lacks; it is asked about no more often than people read.
 * Method: one node for each reason of refusal; small clusters whose nearest node is plain to see;
 *         random clusters against a plain loop over the definition of nearest.
 */
#include "platform/scheduler/explain.h"

#include <stdio.h>

#include "tests/unit/model/cluster_bed.h"

static struct cluster_node *
node_of(struct cluster_bed *bed, uint32_t index, int32_t cpu_milli, int64_t mem_mib)
{
    struct cluster_node *node =
        cluster_bed_node(bed, index, cpu_milli, MIB(mem_mib), 31000, 31009);
    node->spec.hostname = cluster_bed_text(bed, "private-%u", index + 1);
    return node;
}

/* What is said of a task of the app now: the counts, and the nearest. */
static const char *
said(struct cluster_bed *bed, const struct cluster_app *app, char text[300])
{
    const struct place_request request = place_request_of(app->version);
    struct explain explain = { 0 };
    struct strbuf  words = { 0 };
    explain_nodes(&bed->cluster, &request, &explain);
    explain_print(&explain, &words);
    explain_print_nearest(&explain, &words);
    (void)snprintf(text, 300, "%s", strbuf_text(&words));
    strbuf_fini(&words);
    explain_fini(&explain);
    return text;
}

Test(explain, each_node_is_counted_at_its_first_reason)
{
    struct cluster_bed bed;
    char text[300];
    cluster_bed_open(&bed, 1);
    for (uint32_t i = 0; i < 10; i++) {
        node_of(&bed, i, 4000, 4096)->spec.gpus = 1;
    }
    cluster_node_find(&bed.cluster, 0)->role = cluster_role_bit(&bed.cluster, "slave_public");
    cluster_node_find(&bed.cluster, 1)->cpu_milli_used = 3001;
    cluster_node_find(&bed.cluster, 1)->mem_bytes_used = MIB(4096);
    cluster_node_find(&bed.cluster, 2)->mem_bytes_used = MIB(4000);
    cluster_node_find(&bed.cluster, 3)->disk_bytes_used = MIB(10240);
    cluster_node_find(&bed.cluster, 4)->spec.port_ranges_count = 0;
    cluster_node_find(&bed.cluster, 5)->spec.ports[0].last = 31000;
    cluster_node_find(&bed.cluster, 6)->gpu_used_milli[0] = 1;
    cluster_node_find(&bed.cluster, 8)->draining = true;
    cluster_node_find(&bed.cluster, 9)->draining = true;
    cluster_node_find(&bed.cluster, 9)->cpu_milli_used = 4000;
    for (uint32_t i = 0; i < 10; i++) {
        cluster_node_refresh(cluster_node_find(&bed.cluster, i));
    }
    cluster_node_state(cluster_node_find(&bed.cluster, 7), NODE_UNREACHABLE, "");
    struct cluster_app *app = cluster_bed_app(
        &bed, "/web",
        "{\"id\":\"/web\",\"cmd\":\"x\",\"cpus\":1,\"mem\":128,\"disk\":10,\"gpus\":1,"
        "\"portDefinitions\":[{\"port\":0},{\"port\":0}]}");
    cr_assert_str_eq(said(&bed, app, text),
                     "9 nodes: 1 UnfulfilledRole, 2 AgentMaintenance, 1 InsufficientCpus, "
                     "1 InsufficientMemory, 1 InsufficientDisk, 1 InsufficientGpus, "
                     "2 InsufficientPorts; nearest: private-3, 32 MiB short",
                     "%s", text);
    cluster_bed_close(&bed);
}

Test(explain, what_the_nearest_lacks_is_told_in_the_words_of_the_app)
{
    static const struct {
        const char *wants, *said;
    } cases[] = {
        { "\"cpus\":4.5,\"mem\":1280", "0.5 cpus and 256 MiB short" },
        { "\"cpus\":5,\"mem\":32", "1 cpu short" },
        { "\"cpus\":1,\"mem\":1025", "1 MiB short" },
        { "\"cpus\":4.25,\"mem\":1025,\"disk\":20480",
          "0.25 cpus, 1 MiB and 10240 MiB of disk short" },
        { "\"cpus\":1,\"mem\":32,\"gpus\":3", "1 GPU short" },
        { "\"cpus\":1,\"mem\":32,\"gpus\":4", "2 GPUs short" },
        { "\"cpus\":1,\"mem\":32,\"labels\":{\"REHEARSAL_GPU_MILLI\":\"900\"}",
          "0.3 of a GPU short" },
        { "\"cpus\":1,\"mem\":32,\"portDefinitions\":[{\"port\":0},{\"port\":0},{\"port\":0}]",
          "1 port short" },
        { "\"cpus\":1,\"mem\":32,\"requirePorts\":true,\"portDefinitions\":[{\"port\":80}]",
          "1 port of those asked for by number short" },
        { "\"cpus\":4.5,\"mem\":32,\"acceptedResourceRoles\":[\"slave_public\"]",
          "refused by role, 0.5 cpus short" },
        { "\"cpus\":1,\"mem\":32,\"acceptedResourceRoles\":[\"slave_public\"]",
          "refused by role" },
    };
    for (uint32_t i = 0; i < COUNT_OF(cases); i++) {
        struct cluster_bed bed;
        char text[300];
        char json[300];
        cluster_bed_open(&bed, 1);
        struct cluster_node *node = node_of(&bed, 0, 4000, 1024);
        node->spec.gpus = 2;
        node->spec.ports[0].last = 31001;
        cluster_node_refresh(node);
        if (strstr(cases[i].wants, "GPU_MILLI") != NULL) {
            node->gpu_used_milli[0] = 400;
            node->gpu_used_milli[1] = 500;
            cluster_node_refresh(node);
        }
        (void)snprintf(json, sizeof json, "{\"id\":\"/a\",\"cmd\":\"x\",%s}", cases[i].wants);
        const char *words = said(&bed, cluster_bed_app(&bed, "/a", json), text);
        const char *nearest = strstr(words, "nearest: private-1, ");
        cr_expect(nearest != NULL, "%s: %s", cases[i].wants, words);
        if (nearest != NULL) {
            cr_expect_str_eq(nearest + strlen("nearest: private-1, "), cases[i].said, "%s",
                             cases[i].wants);
        }
        cluster_bed_close(&bed);
    }
}

Test(explain, a_rule_counts_more_than_any_lack)
{
    struct cluster_bed bed;
    char text[300];
    cluster_bed_open(&bed, 1);
    struct cluster_node *public = node_of(&bed, 0, 4000, 1024);
    public->role = cluster_role_bit(&bed.cluster, "slave_public");
    cluster_node_refresh(public);
    struct cluster_node *drained = node_of(&bed, 1, 8000, 1024);
    drained->draining = true;
    cluster_node_refresh(drained);
    struct cluster_app *app =
        cluster_bed_app(&bed, "/a", "{\"id\":\"/a\",\"cmd\":\"x\",\"cpus\":4,\"mem\":32}");
    cr_assert_str_eq(said(&bed, app, text),
                     "2 nodes: 1 UnfulfilledRole, 1 AgentMaintenance; nearest: private-1, refused "
                     "by role");
    node_of(&bed, 2, 100, 32);
    cr_assert_str_eq(said(&bed, app, text),
                     "3 nodes: 1 UnfulfilledRole, 1 AgentMaintenance, 1 InsufficientCpus; "
                     "nearest: private-3, 3.9 cpus short");
    cluster_bed_close(&bed);
}

Test(explain, a_cluster_without_a_ready_node_says_so)
{
    struct cluster_bed bed;
    char text[300];
    cluster_bed_open(&bed, 1);
    cluster_node_state(node_of(&bed, 0, 4000, 1024), NODE_UNREACHABLE, "");
    struct cluster_app *app =
        cluster_bed_app(&bed, "/a", "{\"id\":\"/a\",\"cmd\":\"x\",\"cpus\":4,\"mem\":32}");
    cr_assert_str_eq(said(&bed, app, text), "no node is ready");
    cluster_bed_close(&bed);
}

/* The definition, in exact fractions of what is asked: powers of two. */
static uint32_t
naive_nearest(struct cluster_bed *bed, const struct place_request *request)
{
    int64_t best = INT64_MAX;
    uint32_t index = UINT32_MAX;
    for (uint32_t i = 0; i < bed->cluster.nodes.count; i++) {
        const struct cluster_node *node = cluster_node_find(&bed->cluster, i);
        const int64_t cpu = request->cpu_milli - (node->spec.cpu_milli - node->cpu_milli_used);
        const int64_t mem = request->mem_bytes - (node->spec.mem_bytes - node->mem_bytes_used);
        const bool is_other = (node->role & request->role_mask) == 0;
        if (cpu <= 0 && mem <= 0 && !is_other && !node->draining) {
            continue;
        }
        const int64_t lack = (cpu > 0 ? cpu * PPM / request->cpu_milli : 0) +
                             (mem > 0 ? mem / MIB(1) * PPM / (request->mem_bytes / MIB(1)) : 0);
        const int64_t value = lack + INT64_C(1000000000) * (is_other + node->draining);
        if (value < best) {
            best = value;
            index = i;
        }
    }
    return index;
}

Test(explain, the_nearest_is_the_one_of_the_definition)
{
    struct rng rng;
    rng_init(&rng, 7, 0, "explain");
    for (uint32_t round = 0; round < 300; round++) {
        struct cluster_bed bed;
        char json[200];
        cluster_bed_open(&bed, round + 1);
        for (uint32_t i = 0; i < 20; i++) {
            struct cluster_node *node = node_of(&bed, i, 4096, 4096);
            node->cpu_milli_used = (int32_t)rng_below(&rng, 4097);
            node->mem_bytes_used = MIB(rng_below(&rng, 4097));
            node->role = cluster_role_bit(&bed.cluster,
                                          rng_below(&rng, 3) == 0 ? "*" : "slave_public");
            node->draining = rng_below(&rng, 3) > 0;
            cluster_node_refresh(node);
        }
        (void)snprintf(json, sizeof json, "{\"id\":\"/a\",\"cmd\":\"x\",\"cpus\":%s,\"mem\":%u}",
                       rng_below(&rng, 2) == 0 ? "2.048" : "4.096",
                       1024U << rng_below(&rng, 3));
        struct cluster_app *app = cluster_bed_app(&bed, "/a", json);
        const struct place_request request = place_request_of(app->version);
        struct explain explain = { 0 };
        explain_nodes(&bed.cluster, &request, &explain);
        cr_assert(eq(u32, explain.pending.nearest - 1, naive_nearest(&bed, &request)),
                  "round %u", round);
        explain_fini(&explain);
        cluster_bed_close(&bed);
    }
}

Test(explain, an_app_is_asked_about_at_once_then_every_few_seconds_and_at_once_when_it_changes)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    struct cluster_node *node = node_of(&bed, 0, 1000, 1024);
    struct cluster_app *app =
        cluster_bed_app(&bed, "/a", "{\"id\":\"/a\",\"cmd\":\"x\",\"cpus\":4,\"mem\":32}");
    struct cluster_task *task = cluster_bed_task(app, NULL, TASK_PENDING);
    struct place_request request = place_request_of(app->version);
    test_world_run_until(bed.world, SEC(100));
    explain_refused(task, &request);
    cr_assert_str_eq(app->why_pending,
                     "1 node: 1 InsufficientCpus; nearest: private-1, 3 cpus short");
    node->cpu_milli_used = 500;
    cluster_node_refresh(node);
    test_world_run_until(bed.world, SEC(101));
    explain_refused(task, &request);
    cr_assert_str_eq(app->why_pending,
                     "1 node: 1 InsufficientCpus; nearest: private-1, 3 cpus short", "too early");
    cr_assert(app->explain_timer.armed, "it will be asked again");
    app->refused_generation = 9;
    app->dirty = false;
    test_world_run_until(bed.world, SEC(105));
    cr_assert(eq(u64, app->refused_generation, 0));
    cr_assert(app->dirty, "its turn has come");
    explain_refused(task, &request);
    cr_assert_str_eq(app->why_pending,
                     "1 node: 1 InsufficientCpus; nearest: private-1, 3.5 cpus short");
    app->version = cluster_bed_version(
        &bed, app, "{\"id\":\"/a\",\"cmd\":\"x\",\"cpus\":2,\"mem\":32}");
    cluster_task_rename(task, app->version);
    request = place_request_of(app->version);
    explain_refused(task, &request);
    cr_assert_str_eq(app->why_pending,
                     "1 node: 1 InsufficientCpus; nearest: private-1, 1.5 cpus short");
    cluster_bed_close(&bed);
}

Test(explain, the_longer_it_waits_the_rarer_it_is_asked)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    struct cluster_node *node = node_of(&bed, 0, 1000, 1024);
    struct cluster_app *app =
        cluster_bed_app(&bed, "/a", "{\"id\":\"/a\",\"cmd\":\"x\",\"cpus\":4,\"mem\":32}");
    struct cluster_task *task = cluster_bed_task(app, NULL, TASK_PENDING);
    const struct place_request request = place_request_of(app->version);
    uint32_t told = 0;
    for (uint32_t second = 0; second <= 86400; second++) {
        test_world_run_until(bed.world, SEC((int64_t)second + 1));
        node->cpu_milli_used = (int32_t)(second % 1000); /* so that each answer is another one */
        cluster_node_refresh(node);
        const int64_t before_ns = app->explained_at_ns;
        explain_refused(task, &request);
        told += app->explained_at_ns != before_ns ? 1U : 0U;
    }
    cr_assert(gt(u32, told, 30), "it was told %u times", told);
    cr_assert(lt(u32, told, 60), "it was told %u times", told);
    cr_assert(gt(i64, app->explained_at_ns, SEC(86400 - 3600)), "but once an hour at least");
    cluster_bed_close(&bed);
}

Test(explain, what_holds_a_task_before_any_node_is_asked_is_said_in_its_own_words)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    (void)node_of(&bed, 0, 1000, 1024);
    struct cluster_app *app =
        cluster_bed_app(&bed, "/a", "{\"id\":\"/a\",\"cmd\":\"x\",\"cpus\":4,\"mem\":32}");
    struct cluster_task *task = cluster_bed_task(app, NULL, TASK_PENDING);
    const struct place_request request = place_request_of(app->version);
    explain_turn(task);
    cr_assert_str_eq(app->why_pending, "the scheduler is busy");
    explain_refused(task, &request);
    cr_assert_str_eq(app->why_pending,
                     "1 node: 1 InsufficientCpus; nearest: private-1, 3 cpus short");
    explain_turn(task);
    cr_assert_str_eq(app->why_pending,
                     "1 node: 1 InsufficientCpus; nearest: private-1, 3 cpus short",
                     "what nodes said tells more");
    explain_held(task, "role dev has all that it may");
    cr_assert_str_eq(app->why_pending, "role dev has all that it may");
    explain_refused(task, &request);
    cr_assert_str_eq(app->why_pending,
                     "1 node: 1 InsufficientCpus; nearest: private-1, 3 cpus short",
                     "news, however soon");
    cluster_bed_close(&bed);
}

static struct env_pending heard;

static void
hear(struct cluster *cluster, void *context, const struct env_event *event)
{
    (void)cluster;
    (void)context;
    if (event->kind == ENV_EVENT_PENDING) {
        heard = *event->pending;
        heard.hostname = "";
        heard.shortfall = "";
    }
}

Test(explain, a_task_that_is_bound_to_a_node_is_refused_by_all_others)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    for (uint32_t i = 0; i < 4; i++) {
        (void)node_of(&bed, i, 1000, 1024);
    }
    cluster_node_state(cluster_node_find(&bed.cluster, 3), NODE_UNREACHABLE, "");
    struct cluster_node *node = cluster_node_find(&bed.cluster, 1);
    struct cluster_app *app =
        cluster_bed_app(&bed, "/a", "{\"id\":\"/a\",\"cmd\":\"x\",\"cpus\":4,\"mem\":32}");
    struct cluster_task *task = cluster_bed_task(app, NULL, TASK_PENDING);
    const struct place_request request = place_request_of(app->version);
    const struct cluster_free  room = cluster_node_room(node);
    bed.cluster.heard = hear;
    explain_bound(task, node, &room, &request, "its volume is on private-2");
    cr_assert_str_eq(app->why_pending, "its volume is on private-2");
    cr_assert(eq(u32, heard.nodes, 3));
    cr_assert(eq(u32, heard.refused[ENV_REFUSAL_RESERVATION], 2));
    cr_assert(eq(u32, heard.refused[ENV_REFUSAL_CPUS], 1));
    cr_assert(eq(u32, heard.nearest, 2));
    node->draining = true;
    explain_bound(task, node, &room, &request, "its volume is on private-2, drained");
    cr_assert(eq(u32, heard.refused[ENV_REFUSAL_MAINTENANCE], 1));
    cr_assert(eq(u32, heard.refused[ENV_REFUSAL_CPUS], 0));
    explain_bound(task, NULL, NULL, &request, "it is still held");
    cr_assert(eq(u32, heard.refused[ENV_REFUSAL_RESERVATION], 3));
    cr_assert(eq(u32, heard.nearest, 0));
    cluster_bed_close(&bed);
}

static void
no_agent(struct env_timer *timer)
{
    (void)timer;
}

/* However much room there is besides. */
Test(explain, a_node_with_as_many_tasks_as_its_agent_holds_takes_no_more)
{
    struct cluster_bed bed;
    char text[300];
    cluster_bed_open(&bed, 1);
    struct cluster_node *full = node_of(&bed, 0, 1000 * 1000, 1024 * 1024);
    env_timer_init(&full->resend_timer, no_agent);
    struct cluster_app *app = cluster_bed_app(
        &bed, "/many", "{\"id\":\"/many\",\"cmd\":\"x\",\"cpus\":0.1,\"mem\":32,"
                       "\"portDefinitions\":[]}");
    const struct place_request request = place_request_of(app->version);
    const struct scores_policy *policy = scores_policy(SCHEDULER_BEST_FIT);
    for (uint32_t i = 0; i < NODE_TASKS_MAX; i++) {
        cr_assert(eq(u32, place_find(&bed.cluster, &request, policy, NULL), 0), "%u", i);
        cluster_task_book(cluster_bed_task(app, NULL, TASK_PENDING), full);
    }
    cr_expect(eq(u32, place_find(&bed.cluster, &request, policy, NULL), PLACE_NONE));
    cr_expect(eq(str, (char *)(uintptr_t)said(&bed, app, text),
                 "1 node: 1 DeclinedScarceResources; nearest: private-1, refused by the number of "
                 "its tasks"));
    (void)node_of(&bed, 1, 50, 1024);
    cr_expect(eq(str, (char *)(uintptr_t)said(&bed, app, text),
                 "2 nodes: 1 InsufficientCpus, 1 DeclinedScarceResources; nearest: private-2, "
                 "0.05 cpus short"));
    cluster_task_unbook(app->tasks_first);
    cr_expect(eq(u32, place_find(&bed.cluster, &request, policy, NULL), 0));
    cluster_bed_close(&bed);
}
