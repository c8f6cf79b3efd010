/* platform/deploy/victims.c - which instance to stop first. */
#include "platform/deploy/victims.h"

#include "platform/deploy/even.h"

enum { VICTIMS_RANKS = 16 }; /* more than there are below */

/* Lower goes first. */
static uint32_t
victims_rank(const struct cluster_task *task)
{
    switch ((enum task_state)task->record.state) {
    case TASK_PENDING:
        return 0;
    case TASK_UNREACHABLE:
        return 1;
    case TASK_STAGING:
        return 2;
    case TASK_STARTING:
        return 3;
    case TASK_RUNNING:
        if (!cluster_task_is_healthy(task)) {
            return 4;
        }
        return cluster_task_is_serving(task) ? 6 : 5;
    case TASK_KILLING:
    case TASK_FINISHED:
    case TASK_FAILED:
    case TASK_KILLED:
    case TASK_LOST:
    case TASK_GONE:
        break;
    }
    return 7;
}

struct cluster_task *
victims_next(const struct cluster_app *app, enum victims of)
{
    const bool oldest_first = app->version->spec->kill_oldest_first;
    struct cluster_task *best = NULL;
    struct even even = { 0 };
    uint32_t best_rank = UINT32_MAX;
    if (of != VICTIMS_OLD) {
        even_begin(&even, app);
    }
    for (struct cluster_task *task = app->tasks_first; task != NULL; task = task->app_next) {
        const bool is_new = task->version == app->version;
        if (!cluster_task_is_active(task) || (of & (is_new ? VICTIMS_NEW : VICTIMS_OLD)) == 0) {
            continue;
        }
        uint32_t rank = victims_rank(task) * 2;
        if (is_new) {
            rank += 1; /* what is left of an older version goes before the wanted one */
        }
        if (task->record.node > 0) { /* else nothing of it is anywhere: it goes before all */
            rank += VICTIMS_RANKS * even_rank(&even, task);
        }
        /* the list is oldest first: a later equal one is younger */
        if (rank < best_rank || (rank == best_rank && !oldest_first)) {
            best = task;
            best_rank = rank;
        }
    }
    even_fini(&even);
    return best;
}
