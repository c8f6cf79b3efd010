/*
 * tests/unit/sim/test_scenario_strategies.c
 *
 * Goal:   a mistake in the strategy of a deploy step, or in what is said to a deployment, is one
 *         line with its exact place, and all are said at once.
 * Method: a small right scenario is the frame; each line adds one step.
 */
#include "tests/unit/sim/scenario_files.h"

TestSuite(scenario_strategies, .init = files_setup, .fini = files_teardown);

#define DEPLOY(strategy)                                                                           \
    "\"timeline\": [{\"at\": \"1m\", \"do\": \"deploy\", \"app\": \"/web\",\n"                     \
    "\"strategy\": " strategy "}]"
#define IN "/timeline/0/strategy"

Test(scenario_strategies, right_ones_are_taken)
{
    expect_says(DEPLOY("\"rolling\""), "");
    expect_says(DEPLOY("{\"rolling\": {\"batch\": 2}}"), "");
    expect_says(DEPLOY("{\"blue-green\": {\"hybrid\": 1}}"), "");
    expect_says(DEPLOY("{\"ab\": {\"header\": \"x-beta\", \"value\": \"1\", \"pause\": "
                "true}}"), "");
    expect_says(DEPLOY("{\"canary\": {\"steps\": [{\"weight\": 5, \"hold\": \"1m\"}, {\"weight\": "
                "50}]}}"),
                "");
}

Test(scenario_strategies, weights_rise_and_end_at_all)
{
    expect_says(DEPLOY("{\"canary\": {\"steps\": [{\"weight\": 50}, {\"weight\": 10}, "
                "{\"weight\": 101}]}}"),
                "t.json:6:52: " IN "/canary/steps/1/weight: is lower than the step's before, "
                "expected "
                "weights in rising order\n"
                "t.json:6:68: " IN "/canary/steps/2/weight: found 101, expected 0% to 100%\n");
}

Test(scenario_strategies, metrics_are_known)
{
    expect_says(DEPLOY("{\"blue-green\": {\"analysis\": [{\"metric\": \"eror_rate\", "
                "\"at_most\": \"1%\"}]}}"),
                "t.json:6:43: " IN "/blue-green/analysis/0/metric: found \"eror_rate\", expected a "
                "metric: error_rate, latency, requests, restarts, journal; the nearest is "
                "error_rate\n");
}

Test(scenario_strategies, holds_end_before_the_deadline)
{
    expect_says(DEPLOY("{\"canary\": {\"progress_deadline\": \"1m\", \"steps\": [{\"weight\": 5, "
                "\"hold\": \"2m\"}]}}"),
                "t.json:6:76: " IN "/canary/steps/0/hold: lasts past progress_deadline: the "
                "deployment "
                "would fail while it waits\n");
}

Test(scenario_strategies, the_app_must_be_there)
{
    expect_says("\"timeline\": [{\"at\": \"1m\", \"do\": \"deploy\", \"app\": \"/wep\", "
                "\"strategy\": "
                "\"roling\"}]",
                "t.json:5:43: /timeline/0/app: no app \"/wep\" in this scenario, expected the id "
                "of one "
                "of its apps (did you mean \"/web\"?)\n"
                "t.json:5:58: /timeline/0/strategy: found \"roling\", expected a strategy: "
                "rolling, "
                "recreate, canary, blue-green, ab; the nearest is rolling\n");
    expect_says("\"timeline\": [{\"at\": \"1m\", \"do\": \"deploy\", \"app\": \"/new\", \"set\": "
                "{\"id\": "
                "\"/new\", \"cmd\": \"x\"}, \"strategy\": \"blue-green\"}]",
                "t.json:5:93: warning: /timeline/0/strategy: has no effect: /new does not exist "
                "before "
                "this step, so there is no version to come from\n");
}

Test(scenario_strategies, a_second_deploy_of_a_new_app_may_have_one)
{
    expect_says("\"timeline\": [{\"at\": \"1m\", \"do\": \"deploy\", \"app\": \"/new\", \"set\": "
                "{\"id\": "
                "\"/new\", \"cmd\": \"x\"}}, {\"at\": \"2m\", \"do\": \"deploy\", \"app\": "
                "\"/new\", "
                "\"set\": {\"cmd\": \"y\"}, \"strategy\": \"blue-green\"}]",
                "");
}

Test(scenario_strategies, what_is_said_to_deployments_is_checked)
{
    expect_says("\"timeline\": [{\"at\": \"1m\", \"do\": \"roll-back\", \"app\": \"/web\", "
                "\"to\": 0}]",
                "t.json:5:61: /timeline/0/to: found 0, expected the number of a version, 1 or "
                "more, or "
                "\"previous\"\n");
    expect_says("\"timeline\": [{\"at\": \"1m\", \"do\": \"pause\", \"app\": \"/nope\"}]",
                "t.json:5:42: /timeline/0/app: no app \"/nope\" in this scenario, expected the id "
                "of one "
                "of its apps\n");
    expect_says("\"timeline\": [{\"at\": \"1m\", \"do\": \"abort\", \"app\": \"/web\", \"full\": "
                "true}]",
                "t.json:5:57: /timeline/0/full: unknown key \"full\", expected \"at\", \"do\", "
                "\"about\", \"app\" or \"may_fail\"\n");
    expect_says("\"timeline\": [{\"at\": \"1m\", \"do\": \"promote\", \"app\": \"/web\", "
                "\"full\": true},"
                " {\"at\": \"2m\", \"do\": \"roll-back\", \"app\": \"/web\", \"to\": \"previous\"},"
                " {\"at\": \"3m\", \"do\": \"roll-back\", \"app\": \"/web\", \"to\": 1},"
                " {\"at\": \"4m\", \"do\": \"restart\", \"app\": \"/web\", \"may_fail\": true}]",
                "");
}
