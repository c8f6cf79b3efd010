/*
 * platform/backends/haproxy/haproxy_state.h - what HAProxy's answers say, and the commands that
 * lead from there to a generation. Pure: nothing here talks to anybody.
 *
 * Source: HAProxy 2.6 management guide, sections 9.3 (show servers state, show stat) and 9.4 (show
 *         proc). Lines that are not understood are skipped: an answer may be cut short.
 */
#ifndef PLATFORM_BACKENDS_HAPROXY_HAPROXY_STATE_H
#define PLATFORM_BACKENDS_HAPROXY_HAPROXY_STATE_H

#include "platform/backends/haproxy/haproxy_generation.h"
#include "platform/backends/haproxy/haproxy_values.h"
#include "platform/base/strbuf.h"

enum { HAPROXY_OLD_WORKERS_MAX = 64 }; /* of ours; each lives hard-stop-after at most */

struct haproxy_workers {
    int64_t  current_pid; /* 0: none */
    int64_t  old_pids[HAPROXY_OLD_WORKERS_MAX];
    uint32_t old_count;
    uint32_t failed_count; /* reloads that failed since the master's last success */
    bool     known;        /* the answer was one */
};

/* The answer to `show proc` of the master. */
void haproxy_workers_parse(const char *answer, struct haproxy_workers *ret_workers);

enum haproxy_row_state {
    HAPROXY_ROW_READY,
    HAPROXY_ROW_DRAIN, /* requests of its sessions only */
    HAPROXY_ROW_MAINT  /* none at all */
};

/* One server that a worker has. */
struct haproxy_row {
    char     backend[HAPROXY_NAME_LEN_MAX + 8];
    uint32_t backend_index; /* in order of appearance */
    uint64_t id;            /* the endpoint's */
    uint32_t ipv4;
    uint16_t port;
    uint32_t weight;
    enum haproxy_row_state state;

    /* from `show stat` alone */
    uint32_t open;       /* sessions and those queued */
    uint64_t requests;   /* ended, those without an answer included */
    uint64_t errors;     /* answers of 5xx */
    uint64_t failures;   /* no connection, no answer, or tried again */
    int64_t  latency_ns; /* to connect and to answer, mean of the last 1,024; whole milliseconds */
    bool     up;
};

/* The answer to `show servers state`: rows in order of (backend, id). struct haproxy_row */
void haproxy_rows_parse_state(const char *answer, struct vec *ret_rows);

/* The answer to `show stat -1 4 -1`: only backend, id and its part are filled. */
void haproxy_rows_parse_stat(const char *answer, struct vec *ret_rows);

/*
 * Adds the commands that make the worker's servers those of the generation, one a line; none when
 * they are. A server that is not in the generation gets no more requests.
 */
uint32_t haproxy_rows_commands(const struct vec *rows, const struct haproxy_generation *generation,
                               struct strbuf *out);

/* How many of the rows the generation does not name: they wait for their last request. */
uint32_t haproxy_rows_leaving(const struct vec *rows, const struct haproxy_generation *generation);

/* Adds the commands that remove the idle ones among them. stats: rows with open, any order. */
uint32_t haproxy_rows_removals(const struct vec *stats, const struct haproxy_generation *generation,
                               struct strbuf *out);

/* Adds up the open requests of an endpoint; false when no row has it. */
bool haproxy_rows_open(const struct vec *stats, uint64_t endpoint_id, uint32_t *ret_open);

#endif
