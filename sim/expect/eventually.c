/* sim/expect/eventually.c - a metric lies within its bounds at some instant; with "for": for so
 * long at a stretch. */
#include "platform/base/units.h"
#include "sim/expect/condition.h"

static const struct field fields[] = {
    { .name = "eventually", .kind = FIELD_WORD, .offset = offsetof(struct condition_data, metric),
      .flags = FIELD_REQUIRED, .words = metric_words, .about = "What is looked at." },
    CONDITION_FIELD_APP,
    CONDITION_FIELD_AT_LEAST,
    CONDITION_FIELD_AT_MOST,
    CONDITION_FIELD_FROM,
    { .name = "by", .kind = FIELD_DURATION, .offset = offsetof(struct condition_data, by_at_ns),
      .flags = FIELD_POSITIVE, .about = "At the latest then; the end of the run when not given." },
    { .name = "for", .kind = FIELD_DURATION, .offset = offsetof(struct condition_data, for_ns),
      .flags = FIELD_POSITIVE, .about = "It must stay so for this long." },
};

struct eventually_state {
    bool     fits;
    int64_t  since_at_ns;
    uint32_t last;
};

static void
eventually_watch(struct run *run, const struct scenario_expect *expect, void *state)
{
    const struct condition_data *data = expect->data;
    struct eventually_state     *eventually = state;
    const int64_t                now_ns = run_at_ns(run);
    if (now_ns < data->from_at_ns) {
        return;
    }
    /* what was true before this event was true up to now: a stretch may have become long enough */
    const bool    fitted = eventually->fits;
    const int64_t until_at_ns = data->by_at_ns > 0 ? int64_min(now_ns, data->by_at_ns) : now_ns;
    char          text[UNITS_TEXT_BYTES];
    if (fitted && until_at_ns - eventually->since_at_ns >= data->for_ns) {
        run_decide(run, expect, OUTCOME_PASSED, "%s was %s since %s", condition_name(run, data),
                   condition_bounds(run, data),
                   units_print_rough(eventually->since_at_ns, text));
        return;
    }
    eventually->last = condition_value(run, data);
    eventually->fits = condition_fits(data, eventually->last);
    if (eventually->fits && !fitted) {
        eventually->since_at_ns = now_ns;
    }
    if (data->by_at_ns > 0 && now_ns > data->by_at_ns) {
        run_decide(run, expect, OUTCOME_FAILED, "%s was not %s by %s, it was %u",
                   condition_name(run, data), condition_bounds(run, data),
                   units_print_rough(data->by_at_ns, text), eventually->last);
        return;
    }
    if (eventually->fits && data->for_ns == 0) {
        run_decide(run, expect, OUTCOME_PASSED, "%s became %u, expected %s",
                   condition_name(run, data), eventually->last, condition_bounds(run, data));
    }
}

static void
eventually_end(struct run *run, const struct scenario_expect *expect, void *state)
{
    const struct condition_data   *data = expect->data;
    const struct eventually_state *eventually = state;
    run_decide(run, expect, OUTCOME_FAILED, "%s was not %s by the end, it was %u",
               condition_name(run, data), condition_bounds(run, data), eventually->last);
}

const struct expectation_kind expectation_eventually = {
    .key = "eventually",
    .about = "A metric lies within its bounds at some instant, or for so long at a stretch.",
    .fields = fields,
    .fields_count = COUNT_OF(fields),
    .data_bytes = sizeof(struct condition_data),
    .defaults = &condition_defaults,
    .check = condition_check,
    .watch = eventually_watch,
    .state_bytes = sizeof(struct eventually_state),
    .end = eventually_end,
};
