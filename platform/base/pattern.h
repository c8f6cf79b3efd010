/*
 * platform/base/pattern.h - regular expressions on whole texts: a bounded matcher without
 * backtracking, recursion or locale.
 *
 * Reads:  the subset of Java's that Marathon's users write: literals . [] [^] | () (?:) * + ? {m,n}
 *         (also lazy, which is the same language), ^ $, \d \D \w \W \s \S \t and \ before anything
 *         that is no letter or digit. ASCII only.
 * Says no: back references, look-around, flags, possessive repetition, \b and classes within
 *         classes, each in a sentence: nothing is read as something else.
 * Cost:   a match takes at most (bytes of the text) x PATTERN_STEPS_MAX steps.
 * Memory: flat, no pointers; may be copied.
 */
#ifndef PLATFORM_BASE_PATTERN_H
#define PLATFORM_BASE_PATTERN_H

#include "platform/base/common.h"

/* Limits of ours: an expression that needs more is refused. */
enum { PATTERN_STEPS_MAX = 256, PATTERN_SETS_MAX = 16, PATTERN_DEPTH_MAX = 16 };

struct pattern_step {
    uint8_t op;  /* private to pattern*.c: enum pattern_op */
    uint8_t arg; /* a byte, or the number of a set */
    int16_t to;  /* where else to go, seen from here */
};

struct pattern {
    struct pattern_step steps[PATTERN_STEPS_MAX];
    uint64_t            sets[PATTERN_SETS_MAX][4]; /* a bit a byte */
    uint16_t            steps_count;
    uint16_t            sets_count;
};

/*
 * Makes the pattern of text. False when it is none that is read here: then *ret_why is a constant
 * sentence and *ret_at the byte it is about.
 */
bool pattern_make(struct pattern *pattern, const char *text, const char **ret_why,
                  uint32_t *ret_at);

/* Whether the whole text matches. */
bool pattern_matches(const struct pattern *pattern, const char *text);

#endif
