/*
 * reports/text.h - numbers as people read them. Integers all the way: no locale has a say.
 *
 * Each appends to out.
 */
#ifndef REPORTS_TEXT_H
#define REPORTS_TEXT_H

#include "platform/base/strbuf.h"

void text_seconds(struct strbuf *out, int64_t ns);      /* "75.125": seconds, for machines */
void text_duration(struct strbuf *out, int64_t ns);     /* "1m15.1s", "250ms", "2h05m" */
void text_latency(struct strbuf *out, int64_t ns);      /* "12.4 ms", "1.25 s" */
void text_count(struct strbuf *out, int64_t count);     /* "671,234" */
void text_money(struct strbuf *out, int64_t microusd);  /* "$1.72" */
void text_bytes(struct strbuf *out, int64_t bytes);     /* "15.5 GiB" */
void text_cores(struct strbuf *out, int64_t milli);     /* "4", "0.5" */
void text_share(struct strbuf *out, int64_t part, int64_t whole); /* "41%"; "-" when whole is 0 */
/* "99.998%" - never "100%" nor "0%" unless it is exactly so. "-" when whole is 0. */
void text_percent(struct strbuf *out, int64_t part, int64_t whole);

#endif
