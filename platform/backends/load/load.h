/*
 * platform/backends/load/load.h - real HTTP traffic at a given rate, whatever the answers do.
 *
 * Arrivals: open loop, or so many clients that wait, think and ask again. A request is meant for an
 *           instant, drawn in advance; its latency counts from that instant, so a client that falls
 *           behind shows it (no coordinated omission).
 * Client:   HTTP/1.1 on 127.0.0.1, over kept connections or a new one each time. A kept
 *           connection that ends before a byte of the answer has come is replaced once (RFC 9110
 *           section 9.2.2); how often that was is counted. A POST or PATCH, which must not be sent
 *           twice, has a connection of its own.
 * Limits:   LOAD_IN_FLIGHT_MAX requests wait for answers; one more is LOAD_REFUSED without a
 *           connection, and counted as over the limit.
 * Order:    load_open, load_add for each line, load_start; load_stop, then load_in_flight() falls
 *           to 0 as they are answered or time out; load_close, and the loop turns until closed().
 */
#ifndef PLATFORM_BACKENDS_LOAD_LOAD_H
#define PLATFORM_BACKENDS_LOAD_LOAD_H

#include "platform/backends/loop/uv_words.h"

#include "platform/base/dist.h"
#include "platform/env/gateway.h"

enum {
    LOAD_IN_FLIGHT_MAX = 2000,
    LOAD_LINES_MAX = 256,
    LOAD_CLASSES_MAX = 64,
    LOAD_SESSIONS_MAX = 100000,
    LOAD_BODY_BYTES_MAX = 64 * 1024
};

/* As fakes/service.h counts requests, number by number. */
enum load_outcome {
    LOAD_OK,        /* 2xx, 3xx */
    LOAD_ERROR,     /* any other answer, or none that can be read */
    LOAD_TIMEOUT,   /* the client stopped waiting */
    LOAD_RESET,     /* the connection ended without an answer */
    LOAD_REFUSED,   /* no connection came about, or too many were waiting */
    LOAD_NO_SERVER, /* 503: the proxy has no server for it */
    LOAD_NO_ROUTE   /* never: a proxy answers 503 then, too */
};
#define LOAD_OUTCOME_COUNT (LOAD_NO_ROUTE + 1)

struct load_class { /* requests of a line that are alike. Everything is copied */
    uint32_t                 share_ppm; /* of the line's requests; they add up to 1,000,000 */
    const char              *method;    /* any but HEAD */
    const char              *path;      /* begins with '/' */
    const struct env_header *headers;
    uint32_t                 headers_count;
    int64_t                  body_bytes; /* 0..LOAD_BODY_BYTES_MAX */
};

struct load_retries { /* tries after one that had no answer or an error; a 4xx is final */
    uint32_t max; /* 0: none */
    int64_t  backoff_ns;
    int64_t  backoff_max_ns;
    double   factor;
    uint32_t jitter_ppm;
    uint32_t budget_ppm; /* of the requests; 0: no budget */
};

struct load_line {
    const char *host; /* the Host header. Copied */
    const char *app;  /* app id for the header X-Marathon-App-Id, or NULL. Copied */
    const char *path; /* begins with '/'. Copied */
    uint16_t    port;
    int64_t     rate_microhertz; /* >= 0; 0: paused */
    bool        poisson;         /* else at equal distances */
    bool        new_connections; /* one a request */
    int64_t     timeout_ns;      /* > 0, of each try; the first counts from when it was meant for */
    struct rng  rng;             /* the line's stream of arrivals */

    struct rng               rng_draws; /* of classes, sessions, thinking and back-offs */
    const struct load_class *classes;   /* copied */
    uint32_t                 classes_count; /* 0: GET path */
    uint32_t                 sessions; /* of clients that keep the newest cookie; 0: none does */
    bool                     closed;   /* clients wait for their answers, in place of a rate */
    uint32_t                 clients;
    struct dist              think; /* its samples are borrowed */
    struct load_retries      retries;
};

struct load_result {
    uint32_t          line;
    uint32_t          number; /* of its class, from 1; 0: none */
    uint32_t          tries;
    enum load_outcome outcome;     /* of the last try */
    int64_t           latency_ns;  /* from the instant it was meant for */
    int64_t           meant_hr_ns; /* that instant, by uv_hrtime() */
    int32_t           http_status; /* 0: no answer */
    void             *note;        /* private */
    const char       *cookie;      /* private */
};

typedef void load_done_fn(void *context, const struct load_result *result);
typedef void load_closed_fn(void *context);

struct load_counts { /* each try is one */
    uint64_t requests;    /* so far */
    uint64_t outcomes[LOAD_OUTCOME_COUNT];
    uint64_t resent;      /* on a new connection, since a kept one had ended */
    uint64_t over_limit;  /* LOAD_REFUSED for want of a place */
    uint64_t connections; /* opened */
};

struct load;

enum status load_open(uv_loop_t *loop, load_done_fn *done, void *context, struct load **ret_load,
                      struct error *err) MUST_USE;

/* ST_INVALID: a text that would break a request's head, or shares that do not add up. Lines
 * are numbered from 0. */
enum status load_add(struct load *load, const struct load_line *line, uint32_t *ret_index,
                     struct error *err) MUST_USE;

void load_start(struct load *load); /* the first arrivals count from now */
void load_set_rate(struct load *load, uint32_t line, int64_t rate_microhertz);
/* Of a closed line: new ones think first, those that are too many end the request that they have.
 * A rate above 0 lets a closed line run, 0 pauses it. */
void load_set_clients(struct load *load, uint32_t line, uint32_t clients);
void load_stop(struct load *load); /* no more arrivals */

uint32_t           load_in_flight(const struct load *load);
struct load_counts load_counts(const struct load *load);

/* Drops what is on its way, without an outcome. */
void load_close(struct load *load, load_closed_fn *closed, void *context);

#endif
