/*
 * tests/unit/sim/test_select.c
 *
 * Goal:   a selector means as many targets as it says, of those that fit and work, and any of them.
 * Method: six machines in three zones, selectors over many draws.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "tests/unit/sim/run_story.h"

static struct story story;
static struct vec   picked;

static void
open_story(void)
{
    story_open(&story);
    story_start(&story);
    story_all_well(&story); /* tasks 1..4 on machines 1..4 */
    vec_init(&picked, sizeof(uint32_t));
}

static void
close_story(void)
{
    vec_fini(&picked);
    story_close(&story);
}

TestSuite(select, .init = open_story, .fini = close_story);

static uint32_t
nodes(struct selector selector)
{
    struct error err = { "" };
    vec_clear(&picked);
    if (run_select_nodes(&story.run, &selector, &picked, &err) != ST_OK) {
        return UINT32_MAX;
    }
    return picked.count;
}

static uint32_t
node(uint32_t index)
{
    return *(uint32_t *)vec_at(&picked, index);
}

Test(select, counts_are_shares_of_what_fits)
{
    cr_assert(eq(u32, nodes((struct selector){ .kind = SELECT_ONE }), 1));
    cr_assert(eq(u32, nodes((struct selector){ .kind = SELECT_COUNT, .value = 4 }), 4));
    cr_assert(eq(u32, nodes((struct selector){ .kind = SELECT_COUNT, .value = 40 }), 6));
    cr_assert(eq(u32, nodes((struct selector){ .kind = SELECT_PERCENT, .value = PPM / 2 }), 3));
    cr_assert(eq(u32, nodes((struct selector){ .kind = SELECT_PERCENT, .value = PPM / 100 }), 1));
    cr_assert(eq(u32, nodes((struct selector){ .kind = SELECT_MINORITY }), 2));
    cr_assert(eq(u32, nodes((struct selector){ .kind = SELECT_MAJORITY }), 4));
    cr_assert(eq(u32, nodes((struct selector){ .kind = SELECT_ALL }), 6));
}

Test(select, a_zone_may_be_named_in_short_or_in_full)
{
    cr_assert(eq(u32, nodes((struct selector){ .kind = SELECT_ALL, .zone = "b" }), 2));
    cr_assert(eq(u32, node(0), 2));
    cr_assert(eq(u32, node(1), 5));
    cr_assert(eq(u32, nodes((struct selector){ .kind = SELECT_ALL, .zone = "us-east-1b" }), 2));
    cr_assert(eq(u32, nodes((struct selector){ .kind = SELECT_ALL, .zone = "d" }), UINT32_MAX));
}

Test(select, hosting_means_machines_with_a_live_task_of_the_app)
{
    cr_assert(eq(u32, nodes((struct selector){ .kind = SELECT_ALL, .hosting = "/web" }), 4));
    story_task(&story, 2, TASK_RUNNING, TASK_FAILED, 2);
    cr_assert(eq(u32, nodes((struct selector){ .kind = SELECT_ALL, .hosting = "/web" }), 3));
    cr_assert(eq(u32, nodes((struct selector){ .kind = SELECT_ALL, .hosting = "/x" }), UINT32_MAX));
}

Test(select, a_machine_that_is_down_is_not_picked_unless_it_is_named)
{
    for (uint32_t i = 0; i < 5; i++) {
        story.nodes[i].up = false;
    }
    for (uint32_t i = 0; i < 20; i++) {
        cr_assert(eq(u32, nodes((struct selector){ .kind = SELECT_ONE }), 1));
        cr_assert(eq(u32, node(0), 6));
    }
    cr_assert(eq(u32, nodes((struct selector){ .kind = SELECT_NAME, .name = "private-1" }), 1));
    story.nodes[5].up = false;
    cr_assert(eq(u32, nodes((struct selector){ .kind = SELECT_ONE }), UINT32_MAX));
    cr_assert(eq(u32, nodes((struct selector){ .kind = SELECT_ONE, .may_be_empty = true }), 0));
}

Test(select, everybody_is_picked_about_as_often_in_order_and_once)
{
    uint32_t often[7] = { 0 };
    for (uint32_t i = 0; i < 6000; i++) {
        cr_assert(eq(u32, nodes((struct selector){ .kind = SELECT_COUNT, .value = 2 }), 2));
        cr_assert(lt(u32, node(0), node(1)));
        often[node(0)]++;
        often[node(1)]++;
    }
    for (uint32_t i = 1; i <= 6; i++) { /* 2000 expected, deviation 37 */
        cr_assert(gt(u32, often[i], 1800));
        cr_assert(lt(u32, often[i], 2200));
    }
}

Test(select, tasks_are_running_ones_of_the_app)
{
    struct vec            tasks;
    struct error          err = { "" };
    const struct selector all = { .kind = SELECT_ALL };
    vec_init(&tasks, sizeof(uint64_t));
    story_task(&story, 2, TASK_RUNNING, TASK_KILLING, 2);
    cr_assert(eq(int, run_select_tasks(&story.run, &all, "/web", &tasks, &err), ST_OK));
    cr_assert(eq(u32, tasks.count, 3));
    vec_clear(&tasks);
    const struct selector named = { .kind = SELECT_NAME, .name = "3" };
    cr_assert(eq(int, run_select_tasks(&story.run, &named, NULL, &tasks, &err), ST_OK));
    cr_assert(eq(u64, *(uint64_t *)vec_at(&tasks, 0), 3));
    vec_clear(&tasks);
    const struct selector zone = { .kind = SELECT_ALL, .zone = "a" }; /* machines 1 and 4 */
    cr_assert(eq(int, run_select_tasks(&story.run, &zone, "/web", &tasks, &err), ST_OK));
    cr_assert(eq(u32, tasks.count, 2));
    vec_clear(&tasks);
    cr_assert(eq(int, run_select_tasks(&story.run, &all, "/other", &tasks, &err), ST_NOT_FOUND));
    vec_fini(&tasks);
}
