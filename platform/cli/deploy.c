/*
 * platform/cli/deploy.c - `rehearse deploy FILE --rehearse --from SNAPSHOT`: the deploy becomes a
 * scenario that extends the snapshot, which is played with many seeds and judged.
 */
#include "platform/cli/deploy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "platform/cli/check_scenario.h"
#include "platform/cli/deploy_compose.h"
#include "platform/cli/deploy_report.h"
#include "platform/cli/files.h"
#include "platform/cli/run_one.h"
#include "platform/model/strategy.h"
#include "sim/scenario_file.h"
#include "sim/snapshot.h"

#define DEPLOY_FAULTS_NS_MIN SEC(90) /* room for a machine that dies and comes back */

struct deploy {
    struct deploy_options  options;
    struct arena           arena;
    struct files_io        files;
    struct vec             changes; /* struct deploy_change */
    struct vec             seeds;   /* json_t *, owned */
    json_t                *strategy; /* owned; NULL: none given */
    struct scenario_file   expect;   /* its json is owned; NULL: none given */
    const struct scenario *cluster;  /* the snapshot alone */
    const struct scenario *scenario; /* what is played */
    struct deploy_compose  compose;
};

/* A scenario by its text, or with NULL from its file; mistakes are printed, and warnings if asked
 * for. NULL when there was a mistake. */
static const struct scenario *
deploy_read(struct deploy *deploy, const char *text, bool warn)
{
    struct files_overlay overlay;
    struct diag_list     diags;
    files_overlay_init(&overlay, scenario_file_beside(&deploy->arena, "", deploy->compose.path),
                       text);
    diag_list_init(&diags, &deploy->arena);
    const struct scenario *scenario = scenario_read(
        text != NULL ? &overlay.io : &deploy->files.io, deploy->compose.path,
        &(struct scenario_options){ .sets = deploy->options.sets.items,
                                    .sets_count = deploy->options.sets.count },
        &deploy->arena, &diags);
    for (uint32_t i = diags.items.count; i > 0; i--) { /* notes are for rehearse check */
        const struct diag *diag = vec_at(&diags.items, i - 1);
        if (diag->level != DIAG_ERROR && (!warn || diag->level == DIAG_NOTE)) {
            vec_remove_at(&diags.items, i - 1);
        }
    }
    check_print_diags(&diags, stderr);
    diag_list_fini(&diags);
    return scenario;
}

/* --- what is given --- */

/* JSON on the command line, or the name of a file that holds it. */
static bool
deploy_read_strategy(struct deploy *deploy)
{
    const char          *given = deploy->options.strategy;
    struct scenario_file file = { .source = { .file = "--strategy" } };
    struct diag_list     diags;
    json_error_t         error;
    if (given == NULL) {
        return true;
    }
    diag_list_init(&diags, &deploy->arena);
    deploy->strategy = json_loads(given, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
    if (deploy->strategy == NULL && (given[0] == '{' || given[0] == '"')) {
        diag_add_at(&diags, "--strategy", 0, 0, "not JSON: %s", error.text);
    } else if (deploy->strategy == NULL &&
               scenario_file_read(&deploy->files.io, given, NULL, "", &deploy->arena, &diags,
                                  &file)) {
        deploy->strategy = file.json;
    }
    if (deploy->strategy != NULL) {
        deploy->compose.spec =
            strategy_read(deploy->strategy, &file.source, "", &deploy->arena, &diags);
    }
    check_print_diags(&diags, stderr);
    diag_list_fini(&diags);
    deploy->compose.strategy = deploy->strategy;
    return deploy->compose.spec != NULL;
}

static bool
deploy_read_expect(struct deploy *deploy)
{
    struct diag_list diags;
    if (deploy->options.expect == NULL) {
        return true;
    }
    diag_list_init(&diags, &deploy->arena);
    if (scenario_file_read(&deploy->files.io, deploy->options.expect, NULL, "", &deploy->arena,
                           &diags, &deploy->expect) &&
        !json_is_array(deploy->expect.json)) {
        diag_add(&diags, &deploy->expect.source, DIAG_ERROR, "",
                 "expected an array of expectations, as \"expect\" of a scenario");
    }
    check_print_diags(&diags, stderr);
    const bool right = diags.errors_count == 0;
    diag_list_fini(&diags);
    deploy->compose.expect = deploy->expect.json;
    return right;
}

/* The cluster as it is, and what the deploy changes in it. */
static bool
deploy_read_cluster(struct deploy *deploy)
{
    const char  *text = NULL;
    struct error err = { "" };
    char        *whole = NULL;
    size_t       whole_len = 0;
    if (deploy->files.io.read(&deploy->files.io, deploy->options.from, &deploy->arena, &whole,
                              &whole_len, &err) != ST_OK) {
        (void)fprintf(stderr, "%s\n", err.text); /* else it is said of our own file */
        return false;
    }
    if (deploy_compose(&deploy->compose, &deploy->arena, &text) != ST_OK) {
        return false;
    }
    deploy->cluster = deploy_read(deploy, text, false);
    if (deploy->cluster == NULL) {
        return false;
    }
    if (deploy->cluster->snapshot == NULL) {
        (void)fprintf(stderr, "%s: /state: is missing, expected the machines, apps and tasks of a "
                              "cluster (rehearse check --schema --snapshot)\n",
                      deploy->options.from);
        return false;
    }
    deploy->compose.cluster = deploy->cluster;
    if (deploy->compose.expect == NULL) {
        deploy->compose.expect = json_object_get(deploy->cluster->document, "expect");
    }
    deploy_change_compare(&deploy->changes, deploy->cluster);
    for (uint32_t i = deploy->changes.count; i > 0; i--) {
        const struct deploy_change *change = vec_at(&deploy->changes, i - 1);
        if (change->old != NULL && json_object_size(change->patch) == 0) {
            (void)fprintf(stderr, "%s: is in force already, as it is: left out\n",
                          change->spec->id);
            json_decref(change->patch);
            vec_remove_at(&deploy->changes, i - 1);
        }
    }
    return true;
}

static bool
deploy_read_all(struct deploy *deploy)
{
    const bool changes = deploy_change_read(&deploy->options.files, &deploy->files.io,
                                            &deploy->arena, &deploy->changes);
    const bool strategy = deploy_read_strategy(deploy);
    const bool expect = deploy_read_expect(deploy);
    const bool cluster = deploy_read_cluster(deploy);
    return changes && strategy && expect && cluster;
}

/* --- what is left behind --- */

static enum status
deploy_write(const char *path, const char *text, struct error *err)
{
    char new_path[4096];
    if (strcmp(path, "-") == 0) {
        return fputs(text, stdout) >= 0 && fflush(stdout) == 0
                   ? ST_OK
                   : error_set(err, ST_IO, "cannot write standard output");
    }
    const int   len = snprintf(new_path, sizeof new_path, "%s.new", path);
    FILE       *file =
        len > 0 && (size_t)len < sizeof new_path ? fopen(new_path, "wb") : NULL;
    const bool  written = file != NULL && fputs(text, file) >= 0;
    const bool  closed = file != NULL && fclose(file) == 0;
    if (!written || !closed) {
        return error_set(err, ST_IO, "cannot write %s: %s", path, strerror(errno));
    }
    return files_rename(new_path, path, err);
}

/* --- the play --- */

/* How long there may be faults: as long as the deploy takes without any, and half as long again. */
static bool
deploy_find_faults(struct deploy *deploy)
{
    const char *text = NULL;
    if (strcmp(deploy->options.faults, "none") == 0) {
        return true;
    }
    if (deploy_compose(&deploy->compose, &deploy->arena, &text) != ST_OK) {
        return false;
    }
    const struct scenario *calm = deploy_read(deploy, text, false);
    if (calm == NULL) {
        return false;
    }
    json_t       *seed = deploy_seed_play(calm, 1, &deploy->changes, "");
    const int64_t took_ns = seed != NULL ? deploy_seed_number(seed, SEED_TOOK) : -1;
    const int64_t most_ns = deploy_compose_within_ns(&deploy->compose);
    deploy->compose.faults_ns =
        int64_max(took_ns < 0 ? most_ns : int64_min(took_ns + took_ns / 2, most_ns),
                  DEPLOY_FAULTS_NS_MIN);
    deploy->compose.faults_ns -= deploy->compose.faults_ns % NS_PER_SEC;
    json_decref(seed);
    scenario_close(calm);
    return true;
}

static int
deploy_prepare(struct deploy *deploy, struct error *err)
{
    const char *text = NULL;
    if (!deploy_find_faults(deploy) ||
        deploy_compose(&deploy->compose, &deploy->arena, &text) != ST_OK) {
        return 2;
    }
    if (files_make_folders(deploy->options.out, err) != ST_OK ||
        deploy_write(deploy->compose.path, text, err) != ST_OK) {
        return 3;
    }
    deploy->scenario = deploy_read(deploy, NULL, true);
    return deploy->scenario != NULL ? 0 : 2;
}

/* One seed alone leaves what a run leaves. */
static int
deploy_run_one(const struct deploy *deploy)
{
    const bool               quiet = deploy_options_console(&deploy->options) == stderr;
    const struct run_options options = { .backend = "fake",
                                         .out = deploy->options.out,
                                         .allow = "",
                                         .sets = deploy->options.sets,
                                         .json = quiet ? "-" : NULL,
                                         .quiet = deploy->options.quiet,
                                         .report = REPORT_FULL };
    struct run_one one = { .options = &options,
                           .file = deploy->compose.path,
                           .has_seed = true,
                           .seed = deploy->options.seed_first };
    return run_one(&one) == 3 ? 3 : 0;
}

/* "shop/web:2.0, shop/api:3.1" */
static const char *
deploy_guesses(struct deploy *deploy)
{
    const char *guesses = "";
    for (uint32_t i = 0; i < deploy->changes.count; i++) {
        const struct deploy_change *change = vec_at(&deploy->changes, i);
        if (deploy_compose_guesses(&deploy->compose, change)) {
            guesses = arena_printf(&deploy->arena, "%s%s%s", guesses, guesses[0] ? ", " : "",
                                   change->spec->image);
        }
    }
    return guesses;
}

static int
deploy_report(struct deploy *deploy, struct error *err)
{
    struct deploy_options *options = &deploy->options;
    struct deploy_risk     risk;
    struct strbuf          command = { 0 };
    struct strbuf          markdown = { 0 };
    enum status            status = ST_OK;
    deploy_risk_init(&risk, &deploy->seeds, &deploy->arena);
    deploy_options_command(
        options,
        (uint64_t)json_integer_value(json_object_get(risk.worst_first[0], "seed")), &command);
    const struct deploy_report report = {
        .options = options,
        .changes = &deploy->changes,
        .snapshot = deploy->cluster->name,
        .strategy = deploy->compose.spec != NULL ? strategy_kind_name(deploy->compose.spec->kind)
                                                 : "rolling",
        .risk = &risk,
        .seeds = &deploy->seeds,
        .within_ns = deploy_compose_within_ns(&deploy->compose),
        .too_high = deploy_risk_is_too_high(&risk, options->max_risk_ppm),
        .guesses = deploy_guesses(deploy),
        .command = strbuf_text(&command),
    };
    deploy_report_console(&report, deploy_options_console(options));
    if (options->markdown != NULL) {
        deploy_report_markdown(&report, &markdown);
        status = deploy_write(options->markdown, strbuf_text(&markdown), err);
    }
    if (status == ST_OK && options->json != NULL) {
        json_t *json = deploy_report_json(&report);
        char   *text = json_dumps(json, JSON_INDENT(2));
        status = deploy_write(options->json, arena_printf(&deploy->arena, "%s\n", text), err);
        free(text);
        json_decref(json);
    }
    const int code = status != ST_OK || risk.errors > 0 ? 3 : report.too_high ? 1 : 0;
    strbuf_fini(&markdown);
    strbuf_fini(&command);
    deploy_risk_fini(&risk);
    return code;
}

static int
deploy_rehearse(struct deploy *deploy)
{
    struct error           err = { "" };
    struct deploy_options *options = &deploy->options;
    if (!deploy_read_all(deploy)) {
        return 2;
    }
    if (deploy->changes.count == 0) {
        (void)fprintf(stderr, "rehearse deploy: nothing would change\n");
        return 0;
    }
    int code = deploy_prepare(deploy, &err);
    if (code == 0 && deploy_seeds_play(deploy->scenario, options->seed_first, options->seed_last,
                                       options->jobs, &deploy->changes, options, &deploy->seeds,
                                       &err) != ST_OK) {
        code = 3;
    }
    if (code == 0) {
        if (options->seed_first == options->seed_last) {
            code = deploy_run_one(deploy);
        }
        const int verdict = deploy_report(deploy, &err);
        code = code > verdict ? code : verdict;
    }
    if (err.text[0] != '\0') {
        (void)fprintf(stderr, "rehearse deploy: %s\n", err.text);
    }
    return code;
}

int
deploy_main(int argc, char **argv)
{
    struct deploy deploy = { .cluster = NULL };
    bool          helped = false;
    int           code = 2;
    const enum status status = deploy_options_parse(argc, argv, &deploy.options, &helped);
    arena_init(&deploy.arena, 0);
    files_io_init(&deploy.files);
    vec_init(&deploy.changes, sizeof(struct deploy_change));
    vec_init(&deploy.seeds, sizeof(json_t *));
    if (helped) {
        code = 0;
    } else if (status == ST_OK) {
        deploy.compose = (struct deploy_compose){
            .options = &deploy.options,
            .path = deploy_compose_path(&deploy.options, &deploy.arena),
            .changes = &deploy.changes,
        };
        code = deploy_rehearse(&deploy);
    }
    for (uint32_t i = 0; i < deploy.seeds.count; i++) {
        json_decref(*(json_t **)vec_at(&deploy.seeds, i));
    }
    vec_fini(&deploy.seeds);
    deploy_change_fini(&deploy.changes);
    scenario_close(deploy.scenario);
    scenario_close(deploy.cluster);
    json_decref(deploy.strategy);
    json_decref(deploy.expect.json);
    arena_fini(&deploy.arena);
    deploy_options_fini(&deploy.options);
    return code;
}
