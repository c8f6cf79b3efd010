/* sim/expect/always.c - a metric stays within its bounds, at every instant from..until. */
#include "platform/base/units.h"
#include "sim/expect/condition.h"

static const struct field fields[] = {
    { .name = "always", .kind = FIELD_WORD, .offset = offsetof(struct condition_data, metric),
      .flags = FIELD_REQUIRED, .words = metric_words, .about = "What is looked at." },
    CONDITION_FIELD_APP,
    CONDITION_FIELD_AT_LEAST,
    CONDITION_FIELD_AT_MOST,
    CONDITION_FIELD_FROM,
    CONDITION_FIELD_UNTIL,
};

struct always_state {
    bool     looked; /* at least once: an expectation that nobody checked has not been met */
    uint32_t lowest;
    uint32_t highest;
};

static void
always_watch(struct run *run, const struct scenario_expect *expect, void *state)
{
    const struct condition_data *data = expect->data;
    struct always_state         *always = state;
    if (!condition_is_open(run, data)) {
        return;
    }
    const uint32_t value = condition_value(run, data);
    always->lowest = !always->looked || value < always->lowest ? value : always->lowest;
    always->highest = !always->looked || value > always->highest ? value : always->highest;
    always->looked = true;
    if (!condition_fits(data, value)) {
        char text[UNITS_TEXT_BYTES];
        run_decide(run, expect, OUTCOME_FAILED, "%s was %u at %s, expected always %s",
                   condition_name(run, data), value,
                   units_print_rough(run_at_ns(run), text), condition_bounds(run, data));
    }
}

static void
always_end(struct run *run, const struct scenario_expect *expect, void *state)
{
    const struct condition_data *data = expect->data;
    const struct always_state   *always = state;
    if (always->looked) {
        run_decide(run, expect, OUTCOME_PASSED, "%s stayed between %u and %u, expected %s",
                   condition_name(run, data), always->lowest, always->highest,
                   condition_bounds(run, data));
    } else {
        run_decide(run, expect, OUTCOME_FAILED, "%s was never looked at: the run ended before",
                   condition_name(run, data));
    }
}

const struct expectation_kind expectation_always = {
    .key = "always",
    .about = "A metric stays within its bounds, at every instant.",
    .fields = fields,
    .fields_count = COUNT_OF(fields),
    .data_bytes = sizeof(struct condition_data),
    .defaults = &condition_defaults,
    .check = condition_check,
    .watch = always_watch,
    .state_bytes = sizeof(struct always_state),
    .end = always_end,
};
