/* platform/deploy/judgement.c - a measurement against limits, the old version, and chance. */
#include "platform/deploy/judgement.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "platform/base/units.h"

/* --- sentences --- */

char *
judgement_print(enum strategy_metric metric, int64_t value, char *text)
{
    char duration[UNITS_TEXT_BYTES];
    const bool minus = value < 0;
    const uint64_t size = minus ? 0 - (uint64_t)value : (uint64_t)value;
    switch (metric) {
    case METRIC_ERROR_RATE:
        if (size % 100 == 0) {
            (void)snprintf(text, JUDGEMENT_VALUE_BYTES, "%s%llu.%02llu%%", minus ? "-" : "",
                           (unsigned long long)size / 10000, (unsigned long long)size / 100 % 100);
        } else {
            (void)snprintf(text, JUDGEMENT_VALUE_BYTES, "%s%llu.%04llu%%", minus ? "-" : "",
                           (unsigned long long)size / 10000, (unsigned long long)size % 10000);
        }
        break;
    case METRIC_LATENCY:
        (void)snprintf(text, JUDGEMENT_VALUE_BYTES, "%s%s", minus ? "-" : "",
                       units_print_rough(size > INT64_MAX ? INT64_MAX : (int64_t)size, duration));
        break;
    case METRIC_REQUESTS:
        (void)snprintf(text, JUDGEMENT_VALUE_BYTES, "%s%llu.%llu/s", minus ? "-" : "",
                       (unsigned long long)size / 1000, (unsigned long long)size / 100 % 10);
        break;
    case METRIC_RESTARTS:
    case METRIC_JOURNAL:
        (void)snprintf(text, JUDGEMENT_VALUE_BYTES, "%lld", (long long)value);
        break;
    }
    return text;
}

static void PRINTF_LIKE(2, 3)
    judgement_add(struct judgement_result *result, const char *format, ...)
{
    const size_t len = strlen(result->text);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(result->text + len, sizeof result->text - len, format, args);
    va_end(args);
}

static void
judgement_add_value(struct judgement_result *result, const struct strategy_analysis *analysis,
                    const char *before, int64_t value)
{
    char text[JUDGEMENT_VALUE_BYTES];
    judgement_add(result, "%s%s", before, judgement_print(analysis->metric, value, text));
}

/* --- values --- */

static bool
judgement_is_traffic(enum strategy_metric metric)
{
    return metric == METRIC_ERROR_RATE || metric == METRIC_LATENCY || metric == METRIC_REQUESTS;
}

/* False when there is none: no request, or no answer. */
static bool
judgement_value(const struct judgement_question *question, const struct judgement_counts *counts,
                int64_t *ret_value)
{
    const struct strategy_analysis *analysis = question->analysis;
    const int64_t elapsed_us = question->elapsed_ns / 1000;
    switch (analysis->metric) {
    case METRIC_ERROR_RATE:
        if (counts->requests == 0) {
            return false;
        }
        *ret_value = (int64_t)((counts->errors + counts->failures) * PPM / counts->requests);
        return true;
    case METRIC_LATENCY:
        if (counts->latencies.count == 0) {
            return false;
        }
        *ret_value = sketch_quantile_ns(&counts->latencies, analysis->quantile_ppm);
        return true;
    case METRIC_REQUESTS:
        *ret_value =
            (int64_t)(counts->requests * 1000 * 1000000 / (uint64_t)int64_max(elapsed_us, 1));
        return true;
    case METRIC_RESTARTS:
    case METRIC_JOURNAL:
        break;
    }
    *ret_value = question->counted;
    return true;
}

static void
judgement_say_value(const struct judgement_question *question, struct judgement_result *result)
{
    const struct strategy_analysis *analysis = question->analysis;
    judgement_add(result, "%.60s", analysis->name);
    judgement_add_value(result, analysis, " ", result->value);
    if (judgement_is_traffic(analysis->metric) && analysis->metric != METRIC_REQUESTS) {
        judgement_add(result, " of %llu requests", (unsigned long long)question->newer->requests);
    }
}

/* --- rules: each is true when it has decided --- */

static bool
judgement_lacks(const struct judgement_question *question, struct judgement_result *result)
{
    const struct strategy_analysis *analysis = question->analysis;
    const bool needs_requests =
        analysis->metric == METRIC_ERROR_RATE || analysis->metric == METRIC_LATENCY;
    const char *why = NULL;
    if (judgement_is_traffic(analysis->metric) && !question->heard) {
        why = "no proxy has told of its requests";
    } else if (needs_requests && question->newer->requests == 0) {
        why = "the new version got no request";
    } else if (!judgement_value(question, question->newer, &result->value)) {
        why = "the new version answered none of its requests";
    }
    result->verdict = JUDGEMENT_INCONCLUSIVE;
    if (why != NULL) {
        judgement_add(result, "%.60s unknown: %s", analysis->name, why);
        return true;
    }
    judgement_say_value(question, result);
    if (needs_requests && question->newer->requests < analysis->requests_min) {
        judgement_add(result, ", %u needed", analysis->requests_min);
        return true;
    }
    return false;
}

static bool
judgement_limits(const struct judgement_question *question, struct judgement_result *result)
{
    const struct strategy_analysis *analysis = question->analysis;
    result->verdict = JUDGEMENT_FAILED;
    if (analysis->has_at_most && result->value > analysis->at_most) {
        judgement_add_value(result, analysis, ", at most ", analysis->at_most);
        return true;
    }
    if (analysis->has_at_least && result->value < analysis->at_least) {
        judgement_add_value(result, analysis, ", at least ", analysis->at_least);
        return true;
    }
    if (analysis->has_at_most) {
        judgement_add_value(result, analysis, ", at most ", analysis->at_most);
    }
    if (analysis->has_at_least) {
        judgement_add_value(result, analysis, ", at least ", analysis->at_least);
    }
    return false;
}

/* The old version's value in the same interval; false when there is none to compare with. */
static bool
judgement_older(const struct judgement_question *question, int64_t *ret_older)
{
    return question->older->requests >= question->analysis->requests_min &&
           judgement_value(question, question->older, ret_older);
}

static void
judgement_say_older(const struct judgement_question *question, bool known, int64_t older,
                    struct judgement_result *result)
{
    if (known) {
        judgement_add_value(result, question->analysis, "; old version ", older);
        judgement_add(result, " of %llu", (unsigned long long)question->older->requests);
    } else {
        judgement_add(result, "; the old version got %llu requests, too few to compare with",
                      (unsigned long long)question->older->requests);
    }
}

static bool
judgement_relative(const struct judgement_question *question, struct judgement_result *result,
                   int64_t older)
{
    const struct strategy_analysis *analysis = question->analysis;
    if (!analysis->has_relative) {
        return false;
    }
    char limit[JUDGEMENT_VALUE_BYTES];
    const double limit_exact = (double)older * (1 + (double)analysis->relative_ppm / PPM);
    const int64_t at_most = limit_exact < 9e18 ? (int64_t)limit_exact : INT64_MAX;
    judgement_add(result, ", at most %s beside it",
                  judgement_print(analysis->metric, at_most, limit));
    result->verdict = JUDGEMENT_FAILED;
    return result->value > at_most;
}

static void
judgement_keep(struct judgement_samples *samples, int64_t newer, int64_t older)
{
    if (samples->count == RANK_TEST_SAMPLES_MAX) { /* the oldest leaves */
        samples->count--;
        memmove(samples->newer, samples->newer + 1, samples->count * sizeof samples->newer[0]);
        memmove(samples->older, samples->older + 1, samples->count * sizeof samples->older[0]);
    }
    samples->newer[samples->count] = newer;
    samples->older[samples->count] = older;
    samples->count++;
}

static void
judgement_say_ranks(const struct strategy_analysis *analysis, const struct rank_result *ranks,
                    uint32_t count, struct judgement_result *result)
{
    judgement_add(result, "; rank test over %u intervals: ", count);
    judgement_add_value(result, analysis, "shift ", ranks->shift);
    if (ranks->shift_low != INT64_MIN) {
        judgement_add_value(result, analysis, " (", ranks->shift_low);
        judgement_add_value(result, analysis, " to ", ranks->shift_high);
        judgement_add(result, ")");
    }
    judgement_add(result, ", p 0.%04u, %s", (ranks->p_ppm == PPM ? PPM - 1 : ranks->p_ppm) / 100,
                  ranks->verdict == RANK_HIGH  ? "higher"
                  : ranks->verdict == RANK_LOW ? "lower"
                                               : "no sure difference");
}

static bool
judgement_ranks(const struct judgement_question *question, struct judgement_samples *samples,
                struct judgement_result *result)
{
    const struct strategy_analysis *analysis = question->analysis;
    const uint32_t needed = rank_test_needs(analysis->confidence_ppm);
    if (samples->count < needed) {
        const bool limited =
            analysis->has_at_most || analysis->has_at_least || analysis->has_relative;
        judgement_add(result, "; rank test has %u of %u intervals", samples->count, needed);
        result->verdict = JUDGEMENT_SAMPLING;
        return !limited;
    }
    const struct rank_result ranks = rank_test(samples->newer, samples->count, samples->older,
                                               samples->count, analysis->confidence_ppm);
    judgement_say_ranks(analysis, &ranks, samples->count, result);
    result->verdict = JUDGEMENT_FAILED;
    return (ranks.verdict == RANK_HIGH && analysis->direction != DIRECTION_DECREASE) ||
           (ranks.verdict == RANK_LOW && analysis->direction != DIRECTION_INCREASE);
}

bool
judgement_needs_older(const struct strategy_analysis *analysis)
{
    return !analysis->has_at_most && !analysis->has_at_least &&
           (analysis->has_relative || analysis->confidence_ppm > 0);
}

struct judgement_result
judgement_of(const struct judgement_question *question, struct judgement_samples *samples)
{
    const struct strategy_analysis *analysis = question->analysis;
    const bool compares =
        question->older != NULL && (analysis->has_relative || analysis->confidence_ppm > 0);
    struct judgement_result result = {.text = ""};
    int64_t older = 0;
    bool known = false;
    ASSERT(question->elapsed_ns > 0);
    ASSERT(analysis->confidence_ppm == 0 || samples != NULL);
    if (judgement_lacks(question, &result)) {
        return result;
    }
    if (compares) {
        known = judgement_older(question, &older);
        if (known && analysis->confidence_ppm > 0) {
            judgement_keep(samples, result.value, older);
        }
    }
    if (judgement_limits(question, &result)) {
        return result;
    }
    if (compares) {
        judgement_say_older(question, known, older, &result);
        if (!known) {
            result.verdict = JUDGEMENT_INCONCLUSIVE;
            return result;
        }
        if (judgement_relative(question, &result, older) ||
            (analysis->confidence_ppm > 0 && judgement_ranks(question, samples, &result))) {
            return result;
        }
    }
    result.verdict = JUDGEMENT_PASSED;
    return result;
}
