/* sim/expect/never.c - a metric does not lie within its bounds; with "for": not so long at a
 * stretch. */
#include "platform/base/units.h"
#include "sim/expect/condition.h"

static const struct field fields[] = {
    { .name = "never", .kind = FIELD_WORD, .offset = offsetof(struct condition_data, metric),
      .flags = FIELD_REQUIRED, .words = metric_words, .about = "What is looked at." },
    CONDITION_FIELD_APP,
    CONDITION_FIELD_AT_LEAST,
    CONDITION_FIELD_AT_MOST,
    CONDITION_FIELD_FROM,
    CONDITION_FIELD_UNTIL,
    { .name = "for", .kind = FIELD_DURATION, .offset = offsetof(struct condition_data, for_ns),
      .flags = FIELD_POSITIVE, .about = "Shorter stretches are allowed." },
};

struct never_state {
    bool    looked;
    bool    fits;
    int64_t since_at_ns;
    int64_t longest_ns;
};

static void
never_watch(struct run *run, const struct scenario_expect *expect, void *state)
{
    const struct condition_data *data = expect->data;
    struct never_state          *never = state;
    const int64_t                end_at_ns = condition_end(run, data);
    const int64_t                now_ns = int64_min(run_at_ns(run), end_at_ns);
    const bool                   fitted = never->fits;
    if (now_ns < data->from_at_ns) {
        return;
    }
    if (run_at_ns(run) <= end_at_ns) {
        never->looked = true;
        never->fits = condition_fits(data, condition_value(run, data));
    }
    if (never->fits && !fitted) {
        never->since_at_ns = now_ns;
    }
    if (!never->fits && !fitted) {
        return;
    }
    /* what held until now lasted until now, even when it has just ended */
    const int64_t lasted_ns = now_ns - never->since_at_ns;
    never->longest_ns = int64_max(never->longest_ns, lasted_ns);
    if (lasted_ns >= data->for_ns) {
        char since[UNITS_TEXT_BYTES];
        char lasted[UNITS_TEXT_BYTES];
        run_decide(run, expect, OUTCOME_FAILED, "%s was %s for %s since %s",
                   condition_name(run, data), condition_bounds(run, data),
                   units_print_rough(lasted_ns, lasted),
                   units_print_rough(never->since_at_ns, since));
    }
}

static void
never_end(struct run *run, const struct scenario_expect *expect, void *state)
{
    const struct condition_data *data = expect->data;
    const struct never_state    *never = state;
    if (!never->looked) {
        run_decide(run, expect, OUTCOME_FAILED, "%s was never looked at: the run ended before",
                   condition_name(run, data));
        return;
    }
    char text[UNITS_TEXT_BYTES];
    run_decide(run, expect, OUTCOME_PASSED, "%s was %s for %s at the longest",
               condition_name(run, data), condition_bounds(run, data),
               units_print_rough(never->longest_ns, text));
}

const struct expectation_kind expectation_never = {
    .key = "never",
    .about = "A metric does not lie within its bounds; with \"for\": not so long at a stretch.",
    .fields = fields,
    .fields_count = COUNT_OF(fields),
    .data_bytes = sizeof(struct condition_data),
    .defaults = &condition_defaults,
    .check = condition_check,
    .watch = never_watch,
    .state_bytes = sizeof(struct never_state),
    .end = never_end,
};
