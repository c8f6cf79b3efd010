/* platform/cli/diff.c - compares two traces, or the decisions of two runs, and tells people. */
#include "platform/cli/diff.h"

#include <string.h>

#include "platform/cli/diff_decisions.h"
#include "platform/cli/trace_load.h"
#include "sim/trace_diff.h"

enum { EXIT_SAME, EXIT_DIFFERENT, EXIT_USAGE };

static void
diff_print_side(const char *sign, const struct trace_file *file, const struct trace_entry *entry)
{
    if (entry != NULL) {
        trace_print_entry(stdout, sign, file->header.start_at_ns, entry);
        return;
    }
    printf("%s(ends here, after %llu lines)\n", sign, (unsigned long long)file->lines);
}

static void
diff_print(const char *const names[2], const struct trace_file files[2],
           const struct trace_diff *diff)
{
    const struct trace_file *a = &files[0];
    const struct trace_file *b = &files[1];
    if (diff->same) {
        printf("identical: %llu lines, hash %016llx\n", (unsigned long long)a->lines,
               (unsigned long long)a->hash);
        return;
    }
    printf("different: A %s (seed %llu, hash %016llx), B %s (seed %llu, hash %016llx)\n", names[0],
           (unsigned long long)a->header.seed, (unsigned long long)a->hash, names[1],
           (unsigned long long)b->header.seed, (unsigned long long)b->hash);
    if (diff->a == NULL && diff->b == NULL) {
        printf("all %llu lines agree; the requests after the last of them differ\n",
               (unsigned long long)a->lines);
        return;
    }
    const struct trace_entry *first = diff->a != NULL ? diff->a : diff->b;
    printf("first difference at line %llu:\n", (unsigned long long)first->number);
    for (uint32_t i = 0; i < diff->before_count; i++) {
        trace_print_entry(stdout, "   ", a->header.start_at_ns, diff->before[i]);
    }
    diff_print_side("A  ", a, diff->a);
    diff_print_side("B  ", b, diff->b);
}

enum status
diff_print_traces(const char *const names[2], const struct trace_file files[2], bool *ret_same,
                  struct error *err)
{
    struct arena arena = { 0 };
    struct trace_diff diff = { 0 };
    const enum status status = trace_diff_find(&files[0], &files[1], &arena, &diff, err);
    if (status == ST_OK) {
        diff_print(names, files, &diff);
        *ret_same = diff.same;
    }
    arena_fini(&arena);
    return status;
}

static int
diff_traces(const char *const paths[2])
{
    struct arena arena = { 0 };
    struct trace_file files[2] = { 0 };
    struct error err = { .text = "" };
    bool same = false;
    enum status status = ST_OK;
    for (uint32_t i = 0; i < 2 && status == ST_OK; i++) {
        status = trace_load(paths[i], &arena, &files[i], &err);
    }
    if (status == ST_OK) {
        status = diff_print_traces(paths, files, &same, &err);
    }
    if (status != ST_OK) {
        fprintf(stderr, "rehearse diff: %s\n", err.text);
    }
    trace_file_fini(&files[0]);
    trace_file_fini(&files[1]);
    arena_fini(&arena);
    if (status != ST_OK) {
        return EXIT_USAGE;
    }
    return same ? EXIT_SAME : EXIT_DIFFERENT;
}

static int
diff_runs(const char *const paths[2])
{
    struct arena arena = { 0 };
    struct error err = { .text = "" };
    bool same = false;
    const char *db_a = trace_load_in_folder(paths[0], "run.db", &arena);
    const char *db_b = trace_load_in_folder(paths[1], "run.db", &arena);
    const enum status status = diff_decisions(db_a, db_b, stdout, &same, &err);
    if (status != ST_OK) {
        fprintf(stderr, "rehearse diff: %s\n", err.text);
    }
    arena_fini(&arena);
    if (status != ST_OK) {
        return EXIT_USAGE;
    }
    return same ? EXIT_SAME : EXIT_DIFFERENT;
}

static int
diff_usage(FILE *out, int code)
{
    fprintf(out, "usage: rehearse diff TRACE TRACE\n"
                 "       rehearse diff --decisions RUN RUN\n"
                 "A TRACE is a trace.lz4, a RUN a run.db; the folder of a run is both.\n"
                 "Exit: 0 the same, 1 different, 2 bad input or usage.\n");
    return code;
}

int
diff_main(int argc, char **argv)
{
    const char *paths[2] = { NULL };
    int paths_count = 0;
    bool decisions = false;
    bool usage = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            return diff_usage(stdout, EXIT_SAME);
        }
        if (strcmp(argv[i], "--decisions") == 0) {
            decisions = true;
        } else if (argv[i][0] == '-' || paths_count == 2) {
            usage = true;
        } else {
            paths[paths_count] = argv[i];
            paths_count++;
        }
    }
    if (usage || paths_count != 2) {
        return diff_usage(stderr, EXIT_USAGE);
    }
    return decisions ? diff_runs(paths) : diff_traces(paths);
}
