/*
 * platform/model/strategy_journal.c - which lines of the journal an analysis counts: "task",
 * "task:failed", "health:unhealthy".
 */
#include "platform/model/strategy_fields.h"

#include <string.h>

#include "platform/env/journal.h"
#include "platform/model/task.h"

struct strategy_line {
    const char         *name;
    enum env_event_kind kind;
};

/* The lines that a master writes about an app. */
static const struct strategy_line lines[] = {
    { "task", ENV_EVENT_TASK },       { "health", ENV_EVENT_HEALTH },
    { "ready", ENV_EVENT_READY },     { "pending", ENV_EVENT_PENDING },
    { "backoff", ENV_EVENT_BACKOFF }, { "decision", ENV_EVENT_DECISION },
};

static bool
strategy_journal_state(enum env_event_kind kind, const char *word, int32_t *ret_state)
{
    if (kind == ENV_EVENT_HEALTH) {
        const bool healthy = strcmp(word, "healthy") == 0;
        *ret_state = healthy ? 1 : 0;
        return healthy || strcmp(word, "unhealthy") == 0;
    }
    for (int32_t state = 0; kind == ENV_EVENT_TASK && state < TASK_STATE_COUNT; state++) {
        if (strcmp(task_state_name((enum task_state)state), word) == 0) {
            *ret_state = state;
            return true;
        }
    }
    return false;
}

bool
strategy_journal_read(struct strategy_analysis *analysis)
{
    const char *colon = strchr(analysis->journal, ':');
    const size_t len =
        colon != NULL ? (size_t)(colon - analysis->journal) : strlen(analysis->journal);
    for (uint32_t i = 0; i < COUNT_OF(lines); i++) {
        if (strlen(lines[i].name) == len && strncmp(lines[i].name, analysis->journal, len) == 0) {
            analysis->journal_kind = lines[i].kind;
            analysis->journal_state = -1;
            return colon == NULL ||
                   strategy_journal_state(lines[i].kind, colon + 1, &analysis->journal_state);
        }
    }
    return false;
}
