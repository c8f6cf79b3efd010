/* sim/expect/pending.c - an app still has tasks without a node at the end, and says why. */
#include "sim/expect/pending.h"

#include <string.h>

#include "platform/base/units.h"
#include "sim/expect.h"

static const struct field fields[] = {
    { .name = "pending", .kind = FIELD_TEXT, .offset = offsetof(struct pending_expect, app),
      .flags = FIELD_REQUIRED, .about = "The app; it must have a task without a node at the end." },
    { .name = "because", .kind = FIELD_TEXT, .offset = offsetof(struct pending_expect, because),
      .about = "Words that its reason must have: \"6 InsufficientCpus\"." },
    { .name = "nearest", .kind = FIELD_TEXT, .offset = offsetof(struct pending_expect, nearest),
      .about = "How what is said of the nearest node begins: \"private-3, 0.5 cpus\"." },
    { .name = "for", .kind = FIELD_DURATION, .offset = offsetof(struct pending_expect, for_ns),
      .flags = FIELD_POSITIVE, .about = "It must have waited for so long at least." },
};

static void
pending_check(const struct scenario *scenario, const void *data, const struct fields_read *read,
              const char *pointer)
{
    action_check_app(scenario, ((const struct pending_expect *)data)->app, read, pointer);
}

static bool
pending_begins(const char *why, const char *wanted)
{
    static const char words[] = "; nearest: ";
    const char       *nearest = strstr(why, words);
    return nearest != NULL &&
           strncmp(nearest + strlen(words), wanted, strlen(wanted)) == 0;
}

static void
pending_end(struct run *run, const struct scenario_expect *expect, void *state)
{
    (void)state;
    const struct pending_expect *data = expect->data;
    const struct book_app       *app = books_app_find(&run->books, data->app);
    if (app == NULL || app->pending == 0 || app->why_pending == NULL) {
        run_decide(run, expect, OUTCOME_FAILED,
                   app != NULL && app->pending > 0 ? "%s waits for a node, and no reason was said"
                                                   : "no task of %s waits for a node",
                   data->app);
        return;
    }
    const int64_t waited_ns = run->start_at_ns + run_at_ns(run) - app->why_pending_at_ns;
    char          waited[UNITS_TEXT_BYTES];
    (void)units_print_rough(waited_ns, waited);
    if (data->because != NULL && strstr(app->why_pending, data->because) == NULL) {
        run_decide(run, expect, OUTCOME_FAILED, "it waits because of: %s; expected: %s",
                   app->why_pending, data->because);
    } else if (data->nearest != NULL && !pending_begins(app->why_pending, data->nearest)) {
        run_decide(run, expect, OUTCOME_FAILED, "it waits because of: %s; expected as nearest: %s",
                   app->why_pending, data->nearest);
    } else if (waited_ns < data->for_ns) {
        run_decide(run, expect, OUTCOME_FAILED, "it waits only for %s", waited);
    } else {
        run_decide(run, expect, OUTCOME_PASSED, "%u wait for %s: %s", app->pending, waited,
                   app->why_pending);
    }
}

const struct expectation_kind expectation_pending = {
    .key = "pending",
    .about = "An app still has tasks without a node at the end, and says why.",
    .fields = fields,
    .fields_count = COUNT_OF(fields),
    .data_bytes = sizeof(struct pending_expect),
    .check = pending_check,
    .end = pending_end,
};
