/*
 * platform/model/app_shape.h - for app*.c and platform/gateway/: what keys an object of a
 * definition may have, told by tables, and the one walk that holds an input to them.
 *
 * The walk copies: keys come out in table order, words in the table's spelling, whole numbers as
 * integers, defaults filled in, maps sorted by key. A value of a wrong type is reported and left
 * out (in a list: replaced by null, so that indexes stay); one out of range is reported and kept,
 * so that the rules that follow do not complain of it a second time.
 */
#ifndef PLATFORM_MODEL_APP_SHAPE_H
#define PLATFORM_MODEL_APP_SHAPE_H

#include <jansson.h>

#include "platform/base/diag.h"

enum { APP_PLACE_DEPTH_MAX = 16, APP_SENTENCE_BYTES = 512 };

/* Where the walk stands: a chain of keys and indexes, turned into a pointer only when needed. */
struct app_place {
    const struct app_place *parent; /* NULL: the definition itself */
    const char             *key;    /* NULL: an index */
    size_t                  index;
};

/* One reading of one definition. */
struct app_reader {
    const struct diag_source *source;  /* borrowed, may be NULL */
    const char               *prefix;  /* borrowed: where the definition stands in its file */
    struct arena             *scratch; /* borrowed: for pointers and sentences */
    struct diag_list         *diags;   /* borrowed */
    uint32_t                  errors_count;
    bool                      errors_only; /* the second walk: warnings were given by the first */
};

enum app_kind {
    APP_TEXT,    /* min, max: its length in bytes */
    APP_WORD,    /* one of words, in any case */
    APP_BOOL,
    APP_INTEGER, /* min..max; 2.0 is an integer too */
    APP_NUMBER,  /* min..max */
    APP_OBJECT,  /* of shape */
    APP_LIST,    /* of item; min: its length */
    APP_TEXTS,   /* a map of texts */
    APP_ANY,     /* kept as it is */
    APP_SPECIAL  /* read by special() */
};

enum {
    APP_REQUIRED = 1,
    APP_OMIT_EMPTY = 2, /* an empty value is the same as none */
    APP_LATER = 4,      /* accepted and kept, not acted upon yet */
    APP_OLD = 8,        /* deprecated: gone from the canonical shape */
    APP_OUTPUT = 16,    /* Marathon prints it and takes no notice of it in an input: left out */
    APP_MIB = 32        /* counts MiB, which its name does not say */
};

/* The canonical value (new), or NULL after a report. */
typedef json_t *app_special_fn(struct app_reader *reader, const struct app_place *place,
                               json_t *in);

struct app_field {
    const char              *name;
    enum app_kind            kind;
    uint32_t                 flags;
    double                   min, max;
    const char *const       *words; /* ended by NULL */
    const struct app_shape  *shape;
    const struct app_field  *item;
    app_special_fn          *special;
    const char              *fallback; /* the default as JSON; NULL: none */
};

struct app_shape {
    const struct app_field *fields;
    uint32_t                fields_count;
    const char *const      *tolerated;     /* unknown keys known to be in use, ended by NULL */
    bool                    knows_all;     /* an unknown key is an error */
    bool                    drops_unknown; /* a deprecated object: its unknown keys have no home */
};

extern const struct app_shape app_tables_app; /* app_tables.c */

/* Says one sentence about the value at a pointer within the definition. */
void app_say(struct app_reader *reader, enum diag_level level, const char *pointer,
             const char *format, ...) PRINTF_LIKE(4, 5);

/* The same about a place of the walk. */
void app_say_at(struct app_reader *reader, enum diag_level level, const struct app_place *place,
                   const char *format, ...) PRINTF_LIKE(4, 5);

/* RFC 6901, in the arena. */
const char *app_say_pointer(const struct app_place *place, struct arena *arena);

/* How a value is shown in a sentence: "text", 5, true, a list, an object. In the arena. */
const char *app_say_found(const json_t *json, struct arena *arena);

/* The canonical copy of in (new); in is an object or a mistake is reported and {} returned. */
json_t *app_object_read(struct app_reader *reader, const struct app_place *place,
                       const struct app_shape *shape, json_t *in);

/* One value by its field: new, or NULL after a report. */
json_t *app_shape_value(struct app_reader *reader, const struct app_place *place,
                        const struct app_field *field, json_t *in);

const struct app_field *app_shape_find(const struct app_shape *shape, const char *key);

/* ASCII alone: no locale. */
char app_shape_lower(char c);

/* The index of word in words (ended by NULL) whatever its case, or -1. */
int32_t app_shape_word(const char *const *words, const char *word);

/* The keys of an object, sorted by strcmp, in the arena; they live as long as the object. */
const char **app_shape_keys(json_t *object, struct arena *arena, uint32_t *ret_count);

/* What a canonical definition asks for that is not acted upon yet. */
struct app_ignored {
    const char *pointer; /* in the arena */
    bool        warned;  /* the reader has said so already, with the reason */
};
void app_object_ignored(json_t *app, struct arena *arena, struct vec *ignored);

#endif
