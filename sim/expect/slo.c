/*
 * sim/expect/slo.c - what the clients of a line of traffic got, over the measured part of the run
 * or over a window of its own.
 *
 * Denied and limited are what the rules say: they are neither successes nor errors.
 */
#include "sim/expect/slo.h"

#include <string.h>

#include <jansson.h>

#include "platform/base/units.h"

/* The measured part of the lines that go there: it ends with the last of them. */
static int64_t
slo_measured_ns(const struct run *run, const struct slo_data *slo)
{
    int64_t from_at_ns = INT64_MAX;
    int64_t until_at_ns = 0;
    for (uint32_t i = 0; i < run->scenario->traffic_count; i++) {
        const struct scenario_traffic *traffic = &run->scenario->traffic[i];
        if (strcmp(traffic->to, slo->to) == 0) {
            from_at_ns = int64_min(from_at_ns, traffic->measure_from_at_ns);
            until_at_ns = int64_max(until_at_ns, traffic->until_at_ns);
        }
    }
    return int64_max(until_at_ns - from_at_ns, 1);
}

static const struct result_service *
slo_service(struct run *run, const struct slo_data *slo)
{
    const char *name = slo->class_name == NULL
                           ? slo->to
                           : arena_printf(run->arena, "%s %s", slo->to, slo->class_name);
    for (uint32_t i = 0; i < run->results.services.count; i++) {
        const struct result_service *service = vec_at(&run->results.services, i);
        if (strcmp(intern_text(&run->results.names, service->service), name) == 0) {
            return service;
        }
    }
    return NULL;
}

/* " (5 answered with an error, 3 timed out)": how those failed that did; "" when none did. */
static const char *
slo_ways_text(struct run *run, const struct result_service *service)
{
    static const struct {
        enum request_outcome outcome;
        const char          *words;
    } ways[] = {
        { REQUEST_ERROR, "answered with an error" }, { REQUEST_TIMEOUT, "timed out" },
        { REQUEST_RESET, "reset" },                  { REQUEST_REFUSED, "refused" },
        { REQUEST_NO_SERVER, "without a server" },   { REQUEST_NO_ROUTE, "without a route" },
    };
    const char *text = "";
    for (uint32_t i = 0; i < COUNT_OF(ways); i++) {
        const uint64_t count = service->outcomes[ways[i].outcome];
        if (count > 0) {
            text = arena_printf(run->arena, "%s%s%llu %s", text, text[0] == '\0' ? " (" : ", ",
                                (unsigned long long)count, ways[i].words);
        }
    }
    return text[0] == '\0' ? text : arena_printf(run->arena, "%s)", text);
}

/* --- the verdict --- */

static void
slo_end_availability(struct run *run, const struct scenario_expect *expect,
                     const struct result_service *service)
{
    const struct slo_data *data = expect->data;
    int64_t        at_least_ppm = 0;
    const bool     is_share = slo_bound(data, data->at_least, &at_least_ppm);
    const uint64_t ok = service->outcomes[REQUEST_OK];
    const uint64_t all = result_service_judged(service);
    ASSERT(is_share);
    if (all == 0) {
        run_decide(run, expect, OUTCOME_FAILED,
                   "all of %llu requests were denied or limited: there is no availability",
                   (unsigned long long)service->requests);
        return;
    }
    const uint64_t share_ppm = ok * PPM / all;
    const bool     holds = ok * PPM >= all * (uint64_t)at_least_ppm;
    run_decide(run, expect, holds ? OUTCOME_PASSED : OUTCOME_FAILED,
               "%llu of %llu requests answered well, %llu.%04llu%%%s, expected at least "
               "%lld.%04lld%%",
               (unsigned long long)ok, (unsigned long long)all,
               (unsigned long long)(share_ppm / 10000), (unsigned long long)(share_ppm % 10000),
               slo_ways_text(run, service), (long long)(at_least_ppm / 10000),
               (long long)(at_least_ppm % 10000));
}

static void
slo_end_latency(struct run *run, const struct scenario_expect *expect,
                const struct result_service *service)
{
    const struct slo_data *data = expect->data;
    int64_t                limit_ns = 0;
    const bool             is_duration = slo_bound(data, data->at_most, &limit_ns);
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

/* " at least 5/s", " at most 7" or both. */
static const char *
slo_bounds_text(struct run *run, const struct slo_data *slo)
{
    const bool  is_rate = slo->kind == SLO_THROUGHPUT;
    const char *text = "";
    for (uint32_t i = 0; i < 2; i++) {
        const struct json_t *value = i == 0 ? slo->at_least : slo->at_most;
        if (value != NULL) {
            text = arena_printf(run->arena, "%s%s at %s ", text, text[0] != '\0' ? " and" : "",
                                i == 0 ? "least" : "most");
            text = is_rate ? arena_printf(run->arena, "%s%s", text, json_string_value(value))
                           : arena_printf(run->arena, "%s%lld", text,
                                          (long long)json_integer_value(value));
        }
    }
    return text;
}

static bool
slo_within(const struct slo_data *slo, int64_t value)
{
    int64_t bound = 0;
    return (slo->at_least == NULL || (slo_bound(slo, slo->at_least, &bound) && value >= bound)) &&
           (slo->at_most == NULL || (slo_bound(slo, slo->at_most, &bound) && value <= bound));
}

/* How many requests a kind that counts them means, and what became of those. */
static uint64_t
slo_count(enum slo_kind kind, const struct result_service *service, const char **ret_what)
{
    const uint64_t *outcomes = service->outcomes;
    switch (kind) {
    case SLO_LIMITED:
        *ret_what = "were limited";
        return outcomes[REQUEST_LIMITED];
    case SLO_DENIED:
        *ret_what = "were denied";
        return outcomes[REQUEST_DENIED];
    case SLO_LOST:
        *ret_what = "were lost";
        return outcomes[REQUEST_RESET] + outcomes[REQUEST_REFUSED] + outcomes[REQUEST_NO_SERVER] +
               outcomes[REQUEST_NO_ROUTE];
    case SLO_ERRORS:
    case SLO_AVAILABILITY:
    case SLO_LATENCY:
    case SLO_THROUGHPUT:
        break;
    }
    *ret_what = "failed";
    return result_service_judged(service) - outcomes[REQUEST_OK];
}

static void
slo_end_count(struct run *run, const struct scenario_expect *expect,
              const struct result_service *service)
{
    const struct slo_data *data = expect->data;
    const char            *what = "";
    const uint64_t         count = slo_count((enum slo_kind)data->kind, service, &what);
    run_decide(run, expect, slo_within(data, (int64_t)count) ? OUTCOME_PASSED : OUTCOME_FAILED,
               "%llu of %llu requests %s%s, expected%s", (unsigned long long)count,
               (unsigned long long)service->requests, what,
               data->kind == SLO_ERRORS ? slo_ways_text(run, service) : "",
               slo_bounds_text(run, data));
}

static void
slo_end_throughput(struct run *run, const struct scenario_expect *expect,
                   const struct result_service *service)
{
    const struct slo_data *data = expect->data;
    struct slo_window      window;
    const int64_t length_ns = slo_window(expect, run->scenario->duration_ns, &window)
                                  ? window.until_at_ns - window.from_at_ns
                                  : slo_measured_ns(run, data);
    const double  per_s = (double)service->outcomes[REQUEST_OK] / (double)length_ns * NS_PER_SEC;
    const int64_t microhertz = (int64_t)(per_s * PPM + 0.5);
    run_decide(run, expect, slo_within(data, microhertz) ? OUTCOME_PASSED : OUTCOME_FAILED,
               "%llu requests answered well, %lld.%02lld/s, expected%s",
               (unsigned long long)service->outcomes[REQUEST_OK], (long long)(microhertz / PPM),
               (long long)(microhertz % PPM / 10000), slo_bounds_text(run, data));
}

static void
slo_end(struct run *run, const struct scenario_expect *expect, void *state)
{
    (void)state;
    const struct slo_data       *data = expect->data;
    struct slo_window            window;
    const struct result_service *service =
        slo_window(expect, run->scenario->duration_ns, &window) ? recorder_window(run, expect)
                                                                : slo_service(run, data);
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
    case SLO_THROUGHPUT:
        slo_end_throughput(run, expect, service);
        break;
    case SLO_ERRORS:
    case SLO_LIMITED:
    case SLO_DENIED:
    case SLO_LOST:
        slo_end_count(run, expect, service);
        break;
    }
}

const struct expectation_kind expectation_slo = {
    .key = "slo",
    .about = "What the clients of a line of traffic got, over the measured part of the run or the "
             "window given.",
    .fields = slo_fields,
    .fields_count = SLO_FIELDS_COUNT,
    .data_bytes = sizeof(struct slo_data),
    .defaults = &slo_defaults,
    .check = slo_check,
    .end = slo_end,
};
