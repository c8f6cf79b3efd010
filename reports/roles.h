/*
 * reports/roles.h - the roles that share the cluster: what each may have, what it has, what waits.
 *
 * Shares: dominant ones, of the machines that were ready: the largest part of any resource.
 * Limits: the page draws the ROLES_CURVES_MAX roles that had most; its table has all.
 */
#ifndef REPORTS_ROLES_H
#define REPORTS_ROLES_H

#include "platform/base/strbuf.h"
#include "platform/base/vec.h"
#include "reports/reader.h"

enum { ROLES_CURVES_MAX = 6 };

enum role_amount { ROLE_CPU, ROLE_MEMORY, ROLE_DISK, ROLE_GPU };
#define ROLE_AMOUNT_COUNT (ROLE_GPU + 1)

struct role_row {
    const char *name; /* of the reader's arena */
    int64_t     weight_milli;
    int64_t     guarantee[ROLE_AMOUNT_COUNT]; /* 0: none */
    int64_t     limit[ROLE_AMOUNT_COUNT];     /* -1: none */
    int64_t     has[ROLE_AMOUNT_COUNT];       /* at the end, as the rest below */
    int64_t     share_ppm;
    int64_t     waiting;
    int64_t     share_most_ppm; /* and the first time that it was so */
    int64_t     share_most_at_ns;
    int64_t     waiting_most;
    int64_t     waiting_most_at_ns;
};

/* Rows: struct role_row, in the order of the run; none where no roles share. */
void roles_read(struct reader *reader, struct vec *rows);

/* "9 cpus, 1.1 GiB": those that are more than 0 (of limits: that there are); "-" for none. */
void roles_amounts(struct strbuf *out, const int64_t amounts[ROLE_AMOUNT_COUNT], bool limits);
/* "3", "0.5" */
void roles_weight(struct strbuf *out, const struct role_row *row);

/* The part of the page, or nothing. */
void roles_add(struct strbuf *out, struct reader *reader);

#endif
