/*
 * reports/series.h - a curve over simulated time, and how it becomes thin without losing its peaks.
 *
 * Units: values are what the chart shows; a gap (no value) is kept as one.
 */
#ifndef REPORTS_SERIES_H
#define REPORTS_SERIES_H

#include "platform/base/strbuf.h"
#include "platform/base/vec.h"

enum { SERIES_POINTS_MAX = 2000, SERIES_CHART_POINTS_MAX = 8000 }; /* limits of ours */

struct series_point {
    int64_t at_ns;
    double  value;
    bool    is_gap;
};

void series_init(struct vec *series);
void series_add(struct vec *series, int64_t at_ns, double value);
void series_add_gap(struct vec *series, int64_t at_ns);

/* For curves drawn as steps: of a level stretch the ends stay. Nothing is lost. */
void series_drop_level(struct vec *series);

/* At most points_max (>= 4) points: of each stretch the lowest and the highest, in their order. */
void series_thin(struct vec *series, uint32_t points_max);

/* The highest and the lowest value; false when there is none. */
bool series_bounds(const struct vec *series, double *ret_min, double *ret_max);

/* A block of gnuplot data, with the two empty lines that end it. */
void series_print(const struct vec *series, int64_t unit_ns, struct strbuf *out);

#endif
