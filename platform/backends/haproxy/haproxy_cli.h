/*
 * platform/backends/haproxy/haproxy_cli.h - one request at a time to HAProxy's master socket.
 *
 * Calling: requests are sent in the order of the calls, each over a connection of its own, and are
 *          answered in that order, never before the call returns. A connection that ends without a
 *          byte (a reload replaces the master under it) is tried again until the request's
 *          deadline, so requests must bear repetition; haproxy_cli_send_once is for those that do
 * not.
 * Errors:  ST_UNAVAILABLE nobody answers there, ST_TIMEOUT. A command that HAProxy refuses is
 *          ST_OK: its answer says so in words.
 * Limits:  an answer has 32 MiB at most, a request HAPROXY_CLI_BYTES_MAX.
 */
#ifndef PLATFORM_BACKENDS_HAPROXY_HAPROXY_CLI_H
#define PLATFORM_BACKENDS_HAPROXY_HAPROXY_CLI_H

#include "platform/backends/loop/uv_words.h"

#include "platform/base/common.h"

enum { HAPROXY_CLI_BYTES_MAX = 12 * 1024 }; /* of ours: HAProxy reads 16 KiB */

struct haproxy_cli;
typedef void haproxy_cli_done_fn(void *context, enum status status, const char *answer);
typedef void haproxy_cli_closed_fn(void *context);

/* path is borrowed until closed. */
struct haproxy_cli *haproxy_cli_open(uv_loop_t *loop, const char *path);

void haproxy_cli_send(struct haproxy_cli *cli, const char *text, haproxy_cli_done_fn *done,
                      void *context);
void haproxy_cli_send_once(struct haproxy_cli *cli, const char *text, haproxy_cli_done_fn *done,
                           void *context);

/* Forgets what is unanswered. Not from within a done(). */
void haproxy_cli_drop(struct haproxy_cli *cli);

/* Drops what is unanswered; closed() comes when the loop has let go of everything. */
void haproxy_cli_close(struct haproxy_cli *cli, haproxy_cli_closed_fn *closed, void *context);

#endif
