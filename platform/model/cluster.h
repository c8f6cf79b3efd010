/*
 * platform/model/cluster.h - what the master knows and wants, in memory, and the only ways to
 * change it.
 *
 * Controllers meet here. They read these records freely and change them through cluster_*
 * functions, which note what must be written to the store and whose turn it is next (the dirty
 * set).
 * Effects:  messages go through cluster_send: they leave when the transaction of the step that made
 *           them is acknowledged, in order. Nothing is visible outside before it is durable.
 * Memory:   everything belongs to the cluster; task pointers live until the task is forgotten.
 */
#ifndef PLATFORM_MODEL_CLUSTER_H
#define PLATFORM_MODEL_CLUSTER_H

#include "platform/base/idmap.h"
#include "platform/base/pool.h"
#include "platform/env/env.h"
#include "platform/model/app.h"
#include "platform/model/config.h"
#include "platform/model/cluster_cloud.h"
#include "platform/model/cluster_kept.h"
#include "platform/model/cluster_free.h"
#include "platform/model/deployment.h"
#include "platform/model/records.h"
#include "platform/model/strategy.h"

struct cluster;
struct cluster_app;
struct cluster_drain;       /* cluster_drain.h */
struct cluster_reservation; /* cluster_reservation.h */

/* Ended deployments and versions nobody uses that are kept of an app. Source: Marathon's
 * --zk_max_versions. */
enum { CLUSTER_HISTORY_MAX = 50 };

struct cluster_version {
    uint64_t               id;
    uint64_t               app;
    struct arena           arena; /* of spec, when no definitions are shared */
    const struct app_spec *spec;
    uint32_t               role_mask;   /* bit i: role number i is accepted (cluster.roles) */
    uint32_t               ports_fixed; /* host ports asked for by number */
    uint32_t               tasks_count; /* that are of it */
    uint32_t               booked_count; /* of these, on nodes */
    uint32_t               nominated_count; /* and pending ones that a node is promised to */
    uint32_t               share_role; /* number of its role in the scheduler's sorter, + 1 */
    struct cluster_version *app_next;   /* the app's next older one */
};

struct cluster_task {
    struct task_record      record;
    struct cluster_app     *app;     /* borrowed */
    struct cluster_version *version; /* borrowed */
    struct cluster_task    *app_next;            /* tasks of the app, oldest first */
    struct cluster_task    *node_next;           /* tasks booked on the node, or nominated */
    uint32_t                app_prev, node_prev; /* indexes, see cluster_list.h; 0: none */
    uint32_t                index;               /* in cluster.tasks */
    uint32_t                sequence;              /* of the newest status taken */
    uint8_t                 bits;                  /* enum cluster_task_bit, as counted */
    bool                    drain_begun;           /* drain.c watches it */
    bool                    sessions_ended;        /* its sessions had their time to end */
    bool                    is_new;                /* never stored yet */
    uint32_t                write; /* its place in cluster.writes, + 1; 0: not to be written */
};

struct cluster_deployment {
    struct deployment_record record;
    struct arena             arena;     /* of strategy */
    const struct strategy_spec *strategy; /* never NULL */
    /* intervals that its rank tests have; a new master's anew */
    uint16_t                 sampled[DEPLOYMENT_ANALYSES_MAX];
    char                    *waits_for; /* owned: the last sentence journaled; NULL: none */
    const char              *doomed;    /* why none of its tasks can ever start; NULL: not known */
    struct cluster_deployment *app_next; /* the app's next older one */
};

struct cluster_app {
    struct app_record       record;
    const char             *id; /* "/web" */
    struct cluster_version *version; /* wanted; NULL once removed, or when it cannot be read */
    struct cluster_version *versions_newest;
    struct cluster_deployment *deployments_newest; /* owned */
    uint32_t                index;   /* in cluster.apps, + 1 */
    struct cluster_task    *tasks_first, *tasks_last;
    uint32_t                tasks_count, pending_count;
    struct cluster_task    *mover;        /* cluster_move.h; or NULL */
    struct cluster_task    *pending_from; /* no pending task is older than this one */
    struct cluster_counts   counts;
    struct cluster_deployment *deployment; /* running one, or NULL */
    struct cluster_reservation *reservations; /* oldest first; released ones are not among them */
    struct cluster         *cluster;
    struct env_timer        backoff_timer;
    uint64_t                refused_generation; /* capacity generation at which nothing fitted */
    uint64_t                refused_version;    /* whose task that was */
    char                   *why_pending;        /* owned: the last sentence journaled; NULL: none */
    struct env_timer        explain_timer;      /* why is asked again then */
    int64_t                 explained_at_ns;
    uint64_t explained_version, explained_free; /* of which version and free_generation that was */
    int64_t                 explain_since_ns;   /* the first time of this wait */
    bool                    routed;             /* has, or had, a service in the routes */
    int64_t                 session_drain_ns;   /* how long a stopped instance keeps its sessions */
    bool                    removed;            /* deleted for good; memory stays valid */
    bool                    dirty;
    bool                    written;
    bool                    queued;             /* waits in the queue of roles and priorities */
    const char             *preempted_by; /* the app that one of its tasks made room for, while it
                                           * waits; NULL: none did */
};

struct cluster_node {
    uint32_t             index;
    struct node_spec     spec;
    enum node_state      state;
    uint64_t             incarnation;
    struct env_timer     timeout_timer;
    struct env_timer     resend_timer;
    struct cluster      *cluster;
    struct cluster_task *tasks_first;
    uint32_t             tasks_count;
    struct cluster_reservation *reservations; /* owned, released ones included; newest first */
    struct vec           ports_used; /* uint16_t, sorted */
    /* uint64_t: tasks that run there and are none of ours any more; it takes nothing until they
     * have ended */
    struct vec           strays;
    /* uint64_t: tasks whose launch or kill went out and may not have arrived: resend_timer sees */
    struct vec           unheard;
    uint16_t             port_cursor;
    int32_t              cpu_milli_used;
    int32_t              gpu_milli_used;                /* of all its GPUs */
    int16_t              gpu_used_milli[NODE_GPUS_MAX]; /* of each */
    int64_t              mem_bytes_used;
    int64_t              disk_bytes_used;
    struct cluster_task *nominated_first; /* pending tasks that others on it are stopped for: it
                                           * takes nothing else until they are there */
    bool                 counted; /* it is part of cluster.capacity */
    uint32_t             role; /* its role as a bit, see cluster_role_bit */
    bool                 draining; /* it takes nothing, and its tasks move away */
    bool                 changed;  /* it is named in cluster.nodes_changed */
    struct cluster_drain *drain; /* cluster_drain.h, owned: while draining; else NULL */
};

/* A part of the platform that compares wanted with observed and acts. All members may be NULL. */
struct controller {
    const char *name;
    size_t      state_bytes; /* zeroed at open */
    void (*open)(struct cluster *cluster, void *state);
    void (*app)(struct cluster *cluster, void *state, struct cluster_app *app); /* it is dirty */
    void (*finish)(struct cluster *cluster, void *state); /* after the dirty apps of a step */
    /* a message that the master itself does not know; true when it was for this controller */
    bool (*message)(struct cluster *cluster, void *state, env_address from,
                    const struct record_type *type, const void *record);
    void (*close)(struct cluster *cluster, void *state);
};

struct cluster {
    struct env                 *env;    /* borrowed */
    const struct master_config *config; /* borrowed */
    struct arena                arena;
    uint64_t                    term;
    bool                        leading;
    int64_t                     leading_at_ns;

    struct vec   apps;          /* struct cluster_app *; NULL where one was deleted */
    uint32_t     pending_count; /* tasks that wait for a node, of all apps */
    struct vec   apps_waiting;  /* uint64_t: a bit for each place in apps that has such tasks */
    struct map64 apps_by_id;    /* record id -> index + 1 */
    struct intern app_names;    /* path -> interned */
    struct map64 apps_by_name;  /* interned -> index + 1 */
    struct vec   versions;      /* struct cluster_version *, owned; NULL where one was forgotten */
    struct map64 versions_by_id;
    struct pool  tasks;         /* struct cluster_task */
    struct idmap tasks_by_id;   /* -> pool index */
    struct vec   nodes;         /* struct cluster_node *, by node index; NULL: never heard of */
    struct vec   pulses;        /* struct cluster_pulse, by node index */
    struct vec   free;          /* struct cluster_free, by node index */
    struct cluster_largest largest;
    struct amounts capacity; /* of the nodes that are ready */
    struct vec   nodes_changed; /* uint32_t: whose line of free the scheduler has not seen */
    struct vec   edges;         /* struct cluster_edge */
    struct vec   stops;         /* uint64_t: tasks whose stop has begun and nobody carries yet */
    struct vec   drains;        /* struct cluster_node *: those that are drained, by index */
    struct vec   refreshes;     /* struct cluster_refresh *, owned: one a node group */
    struct intern roles, node_texts;
    struct intern share_roles; /* those that apps have a share by */

    struct meta_record meta;      /* next_*: the next id of this term */
    uint64_t   meta_limit;        /* ids of this term end here */
    uint64_t   capacity_generation, free_generation; /* grow when room was made; made or taken */
    uint64_t   nodes_generation;    /* grows when a node comes, goes, is drained or not any more */

    struct vec dirty;  /* struct cluster_app * */
    struct vec writes; /* private to commit.c: struct cluster_write */
    char      *gateway;         /* owned: its canonical text; NULL: none. Holds secrets */
    uint64_t   gateway_request; /* of the client that set it */
    bool       shares; /* there are roles, priorities or preemption: the scheduler's queue decides
                        * whose task is next */
    bool       routes_dirty;
    bool       stepping;
    struct env_timer step_timer; /* armed while something is dirty */
    struct env_timer offer_timer; /* armed while new machines wait to be offered together */

    /* given by the master: how effects and steps are carried out */
    void (*send)(struct cluster *cluster, env_address to, const struct record_type *type,
                 const void *record);
    void (*wake)(struct cluster *cluster);
    void (*cloud)(struct cluster *cluster, const struct cluster_cloud_ask *ask,
                  cluster_cloud_fn *done, void *context);

    /* given by who counts lines of the journal, NULL: nobody does */
    void (*heard)(struct cluster *cluster, void *context, const struct env_event *event);
    void  *heard_context;
};

void cluster_init(struct cluster *cluster, struct env *env, const struct master_config *config);
void cluster_fini(struct cluster *cluster);

int64_t cluster_now(const struct cluster *cluster);

/* --- apps, versions, deployments --- */
struct cluster_app     *cluster_app_find(struct cluster *cluster, const char *path);
struct cluster_app     *cluster_app_get(struct cluster *cluster, uint64_t id); /* or NULL */
struct cluster_version *cluster_version_get(struct cluster *cluster, uint64_t id); /* or NULL */
struct cluster_app     *cluster_app_add(struct cluster *cluster, const char *path, uint64_t id);
/* An app that was added under a provisional path gets its own. */
void cluster_app_name(struct cluster_app *app, const char *path);
/* Journals what the app now wants. why: "accepted", "reverted", "loaded", "deleted". */
void cluster_app_announce(const struct cluster_app *app, const char *why);
/* The spec's canonical JSON becomes a new version of the app. */
struct cluster_version *cluster_version_add(struct cluster_app *app, uint64_t id, const char *json,
                                            size_t json_len);
struct cluster_deployment *cluster_deployment_add(struct cluster_app *app,
                                                  const struct deployment_record *record);
/*
 * The app's wanted version and size are set: a deployment to them begins, journaled under this
 * name. Of the record given everything counts but id, app, the new version and size, state and
 * start. strategy: NULL for Marathon's rolling restart.
 */
void cluster_deployment_begin(struct cluster_app *app, const struct deployment_record *record,
                              const char *name, const struct strategy_spec *strategy);
/* Gives it a strategy, by its canonical text, in place of Marathon's; false: unreadable. */
bool cluster_deployment_plan(struct cluster_deployment *deployment, const char *json,
                             size_t json_len);
/* The deployment of an id, also an ended one that is remembered; or NULL. */
struct cluster_deployment *cluster_deployment_get(const struct cluster_app *app, uint64_t id);
/* Forgets what is older than CLUSTER_HISTORY_MAX and unused; of a removed app, everything. */
void cluster_version_trim(struct cluster_app *app);
void cluster_deployment_trim(struct cluster_app *app);
void cluster_version_fini(struct cluster *cluster);
void cluster_deployment_fini(struct cluster_app *app);
void cluster_app_dirty(struct cluster_app *app);   /* it is looked at in this step or the next */
void cluster_app_changed(struct cluster_app *app); /* the record is written, and it is dirty */
void cluster_version_changed(struct cluster *cluster, struct cluster_version *version);
void cluster_deployment_changed(struct cluster *cluster, struct cluster_deployment *deployment);
/* From now on the app wants this version: what its tasks count as changes. */
void cluster_app_want(struct cluster_app *app, struct cluster_version *version);
void cluster_app_remove(struct cluster *cluster, struct cluster_app *app);
/*
 * Journals what the app's running deployment waits for, or its beginning (old DEPLOYMENT_RUNNING).
 */
void cluster_deployment_say(struct cluster_app *app, enum deployment_state state, const char *text);
/* Keeps the sentence in place of the one before, NULL for none. False when it is the same. */
bool cluster_sentence(char **sentence, const char *text);
/* Ends the app's running deployment; what is there stays as it is. */
void cluster_deployment_end(struct cluster_app *app, enum deployment_state state, const char *text);

/* --- tasks --- */
struct cluster_task *cluster_task_find(struct cluster *cluster, uint64_t id); /* or NULL */
/* A new pending task of the wanted version, journaled. NULL at the limit. */
struct cluster_task *cluster_task_add(struct cluster_app *app, struct cluster_version *version,
                                      uint64_t deployment, bool wants_ready);
/* Of an app that runs its tasks once: the number of the run, else 0. */
static inline uint64_t
cluster_task_run(const struct cluster_task *task)
{
    return task->version->spec->runs_once ? task->record.deployment : 0;
}

/* The deployment that launched it; the number of a run is none. */
static inline uint64_t
cluster_task_deployment(const struct cluster_task *task)
{
    return task->version->spec->runs_once ? 0 : task->record.deployment;
}

/* --- runs: cluster_runs.c; of apps that run their tasks once --- */
/* New runs, with the next numbers; how many there was room for. */
uint32_t cluster_runs_add(struct cluster_app *app, uint32_t count);
/* Tasks for so many runs that no active task does, else for new ones: instances stays. */
void cluster_runs_fill(struct cluster_app *app, struct cluster_version *version, uint32_t count);
/* Of several active tasks that do one run all but the oldest are stopped. False: there are none. */
bool cluster_runs_stop_twice(struct cluster_app *app);
/* A task has just got its final state: its run is over, or another task does it. */
void cluster_run_ended(struct cluster_task *task);
/* The app and all its tasks were read from the store. */
void cluster_runs_loaded(struct cluster_app *app);

struct cluster_task *cluster_task_load(struct cluster *cluster, const struct task_record *record);
/* The record is written at the end of the step; it is counted anew, and its app is dirty. */
void cluster_task_changed(struct cluster_task *task);
/* It is as it was, and of another version from now on. */
void cluster_task_rename(struct cluster_task *task, struct cluster_version *version);
/* Only counted anew: time has passed, or the wanted version is another one. */
void cluster_task_recount(struct cluster_task *task);
/* by is 1 or, to take it out of the counts, UINT32_MAX: the sums wrap. */
void cluster_counts_add(struct cluster_counts *counts, uint8_t bits, uint32_t by);
/* Journals the transition and notes the change. cause may be "". */
void cluster_task_state(struct cluster_task *task, enum task_state state, const char *cause);
/* Tasks on this node make room for it while it is pending; NULL: it is not bound to any more. */
void cluster_task_nominate(struct cluster_task *task, struct cluster_node *node);
/* The same of a stored one: nothing is to be written. */
void cluster_task_nominate_load(struct cluster_task *task, struct cluster_node *node);
/* Books it on a node / gives back what it had there. */
void cluster_task_book(struct cluster_task *task, struct cluster_node *node);
void cluster_task_unbook(struct cluster_task *task);
/* A stored task that belongs to nothing: what a transaction has left whose forerunner failed. */
void cluster_task_discard(struct cluster *cluster, uint64_t id);
/* A final task leaves the books and the store. */
void cluster_task_forget(struct cluster_task *task);

/* Running, not being stopped, and all its health checks pass (or it has none). */
bool cluster_task_is_healthy(const struct cluster_task *task);
/* Healthy, and ready when its deployment asks for that. */
bool cluster_task_is_serving(const struct cluster_task *task);
/*
 * Being stopped, and still serving the sessions that it has. Not a sick one: their next request may
 * be answered elsewhere. What has been is not stored: a master that begins to lead grants the whole
 * time again.
 */
bool cluster_task_is_leaving(const struct cluster_task *task);
/*
 * Wanted to run: not final, stopped, moving, nor on an unreachable node past inactive_after.
 */
bool cluster_task_is_active(const struct cluster_task *task);

/*
 * On a node that is drained, or its app's mover, and not being stopped: it serves as before, but
 * another one is wanted in its place, so it is not active. One that is bound to the node by a
 * volume moves only when the deadline has passed. What it makes room for is platform/nodes/'s to
 * decide.
 */
bool cluster_task_is_moving(const struct cluster_task *task);

/* --- the gateway: cluster_gateway.c --- */
/* From now on this canonical text is in force, "" for none. */
void cluster_gateway_set(struct cluster *cluster, const char *text, size_t len, uint64_t request);
/* The same from the store: nothing is to be written. */
void cluster_gateway_load(struct cluster *cluster, const struct gateway_record *record);

/* --- nodes --- */
struct cluster_node *cluster_node_get(struct cluster *cluster, uint32_t index); /* made when new */
struct cluster_node *cluster_node_find(struct cluster *cluster, uint32_t index); /* or NULL */
const char *cluster_node_text(struct cluster *cluster, const char *text); /* kept for its spec */
void cluster_node_state(struct cluster_node *node, enum node_state state, const char *cause);
void cluster_node_refresh(struct cluster_node *node); /* its line in cluster.free */
/* Its machine may be another one: what it is is no part of the capacity until it is refreshed. */
void cluster_node_uncount(struct cluster_node *node);
/* What that line is of a node that takes tasks, whether it does or not. */
struct cluster_free cluster_node_room(const struct cluster_node *node);
/* Of this host name, or NULL. */
struct cluster_node *cluster_node_named(struct cluster *cluster, const char *hostname);
void cluster_node_say_booked(struct cluster_node *node); /* journals what is held of it */
uint32_t cluster_role_bit(struct cluster *cluster, const char *role);

/* --- nodes that are drained: cluster_drain.c --- */
/* From now on it is; when it is already, only what is asked changes. */
void cluster_node_drain(struct cluster_node *node, const struct node_record *asked);
/* It takes tasks again, and what is left on it stays. */
void cluster_node_undrain(struct cluster_node *node, const char *why);
void cluster_node_drain_load(struct cluster *cluster, const struct node_record *record);
void cluster_node_drain_changed(struct cluster_node *node); /* its record is written */
/* Nothing of ours is on it any more; a volume that waits for its task is, until the deadline. */
bool cluster_node_is_empty(const struct cluster_node *node);
/* Journals how far the drain is. new_state: see ENV_EVENT_NODE_DRAIN. */
void cluster_node_drain_say(const struct cluster_node *node, int32_t new_state, const char *text);

/* The edge of a node, made when new. Pointers live until the next one is made. */
struct cluster_edge *cluster_edge_get(struct cluster *cluster, uint32_t node);
/* Whether it has reported lately: an edge that does not answer is not waited for. */
bool cluster_edge_is_there(const struct cluster *cluster, const struct cluster_edge *edge);
/*
 * From this instant on nobody waits for it. Twice the time when its machine was heard of since:
 * then its proxy runs most likely, and only the reports are lost.
 */
int64_t cluster_edge_missed_at(const struct cluster *cluster, const struct cluster_edge *edge);

/* --- effects --- */
/* The store is told of it at the end of the step. Others note their own by *_changed. */
void cluster_write(struct cluster *cluster, enum cluster_write_kind kind, uint64_t id,
                   const void *object);
/* What was noted of the object in this step is void. */
void cluster_unwrite(struct cluster *cluster, const void *object);
void cluster_send(struct cluster *cluster, env_address to, const struct record_type *type,
                  const void *record);
void cluster_journal(struct cluster *cluster, const struct env_event *event);
void cluster_decide(struct cluster_task *task, const char *decision, int64_t value);

/* Out of the balancer first: begins the stop of a task, by drain and kill. */
void cluster_task_stop(struct cluster_task *task, enum stop_cause cause);

#endif
