/*
 * platform/cli/import_openb.h - private to the import of OpenB: what was read, and its files.
 */
#ifndef PLATFORM_CLI_IMPORT_OPENB_H
#define PLATFORM_CLI_IMPORT_OPENB_H

#include "platform/cli/import_csv.h"

struct openb_pod {
    const char *name;
    int64_t     cpu_milli;
    int64_t     mem_mib;
    int64_t     gpus;
    int64_t     gpu_milli; /* of each of them */
    const char *gpu_spec;
    int64_t     at_s;
    int64_t     lasts_s; /* -1: it stays */
};

struct openb {
    const char       *nodes_file;
    const char       *pods_file;
    const char       *out;
    int64_t           load_ppm; /* 0: at the trace's own times */
    uint64_t          seed;
    bool              shuffles;
    struct arena      arena;
    struct diag_list  diags;
    struct import_csv nodes;
    struct import_csv csv; /* of pods */
    struct openb_pod *pods;
    uint32_t          pods_count;
    struct vec        order; /* uint32_t: pods in the order in which they come */
    int64_t           gpu_milli; /* of all machines */
};

/* scenario.json, nodes.csv and tasks.csv in the folder out, which is there. False: not whole. */
bool openb_write(const struct openb *openb) MUST_USE;

#endif
