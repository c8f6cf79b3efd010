/* platform/cli/report.c - builds summary.json, junit.xml, report.html and charts of run folders. */
#include "platform/cli/report.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platform/base/arena.h"
#include "platform/base/vec.h"
#include "reports/reports.h"

enum { REPORT_EXIT_OK = 0, REPORT_EXIT_USAGE = 2, REPORT_EXIT_IO = 3 };

static const char report_help[] =
    "usage: rehearse report [--junit FILE] [--json FILE] [--quiet] [--no-color]\n"
    "                       DIR...\n\n"
    "Builds summary.json, junit.xml, report.html and its charts again in each DIR, a\n"
    "folder that `rehearse run` left, from the run.db in it.\n\n"
    "  --junit FILE  one junit.xml of all the runs, too; - for standard output\n"
    "  --json FILE   one summary of all the runs, too; - for standard output\n"
    "  --quiet       a line a run, and what failed\n"
    "  --no-color    plain text\n";

struct report_command {
    struct arena arena;
    struct vec   dirs; /* const char * */
    struct vec   dbs;  /* const char * */
    const char  *junit;
    const char  *json;
    bool         quiet;
    bool         color;
    bool         help;
};

static bool
report_takes_file(struct report_command *command, int argc, char **argv, int *index)
{
    const char **file = NULL;
    if (strcmp(argv[*index], "--junit") == 0) {
        file = &command->junit;
    } else if (strcmp(argv[*index], "--json") == 0) {
        file = &command->json;
    }
    if (file == NULL || *index + 1 >= argc) {
        return false;
    }
    *index += 1;
    *file = argv[*index];
    return true;
}

static bool
report_options(struct report_command *command, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            command->help = true;
        } else if (strcmp(argv[i], "--quiet") == 0) {
            command->quiet = true;
        } else if (strcmp(argv[i], "--no-color") == 0) {
            command->color = false;
        } else if (argv[i][0] != '-') {
            *(const char **)vec_push(&command->dirs) = argv[i];
        } else if (!report_takes_file(command, argc, argv, &i)) {
            (void)fprintf(stderr, "rehearse report: option '%s' is unknown or wants a FILE\n",
                          argv[i]);
            return false;
        }
    }
    if (command->dirs.count == 0 && !command->help) {
        (void)fprintf(stderr, "rehearse report: which folder? For example: "
                              "rehearse report out/smoke/hello/1\n");
        return false;
    }
    return true;
}

static bool
report_to_stdout(const char *file)
{
    return file != NULL && strcmp(file, "-") == 0;
}

/* The files of one folder, then its verdict. */
static enum status
report_folder(struct report_command *command, const char *dir, const char *db, struct error *err)
{
    struct arena *arena = &command->arena;
    const char *html = arena_printf(arena, "%s/report.html", dir);
    enum status status = report_summary(&db, 1, arena_printf(arena, "%s/summary.json", dir), err);
    if (status == ST_OK) {
        status = report_junit(&db, 1, arena_printf(arena, "%s/junit.xml", dir), err);
    }
    if (status == ST_OK) {
        status = report_html(db, html, err);
        if (status == ST_UNAVAILABLE) { /* the page is there, and says so, too */
            (void)fprintf(stderr, "rehearse report: %s\n", err->text);
            status = ST_OK;
        }
    }
    if (status == ST_OK) {
        const struct report_console_options console = {
            .color = command->color,
            .quiet = command->quiet,
            .report_path = html,
        };
        const bool busy = report_to_stdout(command->junit) || report_to_stdout(command->json);
        status = report_console(db, &console, busy ? stderr : stdout, err);
    }
    return status;
}

static enum status
report_all(struct report_command *command, struct error *err)
{
    enum status status = ST_OK;
    for (uint32_t i = 0; i < command->dirs.count && status == ST_OK; i++) {
        const char *dir = *(const char *const *)vec_at(&command->dirs, i);
        const char *db = arena_printf(&command->arena, "%s/run.db", dir);
        *(const char **)vec_push(&command->dbs) = db;
        status = report_folder(command, dir, db, err);
    }
    if (status == ST_OK && command->json != NULL) {
        status = report_summary(command->dbs.items, command->dbs.count, command->json, err);
    }
    if (status == ST_OK && command->junit != NULL) {
        status = report_junit(command->dbs.items, command->dbs.count, command->junit, err);
    }
    return status;
}

int
report_main(int argc, char **argv)
{
    struct report_command command = { .color = isatty(STDOUT_FILENO) == 1 };
    struct error err = { "" };
    int code = REPORT_EXIT_USAGE;
    vec_init(&command.dirs, sizeof(const char *));
    vec_init(&command.dbs, sizeof(const char *));
    if (report_options(&command, argc, argv)) {
        code = REPORT_EXIT_OK;
        if (command.help) {
            (void)fputs(report_help, stdout);
        } else {
            const enum status status = report_all(&command, &err);
            if (status != ST_OK) {
                (void)fprintf(stderr, "rehearse report: %s\n", err.text);
                const bool input = status == ST_NOT_FOUND || status == ST_INVALID;
                code = input ? REPORT_EXIT_USAGE : REPORT_EXIT_IO;
            }
        }
    }
    vec_fini(&command.dbs);
    vec_fini(&command.dirs);
    arena_fini(&command.arena);
    return code;
}
