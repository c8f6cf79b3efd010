/*
 * tests/unit/sim/test_books.c
 *
 * Goal:   what the journals tell adds up: counts per app, tasks by state, machines, deployments;
 * and what a dying master told too early is struck out. Method: lines of a master's journal,
 * written by hand.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "platform/model/records.h"
#include "sim/books.h"

static struct arena arena;
static struct books books;
static int64_t      now_ns;

static void
open_books(void)
{
    arena_init(&arena, 0x5A);
    books_init(&books, &arena);
    now_ns = SEC(100);
}

static void
close_books(void)
{
    books_fini(&books);
    arena_fini(&arena);
}

TestSuite(books, .init = open_books, .fini = close_books);

static void
tell(struct env_event event)
{
    event.app = event.app != NULL ? event.app : "/web";
    event.text = event.text != NULL ? event.text : "";
    books_event(&books, now_ns, env_address_of(ENV_PROCESS_MASTER, 0), &event);
}

static void
task(uint64_t id, int32_t old_state, int32_t new_state, uint32_t node)
{
    tell((struct env_event){ .kind = ENV_EVENT_TASK,
                             .old_state = old_state,
                             .new_state = new_state,
                             .node = node,
                             .task = id,
                             .version = 1 });
}

static void
task_up(uint64_t id)
{
    task(id, -1, TASK_PENDING, 0);
    task(id, TASK_PENDING, TASK_STAGING, 3);
    task(id, TASK_STAGING, TASK_RUNNING, 3);
    tell((struct env_event){ .kind = ENV_EVENT_HEALTH, .new_state = 1, .task = id });
}

Test(books, follow_a_task_through_its_life)
{
    task(1, -1, TASK_PENDING, 0);
    struct book_app *app = books_app_find(&books, "/web");
    cr_assert(eq(u32, app->pending, 1));
    cr_assert(eq(u32, app->live, 1));
    now_ns = SEC(101);
    task(1, TASK_PENDING, TASK_STAGING, 3);
    cr_assert(eq(u32, app->pending, 0));
    cr_assert(eq(u64, app->placed, 1));
    now_ns = SEC(102);
    task(1, TASK_STAGING, TASK_RUNNING, 3);
    cr_assert(eq(u32, app->running, 1));
    cr_assert(eq(u32, app->healthy, 0));
    now_ns = SEC(103);
    tell((struct env_event){ .kind = ENV_EVENT_HEALTH, .new_state = 1, .task = 1 });
    cr_assert(eq(u32, app->healthy, 1));
    task(1, TASK_RUNNING, TASK_FAILED, 3);
    cr_assert(eq(u32, app->healthy, 0));
    cr_assert(eq(u32, app->live, 0));
    cr_assert(eq(u64, app->failed, 1));
    cr_assert(eq(u64, books.tasks_by_state[TASK_FAILED], 1));
    cr_assert(eq(u64, books.tasks_submitted, 1));
    const struct book_task *book = books_task_find(&books, 1);
    cr_assert(eq(i64, book->pending_at_ns, SEC(100)));
    cr_assert(eq(u32, book->node, 3));
}

Test(books, a_draining_task_is_present_and_not_healthy)
{
    task_up(1);
    tell((struct env_event){ .kind = ENV_EVENT_DECISION, .task = 1, .text = "drain" });
    const struct book_app *app = books_app_find(&books, "/web");
    cr_assert(eq(u32, app->healthy, 0));
    cr_assert(eq(u32, app->running, 1));
    cr_assert(eq(u32, app->live, 1));
}

Test(books, a_task_that_leaves_running_must_be_judged_healthy_anew)
{
    task_up(1);
    task(1, TASK_RUNNING, TASK_UNREACHABLE, 3);
    const struct book_app *app = books_app_find(&books, "/web");
    cr_assert(eq(u32, app->healthy, 0));
    task(1, TASK_UNREACHABLE, TASK_RUNNING, 3);
    cr_assert(eq(u32, app->healthy, 0));
    tell((struct env_event){ .kind = ENV_EVENT_HEALTH, .new_state = 1, .task = 1 });
    cr_assert(eq(u32, app->healthy, 1));
}

Test(books, an_ended_task_is_forgotten_after_a_minute)
{
    for (uint64_t id = 1; id <= 5000; id++) {
        task_up(id);
        task(id, TASK_RUNNING, TASK_FINISHED, 3);
        now_ns += MS(100);
    }
    cr_assert(le(u32, books.tasks.count, 601), "no more than those of the last minute");
    cr_assert(eq(ptr, books_task_find(&books, 1), NULL));
    cr_assert_not_null(books_task_find(&books, 5000));
    cr_assert(eq(u64, books.tasks_by_state[TASK_FINISHED], 5000));
    cr_assert(eq(u64, books.tasks_submitted, 5000));
    task(1, TASK_RUNNING, TASK_FINISHED, 3); /* told again, long after */
    cr_assert(eq(u64, books.tasks_submitted, 5000));
}

Test(books, live_tasks_stay_in_order_of_creation)
{
    for (uint64_t id = 1; id <= 5; id++) {
        task_up(id);
    }
    task(3, TASK_RUNNING, TASK_FAILED, 3);
    task(1, TASK_RUNNING, TASK_FAILED, 3);
    task(5, TASK_RUNNING, TASK_FAILED, 3);
    const struct book_app  *app = books_app_find(&books, "/web");
    const struct book_task *first = books_task_at(&books, app->tasks_first);
    cr_assert(eq(u64, first->id, 2));
    cr_assert(eq(u64, books_task_at(&books, first->next)->id, 4));
    cr_assert(eq(u32, books_task_at(&books, first->next)->next, 0));
}

/* A master that has loaded finds a task like this. */
static void
loaded(uint64_t id, enum task_state state, enum task_stop stop, bool healthy)
{
    tell((struct env_event){ .kind = ENV_EVENT_LOADED,
                             .old_state = stop,
                             .new_state = state,
                             .task = id,
                             .node = 3,
                             .value = healthy });
}

Test(books, what_a_dying_master_told_too_early_is_struck_out)
{
    task_up(1);
    task_up(2);
    tell((struct env_event){ .kind = ENV_EVENT_DEPLOYMENT, .old_state = -1, .deployment = 1 });
    tell((struct env_event){ .kind = ENV_EVENT_DEPLOYMENT, .old_state = -1, .deployment = 2 });
    task(3, -1, TASK_PENDING, 0);
    tell((struct env_event){ .kind = ENV_EVENT_MASTER });
    cr_assert(not(books.leading));
    tell((struct env_event){
        .kind = ENV_EVENT_APP, .text = "loaded", .value = 2, .deployment = 1 });
    loaded(1, TASK_RUNNING, STOP_NONE, true);
    loaded(2, TASK_RUNNING, STOP_DRAINING, false);
    tell((struct env_event){ .kind = ENV_EVENT_MASTER, .new_state = 1, .value = 2 });
    const struct book_app *app = books_app_find(&books, "/web");
    cr_assert(eq(u32, app->live, 2));
    cr_assert(eq(u32, app->pending, 0));
    cr_assert(eq(u64, books.tasks_submitted, 2));
    cr_assert(eq(u32, app->deployments_running, 1));
    cr_assert(eq(ptr, books_task_find(&books, 3), NULL));
    cr_assert_not_null(books_task_find(&books, 2));
    cr_assert(eq(u32, app->healthy, 1));
}

Test(books, a_drain_that_was_not_durable_is_taken_back)
{
    task_up(1);
    tell((struct env_event){ .kind = ENV_EVENT_DECISION, .task = 1, .text = "drain" });
    cr_assert(eq(u32, books_app_find(&books, "/web")->healthy, 0));
    tell((struct env_event){ .kind = ENV_EVENT_MASTER });
    loaded(1, TASK_RUNNING, STOP_NONE, true);
    tell((struct env_event){ .kind = ENV_EVENT_MASTER, .new_state = 1, .value = 2 });
    cr_assert(eq(u32, books_app_find(&books, "/web")->healthy, 1));
}

Test(books, an_end_that_was_not_durable_is_taken_back)
{
    task_up(1);
    task(1, TASK_RUNNING, TASK_FAILED, 3);
    tell((struct env_event){ .kind = ENV_EVENT_MASTER });
    loaded(1, TASK_RUNNING, STOP_NONE, false);
    tell((struct env_event){ .kind = ENV_EVENT_MASTER, .new_state = 1, .value = 2 });
    const struct book_app *app = books_app_find(&books, "/web");
    cr_assert(eq(u32, app->live, 1));
    cr_assert(eq(u64, books.tasks_by_state[TASK_FAILED], 0));
    cr_assert(eq(u64, books.tasks_submitted, 1));
    cr_assert(ne(u32, app->tasks_first, 0));
}

Test(books, remember_why_an_app_waits_and_since_when)
{
    task(1, -1, TASK_PENDING, 0);
    tell((struct env_event){ .kind = ENV_EVENT_PENDING, .text = "no cpu" });
    now_ns += SEC(9);
    tell((struct env_event){ .kind = ENV_EVENT_PENDING, .text = "no memory" });
    const struct book_app *app = books_app_find(&books, "/web");
    cr_assert(eq(str, (char *)app->why_pending, "no memory"));
    cr_assert(eq(i64, app->why_pending_at_ns, SEC(100)));
    task(1, TASK_PENDING, TASK_STAGING, 1);
    cr_assert(eq(ptr, (void *)app->why_pending, NULL));
}

Test(books, follow_deployments_and_their_versions)
{
    tell((struct env_event){ .kind = ENV_EVENT_APP, .text = "accepted", .version = 1, .value = 2 });
    tell((struct env_event){ .kind = ENV_EVENT_APP, .text = "accepted", .version = 5, .value = 2 });
    tell((struct env_event){
        .kind = ENV_EVENT_DEPLOYMENT, .old_state = -1, .deployment = 8, .version = 5 });
    const struct book_deployment *deployment = vec_at(&books.deployments, 0);
    cr_assert(eq(u64, deployment->version_old, 1));
    now_ns += SEC(5);
    tell((struct env_event){ .kind = ENV_EVENT_DEPLOYMENT, .deployment = 8, .text = "2 of 4" });
    cr_assert(eq(i64, deployment->to_at_ns, 0));
    cr_assert(eq(str, (char *)deployment->waits_for, "2 of 4"));
    tell((struct env_event){
        .kind = ENV_EVENT_DEPLOYMENT, .deployment = 8, .new_state = DEPLOYMENT_DONE });
    cr_assert(eq(i64, deployment->to_at_ns, SEC(105)));
    cr_assert(eq(int, deployment->state, DEPLOYMENT_DONE));
    cr_assert(eq(u32, books_app_find(&books, "/web")->deployments_running, 0));
}

Test(books, know_how_far_a_rollout_has_come)
{
    tell((struct env_event){ .kind = ENV_EVENT_APP, .text = "accepted", .version = 1, .value = 2 });
    tell((struct env_event){
        .kind = ENV_EVENT_DEPLOYMENT, .old_state = -1, .deployment = 8, .text = "canary" });
    tell((struct env_event){ .kind = ENV_EVENT_ROLLOUT,
                             .new_state = PHASE_HOLDING,
                             .deployment = 8,
                             .task = 2,
                             .value = 250000,
                             .text = "step 2" });
    const struct book_deployment *deployment = vec_at(&books.deployments, 0);
    cr_assert(eq(int, deployment->phase, PHASE_HOLDING));
    cr_assert(eq(u32, deployment->step, 2));
    cr_assert(eq(u32, deployment->weight_ppm, 250000));
    for (int32_t verdict = 0; verdict <= 2; verdict++) {
        tell((struct env_event){
            .kind = ENV_EVENT_ANALYSIS, .new_state = verdict, .deployment = 8, .task = 1 });
        tell((struct env_event){ .kind = ENV_EVENT_ANALYSIS,
                                 .old_state = 1, /* a dry run */
                                 .new_state = verdict,
                                 .deployment = 8,
                                 .task = 2 });
    }
    cr_assert(eq(u32, deployment->judged, 3));
    cr_assert(eq(u32, deployment->bad, 1));
    cr_assert(eq(u32, deployment->unsure, 1));
    cr_assert(eq(u64, books.tasks_submitted, 0), "the number of a step is no task");
}

Test(books, tell_a_way_back_from_what_somebody_asked_for)
{
    tell((struct env_event){ .kind = ENV_EVENT_APP, .text = "accepted", .version = 1, .value = 2 });
    tell((struct env_event){
        .kind = ENV_EVENT_DEPLOYMENT, .old_state = -1, .deployment = 8, .text = "canary" });
    tell((struct env_event){
        .kind = ENV_EVENT_DEPLOYMENT, .deployment = 8, .new_state = DEPLOYMENT_ROLLED_BACK });
    tell((struct env_event){
        .kind = ENV_EVENT_DEPLOYMENT, .old_state = -1, .deployment = 9, .text = "roll-back" });
    tell((struct env_event){
        .kind = ENV_EVENT_DEPLOYMENT, .deployment = 9, .new_state = DEPLOYMENT_DONE });
    now_ns += SEC(5);
    tell((struct env_event){
        .kind = ENV_EVENT_DEPLOYMENT, .old_state = -1, .deployment = 10, .text = "roll-back" });
    const struct book_deployment *deployments = vec_at(&books.deployments, 0);
    cr_assert(eq(u64, deployments[0].reverts, 0));
    cr_assert(eq(u64, deployments[1].reverts, 8));
    cr_assert(eq(u64, deployments[2].reverts, 0), "this one was said by hand");
}

Test(books, take_back_an_end_that_was_never_durable)
{
    tell((struct env_event){ .kind = ENV_EVENT_APP, .text = "accepted", .version = 1, .value = 2 });
    tell((struct env_event){
        .kind = ENV_EVENT_DEPLOYMENT, .old_state = -1, .deployment = 8, .text = "canary" });
    tell((struct env_event){
        .kind = ENV_EVENT_DEPLOYMENT, .deployment = 8, .new_state = DEPLOYMENT_ROLLED_BACK });
    tell((struct env_event){
        .kind = ENV_EVENT_DEPLOYMENT, .old_state = -1, .deployment = 9, .text = "roll-back" });
    tell((struct env_event){
        .kind = ENV_EVENT_DEPLOYMENT, .deployment = 9, .new_state = DEPLOYMENT_DONE });
    tell((struct env_event){ .kind = ENV_EVENT_MASTER });
    tell((struct env_event){
        .kind = ENV_EVENT_APP, .text = "loaded", .version = 1, .value = 2, .deployment = 8 });
    const struct book_deployment *deployments = vec_at(&books.deployments, 0);
    cr_assert(eq(int, deployments[0].state, DEPLOYMENT_RUNNING));
    cr_assert(eq(i64, deployments[0].to_at_ns, 0));
    cr_assert(eq(int, deployments[1].state, DEPLOYMENT_CANCELLED));
    cr_assert(eq(u32, books_app_find(&books, "/web")->deployments_running, 1));
    now_ns += SEC(3);
    tell((struct env_event){
        .kind = ENV_EVENT_DEPLOYMENT, .deployment = 8, .new_state = DEPLOYMENT_ROLLED_BACK });
    tell((struct env_event){
        .kind = ENV_EVENT_DEPLOYMENT, .old_state = -1, .deployment = 90, .text = "roll-back" });
    deployments = vec_at(&books.deployments, 0);
    cr_assert(eq(u64, deployments[2].reverts, 8));
}

Test(books, add_up_machines_and_what_is_booked_there)
{
    tell((struct env_event){ .kind = ENV_EVENT_NODE, .new_state = NODE_READY, .node = 1 });
    tell((struct env_event){ .kind = ENV_EVENT_NODE, .new_state = NODE_READY, .node = 4 });
    tell((struct env_event){ .kind = ENV_EVENT_NODE, .new_state = NODE_UNREACHABLE, .node = 1 });
    cr_assert(eq(u32, books.nodes_ready, 1));
    tell((struct env_event){
        .kind = ENV_EVENT_ALLOCATION, .new_state = 0, .node = 4, .value = 1500, .task = 4096 });
    tell((struct env_event){
        .kind = ENV_EVENT_ALLOCATION, .new_state = 0, .node = 4, .value = 500, .task = 1024 });
    cr_assert(eq(i64, books.cpu_milli_used, 500));
    cr_assert(eq(i64, books.mem_bytes_used, 1024));
    tell((struct env_event){ .kind = ENV_EVENT_MASTER });
    cr_assert(eq(u32, books.nodes_ready, 0));
    cr_assert(eq(i64, books.cpu_milli_used, 0));
}

Test(books, listen_to_the_master_alone)
{
    const struct env_event event = { .kind = ENV_EVENT_TASK,
                                     .old_state = -1,
                                     .task = 1,
                                     .app = "/web",
                                     .text = "" };
    books_event(&books, now_ns, env_address_of(ENV_PROCESS_AGENT, 1), &event);
    cr_assert(eq(u64, books.tasks_submitted, 0));
}

static void
expect_version(uint64_t id, const char *role, uint32_t booked, uint32_t waiting)
{
    for (uint32_t i = 0; i < books.versions.count; i++) {
        const struct book_version *version = vec_at(&books.versions, i);
        if (version->id == id) {
            cr_expect(eq(str, (char *)(uintptr_t)intern_text(&books.names, version->role),
                         (char *)(uintptr_t)role));
            cr_expect(eq(u32, version->booked, booked));
            cr_expect(eq(u32, version->waiting, waiting));
            return;
        }
    }
    cr_assert(false, "no version %llu", (unsigned long long)id);
}

Test(books, count_what_roles_have_however_early_they_are_told_of)
{
    books.counts_roles = true;
    task_up(7);
    task(8, -1, TASK_PENDING, 0);
    tell((struct env_event){ .kind = ENV_EVENT_ROLE,
                             .version = 1,
                             .value = 1500,
                             .task = MIB(64),
                             .deployment = MIB(9),
                             .new_state = 250,
                             .text = "prod" });
    expect_version(1, "prod", 1, 1);
    const struct book_version *version = vec_at(&books.versions, 0);
    cr_expect(eq(i64, version->amounts.of[AMOUNT_CPU], 1500));
    cr_expect(eq(i64, version->amounts.of[AMOUNT_MEMORY], MIB(64)));
    cr_expect(eq(i64, version->amounts.of[AMOUNT_DISK], MIB(9)));
    cr_expect(eq(i64, version->amounts.of[AMOUNT_GPU], 250));
    task(8, TASK_PENDING, TASK_STAGING, 2);
    expect_version(1, "prod", 2, 0);
    task(7, TASK_RUNNING, TASK_UNREACHABLE, 3); /* its node is booked until it is given up */
    expect_version(1, "prod", 2, 0);
    task(7, TASK_UNREACHABLE, TASK_LOST, 3);
    task(8, TASK_STAGING, TASK_FAILED, 2);
    expect_version(1, "prod", 0, 0);
    cr_expect(eq(u32, books.tasks_submitted, 2));
}
