/*
 * reports/charts.h - the charts of a run as SVG, drawn by gnuplot.
 *
 * Calling: charts_make, then charts_fini whatever came of it. A chart that has nothing to show has
 *          an empty text.
 * Errors:  ST_UNAVAILABLE gnuplot is not there, or failed; ST_IO the temporary folder.
 */
#ifndef REPORTS_CHARTS_H
#define REPORTS_CHARTS_H

#include "platform/base/strbuf.h"
#include "reports/reader.h"

enum chart_kind { CHART_REQUESTS, CHART_LATENCY, CHART_HEALTHY, CHART_CLUSTER };
#define CHART_KIND_COUNT (CHART_CLUSTER + 1)

struct chart {
    const char   *title;
    const char   *file; /* "requests.svg" */
    struct strbuf svg;  /* a whole file; empty: nothing to show */
    struct strbuf note; /* a sentence beside it, plain text; may be empty */
};

struct charts {
    struct chart charts[CHART_KIND_COUNT];
    bool         has_faults;      /* shaded behind each */
    bool         has_deployments;
};

enum status charts_make(struct reader *reader, struct charts *charts, struct error *err) MUST_USE;
void        charts_fini(struct charts *charts); /* a zeroed struct is valid */

#endif
