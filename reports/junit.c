/*
 * reports/junit.c - junit.xml: what continuous integration shows of runs.
 *
 * Shape: one testsuite a run (a scenario with a seed on a backend), one testcase an expectation and
 *        an invariant, and one named "run" when the run failed in a way that is neither.
 * Units: a suite's time is what it took on the wall, in seconds; its cases share it: theirs is 0.
 */
#include "reports/escape.h"
#include "reports/output.h"
#include "reports/reader.h"
#include "reports/reports.h"
#include "reports/text.h"

#include <inttypes.h>
#include <string.h>

struct junit {
    struct strbuf cases; /* of the suite being made */
    struct strbuf suites;
    uint32_t      tests;
    uint32_t      failures;
    uint32_t      errors;
    uint32_t      tests_all;
    uint32_t      failures_all;
    uint32_t      errors_all;
    int64_t       wall_ns_all;
};

struct junit_case {
    const char *name;
    const char *outcome;
    const char *about;
    const char *detail;
    int64_t     at_ns; /* -1: none */
};

static void
junit_attribute(struct strbuf *out, const char *name, const char *value)
{
    strbuf_printf(out, " %s=\"", name);
    escape_xml(out, value);
    strbuf_add_char(out, '"');
}

static void
junit_property(struct strbuf *out, const char *name, const char *value)
{
    strbuf_add(out, "      <property");
    junit_attribute(out, "name", name);
    junit_attribute(out, "value", value);
    strbuf_add(out, "/>\n");
}

static void
junit_counts(struct strbuf *out, uint32_t tests, uint32_t failures, uint32_t errors,
             int64_t wall_ns)
{
    strbuf_printf(out, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"0\" time=\"", tests,
                  failures, errors);
    text_seconds(out, wall_ns);
    strbuf_add(out, "\">\n");
}

/* What a person who sees only this case needs: the sentence, when, and how to see it again. */
static void
junit_fault(struct strbuf *out, const struct reader_run *run, const struct junit_case *test,
            const char *element)
{
    strbuf_printf(out, "      <%s", element);
    junit_attribute(out, "type", test->outcome);
    junit_attribute(out, "message", test->detail[0] != '\0' ? test->detail : test->about);
    strbuf_add_char(out, '>');
    escape_xml(out, test->about);
    strbuf_add_char(out, '\n');
    escape_xml(out, test->detail);
    if (test->at_ns >= 0) {
        strbuf_add(out, "\nat ");
        text_seconds(out, test->at_ns);
        strbuf_add(out, " s of simulated time");
    }
    strbuf_add(out, "\nreproduce: ");
    escape_xml(out, run->reproduce);
    strbuf_printf(out, "</%s>\n", element);
}

static void
junit_add_case(struct junit *junit, const struct reader_run *run, const struct junit_case *test)
{
    struct strbuf *out = &junit->cases;
    junit->tests++;
    strbuf_add(out, "    <testcase");
    junit_attribute(out, "classname", run->file);
    junit_attribute(out, "name", test->name);
    strbuf_add(out, " time=\"0.000\"");
    /* A run that was to break an invariant, and did, has passed. */
    if (strcmp(test->outcome, "passed") == 0 || strcmp(run->outcome, "passed") == 0) {
        strbuf_add(out, "/>\n");
        return;
    }
    strbuf_add(out, ">\n");
    if (strcmp(test->outcome, "failed") == 0) {
        junit->failures++;
        junit_fault(out, run, test, "failure");
    } else {
        junit->errors++;
        junit_fault(out, run, test, "error");
    }
    strbuf_add(out, "    </testcase>\n");
}

static void
junit_add_cases(struct junit *junit, struct reader *reader, const char *sql)
{
    struct reader_rows rows = reader_query(reader, sql);
    while (reader_next(&rows)) {
        const struct junit_case test = {
            .name = reader_text(&rows, 0),
            .outcome = reader_text(&rows, 1),
            .about = reader_text(&rows, 2),
            .detail = reader_text(&rows, 3),
            .at_ns = reader_is_null(&rows, 4) ? -1 : reader_int(&rows, 4),
        };
        junit_add_case(junit, &reader->run, &test);
    }
}

static void
junit_name(struct strbuf *out, const struct reader_run *run)
{
    strbuf_printf(out, "%s (seed %" PRIu64 ", %s)", run->scenario, run->seed, run->backend);
}

static void
junit_properties(struct strbuf *out, const struct reader_run *run)
{
    struct strbuf value = { 0 };
    strbuf_add(out, "    <properties>\n");
    strbuf_printf(&value, "%" PRIu64, run->seed);
    junit_property(out, "seed", strbuf_text(&value));
    junit_property(out, "trace_hash", run->trace_hash);
    junit_property(out, "backend", run->backend);
    strbuf_clear(&value);
    text_seconds(&value, run->simulated_ns);
    junit_property(out, "simulated_s", strbuf_text(&value));
    strbuf_clear(&value);
    text_seconds(&value, run->wall_ns);
    junit_property(out, "wall_s", strbuf_text(&value));
    junit_property(out, "reproduce", run->reproduce);
    strbuf_add(out, "    </properties>\n");
    strbuf_fini(&value);
}

static void
junit_add_suite(struct junit *junit, const struct reader_run *run)
{
    struct strbuf *out = &junit->suites;
    struct strbuf name = { 0 };
    junit_name(&name, run);
    strbuf_add(out, "  <testsuite");
    junit_attribute(out, "name", strbuf_text(&name));
    junit_counts(out, junit->tests, junit->failures, junit->errors, run->wall_ns);
    junit_properties(out, run);
    strbuf_add_bytes(out, strbuf_text(&junit->cases), junit->cases.len);
    strbuf_add(out, "    <system-out>reproduce: ");
    escape_xml(out, run->reproduce);
    strbuf_add(out, "</system-out>\n  </testsuite>\n");
    strbuf_fini(&name);
    junit->tests_all += junit->tests;
    junit->failures_all += junit->failures;
    junit->errors_all += junit->errors;
    junit->wall_ns_all += run->wall_ns;
}

static enum status
junit_add_run(struct junit *junit, const char *db_path, struct error *err)
{
    struct reader reader = { 0 };
    enum status status = reader_open(&reader, db_path, err);
    if (status != ST_OK) {
        return status;
    }
    junit->tests = junit->failures = junit->errors = 0;
    strbuf_clear(&junit->cases);
    junit_add_cases(junit, &reader,
                    "SELECT id, outcome, about, detail, at_ns FROM expectations ORDER BY rowid");
    junit_add_cases(junit, &reader,
                    "SELECT id, outcome, about, detail, at_ns FROM invariants ORDER BY rowid");
    if (strcmp(reader.run.outcome, "passed") != 0 && junit->failures + junit->errors == 0) {
        const struct junit_case test = {
            .name = "run",
            .outcome = reader.run.outcome,
            .about = "the run reaches its end and the platform its desired state",
            .detail = reader.run.error,
            .at_ns = -1,
        };
        junit_add_case(junit, &reader.run, &test);
    }
    junit_add_suite(junit, &reader.run);
    status = reader_status(&reader, err);
    reader_close(&reader);
    return status;
}

enum status
report_junit(const char *const *db_paths, uint32_t count, const char *out_path, struct error *err)
{
    struct junit junit = { 0 };
    enum status status = ST_OK;
    for (uint32_t i = 0; i < count && status == ST_OK; i++) {
        status = junit_add_run(&junit, db_paths[i], err);
    }
    if (status == ST_OK) {
        struct strbuf text = { 0 };
        strbuf_add(&text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                          "<testsuites name=\"rehearse\"");
        junit_counts(&text, junit.tests_all, junit.failures_all, junit.errors_all,
                     junit.wall_ns_all);
        strbuf_add_bytes(&text, strbuf_text(&junit.suites), junit.suites.len);
        strbuf_add(&text, "</testsuites>\n");
        status = output_write(out_path, &text, err);
        strbuf_fini(&text);
    }
    strbuf_fini(&junit.cases);
    strbuf_fini(&junit.suites);
    return status;
}
