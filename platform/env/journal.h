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

/* kind, name, what the fields mean beyond the common ones */
#define ENV_EVENT_LIST(X)                                                                          \
    X(ENV_EVENT_MASTER, "master")             /* new: 1 leading, 0 loading; value: term */         \
    X(ENV_EVENT_NODE, "node")                 /* old, new: enum node_state */                      \
    X(ENV_EVENT_APP, "app")                   /* version and instances (value) now wanted; new:    \
                                                 minimum health in ppm; task: how many it has, + 1 */ \
    X(ENV_EVENT_TASK, "task")                 /* old, new: enum task_state, as the master sees it */ \
    X(ENV_EVENT_AGENT_TASK, "agent-task")     /* the same, as the agent's state machine sees it */ \
    X(ENV_EVENT_HEALTH, "health")             /* new: 1 healthy, 0 not; value: failures in a row */ \
    X(ENV_EVENT_READY, "ready")               /* new: 1 ready */                                   \
    X(ENV_EVENT_PENDING, "pending")           /* a task cannot be placed; text says why */         \
    X(ENV_EVENT_BACKOFF, "backoff")           /* value: delay in ns before the next launch */      \
    X(ENV_EVENT_DEPLOYMENT, "deployment")     /* old, new: enum deployment_state; text: waits for */ \
    X(ENV_EVENT_DECISION, "decision")         /* text: "launch", "drain", "kill", "done"... */     \
    X(ENV_EVENT_ROUTES, "routes")             /* value: generation; new: endpoints in it */        \
    X(ENV_EVENT_DRAIN, "drain")               /* new: 1 begun, 2 done, 3 deadline passed */        \
    X(ENV_EVENT_ALLOCATION, "allocation")     /* node: what the master holds there changed */      \
    X(ENV_EVENT_WARNING, "warning")           /* text */

enum env_event_kind {
#define X(kind, name) kind,
    ENV_EVENT_LIST(X)
#undef X
};
#define ENV_EVENT_KIND_COUNT (ENV_EVENT_WARNING + 1)

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
