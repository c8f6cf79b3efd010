/*
 * reports/summary.c - summary.json: the numbers of a run for programs.
 *
 * Shape: an object for one run, an array of them for several. What has no value is null: the
 *        availability of no request, the latency when none was answered. Shares of the cluster and
 *        "nodes" are those of the last sample.
 */
#include <jansson.h>

#include "platform/base/sketch.h"
#include "reports/escape.h"
#include "reports/output.h"
#include "reports/reader.h"
#include "reports/reports.h"
#include "reports/rundb.h"
#include "reports/summary_roles.h"

enum { SUMMARY_DIGITS = 15 }; /* what a double holds of any decimal */

static json_t *
summary_text(const char *text)
{
    struct strbuf clean = { 0 };
    escape_json(&clean, text);
    json_t *json = json_string(strbuf_text(&clean));
    strbuf_fini(&clean);
    return json;
}

static void
summary_put(json_t *object, const char *key, json_t *value)
{
    ASSERT(value != NULL);
    (void)json_object_set_new(object, key, value);
}

/* A key that comes from the run. Two of one name: the last stays. */
static void
summary_put_named(json_t *object, const char *name, json_t *value)
{
    struct strbuf clean = { 0 };
    escape_json(&clean, name);
    summary_put(object, strbuf_text(&clean), value);
    strbuf_fini(&clean);
}

static json_t *
summary_seconds(int64_t ns)
{
    return json_real((double)ns / (double)NS_PER_SEC);
}

static json_t *
summary_seconds_or_null(const struct reader_rows *rows, int column)
{
    return reader_is_null(rows, column) ? json_null() : summary_seconds(reader_int(rows, column));
}

static json_t *
summary_share(int64_t part, int64_t whole)
{
    return json_real(whole > 0 ? (double)part / (double)whole : 0.0);
}

static json_t *
summary_expectations(struct reader *reader)
{
    json_t *list = json_array();
    struct reader_rows rows = reader_query(
        reader, "SELECT id, about, outcome, at_ns, detail FROM expectations ORDER BY rowid");
    while (reader_next(&rows)) {
        json_t *item = json_object();
        summary_put(item, "id", summary_text(reader_text(&rows, 0)));
        summary_put(item, "about", summary_text(reader_text(&rows, 1)));
        summary_put(item, "outcome", summary_text(reader_text(&rows, 2)));
        summary_put(item, "at_s", summary_seconds_or_null(&rows, 3));
        summary_put(item, "detail", summary_text(reader_text(&rows, 4)));
        (void)json_array_append_new(list, item);
    }
    return list;
}

static json_t *
summary_invariants(struct reader *reader)
{
    json_t *list = json_array();
    struct reader_rows rows = reader_query(
        reader, "SELECT id, outcome, checks, at_ns, detail FROM invariants ORDER BY rowid");
    while (reader_next(&rows)) {
        json_t *item = json_object();
        summary_put(item, "id", summary_text(reader_text(&rows, 0)));
        summary_put(item, "outcome", summary_text(reader_text(&rows, 1)));
        summary_put(item, "checks", json_integer(reader_int(&rows, 2)));
        if (!reader_is_null(&rows, 3)) { /* only what was violated has a place */
            summary_put(item, "at_s", summary_seconds(reader_int(&rows, 3)));
            summary_put(item, "detail", summary_text(reader_text(&rows, 4)));
        }
        (void)json_array_append_new(list, item);
    }
    return list;
}

static json_t *
summary_apps(struct reader *reader)
{
    json_t *apps = json_object();
    struct reader_rows rows = reader_query(
        reader, "SELECT app, wanted, healthy, healthy_min, placed, failed FROM apps"
                " ORDER BY rowid");
    while (reader_next(&rows)) {
        json_t *app = json_object();
        summary_put(app, "instances", json_integer(reader_int(&rows, 1)));
        summary_put(app, "healthy", json_integer(reader_int(&rows, 2)));
        summary_put(app, "healthy_min", json_integer(reader_int(&rows, 3)));
        summary_put(app, "placed", json_integer(reader_int(&rows, 4)));
        summary_put(app, "failed", json_integer(reader_int(&rows, 5)));
        summary_put_named(apps, reader_text(&rows, 0), app);
    }
    return apps;
}

/* "refused": how many nodes for which reason, in the order they are asked; only those that did. */
static json_t *
summary_refused(const struct reader_rows *rows, int column)
{
    static const char *const names[] = {
#define X(name) #name,
        RUNDB_REFUSALS(X)
#undef X
    };
    json_t *refused = json_object();
    for (int i = 0; i < (int)COUNT_OF(names); i++) {
        if (reader_int(rows, column + i) > 0) {
            summary_put(refused, names[i], json_integer(reader_int(rows, column + i)));
        }
    }
    return refused;
}

/* The apps that still wait, and why. */
static json_t *
summary_pending(struct reader *reader)
{
    json_t *list = json_array();
#define X(name) ", pending." #name
    struct reader_rows rows = reader_query(
        reader, "SELECT pending.app, apps.pending, since_at_ns, why, nodes, nearest, shortfall"
                RUNDB_REFUSALS(X) " FROM pending JOIN apps ON apps.app = pending.app"
                " WHERE until_at_ns IS NULL ORDER BY pending.rowid");
#undef X
    while (reader_next(&rows)) {
        json_t *item = json_object();
        summary_put(item, "app", summary_text(reader_text(&rows, 0)));
        summary_put(item, "tasks", json_integer(reader_int(&rows, 1)));
        summary_put(item, "since_s", summary_seconds(reader_int(&rows, 2)));
        summary_put(item, "why", summary_text(reader_text(&rows, 3)));
        summary_put(item, "nodes", json_integer(reader_int(&rows, 4)));
        summary_put(item, "refused", summary_refused(&rows, 7));
        summary_put(item, "nearest", reader_is_null(&rows, 5)
                                         ? json_null()
                                         : summary_text(reader_text(&rows, 5)));
        summary_put(item, "shortfall", reader_is_null(&rows, 6)
                                           ? json_null()
                                           : summary_text(reader_text(&rows, 6)));
        (void)json_array_append_new(list, item);
    }
    return list;
}

static json_t *
summary_scheduler(const struct reader_run *run)
{
    json_t *scheduler = json_object();
    json_t *decision = json_object();
    summary_put(scheduler, "policy", summary_text(run->policy));
    summary_put(scheduler, "tie", summary_text(run->tie));
    summary_put(decision, "per_app_s", summary_seconds(run->decision_app_ns));
    summary_put(decision, "per_task_s", summary_seconds(run->decision_task_ns));
    summary_put(scheduler, "decision_time", decision);
    return scheduler;
}

static json_t *
summary_latency(const struct reader_rows *rows, bool answered)
{
    static const char *const keys[] = { "mean", "p50", "p90", "p99", "p999" };
    json_t *latency = json_object();
    for (int i = 0; i < (int)COUNT_OF(keys); i++) {
        const double ms = (double)reader_int(rows, 7 + i) / (double)NS_PER_MS;
        summary_put(latency, keys[i], answered ? json_real(ms) : json_null());
    }
    return latency;
}

/* Denied and limited are answers by the rules: neither errors nor successes. */
static json_t *
summary_services(struct reader *reader)
{
    json_t *services = json_object();
    struct reader_rows rows =
        reader_query(reader, "SELECT service, requests, ok, denied, limited, attempts, retries,"
                             " mean_ns, p50_ns, p90_ns, p99_ns, p999_ns FROM services"
                             " ORDER BY rowid");
    while (reader_next(&rows)) {
        const int64_t ok = reader_int(&rows, 2);
        const int64_t judged =
            reader_int(&rows, 1) - reader_int(&rows, 3) - reader_int(&rows, 4);
        json_t *service = json_object();
        summary_put(service, "requests", json_integer(reader_int(&rows, 1)));
        summary_put(service, "errors", json_integer(judged - ok));
        summary_put(service, "availability", judged > 0 ? summary_share(ok, judged) : json_null());
        summary_put(service, "latency_ms", summary_latency(&rows, ok > 0));
        summary_put(service, "denied", json_integer(reader_int(&rows, 3)));
        summary_put(service, "limited", json_integer(reader_int(&rows, 4)));
        summary_put(service, "attempts", json_integer(reader_int(&rows, 5)));
        summary_put(service, "retries", json_integer(reader_int(&rows, 6)));
        summary_put_named(services, reader_text(&rows, 0), service);
    }
    return services;
}

static json_t *
summary_servers(struct reader *reader)
{
    json_t *list = json_array();
    struct reader_rows rows =
        reader_query(reader, "SELECT service, app, task, node, requests, errors, failures,"
                             " ejections, mean_ns, share_ppm FROM servers ORDER BY rowid");
    while (reader_next(&rows)) {
        json_t *item = json_object();
        summary_put(item, "service", summary_text(reader_text(&rows, 0)));
        summary_put(item, "app", summary_text(reader_text(&rows, 1)));
        summary_put(item, "task", json_integer(reader_int(&rows, 2)));
        summary_put(item, "node", reader_is_null(&rows, 3) ? json_null()
                                                           : summary_text(reader_text(&rows, 3)));
        summary_put(item, "requests", json_integer(reader_int(&rows, 4)));
        summary_put(item, "errors", json_integer(reader_int(&rows, 5)));
        summary_put(item, "failures", json_integer(reader_int(&rows, 6)));
        summary_put(item, "ejections", json_integer(reader_int(&rows, 7)));
        summary_put(item, "mean_ms",
                    json_real((double)reader_int(&rows, 8) / (double)NS_PER_MS));
        summary_put(item, "share", json_real((double)reader_int(&rows, 9) / PPM));
        (void)json_array_append_new(list, item);
    }
    return list;
}

static json_t *
summary_deployments(struct reader *reader)
{
    json_t *list = json_array();
    struct reader_rows rows =
        reader_query(reader, "SELECT app, strategy, outcome, from_at_ns, to_at_ns FROM deployments"
                             " ORDER BY rowid");
    while (reader_next(&rows)) {
        json_t *item = json_object();
        summary_put(item, "app", summary_text(reader_text(&rows, 0)));
        summary_put(item, "strategy", summary_text(reader_text(&rows, 1)));
        summary_put(item, "outcome", summary_text(reader_text(&rows, 2)));
        summary_put(item, "from_s", summary_seconds_or_null(&rows, 3));
        summary_put(item, "to_s", summary_seconds_or_null(&rows, 4));
        (void)json_array_append_new(list, item);
    }
    return list;
}

/* Those of all states together are those submitted. */
static json_t *
summary_tasks(struct reader *reader)
{
    static const char *const states[] = { "running",  "pending",     "finished", "failed",
                                          "killed",   "lost",        "gone",     "staging",
                                          "starting", "unreachable", "killing" };
    json_t *tasks = json_object();
    summary_put(tasks, "submitted", json_integer(reader->run.tasks_submitted));
    for (uint32_t i = 0; i < COUNT_OF(states); i++) {
        struct reader_rows rows =
            reader_query(reader, "SELECT coalesce(sum(count), 0) FROM task_counts WHERE state = ?");
        reader_bind_text(&rows, 1, states[i]);
        summary_put(tasks, states[i],
                    json_integer(reader_next(&rows) ? reader_int(&rows, 0) : 0));
        reader_end(&rows);
    }
    return tasks;
}

static json_t *
summary_cluster(struct reader *reader)
{
    int64_t values[7] = { 0 };
    struct reader_rows rows = reader_query(
        reader, "SELECT nodes_up, cpu_milli_used, cpu_milli, mem_bytes_used, mem_bytes,"
                " gpu_milli_used, gpu_milli FROM cluster_samples"
                " ORDER BY at_ns DESC, rowid DESC LIMIT 1");
    if (reader_next(&rows)) {
        for (int i = 0; i < (int)COUNT_OF(values); i++) {
            values[i] = reader_int(&rows, i);
        }
    }
    reader_end(&rows);
    json_t *cluster = json_object();
    summary_put(cluster, "nodes", json_integer(values[0]));
    summary_put(cluster, "nodes_max", json_integer(reader->run.nodes_max));
    summary_put(cluster, "cpu_allocated", summary_share(values[1], values[2]));
    summary_put(cluster, "mem_allocated", summary_share(values[3], values[4]));
    summary_put(cluster, "gpu_allocated", summary_share(values[5], values[6]));
    summary_put(cluster, "cost_usd", json_real((double)reader->run.cost_microusd / 1e6));
    return cluster;
}

static json_t *
summary_run(struct reader *reader)
{
    const struct reader_run *run = &reader->run;
    json_t *json = json_object();
    summary_put(json, "scenario", summary_text(run->scenario));
    summary_put(json, "file", summary_text(run->file));
    summary_put(json, "seed", json_integer((json_int_t)run->seed));
    summary_put(json, "backend", summary_text(run->backend));
    summary_put(json, "scheduler", summary_scheduler(run));
    summary_put(json, "outcome", summary_text(run->outcome));
    if (run->error[0] != '\0') {
        summary_put(json, "error", summary_text(run->error));
    }
    summary_put(json, "trace_hash", summary_text(run->trace_hash));
    summary_put(json, "events", json_integer(run->trace_events));
    summary_put(json, "simulated_s", summary_seconds(run->simulated_ns));
    summary_put(json, "wall_s", summary_seconds(run->wall_ns));
    summary_put(json, "expectations", summary_expectations(reader));
    summary_put(json, "invariants", summary_invariants(reader));
    summary_put(json, "apps", summary_apps(reader));
    summary_put(json, "pending", summary_pending(reader));
    summary_put(json, "roles", summary_roles(reader));
    summary_put(json, "services", summary_services(reader));
    summary_put(json, "quantile_error", json_real((double)SKETCH_ERROR_PPM / PPM));
    summary_put(json, "servers", summary_servers(reader));
    summary_put(json, "deployments", summary_deployments(reader));
    summary_put(json, "tasks", summary_tasks(reader));
    summary_put(json, "cluster", summary_cluster(reader));
    summary_put(json, "reproduce", summary_text(run->reproduce));
    return json;
}

static enum status
summary_add(json_t *list, const char *db_path, struct error *err)
{
    struct reader reader = { 0 };
    enum status status = reader_open(&reader, db_path, err);
    if (status == ST_OK) {
        (void)json_array_append_new(list, summary_run(&reader));
        status = reader_status(&reader, err);
        reader_close(&reader);
    }
    return status;
}

static int
summary_dump(const char *bytes, size_t len, void *context)
{
    strbuf_add_bytes(context, bytes, len);
    return 0;
}

enum status
report_summary(const char *const *db_paths, uint32_t count, const char *out_path,
               struct error *err)
{
    ASSERT(count > 0);
    json_t *list = json_array();
    enum status status = ST_OK;
    for (uint32_t i = 0; i < count && status == ST_OK; i++) {
        status = summary_add(list, db_paths[i], err);
    }
    if (status == ST_OK) {
        struct strbuf text = { 0 };
        (void)json_dump_callback(count == 1 ? json_array_get(list, 0) : list, summary_dump, &text,
                                 JSON_INDENT(2) | JSON_REAL_PRECISION(SUMMARY_DIGITS));
        strbuf_add_char(&text, '\n');
        status = output_write(out_path, &text, err);
        strbuf_fini(&text);
    }
    json_decref(list);
    return status;
}
