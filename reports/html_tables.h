/*
 * reports/html_tables.h - the tables of the page: each is a query and a format a column.
 *
 * Limits: HTML_ROWS_MAX rows a table; how many more there are is said below it.
 */
#ifndef REPORTS_HTML_TABLES_H
#define REPORTS_HTML_TABLES_H

#include "platform/base/strbuf.h"
#include "reports/reader.h"
#include "reports/timeline.h"

enum { HTML_ROWS_MAX = 200, HTML_TIMELINE_MAX = 300 };

/* The tables above the charts: what was judged. */
void html_tables_verdicts(struct strbuf *out, struct reader *reader);

/* The tables below: what there was. A table without a row is left out. */
void html_tables_rest(struct strbuf *out, struct reader *reader);

/* Its rows alone, as a table. */
void html_timeline_rows(struct strbuf *out, const struct timeline *timeline);

void html_tables_timeline(struct strbuf *out, const struct timeline *timeline);

#endif
