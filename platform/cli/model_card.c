/* platform/cli/model_card.c - `rehearse model-card`: plays the cells, and writes the card. */
#include "platform/cli/model_card.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "platform/base/memory.h"
#include "platform/cli/files.h"
#include "platform/cli/run_jobs.h"
#include "reports/reader.h"

enum { CARD_JOBS_MAX = 256 };

static const char card_help[] =
    "usage: rehearse model-card [options]\n\n"
    "Plays queues whose numbers are known in closed form, with the seeds 1 to 8,\n"
    "through balancer, proxy and instances, and judges what was measured. Writes\n"
    "model-card.html, model-card.md and model-card.json. All cells take some minutes.\n\n"
    "  --short           only the cells that need few requests: seconds\n"
    "  --out DIR         where the card goes (out/model-card)\n"
    "  --scenarios DIR   where model-mm1.json and the others are (scenarios/traffic)\n"
    "  --jobs N          play so many runs at a time (as many as there are cores)\n\n"
    "Exit: 0 every cell passed, 1 one did not, 2 bad usage, 3 they could not be\n"
    "played.\n";

enum { OPTION_SHORT = 1000, OPTION_OUT, OPTION_SCENARIOS, OPTION_JOBS };

static const struct option long_options[] = {
    { "short", no_argument, NULL, OPTION_SHORT },
    { "out", required_argument, NULL, OPTION_OUT },
    { "scenarios", required_argument, NULL, OPTION_SCENARIOS },
    { "jobs", required_argument, NULL, OPTION_JOBS },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

struct card_command {
    bool        is_short;
    const char *out;
    const char *scenarios;
    uint32_t    jobs;
};

/* One cell while it is played. */
struct card_play {
    struct card_cell  *cell;
    struct run_options options;
    uint32_t           seeds_left;
};

struct card_progress {
    struct arena       arena;
    struct card_play  *plays; /* owned */
    uint32_t           count;
    uint32_t           done;
    struct run_job    *jobs; /* owned: JUDGE_SEEDS a cell, those that take longest first */
    const char        *trouble; /* NULL: none */
};

/* --- what was asked --- */

static bool
card_jobs(const char *text, uint32_t *ret)
{
    char *end = NULL;
    errno = 0;
    const unsigned long value = strtoul(text, &end, 10);
    *ret = (uint32_t)value;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && value > 0 &&
           value <= CARD_JOBS_MAX;
}

/* False with a sentence printed; exits after --help. */
static bool
card_options(int argc, char **argv, struct card_command *command)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int option = 0;
    *command = (struct card_command){ .out = "out/model-card",
                                      .scenarios = "scenarios/traffic",
                                      .jobs = cores < 1 ? 1
                                              : cores > CARD_JOBS_MAX ? CARD_JOBS_MAX
                                                                      : (uint32_t)cores };
    optind = 1;
    while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        switch (option) {
        case 'h':
            (void)fputs(card_help, stdout);
            exit(0);
        case OPTION_SHORT:
            command->is_short = true;
            break;
        case OPTION_OUT:
            command->out = optarg;
            break;
        case OPTION_SCENARIOS:
            command->scenarios = optarg;
            break;
        case OPTION_JOBS:
            if (!card_jobs(optarg, &command->jobs)) {
                (void)fprintf(stderr,
                              "rehearse model-card: --jobs takes a number from 1 to 256\n");
                return false;
            }
            break;
        default: /* getopt has said what is wrong */
            return false;
        }
    }
    if (optind < argc) {
        (void)fprintf(stderr, "rehearse model-card: it takes options only, see rehearse model-card "
                              "--help\n");
        return false;
    }
    return true;
}

/* --- playing --- */

static uint32_t
card_cells(const struct card_command *command, struct arena *arena, struct card_cell *cells)
{
    struct model_cell all[MODEL_CELLS_MAX];
    const uint32_t    all_count = model_cells(all);
    uint32_t          count = 0;
    for (uint32_t i = 0; i < all_count; i++) {
        if (!command->is_short || all[i].requests <= MODEL_SHORT_MAX) {
            cells[count] = (struct card_cell){ .cell = all[i], .clean = true };
            card_settings(arena, command->scenarios, &cells[count]);
            count++;
        }
    }
    return count;
}

static void
card_play_init(struct arena *arena, const struct card_command *command, struct card_cell *cell,
               uint32_t number, struct card_play *play)
{
    *play = (struct card_play){ .cell = cell, .seeds_left = JUDGE_SEEDS };
    play->options = (struct run_options){
        .backend = "fake",
        .out = arena_printf(arena, "%s/runs/%u", command->out, number),
        .allow = "",
        .quiet = true,
        .report = REPORT_NONE,
    };
    vec_init(&play->options.files, sizeof(const char *));
    vec_init(&play->options.sets, sizeof(const char *));
    for (uint32_t i = 0; i < cell->sets_count; i++) {
        *(const char **)vec_push(&play->options.sets) = cell->sets[i];
    }
}

/* Longest first, so that no long one is left alone at the end; equal ones keep their order. */
static void
card_order(struct card_play *plays, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        const struct card_play play = plays[i];
        uint32_t               at = i;
        for (; at > 0 && plays[at - 1].cell->cell.requests < play.cell->cell.requests; at--) {
            plays[at] = plays[at - 1];
        }
        plays[at] = play;
    }
}

/* --- reading what a run left --- */

static double
card_services(const struct reader_rows *rows, int column)
{
    return (double)reader_int(rows, column) / (double)MODEL_SERVICE_NS;
}

static bool
card_read_db(struct card_cell *cell, uint32_t seed_index, struct reader *reader)
{
    struct reader_rows rows = reader_query(
        reader, "SELECT requests, ok, mean_ns, p50_ns, p99_ns FROM services");
    if (!reader_next(&rows)) {
        return false;
    }
    const int64_t requests = reader_int(&rows, 0);
    cell->requests += (uint64_t)requests;
    cell->clean = cell->clean && requests > 0 && reader_int(&rows, 1) == requests;
    cell->mean[seed_index] = card_services(&rows, 2);
    cell->p50[seed_index] = card_services(&rows, 3);
    cell->p99[seed_index] = card_services(&rows, 4);
    reader_end(&rows);
    cell->clean =
        cell->clean &&
        reader_number(reader, "SELECT count(*) FROM invariants WHERE outcome <> 'passed'") == 0;
    return true;
}

/* The folder and those around it whose paths are that long; one that is not empty stays. */
static void
card_remove_folders(const char *folder, size_t len_min)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s", folder);
    while (strlen(path) >= len_min && rmdir(path) == 0) {
        char *slash = strrchr(path, '/');
        path[slash != NULL ? slash - path : 0] = '\0';
    }
}

static void
card_ended(void *context, struct run_job *job)
{
    struct card_progress *progress = context;
    struct card_play     *play = container_of(job->one.options, struct card_play, options);
    struct reader         reader = { 0 };
    struct error          err = { "" };
    const uint32_t        seed_index = (uint32_t)(job->one.seed - CARD_SEED_FIRST);
    if (job->code > 1 || run_one_folder_name(&job->one, job->one.seed, &err) != ST_OK) {
        run_job_print(job);
        progress->trouble = "a cell could not be played";
        return;
    }
    const char *db = arena_printf(&progress->arena, "%s/run.db", job->one.folder);
    if (reader_open(&reader, db, &err) != ST_OK ||
        !card_read_db(play->cell, seed_index, &reader) ||
        reader_status(&reader, &err) != ST_OK) {
        (void)fprintf(stderr, "rehearse model-card: %s: %s\n", db, err.text);
        progress->trouble = "a run cannot be read back";
    }
    reader_close(&reader);
    (void)unlink(db);
    play->seeds_left--;
    /* Those above its own are the cell's, and another run may be about to make its own in them. */
    card_remove_folders(job->one.folder,
                        strlen(play->seeds_left == 0 ? play->options.out : job->one.folder));
    if (play->seeds_left == 0) {
        progress->done++;
        (void)printf("%3u of %u  %s, load %.2f: %llu requests\n", progress->done, progress->count,
                     model_family_name(play->cell->cell.family),
                     (double)play->cell->cell.use_ppm / PPM,
                     (unsigned long long)play->cell->requests);
        (void)fflush(stdout);
    }
}

static int
card_play(const struct card_command *command, struct card_cell *cells, uint32_t count)
{
    struct card_progress progress = { .count = count };
    arena_init(&progress.arena, 0);
    progress.plays = memory_alloc_zero(count, sizeof *progress.plays);
    progress.jobs = memory_alloc_zero(count * JUDGE_SEEDS, sizeof *progress.jobs);
    for (uint32_t i = 0; i < count; i++) {
        card_play_init(&progress.arena, command, &cells[i], i + 1, &progress.plays[i]);
    }
    card_order(progress.plays, count);
    for (uint32_t i = 0; i < count * JUDGE_SEEDS; i++) {
        const struct card_play *play = &progress.plays[i / JUDGE_SEEDS];
        progress.jobs[i].one = (struct run_one){ .options = &play->options,
                                                 .file = play->cell->file,
                                                 .has_seed = true,
                                                 .seed = CARD_SEED_FIRST + i % JUDGE_SEEDS,
                                                 .several = true };
    }
    int code = run_jobs(progress.jobs, count * JUDGE_SEEDS, command->jobs, card_ended, &progress);
    if (progress.trouble != NULL) {
        (void)fprintf(stderr, "rehearse model-card: %s\n", progress.trouble);
        code = run_worse(code, 3);
    }
    const char *runs = arena_printf(&progress.arena, "%s/runs", command->out);
    card_remove_folders(runs, strlen(runs));
    for (uint32_t i = 0; i < count; i++) {
        vec_fini(&progress.plays[i].options.sets);
        vec_fini(&progress.plays[i].options.files);
    }
    memory_free(progress.jobs);
    memory_free(progress.plays);
    arena_fini(&progress.arena);
    return code;
}

/* --- the card --- */

static int
card_write(const struct card_command *command, struct arena *arena, const struct model_card *card)
{
    struct error err = { "" };
    const char  *html = arena_printf(arena, "%s/model-card.html", command->out);
    enum status  status = files_make_folders(command->out, &err);
    if (status == ST_OK) {
        status = model_card_json(card, arena_printf(arena, "%s/model-card.json", command->out),
                                 &err);
    }
    if (status == ST_OK) {
        status = model_card_markdown(card, arena_printf(arena, "%s/model-card.md", command->out),
                                     &err);
    }
    if (status == ST_OK) {
        status = model_card_html(card, html, &err);
    }
    if (status != ST_OK) {
        (void)fprintf(stderr, "rehearse model-card: %s\n", err.text);
    }
    if (status != ST_OK && status != ST_UNAVAILABLE) { /* the page says that charts are missing */
        return 3;
    }
    (void)printf("card: %s\n", html);
    return 0;
}

static void
card_print(const struct model_card *card)
{
    const struct model_card_sums sums = model_card_sums(card);
    struct strbuf                why = { 0 };
    for (uint32_t i = 0; i < card->families_count; i++) {
        for (uint32_t k = 0; k < card->families[i].rows_count; k++) {
            const struct model_card_row *row = &card->families[i].rows[k];
            if (!row->passed) {
                model_card_why(row, &why);
                (void)printf("failed  %s: %s, load %.2f: %s\n        %.5f +- %.5f, expected %.5f",
                             card->families[i].name, row->name, row->load, strbuf_text(&why),
                             row->mean, row->half, row->low);
                (void)printf(row->low < row->high ? " to %.5f\n" : " within %.5f\n",
                             row->low < row->high ? row->high : row->tolerance);
            }
        }
    }
    strbuf_fini(&why);
    (void)printf("%s  %u of %u cells, %llu requests\n",
                 sums.passed == sums.rows ? "PASSED" : "FAILED", sums.passed, sums.rows,
                 (unsigned long long)sums.requests);
}

int
model_card_main(int argc, char **argv)
{
    struct card_command command;
    if (!card_options(argc, argv, &command)) {
        return 2;
    }
    struct arena arena;
    arena_init(&arena, 0);
    struct card_cell *cells = ARENA_ARRAY(&arena, struct card_cell, MODEL_CELLS_MAX);
    const uint32_t    count = card_cells(&command, &arena, cells);
    struct model_card card = {
        .is_short = command.is_short,
        .seed_first = CARD_SEED_FIRST,
        .seed_last = CARD_SEED_FIRST + JUDGE_SEEDS - 1,
        .command = command.is_short ? "rehearse model-card --short" : "rehearse model-card",
    };
    int code = card_play(&command, cells, count);
    if (code <= 1) { /* a run that did not hold what it expects is judged with its cell */
        card_judge(&arena, cells, count, &card);
        card_print(&card);
        const struct model_card_sums sums = model_card_sums(&card);
        code = run_worse(card_write(&command, &arena, &card), sums.passed == sums.rows ? 0 : 1);
    }
    arena_fini(&arena);
    return code;
}
