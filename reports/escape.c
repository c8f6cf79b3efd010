/* reports/escape.c - one walk over any bytes as UTF-8, and what each renderer makes of each. */
#include "reports/escape.h"

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

struct escape_char {
    const char *bytes;
    uint32_t    len;  /* of a well-formed sequence; 1 when it is none */
    uint32_t    code; /* UINT32_MAX: not UTF-8 */
};

static bool
escape_is_tail(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* Source: RFC 3629, with overlong forms and surrogates refused. */
static struct escape_char
escape_next(const char *text)
{
    static const uint32_t code_min[5] = { 0, 0, 0x80, 0x800, 0x10000 };
    const unsigned char  *bytes = (const unsigned char *)text;
    const struct escape_char bad = { .bytes = text, .len = 1, .code = UINT32_MAX };
    uint32_t len = 1;
    uint32_t code = bytes[0];
    if (code >= 0xF0 && code < 0xF8) {
        len = 4;
        code &= 0x07;
    } else if (code >= 0xE0) {
        len = 3;
        code &= 0x0F;
    } else if (code >= 0xC0) {
        len = 2;
        code &= 0x1F;
    }
    if ((len == 1 && bytes[0] >= 0x80) || bytes[0] >= 0xF8) {
        return bad;
    }
    for (uint32_t i = 1; i < len; i++) {
        if (!escape_is_tail(bytes[i])) { /* the NUL at the end is no tail either */
            return bad;
        }
        code = code << 6 | (bytes[i] & 0x3F);
    }
    if (code < code_min[len] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
        return bad;
    }
    return (struct escape_char){ .bytes = text, .len = len, .code = code };
}

/* C0 and C1 controls and DEL, less the ones that are only white space. */
static bool
escape_is_control(uint32_t code)
{
    return (code < 0x20 && code != '\t' && code != '\n' && code != '\r') ||
           (code >= 0x7F && code < 0xA0);
}

static bool
escape_is_space(uint32_t code)
{
    return code == '\t' || code == '\n' || code == '\r';
}

/* Marks that turn the direction of writing: they make a line read as what it is not. */
static bool
escape_is_direction(uint32_t code)
{
    return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

static void
escape_markup(struct strbuf *out, const char *text)
{
    while (text != NULL && *text != '\0') {
        const struct escape_char next = escape_next(text);
        text += next.len;
        switch (next.code) {
        case '&':
            strbuf_add(out, "&amp;");
            break;
        case '<':
            strbuf_add(out, "&lt;");
            break;
        case '>':
            strbuf_add(out, "&gt;");
            break;
        case '"':
            strbuf_add(out, "&quot;");
            break;
        case '\'':
            strbuf_add(out, "&#39;");
            break;
        case '\r': /* an XML parser would turn it into a line end */
            strbuf_add(out, "&#13;");
            break;
        case UINT32_MAX:
        case 0xFFFE:
        case 0xFFFF:
            strbuf_add(out, REPLACEMENT);
            break;
        default:
            if (escape_is_control(next.code)) {
                strbuf_add(out, REPLACEMENT);
            } else {
                strbuf_add_bytes(out, next.bytes, next.len);
            }
        }
    }
}

void
escape_xml(struct strbuf *out, const char *text)
{
    escape_markup(out, text);
}

void
escape_html(struct strbuf *out, const char *text)
{
    escape_markup(out, text);
}

void
escape_gnuplot(struct strbuf *out, const char *text)
{
    strbuf_add_char(out, '\'');
    while (text != NULL && *text != '\0') {
        const struct escape_char next = escape_next(text);
        text += next.len;
        if (next.code == '\'' || next.code == '`') {
            strbuf_add(out, "''"); /* a quote is doubled; a backtick would run a shell */
        } else if (next.code == '#' && out->text[out->len - 1] == '&') {
            strbuf_add(out, " #"); /* its SVG lets references by number through as they are */
        } else if (escape_is_space(next.code)) {
            strbuf_add_char(out, ' ');
        } else if (next.code == UINT32_MAX || escape_is_control(next.code)) {
            strbuf_add(out, REPLACEMENT);
        } else {
            strbuf_add_bytes(out, next.bytes, next.len);
        }
    }
    strbuf_add_char(out, '\'');
}

void
escape_terminal(struct strbuf *out, const char *text)
{
    while (text != NULL && *text != '\0') {
        const struct escape_char next = escape_next(text);
        text += next.len;
        if (escape_is_space(next.code)) {
            strbuf_add_char(out, ' ');
        } else if (next.code == UINT32_MAX || escape_is_control(next.code) ||
                   escape_is_direction(next.code)) {
            strbuf_add(out, REPLACEMENT);
        } else {
            strbuf_add_bytes(out, next.bytes, next.len);
        }
    }
}

void
escape_json(struct strbuf *out, const char *text)
{
    while (text != NULL && *text != '\0') {
        const struct escape_char next = escape_next(text);
        text += next.len;
        if (next.code == UINT32_MAX) {
            strbuf_add(out, REPLACEMENT);
        } else {
            strbuf_add_bytes(out, next.bytes, next.len);
        }
    }
}
