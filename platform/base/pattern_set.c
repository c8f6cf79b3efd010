/* platform/base/pattern_set.c - classes of bytes in a regular expression. */
#include "platform/base/pattern_set.h"

#include <string.h>

bool
pattern_set_has(const uint64_t set[4], uint8_t byte)
{
    return (set[byte / 64] >> (byte % 64) & 1) != 0;
}

static void
pattern_set_add(uint64_t set[4], uint32_t first, uint32_t last)
{
    for (uint32_t byte = first; byte <= last; byte++) {
        set[byte / 64] |= UINT64_C(1) << (byte % 64);
    }
}

bool
pattern_set_class(uint64_t set[4], char c)
{
    uint64_t named[4] = { 0 };
    switch (c) {
    case 'd':
    case 'D':
        pattern_set_add(named, '0', '9');
        break;
    case 'w':
    case 'W':
        pattern_set_add(named, '0', '9');
        pattern_set_add(named, 'A', 'Z');
        pattern_set_add(named, 'a', 'z');
        pattern_set_add(named, '_', '_');
        break;
    case 's':
    case 'S':
        pattern_set_add(named, '\t', '\r');
        pattern_set_add(named, ' ', ' ');
        break;
    default:
        return false;
    }
    const bool is_inverse = c >= 'A' && c <= 'Z';
    for (uint32_t i = 0; i < 4; i++) {
        set[i] |= is_inverse ? ~named[i] : named[i];
    }
    return true;
}

bool
pattern_set_escaped(char c, uint8_t *ret_byte)
{
    const bool is_word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    *ret_byte = c == 't' ? '\t' : (uint8_t)c;
    return c == 't' || (c != '\0' && (uint8_t)c < 128 && !is_word);
}

/* One byte of a class, escaped or not; NULL, or what is wrong. */
static const char *
pattern_set_byte(const char *text, uint32_t *at, uint8_t *ret_byte)
{
    const char c = text[*at];
    if (c == '\\') {
        *at += 2;
        return pattern_set_escaped(text[*at - 1], ret_byte) ? NULL : "what follows \\ is not known";
    }
    if (c == '[' || (c == '&' && text[*at + 1] == '&')) {
        return "a class within a class is not known";
    }
    if ((uint8_t)c >= 128) {
        return "it is not ASCII";
    }
    *ret_byte = (uint8_t)c;
    (*at)++;
    return NULL;
}

/* One byte, a range of them, or a named class. */
static const char *
pattern_set_member(uint64_t set[4], const char *text, uint32_t *at)
{
    uint8_t first = 0;
    if (text[*at] == '\\' && pattern_set_class(set, text[*at + 1])) {
        *at += 2;
        return NULL;
    }
    const char *why = pattern_set_byte(text, at, &first);
    uint8_t last = first;
    if (why == NULL && text[*at] == '-' && text[*at + 1] != ']' && text[*at + 1] != '\0') {
        (*at)++;
        why = pattern_set_byte(text, at, &last);
    }
    if (why == NULL && last < first) {
        return "a range goes backwards";
    }
    if (why == NULL) {
        pattern_set_add(set, first, last);
    }
    return why;
}

const char *
pattern_set_read(uint64_t set[4], const char *text, uint32_t *at)
{
    memset(set, 0, 4 * sizeof set[0]);
    (*at)++;
    const bool is_inverse = text[*at] == '^';
    *at += is_inverse ? 1 : 0;
    if (text[*at] == ']') {
        return "a class is empty";
    }
    while (text[*at] != ']') {
        if (text[*at] == '\0') {
            return "a [ is not closed";
        }
        const char *why = pattern_set_member(set, text, at);
        if (why != NULL) {
            return why;
        }
    }
    (*at)++;
    for (uint32_t i = 0; is_inverse && i < 4; i++) {
        set[i] = ~set[i];
    }
    return NULL;
}
