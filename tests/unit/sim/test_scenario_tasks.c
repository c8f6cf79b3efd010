/*
 * tests/unit/sim/test_scenario_tasks.c
 *
 * Goal:   a file of tasks becomes one app for each shape and one run for each line, and every
 *         mistake has its exact place.
 * Method: a small right scenario is the frame; the file beside it holds one thing.
 */
#include "fakes/service.h"
#include "tests/unit/sim/scenario_files.h"

TestSuite(scenario_tasks, .init = files_setup, .fini = files_teardown);

static const struct scenario *
tasks_of(const char *csv)
{
    files_count = 0;
    diag_list_fini(&files_diags);
    diag_list_init(&files_diags, &files_arena);
    files_add("t.json", HEAD CLUSTER ",\n\"tasks\": {\"file\": \"tasks.csv\"}" TAIL);
    files_add("tasks.csv", csv);
    return files_read("t.json");
}

static void
says(const char *csv, const char *expected)
{
    (void)tasks_of(csv);
    cr_expect(eq(str, files_said(), (char *)expected), "%s", csv);
}

Test(scenario_tasks, equal_shapes_share_an_app_and_lines_keep_their_order)
{
    const struct scenario *scenario =
        tasks_of("\xef\xbb\xbf# a note\n\n"
                 "duration, at ,cpus,mem,gpu_milli,priority,role,constraint\r\n"
                 "90,0.25,0.5,64,,,,\r\n"
                 ",250ms,2,64,300,-7,dev,rack:LIKE:r[12];hostname:UNIQUE\n"
                 "1h,2s,0.500,64,,0,,\n");
    cr_assert(scenario != NULL, "%s", files_said());
    cr_assert(eq(u32, scenario->apps_count, 2));
    cr_assert(eq(u32, scenario->tasks_app_first, 0));
    cr_assert(eq(u32, scenario->tasks_count, 3));
    const struct scenario_task *tasks = scenario->tasks;
    cr_assert(eq(i64, tasks[0].at_ns, MS(250)));
    cr_assert(eq(u32, tasks[0].app, 0));
    cr_assert(eq(u32, tasks[0].run, 1));
    cr_assert(eq(u32, tasks[1].app, 1));
    cr_assert(eq(u32, tasks[1].run, 1));
    cr_assert(eq(u32, tasks[2].app, 0));
    cr_assert(eq(u32, tasks[2].run, 2));

    const struct app_spec *plain = scenario->apps[0];
    const struct app_spec *shares = scenario->apps[1];
    cr_assert_str_eq(plain->id, "/tasks/1");
    cr_assert(plain->runs_once);
    cr_assert(eq(i32, plain->cpu_milli, 500));
    cr_assert(eq(i64, plain->mem_bytes, MIB(64)));
    cr_assert(eq(u32, plain->instances, 0));
    cr_assert(eq(u32, plain->ports_count, 0));
    cr_assert(eq(i32, shares->gpu_milli, 300));
    cr_assert(eq(i32, shares->priority, -7));
    cr_assert_str_eq(shares->role, "dev");
    cr_assert(eq(u32, shares->constraints_count, 2));
    cr_assert_str_eq(shares->constraints[0].value, "r[12]");
    cr_assert(eq(int, shares->constraints[1].op, APP_UNIQUE));

    cr_assert(eq(u32, scenario->behaviors_count, 2));
    cr_assert_str_eq(scenario->behaviors[0].image, plain->image);
    cr_assert(eq(i64, scenario->behaviors[0].runs_ns[0], SEC(90)));
    cr_assert(eq(i64, scenario->behaviors[0].runs_ns[1], HOUR(1)));
    cr_assert(eq(i64, scenario->behaviors[1].runs_ns[0], -1));
}

Test(scenario_tasks, what_a_column_cannot_hold_is_said_at_its_place)
{
    says("at,cpus\n1,x\n",
         "tasks.csv:2:3: found \"x\", expected processors, such as 0.5, up to 512\n");
    says("at,cpus\n1,0.0005\n",
         "tasks.csv:2:3: found \"0.0005\", expected processors, such as 0.5, up to 512\n");
    says("at,mem\n1,1.5\n", "tasks.csv:2:3: found \"1.5\", expected memory in whole MiB\n");
    says("at,gpus\n1,17\n", "tasks.csv:2:3: found \"17\", expected GPUs, from 0 to 16\n");
    says("at,gpus\n1,-1\n", "tasks.csv:2:3: found \"-1\", expected GPUs, from 0 to 16\n");
    says("at,gpu_milli\n1,1000\n",
         "tasks.csv:2:3: found \"1000\", expected thousandths of one GPU, from 0 to 999\n");
    says("at,priority\n1,-1001\n",
         "tasks.csv:2:3: found \"-1001\", expected a priority from -1000 to 1000\n");
    says("gpus,gpu_milli\n1,500\n",
         "tasks.csv:2:3: found \"500\", expected whole GPUs or a share of one, not both\n");
    says("at\nsoon\n",
         "tasks.csv:2:1: found \"soon\", expected seconds, such as 0.25, or a duration, such as "
         "250ms\n");
    says("at\n2\n1\n",
         "tasks.csv:3:1: found \"1\", expected times in order: the line above comes later\n");
    says("at,duration\n1,-5\n",
         "tasks.csv:2:3: found \"-5\", expected seconds, such as 90, a duration, such as 2h, or "
         "nothing: it never ends\n");
}

Test(scenario_tasks, a_shape_that_no_app_can_have_is_said_where_it_comes_first)
{
    says("constraint\nrack:LIKE:[\nrack:LIKE:[\n",
         "tasks.csv:2:1: found a task that no app can be: /constraints/0: "
         "found \"[\", expected a regular expression, but at its character 1 a [ is not "
         "closed\n");
}

Test(scenario_tasks, a_file_that_is_not_there_and_one_without_lines_are_told_apart)
{
    says("", "tasks.csv:1:1: found nothing, expected a line that names columns such as at, cpus, "
             "mem, gpus and duration\n");
    const struct scenario *scenario = tasks_of("at,cpus\n");
    cr_assert(scenario != NULL, "%s", files_said());
    cr_assert(eq(u32, scenario->tasks_count, 0));
    files_count = 0;
    diag_list_fini(&files_diags);
    diag_list_init(&files_diags, &files_arena);
    files_add("t.json", HEAD CLUSTER ",\n\"tasks\": {\"file\": \"gone.csv\"}" TAIL);
    cr_assert(files_read("t.json") == NULL);
    cr_expect(strstr(files_said(), "/tasks/file: gone.csv: no such file") != NULL, "%s",
              files_said());
}
