/*
 * sim/invariants/no_orphans.c - once the world is quiet, containers and tasks are the same: nothing
 * runs that no task owns, and what the master thinks is running does.
 */
#include "sim/invariant.h"
#include "sim/invariants/container_book.h"

/* The first container that no live task owns, or NULL. */
static const struct container_row *
orphans_find(struct run *run)
{
    const struct container_book *book = run->containers;
    for (uint32_t i = 0; i < book->nodes.count; i++) {
        const struct container_node *node = vec_at(&book->nodes, i);
        for (const struct container_row *row = container_book_at(book, node->first);
             row != NULL; row = container_book_at(book, row->next)) {
            const struct book_task *task = books_task_find(&run->books, row->token);
            if (task == NULL || task_state_is_final(task->state)) {
                return row;
            }
        }
    }
    return NULL;
}

/* The first task that the master thinks is running and that has no container, or NULL. */
static const struct book_task *
orphans_find_ghost(struct run *run)
{
    for (uint32_t i = 0; i < run->books.apps.count; i++) {
        const struct book_app *app = vec_at(&run->books.apps, i);
        for (const struct book_task *task = books_task_at(&run->books, app->tasks_first);
             task != NULL; task = books_task_at(&run->books, task->next)) {
            if (task->state == TASK_RUNNING &&
                !container_book_runs(run->containers, task->id)) {
                return task;
            }
        }
    }
    return NULL;
}

static bool
orphans_quiet(struct run *run, void *state)
{
    (void)state;
    return orphans_find(run) == NULL && orphans_find_ghost(run) == NULL;
}

static void
orphans_end(struct run *run, void *state)
{
    const struct container_row *orphan = orphans_find(run);
    const struct book_task     *ghost = orphans_find_ghost(run);
    invariant_checked(run, state);
    if (orphan != NULL) {
        invariant_violated(run, state, "container %llu runs on machine %u and no task owns it",
                           (unsigned long long)orphan->token, orphan->node);
    } else if (ghost != NULL) {
        invariant_violated(run, state, "task %llu runs for the master and has no container",
                           (unsigned long long)ghost->id);
    }
}

const struct invariant invariant_no_orphans = {
    .id = "no-orphans",
    .about = "Once the world is quiet, every container has a live task and every running task its "
             "container.",
    .needs_facts = true,
    .quiet = orphans_quiet,
    .end = orphans_end,
};
