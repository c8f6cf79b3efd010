/* platform/cli/rundb_write.c - a run's results become run.db. */
#include "platform/cli/rundb_write.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platform/base/memory.h"
#include "platform/cli/rundb_row.h"
#include "platform/model/deployment.h"
#include "platform/model/task.h"
#include "reports/rundb.h"

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

static char *
rundb_copy(const char *path)
{
    const size_t bytes = strlen(path) + 1;
    return memcpy(memory_alloc(bytes), path, bytes);
}

struct rundb *
rundb_open(const char *path)
{
    struct rundb *rundb = memory_alloc_zero(1, sizeof *rundb);
    rundb->path = rundb_copy(path);
    intern_init(&rundb->texts);
    rundb_parts_init(rundb);
    (void)unlink(path);
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &rundb->db, flags, NULL) != SQLITE_OK) {
        rundb->failed = true;
    }
    /* it is made anew from nothing and renamed when whole: no journal of its own is needed */
    rundb_exec(rundb, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-512;"
                      " BEGIN;");
    rundb_exec(rundb, RUNDB_SCHEMA);
    rundb_exec(rundb, RUNDB_SCHEMA_PENDING);
    rundb_exec(rundb, RUNDB_SCHEMA_ROLES);
    return rundb;
}

static void
rundb_free(struct rundb *rundb)
{
    (void)sqlite3_close(rundb->db);
    rundb_parts_fini(rundb);
    intern_fini(&rundb->texts);
    memory_free(rundb->path);
    memory_free(rundb);
}

enum status
rundb_close(struct rundb *rundb, const struct results *results, struct error *err)
{
    rundb->results = results;
    rundb_parts(rundb);
    rundb_run(rundb);
    rundb_nodes_tasks(rundb);
    rundb_deployments_apps(rundb);
    rundb_pending(rundb);
    rundb_rollouts(rundb);
    rundb_samples(rundb);
    rundb_services(rundb);
    rundb_roles(rundb);
    rundb_servers(rundb);
    rundb_verdicts(rundb);
    rundb_exec(rundb, "COMMIT;");
    const enum status status =
        rundb->failed ? error_set(err, ST_IO, "cannot write %s: %s", rundb->path,
                                  rundb->db != NULL ? sqlite3_errmsg(rundb->db) : "no memory")
                      : ST_OK;
    if (rundb->failed) {
        (void)unlink(rundb->path); /* half of it is of no use, and holds the room */
    }
    rundb_free(rundb);
    return status;
}

void
rundb_drop(struct rundb *rundb)
{
    rundb_parts_stop(rundb);
    (void)unlink(rundb->path);
    rundb_free(rundb);
}

enum status
rundb_write(const struct results *results, const char *path, struct error *err)
{
    return rundb_close(rundb_open(path), results, err);
}
