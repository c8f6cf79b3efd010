/*
 * platform/cli/run_options.h - what `rehearse run` was asked for.
 */
#ifndef PLATFORM_CLI_RUN_OPTIONS_H
#define PLATFORM_CLI_RUN_OPTIONS_H

#include <stdio.h>

#include "platform/base/vec.h"

enum report_level { REPORT_AUTO, REPORT_FULL, REPORT_SUMMARY, REPORT_NONE };
enum run_wire { WIRE_AS_FILE, WIRE_PLAIN, WIRE_ENCODED };

struct run_options {
    struct vec        files; /* const char *, borrowed from argv */
    struct vec        sets;  /* const char * "k=v" */
    bool              has_seeds;
    uint64_t          seed_first;
    uint64_t          seed_last;
    const char       *backend; /* "fake" or "docker" */
    const char       *out;     /* "out" */
    const char       *junit;   /* NULL: beside each run only; a file, or "-" */
    const char       *json;    /* NULL, a file, or "-" */
    const char       *allow;   /* what a real engine may be asked for; "" */
    bool              dns;     /* docker: DNS questions are answered... */
    uint16_t          dns_port; /* ...at this port; 0: any that is free */
    uint32_t          jobs;
    bool              quiet;
    bool              color;
    bool              progress; /* standard error is a terminal */
    enum report_level report;
    enum run_wire     wire;
    uint8_t           poison;
};

/* argv[0] is "run". ST_INVALID after the mistake was printed. */
enum status run_options_parse(int argc, char **argv, struct run_options *options) MUST_USE;
void        run_options_fini(struct run_options *options);
void        run_options_help(void);

/* Where verdicts go: standard output, or standard error when a machine reads the former. */
FILE *run_options_console(const struct run_options *options);

#endif
