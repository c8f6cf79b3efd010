/*
 * tests/unit/sim/test_scenario.c
 *
 * Goal:   a scenario file becomes typed values with every default; what cannot be read at all is
 *         refused in one clear line, and all mistakes of the rest are said at once.
 * Method: files written out in the test, read through a sim_io that knows no others.
 */
#include "tests/unit/sim/scenario_files.h"

#include "sim/actions.h"
#include "sim/expect.h"

TestSuite(scenario, .init = files_setup, .fini = files_teardown);

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
    cr_assert(eq(u32, scenario->groups_count, 2));
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
                         "\"scheduler\": {\"policy\": \"worst-fit\", \"tie\": \"random\", "
                         "\"agent_timeout\": \"20s\", \"drain_timeout\": \"3s\"},\n"
                         "\"images\": {\"a:1\": {\"size\": \"10MB\", \"start\": \"2s\", "
                         "\"concurrency\": 3, \"queue\": 4, \"errors\": \"5%\", \"crash_after\": "
                         "\"1m\", \"exit_code\": 9}, \"b:1\": {\"like\": \"a:1\", \"start\": "
                         "\"5s\", "
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
    cr_expect(eq(int, (int)scenario->master.policy, SCHEDULER_WORST_FIT));
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
                         "{\"at\": \"2m\", \"do\": \"scale\", \"app\": \"/web\", \"instances\": "
                         "3},\n"
                         "{\"at\": \"1m\", \"do\": \"kill-node\", \"target\": \"30%\", \"zone\": "
                         "\"b\", \"hosting\": \"/web\", \"for\": \"90s\", \"may_be_empty\": "
                         "true},\n"
                         "{\"at\": \"3m\", \"do\": \"kill-node\", \"node\": \"private-3\"}]"),
                 "t.json:7:2: warning: /timeline/1/at: stands after a later step; steps are "
                 "taken in "
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

Test(scenario, an_app_in_place_of_a_scenario_is_one_line)
{
    files_add("app.json", "{\"id\": \"/web\", \"cmd\": \"serve\", \"cpus\": 1, \"mem\": 64}");
    cr_expect(eq(ptr, (void *)files_read("app.json"), NULL));
    cr_expect(eq(str, files_said(),
                 "app.json:1:1: this looks like an app's definition, expected a scenario that "
                 "names it in \"apps\" (check --app reads definitions)\n"));
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
                 "t.json:4:3: /seed: found \"1\", expected a whole number, 0 or more, without "
                 "quotes\n"
                 "t.json:6:5: /cluster/masters: found 3, but several masters come later, "
                 "expected 1\n"
                 "t.json:7:24: /cluster/groups/p/type: unknown instance type \"m5.larg\" (did you "
                 "mean \"m5.large\"?)\n"
                 "t.json:7:43: /cluster/groups/p/min: found \"3\", expected a whole number from "
                 "0 to "
                 "200000\n"
                 "t.json:9:19: /timeline/0/at: found \"5\", expected a duration with a unit, "
                 "such as "
                 "\"250ms\", \"5m\" or \"1h30m\"\n"
                 "t.json:9:30: /timeline/0/do: unknown verb \"kil-node\", expected \"abort\", "
                 "\"cancel-refresh\", \"deploy\", \"deploy-group\", \"drain-node\", "
                 "\"fail-zone\", \"kill-node\", \"kill-task\", \"partition\", \"pause\", "
                 "\"pause-refresh\", \"promote\", \"refresh-group\", \"restart\", "
                 "\"restart-agent\", \"restart-master\", \"resume\", \"resume-refresh\", "
                 "\"roll-back\", \"roll-back-refresh\", \"scale\", \"set-gateway\", "
                 "\"set-traffic\", \"skip\", \"slow-task\" or \"undrain-node\" (did you mean "
                 "\"kill-node\"?)\n"));
}
