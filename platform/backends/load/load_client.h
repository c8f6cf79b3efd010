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
};

struct load_request {
    uv_timer_t                timer;
    struct load_client       *client;
    struct load_connection   *connection; /* borrowed; NULL: none */
    const struct load_target *target;     /* NULL: not in use */
    int64_t                   meant_hr_ns;
    bool                      resent;
    uint32_t                  next_free; /* index + 1 */
};

struct load_client *load_client_open(uv_loop_t *loop, load_done_fn *done, void *context);

/* Sends one; its result comes later by done(), or at once when there is no place for it. */
void load_client_send(struct load_client *client, const struct load_target *target,
                      int64_t meant_hr_ns);

uint32_t                  load_client_in_flight(const struct load_client *client);
const struct load_counts *load_client_counts(const struct load_client *client);

void load_client_close(struct load_client *client, load_closed_fn *closed, void *context);

#endif
