/* sim/expect/slo_check.c - the members of an slo: what they mean, and what is wrong with them. */
#include "sim/expect/slo.h"

#include <string.h>

#include <jansson.h>

#include "platform/base/units.h"

static const char *const slo_words[] = { "availability", "latency", "errors", "throughput",
                                         "limited",      "denied",  "lost",   NULL };

#define SLO_QUANTILE 0.99 /* of the latency, when the file names none */

const struct slo_data slo_defaults = { .quantile = SLO_QUANTILE,
                                          .from_at_ns = -1,
                                          .until_at_ns = -1 };

const struct field slo_fields[SLO_FIELDS_COUNT] = {
    { .name = "slo", .kind = FIELD_WORD, .offset = offsetof(struct slo_data, kind),
      .flags = FIELD_REQUIRED, .words = slo_words, .about = "What is measured." },
    { .name = "to", .kind = FIELD_TEXT, .offset = offsetof(struct slo_data, to),
      .flags = FIELD_REQUIRED, .about = "Which traffic: the \"to\" of a line of it." },
    { .name = "class", .kind = FIELD_TEXT, .offset = offsetof(struct slo_data, class_name),
      .about = "Only this class of the line: a \"name\" of its \"requests\"." },
    { .name = "at_least", .kind = FIELD_JSON, .offset = offsetof(struct slo_data, at_least),
      .about = "Availability: the share of requests answered well. Throughput: good answers, such "
               "as \"95/s\". Limited, denied, errors, lost: a count of requests." },
    { .name = "quantile", .kind = FIELD_NUMBER, .offset = offsetof(struct slo_data, quantile),
      .about = "Latency: which quantile, 0..1; 0.99 when not given." },
    { .name = "at_most", .kind = FIELD_JSON, .offset = offsetof(struct slo_data, at_most),
      .about = "Latency: a duration. Throughput: a rate. Errors, limited, denied, lost: a count." },
    { .name = "from", .kind = FIELD_DURATION, .offset = offsetof(struct slo_data, from_at_ns),
      .about = "Only requests made from here on; the line's \"measure_from\" when neither this nor "
               "\"until\" is given." },
    { .name = "until", .kind = FIELD_DURATION, .offset = offsetof(struct slo_data, until_at_ns),
      .flags = FIELD_POSITIVE, .about = "Only requests made before; the end when not given." },
};
_Static_assert(SLO_LOST == 6 && COUNT_OF(slo_words) == 8, "slo_words follow the enum");

/* --- bounds: what the JSON of at_least and at_most means for a kind --- */

typedef bool slo_unit_fn(const char *text, int64_t *ret);

static slo_unit_fn *
slo_unit(enum slo_kind kind)
{
    switch (kind) {
    case SLO_AVAILABILITY:
        return units_parse_percent;
    case SLO_LATENCY:
        return units_parse_duration;
    case SLO_THROUGHPUT:
        return units_parse_rate;
    case SLO_ERRORS:
    case SLO_LIMITED:
    case SLO_DENIED:
    case SLO_LOST:
        return NULL;
    }
    return NULL;
}

bool
slo_bound(const struct slo_data *slo, const struct json_t *value, int64_t *ret)
{
    slo_unit_fn *unit = slo_unit((enum slo_kind)slo->kind);
    if (unit == NULL) {
        *ret = json_integer_value(value);
        return json_is_integer(value) && *ret >= 0;
    }
    if (!json_is_string(value) || !unit(json_string_value(value), ret) || *ret < 0) {
        return false;
    }
    return slo->kind != SLO_AVAILABILITY || (*ret > 0 && *ret <= PPM);
}

/* What is wanted of a bound; NULL: this kind has no such one. */
static const char *
slo_wants(enum slo_kind kind, bool at_least)
{
    switch (kind) {
    case SLO_AVAILABILITY:
        return at_least ? "an availability wants at_least, a share up to 100% such as \"99.5%\""
                        : NULL;
    case SLO_LATENCY:
        return at_least ? NULL : "a latency wants at_most, a duration such as \"250ms\"";
    case SLO_LOST:
        return "a number of lost requests wants at_most, a count such as 0";
    case SLO_ERRORS:
        return "a number of errors wants at_most, a count such as 0";
    case SLO_THROUGHPUT:
        return "a throughput wants at_least or at_most, a rate such as \"95/s\"";
    case SLO_LIMITED:
    case SLO_DENIED:
        return "a number of requests wants at_least or at_most, a count such as 100";
    }
    return NULL;
}

static void
slo_check_bound(const struct slo_data *slo, bool at_least, const struct fields_read *read,
                const char *pointer)
{
    const struct json_t *value = at_least ? slo->at_least : slo->at_most;
    const char *wants = slo_wants((enum slo_kind)slo->kind, at_least);
    const char *where = arena_printf(read->arena, "%s/%s", pointer, at_least ? "at_least"
                                                                             : "at_most");
    int64_t bound = 0;
    if (value == NULL) {
        return;
    }
    if (wants == NULL) {
        diag_add(read->diags, read->source, DIAG_ERROR, where, "means nothing here: %s",
                 slo_wants((enum slo_kind)slo->kind, !at_least));
    } else if (!slo_bound(slo, value, &bound)) {
        diag_add(read->diags, read->source, DIAG_ERROR, where, "found %s: %s",
                 fields_show(read->arena, value), wants);
    }
}

static void
slo_check_numbers(const struct slo_data *slo, const struct fields_read *read, const char *pointer)
{
    if (slo->at_least == NULL && slo->at_most == NULL) {
        const char *wants = slo_wants((enum slo_kind)slo->kind, true);
        diag_add(read->diags, read->source, DIAG_ERROR, pointer, "%s",
                 wants != NULL ? wants : slo_wants((enum slo_kind)slo->kind, false));
    }
    slo_check_bound(slo, true, read, pointer);
    slo_check_bound(slo, false, read, pointer);
    if (slo->kind == SLO_LATENCY && !(slo->quantile > 0 && slo->quantile <= 1)) {
        diag_add(read->diags, read->source, DIAG_ERROR,
                 arena_printf(read->arena, "%s/quantile", pointer),
                 "a quantile lies above 0 and up to 1, expected such as 0.99");
    }
}

static bool
slo_has_class(const struct scenario_traffic *traffic, const char *name)
{
    for (uint32_t i = 0; i < traffic->classes_count; i++) {
        if (strcmp(traffic->classes[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void
slo_check_window(const struct scenario *scenario, const struct slo_data *slo,
                 const struct fields_read *read, const char *pointer)
{
    if (scenario->duration_ns <= 0) {
        return; /* said already */
    }
    if (slo->until_at_ns > scenario->duration_ns) {
        diag_add(read->diags, read->source, DIAG_ERROR,
                 arena_printf(read->arena, "%s/until", pointer),
                 "lies after the end of the scenario, expected at most its \"duration\"");
    }
    const int64_t until_at_ns = slo->until_at_ns < 0 ? scenario->duration_ns : slo->until_at_ns;
    if (slo->from_at_ns >= until_at_ns) {
        diag_add(read->diags, read->source, DIAG_ERROR,
                 arena_printf(read->arena, "%s/from", pointer),
                 "is not before \"until\" and the end, expected an earlier instant");
    }
}

void
slo_check(const struct scenario *scenario, const void *data, const struct fields_read *read,
          const char *pointer)
{
    const struct slo_data *slo = data;
    bool                   known = slo->to == NULL;
    bool                   known_class = slo->class_name == NULL;
    for (uint32_t i = 0; slo->to != NULL && i < scenario->traffic_count; i++) {
        if (strcmp(scenario->traffic[i].to, slo->to) == 0) {
            known = true;
            known_class = known_class || slo_has_class(&scenario->traffic[i], slo->class_name);
        }
    }
    if (!known) {
        diag_add(read->diags, read->source, DIAG_ERROR, arena_printf(read->arena, "%s/to", pointer),
                 "no traffic goes to \"%s\", expected the \"to\" of a line of traffic", slo->to);
    } else if (!known_class) {
        diag_add(read->diags, read->source, DIAG_ERROR,
                 arena_printf(read->arena, "%s/class", pointer),
                 "no requests of that traffic are called \"%s\", expected the \"name\" of a class",
                 slo->class_name);
    }
    slo_check_window(scenario, slo, read, pointer);
    slo_check_numbers(slo, read, pointer);
}

/* --- the window --- */

bool
slo_window(const struct scenario_expect *expect, int64_t duration_ns,
           struct slo_window *ret_window)
{
    const struct slo_data *slo = expect->data;
    if (expect->kind != &expectation_slo || (slo->from_at_ns < 0 && slo->until_at_ns < 0)) {
        return false;
    }
    *ret_window = (struct slo_window){
        .to = slo->to,
        .class_name = slo->class_name,
        .from_at_ns = int64_max(slo->from_at_ns, 0),
        .until_at_ns = slo->until_at_ns >= 0 ? slo->until_at_ns : duration_ns,
    };
    return true;
}
