/* platform/model/cluster_move.c - the instance that is to move because GROUP_BY is uneven. */
#include "platform/model/cluster_move.h"

void
cluster_task_move(struct cluster_task *task, uint32_t constraint)
{
    ASSERT(task->app->mover == NULL && task->app->deployment == NULL);
    ASSERT(task->record.stop == STOP_NONE && task->record.reservation == 0);
    ASSERT(constraint < task->version->spec->constraints_count && constraint < UINT8_MAX);
    task->record.moves = (uint8_t)(constraint + 1);
    task->app->mover = task;
    cluster_task_changed(task);
}

void
cluster_task_stay(struct cluster_task *task)
{
    ASSERT(task->app->mover == task);
    task->record.moves = 0;
    task->app->mover = NULL;
    cluster_task_changed(task);
}

void
cluster_task_move_load(struct cluster_task *task)
{
    if (task->record.moves > 0 && task->record.stop == STOP_NONE) {
        task->app->mover = task;
    }
}

void
cluster_task_move_end(struct cluster_task *task)
{
    if (task->app->mover == task) {
        task->app->mover = NULL;
    }
}

void
cluster_rebalance_say(struct cluster_app *app, const struct cluster_task *task, int32_t new_state,
                      const char *text)
{
    cluster_journal(app->cluster, &(struct env_event){
                                      .kind = ENV_EVENT_REBALANCE,
                                      .old_state = -1,
                                      .new_state = new_state,
                                      .node = task != NULL ? task->record.node : 0,
                                      .task = task != NULL ? task->record.id : 0,
                                      .version = app->version != NULL ? app->version->id : 0,
                                      .app = app->id,
                                      .text = text,
                                  });
}
