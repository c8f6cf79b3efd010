/*
 * reports/console_numbers.h - the worst numbers of a run as lines of text. Private to the two files
 * reports/console*.c.
 */
#ifndef REPORTS_CONSOLE_NUMBERS_H
#define REPORTS_CONSOLE_NUMBERS_H

#include "platform/base/strbuf.h"
#include "reports/reader.h"

struct console {
    struct reader *reader; /* borrowed */
    bool           color;
    struct strbuf  out;
};

/* A line each; what a run does not have is left out. */
void console_numbers(struct console *console);

#endif
