/*
 * platform/env/names.h - the names port: DNS questions that clients outside ask, brought to the
 * process that can answer them.
 *
 * Behind it: platform/backends/dns/, on a docker run that was asked for it. A simulated client asks
 *            nothing: its proxy knows inside names. So a process may find no such port.
 * Calling:   answer() is called from the loop between two events, while it is served by; it changes
 *            nothing in the process.
 * Packets:   whole DNS messages (RFC 1035), without the length that TCP puts before them.
 */
#ifndef PLATFORM_ENV_NAMES_H
#define PLATFORM_ENV_NAMES_H

#include "platform/base/common.h"

enum { ENV_NAMES_PACKET_MAX = 65535 };

struct env_names_query {
    const uint8_t *bytes; /* borrowed */
    size_t         len;
    bool           over_tcp; /* no need to be short */
};

/* Writes the answer into ret, ENV_NAMES_PACKET_MAX bytes; returns how many, 0: there is none. */
struct env_names_answerer {
    size_t (*answer)(struct env_names_answerer *answerer, const struct env_names_query *query,
                     uint8_t *ret);
};

struct env_names {
    const struct env_names_ops *ops;
};

/* From now on this one answers; NULL: nobody, and questions are not heard. Borrowed until then. */
typedef void env_names_serve_fn(struct env_names *names, struct env_names_answerer *answerer);

struct env_names_ops {
    const char         *name;
    env_names_serve_fn *serve;
};

static inline void
env_names_serve(struct env_names *names, struct env_names_answerer *answerer)
{
    ASSERT(answerer == NULL || answerer->answer != NULL);
    names->ops->serve(names, answerer);
}

#endif
