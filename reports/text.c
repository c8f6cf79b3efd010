/* reports/text.c - numbers as people read them. */
#include "reports/text.h"

#include <inttypes.h>
#include <stdio.h>

#define NS_PER_MIN  (60 * NS_PER_SEC)
#define NS_PER_HOUR (60 * NS_PER_MIN)

static int64_t
text_abs(int64_t value)
{
    return value < 0 ? -int64_max(value, -INT64_MAX) : value;
}

/* To the nearest, halves away from zero. */
static int64_t
text_round(int64_t value, int64_t unit)
{
    const int64_t rest = text_abs(value % unit);
    const int64_t up = rest >= unit - rest ? 1 : 0;
    return value / unit + (value < 0 ? -up : up);
}

/* value / 10^digits with at most keep decimals, cut, less the zeros at their end. */
static void
text_decimal(struct strbuf *out, int64_t value, uint32_t digits, uint32_t keep)
{
    int64_t cut = 1;
    int64_t scale = 1;
    for (uint32_t i = 0; i < digits; i++) {
        scale *= 10;
        cut *= i >= keep ? 10 : 1;
    }
    int64_t decimals = text_abs(value % scale) / cut;
    digits = digits < keep ? digits : keep;
    while (digits > 0 && decimals % 10 == 0) {
        decimals /= 10;
        digits--;
    }
    strbuf_printf(out, "%s%" PRId64, value < 0 ? "-" : "", text_abs(value / scale));
    if (digits > 0) {
        strbuf_printf(out, ".%0*" PRId64, (int)digits, decimals);
    }
}

void
text_seconds(struct strbuf *out, int64_t ns)
{
    const int64_t ms = text_round(ns, NS_PER_MS);
    strbuf_printf(out, "%s%" PRId64 ".%03" PRId64, ms < 0 ? "-" : "", text_abs(ms / 1000),
                  text_abs(ms % 1000));
}

void
text_duration(struct strbuf *out, int64_t ns)
{
    if (ns < 0) {
        strbuf_add_char(out, '-');
        ns = text_abs(ns);
    }
    if (ns > 0 && text_round(ns, NS_PER_MS) < 1000) {
        text_decimal(out, text_round(ns, NS_PER_MS), 0, 0);
        strbuf_add(out, "ms");
        return;
    }
    const int64_t tenths = text_round(ns, 100 * NS_PER_MS); /* carry before it is split */
    const int64_t hours = tenths / 36000;
    const int64_t minutes = tenths / 600 % 60;
    const int64_t rest = tenths % 600;
    if (hours > 0) {
        strbuf_printf(out, "%" PRId64 "h", hours);
    }
    if (hours > 0 ? minutes > 0 || rest > 0 : minutes > 0) {
        strbuf_printf(out, hours > 0 ? "%02" PRId64 "m" : "%" PRId64 "m", minutes);
    }
    if (rest > 0 || (hours == 0 && minutes == 0)) {
        if ((hours > 0 || minutes > 0) && rest < 100) {
            strbuf_add_char(out, '0');
        }
        text_decimal(out, rest, 1, 1);
        strbuf_add_char(out, 's');
    }
}

void
text_latency(struct strbuf *out, int64_t ns)
{
    if (ns < NS_PER_SEC) {
        text_decimal(out, text_round(ns, 10000), 2, ns < 100 * NS_PER_MS ? 2 : 1);
        strbuf_add(out, " ms");
    } else {
        text_decimal(out, text_round(ns, 10 * NS_PER_MS), 2, 2);
        strbuf_add(out, " s");
    }
}

void
text_count(struct strbuf *out, int64_t count)
{
    char digits[24];
    const int len = snprintf(digits, sizeof digits, "%" PRId64, text_abs(count));
    if (count < 0) {
        strbuf_add_char(out, '-');
    }
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) {
            strbuf_add_char(out, ',');
        }
        strbuf_add_char(out, digits[i]);
    }
}

void
text_money(struct strbuf *out, int64_t microusd)
{
    const int64_t cents = text_round(microusd, 10000);
    if (cents == 0 && microusd > 0) {
        strbuf_add(out, "less than $0.01");
        return;
    }
    strbuf_add(out, cents < 0 ? "-$" : "$");
    text_count(out, text_abs(cents / 100));
    strbuf_printf(out, ".%02" PRId64, text_abs(cents % 100));
}

void
text_bytes(struct strbuf *out, int64_t bytes)
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
    uint32_t unit = 0;
    int64_t  tenths = 10 * int64_min(int64_max(bytes, 0), INT64_MAX / 10);
    while (tenths >= 10240 && unit + 1 < COUNT_OF(units)) {
        tenths /= 1024;
        unit++;
    }
    text_decimal(out, tenths, 1, 1);
    strbuf_printf(out, " %s", units[unit]);
}

void
text_cores(struct strbuf *out, int64_t milli)
{
    text_decimal(out, milli, 3, 3);
}

void
text_percent(struct strbuf *out, int64_t part, int64_t whole)
{
    if (whole <= 0) {
        strbuf_add_char(out, '-');
        return;
    }
    /* Thousandths of a percent, cut and not rounded: 99.9999% of all is not all. */
    const double  share = (double)part / (double)whole * 100000.0;
    const int64_t thousandths = part == whole ? 100000 : int64_min((int64_t)share, 99999);
    if (thousandths == 0 && part > 0) {
        strbuf_add(out, "under 0.001%");
        return;
    }
    text_decimal(out, thousandths, 3, 3);
    strbuf_add_char(out, '%');
}

void
text_share(struct strbuf *out, int64_t part, int64_t whole)
{
    if (whole <= 0) {
        strbuf_add_char(out, '-');
        return;
    }
    strbuf_printf(out, "%.0f%%", (double)part / (double)whole * 100.0);
}
