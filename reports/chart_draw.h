/*
 * reports/chart_draw.h - what the charts share: a frame with bands, curves with their data. Private
 * to reports/charts.c and chart_*.c.
 *
 * Calling: chart_frame, chart_curve once a curve, chart_plot. A chart of two panels does it twice.
 */
#ifndef REPORTS_CHART_DRAW_H
#define REPORTS_CHART_DRAW_H

#include "reports/bands.h"
#include "reports/charts.h"
#include "reports/gnuplot.h"
#include "reports/series.h"

enum { CHART_WIDTH_PX = 1120, CHART_PLOT_PX = 960, CHART_APPS_MAX = 12, CHART_SERVICES_MAX = 6 };

struct chart_maker {
    struct reader *reader; /* borrowed */
    struct gnuplot gnuplot;
    struct vec     bands;
    int64_t        end_ns;
    int64_t        unit_ns;
    const char    *unit; /* "s", "min", "h" */
    struct strbuf  data; /* of the chart being made */
    struct strbuf  plot; /* its plot command */
    uint32_t       curves;
};

struct chart_frame {
    const char *y_label;
    bool        bands_named; /* else shaded only */
    bool        x_named;
};

struct chart_curve {
    struct vec *series; /* borrowed; thinned in place */
    const char *title;  /* NULL: none in the key */
    const char *style;  /* gnuplot words: "with lines linewidth 2" */
    uint32_t    color;  /* index, any number */
    bool        steps;
    uint32_t    points_max;
};

const char *chart_color(uint32_t index);

/* The step of tics for an axis from 0 that has room for four: 1, 2 or 5 times a power of ten. */
double chart_tics(double high);

/* Begins a file: terminal, output, size. */
void chart_file(struct chart_maker *maker, const char *name, uint32_t height_px);
void chart_frame(struct chart_maker *maker, const struct chart_frame *frame);
void chart_curve(struct chart_maker *maker, const struct chart_curve *curve);
/* Writes the plot command, and the data under a name of its own. */
enum status chart_plot(struct chart_maker *maker, const char *data_name,
                       struct error *err) MUST_USE;

/* Each adds its chart to the script; *ret_made is false when there is nothing to show. */
enum status chart_requests(struct chart_maker *maker, struct chart *chart, bool *ret_made,
                           struct error *err) MUST_USE;
enum status chart_latency(struct chart_maker *maker, struct chart *chart, bool *ret_made,
                          struct error *err) MUST_USE;
enum status chart_healthy(struct chart_maker *maker, struct chart *chart, bool *ret_made,
                          struct error *err) MUST_USE;
enum status chart_cluster(struct chart_maker *maker, struct chart *chart, bool *ret_made,
                          struct error *err) MUST_USE;

#endif
