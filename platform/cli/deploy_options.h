/*
 * platform/cli/deploy_options.h - what `rehearse deploy` was asked for.
 */
#ifndef PLATFORM_CLI_DEPLOY_OPTIONS_H
#define PLATFORM_CLI_DEPLOY_OPTIONS_H

#include <stdio.h>

#include "platform/base/strbuf.h"
#include "platform/base/vec.h"

enum { DEPLOY_SEEDS = 100, DEPLOY_SEEDS_MAX = 100000, DEPLOY_JOBS_MAX = 256 };

struct deploy_options {
    struct vec  files; /* const char *, borrowed from argv */
    struct vec  sets;  /* const char * "k=v" */
    bool        rehearse;
    const char *from;     /* the snapshot; NULL: none given */
    const char *strategy; /* a file, or JSON; NULL: the rolling restart of the definition */
    const char *expect;   /* a file; NULL: the snapshot's list, or ours */
    const char *outcome;  /* "done" */
    const char *faults;   /* "none" */
    const char *markdown; /* NULL, a file, or "-" */
    const char *json;     /* NULL, a file, or "-" */
    const char *out;      /* "out/rehearsal" */
    uint64_t    seed_first;
    uint64_t    seed_last;
    uint32_t    jobs;
    int64_t     max_risk_ppm;
    int64_t     within_ns; /* 0: found out */
    bool        force;
    bool        quiet;
    int         argc; /* as given, for the command that repeats a seed */
    char      **argv;
};

/* argv[0] is "deploy". ST_INVALID after the mistake was printed; *ret_help: help was printed. */
enum status deploy_options_parse(int argc, char **argv, struct deploy_options *options,
                                 bool *ret_help) MUST_USE;
void        deploy_options_fini(struct deploy_options *options);

/* The command that plays this one seed again: what decides it, and nothing of where results go. */
void deploy_options_command(const struct deploy_options *options, uint64_t seed,
                            struct strbuf *out);

/* Where the words for people go: standard output, unless a machine reads that. */
FILE *deploy_options_console(const struct deploy_options *options);

#endif
