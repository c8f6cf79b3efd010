/*
 * sim/expect/deployment.c - how the last deployment of an app ended, and how long it took.
 *
 * The last that somebody asked for: one that fails and goes back begins another by itself, which
 * belongs to it, and it is rolled back when that one is done.
 */
#include <string.h>

#include "platform/base/units.h"
#include "sim/actions/data.h"
#include "sim/expect.h"

enum deployment_wanted {
    WANTED_DONE,
    WANTED_ROLLED_BACK,
    WANTED_FAILED,
    WANTED_CANCELLED,
    WANTED_RUNNING
};

static const char *const wanted_words[] = { "done",      "rolled-back", "failed",
                                           "cancelled", "running",     NULL };

static const enum deployment_state wanted_states[] = {
    [WANTED_DONE] = DEPLOYMENT_DONE,
    [WANTED_ROLLED_BACK] = DEPLOYMENT_ROLLED_BACK,
    [WANTED_FAILED] = DEPLOYMENT_FAILED,
    [WANTED_CANCELLED] = DEPLOYMENT_CANCELLED,
    [WANTED_RUNNING] = DEPLOYMENT_RUNNING,
};

struct deployment_data {
    const char *app;
    int         outcome; /* enum deployment_wanted */
    int64_t     within_ns;
};

static const struct field fields[] = {
    { .name = "deployment", .kind = FIELD_TEXT, .offset = offsetof(struct deployment_data, app),
      .flags = FIELD_REQUIRED,
      .about = "The app; its last deployment that somebody asked for is judged." },
    { .name = "outcome", .kind = FIELD_WORD, .offset = offsetof(struct deployment_data, outcome),
      .words = wanted_words, .about = "How it must have ended; \"done\" when not given." },
    { .name = "within", .kind = FIELD_DURATION,
      .offset = offsetof(struct deployment_data, within_ns), .flags = FIELD_POSITIVE,
      .about = "How long it may have taken." },
};

static void
deployment_check(const struct scenario *scenario, const void *data, const struct fields_read *read,
                 const char *pointer)
{
    action_check_app_at(scenario, ((const struct deployment_data *)data)->app, read,
                        fields_pointer(read->arena, pointer, "deployment"));
}

/* With the way back of it, if it has one. */
static const struct book_deployment *
deployment_last(struct run *run, const char *app, const struct book_deployment **ret_back)
{
    *ret_back = NULL;
    for (uint32_t i = run->books.deployments.count; i > 0; i--) {
        const struct book_deployment *deployment = vec_at(&run->books.deployments, i - 1);
        const struct book_app        *owner = vec_at(&run->books.apps, deployment->app);
        if (strcmp(owner->id, app) != 0) {
            continue;
        }
        if (deployment->reverts == 0) {
            return deployment;
        }
        *ret_back = *ret_back != NULL ? *ret_back : deployment; /* a dying master's do not count */
    }
    return NULL;
}

/* A way back that is not done; says so. */
static bool
deployment_is_not_back(struct run *run, const struct scenario_expect *expect,
                       const struct book_deployment *back)
{
    if (back == NULL || back->state == DEPLOYMENT_DONE) {
        return false;
    }
    const bool waits = back->waits_for != NULL && back->waits_for[0] != '\0';
    run_decide(run, expect, OUTCOME_FAILED, "it has failed, and its way back is %s%s%s",
               deployment_state_name(back->state), waits ? "; it said last: " : "",
               waits ? back->waits_for : "");
    return true;
}

static void
deployment_end(struct run *run, const struct scenario_expect *expect, void *state)
{
    (void)state;
    const struct deployment_data *data = expect->data;
    const struct book_deployment *back = NULL;
    const struct book_deployment *last = deployment_last(run, data->app, &back);
    if (last == NULL) {
        run_decide(run, expect, OUTCOME_FAILED, "no deployment of %s ever began", data->app);
        return;
    }
    const struct book_deployment *ends = back != NULL ? back : last;
    const int64_t end_at_ns =
        ends->to_at_ns > 0 ? ends->to_at_ns : run->start_at_ns + run_at_ns(run);
    const int64_t took_ns = end_at_ns - last->from_at_ns;
    char          took[UNITS_TEXT_BYTES];
    (void)units_print_rough(took_ns, took);
    if (last->state != wanted_states[data->outcome]) {
        const bool waits = last->waits_for != NULL && last->waits_for[0] != '\0';
        run_decide(run, expect, OUTCOME_FAILED, "it is %s after %s, expected %s%s%s",
                   deployment_state_name(last->state), took, wanted_words[data->outcome],
                   waits ? "; it said last: " : "", waits ? last->waits_for : "");
        return;
    }
    if (deployment_is_not_back(run, expect, back)) {
        return;
    }
    if (data->within_ns > 0 && took_ns > data->within_ns) {
        char within[UNITS_TEXT_BYTES];
        run_decide(run, expect, OUTCOME_FAILED, "it was %s after %s, expected within %s",
                   wanted_words[data->outcome], took,
                   units_print_rough(data->within_ns, within));
        return;
    }
    run_decide(run, expect, OUTCOME_PASSED, "%s after %s", wanted_words[data->outcome], took);
}

const struct expectation_kind expectation_deployment = {
    .key = "deployment",
    .about = "How the last deployment of an app ended, and how long it took.",
    .fields = fields,
    .fields_count = COUNT_OF(fields),
    .data_bytes = sizeof(struct deployment_data),
    .check = deployment_check,
    .end = deployment_end,
};
