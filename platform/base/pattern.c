/*
 * platform/base/pattern.c - whether a text matches: keeps the set of steps that may come next
 * (Thompson's construction).
 */
#include "platform/base/pattern.h"

#include <string.h>

#include "platform/base/pattern_set.h"

/* The steps that take a byte and may come next, each once. */
struct pattern_front {
    uint16_t steps[PATTERN_STEPS_MAX + 1];
    uint32_t count;
    bool     seen[PATTERN_STEPS_MAX + 1];
};

/* Adds the steps reached from one without taking a byte. The step after the last is the match. */
static void
pattern_reach(const struct pattern *pattern, struct pattern_front *front, uint32_t from,
              bool at_begin, bool at_end)
{
    uint16_t open[PATTERN_STEPS_MAX + 2];
    uint32_t open_count = 0;
    open[open_count++] = (uint16_t)from;
    while (open_count > 0) {
        uint32_t at = open[--open_count];
        while (!front->seen[at]) { /* at most PATTERN_STEPS_MAX + 1 are marked, ever */
            front->seen[at] = true;
            if (at == pattern->steps_count) {
                front->steps[front->count++] = (uint16_t)at;
                break;
            }
            const struct pattern_step *step = &pattern->steps[at];
            if (step->op == PATTERN_SPLIT) {
                open[open_count++] = (uint16_t)((int32_t)at + step->to);
                at++;
            } else if (step->op == PATTERN_JUMP) {
                at = (uint32_t)((int32_t)at + step->to);
            } else if ((step->op == PATTERN_BEGIN && at_begin) ||
                       (step->op == PATTERN_END && at_end)) {
                at++;
            } else if (step->op != PATTERN_BEGIN && step->op != PATTERN_END) {
                front->steps[front->count++] = (uint16_t)at;
                break;
            }
        }
    }
}

static bool
pattern_takes(const struct pattern *pattern, uint32_t at, uint8_t byte)
{
    if (at == pattern->steps_count) {
        return false;
    }
    const struct pattern_step *step = &pattern->steps[at];
    return step->op == PATTERN_ANY    ? byte != '\n' && byte != '\r'
           : step->op == PATTERN_BYTE ? byte == step->arg
                                      : pattern_set_has(pattern->sets[step->arg], byte);
}

bool
pattern_matches(const struct pattern *pattern, const char *text)
{
    struct pattern_front fronts[2];
    struct pattern_front *front = &fronts[0];
    struct pattern_front *next = &fronts[1];
    memset(front, 0, sizeof *front);
    pattern_reach(pattern, front, 0, true, text[0] == '\0');
    for (uint32_t i = 0; text[i] != '\0' && front->count > 0; i++) {
        memset(next, 0, sizeof *next);
        for (uint32_t k = 0; k < front->count; k++) {
            if (pattern_takes(pattern, front->steps[k], (uint8_t)text[i])) {
                pattern_reach(pattern, next, front->steps[k] + 1U, false, text[i + 1] == '\0');
            }
        }
        struct pattern_front *const done = front;
        front = next;
        next = done;
    }
    return front->seen[pattern->steps_count];
}
