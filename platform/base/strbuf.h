/*
 * platform/base/strbuf.h - a growing text, always NUL-terminated; may hold bytes too.
 */
#ifndef PLATFORM_BASE_STRBUF_H
#define PLATFORM_BASE_STRBUF_H

#include "platform/base/common.h"

struct strbuf {
    char  *text; /* owned; NULL while empty: use strbuf_text() */
    size_t len;
    size_t capacity;
};

void strbuf_fini(struct strbuf *buf); /* a zeroed strbuf is valid and empty */
void strbuf_clear(struct strbuf *buf);
void strbuf_add(struct strbuf *buf, const char *text);
void strbuf_add_bytes(struct strbuf *buf, const void *bytes, size_t len);
void strbuf_add_char(struct strbuf *buf, char c);
void strbuf_printf(struct strbuf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

static inline const char *
strbuf_text(const struct strbuf *buf)
{
    return buf->text != NULL ? buf->text : "";
}

#endif
