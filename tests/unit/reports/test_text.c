/*
 * tests/unit/reports/test_text.c
 *
 * Goal:   numbers read as people write them, and never say all or nothing when it is not so.
 * Method: each printer at its borders.
 */
#include "reports/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

typedef void text_fn(struct strbuf *out, int64_t value);

static void
expect_text(text_fn *print, int64_t value, const char *expected)
{
    struct strbuf out = { 0 };
    print(&out, value);
    cr_expect(eq(str, (char *)strbuf_text(&out), (char *)expected));
    strbuf_fini(&out);
}

static void
expect_percent(int64_t part, int64_t whole, const char *expected)
{
    struct strbuf out = { 0 };
    text_percent(&out, part, whole);
    cr_expect(eq(str, (char *)strbuf_text(&out), (char *)expected));
    strbuf_fini(&out);
}

Test(text, seconds_always_have_three_decimals)
{
    expect_text(text_seconds, 0, "0.000");
    expect_text(text_seconds, MS(75125), "75.125");
    expect_text(text_seconds, 999999, "0.001");
    expect_text(text_seconds, -MS(1), "-0.001");
    expect_text(text_seconds, INT64_MAX, "9223372036.855");
}

Test(text, durations_carry_and_drop_zeros)
{
    expect_text(text_duration, 0, "0s");
    expect_text(text_duration, MS(250), "250ms");
    expect_text(text_duration, SEC(1) - 1, "1s");
    expect_text(text_duration, MS(1500), "1.5s");
    expect_text(text_duration, MS(59960), "1m");
    expect_text(text_duration, SEC(61), "1m01s");
    expect_text(text_duration, MS(75100), "1m15.1s");
    expect_text(text_duration, HOUR(2) + MIN(5), "2h05m");
    expect_text(text_duration, HOUR(1) + SEC(7), "1h00m07s");
    expect_text(text_duration, INT64_MIN, "-2562047h47m16.9s");
}

Test(text, latencies_counts_money_and_sizes)
{
    expect_text(text_latency, 12400000, "12.4 ms");
    expect_text(text_latency, 137540000, "137.5 ms");
    expect_text(text_latency, MS(1250), "1.25 s");
    expect_text(text_count, 0, "0");
    expect_text(text_count, 999, "999");
    expect_text(text_count, -1234567, "-1,234,567");
    expect_text(text_money, 1720000, "$1.72");
    expect_text(text_money, 1234567890, "$1,234.57");
    expect_text(text_money, 1, "less than $0.01");
    expect_text(text_money, 0, "$0.00");
    expect_text(text_bytes, 16642998272, "15.5 GiB");
    expect_text(text_bytes, 0, "0 B");
    expect_text(text_cores, 500, "0.5");
    expect_text(text_cores, 4000, "4");
}

Test(text, a_percentage_is_never_rounded_to_all_or_nothing)
{
    expect_percent(1, 1, "100%");
    expect_percent(9999999, 10000000, "99.999%");
    expect_percent(998, 1000, "99.8%");
    expect_percent(1, 1000000000, "under 0.001%");
    expect_percent(0, 5, "0%");
    expect_percent(0, 0, "-");
}
