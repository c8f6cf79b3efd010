/* platform/cli/replay.c - runs the scenario of a trace again and compares the two histories. */
#include "platform/cli/replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "platform/base/units.h"
#include "platform/cli/diff.h"
#include "platform/cli/trace_load.h"

enum { EXIT_SAME, EXIT_DIFFERENT, EXIT_USAGE, EXIT_NO_RUN };

struct replay_options {
    const char *trace;
    const char *against; /* NULL: run it again */
    bool        has_window;
    int64_t     from_ns; /* from the start of the scenario, both ends included */
    int64_t     to_ns;
};

static bool
replay_parse(int argc, char **argv, struct replay_options *options)
{
    *options = (struct replay_options){ .to_ns = INT64_MAX };
    for (int i = 1; i < argc; i++) {
        const bool from = strcmp(argv[i], "--from") == 0;
        const bool to = strcmp(argv[i], "--to") == 0;
        const bool against = strcmp(argv[i], "--against") == 0;
        if (from || to || against) {
            i++;
            if (i == argc) {
                return false;
            }
            if (against) {
                options->against = argv[i];
            } else if (!units_parse_duration(argv[i], from ? &options->from_ns : &options->to_ns)) {
                fprintf(stderr, "rehearse replay: \"%s\" is no duration such as 10s or 1m30s\n",
                        argv[i]);
                return false;
            }
            options->has_window = options->has_window || !against;
        } else if (argv[i][0] == '-' || options->trace != NULL) {
            return false;
        } else {
            options->trace = argv[i];
        }
    }
    if (options->from_ns > options->to_ns) {
        fprintf(stderr, "rehearse replay: --from lies after --to\n");
        return false;
    }
    return options->trace != NULL;
}

/* The lines of the window: only parts that reach into it are unpacked. */
static enum status
replay_print_window(const struct trace_file *file, const struct replay_options *options,
                    struct error *err)
{
    struct arena arena = { 0 };
    enum status status = ST_OK;
    const int64_t start_at_ns = file->header.start_at_ns;
    for (uint32_t part = 0; part < file->parts.count && status == ST_OK; part++) {
        const struct trace_part *at = vec_at(&file->parts, part);
        const struct trace_part *before = part == 0 ? NULL : vec_at(&file->parts, part - 1);
        if (at->at_ns - start_at_ns < options->from_ns) {
            continue;
        }
        if (before != NULL && before->at_ns - start_at_ns > options->to_ns) {
            break;
        }
        struct trace_entry *entries = NULL;
        uint32_t count = 0;
        arena_reset(&arena);
        status = trace_file_read(file, part, &arena, &entries, &count, err);
        for (uint32_t i = 0; i < count; i++) {
            const int64_t ns = entries[i].at_ns - start_at_ns;
            if (ns >= options->from_ns && ns <= options->to_ns) {
                trace_print_entry(stdout, "", start_at_ns, &entries[i]);
            }
        }
    }
    arena_fini(&arena);
    return status;
}

static void
replay_print_header(const struct trace_file *file)
{
    char instant[UNITS_TEXT_BYTES];
    const struct trace_header *header = &file->header;
    printf("%s, seed %llu", header->file, (unsigned long long)header->seed);
    for (uint32_t i = 0; i < header->sets_count; i++) {
        printf(", --set %s", header->sets[i]);
    }
    printf(", from %s: %llu lines, hash %016llx\n",
           units_print_instant(header->start_at_ns, instant), (unsigned long long)file->lines,
           (unsigned long long)file->hash);
}

/* Makes the other history: a run into a file that is gone when its bytes are in memory. */
static enum status
replay_run(const struct trace_file *file, replay_run_fn *run_again, struct arena *arena,
           struct trace_file *ret_again, struct error *err)
{
    const char *folder = getenv("TMPDIR");
    char *path = arena_printf(arena, "%s/rehearse-replay-XXXXXX", folder != NULL ? folder : "/tmp");
    const int fd = mkstemp(path);
    if (fd < 0) {
        return error_set(err, ST_IO, "%s: %s", path, strerror(errno));
    }
    close(fd);
    enum status status = run_again(&file->header, path, err);
    if (status == ST_OK) {
        status = trace_load(path, arena, ret_again, err);
    }
    unlink(path);
    return status;
}

static int
replay_exit(enum status status, bool ran, bool same, const struct error *err)
{
    if (status != ST_OK) {
        fprintf(stderr, "rehearse replay: %s\n", err->text);
        return ran && status != ST_INVALID && status != ST_NOT_FOUND ? EXIT_NO_RUN : EXIT_USAGE;
    }
    return same ? EXIT_SAME : EXIT_DIFFERENT;
}

static int
replay_usage(FILE *out, int code)
{
    fprintf(out, "usage: rehearse replay TRACE [--from 10s] [--to 20s] [--against TRACE]\n"
                 "Plays the scenario of a trace again and compares; with --against, another trace\n"
                 "is taken instead. --from and --to print the lines of that window.\n"
                 "Exit: 0 the same history, 1 another, 2 bad input or usage, 3 not to be run.\n");
    return code;
}

int
replay_main(int argc, char **argv, replay_run_fn *run_again)
{
    struct replay_options options;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        return replay_usage(stdout, EXIT_SAME);
    }
    if (!replay_parse(argc, argv, &options)) {
        return replay_usage(stderr, EXIT_USAGE);
    }
    struct arena arena = { 0 };
    struct trace_file files[2] = { 0 };
    struct error err = { .text = "" };
    const bool run = options.against == NULL && run_again != NULL;
    bool same = true;
    enum status status = trace_load(options.trace, &arena, &files[0], &err);
    if (status == ST_OK) {
        replay_print_header(&files[0]);
    }
    if (status == ST_OK && run) {
        status = replay_run(&files[0], run_again, &arena, &files[1], &err);
    } else if (status == ST_OK && options.against != NULL) {
        status = trace_load(options.against, &arena, &files[1], &err);
    }
    if (status == ST_OK && options.has_window) {
        status = replay_print_window(&files[0], &options, &err);
    }
    if (status == ST_OK && (run || options.against != NULL)) {
        const char *const names[2] = { options.trace, run ? "(run again)" : options.against };
        status = diff_print_traces(names, files, &same, &err);
    }
    trace_file_fini(&files[0]);
    trace_file_fini(&files[1]);
    arena_fini(&arena);
    return replay_exit(status, run, same, &err);
}
