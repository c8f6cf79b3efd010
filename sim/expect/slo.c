/* sim/expect/slo.c - what the clients of a line of traffic got, over the measured part. */
#include <string.h>

#include <jansson.h>

#include "platform/base/units.h"
#include "sim/expect.h"

enum slo_kind { SLO_AVAILABILITY, SLO_LATENCY, SLO_ERRORS };

static const char *const slo_words[] = { "availability", "latency", "errors", NULL };

#define SLO_QUANTILE 0.99 /* of the latency, when the file names none */

struct slo_data {
    int                  kind; /* enum slo_kind */
    const char          *to;
    uint32_t             at_least_ppm; /* availability */
    double               quantile;     /* latency */
    const struct json_t *at_most;      /* latency: a duration; errors: a count */
};

static const struct slo_data defaults = { .quantile = SLO_QUANTILE };

static const struct field fields[] = {
    { .name = "slo", .kind = FIELD_WORD, .offset = offsetof(struct slo_data, kind),
      .flags = FIELD_REQUIRED, .words = slo_words, .about = "What is measured." },
    { .name = "to", .kind = FIELD_TEXT, .offset = offsetof(struct slo_data, to),
      .flags = FIELD_REQUIRED, .about = "Which traffic: the \"to\" of a line of it." },
    { .name = "at_least", .kind = FIELD_PERCENT, .offset = offsetof(struct slo_data, at_least_ppm),
      .min = 1, .max = PPM, .about = "Availability: the share of requests answered well." },
    { .name = "quantile", .kind = FIELD_NUMBER, .offset = offsetof(struct slo_data, quantile),
      .about = "Latency: which quantile, 0..1; 0.99 when not given." },
    { .name = "at_most", .kind = FIELD_JSON, .offset = offsetof(struct slo_data, at_most),
      .about = "Latency: a duration. Errors: a count of requests." },
};

static bool
slo_limit_ns(const struct json_t *value, int64_t *ret_ns)
{
    return json_is_string(value) && units_parse_duration(json_string_value(value), ret_ns) &&
           *ret_ns >= 0;
}

static void
slo_check_numbers(const struct slo_data *slo, const struct fields_read *read, const char *pointer)
{
    int64_t     limit_ns = 0;
    const char *at_most = arena_printf(read->arena, "%s/at_most", pointer);
    switch ((enum slo_kind)slo->kind) {
    case SLO_AVAILABILITY:
        if (slo->at_least_ppm == 0) {
            diag_add(read->diags, read->source, DIAG_ERROR, pointer,
                     "an availability wants at_least, such as \"99.5%%\"");
        }
        break;
    case SLO_LATENCY:
        if (!slo_limit_ns(slo->at_most, &limit_ns)) {
            diag_add(read->diags, read->source, DIAG_ERROR, slo->at_most ? at_most : pointer,
                     "a latency wants at_most, a duration such as \"250ms\"");
        }
        if (!(slo->quantile > 0 && slo->quantile <= 1)) {
            diag_add(read->diags, read->source, DIAG_ERROR,
                     arena_printf(read->arena, "%s/quantile", pointer),
                     "a quantile lies above 0 and up to 1, expected such as 0.99");
        }
        break;
    case SLO_ERRORS:
        if (!json_is_integer(slo->at_most) || json_integer_value(slo->at_most) < 0) {
            diag_add(read->diags, read->source, DIAG_ERROR, slo->at_most ? at_most : pointer,
                     "a number of errors wants at_most, a count such as 0");
        }
        break;
    }
}

static void
slo_check(const struct scenario *scenario, const void *data, const struct fields_read *read,
          const char *pointer)
{
    const struct slo_data *slo = data;
    bool                   known = slo->to == NULL;
    for (uint32_t i = 0; !known && i < scenario->traffic_count; i++) {
        known = strcmp(scenario->traffic[i].to, slo->to) == 0;
    }
    if (!known) {
        diag_add(read->diags, read->source, DIAG_ERROR, arena_printf(read->arena, "%s/to", pointer),
                 "no traffic goes to \"%s\", expected the \"to\" of a line of traffic", slo->to);
    }
    slo_check_numbers(slo, read, pointer);
}

static const struct result_service *
slo_service(struct run *run, const char *to)
{
    for (uint32_t i = 0; i < run->results.services.count; i++) {
        const struct result_service *service = vec_at(&run->results.services, i);
        if (strcmp(intern_text(&run->results.names, service->service), to) == 0) {
            return service;
        }
    }
    return NULL;
}

static void
slo_end_availability(struct run *run, const struct scenario_expect *expect,
                     const struct result_service *service)
{
    const struct slo_data *data = expect->data;
    const uint64_t         ok = service->outcomes[REQUEST_OK];
    const uint64_t share_ppm = ok * PPM / service->requests;
    const bool     holds = ok * PPM >= service->requests * data->at_least_ppm;
    run_decide(run, expect, holds ? OUTCOME_PASSED : OUTCOME_FAILED,
               "%llu of %llu requests answered well, %llu.%04llu%%, expected at least "
               "%u.%04u%%",
               (unsigned long long)ok, (unsigned long long)service->requests,
               (unsigned long long)(share_ppm / 10000), (unsigned long long)(share_ppm % 10000),
               data->at_least_ppm / 10000, data->at_least_ppm % 10000);
}

static void
slo_end_latency(struct run *run, const struct scenario_expect *expect,
                const struct result_service *service)
{
    const struct slo_data *data = expect->data;
    int64_t                limit_ns = 0;
    const bool             is_duration = slo_limit_ns(data->at_most, &limit_ns);
    ASSERT(is_duration);
    const int64_t value_ns =
        sketch_quantile_ns(&service->latency, (uint32_t)(data->quantile * PPM + 0.5));
    const bool any = service->latency.count > 0;
    char       value[UNITS_TEXT_BYTES];
    char       limit[UNITS_TEXT_BYTES];
    run_decide(run, expect, any && value_ns <= limit_ns ? OUTCOME_PASSED : OUTCOME_FAILED,
               any ? "quantile %.4f of the latency was %s, expected at most %s"
                   : "quantile %.4f of the latency is not known (%s): nothing was answered; "
                     "expected at most %s",
               data->quantile, units_print_rough(value_ns, value),
               units_print_rough(limit_ns, limit));
}

static void
slo_end(struct run *run, const struct scenario_expect *expect, void *state)
{
    (void)state;
    const struct slo_data       *data = expect->data;
    const struct result_service *service = slo_service(run, data->to);
    if (service == NULL || service->requests == 0) {
        run_decide(run, expect, OUTCOME_FAILED, "not one request to %s was measured", data->to);
        return;
    }
    switch ((enum slo_kind)data->kind) {
    case SLO_AVAILABILITY:
        slo_end_availability(run, expect, service);
        break;
    case SLO_LATENCY:
        slo_end_latency(run, expect, service);
        break;
    case SLO_ERRORS: {
        const uint64_t errors = service->requests - service->outcomes[REQUEST_OK];
        const uint64_t limit = (uint64_t)json_integer_value(data->at_most);
        run_decide(run, expect, errors <= limit ? OUTCOME_PASSED : OUTCOME_FAILED,
                   "%llu of %llu requests failed, expected at most %llu",
                   (unsigned long long)errors, (unsigned long long)service->requests,
                   (unsigned long long)limit);
        break;
    }
    }
}

const struct expectation_kind expectation_slo = {
    .key = "slo",
    .about = "What the clients of a line of traffic got, over the measured part of the run.",
    .fields = fields,
    .fields_count = COUNT_OF(fields),
    .data_bytes = sizeof(struct slo_data),
    .defaults = &defaults,
    .check = slo_check,
    .end = slo_end,
};
