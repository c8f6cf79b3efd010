/*
 * tests/unit/sim/test_faults.c
 *
 * Goal:   drawn faults keep to their budget and window, are the same for a seed, and a swarm leaves
 *         whole kinds out.
 * Method: a thousand seeds, drawn without a platform.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "tests/unit/sim/run_story.h"

#define REPLAY "seed %llu"

static struct story story;

static void
draw(uint64_t seed, struct scenario_faults faults)
{
    story_open(&story);
    story.scenario.seed = seed;
    story.scenario.duration_ns = HOUR(1);
    story.scenario.faults = faults;
    story_start(&story);
}

static bool
takes_machine(const struct scenario_step *step)
{
    return strcmp(step->action->verb, "kill-node") == 0 ||
           strcmp(step->action->verb, "partition") == 0;
}

static const struct scenario_faults plenty = { .enabled = true,
                                               .from_at_ns = MIN(5),
                                               .until_at_ns = MIN(50),
                                               .every_ns = SEC(10),
                                               .max_at_once = 3,
                                               .nodes_down_max = 1 };

Test(faults, stay_inside_their_window_and_budget)
{
    uint32_t drawn = 0;
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        draw(seed, plenty);
        for (uint32_t i = 0; i < story.run.drawn.count; i++) {
            const struct scenario_step *step = vec_at(&story.run.drawn, i);
            uint32_t                    at_once = 0;
            uint32_t                    machines = 0;
            for (uint32_t j = 0; j <= i; j++) {
                const struct scenario_step *other = vec_at(&story.run.drawn, j);
                const bool under_way = j == i || other->at_ns + other->for_ns > step->at_ns;
                at_once += under_way ? 1 : 0;
                machines += under_way && takes_machine(other) ? 1 : 0;
                cr_assert(le(i64, other->at_ns, step->at_ns), REPLAY, (unsigned long long)seed);
            }
            cr_assert(le(u32, at_once, 3), REPLAY, (unsigned long long)seed);
            cr_assert(le(u32, machines, 1), REPLAY, (unsigned long long)seed);
            cr_assert(ge(i64, step->at_ns, MIN(5)), REPLAY, (unsigned long long)seed);
            cr_assert(le(i64, step->at_ns + step->for_ns, MIN(50)), REPLAY,
                      (unsigned long long)seed);
            cr_assert(step->for_ns > 0 || !takes_machine(step), REPLAY,
                      (unsigned long long)seed);
        }
        drawn += story.run.drawn.count;
        story_close(&story);
    }
    cr_assert(gt(u32, drawn, 20000), "the budget leaves room for many");
}

Test(faults, are_the_same_for_the_same_seed)
{
    static struct scenario_step first[2000];
    draw(42, plenty);
    const uint32_t count = story.run.drawn.count;
    cr_assert(count > 10 && count < 2000);
    memcpy(first, story.run.drawn.items, count * sizeof(first[0]));
    story_close(&story);
    draw(42, plenty);
    cr_assert(eq(u32, story.run.drawn.count, count));
    for (uint32_t i = 0; i < count; i++) {
        const struct scenario_step *step = vec_at(&story.run.drawn, i);
        cr_assert(eq(i64, step->at_ns, first[i].at_ns));
        cr_assert(eq(i64, step->for_ns, first[i].for_ns));
        cr_assert(eq(ptr, (void *)step->action, (void *)first[i].action));
    }
    story_close(&story);
}

static uint32_t
kinds_drawn(void)
{
    uint32_t kinds = 0;
    for (uint32_t i = 0; i < story.run.drawn.count; i++) {
        const struct scenario_step *step = vec_at(&story.run.drawn, i);
        for (uint32_t kind = 0; actions[kind] != NULL; kind++) {
            kinds |= actions[kind] == step->action ? 1U << kind : 0;
        }
    }
    return kinds;
}

Test(faults, a_swarm_leaves_whole_kinds_out_and_every_kind_in_some_seed)
{
    struct scenario_faults swarm = plenty;
    uint32_t               seen = 0;
    uint32_t               fewer = 0;
    swarm.swarm = true;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        draw(seed, swarm);
        const uint32_t kinds = kinds_drawn();
        seen |= kinds;
        fewer += __builtin_popcount(kinds) < 5 ? 1 : 0;
        cr_assert(ne(u32, kinds, 0), REPLAY, (unsigned long long)seed);
        story_close(&story);
    }
    cr_assert(eq(int, __builtin_popcount(seen), FAULT_KIND_COUNT));
    cr_assert(gt(u32, fewer, 150));
}

Test(faults, only_the_kinds_asked_for_are_drawn)
{
    struct scenario_faults one = plenty;
    one.kinds = 1U << FAULT_RESTART_MASTER;
    draw(3, one);
    cr_assert(gt(u32, story.run.drawn.count, 0));
    for (uint32_t i = 0; i < story.run.drawn.count; i++) {
        const struct scenario_step *step = vec_at(&story.run.drawn, i);
        cr_assert(eq(str, (char *)step->action->verb, "restart-master"));
    }
    story_close(&story);
}

Test(faults, no_machine_is_taken_where_none_may_be_down)
{
    struct scenario_faults none = plenty;
    none.nodes_down_max = 0;
    draw(3, none);
    for (uint32_t i = 0; i < story.run.drawn.count; i++) {
        cr_assert(not(takes_machine(vec_at(&story.run.drawn, i))));
    }
    story_close(&story);
}

Test(faults, a_real_world_gets_only_what_can_be_done_there)
{
    story_open(&story);
    story.scenario.faults = plenty;
    story.ops.watch = NULL;
    story_start(&story);
    for (uint32_t i = 0; i < story.run.drawn.count; i++) {
        const struct scenario_step *step = vec_at(&story.run.drawn, i);
        cr_assert(step->action->real);
    }
    story_close(&story);
}

Test(faults, are_played_and_noted_as_drawn)
{
    struct scenario_faults one = plenty;
    one.kinds = 1U << FAULT_KILL_NODE;
    draw(5, one);
    story_answer(&story, 1, ST_OK, 1);
    story_until(&story, MIN(50));
    cr_assert(gt(u32, story.run.results.faults.count, 3));
    const struct result_fault *fault = vec_at(&story.run.results.faults, 0);
    cr_assert(fault->drawn && fault->is_fault);
    cr_assert(eq(u32, story.run.faults_active, 0), "all are over by then");
    cr_assert(eq(int, story.run.results.outcome, OUTCOME_PASSED), "%s", story.run.results.error);
    story_close(&story);
}
