/*
 * tests/unit/sim/test_snapshot.c
 *
 * Goal:   a state is read whole, every mistake in it is said with its place, what was found and
 *         what was expected, and what is not said gets its default.
 * Method: small scenarios that exist only in the test: one right state, with one value exchanged.
 */
#include "tests/unit/sim/scenario_files.h"

#include "sim/snapshot.h"

TestSuite(snapshot, .init = files_setup, .fini = files_teardown);

#define APP(id, image, more)                                                                       \
    "{\"id\": \"" id "\", \"cpus\": 1, \"mem\": 64, \"instances\": 2,"                             \
    "\"container\": {\"type\": \"DOCKER\", \"docker\": {\"image\": \"" image "\"},"                \
    "\"portMappings\": [{\"containerPort\": 80}]},"                                               \
    "\"networks\": [{\"mode\": \"container/bridge\"}]" more "}"

/* The parts of a right state; each may be another in a test. */
struct parts {
    const char *block; /* members of the block beside the lists */
    const char *nodes;
    const char *apps;
    const char *tasks;
    const char *beside; /* members of the scenario */
};

static const struct parts right = {
    .block = "\"taken_at\": \"2026-03-01T12:00:00Z\"",
    .nodes = "{\"name\": \"n1\", \"type\": \"m5.large\", \"zone\": \"a\"},\n"
             "{\"name\": \"n2\", \"type\": \"m5.large\", \"zone\": \"b\"},\n"
             "{\"name\": \"e1\", \"cpus\": 2.5, \"mem\": \"4GiB\", \"role\": \"slave_public\"}",
    .apps = "{\"good\": \"v1\", \"versions\": {\"v1\": " APP("/web", "web:1", "") ",\n"
            "\"v2\": " APP("/web", "web:2", "") "}}",
    .tasks = "{\"app\": \"/web\", \"node\": \"n1\", \"ports\": [31005], \"healthy_since\": "
             "\"2026-03-01T11:00:00Z\"},\n"
             "{\"app\": \"/web\", \"node\": \"n2\"}",
    .beside = "",
};

static const struct scenario *
read_state(const struct parts *parts)
{
    files_count = 0;
    diag_list_fini(&files_diags);
    diag_list_init(&files_diags, &files_arena);
    files_add("s.json",
              arena_printf(&files_arena,
                           "{\"name\": \"t\", \"duration\": \"10m\",%s\n\"state\": {%s,\n"
                           "\"nodes\": [\n%s],\n\"apps\": [\n%s],\n\"tasks\": [\n%s]}}\n",
                           parts->beside, parts->block, parts->nodes, parts->apps, parts->tasks));
    return files_read("s.json");
}

/* What is said first, without the place. */
static void
state_says(const struct parts *parts, const char *expected)
{
    const struct scenario *scenario = read_state(parts);
    cr_expect(eq(int, scenario == NULL, files_diags.errors_count > 0));
    cr_expect(strstr(files_said(), expected) != NULL, "wanted: %s\nsaid: %s", expected,
              files_said());
}

Test(snapshot, is_read_whole)
{
    const struct scenario *scenario = read_state(&right);
    cr_assert(ne(ptr, (void *)scenario, NULL), "%s", files_said());
    cr_assert(eq(str, files_said(), ""));
    const struct snapshot *snapshot = scenario->snapshot;
    cr_expect(eq(i64, scenario->start_at_ns, snapshot->taken_at_ns));
    cr_expect(eq(i64, snapshot->taken_at_ns, SEC(INT64_C(1772366400))));
    cr_expect(eq(i64, snapshot->warm_up_ns, MIN(2)));
    cr_assert(eq(u32, scenario->nodes_count, 3));
    cr_expect(eq(u32, scenario->groups_count, 2));
    cr_expect(eq(str, (char *)scenario->groups[1].name, "public"));
    cr_expect(eq(u32, scenario->groups[0].min, 2));
    cr_expect(eq(u32, scenario->zones_count, 2));
    cr_expect(eq(u32, scenario->nodes[1].zone_index, 1));
    cr_expect(eq(i32, scenario->nodes[2].machine->cpu_milli, 2500));
    cr_expect(eq(i64, scenario->nodes[2].machine->mem_bytes, MIB(4096)));
    cr_assert(eq(u32, snapshot->apps_count, 1));
    cr_expect(eq(u32, snapshot->apps[0].wanted, 1));
    cr_expect(eq(u32, snapshot->apps[0].good, 0));
    cr_expect(eq(u64, snapshot->apps[0].versions[1].id, 2));
    cr_expect(eq(str, (char *)scenario->apps[0]->image, "web:2"));
    cr_assert(eq(u32, snapshot->tasks_count, 2));
    cr_expect(eq(u32, snapshot->tasks[0].ports[0], 31005));
    cr_expect(eq(u32, snapshot->tasks[1].ports[0], 31000)); /* dealt out */
    cr_expect(eq(i64, snapshot->tasks[1].healthy_since_ns, 0));
}

Test(snapshot, says_what_is_wrong_with_machines)
{
    struct parts parts = right;
    parts.nodes = "{\"name\": \"n1\", \"type\": \"m5.large\"},{\"name\": \"n1\", \"type\": "
                  "\"m5.large\"}";
    state_says(&parts, "/state/nodes/1/name: \"n1\" is the name of another machine");
    parts.nodes = "{\"name\": \"n1\", \"type\": \"m5.lrge\"}";
    state_says(&parts, "s.json:4:16: /state/nodes/0/type: unknown instance type \"m5.lrge\" (did "
                       "you mean \"m5.large\"?)");
    parts.nodes = "{\"name\": \"n1\", \"type\": \"m5.large\", \"mem\": \"1GiB\"}";
    state_says(&parts, "stands beside a size");
    parts.nodes = "{\"name\": \"n1\", \"cpus\": 2}";
    state_says(&parts, "says no size, expected \"type\", or \"cpus\"");
    parts.nodes = "{\"name\": \"n1\", \"type\": \"m5.large\", \"group\": \"nodes\"},"
                  "{\"name\": \"n2\", \"type\": \"m5.xlarge\", \"group\": \"nodes\"}";
    state_says(&parts, "machine n2 differs from the first one of its group \"nodes\"");
    parts.nodes = "";
    state_says(&parts, "/state/nodes: found no machine, expected one at least");
    parts.nodes = "{\"name\": \"n1\", \"type\": \"m5.large\", \"attributes\": {\"rack\": 1}}";
    state_says(&parts, "/state/nodes/0/attributes/rack: found 1, expected a text");
}

Test(snapshot, says_what_is_wrong_with_apps)
{
    struct parts parts = right;
    parts.apps = "{\"wanted\": \"v3\", \"versions\": {\"v1\": " APP("/web", "web:1", "") "}}";
    state_says(&parts, "/state/apps/0/wanted: no version \"v3\" (did you mean \"v1\"?)");
    parts.apps = "{\"versions\": {\"v1\": " APP("/web", "web:1", "") ", \"v2\": "
                 APP("/wab", "web:1", "") "}}";
    state_says(&parts, "is of /wab, but the version \"v1\" of /web, expected one app");
    parts.apps = "{\"versions\": {}}";
    state_says(&parts, "/state/apps/0/versions: found 0 versions, expected 1 to 100");
    parts.apps = "{\"versions\": {\"v1\": {\"file\": \"nowhere.json\"}}}";
    state_says(&parts, "nowhere.json");
    parts.apps = "{\"versions\": {\"v1\": " APP("/web", "web:1", ", \"cpu\": 1") "}}";
    state_says(&parts, "/state/apps/0/versions/v1/cpu: unknown key");
}

Test(snapshot, says_what_is_wrong_with_tasks)
{
    struct parts parts = right;
    parts.tasks = "{\"app\": \"/wep\", \"node\": \"n1\"}";
    state_says(&parts,
               "/state/tasks/0/app: no app \"/wep\" in this state (did you mean \"/web\"?)");
    parts.tasks = "{\"app\": \"/web\", \"node\": \"n9\"}";
    state_says(&parts, "no node \"n9\" in this state");
    parts.tasks = "{\"app\": \"/web\", \"node\": \"n1\", \"version\": \"v8\"}";
    state_says(&parts, "no version \"v8\" of /web");
    parts.tasks = "{\"app\": \"/web\", \"node\": \"n1\", \"ports\": [31000, 31001]}";
    state_says(&parts, "/state/tasks/0/ports: found 2 ports, but /web has 1");
    parts.tasks = "{\"app\": \"/web\", \"node\": \"n1\", \"ports\": [5051]}";
    state_says(&parts, "machine n1 does not offer port 5051");
    parts.tasks = "{\"app\": \"/web\", \"node\": \"n1\", \"ports\": [\"x\"]}";
    state_says(&parts, "/state/tasks/0/ports/0: found \"x\", expected a port, 0 to 65535");
    parts.tasks = "{\"app\": \"/web\", \"node\": \"n1\", \"ports\": [31000]},{\"app\": \"/web\", "
                  "\"node\": \"n1\", \"ports\": [31000]}";
    state_says(&parts, "port 31000 of machine n1 is that of another task");
    parts.tasks = "{\"app\": \"/web\", \"node\": \"n1\"},{\"app\": \"/web\", \"node\": \"n1\"},"
                  "{\"app\": \"/web\", \"node\": \"n1\"}";
    state_says(&parts, "/state/tasks/2: does not fit: with it the tasks on n1 want 3.000 cpus of "
                       "2.000");
    parts.tasks = "{\"app\": \"/web\", \"node\": \"n1\", \"gpus\": [0]}";
    state_says(&parts, "/state/tasks/0/gpus: found 1 GPUs, but /web has 0");
    parts.tasks = "{\"app\": \"/web\", \"node\": \"n1\", \"gpus\": 0}";
    state_says(&parts, "/state/tasks/0/gpus: found 0, expected an array");
    parts.tasks = "{\"app\": \"/web\", \"node\": \"n1\", \"healthy_since\": "
                  "\"2026-03-01T12:00:01Z\"}";
    state_says(&parts, "lies after \"taken_at\", expected an earlier instant");
}

Test(snapshot, warns_of_what_the_platform_will_change_by_itself)
{
    struct parts parts = right;
    parts.tasks = "{\"app\": \"/web\", \"node\": \"n1\"}";
    state_says(&parts, "warning: /state/apps/0: /web has 1 tasks and wants 2");
    parts.tasks = "{\"app\": \"/web\", \"node\": \"n1\"},{\"app\": \"/web\", \"version\": \"v1\", "
                  "\"node\": \"n2\"}";
    state_says(&parts, "1 of 2 tasks of /web are not of the wanted version");
}

Test(snapshot, says_what_cannot_stand_beside_it)
{
    struct parts parts = right;
    parts.beside = "\"start\": \"2026-01-01T00:00:00Z\",";
    state_says(&parts, "/start: stands beside \"state\"");
    parts.beside = "\"apps\": [],";
    state_says(&parts, "/apps: stands beside \"state\"");
    parts.beside = "\"cluster\": {\"groups\": {}},";
    state_says(&parts, "/cluster/groups: stands beside \"state\"");
    parts = right;
    parts.block = "\"taken_at\": \"2026-03-01T12:00:00Z\", \"warm_up\": \"11m\"";
    state_says(&parts, "is shorter than the \"warm_up\" of the state");
    parts.block = "\"warm_up\": \"1m\"";
    state_says(&parts, "\"taken_at\" is missing");
}

Test(snapshot, keeps_variables_of_a_shell_as_they_are)
{
    struct parts parts = right;
    parts.apps = "{\"versions\": {\"v1\": " APP("/web", "web:1", ", \"cmd\": \"serve ${PORT0}\"")
                 "}}";
    const struct scenario *scenario = read_state(&parts);
    cr_assert(ne(ptr, (void *)scenario, NULL), "%s", files_said());
    cr_expect(eq(str, (char *)scenario->apps[0]->shell, "serve ${PORT0}"));
    files_add("again.json", scenario->canonical);
    const struct scenario *again = files_read("again.json");
    cr_assert(ne(ptr, (void *)again, NULL), "%s", files_said());
    cr_expect(eq(str, (char *)again->canonical, (char *)scenario->canonical));
}

#define GPU_STATE                                                                                  \
    "{\"name\": \"s\", \"duration\": \"10m\", \"state\": {\"taken_at\": "                        \
    "\"2026-03-01T12:00:00Z\", \"nodes\": [{\"name\": \"g1\", \"cpus\": 8, \"mem\": \"8GiB\", "    \
    "\"gpus\": 2}], \"apps\": [{\"versions\": {\"1\": {\"id\": \"/g\", \"cmd\": \"x\", \"cpus\": " \
    "1, \"mem\": 32, \"gpus\": 1}}}, {\"versions\": {\"1\": {\"id\": \"/s\", \"cmd\": \"x\", "     \
    "\"cpus\": 1, \"mem\": 32, \"labels\": {\"REHEARSAL_GPU_MILLI\": \"400\"}}}}], "          \
    "\"tasks\": [%s]}}"

static const struct scenario *
read_gpus(const char *tasks)
{
    files_count = 0;
    diag_list_fini(&files_diags);
    diag_list_init(&files_diags, &files_arena);
    files_add("s.json", arena_printf(&files_arena, GPU_STATE, tasks));
    return files_read("s.json");
}

#define ON(app, more) "{\"app\": \"" app "\", \"node\": \"g1\"" more "}"

Test(snapshot, deals_out_gpus_and_takes_those_that_are_named)
{
    const struct scenario *scenario = read_gpus(
        ON("/s", "") "," ON("/g", ", \"gpus\": [1]") "," ON("/s", ""));
    cr_assert_not_null(scenario, "%s", files_said());
    cr_expect(eq(u16, scenario->snapshot->tasks[0].gpu_mask, 1));
    cr_expect(eq(u16, scenario->snapshot->tasks[1].gpu_mask, 2));
    cr_expect(eq(u16, scenario->snapshot->tasks[2].gpu_mask, 1));

    (void)read_gpus(ON("/s", "") "," ON("/g", "") "," ON("/s", "") "," ON("/s", ""));
    cr_expect(ne(ptr, strstr(files_said(), "/state/tasks/3: does not fit: /s wants 1 GPUs with 400 "
                                           "thousandths left each"), NULL), "%s", files_said());
    (void)read_gpus(ON("/s", ", \"gpus\": [1]") "," ON("/g", ", \"gpus\": [1]"));
    cr_expect(ne(ptr, strstr(files_said(), "/state/tasks/1/gpus/0: GPU 1 of its machine is given "
                                           "away"), NULL), "%s", files_said());
    (void)read_gpus(ON("/g", ", \"gpus\": [2]"));
    cr_expect(ne(ptr, strstr(files_said(), "/state/tasks/0/gpus/0: found 2, expected a GPU of its "
                                           "machine, which has 2"), NULL), "%s", files_said());
}
