/* platform/base/units.c - text with a unit to integers and back. */
#include "platform/base/units.h"

#include <stdio.h>
#include <string.h>

enum { FRACTION_DIGITS_MAX = 9, YEAR_MIN = 1970, YEAR_MAX = 2200 };

struct unit {
    const char *name;
    int64_t     size;
};

/* The longer of two units with one beginning stands first. */
static const struct unit duration_units[] = {
    { "ns", 1 },
    { "us", 1000 },
    { "ms", NS_PER_MS },
    { "s", NS_PER_SEC },
    { "m", 60 * NS_PER_SEC },
    { "h", 3600 * NS_PER_SEC },
    { "d", 24 * 3600 * NS_PER_SEC },
};

static const struct unit size_units[] = {
    { "KiB", INT64_C(1) << 10 }, { "MiB", INT64_C(1) << 20 },
    { "GiB", INT64_C(1) << 30 }, { "TiB", INT64_C(1) << 40 },
    { "KB", 1000 },              { "MB", 1000 * 1000 },
    { "GB", 1000 * 1000 * 1000 }, { "TB", INT64_C(1000) * 1000 * 1000 * 1000 },
    { "B", 1 },
};

/* Here the size is the seconds that the rate counts events in. */
static const struct unit rate_units[] = { { "/s", 1 }, { "/m", 60 }, { "/h", 3600 } };

static const struct unit percent_units[] = { { "%", PPM / 100 } };

/* whole + fraction / scale, exactly. */
struct decimal {
    int64_t whole;
    int64_t fraction;
    int64_t scale;
};

static bool
parse_decimal(const char **cursor, struct decimal *ret)
{
    const char    *at = *cursor;
    struct decimal value = { .scale = 1 };
    if (*at < '0' || *at > '9') {
        return false;
    }
    for (; *at >= '0' && *at <= '9'; at++) {
        if (__builtin_mul_overflow(value.whole, 10, &value.whole) ||
            __builtin_add_overflow(value.whole, *at - '0', &value.whole)) {
            return false;
        }
    }
    if (*at == '.') {
        at++;
        if (*at < '0' || *at > '9') {
            return false;
        }
        for (int digits = 0; *at >= '0' && *at <= '9'; at++, digits++) {
            if (digits == FRACTION_DIGITS_MAX) {
                return false;
            }
            value.fraction = value.fraction * 10 + (*at - '0');
            value.scale *= 10;
        }
    }
    *cursor = at;
    *ret = value;
    return true;
}

static int64_t
greatest_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* value x size, false when it does not fit or is not whole. */
static bool
scale_decimal(const struct decimal *value, int64_t size, int64_t *ret)
{
    /* With what size and scale share taken out, fraction x size fits for every unit there is. */
    const int64_t shared = greatest_divisor(size, value->scale);
    const int64_t scale = value->scale / shared;
    int64_t       whole;
    int64_t       part;
    if (__builtin_mul_overflow(value->whole, size, &whole) ||
        __builtin_mul_overflow(value->fraction, size / shared, &part) || part % scale != 0 ||
        __builtin_add_overflow(whole, part / scale, &whole)) {
        return false;
    }
    *ret = whole;
    return true;
}

static const struct unit *
take_unit(const char **cursor, const struct unit *units, uint32_t units_count)
{
    for (uint32_t i = 0; i < units_count; i++) {
        const size_t len = strlen(units[i].name);
        if (strncmp(*cursor, units[i].name, len) == 0) {
            *cursor += len;
            return &units[i];
        }
    }
    return NULL;
}

/* Exactly one number with one unit. */
static bool
parse_single(const char *text, const struct unit *units, uint32_t units_count, int64_t *ret)
{
    struct decimal value;
    if (!parse_decimal(&text, &value)) {
        return false;
    }
    const struct unit *unit = take_unit(&text, units, units_count);
    if (unit == NULL || *text != '\0') {
        return false;
    }
    return scale_decimal(&value, unit->size, ret);
}

bool
units_parse_duration(const char *text, int64_t *ret_ns)
{
    int64_t total_ns = 0;
    int64_t unit_last = INT64_MAX; /* parts come from large to small, each once */
    if (*text == '\0') {
        return false;
    }
    while (*text != '\0') {
        struct decimal value;
        int64_t        part_ns;
        if (!parse_decimal(&text, &value)) {
            return false;
        }
        const struct unit *unit = take_unit(&text, duration_units, COUNT_OF(duration_units));
        if (unit == NULL || unit->size >= unit_last ||
            !scale_decimal(&value, unit->size, &part_ns) ||
            __builtin_add_overflow(total_ns, part_ns, &total_ns)) {
            return false;
        }
        unit_last = unit->size;
    }
    *ret_ns = total_ns;
    return true;
}

bool
units_parse_bytes(const char *text, int64_t *ret_bytes)
{
    return parse_single(text, size_units, COUNT_OF(size_units), ret_bytes);
}

/* Micro-hertz are rounded down: "1/m" is 16,666. */
bool
units_parse_rate(const char *text, int64_t *ret_microhertz)
{
    struct decimal value;
    int64_t        micro;
    if (!parse_decimal(&text, &value)) {
        return false;
    }
    const struct unit *unit = take_unit(&text, rate_units, COUNT_OF(rate_units));
    if (unit == NULL || *text != '\0' || __builtin_mul_overflow(value.whole, PPM, &micro) ||
        __builtin_add_overflow(micro, value.fraction * PPM / value.scale, &micro)) {
        return false;
    }
    *ret_microhertz = micro / unit->size;
    return true;
}

bool
units_parse_percent(const char *text, int64_t *ret_ppm)
{
    return parse_single(text, percent_units, COUNT_OF(percent_units), ret_ppm);
}

/* Days from 1970-01-01. Source: Howard Hinnant, chrono-compatible low-level date algorithms. */
static int64_t
days_from_civil(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    const int64_t era = year / 400;
    const int64_t year_of_era = year - era * 400;
    const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

struct civil {
    int64_t year;
    int64_t month;
    int64_t day;
};

static struct civil
civil_from_days(int64_t days)
{
    const int64_t shifted = days + 719468;
    const int64_t era = shifted / 146097;
    const int64_t day_of_era = shifted - era * 146097;
    const int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t month_shifted = (5 * day_of_year + 2) / 153;
    const int64_t month = month_shifted + (month_shifted < 10 ? 3 : -9);
    return (struct civil){
        .year = year_of_era + era * 400 + (month <= 2),
        .month = month,
        .day = day_of_year - (153 * month_shifted + 2) / 5 + 1,
    };
}

static bool
take_digits(const char **cursor, int count, int64_t *ret)
{
    int64_t value = 0;
    for (int i = 0; i < count; i++) {
        const char c = (*cursor)[i];
        if (c < '0' || c > '9') {
            return false;
        }
        value = value * 10 + (c - '0');
    }
    *cursor += count;
    *ret = value;
    return true;
}

static bool
take_char(const char **cursor, char c)
{
    if (**cursor != c) {
        return false;
    }
    (*cursor)++;
    return true;
}

static int64_t
days_in_month(int64_t year, int64_t month)
{
    const int64_t next_year = month == 12 ? year + 1 : year;
    const int64_t next_month = month == 12 ? 1 : month + 1;
    return days_from_civil(next_year, next_month, 1) - days_from_civil(year, month, 1);
}

bool
units_parse_instant(const char *text, int64_t *ret_at_ns)
{
    struct civil date;
    int64_t      hour;
    int64_t      minute;
    int64_t      second;
    int64_t      fraction_ns = 0;
    if (!take_digits(&text, 4, &date.year) || !take_char(&text, '-') ||
        !take_digits(&text, 2, &date.month) || !take_char(&text, '-') ||
        !take_digits(&text, 2, &date.day) || !(take_char(&text, 'T') || take_char(&text, 't')) ||
        !take_digits(&text, 2, &hour) || !take_char(&text, ':') ||
        !take_digits(&text, 2, &minute) || !take_char(&text, ':') ||
        !take_digits(&text, 2, &second)) {
        return false;
    }
    if (take_char(&text, '.')) {
        int64_t unit_ns = NS_PER_SEC / 10;
        int64_t digit;
        if (*text < '0' || *text > '9') {
            return false;
        }
        for (; unit_ns > 0 && take_digits(&text, 1, &digit); unit_ns /= 10) {
            fraction_ns += digit * unit_ns;
        }
    }
    if (!(take_char(&text, 'Z') || take_char(&text, 'z')) || *text != '\0') {
        return false;
    }
    if (date.year < YEAR_MIN || date.year > YEAR_MAX || date.month < 1 || date.month > 12 ||
        date.day < 1 || date.day > days_in_month(date.year, date.month) || hour > 23 ||
        minute > 59 || second > 59) {
        return false;
    }
    const int64_t days = days_from_civil(date.year, date.month, date.day);
    *ret_at_ns = SEC(((days * 24 + hour) * 60 + minute) * 60 + second) + fraction_ns;
    return true;
}

char *
units_print_duration(int64_t ns, char *text)
{
    const char *sign = ns < 0 ? "-" : "";
    uint64_t    rest = ns < 0 ? UINT64_C(0) - (uint64_t)ns : (uint64_t)ns;
    size_t      len = (size_t)snprintf(text, UNITS_TEXT_BYTES, "%s", sign);
    if (rest == 0) {
        (void)snprintf(text, UNITS_TEXT_BYTES, "0s");
        return text;
    }
    for (uint32_t i = COUNT_OF(duration_units); i > 0 && rest > 0; i--) {
        const struct unit *unit = &duration_units[i - 1];
        const uint64_t     count = rest / (uint64_t)unit->size;
        if (count > 0) {
            ASSERT(len < UNITS_TEXT_BYTES);
            len += (size_t)snprintf(text + len, UNITS_TEXT_BYTES - len, "%llu%s",
                                    (unsigned long long)count, unit->name);
            rest %= (uint64_t)unit->size;
        }
    }
    ASSERT(len < UNITS_TEXT_BYTES);
    return text;
}

char *
units_print_bytes(int64_t bytes, char *text)
{
    /* The largest unit that divides it; binary ones first, as they are what sizes usually are. */
    const struct unit *best = &size_units[COUNT_OF(size_units) - 1];
    for (uint32_t i = 0; i < COUNT_OF(size_units); i++) {
        const struct unit *unit = &size_units[i];
        if (bytes != 0 && bytes % unit->size == 0 && unit->size > best->size) {
            best = unit;
        }
    }
    (void)snprintf(text, UNITS_TEXT_BYTES, "%lld%s", (long long)(bytes / best->size), best->name);
    return text;
}

char *
units_print_instant(int64_t at_ns, char *text)
{
    const int64_t ns_per_day = 24 * 3600 * NS_PER_SEC;
    int64_t       days = at_ns / ns_per_day;
    int64_t       rest_ms = at_ns % ns_per_day / NS_PER_MS;
    if (rest_ms < 0) {
        rest_ms += ns_per_day / NS_PER_MS;
        days--;
    }
    const struct civil date = civil_from_days(days);
    (void)snprintf(text, UNITS_TEXT_BYTES, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (int)date.year,
                   (int)date.month, (int)date.day, (int)(rest_ms / 3600000),
                   (int)(rest_ms / 60000 % 60), (int)(rest_ms / 1000 % 60), (int)(rest_ms % 1000));
    return text;
}

char *
units_print_rough(int64_t ns, char *text)
{
    const char *sign = ns < 0 ? "-" : "";
    const int64_t size_ns = ns < 0 ? -ns : ns;
    if (size_ns >= MIN(1)) {
        return units_print_duration((ns + (ns < 0 ? -SEC(1) : SEC(1)) / 2) / SEC(1) * SEC(1), text);
    }
    if (size_ns < MS(1)) {
        return units_print_duration(ns, text);
    }
    const bool seconds = size_ns >= SEC(1);
    const int64_t hundredths = (size_ns + (seconds ? MS(5) : US(5))) / (seconds ? MS(10) : US(10));
    const char *unit = seconds ? "s" : "ms";
    if (hundredths % 100 == 0) {
        (void)snprintf(text, UNITS_TEXT_BYTES, "%s%lld%s", sign, (long long)(hundredths / 100),
                       unit);
    } else {
        (void)snprintf(text, UNITS_TEXT_BYTES, "%s%lld.%02lld%s", sign,
                       (long long)(hundredths / 100), (long long)(hundredths % 100), unit);
    }
    return text;
}
