/*
 * reports/timeline_machines.h - what happened to machines that are drained or replaced, as
 * sentences: for timeline.c alone.
 */
#ifndef REPORTS_TIMELINE_MACHINES_H
#define REPORTS_TIMELINE_MACHINES_H

#include "platform/base/strbuf.h"
#include "reports/reader.h"

enum { /* columns */
    AT,
    KIND,
    WHO,
    APP,
    TASK,
    VERSION,
    DEPLOYMENT,
    OLD,
    NEW,
    VALUE,
    TEXT,
    STEP
};

void timeline_say_node_drain(struct strbuf *out, const struct reader_rows *rows);
void timeline_say_refresh(struct strbuf *out, const struct reader_rows *rows);

#endif
