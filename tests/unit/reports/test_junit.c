/*
 * tests/unit/reports/test_junit.c
 *
 * Goal:   junit.xml is well formed whatever the texts are, and counts what it holds.
 * Method: the sample databases; a small reader checks that tags and attributes nest and end.
 */
#include "reports/reports.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <ctype.h>
#include <string.h>

#include "tests/unit/reports/sample_db.h"

static char *
junit_of(const struct sample *sample)
{
    struct error      err = { "" };
    const char *const db = sample->db;
    cr_assert(eq(int, report_junit(&db, 1, sample->out, &err), ST_OK), "%s", err.text);
    return sample_slurp(sample->out);
}

/* Elements nest, attributes are quoted, references are known. Enough for what junit.c writes. */
static bool
is_well_formed(const char *text)
{
    char   names[16][32];
    size_t depth = 0;
    size_t elements = 0;
    const char *at = strstr(text, "?>");
    at = at != NULL ? at + 2 : text;
    for (; *at != '\0'; at++) {
        if (*at == '&') {
            static const char *const known[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;",
                                                 "&#13;" };
            bool found = false;
            for (size_t i = 0; i < 6; i++) {
                found |= strncmp(at, known[i], strlen(known[i])) == 0;
            }
            if (!found) {
                return false;
            }
        }
        if (*at == '>' || (*at != '<' && depth == 0 && !isspace((unsigned char)*at))) {
            return false;
        }
        if (*at != '<') {
            continue;
        }
        const bool   closes = at[1] == '/';
        const char  *name = at + 1 + closes;
        const size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz-");
        bool         quoted = false;
        for (at = name + len; *at != '\0' && (quoted || *at != '>'); at++) {
            quoted ^= *at == '"';
            if (*at == '<') {
                return false;
            }
        }
        if (*at == '\0' || len == 0 || len > 31) {
            return false;
        }
        if (closes) {
            if (depth == 0 || strncmp(names[depth - 1], name, len) != 0) {
                return false;
            }
            depth--;
        } else if (at[-1] != '/') {
            memcpy(names[depth], name, len);
            names[depth++][len] = '\0';
        }
        elements++;
    }
    return depth == 0 && elements > 0;
}

Test(junit, the_reader_of_this_test_notices_mistakes)
{
    cr_expect(is_well_formed("<a><b c=\"d\"/>e</a>"));
    cr_expect(not(is_well_formed("<a><b></a></b>")));
    cr_expect(not(is_well_formed("<a>")));
    cr_expect(not(is_well_formed("<a>x & y</a>")));
    cr_expect(not(is_well_formed("<a b=\"<\"/>")));
}

Test(junit, a_passed_run_has_a_case_each_and_no_failure)
{
    struct sample sample;
    sample_open(&sample, SAMPLE_PASSED);
    char *text = junit_of(&sample);
    cr_expect(is_well_formed(text));
    cr_expect(eq(sz, sample_count(text, "<testcase "), 3));
    cr_expect(eq(sz, sample_count(text, "<failure"), 0));
    cr_expect(eq(sz, sample_count(text, "tests=\"3\" failures=\"0\" errors=\"0\" skipped=\"0\""
                                        " time=\"0.410\""), 2)); /* root and suite */
    cr_expect(eq(sz, sample_count(text, "name=\"rolling-upgrade (seed 1, fake)\""), 1));
    cr_expect(eq(sz, sample_count(text, "classname=\"scenarios/deploy/rolling-upgrade.json\""), 3));
    cr_expect(eq(sz, sample_count(text, "name=\"trace_hash\" value=\"9f3c00000000abcd\"/>"), 1));
    cr_expect(eq(sz, sample_count(text, "<property name=\"simulated_s\" value=\"600.000\"/>"), 1));
    free(text);
    sample_close(&sample);
}

Test(junit, a_failed_run_says_what_and_how_to_see_it_again)
{
    struct sample sample;
    sample_open(&sample, SAMPLE_FAILED);
    char *text = junit_of(&sample);
    cr_expect(is_well_formed(text));
    cr_expect(eq(sz, sample_count(text, "<testcase "), 5));
    cr_expect(eq(sz, sample_count(text, "<failure "), 3));
    cr_expect(eq(sz, sample_count(text, "failures=\"3\""), 2));
    cr_expect(eq(sz, sample_count(text, "name=\"node-&lt;dies&gt; (seed 8, fake)\""), 1));
    cr_expect(eq(sz, sample_count(text, "message=\"healthy of /web was 1, expected at least 2 &lt; "
                                        "4\""), 1));
    cr_expect(eq(sz, sample_count(text, "/web &amp; its friends stay"), 1));
    cr_expect(eq(sz, sample_count(text, "<system-out>reproduce: rehearse run scenarios/"
                                        "failure/node-dies.json --seed 8</system-out>"), 1));
    free(text);
    sample_close(&sample);
}

Test(junit, a_run_that_failed_as_a_whole_has_a_case_of_its_own)
{
    struct sample sample;
    sample_open(&sample, SAMPLE_PASSED);
    sample_exec(&sample, "UPDATE run SET outcome = 'error', error = 'the disk is full'");
    char *text = junit_of(&sample);
    cr_expect(is_well_formed(text));
    cr_expect(eq(sz, sample_count(text, "tests=\"4\" failures=\"0\" errors=\"1\""), 2));
    cr_expect(eq(sz, sample_count(text, "<error type=\"error\" message=\"the disk is full\">"), 1));
    free(text);
    sample_close(&sample);
}

Test(junit, an_invariant_that_was_to_be_broken_is_no_failure)
{
    struct sample sample;
    sample_open(&sample, SAMPLE_PASSED);
    sample_exec(&sample, "UPDATE invariants SET outcome = 'failed' WHERE id = 'no-orphans'");
    char *text = junit_of(&sample);
    cr_expect(eq(sz, sample_count(text, "<failure"), 0));
    free(text);
    sample_close(&sample);
}

Test(junit, several_runs_are_several_suites_with_one_total)
{
    struct sample a;
    struct sample b;
    sample_open(&a, SAMPLE_PASSED);
    sample_open(&b, SAMPLE_FAILED);
    const char *const dbs[] = { a.db, b.db };
    struct error err = { "" };
    cr_assert(eq(int, report_junit(dbs, 2, a.out, &err), ST_OK));
    char *text = sample_slurp(a.out);
    cr_expect(is_well_formed(text));
    cr_expect(eq(sz, sample_count(text, "<testsuite "), 2));
    cr_expect(eq(sz, sample_count(text, "<testsuites name=\"rehearse\" tests=\"8\" failures=\"3\" "
                                        "errors=\"0\" skipped=\"0\" time=\"0.820\">"), 1));
    free(text);
    sample_close(&a);
    sample_close(&b);
}
