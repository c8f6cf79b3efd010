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
    FIELD_PERCENT,  /* uint32_t ppm, "30%"; also a number 0..1 when max is PPM and flag RATIO is set */
    FIELD_INSTANT,  /* int64_t since the epoch, RFC 3339 */
    FIELD_WORD,     /* int: index into words */
    FIELD_DIST,     /* struct dist: a duration or {"dist": ...} */
    FIELD_TEXTS,    /* const char *const * and, at count_offset, uint32_t */
    FIELD_JSON      /* const struct json_t *, borrowed from the document */
};

enum { FIELD_REQUIRED = 1, FIELD_POSITIVE = 2, FIELD_RATIO = 4 };

struct field {
    const char        *name;
    enum field_kind    kind;
    uint32_t           offset;
    uint32_t           flags;
    int64_t            min; /* COUNT, PERCENT; both 0: any */
    int64_t            max;
    const char *const *words; /* WORD: NULL-terminated */
    uint32_t           count_offset; /* TEXTS */
    const char        *about; /* one sentence: the guide and the schema show it */
};

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

/* The schema of such an object, as a new reference. */
struct json_t *fields_schema(const struct field *fields, uint32_t fields_count);

#endif
