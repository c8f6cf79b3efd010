/*
 * platform/env/journal.h - the journal port: what happened, one transition an event.
 *
 * Behind it: platform/backends/loop/ (to the run's observers and standard error) and fakes/journal/
 *            (the trace and the run's observers).
 * Calling:   never waits and never fails. Texts are borrowed during the call only.
 * Secrets:   never enter an event.
 */
#ifndef PLATFORM_ENV_JOURNAL_H
#define PLATFORM_ENV_JOURNAL_H

#include "platform/base/common.h"

/*
 * Kinds and their names; what the fields mean beyond the common ones:
 *   MASTER      new: 1 leads, 0 loads; value: term
 *   NODE        old, new: enum node_state
 *   APP         the version and instances (value) now wanted; new: minimum health in ppm; task: how
 *               many tasks it has, + 1; text: "accepted", "reverted" (to an
 *               earlier version), "ended" (one run less), "loaded", "deleted"
 *   TASK        old, new: enum task_state, as the master sees it; text: cause
 *   LOADED      a task as a master that has loaded finds it, before it leads; what is not told of
 *               is no more; new: enum task_state; old: enum task_stop; value: 1 healthy, 0 not
 *   AGENT_TASK  old, new: enum task_state, as the agent's state machine sees it; text: cause
 *   HEALTH      new: 1 healthy, 0 not; value: failures in a row
 *   READY       new: 1 ready
 *   PENDING     a task cannot be placed; text says why; value: how many tasks of the app wait;
 *               pending: the same in numbers, NULL when no node was asked
 *   BACKOFF     value: delay in ns before the next launch
 *   DEPLOYMENT  old, new: enum deployment_state; text: first its strategy ("rolling", "scale"),
 *               then what it waits for
 *   DECISION    text: "launch", "withdraw", "drain", "kill"; value: enum stop_cause of a stop; or
 *               "preempt", of the task that gets room; value: how many are stopped for it
 *   ROUTES      value: generation; new: endpoints in it
 *   DRAIN       new: 1 begun, 2 done, 3 deadline passed
 *   ALLOCATION  what the master holds on a node: value cpu milli, task bytes of memory, new
 *               thousandths of GPUs
 *   ROLLOUT     old, new: enum deployment_phase; value: ppm of requests that go to the new version;
 *               task: step + 1; text: what it does and why
 *   ANALYSIS    new: 1 passed, 0 failed, 2 inconclusive, or an interval that a rank test only
 *               collects; old: 1 dry run; value: what was measured, in the metric's unit; task:
 *               number of the analysis + 1; text: the whole judgement
 *   REFRESH     a node group (app) goes to another machine image; old, new: enum refresh_state;
 *               value: how many machines are replaced; version: its number; text: why, or for what
 *               it waits
 *   NODE_DRAIN  new: 1 begun, 2 waits (text says for what), 3 empty, 4 its deadline has passed,
 *               5 cancelled; value: the deadline in ns since the epoch, 0: none
 *   RESERVATION what a resident app holds on a node; task: its number; new: 1 made, 2 loaded,
 *               3 released, 4 gone, its volume is removed; value: bytes of the volume; text: why
 *   REBALANCE   an app whose GROUP_BY is uneven; task, node: the instance that moves; new: 1
 *               another is wanted in its place, 2 nobody moves yet, 3 it stays; text: why
 *   ROLE        what a task of a version counts for its role, where roles share the cluster; text:
 *               the role; value: cpu milli; task: bytes of memory; deployment: bytes of disk; new:
 *               thousandths of GPUs
 *   WARNING     text
 */
#define ENV_EVENT_LIST(X)                                                                          \
    X(ENV_EVENT_MASTER, "master")                                                                  \
    X(ENV_EVENT_NODE, "node")                                                                      \
    X(ENV_EVENT_APP, "app")                                                                        \
    X(ENV_EVENT_TASK, "task")                                                                      \
    X(ENV_EVENT_LOADED, "loaded")                                                                  \
    X(ENV_EVENT_AGENT_TASK, "agent-task")                                                          \
    X(ENV_EVENT_HEALTH, "health")                                                                  \
    X(ENV_EVENT_READY, "ready")                                                                    \
    X(ENV_EVENT_PENDING, "pending")                                                                \
    X(ENV_EVENT_BACKOFF, "backoff")                                                                \
    X(ENV_EVENT_DEPLOYMENT, "deployment")                                                          \
    X(ENV_EVENT_DECISION, "decision")                                                              \
    X(ENV_EVENT_ROUTES, "routes")                                                                  \
    X(ENV_EVENT_DRAIN, "drain")                                                                    \
    X(ENV_EVENT_ALLOCATION, "allocation")                                                          \
    X(ENV_EVENT_ROLLOUT, "rollout")                                                                \
    X(ENV_EVENT_ANALYSIS, "analysis")                                                              \
    X(ENV_EVENT_REFRESH, "refresh")                                                                \
    X(ENV_EVENT_NODE_DRAIN, "node-drain")                                                          \
    X(ENV_EVENT_RESERVATION, "reservation")                                                        \
    X(ENV_EVENT_REBALANCE, "rebalance")                                                            \
    X(ENV_EVENT_ROLE, "role")                                                                      \
    X(ENV_EVENT_WARNING, "warning")

enum env_event_kind {
#define X(kind, name) kind,
    ENV_EVENT_LIST(X)
#undef X
};
#define ENV_EVENT_KIND_COUNT (ENV_EVENT_WARNING + 1)

/*
 * Why a node refuses a task. Names and order are those of Marathon's offer funnel: a node is
 * counted at the first that holds. What is scarce at last is room for one more task, however small:
 * an agent holds so many. Machines with GPUs take every task here.
 */
#define ENV_REFUSAL_LIST(X)                                                                        \
    X(ENV_REFUSAL_ROLE, "UnfulfilledRole")                                                         \
    X(ENV_REFUSAL_CONSTRAINT, "UnfulfilledConstraint")                                             \
    X(ENV_REFUSAL_RESERVATION, "NoCorrespondingReservationFound")                                  \
    X(ENV_REFUSAL_MAINTENANCE, "AgentMaintenance")                                                 \
    X(ENV_REFUSAL_CPUS, "InsufficientCpus")                                                        \
    X(ENV_REFUSAL_MEMORY, "InsufficientMemory")                                                    \
    X(ENV_REFUSAL_DISK, "InsufficientDisk")                                                        \
    X(ENV_REFUSAL_GPUS, "InsufficientGpus")                                                        \
    X(ENV_REFUSAL_PORTS, "InsufficientPorts")                                                      \
    X(ENV_REFUSAL_SCARCE, "DeclinedScarceResources")

enum env_refusal {
#define X(refusal, name) refusal,
    ENV_REFUSAL_LIST(X)
#undef X
};
#define ENV_REFUSAL_COUNT (ENV_REFUSAL_SCARCE + 1)

/* Why no node takes a task, in numbers. Texts are borrowed during the call only. */
struct env_pending {
    uint32_t    nodes; /* that were asked: the ready ones, those that are drained among them */
    uint32_t    refused[ENV_REFUSAL_COUNT];
    uint32_t    nearest;   /* node index + 1, 0: none */
    const char *hostname;  /* of the nearest, "" when there is none */
    const char *shortfall; /* what the nearest lacks: "0.5 cpus and 256 MiB short" */
};

struct env_event {
    enum env_event_kind kind;
    int32_t             old_state; /* -1: none */
    int32_t             new_state; /* -1: none */
    uint32_t            node;      /* node index + 1, 0: none */
    uint64_t            task;      /* 0: none */
    uint64_t            version;   /* app version id, 0: none */
    uint64_t            deployment;
    int64_t             value;
    const char         *app;  /* "/web", "" when none */
    const char         *text; /* cause or sentence, "" when none */
    const struct env_pending *pending; /* of PENDING; borrowed */
};

struct env_journal {
    const struct env_journal_ops *ops;
};

typedef void env_journal_write_fn(struct env_journal *journal, const struct env_event *event);

struct env_journal_ops {
    const char           *name;
    env_journal_write_fn *write;
};

static inline void
env_journal_write(struct env_journal *journal, const struct env_event *event)
{
    ASSERT(event->app != NULL && event->text != NULL);
    journal->ops->write(journal, event);
}

#endif
