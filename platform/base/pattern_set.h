/*
 * platform/base/pattern_set.h - private to pattern.c: classes of bytes in a regular expression.
 */
#ifndef PLATFORM_BASE_PATTERN_SET_H
#define PLATFORM_BASE_PATTERN_SET_H

#include "platform/base/common.h"

bool pattern_set_has(const uint64_t set[4], uint8_t byte);

/* The class that \c names (d D w W s S), added to the set. False when it names none. */
bool pattern_set_class(uint64_t set[4], char c);

/* The byte that \c stands for. False when it is not known. */
bool pattern_set_escaped(char c, uint8_t *ret_byte);

/*
 * Reads the class whose [ is at *at, and moves *at behind its ]. NULL, or what is wrong with it.
 */
const char *pattern_set_read(uint64_t set[4], const char *text, uint32_t *at);

#endif
