/* sim/expect/condition.c - a metric of an app between two numbers. */
#include "sim/expect/condition.h"

#define CONDITION_NOT_GIVEN UINT32_MAX

const char *const metric_words[] = {
#define X(metric, name) name,
    METRIC_LIST(X)
#undef X
    NULL
};

const struct condition_data condition_defaults = {
    .at_least = CONDITION_NOT_GIVEN,
    .at_most = CONDITION_NOT_GIVEN,
};

static uint32_t
condition_low(const struct condition_data *data)
{
    if (data->at_least != CONDITION_NOT_GIVEN) {
        return data->at_least;
    }
    return data->at_most != CONDITION_NOT_GIVEN ? 0 : 1;
}

static bool
metric_is_of_app(int metric)
{
    return metric != METRIC_NODES;
}

static void
condition_check_times(const struct scenario *scenario, const struct condition_data *data,
                      const struct fields_read *read, const char *pointer)
{
    const struct {
        const char *name;
        int64_t     at_ns;
    } times[] = { { "from", data->from_at_ns },
                  { "until", data->until_at_ns },
                  { "by", data->by_at_ns } };
    for (uint32_t i = 0; i < COUNT_OF(times); i++) {
        if (scenario->duration_ns > 0 && times[i].at_ns > scenario->duration_ns) {
            diag_add(read->diags, read->source, DIAG_ERROR,
                     arena_printf(read->arena, "%s/%s", pointer, times[i].name),
                     "lies after the end of the scenario, expected an instant up to its duration");
        }
    }
    const int64_t end_at_ns = data->until_at_ns > 0 ? data->until_at_ns : data->by_at_ns;
    if (end_at_ns > 0 && end_at_ns <= data->from_at_ns) {
        diag_add(read->diags, read->source, DIAG_ERROR, pointer,
                 "ends before it begins, expected \"%s\" after \"from\"",
                 data->until_at_ns > 0 ? "until" : "by");
    }
}

void
condition_check(const struct scenario *scenario, const void *data_any,
                const struct fields_read *read, const char *pointer)
{
    const struct condition_data *data = data_any;
    if (metric_is_of_app(data->metric)) {
        action_check_app(scenario, data->app, read, pointer);
    } else if (data->app != NULL) {
        diag_add(read->diags, read->source, DIAG_ERROR,
                 arena_printf(read->arena, "%s/app", pointer),
                 "\"%s\" is not counted for an app, expected no app beside it",
                 metric_words[data->metric]);
    }
    if (data->at_least != CONDITION_NOT_GIVEN && data->at_most != CONDITION_NOT_GIVEN &&
        data->at_least > data->at_most) {
        diag_add(read->diags, read->source, DIAG_ERROR, pointer,
                 "no number is at least %u and at most %u", data->at_least, data->at_most);
    }
    condition_check_times(scenario, data, read, pointer);
}

static uint32_t
metric_of_app(const struct book_app *app, enum metric metric)
{
    switch (metric) {
    case METRIC_HEALTHY:
        return app->healthy;
    case METRIC_RUNNING:
        return app->running;
    case METRIC_PENDING:
        return app->pending;
    case METRIC_UNPLACED:
        return app->wanted > app->live - app->pending ? app->wanted - (app->live - app->pending)
                                                      : 0;
    case METRIC_PRESENT:
        return app->live - app->pending;
    case METRIC_FAILED:
        return (uint32_t)app->failed;
    case METRIC_DEPLOYMENTS:
        return app->deployments_running;
    case METRIC_NODES:
        break;
    }
    return 0;
}

uint32_t
condition_value(struct run *run, const struct condition_data *data)
{
    const enum metric metric = (enum metric)data->metric;
    if (metric == METRIC_NODES) {
        return run->books.nodes_ready;
    }
    if (data->app != NULL) {
        const struct book_app *app = books_app_find(&run->books, data->app);
        return app != NULL ? metric_of_app(app, metric) : 0;
    }
    uint32_t sum = 0;
    for (uint32_t i = 0; i < run->books.apps.count; i++) {
        sum += metric_of_app(vec_at(&run->books.apps, i), metric);
    }
    return sum;
}

bool
condition_fits(const struct condition_data *data, uint32_t value)
{
    return value >= condition_low(data) &&
           (data->at_most == CONDITION_NOT_GIVEN || value <= data->at_most);
}

const char *
condition_bounds(struct run *run, const struct condition_data *data)
{
    const uint32_t low = condition_low(data);
    if (data->at_most == CONDITION_NOT_GIVEN) {
        return arena_printf(run->arena, "at least %u", low);
    }
    if (low == 0) {
        return arena_printf(run->arena, "at most %u", data->at_most);
    }
    return arena_printf(run->arena, "%u to %u", low, data->at_most);
}

const char *
condition_name(struct run *run, const struct condition_data *data)
{
    return data->app != NULL
               ? arena_printf(run->arena, "%s of %s", metric_words[data->metric], data->app)
               : metric_words[data->metric];
}

int64_t
condition_end(const struct run *run, const struct condition_data *data)
{
    return data->until_at_ns > 0 ? data->until_at_ns : run->scenario->duration_ns;
}

bool
condition_is_open(const struct run *run, const struct condition_data *data)
{
    const int64_t at_ns = run_at_ns(run);
    return at_ns >= data->from_at_ns && at_ns <= condition_end(run, data);
}
