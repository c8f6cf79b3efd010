/*
 * platform/backends/load/load_inner.h - private: what load*.c share of lines and their requests.
 *
 * A plain line (no classes, sessions, retries, closed loop) hands its requests to the client as
 * they are; any other has a `struct load_ask` for each, which lasts over its tries, or as long as
 * the client of a closed line.
 */
#ifndef PLATFORM_BACKENDS_LOAD_LOAD_INNER_H
#define PLATFORM_BACKENDS_LOAD_LOAD_INNER_H

#include "platform/backends/load/load_client.h"
#include "platform/base/vec.h"

struct load_source;

struct load_ask {
    uv_timer_t          timer; /* thinking, or backing off */
    struct load_source *source; /* borrowed; NULL: not in use */
    struct load_ask    *next_free;
    struct load_ask    *next; /* of all there are */
    int64_t             meant_hr_ns;
    uint32_t            number; /* of its class, from 1; 0: none */
    uint32_t            session; /* from 1; 0: none */
    uint32_t            tries;
    bool                asking; /* a request that has not ended: else thinking */
};

struct load_source {
    struct load        *load;    /* borrowed */
    struct load_target *targets; /* owned: one a class, or one */
    uint32_t           *below_ppm; /* owned: a class ends below this draw */
    uint32_t            classes_count;
    int64_t             rate_microhertz;
    bool                poisson;
    struct rng          rng;
    int64_t             next_hr_ns;   /* INT64_MAX: none */
    double              gap_carry_ns; /* poisson: the part of a gap below 1 ns */
    int64_t             gap_rest;     /* constant: parts of rate_microhertz of 1 ns */

    bool                plain;
    struct rng          rng_draws;
    uint32_t            sessions;
    char              (*cookies)[LOAD_COOKIE_BYTES]; /* owned: a session's newest, or "" */
    bool                closed;
    uint32_t            clients;     /* wanted */
    uint32_t            clients_now; /* asks that are such a client */
    struct dist         think;
    struct load_retries retries;
    int64_t             budget_tokens; /* PPM is a retry */
};

struct load {
    uv_loop_t          *loop;   /* borrowed */
    struct load_client *client; /* owned */
    struct vec          sources; /* struct load_source *, each owned: a target stays in place */
    uv_poll_t           poll;   /* on a timerfd: libuv's own timers know milliseconds only */
    int                 timer;
    bool                running;
    bool                closing;
    uint32_t            parts_open;
    load_done_fn       *done;
    void               *context;
    load_closed_fn     *closed;
    void               *closed_context;
    struct load_ask    *asks;      /* all, owned */
    struct load_ask    *asks_free;
    uint32_t            asks_open; /* requests that wait for their next try */
};

static inline struct load_source *
load_source_at(const struct load *load, uint32_t index)
{
    return *(struct load_source **)vec_at(&load->sources, index);
}

/* load.c */
void load_part_closed(struct load *load);

/* load_line.c */
void load_source_free(struct load_source *source);

/* load_asks.c */
load_done_fn load_answered; /* by the client: context is the load */
void load_ask_make(struct load_source *source, int64_t meant_hr_ns);
void load_clients_adjust(struct load_source *source); /* to those wanted, or none while paused */
void load_asks_close(struct load *load);

#endif
