/*
 * sim/results.h - everything a run leaves, in memory until platform/cli/rundb_*.c have put it
 *                 into run.db.
 *
 * Memory: texts are copied into the arena or interned in names. Units: at_ns counts from the start.
 */
#ifndef SIM_RESULTS_H
#define SIM_RESULTS_H

#include "fakes/service.h"
#include "platform/base/map.h"
#include "platform/base/sketch.h"
#include "platform/env/journal.h"
#include "platform/model/amounts.h"

enum {
    RESULTS_EVENTS_MAX = 1000000,
    RESULTS_EVENTS_PART = 4096, /* that a sink takes at once */
    RESULTS_PENDING_MAX = 100000,
};

enum outcome { OUTCOME_PASSED, OUTCOME_FAILED, OUTCOME_ERROR };

struct result_event { /* one line of a journal, or of the scenario itself (kind RESULT_*) */
    int64_t  at_ns;
    int64_t  value;
    uint64_t task;
    uint64_t version;
    uint64_t deployment;
    uint32_t process; /* env_address */
    uint32_t node;    /* index + 1, 0 none */
    uint32_t app;     /* interned, 0 none */
    uint32_t text;    /* interned, 0 none */
    int16_t  kind;    /* enum env_event_kind */
    int16_t  old_state;
    int16_t  new_state;
};

struct result_node {
    const char *name; /* NULL: no machine of the cluster has this index */
    const char *group;
    const char *type;
    const char *zone;
    const char *role;
    int32_t     cpu_milli;
    int64_t     mem_bytes;
    int64_t     up_at_ns;   /* first */
    int64_t     up_ns;      /* in all */
    int64_t     cost_microusd;
};

struct result_task {
    uint64_t id;
    uint64_t version;
    uint64_t deployment;
    uint32_t app;  /* interned */
    uint32_t node; /* index + 1 */
    int64_t  created_at_ns;
    int64_t  running_at_ns; /* -1: never */
    int64_t  healthy_at_ns; /* -1: never */
    int64_t  ended_at_ns;   /* -1: not yet */
    int16_t  state;         /* enum task_state */
    uint32_t cause;         /* interned */
};

struct result_deployment {
    uint64_t id;
    uint32_t app;      /* interned */
    uint32_t strategy; /* interned: "rolling" */
    uint64_t version_old;
    uint64_t version_new;
    int64_t  from_at_ns;
    int64_t  to_at_ns; /* -1: not ended */
    int16_t  state;    /* enum deployment_state */
    int16_t  phase;    /* enum deployment_phase */
    uint32_t step;     /* from 1; 0: it has none */
    uint32_t weight_ppm;
    uint64_t reverts;  /* the failed one that it is the way back of; 0: none */
    const char *plan;  /* its strategy, canonical; NULL: none was given, or it is not known */
    uint32_t waits_for; /* interned: what it said last */
};

struct result_rollout { /* one move of a deployment */
    int64_t  at_ns;
    uint64_t deployment;
    uint32_t app;        /* interned */
    uint32_t step;       /* from 1 */
    uint32_t weight_ppm; /* of the requests to the new version, from now on */
    uint32_t text;       /* interned: why */
    int16_t  phase;      /* enum deployment_phase */
};

struct result_analysis { /* one measurement of one analysis */
    int64_t  at_ns;
    uint64_t deployment;
    int64_t  value;   /* in the metric's unit */
    uint32_t app;     /* interned */
    uint32_t number;  /* of the analysis in its strategy, from 1 */
    uint32_t text;    /* interned: the whole judgement */
    int16_t  verdict; /* 1 passed, 0 failed, 2 inconclusive */
    bool     dry_run;
};

struct result_app { /* one app over the whole run */
    uint32_t    app;
    uint32_t    wanted;
    uint32_t    healthy;
    uint32_t    healthy_min; /* since it first had all it wanted */
    uint32_t    pending;
    uint64_t    placed;
    uint64_t    failed;
    const char *why_pending; /* NULL: nothing is */
};

/* Why an app waited, while one answer held. Of more than RESULTS_PENDING_MAX the last ones stay. */
struct result_pending {
    int64_t  at_ns;
    int64_t  until_at_ns; /* -1: to the end */
    int64_t  since_at_ns; /* since when it waited without a break */
    uint32_t app;         /* interned */
    uint32_t tasks;       /* that waited when it was said */
    uint32_t text;        /* interned: the whole sentence */
    uint32_t nodes;       /* that were asked; 0: none, the sentence says why */
    uint32_t refused[ENV_REFUSAL_COUNT];
    uint32_t nearest;     /* interned host name, 0: none */
    uint32_t shortfall;   /* interned */
};

struct result_app_sample { /* one app at the end of one interval; minima within it */
    int64_t  at_ns;
    uint32_t app;
    uint32_t wanted;
    uint32_t healthy;
    uint32_t healthy_min;
    uint32_t running;
    uint32_t pending;
};

struct result_service_sample { /* one line of traffic during one interval */
    int64_t  at_ns; /* its end */
    uint32_t service; /* interned: scenario_traffic.to */
    uint64_t requests; /* that ended in it */
    uint32_t retries;  /* of those requests */
    uint64_t outcomes[REQUEST_OUTCOME_COUNT];
    int64_t  mean_ns;
    int64_t  p50_ns;
    int64_t  p90_ns;
    int64_t  p99_ns;
    int64_t  max_ns;
};

struct result_cluster_sample {
    int64_t  at_ns;
    uint32_t nodes_up;
    uint32_t nodes_ready; /* as the master sees it */
    int64_t  cpu_milli;   /* capacity of nodes that are up */
    int64_t  cpu_milli_used;
    int64_t  mem_bytes;
    int64_t  mem_bytes_used;
    uint32_t gpu_milli;
    uint32_t gpu_milli_used;
};

/* A role that shares the cluster with others. */
struct result_role {
    uint32_t       name; /* interned */
    int64_t        weight_milli;
    struct amounts guarantee; /* 0: none */
    struct amounts limit;     /* AMOUNT_NO_LIMIT: none */
};

struct result_role_sample {
    int64_t        at_ns;
    uint32_t       role; /* index into results.roles */
    uint32_t       share_ppm; /* dominant: of what it has the largest part of ready machines */
    uint32_t       waiting;   /* tasks without a node */
    struct amounts has;
};

/* How one request of a client ended, all its tries together. */
struct request_end {
    uint32_t             line;  /* of traffic */
    uint32_t             number; /* of its class, from 1; 0: the line has none */
    uint32_t             tries; /* 1 and more */
    enum request_outcome outcome; /* of the last try */
    int64_t              made_at_ns;  /* the first try, since the epoch */
    int64_t              ended_at_ns; /* when the world was done with it: now */
    int64_t              latency_ns;  /* from the first try, as the client sees it */
};

/* What many requests of one line, which were counted and not made, came to: sim/flow.h. */
struct flow_batch {
    uint32_t      line;
    int64_t       from_at_ns; /* the first was made; since the epoch. All have ended now */
    uint64_t      requests;
    uint64_t      outcomes[REQUEST_OUTCOME_COUNT];
    uint64_t      stay_ns; /* all their times together, modulo 2^64 */
    bool          rough;   /* the proxy's service does more than was counted */
    struct sketch latency; /* of those answered well */
};

struct result_service { /* one line of traffic, or one class of it; measured part only */
    uint32_t      service;
    bool          is_class; /* its requests are counted in its line's row too */
    uint64_t      requests;
    uint64_t      retries; /* further tries of clients; attempts are requests + retries */
    uint64_t      outcomes[REQUEST_OUTCOME_COUNT];
    struct sketch latency; /* of requests answered OK */
};

/* Those that were to be answered well: a denied or limited one got what the rules say. */
static inline uint64_t
result_service_judged(const struct result_service *service)
{
    return service->requests - service->outcomes[REQUEST_DENIED] -
           service->outcomes[REQUEST_LIMITED];
}

/* One server of one service of the proxies, all of them together; measured part only. */
struct result_server {
    uint32_t service; /* interned: the proxy's name for it, "web_10000" */
    uint32_t app;     /* interned */
    uint64_t task;
    uint32_t node;     /* the task's, index + 1, 0: not known */
    uint64_t requests; /* attempts sent to it that have ended */
    uint64_t errors;   /* of them answered with an error */
    uint64_t failures; /* of them without an answer */
    uint64_t ejections;
    int64_t  latency_sum_ns; /* of those answered */
};

struct result_service_app { /* an app that serves a line of traffic; both interned */
    uint32_t service;
    uint32_t app;
};

struct result_fault { /* a fault, or any other step of the timeline */
    int64_t     at_ns;
    int64_t     until_at_ns; /* -1: not undone */
    const char *verb;
    const char *target; /* for people: "private-3", "/web" */
    bool        is_fault;
    bool        drawn; /* from the seed, not from the timeline */
};

struct result_expectation {
    const char  *id;
    const char  *about;
    const char  *kind; /* "always"... */
    enum outcome outcome;
    int64_t      at_ns; /* when it was decided, -1 none */
    const char  *detail;
};

struct result_invariant {
    const char  *id;
    const char  *about;
    enum outcome outcome;
    uint64_t     checks;
    int64_t      at_ns; /* of the first violation, -1 none */
    const char  *detail;
};

struct results;

/* Takes events, and the samples of apps so far, while the run goes on: they need not be held to
 * the end. It is asked when there are up to RESULTS_EVENTS_PART events. All zero: nobody does. */
struct results_sink {
    void (*take)(void *context, struct results *results); /* leaves both empty */
    void *context;
};

struct results {
    struct arena *arena; /* borrowed */
    struct intern names;
    int64_t       sample_ns; /* length of an interval */

    struct results_sink sink;
    struct vec events;         /* struct result_event: those that the sink has not taken */
    uint64_t   events_count;   /* with those that it has */
    uint64_t   events_dropped;
    struct vec nodes;            /* by index */
    struct vec tasks;            /* struct result_task */
    struct vec deployments;      /* struct result_deployment */
    struct vec rollouts;         /* struct result_rollout; at most RESULTS_EVENTS_MAX, as all */
    struct vec analyses;         /* struct result_analysis */
    struct vec apps;             /* struct result_app */
    struct vec pending;          /* struct result_pending, in order of at_ns */
    struct vec app_samples;      /* struct result_app_sample: those that the sink has not taken */
    struct vec service_samples;  /* struct result_service_sample */
    struct vec cluster_samples;  /* struct result_cluster_sample */
    struct vec roles;            /* struct result_role: as configured, then as apps bring them */
    struct vec role_samples;     /* struct result_role_sample */
    struct vec services;         /* struct result_service */
    struct vec servers;          /* struct result_server, in order of first telling */
    struct vec service_apps;     /* struct result_service_app */
    struct vec faults;           /* struct result_fault */
    struct vec expectations;     /* struct result_expectation */
    struct vec invariants;       /* struct result_invariant */

    /* the run as a whole */
    const char  *scenario;
    const char  *file;
    const char  *about;
    const char  *backend;
    const char  *scheduler; /* "best-fit, ties to the lowest id" */
    const char  *policy;    /* the word of the scenario */
    const char  *tie;
    int64_t      decision_app_ns;  /* that the scheduler takes: for a look at an app, */
    int64_t      decision_task_ns; /* and for each task that it places */
    uint64_t     seed;
    int64_t      start_at_ns;
    int64_t      simulated_ns;
    int64_t      wall_ns; /* filled by the command line */
    uint64_t     trace_hash;
    uint64_t     trace_events;
    enum outcome outcome;
    const char  *error;     /* OUTCOME_ERROR, or what the run was still waiting for, or NULL */
    const char  *reproduce; /* the command */
    uint64_t     tasks_submitted; /* counts at the end */
    uint64_t     tasks_by_state[16]; /* enum task_state */
    uint32_t     nodes_max;
};

void results_init(struct results *results, struct arena *arena, int64_t sample_ns);
void results_fini(struct results *results);

#endif
