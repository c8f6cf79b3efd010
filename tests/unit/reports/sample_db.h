/*
 * tests/unit/reports/sample_db.h - small run databases that every test of a report knows by heart.
 */
#ifndef TESTS_UNIT_REPORTS_SAMPLE_DB_H
#define TESTS_UNIT_REPORTS_SAMPLE_DB_H

#include <stdbool.h>
#include <stddef.h>

enum sample_kind {
    SAMPLE_PASSED,    /* a rolling upgrade under traffic: every table has rows */
    /* a machine dies; an expectation and an invariant do not hold; an app waits */
    SAMPLE_FAILED,
    SAMPLE_NO_TRAFFIC /* nothing but the run, two nodes and an app */
};

struct sample {
    char folder[64];
    char db[96]; /* folder/run.db */
    char out[96]; /* folder/out: for whatever a test writes */
};

void sample_open(struct sample *sample, enum sample_kind kind);
void sample_close(struct sample *sample); /* removes the folder */

/* Adds deployment 3 of /web: a canary that failed after 30 s at its first step. */
extern const char sample_canary[];

void  sample_exec(const struct sample *sample, const char *sql); /* changes the database */
char *sample_slurp(const char *path); /* the whole file, to be freed; NULL when there is none */
char *sample_path(const struct sample *sample, const char *name, char path[128]);
/* How often what stands in text. */
size_t sample_count(const char *text, const char *what);

#endif
