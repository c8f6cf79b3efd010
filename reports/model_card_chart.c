/* reports/model_card_chart.c - measured points on the curves of theory, and how far off they are */
#include <string.h>

#include "reports/chart_draw.h"
#include "reports/escape.h"
#include "reports/model_card.h"

enum { CARD_HEIGHT_PX = 430, CARD_SERIES_MAX = 12 };

/* Points of several series at one load stand beside one another. */
static const double card_dodge = 0.0045;

struct card_chart {
    const struct model_card_family *family;
    uint32_t                        number;
    struct gnuplot                  gnuplot;
    const char                     *series[CARD_SERIES_MAX];
    uint32_t                        series_count;
    bool                            any_point; /* a reference that is one number */
};

static void
card_series(struct card_chart *chart)
{
    for (uint32_t i = 0; i < chart->family->rows_count; i++) {
        const struct model_card_row *row = &chart->family->rows[i];
        uint32_t k = 0;
        while (k < chart->series_count && strcmp(chart->series[k], row->series) != 0) {
            k++;
        }
        if (k == chart->series_count && k < CARD_SERIES_MAX) {
            chart->series[chart->series_count++] = row->series;
        }
        chart->any_point |= !(row->low < row->high);
    }
}

static double
card_x(const struct card_chart *chart, const struct model_card_row *row, uint32_t series)
{
    return row->load + ((double)series - (double)(chart->series_count - 1) / 2) * card_dodge;
}

/* A block a series: load, mean, half; load beside the others, how far off in tolerances, half. */
static void
card_points(const struct card_chart *chart, struct strbuf *data)
{
    for (uint32_t k = 0; k < chart->series_count; k++) {
        for (uint32_t i = 0; i < chart->family->rows_count; i++) {
            const struct model_card_row *row = &chart->family->rows[i];
            if (strcmp(row->series, chart->series[k]) != 0) {
                continue;
            }
            strbuf_printf(data, "%.6g %.9g %.9g %.6g", row->load, row->mean, row->half,
                          card_x(chart, row, k));
            if (row->low < row->high) {
                strbuf_add(data, " ? ?\n");
            } else {
                strbuf_printf(data, " %.9g %.9g\n", (row->mean - row->low) / row->tolerance,
                              row->half / row->tolerance);
            }
        }
        strbuf_add(data, "\n\n");
    }
}

static void
card_curves(const struct card_chart *chart, struct strbuf *data)
{
    for (uint32_t k = 0; k < chart->family->curves_count; k++) {
        const struct model_card_curve *curve = &chart->family->curves[k];
        for (uint32_t i = 0; i < curve->count; i++) {
            strbuf_printf(data, "%.6g %.9g\n", curve->loads[i], curve->values[i]);
        }
        strbuf_add(data, "\n\n");
    }
}

static void
card_frame(const struct card_chart *chart, struct strbuf *script)
{
    strbuf_printf(script,
                  "set terminal svg size %d,%d dynamic noenhanced font 'Helvetica,12' name 'card%u'"
                  " linewidth 1\nset output 'card.svg'\nset datafile missing '?'\n"
                  "set encoding utf8\nset border 3 linecolor rgb '#8a939c'\nset tics nomirror\n"
                  "set lmargin 11\nset rmargin 30\n"
                  "set grid ytics linecolor rgb '#8a939c' linewidth 0.3 dashtype 3\n"
                  "set key outside right top vertical Left reverse samplen 2 noenhanced\n"
                  "set xrange [0.45:1]\nset xtics 0.5,0.1,1\n",
                  CHART_WIDTH_PX, CARD_HEIGHT_PX, chart->number);
}

/* The number that theory has, and what was measured. */
static void
card_values(const struct card_chart *chart, struct strbuf *script)
{
    strbuf_add(script, "set logscale y\nset format y '%g'\nset ylabel ");
    escape_gnuplot(script, chart->family->judged);
    strbuf_printf(script, "\nset xlabel %s\nplot ",
                  chart->any_point ? "''" : "'load of a server'");
    for (uint32_t k = 0; k < chart->family->curves_count; k++) {
        strbuf_printf(script, "'curves.dat' index %u using 1:2 with lines linewidth 1.2 "
                              "linecolor rgb '%s' title ",
                      k, chart_color(k));
        escape_gnuplot(script, chart->family->curves[k].name);
        strbuf_add(script, ", \\\n  ");
    }
    for (uint32_t k = 0; k < chart->series_count; k++) {
        strbuf_printf(script, "'points.dat' index %u using 1:2:3 with yerrorbars pointtype 7 "
                              "pointsize 0.6 linecolor rgb '%s' title ",
                      k, chart_color(k));
        escape_gnuplot(script, chart->series[k]);
        strbuf_add(script, k + 1 < chart->series_count ? ", \\\n  " : "\n");
    }
}

/* The same less the reference, in tolerances: between the lines at -1 and 1 it is near enough. */
static void
card_offsets(const struct card_chart *chart, struct strbuf *script)
{
    strbuf_add(script, "set origin 0,0\nset size 1,0.44\nunset logscale y\nunset key\n"
                       "set yrange [-2:2]\nset ytics 1\nset xlabel 'load of a server'\n"
                       "set ylabel 'off, in tolerances'\n"
                       "plot 1 with lines linecolor rgb '#8a939c' linewidth 1 notitle, "
                       "-1 with lines linecolor rgb '#8a939c' linewidth 1 notitle, "
                       "0 with lines linecolor rgb '#8a939c' linewidth 0.5 notitle");
    for (uint32_t k = 0; k < chart->series_count; k++) {
        strbuf_printf(script, ", \\\n  'points.dat' index %u using 4:5:6 with yerrorbars "
                              "pointtype 7 pointsize 0.6 linecolor rgb '%s' notitle",
                      k, chart_color(k));
    }
    strbuf_add(script, "\n");
}

static enum status
card_draw(struct card_chart *chart, struct strbuf *ret_svg, struct error *err)
{
    struct strbuf *script = &chart->gnuplot.script;
    struct strbuf  data = { 0 };
    card_points(chart, &data);
    enum status status = gnuplot_data(&chart->gnuplot, "points.dat", &data, err);
    strbuf_clear(&data);
    card_curves(chart, &data);
    if (status == ST_OK) {
        status = gnuplot_data(&chart->gnuplot, "curves.dat", &data, err);
    }
    strbuf_fini(&data);
    card_frame(chart, script);
    if (chart->any_point) {
        strbuf_add(script, "set multiplot\nset origin 0,0.42\nset size 1,0.58\n");
    }
    card_values(chart, script);
    if (chart->any_point) {
        card_offsets(chart, script);
        strbuf_add(script, "unset multiplot\n");
    }
    strbuf_add(script, "unset output\n");
    if (status == ST_OK) {
        status = gnuplot_run(&chart->gnuplot, err);
    }
    return status == ST_OK ? gnuplot_read(&chart->gnuplot, "card.svg", ret_svg, err) : status;
}

enum status
model_card_chart(const struct model_card_family *family, uint32_t number, struct strbuf *ret_svg,
                 struct error *err)
{
    struct card_chart chart = { .family = family, .number = number };
    card_series(&chart);
    enum status status = gnuplot_begin(&chart.gnuplot, err);
    if (status == ST_OK) {
        status = card_draw(&chart, ret_svg, err);
    }
    gnuplot_end(&chart.gnuplot);
    return status;
}
