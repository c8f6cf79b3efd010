/* platform/cli/rundb_write.c - a run's results become run.db. */
#include "platform/cli/rundb_write.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platform/cli/rundb_row.h"
#include "platform/env/net.h"
#include "platform/model/deployment.h"
#include "platform/model/node.h"
#include "platform/model/refresh.h"
#include "platform/model/task.h"
#include "reports/rundb.h"

enum { RUNDB_PROCESS_BYTES = 32, RUNDB_NUMBER_BYTES = 16 };

static const char *
rundb_outcome(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_PASSED:
        return "passed";
    case OUTCOME_FAILED:
        return "failed";
    case OUTCOME_ERROR:
        return "error";
    }
    return "error";
}

static void
rundb_run(struct rundb *rundb)
{
    const struct results *results = rundb->results;
    char hash[20];
    int64_t cost_microusd = 0;
    for (uint32_t i = 0; i < results->nodes.count; i++) {
        cost_microusd += ((const struct result_node *)vec_at(&results->nodes, i))->cost_microusd;
    }
    (void)snprintf(hash, sizeof hash, "%016llx", (unsigned long long)results->trace_hash);
    rundb_begin(rundb, "INSERT INTO run VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    rundb_int(rundb, RUNDB_VERSION);
    rundb_text(rundb, results->scenario);
    rundb_text(rundb, results->file);
    rundb_text(rundb, results->about);
    rundb_int(rundb, (int64_t)results->seed);
    rundb_text(rundb, results->backend);
    rundb_text(rundb, results->scheduler);
    rundb_text(rundb, rundb_outcome(results->outcome));
    rundb_text(rundb, results->error);
    rundb_text(rundb, results->reproduce);
    rundb_text(rundb, hash);
    rundb_int(rundb, (int64_t)results->trace_events);
    rundb_int(rundb, results->start_at_ns);
    rundb_int(rundb, results->simulated_ns);
    rundb_int(rundb, results->wall_ns);
    rundb_int(rundb, results->sample_ns);
    rundb_int(rundb, (int64_t)results->events_dropped);
    rundb_int(rundb, results->nodes_max);
    rundb_int(rundb, (int64_t)results->tasks_submitted);
    rundb_int(rundb, cost_microusd);
    rundb_text(rundb, results->policy);
    rundb_text(rundb, results->tie);
    rundb_int(rundb, results->decision_app_ns);
    rundb_int(rundb, results->decision_task_ns);
    rundb_next(rundb);
    rundb_end(rundb);
}

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
    uint32_t       index = env_address_index(process);
    char          *at = text + RUNDB_PROCESS_BYTES;
    *--at = '\0';
    do {
        *--at = (char)('0' + index % 10);
        index /= 10;
    } while (index > 0);
    *--at = '-';
    const char  *name = kind < ENV_PROCESS_KIND_COUNT ? kinds[kind] : "?";
    const size_t len = strlen(name);
    ASSERT((size_t)(at - text) >= len);
    memcpy(at - len, name, len);
    rundb->process = process;
    rundb->process_text = intern_text(&rundb->texts, intern_id(&rundb->texts, at - len));
    rundb_text(rundb, rundb->process_text);
}

static void
rundb_events(struct rundb *rundb)
{
    rundb_begin_many(rundb, "INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                     rundb->results->events.count);
    for (uint32_t i = 0; i < rundb->results->events.count; i++) {
        const struct result_event *event = vec_at(&rundb->results->events, i);
        rundb_int(rundb, event->at_ns);
        rundb_text(rundb, event_names[event->kind]);
        rundb_process(rundb, event->process);
        rundb_node(rundb, event->node);
        rundb_name(rundb, event->app);
        rundb_int(rundb, (int64_t)event->task);
        rundb_int(rundb, (int64_t)event->version);
        rundb_int(rundb, (int64_t)event->deployment);
        rundb_state(rundb, event->kind, event->old_state);
        rundb_state(rundb, event->kind, event->new_state);
        rundb_int(rundb, event->value);
        rundb_name(rundb, event->text);
        rundb_next(rundb);
    }
    rundb_end(rundb);
}

static void
rundb_nodes_tasks(struct rundb *rundb)
{
    const struct results *results = rundb->results;
    rundb_begin(rundb, "INSERT INTO nodes VALUES (?,?,?,?,?,?,?,?,?,?)");
    for (uint32_t i = 0; i < results->nodes.count; i++) {
        const struct result_node *node = vec_at(&results->nodes, i);
        if (node->name == NULL) {
            continue; /* an index that is no instance: the master's machine */
        }
        rundb_text(rundb, node->name);
        rundb_text(rundb, node->group);
        rundb_text(rundb, node->type);
        rundb_text(rundb, node->zone);
        rundb_text(rundb, node->role);
        rundb_int(rundb, node->cpu_milli);
        rundb_int(rundb, node->mem_bytes);
        rundb_at(rundb, node->up_at_ns);
        rundb_int(rundb, node->up_ns);
        rundb_int(rundb, node->cost_microusd);
        rundb_next(rundb);
    }
    rundb_end(rundb);
    rundb_begin_many(rundb, "INSERT INTO tasks VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                     results->tasks.count);
    for (uint32_t i = 0; i < results->tasks.count; i++) {
        const struct result_task *task = vec_at(&results->tasks, i);
        rundb_int(rundb, (int64_t)task->id);
        rundb_name(rundb, task->app);
        rundb_int(rundb, (int64_t)task->version);
        rundb_int(rundb, (int64_t)task->deployment);
        rundb_node(rundb, task->node);
        rundb_text(rundb, task_state_name((enum task_state)task->state));
        rundb_name(rundb, task->cause);
        rundb_at(rundb, task->created_at_ns);
        rundb_at(rundb, task->running_at_ns);
        rundb_at(rundb, task->healthy_at_ns);
        rundb_at(rundb, task->ended_at_ns);
        rundb_next(rundb);
    }
    rundb_end(rundb);
}

static void
rundb_deployments_apps(struct rundb *rundb)
{
    const struct results *results = rundb->results;
    rundb_begin(rundb, "INSERT INTO deployments VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    for (uint32_t i = 0; i < results->deployments.count; i++) {
        const struct result_deployment *deployment = vec_at(&results->deployments, i);
        rundb_int(rundb, (int64_t)deployment->id);
        rundb_name(rundb, deployment->app);
        rundb_name(rundb, deployment->strategy);
        rundb_int(rundb, (int64_t)deployment->version_old);
        rundb_int(rundb, (int64_t)deployment->version_new);
        rundb_at(rundb, deployment->from_at_ns);
        rundb_at(rundb, deployment->to_at_ns);
        rundb_text(rundb, deployment_state_name((enum deployment_state)deployment->state));
        rundb_name(rundb, deployment->waits_for);
        rundb_text(rundb, deployment_phase_name((enum deployment_phase)deployment->phase));
        rundb_int(rundb, deployment->step);
        rundb_int(rundb, deployment->weight_ppm);
        rundb_text(rundb, deployment->plan);
        rundb_int(rundb, (int64_t)deployment->reverts);
        rundb_next(rundb);
    }
    rundb_end(rundb);
    rundb_begin(rundb, "INSERT INTO apps VALUES (?,?,?,?,?,?,?,?)");
    for (uint32_t i = 0; i < results->apps.count; i++) {
        const struct result_app *app = vec_at(&results->apps, i);
        rundb_name(rundb, app->app);
        rundb_int(rundb, app->wanted);
        rundb_int(rundb, app->healthy);
        rundb_int(rundb, app->healthy_min);
        rundb_int(rundb, (int64_t)app->placed);
        rundb_int(rundb, (int64_t)app->failed);
        rundb_int(rundb, app->pending);
        rundb_text(rundb, app->why_pending);
        rundb_next(rundb);
    }
    rundb_end(rundb);
}

static void
rundb_pending(struct rundb *rundb)
{
    const struct results *results = rundb->results;
#define X(name) +1
    _Static_assert(ENV_REFUSAL_COUNT == 0 RUNDB_REFUSALS(X), "one column a reason, in their order");
#undef X
    rundb_begin(rundb, "INSERT INTO pending VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    for (uint32_t i = 0; i < results->pending.count; i++) {
        const struct result_pending *pending = vec_at(&results->pending, i);
        rundb_name(rundb, pending->app);
        rundb_int(rundb, pending->at_ns);
        rundb_at(rundb, pending->until_at_ns);
        rundb_int(rundb, pending->since_at_ns);
        rundb_int(rundb, pending->tasks);
        rundb_name(rundb, pending->text);
        rundb_int(rundb, pending->nodes);
        rundb_name(rundb, pending->nearest);
        rundb_name(rundb, pending->shortfall);
        for (uint32_t reason = 0; reason < ENV_REFUSAL_COUNT; reason++) {
            rundb_int(rundb, pending->refused[reason]);
        }
        rundb_next(rundb);
    }
    rundb_end(rundb);
}

static void
rundb_verdicts(struct rundb *rundb)
{
    const struct results *results = rundb->results;
    rundb_begin(rundb, "INSERT INTO faults VALUES (?,?,?,?,?,?)");
    for (uint32_t i = 0; i < results->faults.count; i++) {
        const struct result_fault *fault = vec_at(&results->faults, i);
        rundb_int(rundb, fault->at_ns);
        rundb_at(rundb, fault->until_at_ns);
        rundb_text(rundb, fault->verb);
        rundb_text(rundb, fault->target);
        rundb_int(rundb, fault->is_fault);
        rundb_int(rundb, fault->drawn);
        rundb_next(rundb);
    }
    rundb_end(rundb);
    rundb_begin(rundb, "INSERT INTO expectations VALUES (?,?,?,?,?,?)");
    for (uint32_t i = 0; i < results->expectations.count; i++) {
        const struct result_expectation *expectation = vec_at(&results->expectations, i);
        rundb_text(rundb, expectation->id);
        rundb_text(rundb, expectation->about);
        rundb_text(rundb, expectation->kind);
        rundb_text(rundb, rundb_outcome(expectation->outcome));
        rundb_at(rundb, expectation->at_ns);
        rundb_text(rundb, expectation->detail);
        rundb_next(rundb);
    }
    rundb_end(rundb);
    rundb_begin(rundb, "INSERT INTO invariants VALUES (?,?,?,?,?,?)");
    for (uint32_t i = 0; i < results->invariants.count; i++) {
        const struct result_invariant *invariant = vec_at(&results->invariants, i);
        rundb_text(rundb, invariant->id);
        rundb_text(rundb, invariant->about);
        rundb_text(rundb, rundb_outcome(invariant->outcome));
        rundb_int(rundb, (int64_t)invariant->checks);
        rundb_at(rundb, invariant->at_ns);
        rundb_text(rundb, invariant->detail);
        rundb_next(rundb);
    }
    rundb_end(rundb);
    rundb_begin(rundb, "INSERT INTO task_counts VALUES (?,?)");
    for (uint32_t i = 0; i < TASK_STATE_COUNT; i++) {
        rundb_text(rundb, task_state_name((enum task_state)i));
        rundb_int(rundb, (int64_t)results->tasks_by_state[i]);
        rundb_next(rundb);
    }
    rundb_end(rundb);
}

enum status
rundb_write(const struct results *results, const char *path, struct error *err)
{
    struct rundb rundb = { .results = results };
    intern_init(&rundb.texts);
    (void)unlink(path);
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &rundb.db, flags, NULL) != SQLITE_OK) {
        rundb.failed = true;
    }
    /* it is made anew from nothing and renamed when whole: no journal of its own is needed */
    rundb_exec(&rundb, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN;");
    rundb_exec(&rundb, RUNDB_SCHEMA);
    rundb_exec(&rundb, RUNDB_SCHEMA_PENDING);
    rundb_exec(&rundb, RUNDB_SCHEMA_ROLES);
    rundb_run(&rundb);
    rundb_events(&rundb);
    rundb_nodes_tasks(&rundb);
    rundb_deployments_apps(&rundb);
    rundb_pending(&rundb);
    rundb_rollouts(&rundb);
    rundb_samples(&rundb);
    rundb_services(&rundb);
    rundb_roles(&rundb);
    rundb_servers(&rundb);
    rundb_verdicts(&rundb);
    rundb_exec(&rundb, "COMMIT;");
    const enum status status =
        rundb.failed ? error_set(err, ST_IO, "cannot write %s: %s", path,
                                 rundb.db != NULL ? sqlite3_errmsg(rundb.db) : "no memory")
                     : ST_OK;
    (void)sqlite3_close(rundb.db);
    intern_fini(&rundb.texts);
    return status;
}
