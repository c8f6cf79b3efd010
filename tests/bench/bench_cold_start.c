/*
 * tests/bench/bench_cold_start.c
 *
 * Goal:   what the smallest scenario costs: as a process that is started for it, and as one more
 *         seed in a process that has read it.
 * Method: build/rehearse runs scenarios/smoke/hello.json with no report, into a new folder; then
 *         worlds of the same file are opened, played and closed, a seed each. Run from the top of
 *         the tree.
 * Floor:  of the process: starting /bin/true.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/bench_world.h"

#define HELLO "scenarios/smoke/hello.json"

enum { SEEDS = 20 };

extern char **environ;

static void
cold_spawn(const char *const *argv)
{
    pid_t pid = 0;
    int code = 0;
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (posix_spawn(&pid, argv[0], &files, NULL, (char *const *)(uintptr_t)argv, environ) != 0 ||
        waitpid(pid, &code, 0) != pid || code != 0) {
        fprintf(stderr, "cannot run %s, or it fails\n", argv[0]);
        exit(1);
    }
    posix_spawn_file_actions_destroy(&files);
}

static uint64_t
cold_process(void *context)
{
    const char *const argv[] = { "build/rehearse", "run",     HELLO,   "--report", "none",
                                 "--quiet",        "--out", context, NULL };
    cold_spawn(argv);
    return 1;
}

static uint64_t
cold_true(void *context)
{
    (void)context;
    const char *const argv[] = { "/bin/true", NULL };
    cold_spawn(argv);
    return 1;
}

static uint64_t
cold_seeds(void *context)
{
    struct bench_world *file = context;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct world *world = bench_world_open(file, seed);
        world_play(world);
        ASSERT(world->run.results.outcome == OUTCOME_PASSED);
        world_close(world);
    }
    return SEEDS;
}

static void
bench_cold_start_run(void)
{
    char out[] = "/tmp/bench-cold-start-XXXXXX";
    char command[64];
    if (mkdtemp(out) == NULL) {
        fprintf(stderr, "no folder for the runs\n");
        exit(1);
    }
    (void)bench_pair(&(struct bench_pair){ .name = "process: run hello.json, --report none",
                                           .floor = cold_true,
                                           .work = cold_process,
                                           .work_context = out,
                                           .ns_wanted = 20e6 });
    (void)snprintf(command, sizeof command, "rm -rf '%s'", out);
    if (system(command) != 0) {
        fprintf(stderr, "%s is left behind\n", out);
    }
    struct bench_world file;
    bench_world_read(&file, HELLO, NULL);
    (void)bench_pair(&(struct bench_pair){ .name = "in process: one more seed of hello.json",
                                           .work = cold_seeds,
                                           .work_context = &file,
                                           .ns_wanted = 500e3 });
    bench_world_fini(&file);
}

const struct bench bench_cold_start = {
    .name = "cold_start",
    .about = "the smallest scenario, from nothing to its verdict",
    .run = bench_cold_start_run,
};
