/*
 * platform/env/proxy.h - the proxy port: a load balancer that is given whole routing generations.
 *
 * Behind it: platform/backends/haproxy/ and fakes/proxy/; tests/peers/test_proxy.c holds both to
 *            the words below.
 * Calling:   apply replaces everything in force by the generation given and drops no connection:
 *            an endpoint that is no longer named, or is marked draining, gets no new request while
 *            its open ones go on. A generation older than the one in force is ST_STALE.
 * Errors:    ST_INVALID a service that this proxy cannot do (the sentence names it); the other
 *            services are in force all the same. A part of a service that it cannot do (a budget,
 *            an ejection) is ST_INVALID too, and the service is in force without it.
 *            ST_UNAVAILABLE, ST_TIMEOUT: worth a retry.
 */
#ifndef PLATFORM_ENV_PROXY_H
#define PLATFORM_ENV_PROXY_H

#include "platform/base/rng.h"
#include "platform/base/sketch.h"
#include "platform/env/op.h"

/* What a policy sees of one server, and the state it may keep there. Contiguous in an array. */
struct env_balance_server {
    uint64_t id;         /* the endpoint's */
    uint32_t weight;     /* in force: 1..ENV_BALANCE_WEIGHT_MAX, slow start included */
    uint32_t open;       /* requests sent and not yet answered */
    int32_t  current;    /* the policy's own: smooth round robin */
    uint32_t consumed;   /* the policy's own */
    double   cost_ns;    /* the policy's own: a moving average of latencies, 0: none yet */
    int64_t  cost_at_ns; /* the policy's own: when that was last brought up to date, or a count of
                          * such changes that orders servers */
    bool     eligible;   /* may be picked: up, not draining, not ejected, not in another zone */
};

/* Weights of endpoints are 1..256; in force they are this many times finer, so that a slow start
 * has steps. */
#define ENV_BALANCE_WEIGHT_SCALE 16
#define ENV_BALANCE_WEIGHT_MAX   (256 * ENV_BALANCE_WEIGHT_SCALE)

struct env_balance_state {
    struct rng rng;           /* the service's stream */
    uint32_t   argument;      /* N of random(N) */
    uint32_t   cursor;        /* the policy's own */
    uint64_t   key_hash;      /* of the request's source address */
    uint64_t   uri_hash;      /* of the request's path */
    int64_t    now_ns;        /* set before each call below */
    bool       weights_equal; /* every server has the same weight: kept by who owns the array */
    void      *memory;        /* the policy's own, from base/memory; NULL at first */
};

/* The index of an eligible server; there is at least one. */
typedef uint32_t env_balance_pick_fn(struct env_balance_state *state,
                                     struct env_balance_server *servers, uint32_t servers_count,
                                     uint32_t eligible_count);
typedef void     env_balance_changed_fn(struct env_balance_state *state,
                                        struct env_balance_server *servers, uint32_t servers_count,
                                        uint32_t eligible_count);
typedef void     env_balance_sent_fn(struct env_balance_state *state,
                                     struct env_balance_server *servers, uint32_t index);
typedef void     env_balance_ended_fn(struct env_balance_state *state,
                                      struct env_balance_server *servers, uint32_t index,
                                      int64_t latency_ns, bool ok);
typedef void     env_balance_release_fn(struct env_balance_state *state);

/*
 * One policy, two users: the fake calls it, HAProxy renders the text. Every function but pick may
 * be NULL. Who owns the array calls changed() whenever it is new, or a weight or an eligible was
 * changed; sent() and ended() after each change of an `open` by one; release() at the end.
 */
struct env_balance_policy {
    const char             *name;    /* as in the label HAPROXY_n_BALANCE, without an argument */
    /* the balance line's words ("random" gets its argument), or NULL */
    const char             *haproxy;
    bool                    takes_argument;
    bool                    weights_static; /* no slow start: `weight` is always the full one */
    uint32_t                argument_default;
    env_balance_pick_fn    *pick;
    env_balance_changed_fn *changed;
    env_balance_sent_fn    *sent;
    env_balance_ended_fn   *ended;
    env_balance_release_fn *release;
};

struct env_endpoint {
    uint64_t id;   /* the task's, > 0 */
    uint32_t ipv4; /* host byte order */
    uint16_t port;
    uint16_t weight; /* 1..256 */
    bool     draining;
    bool     leaving; /* gets requests of sessions that it has already, and no others */
    uint8_t  zone;    /* 1 and on, the same number in the same zone; 0: not known */
    bool     newer;   /* of the version that a measured service is getting */
};

/*
 * What the proxy does about servers that fail or are slow. All-zero is HAProxy's and marathon-lb's
 * own way: a refused or unreachable connection is tried three times, an answer never again.
 * Source of the words and defaults: linkerd 1.7 (retry budget, failure accrual), HAProxy 2.6.
 */
struct env_resilience {
    int64_t  attempt_timeout_ns;  /* an attempt without an answer by then has failed; 0: never */
    uint32_t retries;             /* further attempts after one that failed or answered an error */
    uint32_t budget_ppm;          /* retries per request at most; 0: no budget */
    uint32_t budget_min_per_s;    /* so many are allowed whatever the budget says */
    uint32_t eject_failures;      /* so many in a row take a server out; 0: never. When all are out,
                                   * all are asked */
    int64_t  eject_ns;            /* for so long the first time, then twice as long each time */
    int64_t  eject_max_ns;        /* and at most for so long */
    uint32_t server_requests_max; /* open at one server; more wait in the proxy. 0: no limit */
    uint32_t queue_max;           /* that may wait for a server; more are refused. 0: no limit */
    int64_t  queue_timeout_ns;    /* how long they wait; 0: as long as their client */
};

struct env_tls {
    const char *certificate;       /* path of a PEM file with its key, "" when none */
    bool        redirect_to_https;
    bool        hsts;
};

/* Optional texts may be NULL too when there is none. */
struct env_service {
    const char                      *name;   /* "web_10000": unique in the generation */
    const char                      *app;    /* "/web", for statistics */
    const char                      *vhosts; /* comma list, "" when none */
    const char                      *path;   /* prefix, "" when none */
    const char                      *names;  /* comma list, "host:port" or "host": inside names */
    uint16_t                         port;   /* service port, 0 when none */
    bool                             http;   /* else TCP */
    bool                             external; /* its host, path and port are open to clients
                                                * outside; else it is reached by names and app */
    int32_t                          rank;   /* higher is matched first, before longer paths */
    const struct env_balance_policy *policy;
    uint32_t                         policy_argument;
    int64_t                          check_interval_ns; /* 0: the proxy makes no checks */
    uint32_t                         check_fall;
    int64_t                          slow_start_ns; /* a server that comes up gets its full weight
                                                     * after so long; 0: at once */
    bool                             sticky; /* a session stays with its server */
    bool                             zone_affinity; /* servers of the proxy's own zone go first */
    bool                             answers_stand; /* an error that a server answered is never
                                                     * tried again, only what got no answer */
    struct env_resilience            resilience;
    struct env_tls                   tls;
    const char                      *allowed; /* comma list of networks, "" when all may */
    const char                      *auth_realm; /* "" when everybody may */
    const char                      *auth_user;
    const char                      *auth_password; /* as crypt(3) makes it */
    const char                      *rewrite_from;  /* path prefix that is replaced... */
    const char                      *rewrite_to;    /* ...by this; both "" when none */
    uint64_t                         measured; /* its servers are counted in the two tallies of
                                                * this number; 0: they are not */
    /*
     * Some of its requests go to another service of the generation, which splits no further: those
     * with the header all, of the others a share by chance. A session stays with the service that
     * its server stands in while that gets requests. While one of the two has no server that is up,
     * the other gets everything.
     */
    const char                      *split_to; /* its name, "" when it does not split */
    uint32_t                         split_ppm;
    const char                      *split_header; /* "" none; HTTP only */
    const char                      *split_value;  /* the whole of the header's */
    const struct env_endpoint       *endpoints;
    uint32_t                         endpoints_count;
};

struct env_gateway; /* platform/env/gateway.h */

struct env_proxy_apply {
    struct env_op             op;
    uint64_t                  generation;
    const struct env_service *services; /* everything below borrowed during the call only */
    uint32_t                  services_count;
    const struct env_gateway *gateway; /* NULL: none */
    uint8_t                   zone;    /* the proxy's own, as in env_endpoint */
};

/* How many requests an endpoint still has open; ST_NOT_FOUND when the proxy does not know it. */
struct env_proxy_open {
    struct env_op op;
    uint64_t      endpoint_id;
    uint32_t      ret_open;
};

/* Since the proxy first heard of the endpoint. */
struct env_endpoint_stats {
    uint64_t endpoint_id;
    uint64_t requests;        /* attempts sent to it that have ended */
    uint64_t errors;          /* of them answered with a server's error (HTTP 5xx) */
    uint64_t failures;        /* of them without an answer: refused, reset, timed out */
    int64_t  latency_mean_ns; /* of its last 1,024 answers or of all: the proxy's choice */
    uint32_t open;
    bool     up;              /* as checks and ejection see it */
};

/* What every endpoint in force has done, by id ascending. */
struct env_proxy_stats {
    struct env_op              op;
    struct env_endpoint_stats *ret_stats; /* the caller's, room for stats_max */
    uint32_t                   stats_max;
    uint32_t                   ret_count; /* those beyond stats_max are left out */
};

/* What servers of one kind have done, all services of one number together. */
struct env_tally {
    uint64_t requests; /* attempts that have ended, and requests for which no server was there */
    uint64_t errors;   /* of them answered with a server's error (HTTP 5xx) */
    uint64_t failures; /* of them without an answer */
};

/*
 * Counted from the first generation that names the number on, and forgotten with the first that
 * does not. ST_NOT_FOUND: none in force names it. A proxy that cannot count a service says so when
 * it gets it (ST_INVALID), and has it in force without.
 */
struct env_proxy_tally {
    struct env_op    op;
    uint64_t         measured;
    struct env_tally ret_tallies[2];  /* [1]: those of the newer version */
    struct sketch   *ret_latencies;   /* the caller's, two in the same order: of the answers */
};

struct env_proxy {
    const struct env_proxy_ops *ops;
};

typedef void env_proxy_apply_fn(struct env_proxy *proxy, struct env_proxy_apply *apply);
typedef void env_proxy_open_fn(struct env_proxy *proxy, struct env_proxy_open *open);
typedef void env_proxy_stats_fn(struct env_proxy *proxy, struct env_proxy_stats *stats);
typedef void env_proxy_tally_fn(struct env_proxy *proxy, struct env_proxy_tally *tally);

struct env_proxy_ops {
    const char         *name;
    env_proxy_apply_fn *apply;
    env_proxy_open_fn  *open;
    env_proxy_stats_fn *stats;
    env_proxy_tally_fn *tally;
};

static inline void
env_proxy_apply(struct env_proxy *proxy, struct env_proxy_apply *apply)
{
    ASSERT(apply->generation > 0);
    env_op_begin(&apply->op);
    proxy->ops->apply(proxy, apply);
    env_op_begun(&apply->op);
}

static inline void
env_proxy_open(struct env_proxy *proxy, struct env_proxy_open *open)
{
    ASSERT(open->endpoint_id > 0);
    env_op_begin(&open->op);
    proxy->ops->open(proxy, open);
    env_op_begun(&open->op);
}

static inline void
env_proxy_stats(struct env_proxy *proxy, struct env_proxy_stats *stats)
{
    env_op_begin(&stats->op);
    proxy->ops->stats(proxy, stats);
    env_op_begun(&stats->op);
}

static inline void
env_proxy_tally(struct env_proxy *proxy, struct env_proxy_tally *tally)
{
    ASSERT(tally->measured > 0);
    ASSERT(tally->ret_latencies != NULL);
    env_op_begin(&tally->op);
    proxy->ops->tally(proxy, tally);
    env_op_begun(&tally->op);
}

#endif
