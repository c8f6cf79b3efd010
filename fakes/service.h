/*
 * fakes/service.h - one request through the modelled data path: client, edge's proxy, instance.
 *
 * Path:   sim/traffic makes a request and hands it to the proxy of an edge (fake_proxy_request);
 *         the proxy picks an endpoint by the service's policy, connects, and calls serve(); the
 *         instance queues it, works, and answers with world_request_answer(), which comes back
 *         through the proxy (its open count) to the client. A client that stopped waiting has been
 *         counted already; the instance works on, as a real one does.
 * Memory: requests live in a pool of the world and are given back by the proxy, once.
 * Two:    a client makes one request and gets one done() with that very request. Where a service
 *         has a timeout for each attempt, the instance gets a request of the proxy's own instead,
 *         an attempt: so that it can work on after it was given up, while the client's goes to
 *         another server. An attempt carries its client's identity (client, source, session, key),
 *         the earlier of the two deadlines, and has no parent and no ticket.
 */
#ifndef FAKES_SERVICE_H
#define FAKES_SERVICE_H

#include "fakes/world.h"

enum request_outcome {
    REQUEST_OK,          /* answered by the instance, or redirected by the proxy */
    REQUEST_ERROR,       /* the instance answered with an error, or its queue was full */
    REQUEST_TIMEOUT,     /* the client stopped waiting, or the proxy did with its last attempt */
    REQUEST_RESET,       /* the instance or the edge died with it */
    REQUEST_REFUSED,     /* no instance took it, after the retries; or the proxy's queue did not */
    REQUEST_NO_SERVER,   /* no eligible instance in the service */
    REQUEST_NO_ROUTE,    /* no edge, or no service of that name */
    REQUEST_DENIED,      /* the proxy or the gateway answered 401, 403, 404, 413... by its rules */
    REQUEST_LIMITED      /* the gateway answered 429: a rate limit */
};
#define REQUEST_OUTCOME_COUNT (REQUEST_LIMITED + 1)

struct world_request {
    int64_t  arrived_at_ns;  /* at the client */
    int64_t  deadline_at_ns; /* the client's */
    uint64_t key_hash;       /* for source and uri policies */
    uint32_t client;         /* of the datapath: who is told how it ended */
    uint32_t source;         /* the client's own: which line of traffic, which call */
    uint32_t session;        /* of a client that keeps cookies, unique in its line; 0: none */
    uint32_t proxy;          /* private to fakes/proxy: which edge, service, server, try */
    uint32_t service;
    uint32_t server;
    uint32_t tries;
    uint32_t next;           /* private to the instance's queue: pool index */
    bool     client_gone;    /* the client's outcome is counted */
    uint8_t  stage;          /* private to fakes/proxy: free, connecting, served */
    uint8_t  way;            /* private to fakes/proxy: plain, or what it is otherwise */
    uint8_t  answer;         /* private to fakes/proxy: an outcome before serve() returned */
    uint32_t index;          /* in the world's pool */
    uint64_t event;          /* world_event of whoever holds it: proxy (connecting) or instance */
    uint32_t previous;       /* private to the instance's list of what it works on */
    uint32_t ticket;         /* the client's own: its place among what it has outstanding */
    uint32_t parent;         /* of a call: the request that waits for it, 0: none */
    uint32_t calls_open;     /* private to the instance: calls that this one waits for */
    uint32_t stage_next;     /* private to the instance: which of behavior.stages comes next */
    /* private to fakes/proxy */
    int64_t  sent_at_ns;     /* of this attempt, or when it began to wait */
    int64_t  timer_at_ns;    /* when the proxy stops to wait for it; 0: in no list of timers */
    uint32_t timer_next;
    uint32_t timer_previous;
    uint32_t other;          /* of a client's request: its attempt; of an attempt: its request */
    uint32_t name;           /* of the service it goes to; only set off the plain way */
};

struct world_request *world_request_new(struct world *world); /* NULL at the limit */
struct world_request *world_request_at(struct world *world, uint32_t index);
void                  world_request_free(struct world *world, struct world_request *request);

/* Whether somebody still waits for the answer; asked of what an instance was given. */
bool world_request_wanted(struct world *world, const struct world_request *request);

/* The instance's answer (at world_now()): the proxy takes it from here. */
void world_request_answer(struct world *world, struct world_request *request,
                          enum request_outcome outcome);

/* One call of an instance to another app while it works on a request, by way of the proxy of its
 * own node. */
struct behavior_call {
    const char *to;   /* an app's id, an inside name, or a virtual host */
    const char *path; /* "/" when not given */
    uint32_t    probability_ppm; /* of being made at all */
    int64_t     timeout_ns;      /* of each try; 0: only the deadline that travels ends it */
    uint32_t    retries;         /* further tries after one that failed */
    uint32_t    budget_ppm;      /* retries per call at most, by token bucket; 0: no budget */
    uint32_t    budget_min_per_s;
    bool        optional;        /* its failure does not fail the request */
};

/* Calls that go out together; the next stage begins when all of them are answered. */
struct behavior_stage {
    const struct behavior_call *calls;
    uint32_t                    calls_count;
};

/* How an image behaves: what the fake engine knows of it. Defaults: fakes/containers/behavior.h. */
struct behavior {
    const char *image;
    int64_t     size_bytes;
    struct dist start;        /* from the engine's start until it listens and answers */
    uint32_t    concurrency;  /* requests it works on at once */
    uint32_t    queue_max;    /* waiting beyond that; more are answered with an error */
    struct dist service_time; /* of one request */
    uint32_t    errors_ppm;   /* of requests answered with an error */
    struct dist stop;         /* from SIGTERM to its exit; longer than the grace: SIGKILL */
    bool        crashes;      /* exits by itself with exit_code, lifetime after its start */
    struct dist lifetime;
    int32_t     exit_code;
    /* of an app that runs its tasks once: how long its n-th run lasts, runs_ns[n - 1]; negative: it
     * never ends. A run beyond them behaves as said above. */
    const int64_t *runs_ns;
    uint32_t    runs_count;
    bool        unhealthy;    /* answers its health checks with 500 */
    bool        missing;      /* no registry has it: a pull fails with ST_NOT_FOUND */
    bool        denied;       /* the registry does not let us in: it fails with ST_DENIED */
    /* after its own work on a request, in order; the worker is held meanwhile */
    const struct behavior_stage *stages;
    uint32_t    stages_count;
    bool        heeds_deadlines; /* a request whose client has given up is not worked on */
};

/* The behaviour of an image; the default one when the scenario does not describe it. */
const struct behavior *world_behavior(const struct world *world, const char *image);

#endif
