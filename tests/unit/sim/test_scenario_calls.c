/*
 * tests/unit/sim/test_scenario_calls.c
 *
 * Goal:   the calls of images and what they need of a cluster are read as they stand, and every
 *         mistake is one line with its place.
 * Method: a small right scenario is the frame; each line breaks or adds one thing.
 */
#include "tests/unit/sim/scenario_files.h"

TestSuite(scenario_calls, .init = files_setup, .fini = files_teardown);

/* The image "a" of the frame with these calls. */
static const struct scenario *
read_with(const char *line)
{
    files_add("good.json", arena_printf(&files_arena, HEAD "%s" CLUSTER TAIL, line));
    const struct scenario *scenario = files_read("good.json");
    cr_assert(ne(ptr, (void *)scenario, NULL), "%s", files_said());
    return scenario;
}

Test(scenario_calls, are_read_as_they_stand)
{
    const struct scenario *scenario = read_with(
        "\"images\": {\"a\": {\"deadlines\": true, \"calls\": [ {\"to\": \"/b\"}, {\"all\": ["
        "{\"to\": \"/b\", \"path\": \"/u\", \"timeout\": \"200ms\", \"retries\": 2, \"budget\": "
        "\"20%\", \"min_retries\": \"10/s\", \"probability\": \"50%\", \"optional\": true},"
        "{\"to\": \"/c\"}]}]}},"
        "\"apps\": [{\"id\": \"/b\", \"cmd\": \"x\"}, {\"id\": \"/c\", \"cmd\": \"x\"}],");
    const struct behavior *behavior = &scenario->behaviors[0];
    cr_assert(eq(u32, behavior->stages_count, 2));
    cr_expect(behavior->heeds_deadlines);
    cr_assert(eq(u32, behavior->stages[0].calls_count, 1));
    cr_assert(eq(u32, behavior->stages[1].calls_count, 2));
    const struct behavior_call *plain = &behavior->stages[0].calls[0];
    cr_expect(eq(str, (char *)plain->to, "/b"));
    cr_expect(eq(str, (char *)plain->path, "/"));
    cr_expect(eq(u32, plain->probability_ppm, PPM));
    cr_expect(eq(i64, plain->timeout_ns, 0));
    cr_expect(eq(u32, plain->retries, 0));
    cr_expect(eq(u32, plain->budget_ppm, 0));
    cr_expect_not(plain->optional);
    const struct behavior_call *full = &behavior->stages[1].calls[0];
    cr_expect(eq(str, (char *)full->path, "/u"));
    cr_expect(eq(i64, full->timeout_ns, MS(200)));
    cr_expect(eq(u32, full->retries, 2));
    cr_expect(eq(u32, full->budget_ppm, 200000));
    cr_expect(eq(u32, full->budget_min_per_s, 10));
    cr_expect(eq(u32, full->probability_ppm, 500000));
    cr_expect(full->optional);
    cr_expect(eq(str, (char *)behavior->stages[1].calls[1].to, "/c"));
    cr_expect(scenario->master.mesh, "an image calls: every machine gets a proxy");
}

Test(scenario_calls, come_along_with_like_unless_others_stand_there)
{
    const struct scenario *scenario =
        read_with("\"images\": {\"a\": {\"calls\": [{\"to\": \"/b\"}]}, \"x\": {\"like\": \"a\"}, "
                  "\"y\": {\"like\": \"a\", \"calls\": []}},"
                  "\"apps\": [{\"id\": \"/b\", \"cmd\": \"x\"}],");
    cr_assert(eq(u32, scenario->behaviors_count, 3));
    cr_expect(eq(u32, scenario->behaviors[1].stages_count, 1));
    cr_expect(eq(u32, scenario->behaviors[2].stages_count, 0));
}

Test(scenario_calls, are_checked_one_by_one)
{
    expect_says("\"images\": {\"a\": {\"calls\": [{\"to\": \"/nobody\"}]}}",
                "t.json:5:29: /images/a/calls/0/to: no app serves \"/nobody\", expected the id of "
                "an app, "
                "such as \"/web\", its name inside, such as \"web.marathon.mesos\", or its virtual "
                "host\n");
    expect_says("\"images\": {\"a\": {\"calls\": [{\"all\": [{\"to\": \"/nobody\"}]}]}}",
                "t.json:5:38: /images/a/calls/0/all/0/to: no app serves \"/nobody\", expected the "
                "id of "
                "an app, such as \"/web\", its name inside, such as \"web.marathon.mesos\", or its "
                "virtual host\n");
    expect_says("\"images\": {\"a\": {\"calls\": [{\"to\": \"web.marathon.mesos\"}]}}", "");
    expect_says("\"images\": {\"a\": {\"calls\": [{\"to\": \"www.example.com\", \"path\": "
                "\"u\"}]}}",
                "t.json:5:54: /images/a/calls/0/path: does not begin with /, expected a path that "
                "does\n");
    expect_says("\"images\": {\"a\": {\"calls\": [{\"path\": \"/u\"}]}}",
                "t.json:5:28: /images/a/calls/0: \"to\" is missing, expected a text\n");
    expect_says("\"images\": {\"a\": {\"calls\": {\"to\": \"/b\"}}}",
                "t.json:5:18: /images/a/calls: found {\"to\":\"/b\"}, expected an array\n");
    expect_says("\"images\": {\"a\": {\"calls\": [{\"all\": []}]}}",
                "t.json:5:29: /images/a/calls/0/all: is empty, expected at least one call\n");
    expect_says("\"images\": {\"a\": {\"calls\": [{\"to\": \"www.example.com\", \"retries\": 1, "
                "\"budget\": \"20%\", \"min_retries\": \"30/m\"}]}}",
                "t.json:5:85: /images/a/calls/0/min_retries: is no whole number a second, "
                "expected such "
                "as \"10/s\"\n");
    expect_says("\"images\": {\"a\": {\"calls\": [{\"to\": \"www.example.com\", \"retries\": 1, "
                "\"min_retries\": \"3/s\"}]}}",
                "t.json:5:68: /images/a/calls/0/min_retries: means nothing without \"budget\", "
                "expected "
                "both\n");
    expect_says("\"images\": {\"a\": {\"calls\": [{\"to\": \"www.example.com\", \"budget\": "
                "\"20%\"}]}}",
                "t.json:5:54: /images/a/calls/0/budget: means nothing without \"retries\", "
                "expected "
                "both\n");
}

Test(scenario_calls, in_a_circle_need_a_way_out)
{
    static const char text[] =
        "\"images\": {\"i\": {\"calls\": [{\"to\": \"/b\"}]}, "
        "\"j\": {\"calls\": [{\"to\": \"/a\"%s}]}}, "
        "\"apps\": [{\"id\": \"/a\", \"container\": {\"docker\": {\"image\": \"i\"}}}, "
        "{\"id\": \"/b\", \"container\": {\"docker\": {\"image\": \"j\"}}}]";
    files_add("t.json", arena_printf(&files_arena, HEAD "%s," CLUSTER TAIL,
                                     arena_printf(&files_arena, text, "")));
    cr_expect(eq(ptr, (void *)files_read("t.json"), NULL));
    cr_expect(ne(ptr,
                 strstr(files_said(), "/images/i/calls: the calls of \"i\" always come back to it, "
                                      "so that no request would ever be answered, expected a "
                                      "\"probability\" below 100% on the way\n"),
                 NULL),
              "%s", files_said());
    (void)read_with(arena_printf(
        &files_arena, "%s,", arena_printf(&files_arena, text, ", \"probability\": \"99%\"")));
}

Test(scenario_calls, need_a_mesh_that_is_not_denied)
{
    static const char image[] = "\"images\": {\"a\": {\"calls\": [{\"to\": \"/b\"}]}}, \"apps\": "
                                "[{\"id\": \"/b\", \"cmd\": \"x\"}], ";
    static const char groups[] = "\"groups\": {\"g\": {\"type\": \"m5.large\", \"min\": 1}}}";
    files_add("t.json", arena_printf(&files_arena, HEAD "%s\"cluster\": {\"mesh\": false, %s" TAIL,
                                     image, groups));
    cr_expect(eq(ptr, (void *)files_read("t.json"), NULL));
    cr_expect(ne(ptr,
                 strstr(files_said(), "/cluster/mesh: is false, and \"a\" could call nobody, "
                                      "expected true\n"),
                 NULL),
              "%s", files_said());
    cr_expect_not(read_with("")->master.mesh, "nobody calls");
    files_add("mesh.json",
              arena_printf(&files_arena, HEAD "\"cluster\": {\"mesh\": true, %s" TAIL, groups));
    cr_expect(files_read("mesh.json")->master.mesh);
}

Test(scenario_calls, cross_hops_of_the_length_that_is_asked_for)
{
    static const char groups[] = "\"groups\": {\"g\": {\"type\": \"m5.large\", \"min\": 1}}}";
    cr_expect(eq(i64, read_with("")->hop_ns, US(200)));
    files_add("zero.json",
              arena_printf(&files_arena, HEAD "\"cluster\": {\"hop\": \"0s\", %s" TAIL, groups));
    cr_expect(eq(i64, files_read("zero.json")->hop_ns, 0));
    files_add("long.json",
              arena_printf(&files_arena, HEAD "\"cluster\": {\"hop\": \"2s\", %s" TAIL, groups));
    cr_expect(eq(ptr, (void *)files_read("long.json"), NULL));
}

Test(scenario_calls, let_agents_speak_as_often_as_is_asked_for)
{
    static const char groups[] = "\"groups\": {\"g\": {\"type\": \"m5.large\", \"min\": 1}}}";
    cr_expect(eq(i64, read_with("")->heartbeat_ns, SEC(15)));
    files_add("often.json", arena_printf(&files_arena,
                                         HEAD "\"cluster\": {\"heartbeat\": \"10s\", %s" TAIL,
                                         groups));
    cr_expect(eq(i64, files_read("often.json")->heartbeat_ns, SEC(10)));
    files_add("never.json", arena_printf(&files_arena,
                                         HEAD "\"cluster\": {\"heartbeat\": \"0s\", %s" TAIL,
                                         groups));
    cr_expect(eq(ptr, (void *)files_read("never.json"), NULL));
}

Test(scenario_calls, may_meet_tasks_that_are_slow_for_a_while)
{
    expect_says("\"timeline\": [{\"at\": \"1m\", \"do\": \"slow-task\", \"app\": \"/web\", "
                "\"target\": "
                "\"one\", \"factor\": 1, \"for\": \"1m\"}]",
                "t.json:5:78: /timeline/0/factor: slows nothing down, expected a number above 1 "
                "and at "
                "most 1000000\n");
    expect_says("\"timeline\": [{\"at\": \"1m\", \"do\": \"slow-task\", \"app\": \"/web\", "
                "\"target\": "
                "\"one\", \"factor\": 2.5, \"for\": \"1m\"}]", "");
}
