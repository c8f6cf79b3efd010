/*
 * tests/unit/reports/test_summary.c
 *
 * Goal:   summary.json says what the run database says, field by field; bad databases are refused
 *         with a sentence, and leave no file.
 * Method: the sample databases, read back with jansson.
 */
#include "reports/reports.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/reports/sample_db.h"

static json_t *
summary_of(const struct sample *sample)
{
    struct error      err = { "" };
    const char *const db = sample->db;
    const enum status status = report_summary(&db, 1, sample->out, &err);
    cr_assert(eq(int, status, ST_OK), "%s", err.text);
    return json_load_file(sample->out, JSON_REJECT_DUPLICATES, NULL);
}

/* A value by its way through the document, printed compactly. */
static void
expect_at(const json_t *json, const char *path, const char *expected)
{
    char key[64];
    while (json != NULL && *path != '\0') {
        int len = 0;
        if (sscanf(path, "%63[^|]%n", key, &len) != 1) {
            break;
        }
        path += len + (path[len] == '|');
        json = json_is_array(json) ? json_array_get(json, strtoul(key, NULL, 10))
                                   : json_object_get(json, key);
    }
    char *text = json != NULL ? json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT |
                                                     JSON_REAL_PRECISION(12))
                              : strdup("(absent)");
    cr_expect(eq(str, text, (char *)expected), "at %s", key);
    free(text);
}

Test(summary, every_field_has_the_value_of_the_database)
{
    struct sample sample;
    sample_open(&sample, SAMPLE_PASSED);
    json_t *json = summary_of(&sample);
    expect_at(json, "scenario", "\"rolling-upgrade\"");
    expect_at(json, "file", "\"scenarios/deploy/rolling-upgrade.json\"");
    expect_at(json, "seed", "1");
    expect_at(json, "backend", "\"fake\"");
    expect_at(json, "outcome", "\"passed\"");
    expect_at(json, "scheduler",
              "{\"policy\":\"best-fit\",\"tie\":\"lowest-id\",\"decision_time\":{\"per_app_s\":"
              "1.0,\"per_task_s\":0.01}}");
    expect_at(json, "pending", "[]");
    expect_at(json, "error", "(absent)");
    expect_at(json, "trace_hash", "\"9f3c00000000abcd\"");
    expect_at(json, "events", "123456");
    expect_at(json, "simulated_s", "600.0");
    expect_at(json, "wall_s", "0.41");
    expect_at(json, "expectations",
              "[{\"id\":\"always-healthy\",\"about\":\"Half of them stay healthy.\",\"outcome\":"
              "\"passed\",\"at_s\":null,\"detail\":\"never under 2\"}]");
    expect_at(json, "invariants|0",
              "{\"id\":\"min-health\",\"outcome\":\"passed\",\"checks\":91234}");
    expect_at(json, "apps|/web",
              "{\"instances\":4,\"healthy\":4,\"healthy_min\":2,\"placed\":8,\"failed\":1}");
    expect_at(json, "services|web.example.com",
              "{\"requests\":1000,\"errors\":2,\"availability\":0.998,\"latency_ms\":{\"mean\":"
              "14.2,\"p50\":12.0,\"p90\":26.1,\"p99\":61.0,\"p999\":110.4},\"denied\":0,"
              "\"limited\":0,\"attempts\":1000,\"retries\":0}");
    expect_at(json, "quantile_error", "0.015625");
    expect_at(json, "servers|0",
              "{\"service\":\"web_10000\",\"app\":\"/web\",\"task\":7,\"node\":\"private-2\","
              "\"requests\":400,\"errors\":1,\"failures\":1,\"ejections\":2,\"mean_ms\":25.0,"
              "\"share\":0.4}");
    expect_at(json, "servers|1|node", "null");
    expect_at(json, "deployments|1",
              "{\"app\":\"/web\",\"strategy\":\"rolling\",\"outcome\":\"done\",\"from_s\":300.0,"
              "\"to_s\":331.0}");
    expect_at(json, "tasks",
              "{\"submitted\":9,\"running\":4,\"pending\":0,\"finished\":0,\"failed\":1,"
              "\"killed\":4,\"lost\":0,\"gone\":0,\"staging\":0,\"starting\":0,"
              "\"unreachable\":0,\"killing\":0}");
    expect_at(json, "cluster",
              "{\"nodes\":2,\"nodes_max\":3,\"cpu_allocated\":0.25,\"mem_allocated\":0.25,"
              "\"gpu_allocated\":0.0,\"cost_usd\":1.72}");
    expect_at(json, "reproduce", "\"rehearse run scenarios/deploy/rolling-upgrade.json --seed 1\"");
    json_decref(json);
    sample_close(&sample);
}

Test(summary, who_waits_says_why)
{
    struct sample sample;
    sample_open(&sample, SAMPLE_FAILED);
    json_t *json = summary_of(&sample);
    expect_at(json, "pending",
              "[{\"app\":\"/big\",\"tasks\":2,\"since_s\":50.0,\"why\":\"3 nodes: 1 "
              "UnfulfilledRole, 2 InsufficientCpus; nearest: private-<3>, 0.5 cpus short; "
              "preempted by /top\","
              "\"nodes\":3,\"refused\":{\"UnfulfilledRole\":1,\"InsufficientCpus\":2},"
              "\"nearest\":\"private-<3>\",\"shortfall\":\"0.5 cpus short\"}]");
    json_decref(json);
    sample_close(&sample);
}

Test(summary, a_service_without_requests_has_no_availability)
{
    struct sample sample;
    sample_open(&sample, SAMPLE_PASSED);
    sample_exec(&sample, "UPDATE services SET requests = 0, ok = 0, error = 0");
    json_t *json = summary_of(&sample);
    expect_at(json, "services|web.example.com|availability", "null");
    expect_at(json, "services|web.example.com|latency_ms|p99", "null");
    json_decref(json);
    sample_close(&sample);
}

Test(summary, what_the_rules_refuse_is_no_error_and_no_success)
{
    struct sample sample;
    sample_open(&sample, SAMPLE_PASSED);
    sample_exec(&sample, "UPDATE services SET requests = 1000, ok = 400, error = 100, timeout = 0,"
                         " denied = 200, limited = 300, attempts = 1250, retries = 250");
    json_t *json = summary_of(&sample);
    expect_at(json, "services|web.example.com|errors", "100");
    expect_at(json, "services|web.example.com|availability", "0.8");
    expect_at(json, "services|web.example.com|denied", "200");
    expect_at(json, "services|web.example.com|limited", "300");
    expect_at(json, "services|web.example.com|attempts", "1250");
    expect_at(json, "services|web.example.com|retries", "250");
    json_decref(json);
    sample_close(&sample);
}

Test(summary, a_violation_has_its_place_and_sentence)
{
    struct sample sample;
    sample_open(&sample, SAMPLE_FAILED);
    json_t *json = summary_of(&sample);
    expect_at(json, "outcome", "\"failed\"");
    expect_at(json, "invariants|0|at_s", "301.0");
    expect_at(json, "invariants|0|detail", "\"task 8 was stopped too early\"");
    expect_at(json, "expectations|1|at_s", "305.0");
    json_decref(json);
    sample_close(&sample);
}

Test(summary, several_runs_are_an_array)
{
    struct sample a;
    struct sample b;
    sample_open(&a, SAMPLE_PASSED);
    sample_open(&b, SAMPLE_FAILED);
    const char *const dbs[] = { a.db, b.db };
    struct error err = { "" };
    cr_assert(eq(int, report_summary(dbs, 2, a.out, &err), ST_OK));
    json_t *json = json_load_file(a.out, 0, NULL);
    cr_assert(eq(sz, json_array_size(json), 2));
    expect_at(json, "0|outcome", "\"passed\"");
    expect_at(json, "1|outcome", "\"failed\"");
    json_decref(json);
    sample_close(&a);
    sample_close(&b);
}

Test(summary, bytes_that_are_no_utf8_do_not_spoil_it)
{
    struct sample sample;
    sample_open(&sample, SAMPLE_PASSED);
    sample_exec(&sample, "UPDATE apps SET app = CAST(x'2F77C328' AS TEXT)");
    json_t *json = summary_of(&sample);
    cr_assert(json != NULL);
    expect_at(json, "apps|/w\xEF\xBF\xBD(|healthy", "4");
    json_decref(json);
    sample_close(&sample);
}

static void
expect_refused(struct sample *sample, enum status expected, const char *words)
{
    struct error      err = { "" };
    const char *const db = sample->db;
    const enum status status = report_summary(&db, 1, sample->out, &err);
    cr_expect(eq(int, status, expected));
    cr_expect(sample_count(err.text, words) == 1, "%s", err.text);
    cr_expect(access(sample->out, F_OK) != 0);
    cr_expect(eq(int, report_html(sample->db, sample->out, &err), expected));
    cr_expect(eq(int, report_junit(&db, 1, sample->out, &err), expected));
    const struct report_console_options options = { .color = false };
    cr_expect(eq(int, report_console(sample->db, &options, stdout, &err), expected));
    cr_expect(access(sample->out, F_OK) != 0);
}

Test(summary, bad_databases_are_refused_with_a_sentence)
{
    struct sample sample;
    sample_open(&sample, SAMPLE_PASSED);
    sample_exec(&sample, "UPDATE run SET version = 99");
    expect_refused(&sample, ST_INVALID, "of another version");
    sample_exec(&sample, "DELETE FROM run");
    expect_refused(&sample, ST_INVALID, "holds no run");
    sample_exec(&sample, "DROP TABLE run");
    expect_refused(&sample, ST_INVALID, "not a run database");
    FILE *file = fopen(sample.db, "wb");
    fputs("this is not a database, however long one looks at it; it is only a text", file);
    fclose(file);
    expect_refused(&sample, ST_INVALID, "not a run database");
    unlink(sample.db);
    expect_refused(&sample, ST_NOT_FOUND, "there is no such run database");
    sample_close(&sample);
}

Test(summary, a_database_cut_short_is_refused)
{
    struct sample sample;
    sample_open(&sample, SAMPLE_PASSED);
    cr_assert(eq(int, truncate(sample.db, 8192), 0));
    expect_refused(&sample, ST_INVALID, "damaged");
    sample_close(&sample);
}

Test(summary, a_folder_that_cannot_be_written_is_an_io_error)
{
    struct sample sample;
    struct error  err = { "" };
    sample_open(&sample, SAMPLE_PASSED);
    const char *const db = sample.db;
    cr_expect(eq(int, report_summary(&db, 1, "/proc/none/summary.json", &err), ST_IO));
    cr_expect(sample_count(err.text, "/proc/none/summary.json") == 1, "%s", err.text);
    sample_close(&sample);
}
