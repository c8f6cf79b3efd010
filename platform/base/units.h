/*
 * platform/base/units.h - text with a unit to integers and back, at the edge only.
 *
 * Durations: ns us ms s m h d, also summed ("1m30s"). Sizes: B KB MB GB TB (powers of 1000) and KiB
 * MiB GiB TiB. Rates: "/s" "/m" "/h", kept as events per 10^6 s (micro-hertz) in an int64.
 * Percentages: "30%" or "0.5%" to parts per million.
 */
#ifndef PLATFORM_BASE_UNITS_H
#define PLATFORM_BASE_UNITS_H

#include "platform/base/common.h"

/* False when text is not exactly one such value, or does not fit; *ret is then untouched. */
bool units_parse_duration(const char *text, int64_t *ret_ns);
bool units_parse_bytes(const char *text, int64_t *ret_bytes);
bool units_parse_rate(const char *text, int64_t *ret_microhertz);
bool units_parse_percent(const char *text, int64_t *ret_ppm); /* may exceed 100% */
bool units_parse_instant(const char *text, int64_t *ret_at_ns); /* RFC 3339, UTC "Z" */

enum { UNITS_TEXT_BYTES = 40 };

/* Shortest exact form ("1m30s", "250ms", "0s"); text holds UNITS_TEXT_BYTES. Returns text. */
char *units_print_duration(int64_t ns, char *text);
/* For a person: "48.64ms", "7.59s", and whole seconds from a minute on ("6m10s"). */
char *units_print_rough(int64_t ns, char *text);
char *units_print_bytes(int64_t bytes, char *text);
char *units_print_instant(int64_t at_ns, char *text); /* RFC 3339 with milliseconds */

#endif
