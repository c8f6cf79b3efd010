/*
 * sim/expect/slo.h - what an slo holds, and the part of it that is counted while the run goes on.
 */
#ifndef SIM_EXPECT_SLO_H
#define SIM_EXPECT_SLO_H

#include "sim/expect.h"
#include "sim/recorder.h"

extern const struct expectation_kind expectation_slo;

enum slo_kind {
    SLO_AVAILABILITY,
    SLO_LATENCY,
    SLO_ERRORS,
    SLO_THROUGHPUT,
    SLO_LIMITED,
    SLO_DENIED,
    SLO_LOST /* no instance answered: none took it, or the one that did died with it */
};

struct slo_data {
    int                  kind; /* enum slo_kind */
    const char          *to;
    const char          *class_name; /* NULL: all of the line */
    const struct json_t *at_least; /* availability: a share; throughput: a rate; else a count */
    double               quantile; /* latency */
    const struct json_t *at_most;  /* latency: a duration; throughput: a rate; else a count */
    int64_t              from_at_ns; /* -1: not given */
    int64_t              until_at_ns; /* -1: not given */
};

enum { SLO_FIELDS_COUNT = 8 };
extern const struct field    slo_fields[SLO_FIELDS_COUNT];
extern const struct slo_data slo_defaults;

/* The number that a bound stands for, in the unit of the kind; false when it is none. */
bool slo_bound(const struct slo_data *slo, const struct json_t *value, int64_t *ret);
void slo_check(const struct scenario *scenario, const void *data, const struct fields_read *read,
               const char *pointer);

/* Requests made at from_at_ns or later, and before until_at_ns. */
struct slo_window {
    const char *to;
    const char *class_name; /* NULL: all */
    int64_t     from_at_ns;
    int64_t     until_at_ns;
};

/* False: not an slo, or one that has no window of its own and looks at the measured part. */
bool slo_window(const struct scenario_expect *expect, int64_t duration_ns,
                struct slo_window *ret_window);

#endif
