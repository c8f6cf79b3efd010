/* platform/cli/run.c - `rehearse run FILE...`: every file with every seed, one verdict for all. */
#include "platform/cli/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "platform/base/memory.h"
#include "platform/cli/files.h"
#include "platform/cli/progress.h"
#include "platform/cli/run_jobs.h"
#include "platform/cli/run_total.h"
#include "reports/reports.h"
#include "sim/world.h"

static int
run_in_turn(struct run_job *jobs, uint32_t count)
{
    int code = 0;
    for (uint32_t i = 0; i < count; i++) {
        jobs[i].code = 3;
        if (!run_one_stop()) {
            progress_begin(jobs[i].one.file, i + 1, count);
            jobs[i].code = run_one(&jobs[i].one);
        }
        code = run_worse(code, jobs[i].code);
    }
    return code;
}

/* The seed of a file that names its own: asked of the file. */
static bool
run_seed_of_file(struct run_job *job)
{
    struct arena arena;
    struct files_io files;
    arena_init(&arena, 0);
    files_io_init(&files);
    const struct scenario *scenario = run_one_read(&job->one, &files.io, &arena);
    if (scenario != NULL) {
        job->one.seed = scenario->seed;
        job->one.has_seed = true;
    }
    scenario_close(scenario);
    arena_fini(&arena);
    return scenario != NULL;
}

/* Two files, or one by two names, whose results would be written into one folder: that is said. */
static bool
run_same_folder(const struct run_options *options)
{
    struct run_one a = { .options = options };
    struct run_one b = { .options = options };
    for (uint32_t i = 0; i < options->files.count; i++) {
        a.file = *(const char **)vec_at(&options->files, i);
        for (uint32_t j = 0; j < i && run_one_folder_name(&a, 0, NULL) == ST_OK; j++) {
            b.file = *(const char **)vec_at(&options->files, j);
            if (run_one_folder_name(&b, 0, NULL) == ST_OK && strcmp(a.folder, b.folder) == 0) {
                (void)fprintf(stderr, "rehearse run: %s and %s would write their results into one "
                                      "folder, expected one of them, or another name\n",
                              b.file, a.file);
                return true;
            }
        }
    }
    return false;
}

/* The files that hold all runs: --json and --junit. */
static int
run_together(const struct run_options *options, struct run_job *jobs, uint32_t count)
{
    struct arena arena;
    struct error err = { "" };
    enum status status = ST_OK;
    uint32_t there = 0;
    arena_init(&arena, 0);
    const char **paths = ARENA_ARRAY(&arena, const char *, count);
    for (uint32_t i = 0; i < count; i++) {
        char *path = arena_printf(&arena, "%s/run.db", jobs[i].one.folder);
        if (jobs[i].code <= 1 && jobs[i].one.folder[0] != '\0' && access(path, R_OK) == 0) {
            paths[there++] = path;
        }
    }
    if (options->json != NULL && there > 0) {
        status = report_summary(paths, there, options->json, &err);
    }
    if (status == ST_OK && options->junit != NULL && there > 0) {
        status = report_junit(paths, there, options->junit, &err);
    }
    arena_fini(&arena);
    if (status != ST_OK) {
        (void)fprintf(stderr, "rehearse: %s\n", err.text);
        return 3;
    }
    return 0;
}

static void
run_ended(void *context, struct run_job *job)
{
    (void)context;
    run_job_print(job);
}

/* In a child the folder is known to the child only: it is found again the same way. */
static void
run_folders(struct run_job *jobs, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        (void)run_one_folder_name(&jobs[i].one, jobs[i].one.seed, NULL);
    }
}

int
run_main(int argc, char **argv)
{
    struct run_options options;
    if (run_options_parse(argc, argv, &options) != ST_OK || run_same_folder(&options)) {
        run_options_fini(&options);
        return 2;
    }
    const uint64_t seeds = options.has_seeds ? options.seed_last - options.seed_first + 1 : 1;
    const uint32_t count = (uint32_t)(seeds * options.files.count);
    struct run_job *jobs = memory_alloc_zero(count, sizeof *jobs);
    int code = 0;
    for (uint32_t i = 0; i < count; i++) {
        jobs[i].one = (struct run_one){
            .options = &options,
            .file = *(const char **)vec_at(&options.files, (uint32_t)(i / seeds)),
            .has_seed = options.has_seeds,
            .seed = options.seed_first + i % seeds,
            .several = count > 1,
        };
        if (options.jobs > 1 && !options.has_seeds && !run_seed_of_file(&jobs[i])) {
            code = 2;
        }
    }
    if (code == 0) {
        code = options.jobs > 1 ? run_jobs(jobs, count, options.jobs, run_ended, NULL)
                                : run_in_turn(jobs, count);
        if (options.jobs > 1) {
            run_folders(jobs, count);
        }
        if (count > 1) {
            run_total_print(&options, jobs, count);
        }
        code = run_worse(code, run_together(&options, jobs, count));
    }
    memory_free(jobs);
    run_options_fini(&options);
    return code;
}

enum status
run_again(const struct trace_header *header, const char *trace_path, struct error *err)
{
    struct arena arena;
    struct files_io files;
    struct run_options options = { .backend = "fake", .out = "out", .allow = "" };
    const struct run_one one = { .options = &options,
                                 .file = header->file,
                                 .has_seed = true,
                                 .seed = header->seed };
    enum status status = ST_OK;
    arena_init(&arena, 0);
    files_io_init(&files);
    vec_init(&options.sets, sizeof(const char *));
    for (uint32_t i = 0; i < header->sets_count; i++) {
        *(const char **)vec_push(&options.sets) = header->sets[i];
    }
    const struct scenario *scenario = run_one_read(&one, &files.io, &arena);
    files.trace = scenario != NULL ? fopen(trace_path, "wb") : NULL;
    if (scenario == NULL) {
        status = error_set(err, ST_INVALID, "the trace's scenario %s cannot be read",
                           header->file);
    } else if (files.trace == NULL) {
        status = error_set(err, ST_IO, "cannot write %s: %s", trace_path, strerror(errno));
    } else {
        struct world *world = world_open(
            scenario, &(struct world_options){ .io = &files.io,
                                               .seed = scenario->seed,
                                               .wire_encoded = scenario->wire_encoded,
                                               .sets = options.sets.items,
                                               .sets_count = options.sets.count });
        world_play(world);
        world_close(world);
        if (fclose(files.trace) != 0 || files.failed) {
            status = error_set(err, ST_IO, "cannot write %s", trace_path);
        }
    }
    scenario_close(scenario);
    vec_fini(&options.sets);
    arena_fini(&arena);
    return status;
}
