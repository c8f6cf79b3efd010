/*
 * platform/model/app_own.c - what an app says in labels of ours because Marathon has no field
 * for it.
 *
 *   REHEARSAL_GPU_MILLI  a share of one GPU, in thousandths: 1..999
 *   REHEARSAL_PRIORITY   which app goes first: -1000..1000, 0 when not given
 *   REHEARSAL_REBALANCE  "true", or a time: instances move, one after the other, when GROUP_BY was
 *                        uneven for so long
 *   REHEARSAL_RUN_ONCE   "true": a task that ended is not started again
 *
 * Who may call our ports, and how, is read where it is used: platform/balancer/route_labels.c.
 */
#include "platform/model/app_steps.h"

#include <string.h>

#include "platform/base/units.h"

#define LABEL_GPU_MILLI "REHEARSAL_GPU_MILLI"
#define LABEL_PRIORITY  "REHEARSAL_PRIORITY"
#define LABEL_REBALANCE "REHEARSAL_REBALANCE"
#define LABEL_RUN_ONCE  "REHEARSAL_RUN_ONCE"

#define REBALANCE_NS     MIN(1) /* of "true"; a guess */
#define REBALANCE_NS_MIN SEC(1)
#define REBALANCE_NS_MAX HOUR(24)

enum { NUMBER_DIGITS_MAX = 4 };

/* A whole number in plain digits, maybe with a minus, within the limits. */
static bool
own_number(const char *text, int32_t min, int32_t max, int32_t *ret)
{
    const bool is_negative = text[0] == '-';
    const char *digits = is_negative ? text + 1 : text;
    const size_t len = strspn(digits, "0123456789");
    int32_t number = 0;
    if (len == 0 || len > NUMBER_DIGITS_MAX || digits[len] != '\0') {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        number = number * 10 + (digits[i] - '0');
    }
    *ret = is_negative ? -number : number;
    return *ret >= min && *ret <= max;
}

static void
own_check_number(struct app_draft *draft, const char *label, int32_t min, int32_t max)
{
    const char *text = app_text(json_object_get(draft->app, "labels"), label);
    int32_t number = 0;
    if (text != NULL && !own_number(text, min, max, &number)) {
        app_say(draft->reader, DIAG_ERROR,
                arena_printf(draft->reader->scratch, "/labels/%s", label),
                "found \"%.40s\", expected a whole number from %d to %d", text, (int)min,
                (int)max);
    }
}

/* How long it must have been uneven; 0: nothing ever moves. */
static bool
own_rebalance(const char *text, int64_t *ret_ns)
{
    const bool is_true = strcmp(text, "true") == 0;
    if (is_true || strcmp(text, "false") == 0) {
        *ret_ns = is_true ? REBALANCE_NS : 0;
        return true;
    }
    return units_parse_duration(text, ret_ns) && *ret_ns >= REBALANCE_NS_MIN &&
           *ret_ns <= REBALANCE_NS_MAX;
}

/* Whether there is anything to make even, and whether it may move. */
static const char *
own_rebalance_lacks(const struct app_draft *draft)
{
    const json_t *constraints = json_object_get(draft->app, "constraints");
    bool groups = false;
    for (size_t i = 0; i < json_array_size(constraints); i++) {
        const char *op = json_string_value(json_array_get(json_array_get(constraints, i), 1));
        groups = groups || (op != NULL && strcmp(op, "GROUP_BY") == 0);
    }
    return !groups                                        ? "without a GROUP_BY constraint"
           : app_container_has(draft->app, "persistent") ? "beside persistent volumes"
           : app_text_is(json_object_get(draft->app, "labels"), LABEL_RUN_ONCE, "true")
               ? "beside " LABEL_RUN_ONCE
               : NULL;
}

static void
own_check_rebalance(struct app_draft *draft)
{
    const char *text = app_text(json_object_get(draft->app, "labels"), LABEL_REBALANCE);
    int64_t settle_ns = 0;
    if (text == NULL) {
        return;
    }
    if (!own_rebalance(text, &settle_ns)) {
        app_say(draft->reader, DIAG_ERROR, "/labels/" LABEL_REBALANCE,
                "found \"%.40s\", expected \"true\", \"false\" or a time of 1s to 24h", text);
    } else if (settle_ns > 0 && own_rebalance_lacks(draft) != NULL) {
        app_say(draft->reader, DIAG_WARNING, "/labels/" LABEL_REBALANCE, "has no effect %s",
                own_rebalance_lacks(draft));
    }
}

void
app_own_check(struct app_draft *draft)
{
    const json_t *labels = json_object_get(draft->app, "labels");
    const char *once = app_text(labels, LABEL_RUN_ONCE);
    own_check_number(draft, LABEL_GPU_MILLI, 1, NODE_GPU_MILLI - 1);
    own_check_number(draft, LABEL_PRIORITY, APP_PRIORITY_MIN, APP_PRIORITY_MAX);
    own_check_rebalance(draft);
    if (once != NULL && strcmp(once, "true") != 0 && strcmp(once, "false") != 0) {
        app_say(draft->reader, DIAG_ERROR, "/labels/" LABEL_RUN_ONCE,
                "found \"%.40s\", expected \"true\" or \"false\"", once);
    }
    if (app_text(labels, LABEL_GPU_MILLI) != NULL &&
        json_integer_value(json_object_get(draft->app, "gpus")) > 0) {
        app_say(draft->reader, DIAG_ERROR, "/labels/" LABEL_GPU_MILLI,
                "stands beside \"gpus\", expected a share of one GPU, or whole ones");
    }
}

void
app_own_load(struct app_spec *spec)
{
    const char *gpu_milli = app_label(spec, LABEL_GPU_MILLI);
    const char *priority = app_label(spec, LABEL_PRIORITY);
    const char *once = app_label(spec, LABEL_RUN_ONCE);
    if (gpu_milli == NULL || spec->gpus > 0 ||
        !own_number(gpu_milli, 1, NODE_GPU_MILLI - 1, &spec->gpu_milli)) {
        spec->gpu_milli = 0;
    }
    if (priority == NULL ||
        !own_number(priority, APP_PRIORITY_MIN, APP_PRIORITY_MAX, &spec->priority)) {
        spec->priority = 0;
    }
    const char *rebalance = app_label(spec, LABEL_REBALANCE);
    if (rebalance == NULL || !own_rebalance(rebalance, &spec->rebalance_ns)) {
        spec->rebalance_ns = 0;
    }
    spec->runs_once = once != NULL && strcmp(once, "true") == 0;
}
