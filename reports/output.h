/*
 * reports/output.h - a report reaches its final name only when it is whole.
 *
 * Errors: ST_IO with the name and the reason.
 */
#ifndef REPORTS_OUTPUT_H
#define REPORTS_OUTPUT_H

#include "platform/base/strbuf.h"

/* Writes to a name beside path, then renames. "-" is standard output. */
enum status output_write(const char *path, const struct strbuf *content,
                         struct error *err) MUST_USE;

#endif
