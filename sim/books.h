/*
 * sim/books.h - what the journals have told so far: apps, tasks, nodes and deployments as an
 * observer knows them. Selectors, expectations and the recorder read it; nothing of the platform is
 * asked.
 *
 * A master writes its journal when it decides, a moment before the decision is durable: what it
 * said last may never have been when it dies there. So the line of each app when a master has
 * loaded ("loaded") carries in `task` the number of the app's live tasks plus one, and in
 * `deployment` the one that runs; what the books know beyond that is struck out, newest first.
 */
#ifndef SIM_BOOKS_H
#define SIM_BOOKS_H

#include "platform/base/idmap.h"
#include "platform/base/pool.h"
#include "platform/env/journal.h"
#include "platform/env/net.h"
#include "platform/model/deployment.h"
#include "platform/model/node.h"
#include "platform/model/amounts.h"
#include "platform/model/refresh.h"
#include "platform/model/task.h"

/* What it has gone through is the recorder's to keep, for the tasks that get a row. */
struct book_task {
    uint64_t        id;
    uint64_t        version;
    uint64_t        deployment;
    int64_t         pending_at_ns; /* since when it waits for a node, or last did */
    uint32_t        app;  /* index into books.apps */
    uint32_t        node; /* index + 1, 0: none */
    uint32_t        load; /* the newest load of a master that found it */
    uint32_t        row;  /* of the recorder: its row + 1, 0: none is kept */
    uint32_t        index; /* in books.tasks */
    uint32_t        next;  /* live tasks of the app in order of creation: index, 0 none */
    uint32_t        prev;
    uint8_t         state;    /* enum task_state */
    bool            healthy;  /* running and healthy as the platform judges it */
    bool            ready;
    bool            draining; /* on its way out: present, not counted as healthy */
};
_Static_assert(sizeof(struct book_task) <= 64, "as many as there are tasks, and each is looked at "
                                               "a dozen times: a line of the cache");

struct book_app {
    const char *id;
    bool        wanted_known; /* the master has announced it */
    uint32_t    wanted;
    uint32_t    minimum_health_ppm;
    uint64_t    version;
    uint32_t    running;
    uint32_t    healthy;
    uint32_t    pending;
    uint32_t    live; /* not final, pending included */
    uint32_t    deployments_running;
    uint32_t    load; /* the newest load of a master that found it */
    uint64_t    placed; /* in all */
    uint64_t    failed; /* in all: failed, lost, gone */
    const char *why_pending; /* the last sentence; NULL: nothing waits */
    int64_t     why_pending_at_ns; /* since when there is a reason */
    uint32_t    tasks_first; /* live tasks in order of creation: index into books.tasks, 0 none */
    uint32_t    tasks_last;
    uint64_t    version_old; /* wanted before the present one */
};

struct book_deployment {
    uint64_t              id;
    uint32_t              app;
    uint64_t              version;
    uint64_t              version_old;
    uint64_t              reverts; /* the failed one that it is the way back of; 0: none */
    enum deployment_state state;
    int64_t               from_at_ns;
    int64_t               to_at_ns; /* 0: running */
    const char           *strategy; /* as its first line named it: "rolling", "scale" */
    const char           *waits_for;
    enum deployment_phase phase;
    uint32_t              step; /* from 1; 0: it has told of none */
    uint32_t              weight_ppm; /* of the requests to the new version */
    uint32_t              judged; /* measurements of its analyses so far, */
    uint32_t              bad;    /* those that failed, */
    uint32_t              unsure; /* and those that told nothing */
};

struct book_refresh { /* of a node group */
    uint64_t           id;
    const char        *group;
    enum refresh_state state;
    uint32_t           replaced;
    int64_t            from_at_ns;
    int64_t            to_at_ns; /* 0: it is not over */
    const char        *why;  /* of the last change of its state that said why */
    const char        *says; /* the last sentence; NULL: none */
};

struct book_node {
    bool            known;
    enum node_state state;
    int64_t         cpu_milli_used;
    int64_t         mem_bytes_used;
    int64_t         gpu_milli_used;
};

/* What tasks of an app's version count for their role. */
struct book_version {
    uint64_t       id;
    uint32_t       role;    /* interned; 0: it was not told yet */
    struct amounts amounts; /* of one task */
    uint32_t       booked;  /* tasks that have a node */
    uint32_t       waiting; /* and that wait for one */
};

struct book_ended {
    uint64_t id;
    int64_t  at_ns;
};

struct books {
    struct arena *arena; /* borrowed */
    struct intern names;
    struct vec    apps;        /* struct book_app */
    struct map64  apps_by_name; /* interned name -> index + 1 */
    struct pool   tasks;       /* struct book_task */
    struct idmap  tasks_by_id; /* -> pool index */
    struct vec    ended;       /* struct book_ended: final tasks not yet forgotten, oldest first */
    uint32_t      ended_first;
    struct vec    deployments; /* struct book_deployment */
    struct map64  deployments_by_id; /* -> index + 1 */
    struct vec    refreshes; /* struct book_refresh, in order of their beginning */
    uint64_t      tasks_submitted;
    uint64_t      tasks_by_state[TASK_STATE_COUNT]; /* now; final ones add up */
    uint64_t      task_newest; /* the highest id seen: ids grow and are never used again */
    struct vec    nodes; /* struct book_node by node index, as the master sees them */
    uint32_t      nodes_ready;
    int64_t       cpu_milli_used; /* booked by the master, all nodes together */
    int64_t       mem_bytes_used;
    int64_t       gpu_milli_used;
    bool          counts_roles;   /* set by the owner before the first event */
    struct vec    versions;       /* struct book_version; when roles are counted */
    struct map64  versions_by_id; /* -> index + 1 */
    uint64_t      term;
    bool          leading; /* a master has loaded and leads */
    uint32_t      loads; /* of masters so far */
};

void books_init(struct books *books, struct arena *arena);
void books_fini(struct books *books);
void books_event(struct books *books, int64_t at_ns, env_address process,
                 const struct env_event *event);

/* --- books_refresh.c --- */
void books_refresh_event(struct books *books, int64_t at_ns, const struct env_event *event);
struct book_refresh *books_refresh_last(const struct books *books, const char *group); /* or NULL */
/* One that is not over, or NULL. */
const struct book_refresh *books_refresh_running(const struct books *books);

struct book_app  *books_app_find(struct books *books, const char *id); /* or NULL */
/* Live, or ended not long ago: a minute after its end a task is forgotten. */
struct book_task *books_task_find(struct books *books, uint64_t id); /* or NULL */

static inline struct book_task *
books_task_at(const struct books *books, uint32_t index)
{
    return index == 0 ? NULL : pool_at(&books->tasks, index);
}


#endif
