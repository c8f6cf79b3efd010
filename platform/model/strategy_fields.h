/*
 * platform/model/strategy_fields.h - the keys of a strategy as tables, and the one walk that holds
 * an input to them: for strategy*.c alone, and for who describes them (sim/schema_strategy.c).
 */
#ifndef PLATFORM_MODEL_STRATEGY_FIELDS_H
#define PLATFORM_MODEL_STRATEGY_FIELDS_H

#include <jansson.h>

#include "platform/model/strategy.h"

struct strategy_reader {
    const struct diag_source *source; /* borrowed, may be NULL */
    struct arena             *arena;
    struct diag_list         *diags;
    uint32_t                  errors_count;
};

enum strategy_field_kind {
    SF_COUNT,    /* uint32_t, a whole number in min..max */
    SF_SHARE,    /* uint32_t ppm: a number of percent or "5%" */
    SF_DURATION, /* int64_t ns: "30s" */
    SF_BOOL,
    SF_TEXT,
    SF_AMOUNT,   /* struct strategy_amount: 2 or "25%" */
    SF_QUANTILE, /* uint32_t ppm: a number between 0 and 1 */
    SF_JSON      /* const json_t *: read by the caller */
};

struct strategy_field {
    const char              *name;
    enum strategy_field_kind kind;
    size_t                   offset;
    int64_t                  min; /* counts, shares in ppm, durations in ns */
    int64_t                  max; /* 0: no limit but the type's */
};

struct strategy_shape {
    const struct strategy_field *fields;
    uint32_t                     count;
};

/* What the objects of a strategy may say; the struct each table fills is named beside it. */
struct strategy_body { /* {"canary": THIS} */
    struct strategy_spec spec;
    const json_t        *steps;
    const json_t        *analysis;
    bool                 no_revert; /* "revert": false */
    const json_t        *revert;
    const char          *header; /* ab */
    const char          *value;
    int64_t              hold_ns;
    bool                 pause;
    int64_t              pause_timeout_ns;
    uint32_t             weight_ppm;
};
struct strategy_question { /* one of "analysis" */
    struct strategy_analysis analysis;
    const char              *metric;
    const char              *direction;
    const json_t            *at_most;
    const json_t            *at_least;
    const json_t            *relative;
};
struct strategy_stage { /* one of "steps" */
    struct strategy_step step;
    const json_t        *instances;
};

const struct strategy_shape *strategy_shape_of(enum strategy_kind kind);
extern const struct strategy_shape strategy_shape_analysis;
extern const struct strategy_shape strategy_shape_step;

void strategy_say(struct strategy_reader *reader, const char *pointer, const char *format, ...)
    PRINTF_LIKE(3, 4);
const char *strategy_pointer(struct strategy_reader *reader, const char *parent, const char *key);
const char *strategy_pointer_at(struct strategy_reader *reader, const char *parent, size_t index);

/* Fills *ret, which holds the defaults; every mistake is said. */
void strategy_walk(struct strategy_reader *reader, const json_t *object, const char *pointer,
                   const struct strategy_shape *shape, void *ret);

/* Reads its `journal`; false when there is no such line, or no such state of it. */
bool strategy_journal_read(struct strategy_analysis *analysis);

/* The index of a word, or count after a report with the nearest one. */
uint32_t strategy_word(struct strategy_reader *reader, const char *pointer, const char *word,
                       const char *const *words, uint32_t count, const char *what);

/* The list "analysis", into the spec. json: NULL when there is none. */
void strategy_read_analyses(struct strategy_reader *reader, const char *pointer,
                            const json_t *json, struct strategy_spec *spec);

/* "5%", or a number of percent. */
bool strategy_share(const json_t *json, int64_t *ret_ppm);

#endif
