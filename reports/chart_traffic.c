/* reports/chart_traffic.c - the charts of requests: how many, how many failed, how long. */
#include "reports/chart_draw.h"

struct chart_services {
    const char *names[CHART_SERVICES_MAX];
    uint32_t    count;
    int64_t     all;
};

/* Those with the slowest answers first: the ones that are shown. */
static void
chart_services(struct reader *reader, struct chart_services *ret)
{
    struct reader_rows rows =
        reader_query(reader, "SELECT service, max(p99_ns), min(rowid) FROM service_samples"
                             " GROUP BY service HAVING sum(requests) > 0 ORDER BY 2 DESC, 3");
    while (reader_next(&rows)) {
        if (ret->count < CHART_SERVICES_MAX) {
            ret->names[ret->count] = reader_keep(&rows, 0);
            ret->count++;
        }
        ret->all++;
    }
}

/* The short rest of an interval at the end of a run: too few requests to say anything. */
static bool
chart_is_rest(const struct reader *reader, int64_t interval_ns)
{
    return interval_ns <= reader->run.sample_ns / 2;
}

/* Sums over services, as rates. */
struct chart_rates {
    struct vec requests;
    struct vec tries; /* of their clients */
    struct vec failed;
    double     failed_max;
    bool       any_retries;
};

/* An interval ends at at_ns and began where the last one ended. */
static void
chart_rates(struct chart_maker *maker, struct chart_rates *rates)
{
    struct reader_rows rows =
        reader_query(maker->reader, "SELECT at_ns, sum(requests),"
                                    " sum(requests - ok - denied - limited), sum(retries)"
                                    " FROM service_samples GROUP BY at_ns ORDER BY at_ns");
    int64_t last_ns = 0;
    while (reader_next(&rows)) {
        const int64_t at_ns = reader_int(&rows, 0);
        const bool rest = chart_is_rest(maker->reader, at_ns - last_ns);
        if (at_ns > last_ns && (!rest || reader_int(&rows, 2) > 0)) {
            const double seconds = (double)(at_ns - last_ns) / (double)NS_PER_SEC;
            const int64_t requests = reader_int(&rows, 1);
            const int64_t retries = reader_int(&rows, 3);
            series_add(&rates->requests, at_ns, (double)requests / seconds);
            series_add(&rates->tries, at_ns, (double)(requests + retries) / seconds);
            series_add(&rates->failed, at_ns, (double)reader_int(&rows, 2) / seconds);
            rates->any_retries = rates->any_retries || retries > 0;
            last_ns = at_ns;
        }
    }
}

/* The upper panel. Where clients try again, their tries are a curve of its own. */
static void
chart_requests_curves(struct chart_maker *maker, struct chart_rates *rates)
{
    const uint32_t points_max = rates->any_retries ? SERIES_POINTS_MAX / 2 : SERIES_POINTS_MAX;
    if (rates->any_retries) {
        chart_curve(maker, &(struct chart_curve){ .series = &rates->tries,
                                                  .title = "tries of clients",
                                                  .style = "with lines linewidth 1.2",
                                                  .color = 1,
                                                  .points_max = points_max });
    }
    chart_curve(maker, &(struct chart_curve){ .series = &rates->requests,
                                              .title = rates->any_retries ? "requests" : NULL,
                                              .style = "with lines linewidth 1.6",
                                              .points_max = points_max });
}

static enum status
chart_requests_panels(struct chart_maker *maker, struct chart_rates *rates, struct error *err)
{
    const bool     any_failed = rates->failed_max > 0.0;
    struct strbuf *script = &maker->gnuplot.script;
    chart_file(maker, "requests.svg", any_failed ? 420 : 290);
    if (any_failed) {
        strbuf_add(script, "set multiplot\nset size 1,0.6\nset origin 0,0.4\n");
    }
    chart_frame(maker, &(struct chart_frame){ .y_label = "requests / s",
                                              .bands_named = true,
                                              .x_named = !any_failed });
    strbuf_add(script, rates->any_retries ? "set key inside right top\n" : "unset key\n");
    strbuf_add(script, any_failed ? "set bmargin 0.8\n" : "");
    chart_requests_curves(maker, rates);
    enum status status = chart_plot(maker, "requests.dat", err);
    if (status != ST_OK || !any_failed) {
        return status;
    }
    strbuf_add(script, "set size 1,0.4\nset origin 0,0\nunset bmargin\n");
    chart_frame(maker, &(struct chart_frame){ .y_label = "failed / s", .x_named = true });
    strbuf_add(script, "unset key\n");
    chart_curve(maker, &(struct chart_curve){ .series = &rates->failed,
                                              .style = "with impulses linewidth 1.6",
                                              .color = 4,
                                              .points_max = SERIES_POINTS_MAX });
    strbuf_printf(script, "set ytics %.6g\n", chart_tics(rates->failed_max));
    status = chart_plot(maker, "failed.dat", err);
    strbuf_add(script, "unset multiplot\n");
    return status;
}

enum status
chart_requests(struct chart_maker *maker, struct chart *chart, bool *ret_made, struct error *err)
{
    struct chart_rates rates = { .any_retries = false };
    double     low = 0.0;
    double     high = 0.0;
    enum status status = ST_OK;
    series_init(&rates.requests);
    series_init(&rates.tries);
    series_init(&rates.failed);
    chart_rates(maker, &rates);
    if (series_bounds(&rates.requests, &low, &high) && high > 0.0) {
        (void)series_bounds(&rates.failed, &low, &rates.failed_max); /* as many points */
        status = chart_requests_panels(maker, &rates, err);
        if (rates.failed_max <= 0.0) {
            strbuf_add(&chart->note, "No request failed.");
        }
        *ret_made = true;
    }
    vec_fini(&rates.requests);
    vec_fini(&rates.tries);
    vec_fini(&rates.failed);
    return status;
}

/* --- latency --- */

enum { CHART_P50, CHART_P90, CHART_P99, CHART_QUANTILES };

static void
chart_quantile(struct reader *reader, const char *service, int column, struct vec *series)
{
    struct reader_rows rows =
        reader_query(reader, "SELECT at_ns, ok, p50_ns, p90_ns, p99_ns FROM service_samples"
                             " WHERE service = ? ORDER BY at_ns, rowid");
    reader_bind_text(&rows, 1, service);
    int64_t last_ns = 0;
    while (reader_next(&rows)) {
        const bool rest = chart_is_rest(reader, reader_int(&rows, 0) - last_ns);
        last_ns = reader_int(&rows, 0);
        if (rest) {
            continue;
        }
        if (reader_int(&rows, 1) > 0) {
            series_add(series, reader_int(&rows, 0),
                       (double)reader_int(&rows, 2 + column) / (double)NS_PER_MS);
        } else {
            series_add_gap(series, reader_int(&rows, 0));
        }
    }
}

struct chart_span {
    double low;
    double high;
};

static void
chart_latency_curve(struct chart_maker *maker, const char *service, int quantile, bool alone,
                    uint32_t color, uint32_t points_max, struct chart_span *span)
{
    static const char *const names[CHART_QUANTILES] = { "p50", "p90", "p99" };
    struct strbuf title = { 0 };
    struct vec    series;
    double        low = 0.0;
    double        high = 0.0;
    series_init(&series);
    chart_quantile(maker->reader, service, quantile, &series);
    if (series_bounds(&series, &low, &high)) {
        span->low = low < span->low ? low : span->low;
        span->high = high > span->high ? high : span->high;
    }
    strbuf_printf(&title, "%s%s%s", alone ? "" : service, alone ? "" : " ", names[quantile]);
    chart_curve(maker, &(struct chart_curve){
                           .series = &series,
                           .title = strbuf_text(&title),
                           .style = quantile == CHART_P50 && !alone
                                        ? "with lines linewidth 1 dashtype 2"
                                        : "with lines linewidth 1.5",
                           .color = color,
                           .points_max = points_max });
    vec_fini(&series);
    strbuf_fini(&title);
}

enum status
chart_latency(struct chart_maker *maker, struct chart *chart, bool *ret_made, struct error *err)
{
    static const uint32_t alone_colors[CHART_QUANTILES] = { 2, 0, 1 };
    struct chart_services services = { .count = 0 };
    struct chart_span span = { .low = 1e30, .high = 0.0 };
    chart_services(maker->reader, &services);
    if (services.count == 0) {
        return ST_OK;
    }
    const bool     alone = services.count == 1;
    const uint32_t curves = alone ? CHART_QUANTILES : 2 * services.count;
    const uint32_t points_max = SERIES_CHART_POINTS_MAX / (curves < 4 ? 4 : curves);
    chart_file(maker, "latency.svg", 310);
    chart_frame(maker, &(struct chart_frame){
                           .y_label = "milliseconds", .bands_named = true, .x_named = true });
    for (uint32_t i = 0; i < services.count; i++) {
        for (int quantile = 0; quantile < CHART_QUANTILES; quantile++) {
            if (alone || quantile != CHART_P90) {
                chart_latency_curve(maker, services.names[i], quantile, alone,
                                    alone ? alone_colors[quantile] : i, points_max, &span);
            }
        }
    }
    if (span.high <= 0.0) {
        return ST_OK; /* no request was answered; what was opened is reset by the next chart */
    }
    if (span.low > 0.0 && span.high / span.low > 40.0) {
        strbuf_add(&maker->gnuplot.script, "set logscale y\nset yrange [*:*]\n");
        strbuf_add(&chart->note, "The scale is logarithmic. ");
    }
    if (services.all > services.count) {
        strbuf_printf(&chart->note, "Shown are the %u slowest of %lld services.", services.count,
                      (long long)services.all);
    }
    *ret_made = true;
    return chart_plot(maker, "latency.dat", err);
}
