/* sim/expect/refresh.c - how the last refresh of a group of machines ended, and how long it
 * took. */
#include <string.h>

#include "platform/base/units.h"
#include "sim/actions/data.h"
#include "sim/expect.h"

enum refresh_wanted {
    WANTED_DONE,
    WANTED_ROLLED_BACK,
    WANTED_FAILED,
    WANTED_CANCELLED
};

static const char *const wanted_words[] = { "done", "rolled-back", "failed", "cancelled", NULL };

static const enum refresh_state wanted_states[] = {
    [WANTED_DONE] = REFRESH_DONE,
    [WANTED_ROLLED_BACK] = REFRESH_ROLLED_BACK,
    [WANTED_FAILED] = REFRESH_FAILED,
    [WANTED_CANCELLED] = REFRESH_CANCELLED,
};

struct refresh_expect {
    const char *group;
    int         outcome; /* enum refresh_wanted */
    int64_t     within_ns;
    const char *because; /* NULL: not asked */
};

static const struct field fields[] = {
    { .name = "refresh", .kind = FIELD_TEXT, .offset = offsetof(struct refresh_expect, group),
      .flags = FIELD_REQUIRED, .about = "The group; its last refresh is judged." },
    { .name = "outcome", .kind = FIELD_WORD, .offset = offsetof(struct refresh_expect, outcome),
      .words = wanted_words, .about = "How it must have ended; \"done\" when not given." },
    { .name = "within", .kind = FIELD_DURATION,
      .offset = offsetof(struct refresh_expect, within_ns), .flags = FIELD_POSITIVE,
      .about = "How long it may have taken." },
    { .name = "because", .kind = FIELD_TEXT, .offset = offsetof(struct refresh_expect, because),
      .about = "Words that its reason must have." },
};

static void
refresh_check(const struct scenario *scenario, const void *data, const struct fields_read *read,
              const char *pointer)
{
    const char *group = ((const struct refresh_expect *)data)->group;
    if (group != NULL && !refresh_has_group(scenario, group)) {
        diag_add(read->diags, read->source, DIAG_ERROR,
                 arena_printf(read->arena, "%s/refresh", pointer), "no group \"%s\" in the cluster",
                 group);
    }
}

static void
refresh_end(struct run *run, const struct scenario_expect *expect, void *state)
{
    (void)state;
    const struct refresh_expect *data = expect->data;
    const struct book_refresh *last = books_refresh_last(&run->books, data->group);
    if (last == NULL) {
        run_decide(run, expect, OUTCOME_FAILED, "no refresh of %s ever began", data->group);
        return;
    }
    const int64_t end_at_ns =
        last->to_at_ns > 0 ? last->to_at_ns : run->start_at_ns + run_at_ns(run);
    const int64_t took_ns = end_at_ns - last->from_at_ns;
    char          took[UNITS_TEXT_BYTES];
    (void)units_print_rough(took_ns, took);
    if (last->state != wanted_states[data->outcome]) {
        run_decide(run, expect, OUTCOME_FAILED, "it is %s after %s, expected %s; it said last: %s",
                   refresh_state_name(last->state), took, wanted_words[data->outcome],
                   last->says != NULL ? last->says : "nothing");
    } else if (data->within_ns > 0 && took_ns > data->within_ns) {
        char within[UNITS_TEXT_BYTES];
        run_decide(run, expect, OUTCOME_FAILED, "it was %s after %s, expected within %s",
                   wanted_words[data->outcome], took,
                   units_print_rough(data->within_ns, within));
    } else if (data->because != NULL && strstr(last->why, data->because) == NULL) {
        run_decide(run, expect, OUTCOME_FAILED, "it was %s because of: %s; expected: %s",
                   wanted_words[data->outcome], last->why, data->because);
    } else {
        run_decide(run, expect, OUTCOME_PASSED, "%s after %s: %s", wanted_words[data->outcome],
                   took, last->why);
    }
}

const struct expectation_kind expectation_refresh = {
    .key = "refresh",
    .about = "How the last refresh of a group of machines ended, and how long it took.",
    .fields = fields,
    .fields_count = COUNT_OF(fields),
    .data_bytes = sizeof(struct refresh_expect),
    .check = refresh_check,
    .end = refresh_end,
};
