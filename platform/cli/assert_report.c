/* platform/cli/assert_report.c - what a failed ASSERT prints before the program aborts. */
#include "platform/cli/assert_report.h"

#include <stdio.h>
#include <stdlib.h>

#include "platform/base/assert.h"

/* State of the program, not of the platform: the one place where an assertion can find it. */
static struct assert_report current;

void
assert_report_set(const struct assert_report *report)
{
    current = *report;
}

void
assert_failed(const char *file, int line, const char *condition)
{
    (void)fprintf(stderr, "%s:%d: ASSERT failed: %s\n", file, line, condition);
    if (current.now_at_ns != NULL) {
        (void)fprintf(stderr, "  simulated time: %.6f s\n",
                      (double)current.now_at_ns(current.context) / 1e9);
    }
    if (current.reproduce != NULL) {
        (void)fprintf(stderr, "reproduce: %s\n", current.reproduce);
    }
    abort();
}
