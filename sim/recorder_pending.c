/* sim/recorder_pending.c - why apps wait: one row for each answer, while it holds. */
#include "platform/base/units.h"
#include "sim/recorder.h"

struct recorder_app *
recorder_app_of(struct run *run, uint32_t index)
{
    struct vec *apps = &run->recorder->apps;
    while (apps->count <= index) {
        (void)vec_push(apps);
    }
    return vec_at(apps, index);
}

static struct result_pending *
recorder_pending_open(struct run *run, const struct recorder_app *seen)
{
    return seen->pending_row == 0 ? NULL : vec_at(&run->results.pending, seen->pending_row - 1);
}

/* The row of an app's next answer. When there is no place for one more, the app's last is lost. */
static struct result_pending *
recorder_pending_next(struct run *run, struct recorder_app *seen)
{
    struct results        *results = &run->results;
    struct result_pending *open = recorder_pending_open(run, seen);
    const int64_t          now_ns = run_at_ns(run);
    const int64_t          since_at_ns = open != NULL ? open->since_at_ns : now_ns;
    if (results->pending.count < RESULTS_PENDING_MAX) {
        if (open != NULL) {
            open->until_at_ns = now_ns;
        }
        open = vec_push(&results->pending);
        seen->pending_row = results->pending.count;
    }
    if (open != NULL) {
        *open = (struct result_pending){
            .at_ns = now_ns, .until_at_ns = -1, .since_at_ns = since_at_ns
        };
    }
    return open;
}

static void
recorder_pending_fill(struct run *run, struct result_pending *row, const struct book_app *app,
                      const char *text)
{
    struct intern *names = &run->results.names;
    row->app = intern_id(names, app->id);
    row->tasks = app->pending;
    row->text = intern_id(names, text);
}

void
recorder_pending(struct run *run, const struct env_event *event)
{
    const struct book_app *app = books_app_find(&run->books, event->app);
    if (app == NULL) {
        return;
    }
    struct recorder_app *seen =
        recorder_app_of(run, (uint32_t)(app - (const struct book_app *)run->books.apps.items));
    if (event->kind == ENV_EVENT_BACKOFF) {
        seen->backoff_until_at_ns = run_at_ns(run) + event->value;
        return;
    }
    struct result_pending *row = recorder_pending_next(run, seen);
    if (row == NULL) {
        return;
    }
    recorder_pending_fill(run, row, app, event->text);
    if (event->pending != NULL) {
        struct intern *names = &run->results.names;
        row->nodes = event->pending->nodes;
        for (uint32_t i = 0; i < ENV_REFUSAL_COUNT; i++) {
            row->refused[i] = event->pending->refused[i];
        }
        if (event->pending->nearest > 0) {
            row->nearest = intern_id(names, event->pending->hostname);
            row->shortfall = intern_id(names, event->pending->shortfall);
        }
    }
}

void
recorder_pending_look(struct run *run, uint32_t index)
{
    const struct book_app *app = vec_at(&run->books.apps, index);
    struct recorder_app   *seen = recorder_app_of(run, index);
    if (app->pending > 0 || seen->pending_row == 0) {
        return;
    }
    recorder_pending_open(run, seen)->until_at_ns = run_at_ns(run);
    seen->pending_row = 0;
}

/* Who waits without a row was not refused by any node: it is not its time yet. */
void
recorder_end_pending(struct run *run)
{
    char text[UNITS_TEXT_BYTES];
    for (uint32_t i = 0; i < run->books.apps.count; i++) {
        const struct book_app *app = vec_at(&run->books.apps, i);
        struct recorder_app   *seen = recorder_app_of(run, i);
        if (app->pending == 0 || seen->pending_row > 0) {
            continue;
        }
        struct result_pending *row = recorder_pending_next(run, seen);
        if (row == NULL) {
            continue;
        }
        const bool is_held = seen->backoff_until_at_ns > run_at_ns(run);
        recorder_pending_fill(
            run, row, app,
            is_held ? arena_printf(run->arena, "its launch back-off lasts until %s",
                                   units_print_rough(seen->backoff_until_at_ns, text))
                    : "not looked at yet");
    }
}
