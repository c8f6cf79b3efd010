/*
 * platform/cli/run_one.h - one scenario, one seed, one backend: from its file to its reports.
 */
#ifndef PLATFORM_CLI_RUN_ONE_H
#define PLATFORM_CLI_RUN_ONE_H

#include "platform/cli/run_options.h"
#include "sim/scenario.h"

struct run_one {
    const struct run_options *options; /* borrowed */
    const char               *file;
    bool                      has_seed; /* else the file's own */
    uint64_t                  seed;
    bool                      several; /* one of several runs: full reports for failures only */
    char                      folder[1024]; /* filled: where its results are */
};

/* The exit code of `rehearse run`: 0 passed, 1 failed, 2 bad scenario, 3 environment. */
int run_one(struct run_one *one);

/* Fills folder: out/<path under scenarios/ without .json>/<seed>[-<backend>]. */
enum status run_one_folder_name(struct run_one *one, uint64_t seed, struct error *err);

/* From here on an interrupt ends runs in good order; run_one_stop says that one came. */
void run_one_catch_signals(void);
bool run_one_stop(void);

/* "rehearse run FILE --seed N ...": the command that repeats it. */
void run_one_command(const struct run_one *one, const struct scenario *scenario,
                     struct strbuf *out);

/* Reads and checks a scenario; mistakes are printed. NULL when there is one. */
const struct scenario *run_one_read(const struct run_one *one, struct sim_io *io,
                                    struct arena *arena);

#endif
