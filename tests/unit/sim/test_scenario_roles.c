/*
 * tests/unit/sim/test_scenario_roles.c
 *
 * Goal:   roles become weights, guarantees and limits with none where nothing is said; what makes
 *         no sense is refused where it stands, and what the cluster cannot keep is warned of.
 * Method: a small right scenario of three machines with one line added.
 */
#include "tests/unit/sim/scenario_files.h"

TestSuite(scenario_roles, .init = files_setup, .fini = files_teardown);

#define ROLE(text) "\"scheduler\": {\"roles\": {\"r\": " text "}}"

Test(scenario_roles, say_what_they_have_of_each_resource)
{
    cr_assert(eq(str,
                 said_of("\"scheduler\": {\"preemption\": true, \"roles\": {"
                         "\"a\": {\"weight\": 2.5, \"guarantee\": {\"cpus\": 1.5, \"mem\": "
                         "\"2GiB\"}, \"limit\": {\"cpus\": 3, \"disk\": \"0B\", \"gpus\": 0.5}}, "
                         "\"b\": {}}}"),
                 ""));
    const struct master_config *master = &files_open[0]->master;
    cr_expect(master->preempts);
    cr_assert(eq(u32, master->roles_count, 2));
    const struct scheduler_role *a = &master->roles[0];
    cr_expect_str_eq(a->name, "a");
    cr_expect(eq(i64, a->weight_milli, 2500));
    cr_expect(eq(i64, a->guarantee.of[AMOUNT_CPU], 1500));
    cr_expect(eq(i64, a->guarantee.of[AMOUNT_MEMORY], MIB(2048)));
    cr_expect(eq(i64, a->guarantee.of[AMOUNT_GPU], 0));
    cr_expect(eq(i64, a->limit.of[AMOUNT_CPU], 3000));
    cr_expect(eq(i64, a->limit.of[AMOUNT_MEMORY], AMOUNT_NO_LIMIT));
    cr_expect(eq(i64, a->limit.of[AMOUNT_DISK], 0));
    cr_expect(eq(i64, a->limit.of[AMOUNT_GPU], 500));
    const struct scheduler_role *b = &master->roles[1];
    cr_expect(eq(i64, b->weight_milli, 1000));
    cr_expect(eq(i64, b->guarantee.of[AMOUNT_CPU], 0));
    cr_expect(eq(i64, b->limit.of[AMOUNT_CPU], AMOUNT_NO_LIMIT));
}

Test(scenario_roles, are_not_there_when_nobody_speaks_of_them)
{
    cr_assert(eq(str, said_of("\"scheduler\": {}"), ""));
    cr_expect(eq(u32, files_open[0]->master.roles_count, 0));
    cr_expect(not(files_open[0]->master.preempts));
}

Test(scenario_roles, are_refused_where_they_make_no_sense)
{
    expect_says(ROLE("{\"weight\": -1}"),
                "t.json:5:31: /scheduler/roles/r/weight: found -1, expected a weight from 0.001 to "
                "1000000\n");
    expect_says(ROLE("{\"weight\": 0}"),
                "t.json:5:31: /scheduler/roles/r/weight: found 0, expected a weight from 0.001 to "
                "1000000\n");
    expect_says(ROLE("{\"guarantee\": {\"cpu\": 1}}"),
                "t.json:5:45: /scheduler/roles/r/guarantee/cpu: unknown key \"cpu\" (did you mean "
                "\"cpus\"?)\n");
    expect_says(ROLE("{\"limit\": {\"cpus\": -1}}"),
                "t.json:5:41: /scheduler/roles/r/limit/cpus: found -1, expected a number from 0 to "
                "1000000000\n");
    expect_says(ROLE("{\"guarantee\": {\"cpus\": 2}, \"limit\": {\"cpus\": 1}}"),
                "t.json:5:45: /scheduler/roles/r/guarantee/cpus: is above the limit of the role, "
                "expected at most that\n");
    expect_says("\"scheduler\": {\"preemption\": \"yes\"}",
                "t.json:5:15: /scheduler/preemption: found \"yes\", expected true or false\n");
}

Test(scenario_roles, are_warned_of_when_the_machines_have_less_than_is_guaranteed)
{
    /* four machines of two processors */
    expect_says(ROLE("{\"guarantee\": {\"cpus\": 8}}"), "");
    expect_says("\"scheduler\": {\"roles\": {\"a\": {\"guarantee\": {\"cpus\": 3}}, "
                "\"b\": {\"guarantee\": {\"cpus\": 6}}}}",
                "t.json:5:15: warning: /scheduler/roles: the guarantees add up to 9 cpus, and the "
                "machines have 8: not all of them can be kept\n");
}
