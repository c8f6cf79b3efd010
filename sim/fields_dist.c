/* sim/fields_dist.c - distributions of durations: a duration, or an object that names its kind. */
#include <string.h>

#include <jansson.h>

#include "platform/base/units.h"
#include "sim/fields_inner.h"

enum { DIST_SAMPLES_MAX = 100000 };
#define DIST_SIGMA_MAX 10.0 /* e^10 is 22,000 times the median at one standard deviation */

/* The fields of one distribution lie in struct dist itself. */
#define DIST_FIELD(text, kind_, member, flags_, about_)                                            \
    { .name = text, .kind = kind_, .offset = offsetof(struct dist, member), .flags = flags_,       \
      .about = about_ }

static const struct field dist_constant[] = {
    DIST_FIELD("value", FIELD_DURATION, a_ns, FIELD_REQUIRED, "Always this long."),
};
static const struct field dist_exponential[] = {
    DIST_FIELD("mean", FIELD_DURATION, a_ns, FIELD_REQUIRED, "The mean."),
};
static const struct field dist_uniform[] = {
    DIST_FIELD("min", FIELD_DURATION, a_ns, FIELD_REQUIRED, "The shortest."),
    DIST_FIELD("max", FIELD_DURATION, b_ns, FIELD_REQUIRED, "The longest."),
};
static const struct field dist_lognormal[] = {
    DIST_FIELD("median", FIELD_DURATION, a_ns, FIELD_REQUIRED, "The median."),
    DIST_FIELD("sigma", FIELD_NUMBER, shape, FIELD_REQUIRED,
               "Standard deviation of the logarithm, 0 to 10."),
};
static const struct field dist_pareto[] = {
    DIST_FIELD("min", FIELD_DURATION, a_ns, FIELD_REQUIRED | FIELD_POSITIVE, "The shortest."),
    DIST_FIELD("alpha", FIELD_NUMBER, shape, FIELD_REQUIRED | FIELD_POSITIVE,
               "The shape, more than 0: the smaller, the heavier the tail."),
};
static const struct field dist_empirical[] = {
    /* read by parse_samples; until then the member is kept nowhere that matters */
    { .name = "samples", .kind = FIELD_JSON, .offset = offsetof(struct dist, samples_ns),
      .flags = FIELD_REQUIRED, .about = "Durations, each drawn equally often." },
};

const struct fields_dist fields_dists[DIST_KIND_COUNT] = {
    [DIST_CONSTANT] = { "constant", dist_constant, COUNT_OF(dist_constant) },
    [DIST_EXPONENTIAL] = { "exponential", dist_exponential, COUNT_OF(dist_exponential) },
    [DIST_UNIFORM] = { "uniform", dist_uniform, COUNT_OF(dist_uniform) },
    [DIST_LOGNORMAL] = { "lognormal", dist_lognormal, COUNT_OF(dist_lognormal) },
    [DIST_PARETO] = { "pareto", dist_pareto, COUNT_OF(dist_pareto) },
    [DIST_EMPIRICAL] = { "empirical", dist_empirical, COUNT_OF(dist_empirical) },
};

void
fields_parse_number(const struct fields_read *read, const struct json_t *json, const char *pointer,
                    const struct field *field, double *ret)
{
    const double value = json_number_value(json);
    if (!json_is_number(json)) {
        fields_wrong(read, json, pointer, field);
    } else if ((field->flags & FIELD_POSITIVE) != 0 && !(value > 0)) {
        diag_add(read->diags, read->source, DIAG_ERROR, pointer, "found %s, expected more than 0",
                 fields_show(read->arena, json));
    } else {
        *ret = value;
    }
}

static void
parse_samples(const struct fields_read *read, const struct json_t *json, const char *pointer,
              struct dist *dist)
{
    static const struct field sample = { .kind = FIELD_DURATION };
    const size_t              count = json_array_size(json);
    if (count == 0 || count > DIST_SAMPLES_MAX) {
        diag_add(read->diags, read->source, DIAG_ERROR, pointer,
                 "found %s, expected an array of 1 to %d durations",
                 fields_show(read->arena, json), (int)DIST_SAMPLES_MAX);
        return;
    }
    int64_t *samples_ns = ARENA_ARRAY(read->arena, int64_t, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct json_t *item = json_array_get(json, i);
        const char          *text = json_string_value(item);
        if (text == NULL || !units_parse_duration(text, &samples_ns[i]) ||
            samples_ns[i] > FIELD_DURATION_MAX_NS) {
            fields_wrong(read, item, fields_pointer_at(read->arena, pointer, i), &sample);
            samples_ns[i] = 0;
        }
    }
    dist->samples_ns = samples_ns;
    dist->samples_count = (uint32_t)count;
}

/* What the tables cannot say. */
static void
check_dist(const struct fields_read *read, const struct json_t *json, const char *pointer,
           struct dist *dist)
{
    if (dist->kind == DIST_UNIFORM && dist->b_ns < dist->a_ns) {
        diag_add(read->diags, read->source, DIAG_ERROR, pointer,
                 "\"max\" is smaller than \"min\", expected min <= max");
    }
    if (dist->kind == DIST_LOGNORMAL && !(dist->shape >= 0 && dist->shape <= DIST_SIGMA_MAX)) {
        diag_add(read->diags, read->source, DIAG_ERROR,
                 fields_pointer(read->arena, pointer, "sigma"),
                 "found %s, expected a number from 0 to 10",
                 fields_show(read->arena, json_object_get(json, "sigma")));
    }
    const struct json_t *samples = json_object_get(json, "samples");
    if (dist->kind == DIST_EMPIRICAL && samples != NULL) {
        parse_samples(read, samples, fields_pointer(read->arena, pointer, "samples"), dist);
    }
}

/* The kind that "dist" names, or DIST_KIND_COUNT when it names none. */
static uint32_t
find_kind(const struct fields_read *read, const struct json_t *json, const char *pointer)
{
    const struct json_t *word = json_object_get(json, "dist");
    const char          *words[DIST_KIND_COUNT + 1] = { NULL };
    for (uint32_t i = 0; i < DIST_KIND_COUNT; i++) {
        words[i] = fields_dists[i].word;
        if (json_is_string(word) && strcmp(words[i], json_string_value(word)) == 0) {
            return i;
        }
    }
    const struct field field = { .name = "dist", .kind = FIELD_WORD, .words = words };
    if (word == NULL) {
        diag_add(read->diags, read->source, DIAG_ERROR, pointer, "\"dist\" is missing, expected %s",
                 fields_expected(read->arena, &field));
    } else {
        fields_wrong(read, word, fields_pointer(read->arena, pointer, "dist"), &field);
    }
    return DIST_KIND_COUNT;
}

void
fields_parse_dist(const struct fields_read *read, const struct json_t *json, const char *pointer,
                  struct dist *ret)
{
    static const struct field any = { .name = "", .kind = FIELD_DIST };
    struct dist               dist = { .kind = DIST_CONSTANT };
    if (json_is_string(json)) {
        const char *text = json_string_value(json);
        if (!units_parse_duration(text, &dist.a_ns)) {
            fields_wrong(read, json, pointer, &any);
            return;
        }
        const struct field plain = { .kind = FIELD_DURATION };
        if (fields_in_bounds(read, json, pointer, &plain, dist.a_ns)) {
            *ret = dist;
        }
        return;
    }
    if (!json_is_object(json)) {
        fields_wrong(read, json, pointer, &any);
        return;
    }
    const uint32_t kind = find_kind(read, json, pointer);
    if (kind == DIST_KIND_COUNT) {
        return;
    }
    dist.kind = (enum dist_kind)kind;
    const struct fields_dist *table = &fields_dists[kind];
    const char               *known[4] = { "dist" };
    ASSERT(table->fields_count < COUNT_OF(known));
    for (uint32_t i = 0; i < table->fields_count; i++) {
        known[1 + i] = table->fields[i].name;
    }
    const uint32_t errors_count = read->diags->errors_count;
    fields_check_keys(read, json, pointer, known, 1 + table->fields_count);
    /* One level deep: no table of a distribution holds a distribution. */
    fields_fill(read, json, pointer, table->fields, table->fields_count, &dist);
    if (read->diags->errors_count == errors_count) {
        check_dist(read, json, pointer, &dist);
    }
    if (read->diags->errors_count == errors_count) {
        *ret = dist;
    }
}
