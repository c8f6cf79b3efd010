/*
 * platform/base/json_place.h - where things stand in a JSON text: the library keeps no places.
 *
 * Lines and columns count from 1; a column counts bytes.
 */
#ifndef PLATFORM_BASE_JSON_PLACE_H
#define PLATFORM_BASE_JSON_PLACE_H

#include "platform/base/common.h"

struct json_place {
    uint32_t line;
    uint32_t column;
};

/* Overwrites // comments outside strings with blanks, so that every place stays where it is. */
void json_place_blank_comments(char *text, size_t len);

/*
 * The place of the value that an RFC 6901 pointer names (of its key when it is an object member),
 * or of the deepest part of it that exists. "" is the whole text. Bounded, any bytes accepted.
 */
struct json_place json_place_find(const char *text, size_t len, const char *pointer);

#endif
