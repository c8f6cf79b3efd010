/*
 * sim/fields.h - tables that describe the fields of a JSON object: they drive parsing, the messages
 * of `rehearse check`, and schema.json, so that the three cannot disagree.
 */
#ifndef SIM_FIELDS_H
#define SIM_FIELDS_H

#include "platform/base/diag.h"
#include "platform/base/dist.h"

struct json_t;

enum field_kind {
    FIELD_TEXT,     /* const char * */
    FIELD_BOOL,     /* bool */
    FIELD_COUNT,    /* uint32_t: a bare number, min..max */
    FIELD_U64,      /* uint64_t: a bare number */
    FIELD_NUMBER,   /* double */
    FIELD_DURATION, /* int64_t ns, text with unit */
    FIELD_BYTES,    /* int64_t */
    FIELD_RATE,     /* int64_t micro-hertz */
    FIELD_PERCENT,  /* uint32_t ppm, "30%"; with flag RATIO also a number 0..1 */
    FIELD_INSTANT,  /* int64_t since the epoch, RFC 3339 */
    FIELD_WORD,     /* int: index into words */
    FIELD_DIST,     /* struct dist: a duration or {"dist": ...} */
    FIELD_TEXTS,    /* const char *const * and, at count_offset, uint32_t */
    FIELD_JSON      /* const struct json_t *, borrowed from the document */
};

#define FIELD_KIND_COUNT (FIELD_JSON + 1)

enum { FIELD_REQUIRED = 1, FIELD_POSITIVE = 2, FIELD_RATIO = 4 };

struct field {
    const char        *name;
    enum field_kind    kind;
    uint32_t           offset;
    uint32_t           flags;
    int64_t            min; /* COUNT, PERCENT, DURATION, BYTES, RATE, in the unit kept */
    int64_t            max; /* 0: the limit of its kind, below */
    const char *const *words; /* WORD: NULL-terminated */
    uint32_t           count_offset; /* TEXTS */
    const char        *about; /* one sentence: the guide and the schema show it */
};

/* Limits of ours where a table names none. */
enum { FIELD_TEXT_BYTES_MAX = 64 * 1024, FIELD_TEXTS_MAX = 1024 };
#define FIELD_DURATION_MAX_NS     HOUR(24 * 366) /* a year */
#define FIELD_BYTES_MAX           (INT64_C(1) << 50)
#define FIELD_RATE_MAX_MICROHERTZ (INT64_C(100000000) * PPM)

struct fields_read {
    struct arena             *arena;
    struct diag_list         *diags;
    const struct diag_source *source;
};

/*
 * Fills object from json by the table; fields that are absent keep what object holds. Unknown keys
 * are errors with the nearest valid one, except those in also (NULL-terminated, may be NULL).
 */
void fields_parse(const struct fields_read *read, const struct json_t *json, const char *pointer,
                  const struct field *fields, uint32_t fields_count, const char *const *also,
                  void *object);

/* The two halves of fields_parse, for an object that several tables describe together. */
void fields_fill(const struct fields_read *read, const struct json_t *json, const char *pointer,
                 const struct field *fields, uint32_t fields_count, void *object);
void fields_check_keys(const struct fields_read *read, const struct json_t *json,
                       const char *pointer, const char *const *known, uint32_t known_count);

/* Whether json is one; says so when it is not. NULL is neither and says nothing. */
bool fields_is_object(const struct fields_read *read, const struct json_t *json,
                      const char *pointer);
bool fields_is_array(const struct fields_read *read, const struct json_t *json,
                     const char *pointer);

/* pointer + "/" + key, its "~" and "/" escaped (RFC 6901); and the same with an index. */
const char *fields_pointer(struct arena *arena, const char *pointer, const char *key);
const char *fields_pointer_at(struct arena *arena, const char *pointer, uint32_t index);

/* A value as it stands in a file, cut short, for a message. */
const char *fields_show(struct arena *arena, const struct json_t *json);

/* The largest value of a quantity, by its table or else by its kind. */
int64_t fields_max(const struct field *field);

/* What a kind of field wants, for a message: "a duration with a unit, such as ..." */
const char *fields_expected(struct arena *arena, const struct field *field);

/* " (did you mean \"x\"?)" for the nearest word, "" when none is near. */
const char *fields_did_you_mean(struct arena *arena, const char *word, const char *const *words,
                                uint32_t words_count);

/* What fields_schema refers to: durations, sizes, distributions... as members of "$defs". */
void fields_schema_defs(struct json_t *defs);

/* The schema of such an object, as a new reference. */
struct json_t *fields_schema(const struct field *fields, uint32_t fields_count);

#endif
