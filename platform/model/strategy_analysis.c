/* platform/model/strategy_analysis.c - reads what a strategy asks again and again. */
#include <string.h>

#include "platform/base/units.h"
#include "platform/model/strategy_fields.h"

#define ANALYSIS_NS      SEC(30)
#define QUANTILE_DEFAULT 990000

static const char *const metric_names[STRATEGY_METRIC_COUNT] = {
    [METRIC_ERROR_RATE] = "error_rate", [METRIC_LATENCY] = "latency",
    [METRIC_REQUESTS] = "requests",     [METRIC_RESTARTS] = "restarts",
    [METRIC_JOURNAL] = "journal",
};

static const char *const direction_names[] = { "increase", "decrease", "either" };

const char *
strategy_metric_name(enum strategy_metric metric)
{
    ASSERT(metric < STRATEGY_METRIC_COUNT);
    return metric_names[metric];
}

static const char *
strategy_limit_expected(enum strategy_metric metric)
{
    switch (metric) {
    case METRIC_ERROR_RATE:
        return "a percentage such as \"1%\"";
    case METRIC_LATENCY:
        return "a duration such as \"250ms\"";
    case METRIC_REQUESTS:
        return "a rate such as \"5/s\"";
    case METRIC_RESTARTS:
    case METRIC_JOURNAL:
        break;
    }
    return "a whole number";
}

static void
strategy_limit(struct strategy_reader *reader, const char *pointer, enum strategy_metric metric,
               const json_t *json, bool *ret_has, int64_t *ret_limit)
{
    bool ok = false;
    int64_t value = 0;
    if (json == NULL) {
        return;
    }
    switch (metric) {
    case METRIC_ERROR_RATE:
        ok = json_is_string(json) && strategy_share(json, &value) && value <= PPM;
        break;
    case METRIC_LATENCY:
        ok = json_is_string(json) && units_parse_duration(json_string_value(json), &value);
        break;
    case METRIC_REQUESTS:
        ok = json_is_string(json) && units_parse_rate(json_string_value(json), &value);
        value /= 1000; /* of micro-hertz: thousandths per second */
        break;
    case METRIC_RESTARTS:
    case METRIC_JOURNAL:
        ok = json_is_integer(json) && json_integer_value(json) >= 0;
        value = json_integer_value(json);
        break;
    }
    if (!ok) {
        strategy_say(reader, pointer, "expected %s", strategy_limit_expected(metric));
        return;
    }
    *ret_has = true;
    *ret_limit = value;
}

static void
strategy_judges(struct strategy_reader *reader, const char *pointer,
                const struct strategy_question *question)
{
    const struct strategy_analysis *analysis = &question->analysis;
    const bool ranks = analysis->metric == METRIC_LATENCY || analysis->metric == METRIC_ERROR_RATE;
    if (!analysis->has_at_most && !analysis->has_at_least && !analysis->has_relative &&
        analysis->confidence_ppm == 0) {
        strategy_say(reader, pointer, "has nothing to judge by, expected at_most, at_least, "
                                      "relative or rank_test");
    }
    if (analysis->confidence_ppm > 0 && !ranks) {
        strategy_say(reader, strategy_pointer(reader, pointer, "rank_test"),
                     "compares error_rate and latency only");
    }
    if (analysis->has_at_most && analysis->has_at_least &&
        analysis->at_least > analysis->at_most) {
        strategy_say(reader, strategy_pointer(reader, pointer, "at_least"),
                     "is above at_most: no value can pass");
    }
    if (analysis->has_relative && !ranks) {
        strategy_say(reader, strategy_pointer(reader, pointer, "relative"),
                     "compares error_rate and latency only");
    }
    if (analysis->metric == METRIC_JOURNAL && analysis->journal == NULL) {
        strategy_say(reader, pointer, "\"journal\" is missing: which kind of line is counted");
    }
    if (analysis->metric != METRIC_JOURNAL && analysis->journal != NULL) {
        strategy_say(reader, strategy_pointer(reader, pointer, "journal"),
                     "goes with \"metric\": \"journal\" only");
    }
}

static void
strategy_read_analysis(struct strategy_reader *reader, const char *pointer, const json_t *json,
                       struct strategy_spec *spec)
{
    struct strategy_question question = {
        .analysis = { .every_ns = ANALYSIS_NS, .quantile_ppm = QUANTILE_DEFAULT },
    };
    struct strategy_analysis *analysis = &question.analysis;
    const uint32_t errors_count = reader->errors_count;
    strategy_walk(reader, json, pointer, &strategy_shape_analysis, &question);
    if (reader->errors_count > errors_count) {
        return;
    }
    if (question.metric == NULL) {
        strategy_say(reader, pointer, "\"metric\" is missing");
        return;
    }
    const uint32_t metric =
        strategy_word(reader, strategy_pointer(reader, pointer, "metric"), question.metric,
                      metric_names, STRATEGY_METRIC_COUNT, "a metric");
    const uint32_t direction =
        question.direction == NULL
            ? DIRECTION_INCREASE
            : strategy_word(reader, strategy_pointer(reader, pointer, "direction"),
                            question.direction, direction_names, COUNT_OF(direction_names),
                            "a direction");
    if (metric == STRATEGY_METRIC_COUNT || direction == COUNT_OF(direction_names)) {
        return;
    }
    analysis->metric = (enum strategy_metric)metric;
    analysis->direction = (enum strategy_direction)direction;
    strategy_limit(reader, strategy_pointer(reader, pointer, "at_most"), analysis->metric,
                   question.at_most, &analysis->has_at_most, &analysis->at_most);
    strategy_limit(reader, strategy_pointer(reader, pointer, "at_least"), analysis->metric,
                   question.at_least, &analysis->has_at_least, &analysis->at_least);
    if (question.relative != NULL) {
        analysis->has_relative = strategy_share(question.relative, &analysis->relative_ppm);
        if (!analysis->has_relative) {
            strategy_say(reader, strategy_pointer(reader, pointer, "relative"),
                         "expected a percentage such as \"20%%\" above the old version");
        }
    }
    if (reader->errors_count == errors_count) {
        strategy_judges(reader, pointer, &question);
    }
    if (reader->errors_count == errors_count && analysis->journal != NULL &&
        !strategy_journal_read(analysis)) {
        strategy_say(reader, strategy_pointer(reader, pointer, "journal"),
                     "found \"%.60s\", expected task, health, ready, pending, backoff or decision; "
                     "or one state alone, such as task:failed or health:unhealthy",
                     analysis->journal);
    }
    analysis->name = analysis->name != NULL ? analysis->name : metric_names[metric];
    for (uint32_t i = 0; i < spec->analyses_count; i++) {
        if (strcmp(spec->analyses[i].name, analysis->name) == 0) {
            strategy_say(reader, pointer, "the name \"%.60s\" is taken, give each a \"name\"",
                         analysis->name);
        }
    }
    spec->analyses[spec->analyses_count++] = *analysis;
}

void
strategy_read_analyses(struct strategy_reader *reader, const char *pointer, const json_t *json,
                       struct strategy_spec *spec)
{
    if (json == NULL) {
        return;
    }
    if (!json_is_array(json) || json_array_size(json) > STRATEGY_ANALYSES_MAX) {
        strategy_say(reader, pointer, "expected a list of at most %d", STRATEGY_ANALYSES_MAX);
        return;
    }
    spec->analyses =
        ARENA_ARRAY(reader->arena, struct strategy_analysis, json_array_size(json) + 1);
    for (size_t i = 0; i < json_array_size(json); i++) {
        strategy_read_analysis(reader, strategy_pointer_at(reader, pointer, i),
                               json_array_get(json, i), spec);
    }
}
