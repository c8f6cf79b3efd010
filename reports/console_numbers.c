/* reports/console_numbers.c - availability, latency, health, cluster: the worst of each. */
#include "reports/console_numbers.h"

#include <inttypes.h>
#include <string.h>

#include "reports/escape.h"
#include "reports/roles.h"
#include "reports/text.h"

enum { /* what is named at most: limits of ours */
    CONSOLE_PENDING_MAX = 5,     /* apps */
    CONSOLE_ROLES_MAX = 8,
    CONSOLE_DEPLOYMENTS_MAX = 5, /* changes of size aside */
    CONSOLE_STEPS_MAX = 8        /* of the one deployment that has some, or went wrong */
};

static const char dim[] = "\033[2m";

static void
console_label(struct console *console, const char *label)
{
    strbuf_add(&console->out, "  ");
    if (console->color) {
        strbuf_add(&console->out, dim);
    }
    strbuf_printf(&console->out, "%-14s", label);
    if (console->color) {
        strbuf_add(&console->out, "\033[0m");
    }
}

static void
console_checks(struct console *console)
{
    struct strbuf     *out = &console->out;
    struct reader_rows rows = reader_query(
        console->reader, "SELECT (SELECT count(*) FROM expectations),"
                         " (SELECT count(*) FROM expectations WHERE outcome = 'passed'),"
                         " (SELECT count(*) FROM invariants),"
                         " (SELECT count(*) FROM invariants WHERE outcome = 'passed'),"
                         " (SELECT coalesce(sum(checks), 0) FROM invariants)");
    if (reader_next(&rows)) {
        console_label(console, "held");
        strbuf_printf(out, "%" PRId64 " of %" PRId64 " expectations, %" PRId64 " of %" PRId64
                      " invariants in ", reader_int(&rows, 1), reader_int(&rows, 0),
                      reader_int(&rows, 3), reader_int(&rows, 2));
        text_count(out, reader_int(&rows, 4));
        strbuf_add(out, " checks\n");
    }
    reader_end(&rows);
}

static void
console_also(struct strbuf *out, int64_t count, const char *what)
{
    if (count > 0) {
        strbuf_add(out, ", ");
        text_count(out, count);
        strbuf_printf(out, " %s", what);
    }
}

static void
console_services(struct console *console)
{
    struct strbuf     *out = &console->out;
    struct reader_rows rows = reader_query(
        console->reader, "SELECT service, requests - denied - limited, ok, denied, limited, retries"
                         " FROM services WHERE requests > denied + limited AND is_class = 0"
                         " ORDER BY ok * 1.0 / (requests - denied - limited), rowid LIMIT 1");
    if (reader_next(&rows)) {
        console_label(console, "availability");
        text_percent(out, reader_int(&rows, 2), reader_int(&rows, 1));
        strbuf_add(out, " of ");
        escape_terminal(out, reader_text(&rows, 0));
        strbuf_add(out, ": ");
        text_count(out, reader_int(&rows, 1) - reader_int(&rows, 2));
        strbuf_add(out, " of ");
        text_count(out, reader_int(&rows, 1));
        strbuf_add(out, " requests failed");
        console_also(out, reader_int(&rows, 3), "denied");
        console_also(out, reader_int(&rows, 4), "limited");
        console_also(out, reader_int(&rows, 5), "tried again");
        strbuf_add_char(out, '\n');
    }
    reader_end(&rows);
    rows = reader_query(console->reader, "SELECT service, p50_ns, p99_ns, max_ns FROM services"
                                         " WHERE ok > 0 AND is_class = 0"
                                         " ORDER BY p99_ns DESC, rowid LIMIT 1");
    if (reader_next(&rows)) {
        console_label(console, "latency p99");
        text_latency(out, reader_int(&rows, 2));
        strbuf_add(out, " of ");
        escape_terminal(out, reader_text(&rows, 0));
        strbuf_add(out, ", p50 ");
        text_latency(out, reader_int(&rows, 1));
        strbuf_add(out, ", slowest ");
        text_latency(out, reader_int(&rows, 3));
        strbuf_add_char(out, '\n');
    }
    reader_end(&rows);
}

static void
console_health(struct console *console)
{
    struct strbuf     *out = &console->out;
    struct reader_rows rows = reader_query(
        console->reader, "SELECT app, wanted, healthy, healthy_min, count(*) OVER (),"
                         " (SELECT count(*) FROM apps WHERE pending > 0)"
                         " FROM apps WHERE wanted > 0 AND pending = 0"
                         " ORDER BY healthy_min * 1.0 / wanted, healthy, rowid LIMIT 1");
    if (reader_next(&rows)) {
        console_label(console, "healthy");
        strbuf_printf(out, "%" PRId64 " of %" PRId64 " at worst, ", reader_int(&rows, 3),
                      reader_int(&rows, 1));
        strbuf_printf(out, "%" PRId64 " at the end: ", reader_int(&rows, 2));
        escape_terminal(out, reader_text(&rows, 0));
        const bool others_wait = reader_int(&rows, 5) > 0;
        if (reader_int(&rows, 4) > 1) {
            strbuf_printf(out, " (worst of %" PRId64 " apps%s)", reader_int(&rows, 4),
                          others_wait ? " that wait for no node" : "");
        } else if (others_wait) {
            strbuf_add(out, " (others wait for a node)");
        }
        strbuf_add_char(out, '\n');
    }
    reader_end(&rows);
}

static void
console_cluster(struct console *console)
{
    struct strbuf     *out = &console->out;
    struct reader_rows rows = reader_query(
        console->reader, "SELECT nodes_up, cpu_milli_used, cpu_milli, mem_bytes_used, mem_bytes,"
                         " gpu_milli_used, gpu_milli"
                         " FROM cluster_samples ORDER BY at_ns DESC, rowid DESC LIMIT 1");
    if (reader_next(&rows)) {
        console_label(console, "cluster");
        strbuf_printf(out, "%" PRId64 " node%s up (%" PRId64 " at most), cpu ",
                      reader_int(&rows, 0), reader_int(&rows, 0) == 1 ? "" : "s",
                      console->reader->run.nodes_max);
        text_share(out, reader_int(&rows, 1), reader_int(&rows, 2));
        strbuf_add(out, reader_int(&rows, 6) > 0 ? ", memory " : " and memory ");
        text_share(out, reader_int(&rows, 3), reader_int(&rows, 4));
        if (reader_int(&rows, 6) > 0) {
            strbuf_add(out, " and GPUs ");
            text_percent(out, reader_int(&rows, 5), reader_int(&rows, 6));
        }
        strbuf_add(out, " allocated at the end");
        if (console->reader->run.cost_microusd > 0) {
            strbuf_add(out, ", cost ");
            text_money(out, console->reader->run.cost_microusd);
        }
        strbuf_add_char(out, '\n');
    }
    reader_end(&rows);
}

/* The counts, and below them what the nearest node lacks. */
static void
console_why(struct console *console, const char *why)
{
    static const char nearest[] = "; nearest: ";
    struct strbuf    *out = &console->out;
    struct strbuf     counts = { 0 };
    const char       *cut = strstr(why, nearest);
    strbuf_add_bytes(&counts, why, cut != NULL ? (size_t)(cut - why) : strlen(why));
    strbuf_add(out, ": ");
    escape_terminal(out, strbuf_text(&counts));
    if (cut != NULL) {
        strbuf_add_char(out, '\n');
        console_label(console, "");
        strbuf_add(out, "nearest: ");
        escape_terminal(out, cut + strlen(nearest));
    }
    strbuf_fini(&counts);
}

static void
console_pending(struct console *console)
{
    struct strbuf     *out = &console->out;
    struct reader_rows rows = reader_query(
        console->reader, "SELECT app, pending, why_pending FROM apps WHERE pending > 0"
                         " ORDER BY pending DESC, rowid");
    uint32_t count = 0;
    while (reader_next(&rows)) {
        if (count < CONSOLE_PENDING_MAX) {
            console_label(console, count == 0 ? "still pending" : "");
            strbuf_printf(out, "%" PRId64 " of ", reader_int(&rows, 1));
            escape_terminal(out, reader_text(&rows, 0));
            if (!reader_is_null(&rows, 2)) {
                console_why(console, reader_text(&rows, 2));
            }
            strbuf_add_char(out, '\n');
        }
        count++;
    }
    if (count > CONSOLE_PENDING_MAX) {
        console_label(console, "");
        strbuf_printf(out, "and of %u more apps\n", count - CONSOLE_PENDING_MAX);
    }
}

/* --- deployments --- */

/* "done after 2m10s: 3 of 3 measurements passed" */
static void
console_deployment(struct console *console, const struct reader_rows *rows)
{
    struct strbuf *out = &console->out;
    const char    *outcome = reader_text(rows, 2);
    escape_terminal(out, reader_text(rows, 0));
    strbuf_add_char(out, ' ');
    escape_terminal(out, reader_text(rows, 1));
    strbuf_printf(out, ": %s after ", outcome);
    text_duration(out, reader_int(rows, 3));
    if (reader_int(rows, 4) > 0) {
        strbuf_add(out, ", ");
        text_count(out, reader_int(rows, 5));
        strbuf_add(out, " of ");
        text_count(out, reader_int(rows, 4));
        strbuf_add(out, " measurements passed");
    }
    if (strcmp(outcome, "done") != 0 && !reader_is_null(rows, 6)) {
        strbuf_add(out, ": ");
        escape_terminal(out, reader_text(rows, 6));
    }
    strbuf_add_char(out, '\n');
}

/* What happened inside: each move, with the measurements that did not pass. */
static void
console_steps(struct console *console, int64_t deployment)
{
    struct strbuf     *out = &console->out;
    struct reader_rows rows = reader_query(
        console->reader,
        "SELECT at_ns, what, text, count(*) OVER () FROM ("
        " SELECT at_ns, rowid AS place, 0 AS kind, phase || CASE WHEN weight_ppm > 0 THEN"
        "  printf(' %g%%', round(weight_ppm / 10000.0, 1)) ELSE '' END AS what, text"
        "  FROM rollout_steps WHERE deployment = ?1"
        " UNION ALL SELECT at_ns, rowid, 1, verdict || CASE WHEN dry_run THEN ', dry run' ELSE ''"
        "  END, text FROM analysis_samples WHERE deployment = ?1 AND verdict <> 'passed')"
        " ORDER BY at_ns, kind, place LIMIT 1000");
    uint32_t count = 0;
    int64_t  all = 0;
    reader_bind_int(&rows, 1, deployment);
    while (reader_next(&rows)) {
        if (count++ < CONSOLE_STEPS_MAX) {
            console_label(console, "");
            strbuf_add(out, "  ");
            text_seconds(out, reader_int(&rows, 0));
            strbuf_add(out, " s  ");
            escape_terminal(out, reader_text(&rows, 1));
            strbuf_add(out, ": ");
            escape_terminal(out, reader_text(&rows, 2));
            strbuf_add_char(out, '\n');
        }
        all = reader_int(&rows, 3);
    }
    if (all > CONSOLE_STEPS_MAX) {
        console_label(console, "");
        strbuf_printf(out, "  and %" PRId64 " more, in the report\n", all - CONSOLE_STEPS_MAX);
    }
}

static void
console_deployments(struct console *console)
{
    struct reader_rows rows = reader_query(
        console->reader,
        "SELECT app, strategy, outcome, coalesce(to_at_ns, (SELECT simulated_ns FROM run))"
        " - from_at_ns, (SELECT count(*) FROM analysis_samples s WHERE s.deployment = d.id),"
        " (SELECT count(*) FROM analysis_samples s WHERE s.deployment = d.id"
        "  AND s.verdict = 'passed'), waits_for, id FROM deployments d WHERE strategy <> 'scale'"
        " ORDER BY outcome = 'done', from_at_ns, rowid");
    uint32_t count = 0;
    while (reader_next(&rows)) {
        if (count < CONSOLE_DEPLOYMENTS_MAX) {
            console_label(console, count == 0 ? "deployments" : "");
            console_deployment(console, &rows);
        }
        if (count == 0) { /* the one that went worst */
            console_steps(console, reader_int(&rows, 7));
        }
        count++;
    }
    if (count > CONSOLE_DEPLOYMENTS_MAX) {
        console_label(console, "");
        strbuf_printf(&console->out, "and %u more\n", count - CONSOLE_DEPLOYMENTS_MAX);
    }
}

/* In the order of the scenario, where roles share the cluster. */
static void
console_roles(struct console *console)
{
    struct strbuf *out = &console->out;
    struct vec     rows;
    roles_read(console->reader, &rows);
    for (uint32_t i = 0; i < rows.count && i < CONSOLE_ROLES_MAX; i++) {
        const struct role_row *row = vec_at(&rows, i);
        console_label(console, i == 0 ? "roles" : "");
        escape_terminal(out, row->name);
        strbuf_add(out, ": ");
        text_percent(out, row->share_ppm, PPM); /* "at most" would read as a limit of the role */
        strbuf_add(out, " at the end, ");
        text_percent(out, row->share_most_ppm, PPM);
        strbuf_add(out, " at its highest, weight ");
        roles_weight(out, row);
        if (row->waiting > 0) {
            strbuf_add(out, ", ");
            text_count(out, row->waiting);
            strbuf_printf(out, " task%s waiting", row->waiting == 1 ? "" : "s");
        }
        strbuf_add_char(out, '\n');
    }
    if (rows.count > CONSOLE_ROLES_MAX) {
        console_label(console, "");
        strbuf_printf(out, "and %u more roles\n", rows.count - CONSOLE_ROLES_MAX);
    }
    vec_fini(&rows);
}

void
console_numbers(struct console *console)
{
    console_checks(console);
    console_services(console);
    console_health(console);
    console_deployments(console);
    console_cluster(console);
    console_roles(console);
    console_pending(console);
    if (console->reader->run.events_dropped > 0) {
        console_label(console, "left out");
        text_count(&console->out, console->reader->run.events_dropped);
        strbuf_add(&console->out, " events beyond the limit of the run database\n");
    }
}
