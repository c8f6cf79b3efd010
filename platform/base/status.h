/*
 * platform/base/status.h - the one enumeration of what the world can do to us, and a place for the
 * sentence that goes with it.
 *
 * Calling: a function that can fail returns enum status, is marked MUST_USE and writes its results
 *          through trailing ret_ pointers only on ST_OK.
 */
#ifndef PLATFORM_BASE_STATUS_H
#define PLATFORM_BASE_STATUS_H

#include <stdbool.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

#define STATUS_LIST(X)                                                                             \
    X(ST_OK, "ok")                                                                                 \
    X(ST_INVALID, "invalid")           /* the request can never succeed as it is */                \
    X(ST_NOT_FOUND, "not-found")       /* no such image, container, key, file */                   \
    X(ST_EXISTS, "exists")             /* already there */                                         \
    X(ST_CONFLICT, "conflict")         /* a compare failed, or the thing is locked */              \
    X(ST_NO_CAPACITY, "no-capacity")   /* a limit of ours was reached */                           \
    X(ST_DENIED, "denied")             /* credentials or policy say no */                          \
    X(ST_STALE, "stale")               /* an older term or generation */                           \
    X(ST_UNSUPPORTED, "unsupported")   /* this backend cannot do it */                             \
    X(ST_FAILED, "failed")             /* it was tried and it failed; a retry is a new attempt */  \
    X(ST_THROTTLED, "throttled")       /* worth a retry */                                         \
    X(ST_UNAVAILABLE, "unavailable")   /* worth a retry */                                         \
    X(ST_TIMEOUT, "timeout")           /* worth a retry; it may have happened all the same */      \
    X(ST_IO, "io")                     /* a file or a disk failed */

enum status {
#define X(name, text) name,
    STATUS_LIST(X)
#undef X
};
#define STATUS_COUNT (ST_IO + 1)

/* A sentence for a person, filled beside a status other than ST_OK. */
struct error {
    char text[256];
};

const char *status_name(enum status status);

/* ST_THROTTLED, ST_UNAVAILABLE and ST_TIMEOUT. */
bool status_is_retryable(enum status status);

/* Writes the sentence (err may be NULL) and returns the status, so that it can end a function. */
enum status error_set(struct error *err, enum status status, const char *format, ...)
    PRINTF_LIKE(3, 4);

#endif
