/* sim/books_task.c - tasks as the journals tell of them, and what they add up to for their app. */
#include "sim/books_task.h"

#include <string.h>

#include "sim/books_roles.h"

/* Long after the last write that could still be lost: an ended task may come back until then. */
#define BOOKS_ENDED_KEPT_NS MIN(1)

struct book_task *
books_task_find(struct books *books, uint64_t id)
{
    return books_task_at(books, idmap_get(&books->tasks_by_id, id));
}

static bool
book_task_counts_healthy(const struct book_task *task)
{
    return task->state == TASK_RUNNING && task->healthy && !task->draining;
}

/* Adds what a task contributes to its app and to the totals, or takes it away again. */
static void
books_task_count(struct books *books, const struct book_task *task, bool add)
{
    const uint32_t   one = add ? 1U : UINT32_MAX; /* wraps: minus one */
    struct book_app *app = vec_at(&books->apps, task->app);
    books->tasks_by_state[task->state] += add ? 1U : UINT64_MAX;
    if (task_state_is_final((enum task_state)task->state)) {
        return;
    }
    app->live += one;
    app->pending += task->state == TASK_PENDING ? one : 0;
    app->running += task->state == TASK_RUNNING ? one : 0;
    app->healthy += book_task_counts_healthy(task) ? one : 0;
    if (books->counts_roles) {
        books_role_count(books, task, one);
    }
}

static void
books_task_link(struct books *books, struct book_task *task)
{
    struct book_app *app = vec_at(&books->apps, task->app);
    task->prev = app->tasks_last;
    task->next = 0;
    if (app->tasks_last != 0) {
        books_task_at(books, app->tasks_last)->next = task->index;
    } else {
        app->tasks_first = task->index;
    }
    app->tasks_last = task->index;
}

static void
books_task_unlink(struct books *books, struct book_task *task)
{
    struct book_app *app = vec_at(&books->apps, task->app);
    if (task->prev != 0) {
        books_task_at(books, task->prev)->next = task->next;
    } else {
        app->tasks_first = task->next;
    }
    if (task->next != 0) {
        books_task_at(books, task->next)->prev = task->prev;
    } else {
        app->tasks_last = task->prev;
    }
    task->prev = 0;
    task->next = 0;
}

/* NULL when the task is not new and yet unknown: it ended long ago. */
static struct book_task *
books_task_new(struct books *books, int64_t at_ns, const struct env_event *event)
{
    if (event->task <= books->task_newest &&
        task_state_is_final((enum task_state)event->new_state)) {
        return NULL;
    }
    struct book_app *app = books_app_get(books, event->app);
    const uint32_t   index = pool_take(&books->tasks);
    ASSERT(index != 0);
    struct book_task *task = pool_at(&books->tasks, index);
    task->id = event->task;
    task->app = (uint32_t)(app - (struct book_app *)books->apps.items);
    task->index = index;
    task->state = TASK_PENDING;
    task->pending_at_ns = at_ns;
    idmap_put(&books->tasks_by_id, task->id, index);
    if (event->task > books->task_newest) {
        books->task_newest = event->task;
    }
    books->tasks_submitted++;
    books_task_link(books, task);
    books_task_count(books, task, true);
    return task;
}

static void
books_task_app_totals(struct book_app *app, enum task_state old_state, enum task_state state)
{
    if (old_state == TASK_PENDING && state != TASK_PENDING && !task_state_is_final(state)) {
        app->placed++;
    }
    if (state != old_state &&
        (state == TASK_FAILED || state == TASK_LOST || state == TASK_GONE)) {
        app->failed++;
    }
    if (app->pending == 0) {
        app->why_pending = NULL;
    }
}

void
books_task_event(struct books *books, int64_t at_ns, const struct env_event *event)
{
    if (event->new_state < 0 || event->new_state >= TASK_STATE_COUNT) {
        return;
    }
    struct book_task *task = books_task_find(books, event->task);
    if (task == NULL) {
        task = books_task_new(books, at_ns, event);
    }
    if (task == NULL) {
        return;
    }
    const enum task_state old_state = (enum task_state)task->state;
    const enum task_state state = (enum task_state)event->new_state;
    books_task_count(books, task, false);
    task->state = (uint8_t)state;
    task->healthy = task->healthy && state == TASK_RUNNING;
    task->ready = task->ready && state == TASK_RUNNING;
    task->node = event->node != 0 || state == TASK_PENDING ? event->node : task->node;
    task->version = event->version != 0 ? event->version : task->version;
    task->deployment = event->deployment != 0 ? event->deployment : task->deployment;
    task->pending_at_ns = state == TASK_PENDING ? at_ns : task->pending_at_ns;
    books_task_count(books, task, true);
    books_task_app_totals(vec_at(&books->apps, task->app), old_state, state);
    if (task_state_is_final(state) && !task_state_is_final(old_state)) {
        books_task_unlink(books, task);
        struct book_ended *ended = vec_push(&books->ended);
        *ended = (struct book_ended){ .id = task->id, .at_ns = at_ns };
    } else if (!task_state_is_final(state) && task_state_is_final(old_state)) {
        books_task_link(books, task); /* its end was not durable when the master died */
    }
}

void
books_task_judged(struct books *books, const struct env_event *event)
{
    struct book_task *task = books_task_find(books, event->task);
    if (task == NULL || task_state_is_final((enum task_state)task->state)) {
        return;
    }
    if (event->kind == ENV_EVENT_READY) {
        task->ready = event->new_state == 1;
        return;
    }
    books_task_count(books, task, false);
    task->healthy = event->new_state == 1 && task->state == TASK_RUNNING;
    books_task_count(books, task, true);
}

void
books_task_decided(struct books *books, const struct env_event *event)
{
    struct book_task *task = books_task_find(books, event->task);
    const bool drains = event->kind == ENV_EVENT_DRAIN || strcmp(event->text, "drain") == 0 ||
                        strcmp(event->text, "kill") == 0;
    if (task == NULL || !drains || task->draining) {
        return;
    }
    books_task_count(books, task, false);
    task->draining = true;
    books_task_count(books, task, true);
}

void
books_task_loaded(struct books *books, int64_t at_ns, const struct env_event *event)
{
    struct book_task *task = books_task_find(books, event->task);
    if (task == NULL && event->new_state >= 0 && event->new_state < TASK_STATE_COUNT) {
        task = books_task_new(books, at_ns, event);
        if (task != NULL) { /* nothing was told of it before */
            task->version = event->version;
            task->deployment = event->deployment;
        }
    }
    if (task == NULL) {
        return;
    }
    if (task_state_is_final((enum task_state)task->state)) {
        books_task_link(books, task); /* its end was not durable when the master died */
    }
    books_task_count(books, task, false);
    task->state = (uint8_t)event->new_state;
    task->draining = event->old_state > 0;
    task->healthy = event->value == 1;
    task->node = event->node;
    task->load = books->loads;
    books_task_count(books, task, true);
}

static void
books_task_strike(struct books *books, struct book_task *task)
{
    struct book_app *app = vec_at(&books->apps, task->app);
    books_task_count(books, task, false);
    books->tasks_submitted--;
    if (task->state != TASK_PENDING && app->placed > 0) {
        app->placed--;
    }
    books_task_unlink(books, task);
    idmap_remove(&books->tasks_by_id, task->id);
    pool_give(&books->tasks, task->index);
}

void
books_tasks_led(struct books *books)
{
    for (uint32_t i = 0; i < books->apps.count; i++) {
        const struct book_app *app = vec_at(&books->apps, i);
        struct book_task      *next = NULL;
        for (struct book_task *task = books_task_at(books, app->tasks_first); task != NULL;
             task = next) {
            next = books_task_at(books, task->next);
            if (task->load != books->loads) {
                books_task_strike(books, task);
            }
        }
    }
}

void
books_forget_ended(struct books *books, int64_t now_ns)
{
    while (books->ended_first < books->ended.count) {
        const struct book_ended *ended = vec_at(&books->ended, books->ended_first);
        if (now_ns - ended->at_ns < BOOKS_ENDED_KEPT_NS) {
            break;
        }
        const uint32_t index = idmap_get(&books->tasks_by_id, ended->id);
        struct book_task *task = books_task_at(books, index);
        if (task != NULL && task_state_is_final((enum task_state)task->state)) {
            idmap_remove(&books->tasks_by_id, ended->id);
            pool_give(&books->tasks, index);
        }
        books->ended_first++;
    }
    if (books->ended_first > 1024 && books->ended_first * 2 > books->ended.count) {
        const uint32_t left = books->ended.count - books->ended_first;
        struct book_ended *items = books->ended.items;
        memmove(items, items + books->ended_first, (size_t)left * sizeof *items);
        books->ended.count = left;
        books->ended_first = 0;
    }
}
