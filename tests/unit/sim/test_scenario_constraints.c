/*
 * tests/unit/sim/test_scenario_constraints.c
 *
 * Goal:   what no machine can satisfy is said before a run, with what may have been meant; what
 *         some machine satisfies is not.
 * Method: small scenarios with one app; what is said of it beside the machines.
 */
#include "tests/unit/sim/scenario_files.h"

TestSuite(scenario_constraints, .init = files_setup, .fini = files_teardown);

#define MACHINES                                                                                   \
    "{\"name\": \"t\", \"duration\": \"10m\", \"cluster\": {\"zones\": [\"a\", \"b\"], "           \
    "\"groups\": {\"gpu\": {\"type\": \"p3.2xlarge\", \"min\": 1}}, \"nodes\": ["                  \
    "{\"name\": \"x\", \"cpus\": 4, \"mem\": \"8GiB\", \"zone\": \"c\", \"attributes\": "          \
    "{\"rack\": \"r1\", \"speed\": \"1.50\", \"gpu_modell\": \"A100\"}}]}, \"apps\": ["            \
    "{\"id\": \"/a\", \"cmd\": \"x\", "

#define AWAITS "/a fits on no node of the cluster and will wait: "
/* The machine of the group has 8 cpus, 61 GiB and a GPU; x has rack r1. */
#define TOO_SMALL AWAITS "those that its constraints allow are too small; nearest: "
#define NOT_ALL AWAITS "no machine satisfies all its constraints; nearest: "

/* What is said of an app that says this, without the place. */
static const char *
said(const char *of_app)
{
    files_count = 0;
    diag_list_fini(&files_diags);
    diag_list_init(&files_diags, &files_arena);
    files_add("t.json", arena_printf(&files_arena, MACHINES "%s}]}\n", of_app));
    cr_expect_not_null(files_read("t.json"), "%s", of_app);
    const char *text = files_said();
    const char *found = strstr(text, "/apps/0: ");
    return found != NULL ? found + strlen("/apps/0: ") : text;
}

Test(scenario_constraints, what_no_machine_satisfies_is_said)
{
    static const struct {
        const char *of_app;
        const char *said;
    } rows[] = {
        { "\"constraints\": [[\"rack\", \"IS\", \"r1\"]]", "" },
        { "\"constraints\": [[\"rack\", \"UNIQUE\"]]", "" },
        { "\"constraints\": [[\"rack\", \"LIKE\", \"r.\"]]", "" },
        { "\"constraints\": [[\"speed\", \"IS\", \"1.5\"]]", "" },
        { "\"constraints\": [[\"speed\", \"CLUSTER\", \"1.500\"]]", "" },
        { "\"constraints\": [[\"speed\", \"CLUSTER\", \"1.500\"], [\"rack\", \"IS\", \"r1\"]]",
          "" },
        { "\"constraints\": [[\"gpu_model\", \"LIKE\", \"V100|T4\"]]", "" }, /* of the type */
        { "\"constraints\": [[\"@zone\", \"CLUSTER\", \"c\"], [\"@zone\", \"UNLIKE\", \"a\"]]",
          "" },
        { "\"constraints\": [[\"hostname\", \"IS\", \"gpu-7\"]]", "" }, /* it may come */
        { "\"constraints\": [[\"rak\", \"UNIQUE\"]]",
          AWAITS "no machine has the attribute \"rak\" (did you mean \"rack\"?)\n" },
        { "\"constraints\": [[\"floor\", \"IS\", \"3\"]]",
          AWAITS "no machine has the attribute \"floor\"\n" },
        { "\"constraints\": [[\"rak\", \"UNLIKE\", \"r1\"]]",
          "a constraint of /a forbids nothing: no machine has the attribute \"rak\" (did you mean "
          "\"rack\"?)\n" },
        { "\"constraints\": [[\"rack\", \"CLUSTER\", \"r7\"]]",
          AWAITS "\"rack\" of no machine is \"r7\" (did you mean \"r1\"?)\n" },
        { "\"constraints\": [[\"@zone\", \"LIKE\", \"east.*\"]]",
          AWAITS "\"@zone\" of no machine matches \"east.*\"\n" },
        { "\"gpus\": 9", AWAITS "it wants 1.000 cpus, 128MiB of memory and 9 gpus\n" },
        { "\"gpus\": 1", "" },
        { "\"labels\": {\"REHEARSAL_GPU_MILLI\": \"250\"}", "" },
        { "\"disk\": 999999, \"labels\": {\"REHEARSAL_GPU_MILLI\": \"250\"}",
          AWAITS "it wants 1.000 cpus, 128MiB of memory and 0.250 gpus\n" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect(eq(str, (char *)(uintptr_t)said(rows[i].of_app),
                     (char *)(uintptr_t)rows[i].said),
                  "%s", rows[i].of_app);
    }
}

/* Each row would be silent, were size and constraints asked apart. */
Test(scenario_constraints, an_app_that_only_machines_too_small_satisfy_is_said)
{
    static const struct {
        const char *of_app;
        const char *said;
    } rows[] = {
        { "\"cpus\": 6", "" },
        { "\"cpus\": 6, \"constraints\": [[\"rack\", \"IS\", \"r1\"]]",
          TOO_SMALL "x, 2 cpus short\n" },
        { "\"cpus\": 6, \"mem\": 10240, \"constraints\": [[\"rack\", \"LIKE\", \"r.\"]]",
          TOO_SMALL "x, 2 cpus and 2048 MiB short\n" },
        { "\"gpus\": 1, \"constraints\": [[\"hostname\", \"IS\", \"x\"], "
          "[\"rack\", \"IS\", \"r1\"]]",
          TOO_SMALL "x, 1 GPU short\n" },
        { "\"constraints\": [[\"gpu_model\", \"IS\", \"V100\"]], \"cpus\": 6", "" },
        { "\"constraints\": [[\"rack\", \"UNLIKE\", \"r1\"]], \"cpus\": 6", "" },
        { "\"constraints\": [[\"hostname\", \"UNIQUE\"]], \"cpus\": 6", "" },
        { "\"constraints\": [[\"@zone\", \"UNLIKE\", \"a|b\"]], \"cpus\": 6",
          "" }, /* the group boots in all zones */
        { "\"constraints\": [[\"@zone\", \"IS\", \"a\"], [\"rack\", \"IS\", \"r1\"]]",
          NOT_ALL "gpu, refused by \"rack\" IS \"r1\"\n" },
        { "\"constraints\": [[\"rack\", \"IS\", \"r1\"], [\"gpu_model\", \"IS\", \"V100\"]],"
          " \"cpus\": 6",
          NOT_ALL "gpu, refused by \"rack\" IS \"r1\"\n" },
        { "\"constraints\": [[\"rack\", \"UNIQUE\"], [\"gpu_model\", \"IS\", \"V100\"]]",
          NOT_ALL "gpu, refused by \"rack\" UNIQUE\n" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect(eq(str, (char *)(uintptr_t)said(rows[i].of_app),
                     (char *)(uintptr_t)rows[i].said),
                  "%s", rows[i].of_app);
    }
}
