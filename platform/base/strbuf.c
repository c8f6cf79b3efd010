/* platform/base/strbuf.c - a growing text. */
#include "platform/base/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "platform/base/memory.h"

static void
strbuf_reserve(struct strbuf *buf, size_t more)
{
    const size_t needed = buf->len + more + 1;
    if (needed > buf->capacity) {
        size_t capacity = buf->capacity < 64 ? 64 : buf->capacity * 2;
        if (capacity < needed) {
            capacity = needed;
        }
        buf->text = memory_resize(buf->text, capacity);
        buf->capacity = capacity;
    }
}

void
strbuf_fini(struct strbuf *buf)
{
    memory_free(buf->text);
    *buf = (struct strbuf){ 0 };
}

void
strbuf_clear(struct strbuf *buf)
{
    buf->len = 0;
    if (buf->text != NULL) {
        buf->text[0] = '\0';
    }
}

void
strbuf_add_bytes(struct strbuf *buf, const void *bytes, size_t len)
{
    strbuf_reserve(buf, len);
    if (len > 0) {
        memcpy(buf->text + buf->len, bytes, len);
    }
    buf->len += len;
    buf->text[buf->len] = '\0';
}

void
strbuf_add(struct strbuf *buf, const char *text)
{
    strbuf_add_bytes(buf, text, strlen(text));
}

void
strbuf_add_char(struct strbuf *buf, char c)
{
    strbuf_add_bytes(buf, &c, 1);
}

void
strbuf_printf(struct strbuf *buf, const char *format, ...)
{
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    const int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    ASSERT(len >= 0);
    strbuf_reserve(buf, (size_t)len);
    (void)vsnprintf(buf->text + buf->len, (size_t)len + 1, format, again);
    va_end(again);
    buf->len += (size_t)len;
}
