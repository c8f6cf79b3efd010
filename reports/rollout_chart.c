/* reports/rollout_chart.c - the panels of one deployment, from run.db. */
#include <inttypes.h>
#include <string.h>

#include "reports/rollout_svg.h"
#include "reports/rollouts.h"

enum { CHART_DOTS_MAX = 400, CHART_FELT_MAX = 3 }; /* limits of ours */

/* --- the share of the requests --- */

static bool
chart_splits(struct reader *reader, const struct rollout *rollout)
{
    struct reader_rows rows = reader_query(
        reader, "SELECT count(*) FROM rollout_steps WHERE deployment = ? AND weight_ppm > 0");
    reader_bind_int(&rows, 1, rollout->id);
    const bool splits = reader_next(&rows) && reader_int(&rows, 0) > 0;
    reader_end(&rows);
    return splits;
}

/* Of the new version: it loses all of them when the deployment fails. */
static void
chart_share(struct rollout_svg *svg, struct reader *reader, const struct rollout *rollout)
{
    struct vec         share;
    struct reader_rows rows = reader_query(
        reader, "SELECT at_ns, weight_ppm FROM rollout_steps WHERE deployment = ?"
                " ORDER BY at_ns, rowid");
    reader_bind_int(&rows, 1, rollout->id);
    series_init(&share);
    double value = 0.0;
    series_add(&share, svg->from_ns, 0.0);
    while (reader_next(&rows)) {
        value = (double)reader_int(&rows, 1);
        series_add(&share, reader_int(&rows, 0), value);
    }
    const bool is_back = strcmp(rollout->outcome, "done") != 0 &&
                         strcmp(rollout->outcome, "running") != 0;
    if (is_back) {
        series_add(&share, rollout->to_ns, 0.0);
    }
    series_add(&share, svg->to_ns, is_back ? 0.0 : value);
    rollout_svg_panel(svg, "Share of the requests that the new version gets", ROLLOUT_PPM,
                      1000000.0);
    rollout_svg_curve(svg, &share, true, "r-new");
    vec_fini(&share);
}

/* Where a phase began. */
static void
chart_marks(struct rollout_svg *svg, struct reader *reader, const struct rollout *rollout)
{
    struct reader_rows rows = reader_query(
        reader, "SELECT at_ns FROM (SELECT at_ns, phase, step, lag(phase || step) OVER"
                " (ORDER BY at_ns, rowid) AS before FROM rollout_steps WHERE deployment = ?)"
                " WHERE before IS NULL OR before <> phase || step");
    reader_bind_int(&rows, 1, rollout->id);
    while (reader_next(&rows)) {
        rollout_svg_mark(svg, reader_int(&rows, 0));
    }
    rollout_svg_mark(svg, rollout->to_ns);
}

/* --- instances --- */

/* How many of a version were healthy; the highest is returned. */
static double
chart_instances_of(struct reader *reader, const struct rollout *rollout, bool is_new,
                   const struct rollout_svg *svg, struct vec *series)
{
    struct reader_rows rows = reader_query(
        reader,
        "SELECT at, sum(delta) FROM (SELECT healthy_at_ns AS at, 1 AS delta FROM tasks"
        " WHERE app = ?1 AND (version = ?2) = ?3 AND healthy_at_ns IS NOT NULL UNION ALL"
        " SELECT ended_at_ns, -1 FROM tasks WHERE app = ?1 AND (version = ?2) = ?3 AND"
        " healthy_at_ns IS NOT NULL AND ended_at_ns IS NOT NULL) GROUP BY at ORDER BY at");
    reader_bind_text(&rows, 1, rollout->app);
    reader_bind_int(&rows, 2, rollout->version_new);
    reader_bind_int(&rows, 3, is_new);
    int64_t now = 0;
    double  high = 0.0;
    bool    begun = false;
    while (reader_next(&rows)) {
        const int64_t at_ns = reader_int(&rows, 0);
        if (at_ns > svg->to_ns) {
            break;
        }
        if (at_ns >= svg->from_ns && !begun) {
            series_add(series, svg->from_ns, (double)now);
            begun = true;
        }
        now += reader_int(&rows, 1);
        if (begun) {
            series_add(series, at_ns, (double)now);
        }
        high = (double)now > high ? (double)now : high;
    }
    reader_end(&rows);
    if (!begun) {
        series_add(series, svg->from_ns, (double)now);
    }
    series_add(series, svg->to_ns, (double)now);
    return high;
}

static void
chart_instances(struct rollout_svg *svg, struct reader *reader, const struct rollout *rollout)
{
    struct vec old_ones;
    struct vec new_ones;
    series_init(&old_ones);
    series_init(&new_ones);
    const double old_high = chart_instances_of(reader, rollout, false, svg, &old_ones);
    const double new_high = chart_instances_of(reader, rollout, true, svg, &new_ones);
    rollout_svg_panel(svg, "Healthy instances", ROLLOUT_COUNT,
                      old_high > new_high ? old_high : new_high);
    rollout_svg_key(svg, "new version", "r-new");
    rollout_svg_key(svg, "old version", "r-old");
    rollout_svg_curve(svg, &old_ones, true, "r-old");
    rollout_svg_curve(svg, &new_ones, true, "r-new");
    vec_fini(&old_ones);
    vec_fini(&new_ones);
}

/* --- analyses --- */

struct chart_analysis {
    const char       *name;
    enum rollout_unit unit;
    bool              has_at_most;
    bool              has_at_least;
    double            at_most;
    double            at_least;
    struct strbuf     title;
};

static enum rollout_unit
chart_unit(const char *unit)
{
    static const char *const words[] = { [ROLLOUT_PPM] = "ppm",
                                         [ROLLOUT_NS] = "ns",
                                         [ROLLOUT_MILLIHERTZ] = "millihertz",
                                         [ROLLOUT_COUNT] = "count" };
    for (uint32_t i = 0; i < COUNT_OF(words); i++) {
        if (strcmp(unit, words[i]) == 0) {
            return (enum rollout_unit)i;
        }
    }
    return ROLLOUT_COUNT;
}

static void
chart_analysis_title(struct chart_analysis *analysis, const struct reader_rows *rows)
{
    struct strbuf *title = &analysis->title;
    strbuf_add(title, analysis->name);
    if (strcmp(analysis->name, reader_text(rows, 1)) != 0) {
        strbuf_printf(title, " (%s)", reader_text(rows, 1));
    }
    if (analysis->has_at_most) {
        strbuf_add(title, ", at most ");
        rollout_svg_value(title, analysis->unit, analysis->at_most);
    }
    if (analysis->has_at_least) {
        strbuf_add(title, ", at least ");
        rollout_svg_value(title, analysis->unit, analysis->at_least);
    }
    if (!reader_is_null(rows, 5)) {
        strbuf_printf(title, ", at most %.4g%% above the old version",
                      (double)reader_int(rows, 5) / 10000.0);
    }
    if (!reader_is_null(rows, 6)) {
        strbuf_printf(title, ", rank test at %.4g%%", (double)reader_int(rows, 6) / 10000.0);
    }
    strbuf_printf(title, "; %" PRId64 " may fail%s", reader_int(rows, 7),
                  reader_int(rows, 8) != 0 ? "; dry run" : "");
}

static struct reader_rows
chart_samples(struct reader *reader, const struct rollout *rollout, const char *name)
{
    struct reader_rows rows = reader_query(
        reader, "SELECT at_ns, value, verdict, text FROM analysis_samples"
                " WHERE deployment = ?1 AND name = ?2 ORDER BY at_ns, rowid LIMIT ?3");
    reader_bind_int(&rows, 1, rollout->id);
    reader_bind_text(&rows, 2, name);
    reader_bind_int(&rows, 3, CHART_DOTS_MAX);
    return rows;
}

static const char *
chart_verdict_class(const char *verdict)
{
    if (strcmp(verdict, "passed") == 0) {
        return "r-passed";
    }
    return strcmp(verdict, "failed") == 0 ? "r-failed" : "r-unsure";
}

static void
chart_analysis(struct rollout_svg *svg, struct reader *reader, const struct rollout *rollout,
               struct chart_analysis *analysis)
{
    double             high = analysis->at_most > analysis->at_least ? analysis->at_most
                                                                     : analysis->at_least;
    struct reader_rows rows = chart_samples(reader, rollout, analysis->name);
    while (reader_next(&rows)) {
        const double value = (double)reader_int(&rows, 1);
        high = value > high ? value : high;
    }
    rollout_svg_panel(svg, strbuf_text(&analysis->title), analysis->unit, high);
    if (analysis->has_at_most) {
        rollout_svg_limit(svg, analysis->at_most);
    }
    if (analysis->has_at_least) {
        rollout_svg_limit(svg, analysis->at_least);
    }
    rows = chart_samples(reader, rollout, analysis->name);
    while (reader_next(&rows)) {
        rollout_svg_dot(svg, reader_int(&rows, 0), (double)reader_int(&rows, 1),
                        chart_verdict_class(reader_text(&rows, 2)), reader_text(&rows, 3));
    }
}

static uint32_t
chart_analyses_count(struct reader *reader, const struct rollout *rollout)
{
    struct reader_rows rows =
        reader_query(reader, "SELECT count(*) FROM analyses WHERE deployment = ?");
    reader_bind_int(&rows, 1, rollout->id);
    const uint32_t count = reader_next(&rows) ? (uint32_t)reader_int(&rows, 0) : 0;
    reader_end(&rows);
    return count;
}

static void
chart_analyses(struct rollout_svg *svg, struct reader *reader, const struct rollout *rollout)
{
    struct reader_rows rows = reader_query(
        reader, "SELECT name, metric, unit, at_most, at_least, relative_ppm, confidence_ppm,"
                " failures, dry_run FROM analyses WHERE deployment = ? ORDER BY number");
    reader_bind_int(&rows, 1, rollout->id);
    while (reader_next(&rows)) {
        struct chart_analysis analysis = {
            .name = reader_keep(&rows, 0),
            .unit = chart_unit(reader_text(&rows, 2)),
            .has_at_most = !reader_is_null(&rows, 3),
            .has_at_least = !reader_is_null(&rows, 4),
            .at_most = (double)reader_int(&rows, 3),
            .at_least = (double)reader_int(&rows, 4),
        };
        chart_analysis_title(&analysis, &rows);
        chart_analysis(svg, reader, rollout, &analysis);
        strbuf_fini(&analysis.title);
    }
}

/* --- what users felt --- */

/* The value of each service that the app serves, over the same time: drawn when svg is given. */
static double
chart_felt(struct rollout_svg *svg, bool draws, struct reader *reader,
           const struct rollout *rollout, const char *value_sql)
{
    static const char *const classes[CHART_FELT_MAX] = { "r-felt", "r-new", "r-old" };
    struct strbuf sql = { 0 };
    double        high = 0.0;
    uint32_t      count = 0;
    struct reader_rows services =
        reader_query(reader, "SELECT service FROM service_apps WHERE app = ?1 LIMIT ?2");
    reader_bind_text(&services, 1, rollout->app);
    reader_bind_int(&services, 2, CHART_FELT_MAX);
    strbuf_printf(&sql, "SELECT at_ns, %s FROM service_samples WHERE service = ?1 AND at_ns"
                        " BETWEEN ?2 AND ?3 AND requests > 0 ORDER BY at_ns", value_sql);
    while (reader_next(&services)) {
        const char        *service = reader_keep(&services, 0);
        struct vec         series;
        struct reader_rows rows = reader_query(reader, strbuf_text(&sql));
        reader_bind_text(&rows, 1, service);
        reader_bind_int(&rows, 2, svg->from_ns);
        reader_bind_int(&rows, 3, svg->to_ns);
        series_init(&series);
        while (reader_next(&rows)) {
            const double value = (double)reader_int(&rows, 1);
            series_add(&series, reader_int(&rows, 0), value);
            high = value > high ? value : high;
        }
        if (draws) {
            rollout_svg_key(svg, service, classes[count]);
            rollout_svg_curve(svg, &series, false, classes[count]);
        }
        vec_fini(&series);
        count++;
    }
    strbuf_fini(&sql);
    return high;
}

static void
chart_users(struct rollout_svg *svg, struct reader *reader, const struct rollout *rollout)
{
    static const char failed[] =
        "(requests - ok - denied - limited) * 1000000 / max(requests - denied - limited, 1)";
    const double worst = chart_felt(svg, false, reader, rollout, failed);
    rollout_svg_panel(svg, "What users felt: requests that failed", ROLLOUT_PPM,
                      worst > 10000.0 ? worst : 10000.0);
    (void)chart_felt(svg, true, reader, rollout, failed);
    const double slowest = chart_felt(svg, false, reader, rollout, "p99_ns");
    rollout_svg_panel(svg, "What users felt: 99% were answered within", ROLLOUT_NS, slowest);
    (void)chart_felt(svg, true, reader, rollout, "p99_ns");
}

void
rollout_chart(struct strbuf *out, struct reader *reader, const struct rollout *rollout)
{
    const int64_t  took_ns = rollout->back_to_ns - rollout->from_ns;
    const int64_t  pad_ns = took_ns / 12 > SEC(5) ? took_ns / 12 : SEC(5);
    const bool     splits = chart_splits(reader, rollout);
    const uint32_t analyses = chart_analyses_count(reader, rollout);
    struct reader_rows rows =
        reader_query(reader, "SELECT count(*) FROM service_apps WHERE app = ?");
    reader_bind_text(&rows, 1, rollout->app);
    const bool felt = reader_next(&rows) && reader_int(&rows, 0) > 0;
    reader_end(&rows);
    struct rollout_svg svg = {
        .out = out,
        .from_ns = rollout->from_ns > pad_ns ? rollout->from_ns - pad_ns : 0,
        .to_ns = rollout->back_to_ns + pad_ns,
    };
    rollout_svg_open(&svg, 1 + splits + analyses + (felt ? 2 : 0), "the course of the deployment");
    if (splits) {
        chart_share(&svg, reader, rollout);
        chart_marks(&svg, reader, rollout);
    }
    chart_instances(&svg, reader, rollout);
    chart_marks(&svg, reader, rollout);
    chart_analyses(&svg, reader, rollout);
    if (felt) {
        chart_users(&svg, reader, rollout);
    }
    rollout_svg_close(&svg);
}
