/*
 * sim/traffic_inner.h - what the files of traffic share; nobody else includes it.
 *
 * A plain line knows of a request only its place in the ring of those outstanding. Where there is
 * more to know, the ring has notes beside it: the request's class, or its ask.
 */
#ifndef SIM_TRAFFIC_INNER_H
#define SIM_TRAFFIC_INNER_H

#include "sim/flow.h"
#include "sim/traffic.h"

#define TRAFFIC_RATE_SCALE INT64_C(1000000000000000) /* micro-hertz times ns: one event */
#define TRAFFIC_NEVER      INT64_MAX

enum { TRAFFIC_CLIENTS = 1000 }; /* addresses that a line comes from; a guess */

enum ask_state {
    ASK_FREE,     /* of a pool; or a client that has left */
    ASK_THINKING, /* a client between two requests */
    ASK_TRYING,   /* a request is on its way */
    ASK_WAITING   /* for the next try */
};

/* What a client wants until it has got it or gives up; of a closed line, the client itself. */
struct traffic_ask {
    int64_t     made_at_ns; /* the first try */
    int64_t     try_at_ns;  /* the last one */
    uint64_t    key_hash;
    world_event event;   /* while thinking or waiting */
    uint32_t    tries;   /* of this request so far */
    uint32_t    number;  /* of its class, from 1; 0: the line has none */
    uint32_t    session; /* 0: none */
    uint32_t    next_free;
    uint8_t     state; /* enum ask_state */
};

struct traffic_class {
    uint32_t target;    /* of the datapath */
    uint32_t below_ppm; /* a draw below this and not below the one before is of this class */
    uint64_t key_hash;  /* of the address it comes from; 0: the client's */
};

struct traffic_line {
    const struct scenario_traffic *spec; /* borrowed */
    struct traffic                *traffic;
    uint32_t                       index;
    struct flow                   *flow;   /* owned; NULL: its requests are made */
    uint32_t                       target; /* of the datapath */
    bool                           has_asks; /* closed, or clients that try again */
    int64_t                        rate_microhertz;
    int64_t                        from_at_ns; /* since the epoch */
    int64_t                        until_at_ns;
    int64_t                        deadline_ns; /* patience; INT64_MAX: no end */
    struct rng                     arrivals;
    struct rng                     edges;
    struct rng                     clients;
    world_event                    arrival_event;
    double                         gap_carry_ns; /* poisson: the part of a gap below 1 ns */
    int64_t                        gap_ns;   /* constant: whole ns, and the rest in parts */
    int64_t                        gap_rest; /* of rate_microhertz */
    int64_t                        gap_rest_carry;

    /* Outstanding requests, oldest first: request indices, 0 once the client has its outcome. Since
     * patience is the same for all, it is in order of deadlines too. */
    uint32_t   *ring;  /* owned */
    uint32_t   *notes; /* owned; beside the ring, NULL on a plain line */
    uint32_t    ring_size; /* a power of two */
    uint32_t    ring_head; /* both count up for ever; masked at use */
    uint32_t    ring_tail;
    uint32_t    open_count;
    world_event timeout_event;

    uint64_t requests;
    uint64_t made_at_sum;
    uint64_t hash;

    /* mmpp, diurnal, file */
    struct rng bursts;
    uint32_t   burst;
    int64_t    burst_until_ns;
    uint32_t   timetable_next;

    struct traffic_class *classes; /* owned; NULL: none */
    uint32_t              classes_count;
    struct rng            class_stream;
    struct rng            sessions;

    struct traffic_ask *asks; /* owned; the first is at index 1. They move when there are more */
    uint32_t            asks_used;
    uint32_t            asks_capacity;
    uint32_t            asks_free; /* head of the free list, 0: none */
    uint32_t            asks_open; /* trying or waiting */
    uint32_t            clients_count; /* of a closed line: indices up to this one */
    int64_t             budget_tokens; /* of ppm of a retry */
    struct rng          think;
    struct rng          backoff;
};

struct traffic {
    struct world         *world;
    struct fake_datapath *datapath;
    traffic_done_fn      *done;
    traffic_flow_fn      *flow_told;
    struct flow_laws      laws;
    void                 *context;
    bool                  running;
    uint32_t              client; /* number at the datapath */
    struct traffic_line  *lines; /* owned */
    uint32_t              lines_count;
};

/* --- traffic_requests.c --- */
/* What one try asks for, beside its line. */
struct traffic_try {
    uint64_t key_hash;
    uint32_t number; /* of the class, from 1; 0: the line has none */
    uint32_t session;
    uint32_t note; /* kept beside the ring */
};
void traffic_send(struct traffic_line *line, const struct traffic_try *try);
void traffic_tell(struct traffic_line *line, const struct request_end *end);
fake_datapath_done_fn traffic_request_done;
void traffic_draw(struct traffic_line *line, uint32_t number, struct traffic_try *ret_try);

/* --- traffic_arrivals.c --- */
/* The instant of the arrival after one at at_ns, of lines that are neither poisson nor constant;
 * TRAFFIC_NEVER when none comes. */
int64_t arrivals_after(struct traffic_line *line, int64_t at_ns);
void    arrivals_begin(struct traffic_line *line, int64_t at_ns);
/* Of a line whose arrivals are poisson, constant or diurnal. */
flow_rate_fn arrivals_rate;

/* --- traffic_asks.c --- */
void asks_open(struct traffic_line *line);
void asks_make(struct traffic_line *line, uint32_t number); /* an open line's arrival */
void asks_start(struct traffic_line *line, int64_t at_ns);  /* a closed line's clients */
void asks_stop(struct traffic_line *line);
/* One try of an ask has ended. */
void asks_tried(struct traffic_line *line, uint32_t ask, enum request_outcome outcome,
                int64_t latency_ns);

#endif
