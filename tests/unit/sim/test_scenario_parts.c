/*
 * tests/unit/sim/test_scenario_parts.c
 *
 * Goal:   every mistake in a part of a scenario is one line with its exact place.
 * Method: a small right scenario is the frame; each line breaks or adds one thing.
 */
#include "tests/unit/sim/scenario_files.h"

TestSuite(scenario_parts, .init = files_setup, .fini = files_teardown);

Test(scenario_parts, what_comes_later_is_refused_in_those_words)
{
    expect_says("\"jobs\": [{}], \"packages\": [{}]",
                "t.json:5:1: /jobs: jobs come later, expected none\n"
                "t.json:5:15: /packages: packages come later, expected none\n");
    expect_says("\"jobs\": [], \"packages\": []", "");
}

Test(scenario_parts, clusters_are_checked)
{
    files_add("t.json", HEAD "\"cluster\": {\"zones\": [\"a\", \"a\"], \"groups\": {\n"
                             "\"p q\": {\"type\": \"m5.large\", \"min\": 5, \"max\": 2},\n"
                             "\"q\": {\"type\": \"m5.large\", \"min\": 200000}}}" TAIL);
    cr_expect(eq(ptr, (void *)files_read("t.json"), NULL));
    cr_expect(eq(str, files_said(),
                 "t.json:3:28: /cluster/zones/1: zone \"a\" stands here twice, expected it once\n"
                 "t.json:3:34: /cluster/groups: the groups may have 200002 machines in all, "
                 "expected "
                 "at most 200000\n"
                 "t.json:4:1: /cluster/groups/p q: found the name \"p q\", expected 1 to 47 "
                 "letters, "
                 "digits, \"-\", \"_\" or \".\"\n"
                 "t.json:4:39: /cluster/groups/p q/max: found 2, which is less than \"min\", "
                 "expected "
                 "at least 5\n"));
}

Test(scenario_parts, images_may_be_like_others_but_not_like_themselves)
{
    expect_says("\"images\": {\"a\": {\"like\": \"b\"}, \"b\": {\"like\": \"a\"}}",
                "t.json:5:18: /images/a/like: too long a chain, or one that comes back to itself, "
                "expected "
                "at most 8 steps\n"
                "t.json:5:38: /images/b/like: too long a chain, or one that comes back to itself, "
                "expected "
                "at most 8 steps\n");
    expect_says("\"images\": {\"a\": {\"like\": \"c\"}}",
                "t.json:5:18: /images/a/like: no image \"c\" in \"images\", expected one that "
                "stands "
                "there\n");
    expect_says("\"images\": {\"a\": {\"errors\": \"5\"}, \"b\": {\"like\": \"a\"}}",
                "t.json:5:18: /images/a/errors: found \"5\", expected a percentage, such as "
                "\"30%\" or "
                "\"0.5%\"\n");
}

Test(scenario_parts, traffic_must_go_somewhere_and_lie_inside)
{
    expect_says("\"traffic\": [{\"to\": \"nobody.example.com\", \"rate\": \"1/s\"}]",
                "t.json:5:14: /traffic/0/to: no app serves \"nobody.example.com\", expected a "
                "host that a "
                "label HAPROXY_n_VHOST names, or the id of an app\n");
    expect_says("\"traffic\": [{\"to\": \"www.example.com\", \"rate\": \"1/s\", \"from\": "
                "\"20m\"}]",
                "t.json:5:54: /traffic/0/from: lies after the end of the scenario, expected at "
                "most its "
                "\"duration\"\n");
    expect_says("\"traffic\": [{\"to\": \"www.example.com\", \"rate\": \"1/s\", \"from\": \"5m\", "
                "\"until\": "
                "\"4m\"}]",
                "t.json:5:68: /traffic/0/until: is not after \"from\", expected a later instant\n");
    expect_says("\"traffic\": [{\"to\": \"new.example.com\", \"rate\": \"1/s\"}], \"timeline\": "
                "[{\"at\": "
                "\"1m\", \"do\": \"deploy\", \"app\": \"/web\", \"set\": {\"labels\": "
                "{\"HAPROXY_1_VHOST\": "
                "\"new.example.com\"}}}]",
                "");
}

Test(scenario_parts, steps_must_lie_inside_the_scenario)
{
    expect_says("\"timeline\": [{\"at\": \"10m\", \"do\": \"restart-master\"}]",
                "t.json:5:15: /timeline/0/at: lies at or after the end of the scenario, expected "
                "an "
                "instant "
                "before it\n");
    expect_says("\"timeline\": [{\"at\": \"9m\", \"do\": \"fail-zone\", \"zone\": \"a\", \"for\": "
                "\"2m\"}]",
                "t.json:5:59: /timeline/0/for: lasts beyond the end of the scenario, expected to "
                "be "
                "over by "
                "then\n");
}

Test(scenario_parts, steps_must_pick_what_can_exist)
{
    expect_says("\"timeline\": [{\"at\": \"1m\", \"do\": \"kill-node\"}]",
                "t.json:5:14: /timeline/0: nothing is picked, expected either \"node\" or "
                "\"target\"\n");
    expect_says("\"timeline\": [{\"at\": \"1m\", \"do\": \"kill-node\", \"node\": \"private-4\"}]",
                "t.json:5:46: /timeline/0/node: no node \"private-4\", expected the name of a "
                "group and a "
                "number, such as \"private-1\"\n");
    expect_says("\"timeline\": [{\"at\": \"1m\", \"do\": \"kill-node\", \"target\": \"some\"}]",
                "t.json:5:46: /timeline/0/target: found \"some\", expected \"one\", \"minority\", "
                "\"majority\", \"all\", a number of 1 or more, or a percentage such as \"30%\"\n");
    expect_says("\"timeline\": [{\"at\": \"1m\", \"do\": \"kill-node\", \"target\": 0}]",
                "t.json:5:46: /timeline/0/target: found 0, expected \"one\", \"minority\", "
                "\"majority\", "
                "\"all\", a number of 1 or more, or a percentage such as \"30%\"\n");
    expect_says("\"timeline\": [{\"at\": \"1m\", \"do\": \"kill-node\", \"target\": \"all\", "
                "\"zone\": "
                "\"c\"}]",
                "t.json:5:63: /timeline/0/zone: no zone \"c\", expected one of cluster.zones\n");
    expect_says("\"timeline\": [{\"at\": \"1m\", \"do\": \"kill-task\", \"target\": \"one\", "
                "\"for\": "
                "\"1m\"}]",
                "t.json:5:63: /timeline/0/for: unknown key \"for\", expected \"at\", \"do\", "
                "\"about\", "
                "\"app\", \"node\", \"target\", \"zone\", \"hosting\" or \"may_be_empty\"\n");
    expect_says("\"timeline\": [{\"at\": \"1m\", \"do\": \"scale\", \"app\": \"/wbe\", "
                "\"instances\": 2}]",
                "t.json:5:42: /timeline/0/app: no app \"/wbe\" in this scenario, expected the id "
                "of one "
                "of "
                "its apps (did you mean \"/web\"?)\n");
}

Test(scenario_parts, what_a_deploy_sets_is_read_as_the_platform_will)
{
    cr_expect(ne(str,
                 said_of("\"timeline\": [{\"at\": \"1m\", \"do\": \"deploy\", \"app\": \"/web\", "
                         "\"set\": {\"instances\": \"two\"}}]"),
                 ""));
    const struct diag *diag = vec_at(&files_diags.items, 0);
    cr_expect(eq(str, (char *)diag->pointer, "/timeline/0/set/instances"));
    cr_expect(eq(u32, diag->line, 5));
    expect_says("\"timeline\": [{\"at\": \"1m\", \"do\": \"deploy\", \"app\": \"/web\", \"set\": "
                "{\"cpus\": "
                "64}}]",
                "t.json:5:58: warning: /timeline/0/set: /web fits on no node of the cluster and "
                "will "
                "wait: "
                "it wants 64.000 cpus, 64MiB of memory and 0 gpus\n");
}

Test(scenario_parts, apps_come_from_files_beside_the_scenario)
{
    files_add("s/t.json", HEAD CLUSTER ",\n\"apps\": [{\"file\": \"apps/one.json\", \"set\": "
                                       "{\"instances\": 4}}, {\"file\": \"../two.json\"}]" TAIL);
    files_add("s/apps/one.json", "// one\n{\"id\": \"/one\", \"cmd\": \"x\"}");
    files_add("two.json", "[{\"id\": \"/two\", \"cmd\": \"x\"}, {\"id\": \"/three\", \"cmd\": "
                          "\"x\"}]");
    const struct scenario *scenario = files_read("s/t.json");
    cr_assert(eq(str, files_said(), ""));
    cr_assert(eq(u32, scenario->apps_count, 3));
    cr_expect(eq(str, (char *)scenario->apps[0]->id, "/one"));
    cr_expect(eq(u32, scenario->apps[0]->instances, 4));
    cr_expect(eq(str, (char *)scenario->apps[2]->id, "/three"));
}

Test(scenario_parts, mistakes_of_apps_stand_where_the_apps_do)
{
    files_add("t.json", HEAD CLUSTER ",\n\"apps\": [{\"file\": \"no.json\"}, {\"file\": "
                                     "\"bad.json\"},\n"
                                     "{\"id\": \"/x\", \"cmd\": 5}]" TAIL);
    files_add("bad.json", "{\"id\": \"/web\",\n \"cmd\": 5}");
    cr_expect(eq(ptr, (void *)files_read("t.json"), NULL));
    cr_assert(eq(u32, files_diags.items.count, 3));
    const struct diag *missing = vec_at(&files_diags.items, 0);
    const struct diag *inline_app = vec_at(&files_diags.items, 1);
    const struct diag *in_file = vec_at(&files_diags.items, 2);
    cr_expect(eq(str, (char *)missing->text, "no.json: no such file, expected a JSON file"));
    cr_expect(eq(str, (char *)missing->pointer, "/apps/0/file"));
    cr_expect(eq(str, (char *)in_file->file, "bad.json"));
    cr_expect(eq(u32, in_file->line, 2));
    cr_expect(eq(str, (char *)inline_app->pointer, "/apps/2/cmd"));
    cr_expect(eq(u32, inline_app->line, 5));
}

Test(scenario_parts, ids_of_apps_must_differ)
{
    files_add("t.json", HEAD CLUSTER ",\n\"apps\": [" WEB ",\n{\"file\": \"web.json\"}]" TAIL);
    files_add("web.json", WEB);
    cr_expect(eq(ptr, (void *)files_read("t.json"), NULL));
    cr_expect(eq(str, files_said(),
                 "t.json:5:1: /apps/1: the app id \"/web\" is used twice, first at /apps/0, "
                 "expected "
                 "different ids\n"));
}

Test(scenario_parts, an_app_that_fits_nowhere_is_a_warning)
{
    files_add("t.json", HEAD CLUSTER ",\n\"apps\": [{\"id\": \"/fat\", \"cmd\": \"x\", \"mem\": "
                                     "9000},\n"
                                     "{\"id\": \"/far\", \"cmd\": \"x\", "
                                     "\"acceptedResourceRoles\": "
                                     "[\"gold\"]}]" TAIL);
    cr_expect(ne(ptr, (void *)files_read("t.json"), NULL));
    cr_expect(eq(str, files_said(),
                 "t.json:4:10: warning: /apps/0: /fat fits on no node of the cluster and will "
                 "wait: "
                 "it wants 1.000 cpus, 9000MiB of memory and 0 gpus\n"
                 "t.json:5:1: warning: /apps/1: /far fits on no node of the cluster and will "
                 "wait: no "
                 "group has the role \"gold\"\n"));
}

Test(scenario_parts, plants_and_what_they_break_belong_together)
{
    expect_says("\"plant\": \"proxy-ignores-drain\", \"expect\": [{\"violates\": "
                "\"no-request-after-drain\"}]", "");
    cr_expect(eq(str, (char *)files_open[0]->violates, "no-request-after-drain"));
    expect_says("\"plant\": \"proxy-ignores-drain\"",
                "t.json:5:1: /plant: nothing says what the planted bug breaks, expected "
                "{\"violates\": "
                "...} in \"expect\"\n");
    expect_says("\"expect\": [{\"violates\": \"no-request-after-drian\"}]",
                "t.json:5:13: /expect/0/violates: unknown invariant \"no-request-after-drian\" "
                "(did you "
                "mean \"no-request-after-drain\"?), expected the id of a standing one\n"
                "t.json:5:13: /expect/0/violates: nothing is planted that could break it, expected "
                "\"plant\"\n");
    expect_says("\"plant\": \"proxy-ignores-drian\", \"expect\": []",
                "t.json:5:1: /plant: unknown bug \"proxy-ignores-drian\" (did you mean "
                "\"proxy-ignores-drain\"?), expected one of fakes/plants/\n");
}

Test(scenario_parts, expectations_are_checked)
{
    cr_expect(ne(str, said_of("\"expect\": [{\"allways\": \"healthy\"}]"), ""));
    const struct diag *diag = vec_at(&files_diags.items, 0);
    cr_expect(ne(ptr, (void *)strstr(diag->text, "(did you mean \"always\"?)"), NULL), "%s",
              diag->text);
    expect_says("\"expect\": [{\"always\": \"helthy\", \"app\": \"/web\"}]",
                "t.json:5:13: /expect/0/always: found \"helthy\", expected \"healthy\", "
                "\"running\", "
                "\"pending\", \"unplaced\", \"present\", \"failed\", \"nodes\" or \"deployments\" "
                "(did "
                "you "
                "mean \"healthy\"?)\n");
    cr_expect(ne(str, said_of("\"expect\": [{\"always\": \"healthy\", \"never\": \"healthy\"}]"),
                 ""));
    cr_expect(ne(str, said_of("\"expect\": [{\"always\": \"healthy\", \"app\": \"/no\"}]"), ""));
    cr_expect(ne(str, said_of("\"expect\": [{\"slo\": \"errors\", \"to\": \"x\", \"at_most\": 0}]"),
                 ""));
}

Test(scenario_parts, faults_are_checked)
{
    expect_says("\"faults\": {\"kinds\": [\"kill-nod\"]}",
                "t.json:5:22: /faults/kinds/0: found \"kill-nod\", expected \"kill-task\", "
                "\"kill-node\", "
                "\"restart-agent\", \"restart-master\" or \"partition\" (did you mean "
                "\"kill-node\"?)\n");
    expect_says("\"faults\": {\"from\": \"5m\", \"until\": \"4m\"}",
                "t.json:5:26: /faults/until: is not after \"from\", expected a later instant\n");
    expect_says("\"faults\": {\"until\": \"11m\"}",
                "t.json:5:12: /faults/until: lies after the end of the scenario, expected at most "
                "its "
                "\"duration\"\n");
    expect_says("\"faults\": {\"kinds\": []}",
                "t.json:5:12: /faults/kinds: no kind is left, expected at least one\n");
}
