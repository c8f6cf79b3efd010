/*
 * platform/model/config.h - what each kind of process is told at its start. All-zero is not valid:
 * begin with the *_defaults.
 */
#ifndef PLATFORM_MODEL_CONFIG_H
#define PLATFORM_MODEL_CONFIG_H

#include "platform/env/gateway.h"
#include "platform/env/net.h"
#include "platform/model/amounts.h"
#include "platform/model/node.h"

#define SCHEDULER_POLICY_LIST(X)                                                                   \
    X(SCHEDULER_BEST_FIT, "best-fit")       /* the fullest node that fits */                       \
    X(SCHEDULER_WORST_FIT, "worst-fit")     /* the emptiest */                                     \
    X(SCHEDULER_FIRST_FIT, "first-fit")     /* the one with the lowest index */                    \
    X(SCHEDULER_RANDOM, "random")           /* any that fits, all equally likely */                \
    X(SCHEDULER_DOT_PRODUCT, "dot-product") /* whose room points least where the task asks */      \
    X(SCHEDULER_FGD, "fgd")                 /* where least of the free GPUs gets useless */        \
    X(SCHEDULER_HYBRID, "hybrid")           /* a full node, and nothing stranded on it */

enum scheduler_policy {
#define X(policy, word) policy,
    SCHEDULER_POLICY_LIST(X)
#undef X
};
#define SCHEDULER_POLICY_COUNT (SCHEDULER_HYBRID + 1)

/* Among nodes with the best score: the lowest index, or one that is drawn. */
#define SCHEDULER_TIE_LIST(X) X(TIE_LOWEST_ID, "lowest-id") X(TIE_RANDOM, "random")

enum scheduler_tie {
#define X(tie, word) tie,
    SCHEDULER_TIE_LIST(X)
#undef X
};
#define SCHEDULER_TIE_COUNT (TIE_RANDOM + 1)

/* What tasks ask for that there are many of: policies may keep room for such. */
struct scheduler_shape {
    int32_t  cpu_milli;
    int32_t  gpus;      /* whole ones */
    int32_t  gpu_milli; /* or a share of one */
    uint32_t weight;    /* how many there are of it */
};
enum { SCHEDULER_SHAPES_MAX = 64 }; /* a limit of ours */

const char *scheduler_policy_word(enum scheduler_policy policy);
const char *scheduler_tie_word(enum scheduler_tie tie);

/*
 * How gateways are read: lent by platform/gateway/ to the processes that need it.
 * read:  the canonical text of a file, in the arena, or NULL when diags got an error.
 * load:  the gateway of a canonical text, bound to these services; NULL when it is none.
 */
struct env_service;
struct diag_list;
struct gateway_format {
    const char *(*read)(const char *text, size_t len, const char *file, struct arena *arena,
                        struct diag_list *diags);
    const struct env_gateway *(*load)(const char *text, const struct env_service *services,
                                      uint32_t services_count, struct arena *arena);
};

struct app_cache; /* app_cache.h */

struct master_config {
    int64_t               agent_timeout_ns; /* no heartbeat for so long: unreachable */
    int64_t               edge_timeout_ns;  /* no report for so long: not waited for any more */
    int64_t               drain_timeout_ns; /* a draining endpoint is stopped at the latest then */
    int64_t               resend_ns;        /* unacknowledged launches and kills go again */
    enum scheduler_policy policy;
    enum scheduler_tie    tie;
    const struct scheduler_role *roles; /* borrowed; a role that is not listed has weight one */
    uint32_t              roles_count;
    bool                  preempts; /* tasks of lower priority make room for higher ones */
    const struct scheduler_shape *typical; /* borrowed */
    uint32_t              typical_count;   /* 0: what the apps ask for */
    int64_t               decision_app_ns;  /* the scheduler is busy for so long with a look at */
    int64_t               decision_task_ns; /* an app, and with each task of it that it places */
    bool                  strict_labels; /* a port is open to clients outside only when its label
                                          * HAPROXY_n_ENABLED says so */
    bool                  mesh; /* apps call apps: a generation has every app that has ports, also
                                 * those that nobody outside may reach */
    const struct gateway_format *gateway; /* borrowed; NULL: gateways are refused */
    struct app_cache     *definitions; /* borrowed, shared with agents; NULL: it reads its own */
};

struct agent_config {
    env_address      master;
    struct node_spec node;
    int64_t          heartbeat_ns;
    int64_t          status_resend_ns; /* first; doubles up to status_resend_max_ns */
    int64_t          status_resend_max_ns;
    struct app_cache *definitions; /* borrowed, shared with others; NULL: it reads its own */
    const char      *run_id; /* value of the label that marks our containers */
    const char      *mesh;   /* "127.0.0.1:PORT" where apps reach each other, or NULL */
};

struct edge_config {
    uint32_t    node;
    const char *zone; /* where it stands, as node_spec.zone; NULL or "": not known */
    env_address master;
    int64_t     report_ns; /* heartbeat */
    int64_t     poll_ns;   /* how often draining endpoints are looked at */
    const struct gateway_format *gateway; /* borrowed; NULL: there never is a gateway */
};

/* Source: Mesos 15 s x 5 pings; marathon-lb and HAProxy defaults for the rest, or guesses. */
#define MASTER_CONFIG_DEFAULTS                                                                     \
    ((struct master_config){ .agent_timeout_ns = SEC(75),                                          \
                             .edge_timeout_ns = SEC(15),                                           \
                             .drain_timeout_ns = SEC(30),                                          \
                             .resend_ns = SEC(10) })

enum { HEARTBEAT_SECONDS = 15 };

#define AGENT_CONTAINER_LABEL "rehearsal.run" /* value: run_id */

#endif
