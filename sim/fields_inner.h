/*
 * sim/fields_inner.h - what the files of sim/fields share among themselves.
 */
#ifndef SIM_FIELDS_INNER_H
#define SIM_FIELDS_INNER_H

#include "sim/fields.h"

/* The table of one kind of distribution; its offsets are those of struct dist. */
struct fields_dist {
    const char         *word;
    const struct field *fields;
    uint32_t            fields_count;
};
extern const struct fields_dist fields_dists[DIST_KIND_COUNT]; /* by enum dist_kind */

/* "a", "b" or "c" */
const char *fields_list_words(struct arena *arena, const char *const *words, uint32_t words_count);
uint32_t    fields_count_words(const char *const *words); /* NULL-terminated */

/* found ..., expected ... */
void fields_wrong(const struct fields_read *read, const struct json_t *json, const char *pointer,
                  const struct field *field);
/* Says it when a number lies outside the bounds of its field. */
bool fields_in_bounds(const struct fields_read *read, const struct json_t *json,
                      const char *pointer, const struct field *field, int64_t value);

void fields_parse_number(const struct fields_read *read, const struct json_t *json,
                         const char *pointer, const struct field *field, double *ret);
void fields_parse_dist(const struct fields_read *read, const struct json_t *json,
                       const char *pointer, struct dist *ret);

#endif
