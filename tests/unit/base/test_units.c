/*
 * tests/unit/base/test_units.c
 *
 * Goal:   every unit is read exactly, what is not exactly one value is refused, and what is printed
 *         reads back as the same value.
 * Method: tables of texts with their values, beside texts that look nearly right.
 */
#include "platform/base/units.h"

#include <stdio.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

struct sample {
    const char *text;
    int64_t     value;
};

typedef bool parse_fn(const char *text, int64_t *ret);

static void
all_read(parse_fn *parse, const struct sample *samples, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        int64_t value = -77;
        cr_expect(parse(samples[i].text, &value), "'%s' was refused", samples[i].text);
        cr_expect(eq(i64, value, samples[i].value), "'%s'", samples[i].text);
    }
}

static void
all_refused(parse_fn *parse, const char *const *texts, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        int64_t value = -77;
        cr_expect(not(parse(texts[i], &value)), "'%s' was accepted", texts[i]);
        cr_expect(eq(i64, value, -77), "'%s' wrote a value", texts[i]);
    }
}

Test(units, durations_are_read_with_their_unit)
{
    static const struct sample samples[] = {
        { "0s", 0 },           { "5ns", 5 },           { "7us", US(7) },
        { "250ms", MS(250) },  { "1.5s", MS(1500) },   { "90s", SEC(90) },
        { "1m30s", SEC(90) },  { "10m", MIN(10) },     { "2h", HOUR(2) },
        { "1d", HOUR(24) },    { "1h0m1s", SEC(3601) }, { "0.000000001s", 1 },
        { "1m5ms", MIN(1) + MS(5) }, { "106751d", INT64_C(106751) * HOUR(24) },
        { "0.123456789h", INT64_C(444444440400) },
    };
    all_read(units_parse_duration, samples, COUNT_OF(samples));
}

Test(units, what_is_no_duration_is_refused)
{
    static const char *const texts[] = {
        "", "5", "s", "-5s", "+5s", "5 s", " 5s", "5s ", "5sec", "5S", "5m5m", "5s1m", "1..5s",
        ".5s",
        "5.s", "0.1ns", "106752d", "9223372036854775808ns", "1.1234567890s", "5s\n", "5min", "NaNs",
        "1e3s", "99999999999999999999s",
    };
    all_refused(units_parse_duration, texts, COUNT_OF(texts));
}

Test(units, sizes_are_read_in_powers_of_1000_and_1024)
{
    static const struct sample samples[] = {
        { "0B", 0 },           { "1B", 1 },          { "1KB", 1000 },     { "1KiB", 1024 },
        { "140MB", 140000000 }, { "4GiB", MIB(4096) }, { "1.5GiB", MIB(1536) },
        { "2TB", INT64_C(2000000000000) }, { "8388607TiB", INT64_C(8388607) << 40 },
    };
    static const char *const texts[] = {
        "", "4", "4G", "4gib", "4GB5", "0.5B", "-1B", "8388608TiB", "1 GB", "1.0000001KB", "KB",
    };
    all_read(units_parse_bytes, samples, COUNT_OF(samples));
    all_refused(units_parse_bytes, texts, COUNT_OF(texts));
}

Test(units, rates_become_micro_hertz)
{
    static const struct sample samples[] = {
        { "0/s", 0 },          { "400/s", 400000000 }, { "0.5/s", 500000 },
        { "1/m", 16666 },      { "3600/h", 1000000 },  { "1/h", 277 },
        { "0.0000001/s", 0 },
    };
    static const char *const texts[] = {
        "", "400", "/s", "400/d", "400 /s", "-1/s", "9999999999999/s", "400/sec",
    };
    all_read(units_parse_rate, samples, COUNT_OF(samples));
    all_refused(units_parse_rate, texts, COUNT_OF(texts));
}

Test(units, percentages_become_parts_per_million)
{
    static const struct sample samples[] = {
        { "30%", 300000 }, { "0.5%", 5000 }, { "100%", PPM }, { "0%", 0 }, { "250%", 2500000 },
        { "99.99%", 999900 }, { "0.0001%", 1 },
    };
    static const char *const texts[] = { "", "30", "%", "-1%", "30 %", "0.00001%", "30%%" };
    all_read(units_parse_percent, samples, COUNT_OF(samples));
    all_refused(units_parse_percent, texts, COUNT_OF(texts));
}

Test(units, instants_are_utc_and_real_dates)
{
    static const struct sample samples[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "2026-01-01T00:00:00Z", SEC(1767225600) },
        { "2024-02-29T23:59:59.25Z", SEC(1709251199) + MS(250) },
        { "2000-03-01T12:00:00.000000001Z", SEC(951912000) + 1 },
    };
    static const char *const texts[] = {
        "", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:00+01:00",
        "2026-13-01T00:00:00Z",
        "2023-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:00.Z", "2026-1-1T00:00:00Z", "1969-12-31T23:59:59Z",
        "9999-01-01T00:00:00Z",
        "2026-01-01T00:00:00.0000000001Z",
    };
    all_read(units_parse_instant, samples, COUNT_OF(samples));
    all_refused(units_parse_instant, texts, COUNT_OF(texts));
}

Test(units, what_is_printed_reads_back)
{
    static const int64_t values[] = { 0, 1, 999, 1000, MS(250), MS(1500), SEC(90), MIN(30),
                                      HOUR(25), HOUR(24) * 3 + 1, INT64_MAX };
    for (uint32_t i = 0; i < COUNT_OF(values); i++) {
        char    text[UNITS_TEXT_BYTES];
        int64_t back = -1;
        cr_expect(units_parse_duration(units_print_duration(values[i], text), &back), "%s", text);
        cr_expect(eq(i64, back, values[i]), "%s", text);
        back = -1;
        cr_expect(units_parse_bytes(units_print_bytes(values[i], text), &back), "%s", text);
        cr_expect(eq(i64, back, values[i]), "%s", text);
    }
    char text[UNITS_TEXT_BYTES];
    cr_expect(eq(str, units_print_duration(SEC(90), text), "1m30s"));
    cr_expect(eq(str, units_print_duration(MS(250), text), "250ms"));
    cr_expect(eq(str, units_print_duration(0, text), "0s"));
    cr_expect(eq(str, units_print_duration(-MS(1500), text), "-1s500ms"));
    cr_expect(eq(str, units_print_bytes(MIB(1536), text), "1536MiB"));
    cr_expect(eq(str, units_print_bytes(140000000, text), "140MB"));
    cr_expect(eq(str, units_print_instant(SEC(1709251199) + MS(250), text),
                 "2024-02-29T23:59:59.250Z"));
}

Test(units, the_first_day_of_every_month_survives_a_round_trip)
{
    for (int year = 1970; year <= 2200; year++) {
        for (int month = 1; month <= 12; month++) {
            char    text[UNITS_TEXT_BYTES];
            char    again[UNITS_TEXT_BYTES];
            int64_t at_ns = -1;
            (void)snprintf(text, sizeof text, "%04d-%02d-01T00:00:00.000Z", year % 10000,
                           month % 100);
            cr_assert(units_parse_instant(text, &at_ns), "%s", text);
            cr_assert(eq(str, units_print_instant(at_ns, again), text));
        }
    }
}

Test(units, roughly_printed_durations_read_well)
{
    char text[UNITS_TEXT_BYTES];
    cr_expect(eq(str, units_print_rough(MS(48) + US(640), text), "48.64ms"));
    cr_expect(eq(str, units_print_rough(SEC(7) + MS(586), text), "7.59s"));
    cr_expect(eq(str, units_print_rough(SEC(370) + MS(501), text), "6m11s"));
    cr_expect(eq(str, units_print_rough(US(250), text), "250us"));
    cr_expect(eq(str, units_print_rough(-MS(20), text), "-20ms"));
}
