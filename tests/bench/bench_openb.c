/*
 * tests/bench/bench_openb.c
 *
 * Goal:   what one run of a published GPU trace costs, some 10,800 tasks on 1,213 machines, with
 *         the dearest policy and with the default.
 * Method: build/rehearse imports the trace, pods in random order until 130 % of the GPUs are asked
 *         for, and runs it with no report: the whole platform, and its run database. Run from the
 *         top of the tree. The data are not ours to ship: without them (folder REHEARSAL_OPENB, or
 *         ../shared/data/openb) nothing is timed.
 * Floor:  the policy alone, a loop over all machines for each task (bench_openb_floor.c, and
 *         bench_openb_fgd.c, which keeps scores).
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/bench_openb_floor.h"

enum { PATH_BYTES = 300, ARGUMENTS_MAX = 16 };

extern char **environ;

struct openb_run {
    const char *folder;
    const char *policy; /* "policy=fgd" */
};

static bool
openb_spawn(const char *const *argv)
{
    pid_t pid = 0;
    int code = 0;
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    const bool ran =
        posix_spawn(&pid, argv[0], &files, NULL, (char *const *)(uintptr_t)argv, environ) == 0 &&
        waitpid(pid, &code, 0) == pid && code == 0;
    posix_spawn_file_actions_destroy(&files);
    return ran;
}

static uint64_t
openb_play(void *context)
{
    const struct openb_run *run = context;
    char scenario[PATH_BYTES];
    (void)snprintf(scenario, sizeof scenario, "%s/scenario.json", run->folder);
    const char *const argv[ARGUMENTS_MAX] = {
        "build/rehearse", "run",   scenario,    "--set", run->policy, "--set", "tie=lowest-id",
        "--report",       "none",  "--quiet",   "--out", run->folder, NULL
    };
    if (!openb_spawn(argv)) {
        fprintf(stderr, "cannot run %s, or it fails\n", scenario);
        exit(1);
    }
    return 1;
}

static bool
openb_import(const char *folder)
{
    const char *data = getenv("REHEARSAL_OPENB");
    char nodes[PATH_BYTES];
    char pods[PATH_BYTES];
    data = data != NULL ? data : "../shared/data/openb";
    (void)snprintf(nodes, sizeof nodes, "%s/openb_node_list_gpu_node.csv", data);
    (void)snprintf(pods, sizeof pods, "%s/openb_pod_list_default.csv", data);
    const char *const argv[ARGUMENTS_MAX] = { "build/rehearse", "import",    "openb",  "--nodes",
                                              nodes,            "--pods",    pods,     "--load",
                                              "130%",           "--shuffle", "42",     "--out",
                                              folder,           NULL };
    return access(nodes, R_OK) == 0 && openb_spawn(argv);
}

static void
bench_openb_run(void)
{
    static const struct {
        const char *name;
        const char *policy;
        double      wanted_ns;
        uint64_t (*floor)(void *context);
    } lines[] = { { "openb, fgd, a run", "policy=fgd", 0.23e9, openb_floor_fgd_play },
                  { "openb, best-fit, a run", "policy=best-fit", 0.15e9, openb_floor_play } };
    char folder[] = "/tmp/bench-openb-XXXXXX";
    struct openb_floor floor = { .folder = folder };
    char command[PATH_BYTES];
    if (mkdtemp(folder) == NULL) {
        fprintf(stderr, "no folder for the runs\n");
        exit(1);
    }
    if (!openb_import(folder)) {
        printf("the traces of OpenB are not at hand: nothing is timed\n");
    } else {
        for (uint32_t i = 0; i < COUNT_OF(lines); i++) {
            bench_pair(&(struct bench_pair){
                .name = lines[i].name,
                .floor = lines[i].floor,
                .floor_context = &floor,
                .work = openb_play,
                .work_context = &(struct openb_run){ folder, lines[i].policy },
                .ns_wanted = lines[i].wanted_ns });
            printf("    the floor placed %u tasks and gave away %.2f %% of the GPUs\n",
                   floor.placed_count,
                   100.0 * (double)floor.gpu_milli_given / (double)floor.gpu_milli);
        }
    }
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command) != 0) {
        fprintf(stderr, "%s stays\n", folder);
    }
}

const struct bench bench_openb = {
    .name = "openb",
    .about = "one run of a published GPU trace, by policy",
    .run = bench_openb_run,
};
