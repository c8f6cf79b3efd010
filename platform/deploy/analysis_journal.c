/*
 * platform/deploy/analysis_journal.c - restarts and lines of the journal, counted for the analyses
 * that ask for them.
 *
 * A line belongs to the new version when it names it; lines about the app alone ("pending") belong
 * to it too. What was counted is stored with the next step, which the cause of
 * the line makes: a task that has ended, an app that waits.
 */
#include "platform/deploy/analysis_watch.h"

#include <string.h>

/* Ended by itself: nobody had asked it to stop. */
static bool
analysis_journal_is_restart(const struct env_event *event, const struct cluster_task *task)
{
    return event->kind == ENV_EVENT_TASK && task != NULL && task->record.stop == STOP_NONE &&
           (event->new_state == TASK_FAILED || event->new_state == TASK_FINISHED);
}

static bool
analysis_journal_counts(const struct strategy_analysis *analysis, const struct env_event *event,
                        const struct cluster_task *task)
{
    if (analysis->metric == METRIC_RESTARTS) {
        return analysis_journal_is_restart(event, task);
    }
    return analysis->metric == METRIC_JOURNAL && (uint32_t)event->kind == analysis->journal_kind &&
           (analysis->journal_state < 0 || event->new_state == analysis->journal_state);
}

static void
analysis_journal_watch(struct analysis_watch *watch, const struct env_event *event)
{
    struct cluster_deployment *deployment = watch->app->deployment;
    if (deployment == NULL || deployment->record.id != watch->deployment ||
        (event->version != 0 && event->version != deployment->record.version_new)) {
        return;
    }
    const struct cluster_task *task =
        event->kind == ENV_EVENT_TASK ? cluster_task_find(watch->app->cluster, event->task) : NULL;
    for (uint32_t i = 0; i < watch->probes_count; i++) {
        if (analysis_journal_counts(&deployment->strategy->analyses[i], event, task) &&
            deployment->record.counted[i] < UINT32_MAX) {
            deployment->record.counted[i]++;
            watch->counted = true;
        }
    }
}

void
analysis_journal_heard(struct cluster *cluster, void *context, const struct env_event *event)
{
    const struct analysis_state *state = context;
    (void)cluster;
    for (uint32_t i = 0; i < state->watches.count && event->app[0] != '\0'; i++) {
        struct analysis_watch *watch = analysis_watch_at(state, i);
        if (watch != NULL && watch->counts && strcmp(watch->app->id, event->app) == 0) {
            analysis_journal_watch(watch, event);
        }
    }
}
