/*
 * platform/backends/haproxy/haproxy.h - the proxy port on a real HAProxy (2.6 or newer).
 *
 * Behind it: one HAProxy in master-worker mode, a child of this program. A change of endpoints goes
 *            through its runtime API; a change of services, vhosts or policies is checked with
 *            `haproxy -c` and loaded by a reload that keeps every connection.
 * Calling:   haproxy_backend_check once, haproxy_open, then env_proxy_* on haproxy_port. Nothing
 *            blocks but haproxy_open, which ends what a killed run has left in dir (6 s at most).
 * Order:     haproxy_close before the loop ends; the loop must turn until closed() has come.
 * Errors:    as platform/env/proxy.h. ST_FAILED: HAProxy does not take the configuration and does
 *            not say whose fault it is.
 */
#ifndef PLATFORM_BACKENDS_HAPROXY_HAPROXY_H
#define PLATFORM_BACKENDS_HAPROXY_HAPROXY_H

#include "platform/backends/loop/uv_words.h"

#include "platform/env/proxy.h"

struct haproxy;
struct real_scope;

struct haproxy_options {
    const char *dir;       /* exists, empty or as an earlier run left it; absolute. Copied */
    uint16_t    http_port; /* of 127.0.0.1: where the vhosts are served */
    uint16_t    https_port; /* the same under TLS; 0: nowhere, and a redirect says 443 */
    uint16_t    mesh_port;  /* inside names and apps by id; 0: at http_port too */
    uint16_t    stats_port; /* CSV at /haproxy?stats;csv, Prometheus at /metrics; 0: nowhere */
    const char *binary;    /* NULL: "haproxy" on PATH or in /usr/sbin. Copied */
};

typedef void haproxy_closed_fn(void *context);

/* ST_NOT_FOUND or ST_UNSUPPORTED with one line for a person. Runs `haproxy -v`: some 10 ms. */
enum status haproxy_backend_check(const char *binary, struct error *err) MUST_USE;

/* Returns at once; HAProxy answers some 100 ms later, and an apply waits for that. */
enum status haproxy_open(uv_loop_t *loop, const struct haproxy_options *options,
                         struct haproxy **ret_haproxy, struct error *err) MUST_USE;

struct env_proxy *haproxy_port(struct haproxy *haproxy);

/* The process that used the port has died: its operations are forgotten, HAProxy goes on. */
void haproxy_drop(struct haproxy *haproxy);

/* From now on the death of the scope's process does the same. */
void haproxy_drop_with(struct haproxy *haproxy, struct real_scope *scope);

/* Drops all operations, ends HAProxy with all its workers, removes its files, frees. */
void haproxy_close(struct haproxy *haproxy, haproxy_closed_fn *closed, void *context);

/* What a killed run left in dir, without starting anything: ends the process, removes the files. */
enum status haproxy_clean(const char *dir, struct error *err) MUST_USE;

/* The master's pid, 0 while it is not running: for tests and messages. */
int64_t haproxy_pid(const struct haproxy *haproxy);

/* How often HAProxy was reloaded: for tests and reports. */
uint32_t haproxy_reloads_count(const struct haproxy *haproxy);

#endif
