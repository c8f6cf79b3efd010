/*
 * platform/base/pattern_make.c - regular expressions become steps, in one pass: a repetition is put
 * around the steps of what it repeats, which stays right because every step says where to go as a
 * distance.
 */
#include "platform/base/pattern.h"

#include <string.h>

#include "platform/base/pattern_set.h"

/* An open group, or the whole. */
struct pattern_group {
    uint16_t start;       /* of its first step */
    uint16_t branch;      /* of the alternative being read */
    uint16_t jumps_newest; /* + 1; 0: none: the chain of jumps to its end */
};

struct pattern_reader {
    struct pattern      *pattern;
    const char          *text;
    uint32_t             at;
    const char          *why; /* NULL: all is well */
    struct pattern_group groups[PATTERN_DEPTH_MAX];
    uint32_t             depth;
    bool                 has_atom; /* something that may be repeated ends here */
    uint16_t             atom;     /* its first step */
};

static void
pattern_refuse(struct pattern_reader *reader, const char *why)
{
    reader->why = reader->why != NULL ? reader->why : why;
}

static bool
pattern_has_room(struct pattern_reader *reader, uint32_t count)
{
    if (reader->pattern->steps_count + count > PATTERN_STEPS_MAX) {
        pattern_refuse(reader, "it is too long");
        return false;
    }
    return true;
}

/* Puts a step at a place, those from there on move up by one. */
static void
pattern_insert(struct pattern_reader *reader, uint32_t at, struct pattern_step step)
{
    struct pattern *pattern = reader->pattern;
    if (pattern_has_room(reader, 1)) {
        memmove(&pattern->steps[at + 1], &pattern->steps[at],
                (pattern->steps_count - at) * sizeof pattern->steps[0]);
        pattern->steps[at] = step;
        pattern->steps_count++;
    }
}

static void
pattern_add(struct pattern_reader *reader, enum pattern_op op, uint8_t arg, int32_t to)
{
    pattern_insert(reader, reader->pattern->steps_count,
                   (struct pattern_step){ .op = (uint8_t)op, .arg = arg, .to = (int16_t)to });
}

static void
pattern_atom(struct pattern_reader *reader, enum pattern_op op, uint8_t arg)
{
    reader->has_atom = op != PATTERN_BEGIN && op != PATTERN_END;
    reader->atom = reader->pattern->steps_count;
    pattern_add(reader, op, arg, 0);
}

static void
pattern_atom_set(struct pattern_reader *reader, const uint64_t set[4])
{
    struct pattern *pattern = reader->pattern;
    if (pattern->sets_count == PATTERN_SETS_MAX) {
        pattern_refuse(reader, "it has too many classes");
        return;
    }
    memcpy(pattern->sets[pattern->sets_count], set, sizeof pattern->sets[0]);
    pattern_atom(reader, PATTERN_SET, (uint8_t)pattern->sets_count++);
}

static void
pattern_escape(struct pattern_reader *reader)
{
    uint64_t   set[4] = { 0 };
    uint8_t    byte = 0;
    const char c = reader->text[reader->at + 1];
    if (pattern_set_class(set, c)) {
        pattern_atom_set(reader, set);
    } else if (pattern_set_escaped(c, &byte)) {
        pattern_atom(reader, PATTERN_BYTE, byte);
    } else {
        pattern_refuse(reader, "what follows \\ is not known");
    }
    reader->at += 2;
}

static void
pattern_open(struct pattern_reader *reader)
{
    if (reader->text[reader->at + 1] == '?') {
        if (reader->text[reader->at + 2] != ':') {
            pattern_refuse(reader, "(? is not known");
        }
        reader->at += 2;
    }
    reader->at++;
    if (reader->depth + 1 == PATTERN_DEPTH_MAX) {
        pattern_refuse(reader, "its groups are nested too deep");
        return;
    }
    const uint16_t start = reader->pattern->steps_count;
    reader->groups[++reader->depth] = (struct pattern_group){ .start = start, .branch = start };
    reader->has_atom = false;
}

static void
pattern_alternative(struct pattern_reader *reader)
{
    struct pattern_group *group = &reader->groups[reader->depth];
    const int32_t steps = reader->pattern->steps_count - group->branch;
    pattern_insert(reader, group->branch,
                   (struct pattern_step){ .op = PATTERN_SPLIT, .to = (int16_t)(steps + 2) });
    const uint16_t jump = reader->pattern->steps_count;
    pattern_add(reader, PATTERN_JUMP, 0, group->jumps_newest);
    group->jumps_newest = (uint16_t)(jump + 1);
    group->branch = reader->pattern->steps_count;
    reader->has_atom = false;
    reader->at++;
}

/* The jumps after its alternatives get their target: the end of the group. */
static void
pattern_close(struct pattern_reader *reader)
{
    const struct pattern_group *group = &reader->groups[reader->depth];
    struct pattern *pattern = reader->pattern;
    uint32_t jump = reader->why == NULL ? group->jumps_newest : 0;
    while (jump > 0) {
        struct pattern_step *step = &pattern->steps[jump - 1];
        const uint32_t older = (uint32_t)step->to;
        step->to = (int16_t)(pattern->steps_count - (jump - 1));
        jump = older;
    }
    reader->atom = group->start;
    reader->has_atom = true;
}

static void
pattern_group_end(struct pattern_reader *reader)
{
    if (reader->depth == 0) {
        pattern_refuse(reader, "a ) closes nothing");
        return;
    }
    pattern_close(reader);
    reader->depth--;
    reader->at++;
}

/* Repeats the newest atom. most < 0: without an end. */
static void
pattern_repeat(struct pattern_reader *reader, uint32_t least, int32_t most)
{
    struct pattern *pattern = reader->pattern;
    struct pattern_step atom[PATTERN_STEPS_MAX];
    const uint32_t start = reader->atom;
    const uint32_t len = pattern->steps_count - start;
    memcpy(atom, &pattern->steps[start], len * sizeof atom[0]);
    pattern->steps_count = (uint16_t)start;
    const uint32_t copies = most >= 0 ? (uint32_t)most : least > 0 ? least : 1;
    for (uint32_t i = 0; i < copies && pattern_has_room(reader, len + 2); i++) {
        const bool loops = most < 0 && i + 1 == copies;
        if (i >= least) {
            pattern_add(reader, PATTERN_SPLIT, 0, (int32_t)len + (loops ? 2 : 1));
        }
        memcpy(&pattern->steps[pattern->steps_count], atom, len * sizeof atom[0]);
        pattern->steps_count = (uint16_t)(pattern->steps_count + len);
        if (loops && i >= least) {
            pattern_add(reader, PATTERN_JUMP, 0, -(int32_t)len - 1);
        } else if (loops) { /* once more, or go on */
            pattern_add(reader, PATTERN_SPLIT, 0, -(int32_t)len);
        }
    }
    reader->has_atom = false;
}

/* Up to three digits; false when there are none or more. */
static bool
pattern_number(struct pattern_reader *reader, uint32_t *ret_number)
{
    uint32_t number = 0;
    uint32_t digits = 0;
    for (; reader->text[reader->at] >= '0' && reader->text[reader->at] <= '9'; digits++) {
        number = number % 1000 * 10 + (uint32_t)(reader->text[reader->at++] - '0');
    }
    *ret_number = number;
    return digits > 0 && digits <= 3;
}

/* {m}, {m,} or {m,n}. */
static void
pattern_braces(struct pattern_reader *reader, uint32_t *ret_least, int32_t *ret_most)
{
    uint32_t most = 0;
    reader->at++;
    bool is_good = pattern_number(reader, ret_least);
    *ret_most = (int32_t)*ret_least;
    if (is_good && reader->text[reader->at] == ',') {
        reader->at++;
        if (reader->text[reader->at] == '}') {
            *ret_most = -1;
        } else {
            is_good = pattern_number(reader, &most) && most >= *ret_least;
            *ret_most = (int32_t)most;
        }
    }
    if (!is_good || reader->text[reader->at] != '}') {
        pattern_refuse(reader, "a { begins no number of times such as {2} or {1,3}");
    }
}

static void
pattern_quantifier(struct pattern_reader *reader)
{
    const char c = reader->text[reader->at];
    uint32_t   least = c == '+' ? 1 : 0;
    int32_t    most = c == '?' ? 1 : -1;
    if (!reader->has_atom) {
        pattern_refuse(reader, "there is nothing to repeat");
        return;
    }
    if (c == '{') {
        pattern_braces(reader, &least, &most);
    }
    if (reader->why != NULL) {
        return;
    }
    reader->at++;
    pattern_repeat(reader, least, most);
    if (reader->text[reader->at] == '?') { /* lazy: the same texts match */
        reader->at++;
    }
}

static void
pattern_class(struct pattern_reader *reader)
{
    uint64_t    set[4];
    const char *why = pattern_set_read(set, reader->text, &reader->at);
    if (why != NULL) {
        pattern_refuse(reader, why);
    } else {
        pattern_atom_set(reader, set);
    }
}

static void
pattern_next(struct pattern_reader *reader)
{
    const char c = reader->text[reader->at];
    switch (c) {
    case '\\':
        pattern_escape(reader);
        return;
    case '(':
        pattern_open(reader);
        return;
    case ')':
        pattern_group_end(reader);
        return;
    case '|':
        pattern_alternative(reader);
        return;
    case '[':
        pattern_class(reader);
        return;
    case '*':
    case '+':
    case '?':
    case '{':
        pattern_quantifier(reader);
        return;
    case '.':
        pattern_atom(reader, PATTERN_ANY, 0);
        break;
    case '^':
        pattern_atom(reader, PATTERN_BEGIN, 0);
        break;
    case '$':
        pattern_atom(reader, PATTERN_END, 0);
        break;
    default:
        if ((unsigned char)c >= 128) {
            pattern_refuse(reader, "it is not ASCII");
        }
        pattern_atom(reader, PATTERN_BYTE, (uint8_t)c);
        break;
    }
    reader->at++;
}

bool
pattern_make(struct pattern *pattern, const char *text, const char **ret_why, uint32_t *ret_at)
{
    struct pattern_reader reader = { .pattern = pattern, .text = text };
    uint32_t at = 0;
    *pattern = (struct pattern){ 0 };
    while (reader.why == NULL && text[reader.at] != '\0') {
        at = reader.at;
        pattern_next(&reader);
    }
    if (reader.why == NULL && reader.depth > 0) {
        at = reader.at;
        pattern_refuse(&reader, "a ( is not closed");
    }
    pattern_close(&reader);
    if (reader.why != NULL) {
        *ret_why = reader.why;
        *ret_at = at;
    }
    return reader.why == NULL;
}
