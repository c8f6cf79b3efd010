/*
 * sim/books_task.h - private to the books: what the journals tell of tasks.
 */
#ifndef SIM_BOOKS_TASK_H
#define SIM_BOOKS_TASK_H

#include "sim/books.h"

struct book_app *books_app_get(struct books *books, const char *id); /* added when new */

void books_task_event(struct books *books, int64_t at_ns, const struct env_event *event);
void books_task_judged(struct books *books, const struct env_event *event);
void books_task_decided(struct books *books, const struct env_event *event);

void books_task_loaded(struct books *books, int64_t at_ns, const struct env_event *event);

/* A master leads: live tasks that it has not found never were, and are struck out. */
void books_tasks_led(struct books *books);

/* Drops the tasks that ended more than a minute ago. */
void books_forget_ended(struct books *books, int64_t now_ns);

#endif
