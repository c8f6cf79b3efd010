/*
 * tests/unit/reports/test_escape.c
 *
 * Goal:   text that others chose cannot leave the place in a report that it was put into.
 * Method: each escaping function on markup, quotes, control characters and bytes that are no UTF-8;
 *         tests/fuzz/fuzz_report_escape.c says the same of any bytes.
 */
#include "reports/escape.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define BAD "\xEF\xBF\xBD"

typedef void escape_fn(struct strbuf *out, const char *text);

static void
expect_escaped(escape_fn *escape, const char *text, const char *expected)
{
    struct strbuf out = { 0 };
    escape(&out, text);
    cr_expect(eq(str, (char *)strbuf_text(&out), (char *)expected));
    strbuf_fini(&out);
}

Test(escape, xml_keeps_markup_from_being_markup)
{
    expect_escaped(escape_xml, "a<b> & \"c\" 'd'", "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
    expect_escaped(escape_xml, "]]>", "]]&gt;");
    expect_escaped(escape_xml, "two\nlines\tand \r one", "two\nlines\tand &#13; one");
    expect_escaped(escape_xml, NULL, "");
}

Test(escape, xml_replaces_what_xml_cannot_hold)
{
    expect_escaped(escape_xml, "\x01\x1b[31m\x7f", BAD BAD "[31m" BAD);
    expect_escaped(escape_xml, "\xEF\xBF\xBE|\xEF\xBF\xBF", BAD "|" BAD);
    expect_escaped(escape_xml, "\xC2\x85", BAD); /* a C1 control */
}

Test(escape, utf8_passes_and_the_rest_is_replaced)
{
    expect_escaped(escape_html, "Z\xC3\xBCrich \xE2\x82\xAC \xF0\x9F\x90\xB3",
                   "Z\xC3\xBCrich \xE2\x82\xAC \xF0\x9F\x90\xB3");
    expect_escaped(escape_html, "\xC3(", BAD "(");           /* a tail is missing */
    expect_escaped(escape_html, "\xE2\x82", BAD BAD);        /* and at the end */
    expect_escaped(escape_html, "\xC0\xAF", BAD BAD);        /* overlong */
    expect_escaped(escape_html, "\xED\xA0\x80", BAD BAD BAD); /* a surrogate */
    expect_escaped(escape_html, "\xF4\x90\x80\x80", BAD BAD BAD BAD);
    expect_escaped(escape_html, "\xFF\x80", BAD BAD);
}

Test(escape, gnuplot_text_is_one_quoted_line_and_runs_nothing)
{
    expect_escaped(escape_gnuplot, "it's", "'it''s'");
    expect_escaped(escape_gnuplot, "'; system('rm x'); '", "'''; system(''rm x''); '''");
    expect_escaped(escape_gnuplot, "`date`", "'''date'''");
    expect_escaped(escape_gnuplot, "a\nset output 'b'\r", "'a set output ''b'' '");
    expect_escaped(escape_gnuplot, "back\\slash", "'back\\slash'");
    expect_escaped(escape_gnuplot, "&#60;script", "'& #60;script'"); /* no reference by number */
    expect_escaped(escape_gnuplot, "", "''");
}

Test(escape, nothing_reaches_the_terminal_but_text)
{
    expect_escaped(escape_terminal, "\x1b]0;title\x07", BAD "]0;title" BAD);
    expect_escaped(escape_terminal, "one\ntwo\rthree", "one two three");
    expect_escaped(escape_terminal, "\xE2\x80\xAE" "evil", BAD "evil"); /* right to left */
}

Test(escape, json_text_keeps_control_characters)
{
    expect_escaped(escape_json, "a\x01\n\xFF", "a\x01\n" BAD);
}
