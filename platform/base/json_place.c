/*
 * platform/base/json_place.c - walks a JSON text along a pointer, without ever building a tree.
 *
 * Any bytes are accepted: where the text is not JSON, the place of the last part that was found is
 * the answer. Values that are passed over are skipped by counting brackets: no recursion, one pass.
 */
#include "platform/base/json_place.h"

#include <string.h>

enum { POINTER_DEPTH_MAX = 256, UTF8_BYTES_MAX = 4 };

struct cursor {
    const char *text;
    size_t      len;
    size_t      at;
};

void
json_place_blank_comments(char *text, size_t len)
{
    bool in_string = false;
    for (size_t i = 0; i < len; i++) {
        if (in_string) {
            if (text[i] == '\\') {
                i++; /* whatever is escaped ends nothing */
            } else if (text[i] == '"' || text[i] == '\n') {
                in_string = false; /* JSON strings end on their line: one slip spoils no more */
            }
        } else if (text[i] == '"') {
            in_string = true;
        } else if (text[i] == '/' && i + 1 < len && text[i + 1] == '/') {
            for (; i < len && text[i] != '\n'; i++) {
                text[i] = ' ';
            }
        }
    }
}

static void
skip_space(struct cursor *cursor)
{
    while (cursor->at < cursor->len) {
        const char c = cursor->text[cursor->at];
        if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
            break;
        }
        cursor->at++;
    }
}

static bool
take(struct cursor *cursor, char c)
{
    skip_space(cursor);
    if (cursor->at >= cursor->len || cursor->text[cursor->at] != c) {
        return false;
    }
    cursor->at++;
    return true;
}

/* The cursor stands on the opening quote; false when the string has no end. */
static bool
skip_string(struct cursor *cursor)
{
    ASSERT(cursor->text[cursor->at] == '"');
    for (cursor->at++; cursor->at < cursor->len; cursor->at++) {
        const char c = cursor->text[cursor->at];
        if (c == '\\') {
            cursor->at++;
        } else if (c == '"') {
            cursor->at++;
            return true;
        }
    }
    cursor->at = cursor->len;
    return false;
}

static void
skip_value(struct cursor *cursor)
{
    uint64_t depth = 0;
    for (skip_space(cursor); cursor->at < cursor->len;) {
        const char c = cursor->text[cursor->at];
        if (c == '"') {
            (void)skip_string(cursor);
            if (depth == 0) {
                return;
            }
            continue;
        }
        if (depth == 0 && (c == ',' || c == ']' || c == '}')) {
            return;
        }
        cursor->at++;
        if (c == '[' || c == '{') {
            depth++;
        } else if ((c == ']' || c == '}') && --depth == 0) {
            return;
        }
    }
}

/* The number in four digits of base 16; false when there are no such four. */
static bool
decode_hex(const char *hex, size_t len, uint32_t *ret_code)
{
    uint32_t code = 0;
    for (size_t i = 0; i < 4; i++) {
        const char c = i < len ? hex[i] : '\0';
        if (c >= '0' && c <= '9') {
            code = code * 16 + (uint32_t)(c - '0');
        } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
            code = code * 16 + (uint32_t)((c | 0x20) - 'a' + 10);
        } else {
            return false;
        }
    }
    *ret_code = code;
    return true;
}

static size_t
encode_utf8(uint32_t code, char out[UTF8_BYTES_MAX])
{
    static const uint8_t marks[] = { 0, 0, 0xC0, 0xE0, 0xF0 }; /* by the number of bytes */
    const size_t count = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = count - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    out[0] = (char)(marks[count] | code);
    return count;
}

/* What follows a backslash and 'u', a surrogate pair as the one character that it is; *at moves on.
 * 0: no such character. */
static size_t
decode_escape(const char *text, size_t len, size_t *at, char out[UTF8_BYTES_MAX])
{
    uint32_t code = 0;
    uint32_t low = 0;
    const bool is_hex = decode_hex(text + *at, len - *at, &code);
    *at = len - *at < 4 ? len : *at + 4;
    if (!is_hex || (code >= 0xDC00 && code <= 0xDFFF)) {
        return 0;
    }
    if (code >= 0xD800 && code <= 0xDBFF) {
        if (len - *at < 6 || memcmp(text + *at, "\\u", 2) != 0 ||
            !decode_hex(text + *at + 2, 4, &low) || low < 0xDC00 || low > 0xDFFF) {
            return 0;
        }
        *at += 6;
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    return encode_utf8(code, out);
}

/* One character of a JSON string, decoded into out; *at moves on. 0: no such character. */
static size_t
decode_char(const char *text, size_t len, size_t *at, char out[UTF8_BYTES_MAX])
{
    static const char escaped[] = "\"\\/bfnrt";
    static const char meaning[] = "\"\\/\b\f\n\r\t";
    if (text[*at] != '\\') {
        out[0] = text[(*at)++];
        return 1;
    }
    if (*at + 1 >= len) {
        *at = len;
        return 0;
    }
    const char kind = text[*at + 1];
    *at += 2;
    if (kind == 'u') {
        return decode_escape(text, len, at, out);
    }
    const char *found = kind != '\0' ? strchr(escaped, kind) : NULL;
    if (found == NULL) {
        return 0;
    }
    out[0] = meaning[found - escaped];
    return 1;
}

/* One character of a pointer's token ("~1" is "/", "~0" is "~"); moves the token on. */
static char
token_char(const char **token)
{
    const char *at = *token;
    if (at[0] == '~' && (at[1] == '0' || at[1] == '1')) {
        *token += 2;
        return at[1] == '1' ? '/' : '~';
    }
    *token += 1;
    return at[0];
}

/* Whether the raw inside of a JSON string is the same key as the pointer's token. */
static bool
key_equals(const char *raw, size_t raw_len, const char *token, const char *token_end)
{
    size_t at = 0;
    while (at < raw_len) {
        char         bytes[UTF8_BYTES_MAX];
        const size_t count = decode_char(raw, raw_len, &at, bytes);
        if (count == 0) {
            return false;
        }
        for (size_t i = 0; i < count; i++) {
            if (token >= token_end || token_char(&token) != bytes[i]) {
                return false;
            }
        }
    }
    return token == token_end;
}

/* Inside an object: leaves the cursor on the value of the key. The last of equal keys is what the
 * library keeps, but the first is found: the loader refuses equal keys. */
static bool
enter_member(struct cursor *cursor, const char *token, const char *token_end, size_t *ret_key_at)
{
    while (cursor->at < cursor->len) {
        skip_space(cursor);
        if (cursor->at >= cursor->len || cursor->text[cursor->at] != '"') {
            return false;
        }
        const size_t key_at = cursor->at;
        if (!skip_string(cursor)) {
            return false;
        }
        const bool found = key_equals(cursor->text + key_at + 1, cursor->at - key_at - 2, token,
                                      token_end);
        if (!take(cursor, ':')) {
            return false;
        }
        if (found) {
            *ret_key_at = key_at;
            skip_space(cursor);
            return true;
        }
        skip_value(cursor);
        if (!take(cursor, ',')) {
            return false;
        }
    }
    return false;
}

static bool
enter_element(struct cursor *cursor, const char *token, const char *token_end)
{
    uint32_t index = 0;
    if (token == token_end) {
        return false;
    }
    for (; token < token_end; token++) {
        if (*token < '0' || *token > '9' || index > UINT32_MAX / 10 - 1) {
            return false;
        }
        index = index * 10 + (uint32_t)(*token - '0');
    }
    for (uint32_t i = 0; i < index; i++) {
        skip_value(cursor);
        if (!take(cursor, ',')) {
            return false;
        }
    }
    skip_space(cursor);
    return cursor->at < cursor->len && cursor->text[cursor->at] != ']';
}

static struct json_place
place_of(const char *text, size_t at)
{
    struct json_place place = { 1, 1 };
    for (size_t i = 0; i < at; i++) {
        if (text[i] == '\n') {
            place.line++;
            place.column = 1;
        } else {
            place.column++;
        }
    }
    return place;
}

struct json_place
json_place_find(const char *text, size_t len, const char *pointer)
{
    struct cursor cursor = { .text = text, .len = len };
    skip_space(&cursor);
    size_t found_at = cursor.at < len ? cursor.at : 0;
    for (int depth = 0; *pointer == '/' && depth < POINTER_DEPTH_MAX; depth++) {
        const char *token = pointer + 1;
        const char *token_end = token + strcspn(token, "/");
        size_t      key_at;
        if (take(&cursor, '{')) {
            if (!enter_member(&cursor, token, token_end, &key_at)) {
                break;
            }
            found_at = key_at;
        } else if (take(&cursor, '[')) {
            if (!enter_element(&cursor, token, token_end)) {
                break;
            }
            found_at = cursor.at;
        } else {
            break;
        }
        pointer = token_end;
    }
    return place_of(text, found_at);
}
