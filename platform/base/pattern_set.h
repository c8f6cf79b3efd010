/*
 * platform/base/pattern_set.h - private to pattern*.c: the steps of a regular expression, and
 * classes of bytes.
 */
#ifndef PLATFORM_BASE_PATTERN_SET_H
#define PLATFORM_BASE_PATTERN_SET_H

#include "platform/base/common.h"

enum pattern_op {
    PATTERN_BYTE,  /* takes this byte */
    PATTERN_ANY,   /* takes any byte but a line end */
    PATTERN_SET,   /* takes a byte of the set */
    PATTERN_SPLIT, /* goes on with the next step, and with that at to */
    PATTERN_JUMP,  /* goes on at to; while its group is open: to the jump before, 0: the first */
    PATTERN_BEGIN, /* goes on at the beginning of the text only */
    PATTERN_END    /* goes on at its end only */
};

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
