/* platform/cli/main.c - the program: which command was asked for. */
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "platform/cli/calibrate.h"
#include "platform/cli/check.h"
#include "platform/cli/deploy.h"
#include "platform/cli/diff.h"
#include "platform/cli/import.h"
#include "platform/cli/model_card.h"
#include "platform/cli/plan.h"
#include "platform/cli/replay.h"
#include "platform/cli/report.h"
#include "platform/cli/run.h"
#include "platform/cli/version.h"

static int
main_replay(int argc, char **argv)
{
    return replay_main(argc, argv, run_again);
}

static int
main_version(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    (void)printf("rehearse %s\n", REHEARSE_VERSION);
    return 0;
}

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *about;
};

static const struct command commands[] = {
    { "run", run_main, "play scenario files, on fakes or on real Docker" },
    { "deploy", deploy_main, "rehearse a deploy on the state of a cluster, and say the risk" },
    { "check", check_main, "say everything that is wrong with scenarios or apps" },
    { "import", import_main, "make a scenario of a published trace of a cluster" },
    { "model-card", model_card_main, "hold the simulator to queueing theory" },
    { "plan", plan_main, "say what a load wants, before anything runs" },
    { "calibrate", calibrate_main, "measure a real container, for the images of a scenario" },
    { "replay", main_replay, "play a trace's scenario again and look into it" },
    { "diff", diff_main, "find where two runs differ" },
    { "report", report_main, "build the reports of a run again from its run.db" },
    { "version", main_version, "print the version" },
};

static void
main_help(FILE *out)
{
    (void)fprintf(out, "usage: rehearse COMMAND ...\n\n"
                       "A container platform that runs in production, and rehearses it.\n\n");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        (void)fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].about);
    }
    (void)fprintf(out, "\nrehearse COMMAND --help says more. Begin with:\n"
                       "  rehearse run scenarios/smoke/hello.json\n");
}

int
main(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        main_help(argc < 2 ? stderr : stdout);
        return argc < 2 ? 2 : 0;
    }
    (void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD); /* one thread at a time: no locks */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    const char *name = strcmp(argv[1], "--version") == 0 ? "version" : argv[1];
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(name, commands[i].name) == 0) {
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    (void)fprintf(stderr, "rehearse: no command '%s'\n\n", argv[1]);
    main_help(stderr);
    return 2;
}
