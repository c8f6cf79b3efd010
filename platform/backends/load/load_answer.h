/*
 * platform/backends/load/load_answer.h - reads one HTTP/1.1 answer as it comes in, and keeps
 * nothing of it but what the client must know.
 *
 * Source: RFC 9112 sections 4, 6 and 7. Interim answers (1xx) are skipped.
 * Limits: LOAD_ANSWER_HEAD_MAX bytes of head; a longer line than LOAD_ANSWER_LINE_BYTES is skipped.
 */
#ifndef PLATFORM_BACKENDS_LOAD_LOAD_ANSWER_H
#define PLATFORM_BACKENDS_LOAD_LOAD_ANSWER_H

#include "platform/base/common.h"

enum { LOAD_COOKIE_BYTES = 160, LOAD_ANSWER_LINE_BYTES = 256, LOAD_ANSWER_HEAD_MAX = 64 * 1024 };

enum load_answer_state {
    LOAD_ANSWER_STATUS, /* the status line */
    LOAD_ANSWER_HEAD,
    LOAD_ANSWER_BODY, /* body_left bytes, or until the end when until_end */
    LOAD_ANSWER_CHUNK_SIZE,
    LOAD_ANSWER_CHUNK,
    LOAD_ANSWER_CHUNK_END,
    LOAD_ANSWER_TRAILER,
    LOAD_ANSWER_DONE,
    LOAD_ANSWER_BROKEN
};

struct load_answer {
    enum load_answer_state state;
    int32_t                status;    /* 100..599, once known */
    bool                   keeps;     /* the connection may take another request */
    bool                   begun;     /* a byte has come */
    char                   cookie[LOAD_COOKIE_BYTES]; /* "name=value" that was set last, or "" */
    bool                   chunked;   /* private from here on */
    bool                   sized;
    bool                   until_end;
    int64_t                body_left;
    uint32_t               head_len;
    uint32_t               line_len;
    char                   line[LOAD_ANSWER_LINE_BYTES];
};

void load_answer_init(struct load_answer *answer);

/* Takes bytes in; the state says whether more is needed. Bytes behind the end make it BROKEN. */
void load_answer_take(struct load_answer *answer, const char *bytes, size_t len);

/* The connection has ended; true when that completes the answer. */
bool load_answer_ended(struct load_answer *answer);

#endif
