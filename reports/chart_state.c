/* reports/chart_state.c - the charts of what there was: healthy instances, use of the cluster. */
#include <inttypes.h>

#include "reports/chart_draw.h"

struct chart_apps {
    const char *names[CHART_APPS_MAX];
    uint32_t    count;
    uint32_t    left_out;
};

/* Those that lacked most instances at any time first; of equal ones the larger. */
static void
chart_apps(struct reader *reader, struct chart_apps *ret, struct strbuf *note)
{
    struct reader_rows rows = reader_query(
        reader, "SELECT s.app, coalesce(a.wanted - a.healthy_min, max(s.wanted - s.healthy_min)),"
                " max(s.wanted), min(s.rowid) FROM app_samples AS s LEFT JOIN apps AS a"
                " ON a.app = s.app GROUP BY s.app HAVING max(s.wanted) > 0"
                " ORDER BY 2 DESC, 3 DESC, 4");
    while (reader_next(&rows)) {
        if (ret->count < CHART_APPS_MAX) {
            ret->names[ret->count] = reader_keep(&rows, 0);
            ret->count++;
            continue;
        }
        if (ret->left_out < 20) { /* names; a sentence has an end */
            strbuf_printf(note, "%s%s", ret->left_out == 0 ? "Not shown, since they lacked less: "
                                                           : ", ", reader_text(&rows, 0));
        }
        ret->left_out++;
    }
    if (ret->left_out > 20) {
        strbuf_printf(note, " and %u more", ret->left_out - 20);
    }
    strbuf_add(note, ret->left_out > 0 ? "." : "");
}

/* Column 0: wanted, 1: the lowest number of healthy ones in each interval. */
static void
chart_app_series(struct reader *reader, const char *app, int column, struct vec *series)
{
    struct reader_rows rows =
        reader_query(reader, "SELECT at_ns, wanted, healthy_min FROM app_samples WHERE app = ?"
                             " ORDER BY at_ns, rowid");
    reader_bind_text(&rows, 1, app);
    while (reader_next(&rows)) {
        series_add(series, reader_int(&rows, 0), (double)reader_int(&rows, 1 + column));
    }
}

enum status
chart_healthy(struct chart_maker *maker, struct chart *chart, bool *ret_made, struct error *err)
{
    struct chart_apps apps = { .count = 0 };
    chart_apps(maker->reader, &apps, &chart->note);
    if (apps.count == 0) {
        return ST_OK;
    }
    double high = 1.0;
    /* Room for the key's rows of four, and for more curves above them. */
    chart_file(maker, "healthy.svg",
               260 + 18 * ((apps.count + 3) / 4) + (apps.count > 4 ? 100 : 0));
    chart_frame(maker, &(struct chart_frame){
                           .y_label = "instances", .bands_named = true, .x_named = true });
    for (uint32_t i = 0; i < apps.count; i++) {
        for (int column = 0; column < 2; column++) {
            struct vec series;
            double     low = 0.0;
            double     top = 0.0;
            series_init(&series);
            chart_app_series(maker->reader, apps.names[i], column, &series);
            high = series_bounds(&series, &low, &top) && top > high ? top : high;
            chart_curve(maker, &(struct chart_curve){
                                   .series = &series,
                                   .title = column == 0 ? NULL : apps.names[i],
                                   .style = column == 0 ? "with steps linewidth 1 dashtype 2"
                                                        : "with steps linewidth 2",
                                   .color = i,
                                   .steps = true,
                                   .points_max = SERIES_CHART_POINTS_MAX / (2 * apps.count + 2) });
            vec_fini(&series);
        }
    }
    strbuf_printf(&maker->gnuplot.script, "set yrange [0:%.6g]\n", high * 1.08);
    strbuf_add(&chart->note, apps.left_out > 0 ? " " : "");
    strbuf_add(&chart->note, "Lines: the fewest healthy instances of each interval; dashed: how "
                             "many were wanted.");
    *ret_made = true;
    return chart_plot(maker, "healthy.dat", err);
}

/* --- cluster --- */

enum { CLUSTER_CPU, CLUSTER_MEM, CLUSTER_GPU, CLUSTER_UP, CLUSTER_READY, CLUSTER_CURVES };

static void
chart_cluster_read(struct reader *reader, struct vec series[CLUSTER_CURVES])
{
    struct reader_rows rows = reader_query(
        reader, "SELECT at_ns, cpu_milli_used, cpu_milli, mem_bytes_used, mem_bytes,"
                " gpu_milli_used, gpu_milli, nodes_up, nodes_ready FROM cluster_samples"
                " ORDER BY at_ns, rowid");
    while (reader_next(&rows)) {
        const int64_t at_ns = reader_int(&rows, 0);
        for (int i = 0; i < CLUSTER_UP; i++) {
            const int64_t whole = reader_int(&rows, 2 + 2 * i);
            if (whole > 0) {
                series_add(&series[i], at_ns,
                           100.0 * (double)reader_int(&rows, 1 + 2 * i) / (double)whole);
            } else if (i != CLUSTER_GPU) {
                series_add_gap(&series[i], at_ns);
            }
        }
        series_add(&series[CLUSTER_UP], at_ns, (double)reader_int(&rows, 7));
        series_add(&series[CLUSTER_READY], at_ns, (double)reader_int(&rows, 8));
    }
}

static enum status
chart_cluster_plot(struct chart_maker *maker, struct vec series[CLUSTER_CURVES], struct error *err)
{
    static const struct chart_curve curves[CLUSTER_CURVES] = {
        [CLUSTER_CPU] = { .title = "cpu allocated", .style = "with steps linewidth 1.8",
                          .color = 0 },
        [CLUSTER_MEM] = { .title = "memory allocated", .style = "with steps linewidth 1.8",
                          .color = 1 },
        [CLUSTER_GPU] = { .title = "gpus allocated", .style = "with steps linewidth 1.8",
                          .color = 3 },
        [CLUSTER_UP] = { .title = "nodes up (right)",
                         .style = "axes x1y2 with steps linewidth 1.5", .color = 2 },
        [CLUSTER_READY] = { .title = "nodes ready (right)",
                            .style = "axes x1y2 with steps linewidth 1.5 dashtype 2", .color = 11 },
    };
    double low = 0.0;
    double nodes_max = 1.0;
    (void)series_bounds(&series[CLUSTER_UP], &low, &nodes_max);
    chart_file(maker, "cluster.svg", 300);
    chart_frame(maker, &(struct chart_frame){
                           .y_label = "allocated", .bands_named = true, .x_named = true });
    strbuf_printf(&maker->gnuplot.script,
                  "set border 11\nset yrange [0:100]\nset format y '%%g%%%%'\n"
                  "set y2range [0:%.6g]\nset y2tics\nset y2label 'nodes'\n",
                  (nodes_max < 1.0 ? 1.0 : nodes_max) * 1.15);
    for (uint32_t i = 0; i < CLUSTER_CURVES; i++) {
        struct chart_curve curve = curves[i];
        if (series[i].count > 0) {
            curve.series = &series[i];
            curve.steps = true;
            curve.points_max = SERIES_CHART_POINTS_MAX / CLUSTER_CURVES;
            chart_curve(maker, &curve);
        }
    }
    return chart_plot(maker, "cluster.dat", err);
}

enum status
chart_cluster(struct chart_maker *maker, struct chart *chart, bool *ret_made, struct error *err)
{
    struct vec  series[CLUSTER_CURVES];
    enum status status = ST_OK;
    (void)chart;
    for (uint32_t i = 0; i < CLUSTER_CURVES; i++) {
        series_init(&series[i]);
    }
    chart_cluster_read(maker->reader, series);
    if (series[CLUSTER_UP].count > 0) {
        status = chart_cluster_plot(maker, series, err);
        *ret_made = true;
    }
    for (uint32_t i = 0; i < CLUSTER_CURVES; i++) {
        vec_fini(&series[i]);
    }
    return status;
}
