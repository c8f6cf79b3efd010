/*
 * tests/unit/reports/test_roles.c
 *
 * Goal:   where roles share the cluster, page, console and summary say of each what it may have,
 *         what it has, what it had at most and when, and how many of its tasks wait; where none do,
 *         nothing is said.
 * Method: a sample database with two roles, of which one has hostile words for a name.
 */
#include "reports/roles.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "reports/reports.h"
#include "tests/unit/reports/sample_db.h"

/* prod has 6 of 10 cpus at most, at 20 s, and 4 at the end, when one of its tasks waits. */
static const char two_roles[] =
    "INSERT INTO roles VALUES ('prod', 2500, 6000, 0, 0, 1000, NULL, NULL, NULL, NULL),"
    " ('<i>&dev', 1000, 0, 0, 0, 0, 4000, 1073741824, NULL, 0);"
    "INSERT INTO role_samples VALUES"
    " (10000000000, 'prod', 100000, 0, 1000, 104857600, 0, 0),"
    " (10000000000, '<i>&dev', 0, 7, 0, 0, 0, 0),"
    " (20000000000, 'prod', 600000, 0, 6000, 104857600, 0, 0),"
    " (20000000000, '<i>&dev', 300000, 3, 3000, 0, 0, 0),"
    " (30000000000, 'prod', 400000, 1, 4000, 104857600, 0, 500),"
    " (30000000000, '<i>&dev', 300000, 0, 3000, 0, 0, 0);";

static void
expect_in(const char *text, const char *what)
{
    cr_expect(ge(sz, sample_count(text, what), 1), "no %s", what);
}

Test(roles, page_has_a_row_and_a_curve_for_each)
{
    struct sample sample;
    struct error  err = { "" };
    sample_open(&sample, SAMPLE_NO_TRAFFIC);
    sample_exec(&sample, two_roles);
    cr_assert(eq(int, report_html(sample.db, sample.out, &err), ST_OK), "%s", err.text);
    char *text = sample_slurp(sample.out);
    expect_in(text, "<h2>Roles</h2>");
    expect_in(text, "<tr><td><code>prod</code></td><td class=\"n\">2.5</td>"
                    "<td>6 cpus, 1 GPU</td><td>-</td><td>4 cpus, 100 MiB memory, 0.5 GPUs</td>"
                    "<td class=\"n\">40%</td><td class=\"n\">60% <small>at 20s</small></td>"
                    "<td class=\"n bad\">1</td><td class=\"n\">1 <small>at 30s</small></td></tr>");
    expect_in(text, "<tr><td><code>&lt;i&gt;&amp;dev</code></td><td class=\"n\">1</td><td>-</td>"
                    "<td>4 cpus, 1 GiB memory, 0 GPUs</td><td>3 cpus</td>"
                    "<td class=\"n\">30%</td><td class=\"n\">30% <small>at 20s</small></td>"
                    "<td class=\"n\">0</td><td class=\"n\">7 <small>at 10s</small></td></tr>");
    cr_expect(eq(sz, sample_count(text, "<i>&dev"), 0));
    expect_in(text, ">Dominant share</text>");
    expect_in(text, ">Tasks that wait</text>");
    cr_expect(eq(sz, sample_count(text, "<path class=\"r-c0\""), 4)); /* key and curve, twice */
    cr_expect(eq(sz, sample_count(text, "<path class=\"r-c1\""), 4));
    free(text);
    sample_close(&sample);
}

Test(roles, more_than_can_be_told_apart_are_a_table_alone)
{
    struct sample sample;
    struct error  err = { "" };
    sample_open(&sample, SAMPLE_NO_TRAFFIC);
    sample_exec(&sample, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE"
                         " i < 9) INSERT INTO roles SELECT 'role-' || i, 1000, 0, 0, 0, 0, NULL,"
                         " NULL, NULL, NULL FROM n;"
                         "INSERT INTO role_samples SELECT 5000000000, role, rowid * 10000, 0, 1, 0,"
                         " 0, 0 FROM roles");
    cr_assert(eq(int, report_html(sample.db, sample.out, &err), ST_OK), "%s", err.text);
    char *text = sample_slurp(sample.out);
    cr_expect(eq(sz, sample_count(text, "<code>role-"), 9));
    cr_expect(eq(sz, sample_count(text, ">role-9</text>"), 1)); /* who had most has a curve, */
    cr_expect(eq(sz, sample_count(text, ">role-4</text>"), 1));
    cr_expect(eq(sz, sample_count(text, ">role-3</text>"), 0)); /* who had least has none */
    cr_expect(eq(sz, sample_count(text, "Tasks that wait"), 0));
    expect_in(text, "the 6 roles that had most");
    free(text);
    sample_close(&sample);
}

Test(roles, summary_has_them_by_name)
{
    struct sample sample;
    struct error  err = { "" };
    sample_open(&sample, SAMPLE_NO_TRAFFIC);
    sample_exec(&sample, two_roles);
    const char *const db = sample.db;
    cr_assert(eq(int, report_summary(&db, 1, sample.out, &err), ST_OK), "%s", err.text);
    json_t *json = json_load_file(sample.out, 0, NULL);
    char   *text = json_dumps(json_object_get(json, "roles"),
                              JSON_COMPACT | JSON_REAL_PRECISION(6));
    cr_expect(eq(str, text,
                 "{\"prod\":{\"weight\":2.5,\"guarantee\":{\"cpus\":6.0,\"gpus\":1.0},"
                 "\"limit\":{},\"has\":{\"cpus\":4.0,\"mem_bytes\":104857600,\"disk_bytes\":0,"
                 "\"gpus\":0.5},\"share\":0.4,\"share_max\":0.6,\"waiting\":1,\"waiting_max\":1},"
                 "\"<i>&dev\":{\"weight\":1.0,\"guarantee\":{},\"limit\":{\"cpus\":4.0,"
                 "\"mem_bytes\":1073741824,\"gpus\":0.0},\"has\":{\"cpus\":3.0,\"mem_bytes\":0,"
                 "\"disk_bytes\":0,\"gpus\":0.0},\"share\":0.3,\"share_max\":0.3,\"waiting\":0,"
                 "\"waiting_max\":7}}"));
    free(text);
    json_decref(json);
    sample_close(&sample);
}

Test(roles, console_has_a_line_for_each)
{
    const struct report_console_options options = { 0 };
    struct sample sample;
    struct error  err = { "" };
    sample_open(&sample, SAMPLE_NO_TRAFFIC);
    sample_exec(&sample, two_roles);
    FILE *out = fopen(sample.out, "w");
    cr_assert(eq(int, report_console(sample.db, &options, out, &err), ST_OK), "%s", err.text);
    fclose(out);
    char *text = sample_slurp(sample.out);
    expect_in(text, "  roles         prod: 40% at the end, 60% at its highest, weight 2.5,"
                    " 1 task waiting\n"
                    "                <i>&dev: 30% at the end, 30% at its highest, weight 1\n");
    free(text);
    sample_close(&sample);
}

Test(roles, nothing_is_said_where_none_share)
{
    struct sample sample;
    struct error  err = { "" };
    sample_open(&sample, SAMPLE_PASSED);
    cr_assert(eq(int, report_html(sample.db, sample.out, &err), ST_OK), "%s", err.text);
    char *text = sample_slurp(sample.out);
    cr_expect(eq(sz, sample_count(text, "<h2>Roles</h2>"), 0));
    free(text);
    sample_close(&sample);
}
