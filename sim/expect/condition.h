/*
 * sim/expect/condition.h - "a metric of an app lies between two numbers": what always, never and
 * eventually have in common.
 */
#ifndef SIM_EXPECT_CONDITION_H
#define SIM_EXPECT_CONDITION_H

#include "sim/expect.h"

#define METRIC_LIST(X)                                                                             \
    X(METRIC_HEALTHY, "healthy")         /* tasks that count as healthy */                         \
    X(METRIC_RUNNING, "running")         /* tasks in that state */                                 \
    X(METRIC_PENDING, "pending")         /* tasks in that state: no node yet */                    \
    X(METRIC_UNPLACED, "unplaced")       /* wanted instances that have no node */                  \
    X(METRIC_PRESENT, "present")         /* live tasks that have a node, draining ones too */      \
    X(METRIC_FAILED, "failed")           /* tasks failed, lost or gone so far */                   \
    X(METRIC_NODES, "nodes")             /* machines that are ready for the master */              \
    X(METRIC_DEPLOYMENTS, "deployments") /* running ones */

enum metric {
#define X(metric, name) metric,
    METRIC_LIST(X)
#undef X
};
#define METRIC_COUNT (METRIC_DEPLOYMENTS + 1)

extern const char *const metric_words[]; /* NULL-terminated, by enum metric */

struct condition_data {
    int         metric; /* enum metric */
    const char *app;    /* NULL: all apps together */
    uint32_t    at_least;
    uint32_t    at_most;
    int64_t     from_at_ns;
    int64_t     until_at_ns; /* 0: to the end of the scenario */
    int64_t     by_at_ns;    /* 0: the end, with the time to settle */
    int64_t     for_ns;      /* it must hold so long without a break */
};

/* At least one, no upper bound. */
extern const struct condition_data condition_defaults;

enum { CONDITION_NUMBER_MAX = 1000000000 }; /* a limit of ours for at_least and at_most */

#define CONDITION_FIELD_APP                                                                        \
    { .name = "app", .kind = FIELD_TEXT, .offset = offsetof(struct condition_data, app),           \
      .about = "The app that is looked at; not given: all apps together." }
#define CONDITION_FIELD_AT_LEAST                                                                   \
    { .name = "at_least", .kind = FIELD_COUNT,                                                     \
      .offset = offsetof(struct condition_data, at_least), .max = CONDITION_NUMBER_MAX,            \
      .about = "The lowest number that fits; 1, or 0 beside at_most, when not given." }
#define CONDITION_FIELD_AT_MOST                                                                    \
    { .name = "at_most", .kind = FIELD_COUNT, .offset = offsetof(struct condition_data, at_most),  \
      .max = CONDITION_NUMBER_MAX, .about = "The highest number that fits." }
#define CONDITION_FIELD_FROM                                                                       \
    { .name = "from", .kind = FIELD_DURATION,                                                      \
      .offset = offsetof(struct condition_data, from_at_ns),                                       \
      .about = "Looked at from this instant on; the start when not given." }
#define CONDITION_FIELD_UNTIL                                                                      \
    { .name = "until", .kind = FIELD_DURATION,                                                     \
      .offset = offsetof(struct condition_data, until_at_ns), .flags = FIELD_POSITIVE,             \
      .about = "Looked at until this instant; the scenario's end when not given." }

/* What the tables cannot say: the app exists, the bounds leave a number, the times lie inside. */
void condition_check(const struct scenario *scenario, const void *data,
                     const struct fields_read *read, const char *pointer);

/* The metric now, and whether it fits. */
uint32_t condition_value(struct run *run, const struct condition_data *data);
bool     condition_fits(const struct condition_data *data, uint32_t value);
/* "at least 4", "2 to 5", "at most 0" */
const char *condition_bounds(struct run *run, const struct condition_data *data);
/* "healthy of /web", "nodes" */
const char *condition_name(struct run *run, const struct condition_data *data);
/* The instant that is looked at last. */
int64_t condition_end(const struct run *run, const struct condition_data *data);
/* Whether now lies in from..until. */
bool condition_is_open(const struct run *run, const struct condition_data *data);

#endif
