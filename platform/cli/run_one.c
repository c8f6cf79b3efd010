/* platform/cli/run_one.c - one scenario, one seed, one backend: from its file to its reports. */
#include "platform/cli/run_one.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "platform/cli/assert_report.h"
#include "platform/cli/files.h"
#include "platform/cli/progress.h"
#include "platform/cli/run_docker.h"
#include "platform/cli/rundb_write.h"
#include "platform/cli/sql_expect.h"
#include "reports/reports.h"
#include "sim/scenario_file.h"
#include "sim/world.h"

const struct scenario *
run_one_read(const struct run_one *one, struct sim_io *io, struct arena *arena)
{
    struct diag_list diags;
    diag_list_init(&diags, arena);
    const struct scenario_options options = {
        .sets = one->options->sets.items,
        .sets_count = one->options->sets.count,
        .has_seed = one->has_seed,
        .seed = one->seed,
    };
    const struct scenario *scenario = scenario_read(io, one->file, &options, arena, &diags);
    struct strbuf line = { 0 };
    for (uint32_t i = 0; i < diags.items.count; i++) {
        const struct diag *diag = vec_at(&diags.items, i);
        if (diag->level == DIAG_NOTE && scenario != NULL) {
            continue; /* `rehearse check` shows them */
        }
        strbuf_clear(&line);
        diag_print(diag, &line);
        (void)fprintf(stderr, "%s\n", strbuf_text(&line));
    }
    strbuf_fini(&line);
    diag_list_fini(&diags);
    return scenario;
}

enum status
run_one_folder_name(struct run_one *one, uint64_t seed, struct error *err)
{
    struct arena arena;
    arena_init(&arena, 0);
    const char *path = scenario_file_beside(&arena, "", one->file); /* without . and .. */
    const char *under = strstr(path, "scenarios/");
    if (under != NULL && (under == path || under[-1] == '/')) {
        path = under + strlen("scenarios/");
    } else if (strrchr(path, '/') != NULL) {
        path = strrchr(path, '/') + 1;
    }
    int len = (int)strlen(path);
    if (len > 5 && strcmp(path + len - 5, ".json") == 0) {
        len -= 5;
    }
    const bool fake = strcmp(one->options->backend, "fake") == 0;
    const int written = snprintf(one->folder, sizeof one->folder, "%s/%.*s/%llu%s%s",
                                 one->options->out, len, path, (unsigned long long)seed,
                                 fake ? "" : "-", fake ? "" : one->options->backend);
    arena_fini(&arena);
    if (written < 0 || (size_t)written >= sizeof one->folder) {
        return error_set(err, ST_INVALID, "%s: the path is too long", one->file);
    }
    return ST_OK;
}

void
run_one_command(const struct run_one *one, const struct scenario *scenario, struct strbuf *out)
{
    strbuf_printf(out, "rehearse run %s --seed %llu", one->file,
                  (unsigned long long)scenario->seed);
    for (uint32_t i = 0; i < one->options->sets.count; i++) {
        strbuf_printf(out, " --set '%s'",
                      *(const char *const *)vec_at(&one->options->sets, i));
    }
    if (strcmp(one->options->backend, "fake") != 0) {
        strbuf_printf(out, " --backend %s", one->options->backend);
        if (one->options->allow[0] != '\0') {
            strbuf_printf(out, " --allow %s", one->options->allow);
        }
    }
}

static char *
run_one_path(const struct run_one *one, struct arena *arena, const char *name)
{
    return arena_printf(arena, "%s/%s", one->folder, name);
}

static int64_t
run_one_wall_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_SEC + now.tv_nsec;
}

/* What an earlier run left here: nothing of it may stand beside the run.db of this one. */
static void
run_one_remove_reports(const struct run_one *one, struct arena *arena)
{
    static const char *const names[] = { "trace.lz4",    "summary.json", "junit.xml",
                                         "report.html",  "requests.svg", "latency.svg",
                                         "healthy.svg",  "cluster.svg" };
    for (uint32_t i = 0; i < COUNT_OF(names); i++) {
        (void)unlink(run_one_path(one, arena, names[i]));
    }
}

/* run.db, then every report that is asked for. */
static enum status
run_one_report(const struct run_one *one, struct results *results,
               const struct scenario *scenario, struct arena *arena, struct error *err)
{
    const char *db = run_one_path(one, arena, "run.db");
    const char *db_new = run_one_path(one, arena, "run.db.new");
    enum status status = results->sink.context != NULL
                             ? rundb_close(results->sink.context, results, err)
                             : rundb_write(results, db_new, err);
    if (status == ST_OK) {
        status = sql_expect_judge(scenario, results, db_new, err);
    }
    if (status == ST_OK) {
        run_one_remove_reports(one, arena);
        status = files_rename(db_new, db, err);
    }
    const bool passed = results->outcome == OUTCOME_PASSED;
    enum report_level level = one->options->report;
    if (level == REPORT_AUTO) {
        level = one->several && passed ? REPORT_SUMMARY : REPORT_FULL;
    }
    const char *html = NULL;
    if (status == ST_OK && level != REPORT_NONE) {
        status = report_summary(&db, 1, run_one_path(one, arena, "summary.json"), err);
    }
    if (status == ST_OK && level == REPORT_FULL) {
        html = run_one_path(one, arena, "report.html");
        status = report_junit(&db, 1, run_one_path(one, arena, "junit.xml"), err);
        if (status == ST_OK) {
            status = report_html(db, html, err);
            status = status == ST_UNAVAILABLE ? ST_OK : status; /* the page says what is missing */
        }
    }
    if (status == ST_OK) {
        const struct report_console_options console = {
            .color = one->options->color,
            .quiet = one->options->quiet || (one->several && passed),
            .report_path = html,
        };
        status = report_console(db, &console, run_options_console(one->options), err);
    }
    return status;
}

static int64_t
run_one_now(void *context)
{
    const struct world *world = context;
    return world_now(world) - world->scenario->start_at_ns;
}

static volatile sig_atomic_t interrupted;

static void
run_one_signal(int number)
{
    (void)number;
    interrupted = 1;
}

void
run_one_catch_signals(void)
{
    const struct sigaction action = { .sa_handler = run_one_signal }; /* a wait ends early */
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

static bool
run_one_turn(void *context)
{
    struct world *world = context;
    progress_show(run_one_now(world), world->scenario->duration_ns);
    return interrupted != 0;
}

/* Plays it on fakes; its run.db is begun. results point into the world until world_close. */
static struct world *
run_one_fake(const struct run_one *one, const struct scenario *scenario, struct files_io *files,
             const char *reproduce, struct arena *arena)
{
    const struct world_options options = {
        .io = &files->io,
        .seed = scenario->seed,
        .poison = one->options->poison,
        .wire_encoded = one->options->wire == WIRE_AS_FILE ? scenario->wire_encoded
                                                           : one->options->wire == WIRE_ENCODED,
        .sets = one->options->sets.items,
        .sets_count = one->options->sets.count,
    };
    struct world *world = world_open(scenario, &options);
    const struct assert_report report = { .reproduce = reproduce,
                                          .now_at_ns = run_one_now,
                                          .context = world };
    assert_report_set(&report);
    world->interrupted = run_one_turn;
    world->interrupted_context = world;
    world->run.results.sink = (struct results_sink){
        .take = rundb_take, .context = rundb_open(run_one_path(one, arena, "run.db.new"))
    };
    const int64_t from_ns = run_one_wall_ns();
    world_play(world);
    world->run.results.wall_ns = run_one_wall_ns() - from_ns;
    world->run.results.reproduce = reproduce;
    return world;
}

static int
run_one_exit(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_PASSED:
        return 0;
    case OUTCOME_FAILED:
        return 1;
    case OUTCOME_ERROR:
        return 3;
    }
    return 3;
}

/* The reports of a run that has been played, and its exit code. */
static int
run_one_verdict(const struct run_one *one, struct results *results,
                const struct scenario *scenario, struct arena *arena)
{
    struct error err = { "" };
    if (run_one_report(one, results, scenario, arena, &err) != ST_OK) {
        (void)fprintf(stderr, "rehearse: %s\n", err.text);
        return 3;
    }
    return run_one_exit(results->outcome);
}

bool
run_one_stop(void)
{
    return interrupted != 0;
}

static int
run_one_play_fake(struct run_one *one, const struct scenario *scenario, struct files_io *files,
                  struct arena *arena, const char *reproduce)
{
    struct error err = { "" };
    const char *trace = run_one_path(one, arena, "trace.lz4");
    const char *trace_new = run_one_path(one, arena, "trace.lz4.new");
    const bool traced = one->options->report != REPORT_NONE;
    if (traced && (files->trace = fopen(trace_new, "wb")) == NULL) {
        (void)fprintf(stderr, "rehearse: cannot write %s\n", trace_new);
        return 3;
    }
    files->io.trace = traced ? files->io.trace : NULL;
    struct world *world = run_one_fake(one, scenario, files, reproduce, arena);
    int code = 3;
    if (interrupted) {
        rundb_drop(world->run.results.sink.context);
        (void)fprintf(stderr, "rehearse: interrupted\n");
    } else {
        code = run_one_verdict(one, &world->run.results, scenario, arena);
    }
    assert_report_set(&(struct assert_report){ .reproduce = reproduce });
    world_close(world);
    if (files->trace != NULL) {
        files->failed = fclose(files->trace) != 0 || files->failed;
        files->trace = NULL;
        if (interrupted || files->failed || files_rename(trace_new, trace, &err) != ST_OK) {
            (void)unlink(trace_new);
            code = 3;
        }
    }
    return code;
}

int
run_one(struct run_one *one)
{
    struct arena arena;
    struct files_io files;
    struct error err = { "" };
    struct strbuf reproduce = { 0 };
    int code = 2;
    arena_init(&arena, one->options->poison);
    files_io_init(&files);
    run_one_catch_signals();
    const struct scenario *scenario = run_one_read(one, &files.io, &arena);
    if (scenario != NULL) {
        run_one_command(one, scenario, &reproduce);
        const bool docker = strcmp(one->options->backend, "docker") == 0;
        if (run_one_folder_name(one, scenario->seed, &err) != ST_OK ||
            (!docker && files_make_folders(one->folder, &err) != ST_OK)) {
            (void)fprintf(stderr, "rehearse: %s\n", err.text);
            code = 3;
        } else if (docker) { /* makes its folder once it knows that it can play */
            code = run_docker(one, scenario, &arena, strbuf_text(&reproduce), run_one_verdict,
                              run_one_stop);
        } else {
            code = run_one_play_fake(one, scenario, &files, &arena, strbuf_text(&reproduce));
        }
        progress_clear();
    }
    assert_report_set(&(struct assert_report){ 0 });
    scenario_close(scenario);
    strbuf_fini(&reproduce);
    arena_fini(&arena);
    return code;
}
