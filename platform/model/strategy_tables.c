/* platform/model/strategy_tables.c - the keys of every part of a strategy. */
#include "platform/model/strategy_fields.h"

#define BODY(name, kind, member)     { name, kind, offsetof(struct strategy_body, member), 0, 0 }
#define STEP(name, kind, member)     { name, kind, offsetof(struct strategy_stage, member), 0, 0 }
#define QUESTION(name, kind, member)                                                               \
    { name, kind, offsetof(struct strategy_question, member), 0, 0 }

#define COMMON                                                                                     \
    BODY("progress_deadline", SF_DURATION, spec.progress_deadline_ns),                             \
        BODY("healthy_deadline", SF_DURATION, spec.healthy_deadline_ns),                           \
        BODY("healthy_for", SF_DURATION, spec.healthy_min_ns), BODY("revert", SF_JSON, revert)

#define JUDGED BODY("analysis", SF_JSON, analysis), BODY("linger", SF_DURATION, spec.linger_ns)

static const struct strategy_field rolling_fields[] = {
    { "batch", SF_COUNT, offsetof(struct strategy_body, spec.batch), 1, 1000000 },
    COMMON,
};

static const struct strategy_field recreate_fields[] = { COMMON };

static const struct strategy_field canary_fields[] = {
    BODY("steps", SF_JSON, steps),
    BODY("surge", SF_AMOUNT, spec.surge),
    BODY("unavailable", SF_AMOUNT, spec.unavailable),
    JUDGED,
    COMMON,
};

static const struct strategy_field blue_green_fields[] = {
    { "initial", SF_COUNT, offsetof(struct strategy_body, spec.initial), 1, 1000000 },
    { "increase", SF_COUNT, offsetof(struct strategy_body, spec.increase), 0, 1000000 },
    { "hybrid", SF_COUNT, offsetof(struct strategy_body, spec.hybrid), 0, 1000000 },
    BODY("step", SF_DURATION, spec.step_ns),
    BODY("analysis", SF_JSON, analysis),
    COMMON,
};

static const struct strategy_field ab_fields[] = {
    BODY("header", SF_TEXT, header),
    BODY("value", SF_TEXT, value),
    BODY("hold", SF_DURATION, hold_ns),
    BODY("pause", SF_BOOL, pause),
    BODY("pause_timeout", SF_DURATION, pause_timeout_ns),
    JUDGED,
    COMMON,
};

static const struct strategy_field step_fields[] = {
    { "weight", SF_SHARE, offsetof(struct strategy_stage, step.weight_ppm), 0, PPM },
    STEP("instances", SF_JSON, instances),
    STEP("hold", SF_DURATION, step.hold_ns),
    STEP("pause", SF_BOOL, step.pause),
    STEP("pause_timeout", SF_DURATION, step.pause_timeout_ns),
    STEP("header", SF_TEXT, step.header),
    STEP("value", SF_TEXT, step.value),
};

static const struct strategy_field analysis_fields[] = {
    QUESTION("name", SF_TEXT, analysis.name),
    QUESTION("metric", SF_TEXT, metric),
    QUESTION("quantile", SF_QUANTILE, analysis.quantile_ppm),
    QUESTION("journal", SF_TEXT, analysis.journal),
    QUESTION("at_most", SF_JSON, at_most),
    QUESTION("at_least", SF_JSON, at_least),
    QUESTION("relative", SF_JSON, relative),
    { "rank_test", SF_SHARE, offsetof(struct strategy_question, analysis.confidence_ppm),
      500000, 999999 },
    QUESTION("direction", SF_TEXT, direction),
    { "every", SF_DURATION, offsetof(struct strategy_question, analysis.every_ns), SEC(1),
      HOUR(24) },
    QUESTION("delay", SF_DURATION, analysis.delay_ns),
    { "count", SF_COUNT, offsetof(struct strategy_question, analysis.count), 1, 65000 },
    { "failures", SF_COUNT, offsetof(struct strategy_question, analysis.failures_max), 0, 65000 },
    { "inconclusive", SF_COUNT, offsetof(struct strategy_question, analysis.inconclusive_max), 0,
      65000 },
    QUESTION("min_requests", SF_COUNT, analysis.requests_min),
    QUESTION("dry_run", SF_BOOL, analysis.dry_run),
};

#define SHAPE(list) { (list), COUNT_OF(list) }

static const struct strategy_shape shapes[STRATEGY_KIND_COUNT] = {
    [STRATEGY_ROLLING] = SHAPE(rolling_fields),
    [STRATEGY_RECREATE] = SHAPE(recreate_fields),
    [STRATEGY_CANARY] = SHAPE(canary_fields),
    [STRATEGY_BLUE_GREEN] = SHAPE(blue_green_fields),
    [STRATEGY_AB] = SHAPE(ab_fields),
};

const struct strategy_shape strategy_shape_analysis = SHAPE(analysis_fields);
const struct strategy_shape strategy_shape_step = SHAPE(step_fields);

const struct strategy_shape *
strategy_shape_of(enum strategy_kind kind)
{
    ASSERT(kind < STRATEGY_KIND_COUNT);
    return &shapes[kind];
}
