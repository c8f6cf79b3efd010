/* platform/cli/rundb_events.c - the events of run.db, by far its most rows. */
#include <stdio.h>

#include "platform/base/text.h"
#include "platform/cli/rundb_row.h"
#include "platform/env/net.h"
#include "platform/model/deployment.h"
#include "platform/model/node.h"
#include "platform/model/refresh.h"
#include "platform/model/task.h"

enum { RUNDB_PROCESS_BYTES = 32, RUNDB_NUMBER_BYTES = 16 };

static const char *const event_names[ENV_EVENT_KIND_COUNT] = {
#define X(kind, name) [kind] = name,
    ENV_EVENT_LIST(X)
#undef X
};

/* The name of a state in an event, or NULL where it has none. */
static void
rundb_state(struct rundb *rundb, int16_t kind, int16_t state)
{
    static const char *const digits[] = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" };
    char number[RUNDB_NUMBER_BYTES];
    if (state < 0) {
        rundb_text(rundb, NULL);
        return;
    }
    if ((kind == ENV_EVENT_TASK || kind == ENV_EVENT_AGENT_TASK) && state < TASK_STATE_COUNT) {
        rundb_text(rundb, task_state_name((enum task_state)state));
    } else if (kind == ENV_EVENT_NODE && state < NODE_STATE_COUNT) {
        rundb_text(rundb, node_state_name((enum node_state)state));
    } else if (kind == ENV_EVENT_DEPLOYMENT && state < DEPLOYMENT_STATE_COUNT) {
        rundb_text(rundb, deployment_state_name((enum deployment_state)state));
    } else if (kind == ENV_EVENT_REFRESH && state < REFRESH_STATE_COUNT) {
        rundb_text(rundb, refresh_state_name((enum refresh_state)state));
    } else if (kind == ENV_EVENT_ROLLOUT && state < DEPLOYMENT_PHASE_COUNT) {
        rundb_text(rundb, deployment_phase_name((enum deployment_phase)state));
    } else if (state < (int16_t)COUNT_OF(digits)) { /* as most are: healthy or not, ready or not */
        rundb_text(rundb, digits[state]);
    } else {
        (void)snprintf(number, sizeof number, "%d", state);
        rundb_text(rundb, intern_text(&rundb->texts, intern_id(&rundb->texts, number)));
    }
}

/* "agent-17"; most rows of a long table have one, so it is not left to snprintf. */
static void
rundb_process(struct rundb *rundb, env_address process)
{
    if (rundb->process_text != NULL && rundb->process == process) { /* mostly the master, again */
        rundb_text(rundb, rundb->process_text);
        return;
    }
    char text[RUNDB_PROCESS_BYTES];
    static const char *const kinds[ENV_PROCESS_KIND_COUNT] = { "none", "master", "agent", "edge",
                                                               "client" };
    const uint32_t kind = (uint32_t)env_address_kind(process);
    const char    *name = kind < ENV_PROCESS_KIND_COUNT ? kinds[kind] : "?";
    const size_t   len = strlen(name);
    ASSERT(len + 1 + TEXT_DECIMAL_BYTES < sizeof text);
    memcpy(text, name, len);
    text[len] = '-';
    *text_decimal(text + len + 1, env_address_index(process)) = '\0';
    rundb->process = process;
    rundb->process_text = intern_text(&rundb->texts, intern_id(&rundb->texts, text));
    rundb_text(rundb, rundb->process_text);
}

static void
rundb_event(struct rundb *rundb, const struct result_event *event, const struct rundb_words *words)
{
    rundb_int(rundb, event->at_ns);
    rundb_text(rundb, event_names[event->kind]);
    rundb_process(rundb, event->process);
    rundb_text(rundb, words->node);
    rundb_text(rundb, words->app);
    rundb_int(rundb, (int64_t)event->task);
    rundb_int(rundb, (int64_t)event->version);
    rundb_int(rundb, (int64_t)event->deployment);
    rundb_state(rundb, event->kind, event->old_state);
    rundb_state(rundb, event->kind, event->new_state);
    rundb_int(rundb, event->value);
    rundb_text(rundb, words->text);
    rundb_next(rundb);
}

void
rundb_events(struct rundb *rundb)
{
    rundb_begin_many(rundb, "INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                     rundb->events.count);
    for (uint32_t i = 0; i < rundb->events.count; i++) {
        rundb_event(rundb, vec_at(&rundb->events, i), vec_at(&rundb->words, i));
    }
    rundb_end(rundb);
}
