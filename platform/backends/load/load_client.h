/*
 * platform/backends/load/load_client.h - private to load/: requests in flight and their
 * connections.
 *
 * A request has one connection; a connection has one request or waits among the idle ones. Both are
 * bounded by LOAD_IN_FLIGHT_MAX.
 */
#ifndef PLATFORM_BACKENDS_LOAD_LOAD_CLIENT_H
#define PLATFORM_BACKENDS_LOAD_LOAD_CLIENT_H

#include "platform/backends/load/load.h"
#include "platform/backends/load/load_answer.h"

struct load_client;
struct load_connection;

/* What all requests of a line have in common; lives as long as the client. */
struct load_target {
    uint32_t line;
    uint16_t port;
    bool     new_connections;
    int64_t  timeout_ns;
    char    *text; /* the request's bytes. Owned by the line */
    uint32_t text_len;
    uint32_t head_len; /* of it, what a line of cookies comes after */
};

struct load_request {
    uv_timer_t                timer;
    struct load_client       *client;
    struct load_connection   *connection; /* borrowed; NULL: none */
    const struct load_target *target;     /* NULL: not in use */
    int64_t                   meant_hr_ns;
    bool                      resent;
    void                     *note; /* the sender's */
    char                      cookie[LOAD_COOKIE_BYTES + 16]; /* a header line, or "" */
    uint32_t                  next_free; /* index + 1 */
};

struct load_connection {
    uv_tcp_t                tcp;
    uv_connect_t            connect;
    uv_write_t              write;
    struct load_client     *client;
    struct load_request    *request; /* borrowed; NULL: idle or closing */
    struct load_connection *next_idle;
    uint16_t                port;
    bool                    reused;
    bool                    idle;
    bool                    keeps; /* its answer leaves it open */
    int64_t                 idle_since_hr_ns;
    struct load_answer      answer;
};

struct load_client {
    uv_loop_t              *loop; /* borrowed */
    load_done_fn           *done;
    void                   *context;
    struct load_request    *requests; /* owned: LOAD_IN_FLIGHT_MAX */
    uint32_t                free_first; /* index + 1, 0: none */
    uint32_t                in_flight;
    struct load_connection *idle_first; /* newest first */
    uint32_t                handles_count;
    bool                    closing;
    load_closed_fn         *closed;
    void                   *closed_context;
    struct load_counts      counts;
    char                    bytes[64 * 1024]; /* of the read at hand */
};

struct load_client *load_client_open(uv_loop_t *loop, load_done_fn *done, void *context);

/* Sends one; its result comes later by done(), or at once when there is no place for it. */
void load_client_send(struct load_client *client, const struct load_target *target,
                      int64_t meant_hr_ns);

/* The same with a note, which comes back with the result, and a cookie ("name=value", or ""). */
void load_client_send_as(struct load_client *client, const struct load_target *target,
                         int64_t meant_hr_ns, void *note, const char *cookie);

/* load_idle.c */
void                    load_client_disconnect(struct load_connection *connection);
void                    load_client_idle_keep(struct load_connection *connection);
struct load_connection *load_client_idle_take(struct load_client *client, uint16_t port);
void                    load_client_handle_gone(struct load_client *client);

uint32_t                  load_client_in_flight(const struct load_client *client);
const struct load_counts *load_client_counts(const struct load_client *client);

void load_client_close(struct load_client *client, load_closed_fn *closed, void *context);

#endif
