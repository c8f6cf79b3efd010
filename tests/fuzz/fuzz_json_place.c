/*
 * tests/fuzz/fuzz_json_place.c
 *
 * Goal:   no text and no pointer make the finder of places read outside, hang, or answer a place
 *         that the text does not have; and blanking comments keeps every place.
 * Method: libFuzzer; the bytes up to the first NUL are the pointer, the rest is the text, which
 *         lies in a block of exactly its size so that the sanitizer sees a step too far.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "platform/base/json_place.h"
#include "platform/base/memory.h"

/* Whether the text has such a place; the place after its last byte counts. */
static bool
has_place(const char *text, size_t len, struct json_place place)
{
    uint32_t line = 1;
    size_t   line_at = 0;
    for (size_t i = 0; i < len && line < place.line; i++) {
        if (text[i] == '\n') {
            line++;
            line_at = i + 1;
        }
    }
    return place.line == line && place.column >= 1 && place.column <= len - line_at + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, 0, size);
    if (end == NULL) {
        return 0;
    }
    const char  *pointer = (const char *)data;
    const size_t len = size - (size_t)(end - data) - 1;
    char        *text = memory_alloc(len > 0 ? len : 1);
    char        *blanked = memory_alloc(len > 0 ? len : 1);
    memcpy(text, end + 1, len);
    memcpy(blanked, end + 1, len);

    if (!has_place(text, len, json_place_find(text, len, pointer))) {
        abort();
    }
    json_place_blank_comments(blanked, len);
    for (size_t i = 0; i < len; i++) {
        if (blanked[i] != text[i] && (blanked[i] != ' ' || text[i] == '\n')) {
            abort(); /* only blanks are put in, and every line stays */
        }
    }
    if (!has_place(blanked, len, json_place_find(blanked, len, pointer))) {
        abort();
    }
    memory_free(blanked);
    memory_free(text);
    return 0;
}
