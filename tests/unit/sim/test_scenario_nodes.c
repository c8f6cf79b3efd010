/*
 * tests/unit/sim/test_scenario_nodes.c
 *
 * Goal:   machines that are given one by one, in a list or a file, become groups and zones of the
 *         scenario; a mistake is said where it stands, also in the file.
 * Method: small scenarios whose files exist only here.
 */
#include "tests/unit/sim/scenario_files.h"

#include "fakes/cloud/instance_types.h"

TestSuite(scenario_nodes, .init = files_setup, .fini = files_teardown);

#define BEGIN "{\"name\": \"t\", \"duration\": \"10m\",\n\"cluster\": {"
#define END   "}}\n"

static const struct scenario *
read_cluster(const char *cluster, const char *csv)
{
    files_count = 0;
    diag_list_fini(&files_diags);
    diag_list_init(&files_diags, &files_arena);
    files_add("t.json", arena_printf(&files_arena, BEGIN "%s" END, cluster));
    files_add("n.csv", csv);
    return files_read("t.json");
}

#define expect_said(cluster, csv, expected)                                                        \
    do {                                                                                           \
        (void)read_cluster(cluster, csv);                                                          \
        cr_expect(eq(str, files_said(), (char *)(uintptr_t)(expected)));                           \
    } while (0)

#define FILE_OF "\"nodes\": {\"file\": \"n.csv\"}"

Test(scenario_nodes, a_file_becomes_groups_of_machines_alike)
{
    const struct scenario *scenario = read_cluster(
        FILE_OF, "# two kinds, and one that clients reach\n"
                 "name,cpus,mem,gpus,zone,role,attributes\n"
                 "a-1, 8, 32GiB, , b, , rack:r1\n"
                 "a-2, 8, 32GiB, , a, , rack:r2;ssd:true\n"
                 "g-1, 96, 393216MiB, 8, a, , gpu_model:G2\r\n"
                 "\n"
                 "a-3, 8, 32GiB, , b, , \n"
                 "e-1, 2, 4GiB, , a, slave_public,\n");
    cr_assert_not_null(scenario, "%s", files_said());
    cr_assert(eq(u32, scenario->nodes_count, 5));
    cr_assert(eq(u32, scenario->groups_count, 3));
    cr_expect(eq(str, (char *)scenario->groups[0].name, "nodes"));
    cr_expect(eq(u32, scenario->groups[0].min, 3));
    cr_expect(eq(str, (char *)scenario->groups[1].name, "nodes-2"));
    cr_expect(eq(str, (char *)scenario->groups[2].name, "public"));
    cr_expect(eq(u32, scenario->zones_count, 2));
    cr_expect(eq(str, (char *)scenario->zones[0], "b"), "in the order of the file");
    cr_expect(eq(str, (char *)scenario->nodes[1].attributes, "rack:r2;ssd:true"));
    cr_expect(eq(str, (char *)scenario->nodes[3].attributes, ""));
    cr_expect(eq(i32, scenario->nodes[2].machine->gpus, 8));
    cr_expect(eq(i64, scenario->nodes[2].machine->mem_bytes, MIB(393216)));
}

Test(scenario_nodes, a_list_says_the_same)
{
    const struct scenario *scenario = read_cluster(
        "\"nodes\": [{\"name\": \"a-1\", \"cpus\": 8, \"mem\": \"32GiB\", \"attributes\": "
        "{\"rack\": \"r1\", \"ssd\": \"true\"}}, {\"name\": \"a-2\", \"type\": \"m5.large\"}]",
        "");
    cr_assert_not_null(scenario, "%s", files_said());
    cr_assert(eq(u32, scenario->nodes_count, 2));
    cr_expect(eq(str, (char *)scenario->nodes[0].attributes, "rack:r1;ssd:true"));
    cr_expect(eq(i32, scenario->nodes[1].machine->cpu_milli, 2000));
    cr_expect(eq(u32, scenario->groups_count, 2));
}

Test(scenario_nodes, groups_that_boot_may_stand_beside)
{
    const struct scenario *scenario = read_cluster(
        "\"zones\": [\"a\", \"b\"], \"groups\": {\"private\": {\"type\": \"m5.large\", \"min\": 2, "
        "\"attributes\": {\"rack\": \"r9\"}}}, " FILE_OF,
        "name,cpus,mem,zone\nx,1,1GiB,c\n");
    cr_assert_not_null(scenario, "%s", files_said());
    cr_assert(eq(u32, scenario->groups_count, 2));
    cr_expect(not(scenario->groups[0].is_given));
    cr_expect(eq(str, (char *)scenario->groups[0].attributes, "rack:r9"));
    cr_expect(scenario->groups[1].is_given);
    cr_expect(eq(u32, scenario->zones_count, 3));
}

Test(scenario_nodes, a_mistake_in_a_file_is_said_at_its_cell)
{
    expect_said(FILE_OF, "name,cpu,mem\nx,1,1GiB\n",
                "n.csv:1:6: unknown column \"cpu\" (did you mean \"cpus\"?), expected columns such "
                "as name, cpus, mem, gpus and zone\n");
    expect_said(FILE_OF, "name,cpus,mem\nx,1,1GiB\ny,many,1GiB\nz,1,1\n",
                "n.csv:3:3: cpus: found \"many\", expected a number without quotes\n"
                "n.csv:4:5: mem: found \"1\", expected a size with a unit, such as \"140MB\" or "
                "\"4GiB\"\n");
    expect_said(FILE_OF, "name,cpus,mem\nx,1\n",
                "n.csv:2:4: found \"the end of the line\", expected as many cells as the first "
                "line names\n");
    expect_said(FILE_OF, "name,cpus,mem\nx,1,1GiB\nx,1,1GiB\n",
                "n.csv:3:1: name: \"x\" is the name of another machine, expected one of its own\n");
    expect_said(FILE_OF, "cpus,mem\n1,1GiB\n",
                "n.csv:2:1: \"name\" is missing, expected a text\n");
    expect_said(FILE_OF, "name,cpus\nx,1\n",
                "n.csv:2:1: says no size, expected \"type\", or \"cpus\" (0.001 to 10000) and "
                "\"mem\"\n");
    expect_said(FILE_OF, "name,cpus,mem,attributes\nx,1,1GiB,rack:r1;rack:r2\ny,1,1GiB,rack\n",
                "n.csv:2:10: attributes: \"rack\" stands there twice, expected it once\n"
                "n.csv:3:10: attributes: found \"rack:\", expected a name and a value without "
                "blanks, \";\" or, in the name, \":\"\n");
    expect_said(FILE_OF, "",
                "n.csv:1:1: found nothing, expected a line that names columns such as name, cpus, "
                "mem, gpus and zone\n");
    expect_said(FILE_OF, "name,cpus,mem,gpus\nx,1,1GiB,17\n",
                "n.csv:2:10: gpus: found 17, expected at most 16\n");
}

Test(scenario_nodes, a_mistake_in_the_scenario_is_said_there)
{
    expect_said("\"nodes\": {\"file\": \"m.csv\"}", "",
                "t.json:2:23: /cluster/nodes/file: m.csv: no such file\n");
    expect_said("\"nodes\": 3", "",
                "t.json:2:13: /cluster/nodes: found 3, expected a list of machines, or "
                "{\"file\": ...}\n");
    expect_said("\"zones\": [\"a\"]", "",
                "t.json:2:1: /cluster: has no machines, expected \"groups\", an object, or "
                "\"nodes\"\n");
    expect_said("\"groups\": {\"nodes\": {\"type\": \"m5.large\", \"min\": 1}}, \"nodes\": "
                "[{\"name\": \"x\", \"type\": \"m5.large\", \"group\": \"nodes\"}]", "",
                "t.json:2:110: /cluster/nodes/0/group: \"nodes\" is one of \"groups\", expected a "
                "name of its own\n");
}
