/*
 * tests/unit/sim/test_scenario.c
 *
 * Goal:   a scenario file becomes typed values with every default, and every mistake in it is one
 *         line with its exact place, all of them at once.
 * Method: files written out in the test, read through a sim_io that knows no others. A small right
 *         scenario is the frame; each test breaks or adds one thing.
 */
#include "tests/unit/sim/scenario_files.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>

#include "sim/actions.h"
#include "sim/expect.h"

TestSuite(scenario, .init = files_setup, .fini = files_teardown);

#define HEAD "{\n\"name\": \"t\", \"duration\": \"10m\",\n"
#define CLUSTER                                                                                    \
    "\"cluster\": {\"zones\": [\"a\", \"b\"], \"groups\": {\"private\": {\"type\": \"m5.large\", "   \
    "\"min\": 3}}}"
#define WEB                                                                                        \
    "{\"id\": \"/web\", \"cmd\": \"serve\", \"cpus\": 0.5, \"mem\": 64, \"labels\": "                \
    "{\"HAPROXY_GROUP\": \"external\", \"HAPROXY_0_VHOST\": \"web.example.com,www.example.com\"}}"
#define TAIL "\n}\n"

/* A right scenario with this line added: what is said of it, or "" when all is well. */
static char *
said_of(const char *line)
{
    files_count = 0;
    diag_list_fini(&files_diags);
    diag_list_init(&files_diags, &files_arena);
    files_add("t.json", arena_printf(&files_arena,
                                     HEAD CLUSTER ",\n\"apps\": [" WEB "],\n%s" TAIL, line));
    const struct scenario *scenario = files_read("t.json");
    cr_expect(eq(int, scenario == NULL, files_diags.errors_count > 0));
    return files_said();
}

static void
says(const char *line, const char *expected)
{
    cr_expect(eq(str, said_of(line), (char *)expected), "%s", line);
}

Test(scenario, the_smallest_file_gets_every_default)
{
    files_add("t.json", HEAD CLUSTER TAIL);
    const struct scenario *scenario = files_read("t.json");
    cr_assert(eq(str, files_said(), ""));
    cr_assert(ne(ptr, (void *)scenario, NULL));
    cr_expect(eq(str, (char *)scenario->file, "t.json"));
    cr_expect(eq(str, (char *)scenario->name, "t"));
    cr_expect(eq(str, (char *)scenario->about, ""));
    cr_expect(eq(u64, scenario->seed, 1));
    cr_expect(eq(i64, scenario->duration_ns, MIN(10)));
    cr_expect(eq(i64, scenario->settle_ns, MIN(10)));
    cr_expect(eq(i64, scenario->start_at_ns, SEC(1767225600)));
    cr_expect(not(scenario->wire_encoded));
    cr_expect(eq(ptr, (void *)scenario->plant, NULL));
    cr_expect(eq(str, (char *)scenario->region, "us-east-1"));
    cr_expect(eq(u32, scenario->masters, 1));
    cr_expect(eq(u32, scenario->zones_count, 2));
    cr_assert(eq(u32, scenario->groups_count, 1));
    cr_expect(eq(str, (char *)scenario->groups[0].role, "*"));
    cr_expect(eq(u32, scenario->groups[0].min, 3));
    cr_expect(eq(u32, scenario->groups[0].max, 3));
    cr_expect(eq(i64, scenario->groups[0].boot.a_ns, SEC(75)));
    cr_expect(eq(int, (int)scenario->master.policy, SCHEDULER_BEST_FIT));
    cr_expect(eq(i64, scenario->master.agent_timeout_ns, SEC(75)));
    cr_expect(not(scenario->faults.enabled));
}

Test(scenario, every_part_is_read)
{
    cr_assert(eq(str,
                 said_of("\"seed\": 7, \"settle\": \"1m\", \"start\": \"2026-02-01T00:00:00Z\",\n"
                         "\"wire\": \"encoded\", \"record\": {\"tasks\": 5},\n"
                         "\"scheduler\": {\"policy\": \"spread\", \"tie\": \"random\", "
                         "\"agent_timeout\": \"20s\", \"drain_timeout\": \"3s\"},\n"
                         "\"images\": {\"a:1\": {\"size\": \"10MB\", \"start\": \"2s\", "
                         "\"concurrency\": 3, \"queue\": 4, \"errors\": \"5%\", \"crash_after\": "
                         "\"1m\", \"exit_code\": 9}, \"b:1\": {\"like\": \"a:1\", \"start\": \"5s\", "
                         "\"missing\": true}},\n"
                         "\"traffic\": [{\"to\": \"www.example.com\", \"rate\": \"30/m\", "
                         "\"arrivals\": \"constant\", \"from\": \"1m\", \"path\": \"/x\"}],\n"
                         "\"faults\": {\"swarm\": true, \"until\": \"5m\", \"kinds\": "
                         "[\"kill-node\", \"partition\"]}"),
                 ""));
    const struct scenario *scenario = files_open[0];
    cr_expect(eq(u64, scenario->seed, 7));
    cr_expect(eq(i64, scenario->settle_ns, MIN(1)));
    cr_expect(scenario->wire_encoded);
    cr_expect(eq(u32, scenario->record_tasks_max, 5));
    cr_expect(eq(int, (int)scenario->master.policy, SCHEDULER_SPREAD));
    cr_expect(eq(int, (int)scenario->master.tie, TIE_RANDOM));
    cr_expect(eq(i64, scenario->master.agent_timeout_ns, SEC(20)));
    cr_expect(eq(i64, scenario->master.drain_timeout_ns, SEC(3)));
    cr_assert(eq(u32, scenario->behaviors_count, 2));
    const struct behavior *b = &scenario->behaviors[1];
    cr_expect(eq(str, (char *)b->image, "b:1"));
    cr_expect(eq(i64, b->size_bytes, 10000000));
    cr_expect(eq(i64, b->start.a_ns, SEC(5)));
    cr_expect(eq(u32, b->concurrency, 3));
    cr_expect(eq(u32, b->queue_max, 4));
    cr_expect(eq(u32, b->errors_ppm, 50000));
    cr_expect(b->crashes);
    cr_expect(eq(i64, b->lifetime.a_ns, MIN(1)));
    cr_expect(eq(i32, b->exit_code, 9));
    cr_expect(b->missing);
    cr_expect(not(scenario->behaviors[0].missing));
    cr_assert(eq(u32, scenario->traffic_count, 1));
    const struct scenario_traffic *traffic = &scenario->traffic[0];
    cr_expect(eq(i64, traffic->rate_microhertz, 500000));
    cr_expect(eq(int, (int)traffic->arrivals, ARRIVALS_CONSTANT));
    cr_expect(eq(i64, traffic->until_at_ns, MIN(10)));
    cr_expect(eq(i64, traffic->measure_from_at_ns, MIN(1)));
    cr_expect(eq(i64, traffic->timeout_ns, SEC(10)));
    cr_expect(scenario->faults.enabled);
    cr_expect(eq(u32, scenario->faults.kinds,
                 (1U << FAULT_KILL_NODE) | (1U << FAULT_PARTITION)));
    cr_expect(eq(i64, scenario->faults.until_at_ns, MIN(5)));
    cr_assert(eq(u32, scenario->apps_count, 1));
    cr_expect(eq(str, (char *)scenario->apps[0]->id, "/web"));
}

Test(scenario, the_timeline_is_read_by_its_verbs_and_ordered_by_time)
{
    cr_expect(eq(str,
                 said_of("\"timeline\": [\n"
                         "{\"at\": \"2m\", \"do\": \"scale\", \"app\": \"/web\", \"instances\": 3},\n"
                         "{\"at\": \"1m\", \"do\": \"kill-node\", \"target\": \"30%\", \"zone\": "
                         "\"b\", \"hosting\": \"/web\", \"for\": \"90s\", \"may_be_empty\": true},\n"
                         "{\"at\": \"3m\", \"do\": \"kill-node\", \"node\": \"private-3\"}]"),
                 "t.json:7:2: warning: /timeline/1/at: stands after a later step; steps are taken in "
                 "the order of time\n"));
    const struct scenario *scenario = files_open[0];
    cr_assert(eq(u32, scenario->steps_count, 3));
    const struct scenario_step *kill = &scenario->steps[0];
    const struct selector      *selector = kill->data;
    cr_expect(eq(str, (char *)kill->action->verb, "kill-node"));
    cr_expect(eq(str, (char *)kill->pointer, "/timeline/1"));
    cr_expect(eq(i64, kill->at_ns, MIN(1)));
    cr_expect(eq(i64, kill->for_ns, SEC(90)));
    cr_expect(eq(int, (int)selector->kind, SELECT_PERCENT));
    cr_expect(eq(u32, selector->value, 300000));
    cr_expect(eq(str, (char *)selector->zone, "b"));
    cr_expect(eq(str, (char *)selector->hosting, "/web"));
    cr_expect(selector->may_be_empty);
    cr_expect(eq(str, (char *)scenario->steps[1].action->verb, "scale"));
    cr_expect(eq(int, (int)((const struct selector *)scenario->steps[2].data)->kind, SELECT_NAME));
}

Test(scenario, expectations_get_ids_of_their_own)
{
    cr_expect(eq(str,
                 said_of("\"traffic\": [{\"to\": \"/web\", \"rate\": \"1/s\"}],\n"
                         "\"expect\": [{\"always\": \"healthy\", \"app\": \"/web\"},\n"
                         "{\"always\": \"healthy\", \"app\": \"/web\", \"at_least\": 2},\n"
                         "{\"slo\": \"errors\", \"to\": \"/web\", \"at_most\": 0},\n"
                         "{\"sql\": \"SELECT count(*) FROM tasks\", \"equals\": 0, \"id\": \"q\", "
                         "\"about\": \"why\"}]"),
                 ""));
    const struct scenario *scenario = files_open[0];
    cr_assert(eq(u32, scenario->expects_count, 4));
    cr_expect(eq(str, (char *)scenario->expects[0].id, "always-healthy-web"));
    cr_expect(eq(str, (char *)scenario->expects[1].id, "always-healthy-web-2"));
    cr_expect(eq(str, (char *)scenario->expects[2].id, "slo-errors-web"));
    cr_expect(eq(str, (char *)scenario->expects[3].id, "q"));
    cr_expect(eq(str, (char *)scenario->expects[3].about, "why"));
}

Test(scenario, mistakes_of_the_whole_file_are_clear)
{
    static const char noise[] = "\x7f" "ELF\x01\x00\xff\xfe";
    files_add("empty.json", "");
    files_add("blank.json", " \n // nothing but this\n");
    files_add_bytes("noise.json", noise, sizeof noise - 1);
    files_add("array.json", "[]");
    files_add("cut.json", "{\n  \"name\": \"x\",\n");
    files_add("twice.json", "{\"name\": \"x\",\n\"name\": \"y\"}");
    static const char *const names[] = { "missing.json", "empty.json", "blank.json", "noise.json",
                                         "array.json", "cut.json", "twice.json" };
    for (uint32_t i = 0; i < COUNT_OF(names); i++) {
        cr_expect(eq(ptr, (void *)files_read(names[i]), NULL), "%s", names[i]);
    }
    cr_expect(eq(str, files_said(),
                 "missing.json: no such file, expected a JSON file\n"
                 "empty.json:1:1: the file is empty, expected a JSON object\n"
                 "blank.json:1:1: the file is empty, expected a JSON object\n"
                 "noise.json:1:1: not JSON: '[' or '{' expected near '?', expected a JSON object\n"
                 "array.json:1:1: found an array, expected a JSON object\n"
                 "cut.json:3:1: not JSON: string or '}' expected near end of file, expected a JSON "
                 "object\n"
                 "twice.json:2:6: not JSON: duplicate object key near '\"name\"', expected a JSON "
                 "object\n"));
}

Test(scenario, brackets_without_end_are_refused_before_they_are_parsed, .timeout = 10)
{
    const size_t big = (size_t)50 * 1024 * 1024;
    char        *brackets = arena_alloc(&files_arena, big);
    memset(brackets, '[', big);
    files_add_bytes("big.json", brackets, big);
    files_add_bytes("deep.json", brackets, 1000000);
    cr_expect(eq(ptr, (void *)files_read("big.json"), NULL));
    cr_expect(eq(ptr, (void *)files_read("deep.json"), NULL));
    cr_expect(eq(str, files_said(),
                 "big.json: cannot be read: it has 52428800 bytes, expected at most 8388608\n"
                 "deep.json:1:65: brackets are nested more than 64 deep, expected a scenario or an "
                 "app\n"));
}

Test(scenario, all_mistakes_are_said_at_once_and_in_the_order_of_the_file)
{
    files_add("t.json", "{\n"
                        "  \"nmae\": \"t\",\n"
                        "  \"duration\": \"-5m\",\n"
                        "  \"seed\": \"1\",\n"
                        "  \"cluster\": {\n"
                        "    \"masters\": 3,\n"
                        "    \"groups\": { \"p\": { \"type\": \"m5.larg\", \"min\": \"3\" } }\n"
                        "  },\n"
                        "  \"timeline\": [ { \"at\": \"5\", \"do\": \"kil-node\" } ]\n"
                        "}\n");
    cr_expect(eq(ptr, (void *)files_read("t.json"), NULL));
    cr_expect(eq(str, files_said(),
                 "t.json:1:1: \"name\" is missing, expected a text\n"
                 "t.json:2:3: /nmae: unknown key \"nmae\" (did you mean \"name\"?)\n"
                 "t.json:3:3: /duration: found \"-5m\", which is negative, expected 0 or more\n"
                 "t.json:4:3: /seed: found \"1\", expected a whole number, 0 or more, without quotes\n"
                 "t.json:6:5: /cluster/masters: found 3, but several masters come later, expected 1\n"
                 "t.json:7:24: /cluster/groups/p/type: unknown instance type \"m5.larg\" (did you "
                 "mean \"m5.large\"?)\n"
                 "t.json:7:43: /cluster/groups/p/min: found \"3\", expected a whole number from 0 to "
                 "200000\n"
                 "t.json:9:19: /timeline/0/at: found \"5\", expected a duration with a unit, such as "
                 "\"250ms\", \"5m\" or \"1h30m\"\n"
                 "t.json:9:30: /timeline/0/do: unknown verb \"kil-node\", expected \"deploy\", "
                 "\"fail-zone\", \"kill-node\", \"kill-task\", \"partition\", \"restart-agent\", "
                 "\"restart-master\", \"scale\" or \"set-traffic\" (did you mean \"kill-node\"?)\n"));
}

Test(scenario, what_comes_later_is_refused_in_those_words)
{
    says("\"jobs\": [{}], \"packages\": [{}]",
         "t.json:5:1: /jobs: jobs come later, expected none\n"
         "t.json:5:15: /packages: packages come later, expected none\n");
    says("\"jobs\": [], \"packages\": []", "");
}

Test(scenario, clusters_are_checked)
{
    files_add("t.json", HEAD "\"cluster\": {\"zones\": [\"a\", \"a\"], \"groups\": {\n"
                             "\"p q\": {\"type\": \"m5.large\", \"min\": 5, \"max\": 2},\n"
                             "\"q\": {\"type\": \"m5.large\", \"min\": 200000}}}" TAIL);
    cr_expect(eq(ptr, (void *)files_read("t.json"), NULL));
    cr_expect(eq(str, files_said(),
                 "t.json:3:28: /cluster/zones/1: zone \"a\" stands here twice, expected it once\n"
                 "t.json:3:34: /cluster/groups: the groups may have 200002 machines in all, expected "
                 "at most 200000\n"
                 "t.json:4:1: /cluster/groups/p q: found the name \"p q\", expected 1 to 47 letters, "
                 "digits, \"-\", \"_\" or \".\"\n"
                 "t.json:4:39: /cluster/groups/p q/max: found 2, which is less than \"min\", expected "
                 "at least 5\n"));
}

Test(scenario, images_may_be_like_others_but_not_like_themselves)
{
    says("\"images\": {\"a\": {\"like\": \"b\"}, \"b\": {\"like\": \"a\"}}",
         "t.json:5:18: /images/a/like: too long a chain, or one that comes back to itself, expected "
         "at most 8 steps\n"
         "t.json:5:38: /images/b/like: too long a chain, or one that comes back to itself, expected "
         "at most 8 steps\n");
    says("\"images\": {\"a\": {\"like\": \"c\"}}",
         "t.json:5:18: /images/a/like: no image \"c\" in \"images\", expected one that stands "
         "there\n");
    says("\"images\": {\"a\": {\"errors\": \"5\"}, \"b\": {\"like\": \"a\"}}",
         "t.json:5:18: /images/a/errors: found \"5\", expected a percentage, such as \"30%\" or "
         "\"0.5%\"\n");
}

Test(scenario, traffic_must_go_somewhere_and_lie_inside)
{
    says("\"traffic\": [{\"to\": \"nobody.example.com\", \"rate\": \"1/s\"}]",
         "t.json:5:14: /traffic/0/to: no app serves \"nobody.example.com\", expected a host that a "
         "label HAPROXY_n_VHOST names, or the id of an app\n");
    says("\"traffic\": [{\"to\": \"www.example.com\", \"rate\": \"1/s\", \"from\": \"20m\"}]",
         "t.json:5:54: /traffic/0/from: lies after the end of the scenario, expected at most its "
         "\"duration\"\n");
    says("\"traffic\": [{\"to\": \"www.example.com\", \"rate\": \"1/s\", \"from\": \"5m\", \"until\": "
         "\"4m\"}]",
         "t.json:5:68: /traffic/0/until: is not after \"from\", expected a later instant\n");
    says("\"traffic\": [{\"to\": \"new.example.com\", \"rate\": \"1/s\"}], \"timeline\": [{\"at\": "
         "\"1m\", \"do\": \"deploy\", \"app\": \"/web\", \"set\": {\"labels\": {\"HAPROXY_1_VHOST\": "
         "\"new.example.com\"}}}]",
         "");
}

Test(scenario, steps_must_lie_inside_the_scenario)
{
    says("\"timeline\": [{\"at\": \"10m\", \"do\": \"restart-master\"}]",
         "t.json:5:15: /timeline/0/at: lies at or after the end of the scenario, expected an instant "
         "before it\n");
    says("\"timeline\": [{\"at\": \"9m\", \"do\": \"fail-zone\", \"zone\": \"a\", \"for\": \"2m\"}]",
         "t.json:5:59: /timeline/0/for: lasts beyond the end of the scenario, expected to be over by "
         "then\n");
}

Test(scenario, steps_must_pick_what_can_exist)
{
    says("\"timeline\": [{\"at\": \"1m\", \"do\": \"kill-node\"}]",
         "t.json:5:14: /timeline/0: nothing is picked, expected either \"node\" or \"target\"\n");
    says("\"timeline\": [{\"at\": \"1m\", \"do\": \"kill-node\", \"node\": \"private-4\"}]",
         "t.json:5:46: /timeline/0/node: no node \"private-4\", expected the name of a group and a "
         "number, such as \"private-1\"\n");
    says("\"timeline\": [{\"at\": \"1m\", \"do\": \"kill-node\", \"target\": \"some\"}]",
         "t.json:5:46: /timeline/0/target: found \"some\", expected \"one\", \"minority\", "
         "\"majority\", \"all\", a number of 1 or more, or a percentage such as \"30%\"\n");
    says("\"timeline\": [{\"at\": \"1m\", \"do\": \"kill-node\", \"target\": 0}]",
         "t.json:5:46: /timeline/0/target: found 0, expected \"one\", \"minority\", \"majority\", "
         "\"all\", a number of 1 or more, or a percentage such as \"30%\"\n");
    says("\"timeline\": [{\"at\": \"1m\", \"do\": \"kill-node\", \"target\": \"all\", \"zone\": \"c\"}]",
         "t.json:5:63: /timeline/0/zone: no zone \"c\", expected one of cluster.zones\n");
    says("\"timeline\": [{\"at\": \"1m\", \"do\": \"kill-task\", \"target\": \"one\", \"for\": \"1m\"}]",
         "t.json:5:63: /timeline/0/for: unknown key \"for\", expected \"at\", \"do\", \"about\", "
         "\"app\", \"node\", \"target\", \"zone\", \"hosting\" or \"may_be_empty\"\n");
    says("\"timeline\": [{\"at\": \"1m\", \"do\": \"scale\", \"app\": \"/wbe\", \"instances\": 2}]",
         "t.json:5:42: /timeline/0/app: no app \"/wbe\" in this scenario, expected the id of one of "
         "its apps (did you mean \"/web\"?)\n");
}

Test(scenario, what_a_deploy_sets_is_read_as_the_platform_will)
{
    cr_expect(ne(str,
                 said_of("\"timeline\": [{\"at\": \"1m\", \"do\": \"deploy\", \"app\": \"/web\", "
                         "\"set\": {\"instances\": \"two\"}}]"),
                 ""));
    const struct diag *diag = vec_at(&files_diags.items, 0);
    cr_expect(eq(str, (char *)diag->pointer, "/timeline/0/set/instances"));
    cr_expect(eq(u32, diag->line, 5));
    says("\"timeline\": [{\"at\": \"1m\", \"do\": \"deploy\", \"app\": \"/web\", \"set\": {\"cpus\": "
         "64}}]",
         "t.json:5:58: warning: /timeline/0/set: /web fits on no node of the cluster and will wait: "
         "it wants 64.000 cpus, 64MiB of memory and 0 gpus\n");
}

Test(scenario, apps_come_from_files_beside_the_scenario)
{
    files_add("s/t.json", HEAD CLUSTER ",\n\"apps\": [{\"file\": \"apps/one.json\", \"set\": "
                                       "{\"instances\": 4}}, {\"file\": \"../two.json\"}]" TAIL);
    files_add("s/apps/one.json", "// one\n{\"id\": \"/one\", \"cmd\": \"x\"}");
    files_add("two.json", "[{\"id\": \"/two\", \"cmd\": \"x\"}, {\"id\": \"/three\", \"cmd\": \"x\"}]");
    const struct scenario *scenario = files_read("s/t.json");
    cr_assert(eq(str, files_said(), ""));
    cr_assert(eq(u32, scenario->apps_count, 3));
    cr_expect(eq(str, (char *)scenario->apps[0]->id, "/one"));
    cr_expect(eq(u32, scenario->apps[0]->instances, 4));
    cr_expect(eq(str, (char *)scenario->apps[2]->id, "/three"));
}

Test(scenario, mistakes_of_apps_stand_where_the_apps_do)
{
    files_add("t.json", HEAD CLUSTER ",\n\"apps\": [{\"file\": \"no.json\"}, {\"file\": \"bad.json\"},\n"
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

Test(scenario, ids_of_apps_must_differ)
{
    files_add("t.json", HEAD CLUSTER ",\n\"apps\": [" WEB ",\n{\"file\": \"web.json\"}]" TAIL);
    files_add("web.json", WEB);
    cr_expect(eq(ptr, (void *)files_read("t.json"), NULL));
    cr_expect(eq(str, files_said(),
                 "t.json:5:1: /apps/1: the app id \"/web\" is used twice, first at /apps/0, expected "
                 "different ids\n"));
}

Test(scenario, an_app_that_fits_nowhere_is_a_warning)
{
    files_add("t.json", HEAD CLUSTER ",\n\"apps\": [{\"id\": \"/fat\", \"cmd\": \"x\", \"mem\": 9000},\n"
                                     "{\"id\": \"/far\", \"cmd\": \"x\", \"acceptedResourceRoles\": "
                                     "[\"gold\"]}]" TAIL);
    cr_expect(ne(ptr, (void *)files_read("t.json"), NULL));
    cr_expect(eq(str, files_said(),
                 "t.json:4:10: warning: /apps/0: /fat fits on no node of the cluster and will wait: "
                 "it wants 1.000 cpus, 9000MiB of memory and 0 gpus\n"
                 "t.json:5:1: warning: /apps/1: /far fits on no node of the cluster and will wait: no "
                 "group has the role \"gold\"\n"));
}

Test(scenario, plants_and_what_they_break_belong_together)
{
    says("\"plant\": \"proxy-ignores-drain\", \"expect\": [{\"violates\": "
         "\"no-request-after-drain\"}]", "");
    cr_expect(eq(str, (char *)files_open[0]->violates, "no-request-after-drain"));
    says("\"plant\": \"proxy-ignores-drain\"",
         "t.json:5:1: /plant: nothing says what the planted bug breaks, expected {\"violates\": "
         "...} in \"expect\"\n");
    says("\"expect\": [{\"violates\": \"no-request-after-drian\"}]",
         "t.json:5:13: /expect/0/violates: unknown invariant \"no-request-after-drian\" (did you "
         "mean \"no-request-after-drain\"?), expected the id of a standing one\n"
         "t.json:5:13: /expect/0/violates: nothing is planted that could break it, expected "
         "\"plant\"\n");
    says("\"plant\": \"proxy-ignores-drian\", \"expect\": []",
         "t.json:5:1: /plant: unknown bug \"proxy-ignores-drian\" (did you mean "
         "\"proxy-ignores-drain\"?), expected one of fakes/plants/\n");
}

Test(scenario, expectations_are_checked)
{
    cr_expect(ne(str, said_of("\"expect\": [{\"allways\": \"healthy\"}]"), ""));
    const struct diag *diag = vec_at(&files_diags.items, 0);
    cr_expect(ne(ptr, (void *)strstr(diag->text, "(did you mean \"always\"?)"), NULL), "%s",
              diag->text);
    says("\"expect\": [{\"always\": \"helthy\", \"app\": \"/web\"}]",
         "t.json:5:13: /expect/0/always: found \"helthy\", expected \"healthy\", \"running\", "
         "\"pending\", \"unplaced\", \"present\", \"failed\", \"nodes\" or \"deployments\" (did you "
         "mean \"healthy\"?)\n");
    cr_expect(ne(str, said_of("\"expect\": [{\"always\": \"healthy\", \"never\": \"healthy\"}]"), ""));
    cr_expect(ne(str, said_of("\"expect\": [{\"always\": \"healthy\", \"app\": \"/no\"}]"), ""));
    cr_expect(ne(str, said_of("\"expect\": [{\"slo\": \"errors\", \"to\": \"x\", \"at_most\": 0}]"),
                 ""));
}

Test(scenario, faults_are_checked)
{
    says("\"faults\": {\"kinds\": [\"kill-nod\"]}",
         "t.json:5:22: /faults/kinds/0: found \"kill-nod\", expected \"kill-task\", \"kill-node\", "
         "\"restart-agent\", \"restart-master\" or \"partition\" (did you mean \"kill-node\"?)\n");
    says("\"faults\": {\"from\": \"5m\", \"until\": \"4m\"}",
         "t.json:5:26: /faults/until: is not after \"from\", expected a later instant\n");
    says("\"faults\": {\"until\": \"11m\"}",
         "t.json:5:12: /faults/until: lies after the end of the scenario, expected at most its "
         "\"duration\"\n");
    says("\"faults\": {\"kinds\": []}",
         "t.json:5:12: /faults/kinds: no kind is left, expected at least one\n");
}
