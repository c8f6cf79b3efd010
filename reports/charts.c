/* reports/charts.c - the frame that every chart has, and the one run of gnuplot that draws them. */
#include "reports/charts.h"

#include "reports/chart_draw.h"
#include "reports/escape.h"

struct chart_kind_of {
    const char *title;
    const char *file;
    enum status (*make)(struct chart_maker *maker, struct chart *chart, bool *ret_made,
                        struct error *err);
};

static const struct chart_kind_of chart_kinds[CHART_KIND_COUNT] = {
    [CHART_REQUESTS] = { "Requests", "requests.svg", chart_requests },
    [CHART_LATENCY] = { "Latency of answered requests", "latency.svg", chart_latency },
    [CHART_HEALTHY] = { "Healthy instances", "healthy.svg", chart_healthy },
    [CHART_CLUSTER] = { "Cluster", "cluster.svg", chart_cluster },
};

/* Told apart on white and on black, and by most who see colours otherwise. */
const char *
chart_color(uint32_t index)
{
    static const char *const colors[] = { "#2a78c8", "#d9822b", "#2f9e6e", "#9a5fc0",
                                          "#c94f7c", "#7f8c2d", "#1fa3ad", "#b3693c",
                                          "#5b6fd6", "#5fa83f", "#c7a21c", "#7d8590" };
    return colors[index % COUNT_OF(colors)];
}

double
chart_tics(double high)
{
    double step = 1e-6;
    for (uint32_t i = 0; step * 4.0 < high && i < 60; i++) {
        step *= i % 3 == 1 ? 2.5 : 2.0;
    }
    return step;
}

void
chart_file(struct chart_maker *maker, const char *name, uint32_t height_px)
{
    strbuf_printf(&maker->gnuplot.script,
                  "reset\nset terminal svg size %d,%u dynamic noenhanced font 'Helvetica,12'"
                  " name '%.*s' linewidth 1\nset output '%s'\n",
                  CHART_WIDTH_PX, height_px, 4, name, name);
}

void
chart_frame(struct chart_maker *maker, const struct chart_frame *frame)
{
    struct strbuf *script = &maker->gnuplot.script;
    strbuf_clear(&maker->data);
    strbuf_clear(&maker->plot);
    maker->curves = 0;
    strbuf_add(script, "unset object\nunset arrow\nunset label\nset datafile missing '?'\n"
                       "set encoding utf8\nset border 3 linecolor rgb '#8a939c'\n"
                       "set tics nomirror\nset lmargin 11\nset rmargin 8\n"
                       "set grid ytics linecolor rgb '#8a939c' linewidth 0.3 dashtype 3\n"
                       "set key below horizontal left Left reverse samplen 2 noenhanced\n");
    strbuf_printf(script, "set xrange [0:%.7g]\nset yrange [0:*]\nset ylabel ",
                  (double)maker->end_ns / (double)maker->unit_ns);
    escape_gnuplot(script, frame->y_label);
    strbuf_add_char(script, '\n');
    if (frame->x_named) {
        strbuf_printf(script, "set format x '%%g %s'\n", maker->unit);
    } else {
        strbuf_add(script, "set format x ''\n");
    }
    const uint32_t rows = bands_print(&maker->bands, maker->unit_ns, maker->end_ns,
                                      frame->bands_named ? CHART_PLOT_PX : 0, script);
    strbuf_printf(script, "set tmargin %.2f\n", rows > 0 ? 0.8 + 0.95 * rows : 0.8);
}

void
chart_curve(struct chart_maker *maker, const struct chart_curve *curve)
{
    if (curve->steps) {
        series_drop_level(curve->series);
    }
    series_thin(curve->series, curve->points_max);
    strbuf_add(&maker->plot, maker->curves == 0 ? "plot " : ", \\\n  ");
    strbuf_printf(&maker->plot, "DATA index %u using 1:2 %s linecolor rgb '%s' ", maker->curves,
                  curve->style, chart_color(curve->color));
    if (curve->title != NULL) {
        strbuf_add(&maker->plot, "title ");
        escape_gnuplot(&maker->plot, curve->title);
    } else {
        strbuf_add(&maker->plot, "notitle");
    }
    series_print(curve->series, maker->unit_ns, &maker->data);
    maker->curves++;
}

enum status
chart_plot(struct chart_maker *maker, const char *data_name, struct error *err)
{
    ASSERT(maker->curves > 0);
    strbuf_printf(&maker->gnuplot.script, "DATA = '%s'\n%s\n", data_name,
                  strbuf_text(&maker->plot));
    return gnuplot_data(&maker->gnuplot, data_name, &maker->data, err);
}

static void
charts_unit(struct chart_maker *maker)
{
    if (maker->end_ns <= MIN(10)) {
        maker->unit_ns = SEC(1);
        maker->unit = "s";
    } else if (maker->end_ns <= HOUR(6)) {
        maker->unit_ns = MIN(1);
        maker->unit = "min";
    } else {
        maker->unit_ns = HOUR(1);
        maker->unit = "h";
    }
}

static enum status
charts_draw(struct chart_maker *maker, struct charts *charts, struct error *err)
{
    bool        made[CHART_KIND_COUNT] = { false };
    bool        any = false;
    enum status status = ST_OK;
    for (uint32_t i = 0; i < CHART_KIND_COUNT && status == ST_OK; i++) {
        status = chart_kinds[i].make(maker, &charts->charts[i], &made[i], err);
        any |= made[i];
    }
    if (status == ST_OK && any && maker->reader->status == ST_OK) {
        strbuf_add(&maker->gnuplot.script, "unset output\n");
        status = gnuplot_run(&maker->gnuplot, err);
    }
    for (uint32_t i = 0; i < CHART_KIND_COUNT && status == ST_OK; i++) {
        if (made[i]) {
            status = gnuplot_read(&maker->gnuplot, charts->charts[i].file, &charts->charts[i].svg,
                                  err);
        }
    }
    return status;
}

enum status
charts_make(struct reader *reader, struct charts *charts, struct error *err)
{
    struct chart_maker maker = { .reader = reader, .end_ns = reader->run.simulated_ns };
    *charts = (struct charts){ 0 };
    for (uint32_t i = 0; i < CHART_KIND_COUNT; i++) {
        charts->charts[i].title = chart_kinds[i].title;
        charts->charts[i].file = chart_kinds[i].file;
    }
    if (maker.end_ns <= 0) {
        return ST_OK; /* it ended before it began: nothing to draw */
    }
    charts_unit(&maker);
    bands_read(reader, &maker.bands);
    charts->has_faults = bands_has(&maker.bands, BAND_FAULT);
    charts->has_deployments = bands_has(&maker.bands, BAND_DEPLOYMENT);
    enum status status = gnuplot_begin(&maker.gnuplot, err);
    if (status == ST_OK) {
        status = charts_draw(&maker, charts, err);
    }
    if (status != ST_OK) {
        for (uint32_t i = 0; i < CHART_KIND_COUNT; i++) {
            strbuf_clear(&charts->charts[i].svg);
        }
    }
    gnuplot_end(&maker.gnuplot);
    strbuf_fini(&maker.data);
    strbuf_fini(&maker.plot);
    vec_fini(&maker.bands);
    return status;
}

void
charts_fini(struct charts *charts)
{
    for (uint32_t i = 0; i < CHART_KIND_COUNT; i++) {
        strbuf_fini(&charts->charts[i].svg);
        strbuf_fini(&charts->charts[i].note);
    }
}
