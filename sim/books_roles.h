/*
 * sim/books_roles.h - what each role has, counted by the versions of its apps: tasks as the
 *                     journals tell of them, times what the master said that one counts for.
 *
 * Calling: by sim/books*.c alone; nothing is counted unless books.counts_roles.
 */
#ifndef SIM_BOOKS_ROLES_H
#define SIM_BOOKS_ROLES_H

#include "sim/books.h"

/* Adds one task that is not final (one: 1), or takes it away (UINT32_MAX). */
void books_role_count(struct books *books, const struct book_task *task, uint32_t one);
void books_role_event(struct books *books, const struct env_event *event);

#endif
