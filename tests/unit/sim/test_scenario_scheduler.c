/*
 * tests/unit/sim/test_scenario_scheduler.c
 *
 * Goal:   every policy and tie rule is known by its word; typical shapes and decision time become
 *         what the master is told, or one line each with its exact place.
 * Method: small files, right and wrong.
 */
#include "tests/unit/sim/scenario_files.h"

#include <stdio.h>

TestSuite(scenario_scheduler, .init = files_setup, .fini = files_teardown);

Test(scenario_scheduler, every_policy_and_tie_has_its_word)
{
    for (uint32_t i = 0; i < SCHEDULER_POLICY_COUNT; i++) {
        char part[100];
        const enum scheduler_policy policy = (enum scheduler_policy)i;
        const enum scheduler_tie tie = (enum scheduler_tie)(i % SCHEDULER_TIE_COUNT);
        (void)snprintf(part, sizeof part, "\"scheduler\": {\"policy\": \"%s\", \"tie\": \"%s\"}",
                       scheduler_policy_word(policy), scheduler_tie_word(tie));
        cr_assert(eq(str, said_of(part), ""));
        const struct scenario *scenario = files_open[files_open_count - 1];
        cr_expect(eq(int, (int)scenario->master.policy, (int)policy));
        cr_expect(eq(int, (int)scenario->master.tie, (int)tie));
    }
    expect_says("\"scheduler\": {\"policy\": \"spread\"}",
                "t.json:5:15: /scheduler/policy: found \"spread\", expected \"best-fit\", "
                "\"worst-fit\", \"first-fit\", \"random\", \"dot-product\", \"fgd\" or "
                "\"hybrid\"\n");
}

Test(scenario_scheduler, typical_shapes_and_decision_time_are_read)
{
    cr_assert(eq(str,
                 said_of("\"scheduler\": {\"typical\": [{\"cpus\": 1.5, \"gpus\": 2, \"weight\": "
                         "3}, {\"gpu_milli\": 460}],\n"
                         "\"decision_time\": {\"per_app\": \"1s\", \"per_task\": \"10ms\"}}"),
                 ""));
    const struct master_config *master = &files_open[0]->master;
    cr_assert(eq(u32, master->typical_count, 2));
    cr_expect(eq(i32, master->typical[0].cpu_milli, 1500));
    cr_expect(eq(i32, master->typical[0].gpus, 2));
    cr_expect(eq(u32, master->typical[0].weight, 3));
    cr_expect(eq(i32, master->typical[1].gpu_milli, 460));
    cr_expect(eq(u32, master->typical[1].weight, 1));
    cr_expect(eq(i64, master->decision_app_ns, SEC(1)));
    cr_expect(eq(i64, master->decision_task_ns, MS(10)));
}

Test(scenario_scheduler, mistakes_have_their_place)
{
    expect_says("\"scheduler\": {\"typical\": [{\"gpus\": 1, \"gpu_milli\": 500}]}",
                "t.json:5:39: /scheduler/typical/0/gpu_milli: stands beside \"gpus\", expected one "
                "of the two\n");
    expect_says("\"scheduler\": {\"typical\": [{\"cpus\": -1}]}",
                "t.json:5:28: /scheduler/typical/0/cpus: expected a number of CPUs from 0 to "
                "10000\n");
    expect_says("\"scheduler\": {\"typical\": {}}",
                "t.json:5:15: /scheduler/typical: found {}, expected an array\n");
    expect_says("\"scheduler\": {\"decision_time\": {\"per_apps\": \"1s\"}}",
                "t.json:5:33: /scheduler/decision_time/per_apps: unknown key \"per_apps\" (did "
                "you mean \"per_app\"?)\n");
}
