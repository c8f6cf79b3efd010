/*
 * reports/rollouts.h - the part of the page about deployments: of each, how its share of the
 * requests grew, every measurement beside its limits, the verdict of each step, and what users
 * felt.
 *
 * Limits: ROLLOUTS_MAX deployments; changes of size alone have no strategy, and no place here.
 */
#ifndef REPORTS_ROLLOUTS_H
#define REPORTS_ROLLOUTS_H

#include "platform/base/strbuf.h"
#include "reports/reader.h"

enum { ROLLOUTS_MAX = 12 };

/* One of them, as run.db tells of it. Texts live as long as the reader. */
struct rollout {
    int64_t     id;
    const char *app;
    const char *strategy;
    const char *outcome;
    const char *said; /* what it waited for last, or why it failed */
    const char *plan; /* its strategy as JSON, "" when none was given */
    int64_t     version_new;
    int64_t     from_ns;
    int64_t     to_ns;      /* of its end, or of the run's */
    int64_t     back_to_ns; /* when its way back was done; to_ns when it had none */
};

void rollouts_add(struct strbuf *out, struct reader *reader);

/* rollout_chart.c: its panels */
void rollout_chart(struct strbuf *out, struct reader *reader, const struct rollout *rollout);

#endif
