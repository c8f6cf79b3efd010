/* platform/base/status.c - names of the statuses, and the sentence beside one. */
#include "platform/base/status.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const names[STATUS_COUNT] = {
#define X(name, text) [name] = text,
    STATUS_LIST(X)
#undef X
};

const char *
status_name(enum status status)
{
    return (unsigned)status < STATUS_COUNT ? names[status] : "unknown";
}

bool
status_is_retryable(enum status status)
{
    return status == ST_THROTTLED || status == ST_UNAVAILABLE || status == ST_TIMEOUT;
}

enum status
error_set(struct error *err, enum status status, const char *format, ...)
{
    if (err != NULL) {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
    }
    return status;
}
