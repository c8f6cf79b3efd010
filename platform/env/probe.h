/*
 * platform/env/probe.h - the probe port: one health or readiness question with a timeout.
 *
 * Behind it: platform/backends/probe/ (libcurl, sockets, the engine's exec) and fakes/probe/;
 *            tests/peers/test_probe.c holds both to the words below.
 * Errors:    ST_OK the question was answered: judge ret_http_code or ret_exit_code. ST_REFUSED is
 *            spelt ST_FAILED (nobody listens there); ST_TIMEOUT; ST_UNAVAILABLE (no way there).
 */
#ifndef PLATFORM_ENV_PROBE_H
#define PLATFORM_ENV_PROBE_H

#include "platform/env/op.h"

enum env_probe_kind { ENV_PROBE_HTTP, ENV_PROBE_HTTPS, ENV_PROBE_TCP, ENV_PROBE_COMMAND };

struct env_probe_ask {
    struct env_op       op;
    uint64_t            token; /* the container: for commands, and to name it in traces */
    uint32_t            ipv4;  /* host byte order */
    uint16_t            port;
    enum env_probe_kind kind : 8;
    /* private to the implementation, like ret_near: of an earlier ask of the same address and port,
     * else 0 */
    uint32_t            impl[2];
    const char         *path;  /* HTTP: begins with '/'. Borrowed until done() */
    const char         *shell; /* commands. Borrowed until done() */
    int64_t             timeout_ns;
    int32_t             ret_http_code; /* HTTP(S) */
    int32_t             ret_exit_code; /* commands */
    /* what the implementation will read when it is asked again: for the caller a hint, which it
     * never follows */
    const void         *ret_near;
};

struct env_probe {
    const struct env_probe_ops *ops;
};

typedef void env_probe_ask_fn(struct env_probe *probe, struct env_probe_ask *ask);

struct env_probe_ops {
    const char       *name;
    env_probe_ask_fn *ask;
};

static inline void
env_probe_ask(struct env_probe *probe, struct env_probe_ask *ask)
{
    ASSERT(ask->timeout_ns > 0);
    ASSERT(ask->kind == ENV_PROBE_COMMAND ? ask->shell != NULL : ask->port > 0);
    env_op_begin(&ask->op);
    probe->ops->ask(probe, ask);
    env_op_begun(&ask->op);
}

#endif
