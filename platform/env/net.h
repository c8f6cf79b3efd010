/*
 * platform/env/net.h - the net port: messages between processes.
 *
 * Behind it: platform/backends/loop/ (encoded, within one program) and fakes/net/ (latency, loss,
 *            duplication, reordering, partition).
 * Calling:   a message is delivered at most once per copy, any time later, or never; the sender is
 *            not told. What must arrive is sent again by its owner until it is acknowledged.
 * Memory:    the record is copied at the call; a received one is valid during receive() only.
 */
#ifndef PLATFORM_ENV_NET_H
#define PLATFORM_ENV_NET_H

#include "platform/base/record.h"

/* kind << 24 | index: who a process is, for as long as the cluster lives. */
typedef uint32_t env_address;

enum env_process_kind {
    ENV_PROCESS_NONE,
    ENV_PROCESS_MASTER,
    ENV_PROCESS_AGENT, /* index: the node's */
    ENV_PROCESS_EDGE,  /* index: the node's */
    ENV_PROCESS_CLIENT /* whoever speaks to the front door */
};
#define ENV_PROCESS_KIND_COUNT (ENV_PROCESS_CLIENT + 1)

static inline env_address
env_address_of(enum env_process_kind kind, uint32_t index)
{
    ASSERT(index < (1U << 24));
    return (uint32_t)kind << 24 | index;
}

static inline enum env_process_kind
env_address_kind(env_address address)
{
    return (enum env_process_kind)(address >> 24);
}

static inline uint32_t
env_address_index(env_address address)
{
    return address & 0xFFFFFFU;
}

struct env_receiver;
typedef void env_receive_fn(struct env_receiver *receiver, env_address from,
                            const struct record_type *type, const void *record);

struct env_receiver {
    env_receive_fn *receive;
};

struct env_net {
    const struct env_net_ops *ops;
    env_address               self; /* set by the implementation */
};

typedef void env_net_send_fn(struct env_net *net, env_address to, const struct record_type *type,
                             const void *record);

/* From now on messages to this process come to receiver; before, they are lost. Borrowed. */
typedef void env_net_listen_fn(struct env_net *net, struct env_receiver *receiver);

struct env_net_ops {
    const char        *name;
    env_net_send_fn   *send;
    env_net_listen_fn *listen;
};

static inline void
env_net_send(struct env_net *net, env_address to, const struct record_type *type,
             const void *record)
{
    ASSERT(to != 0);
    ASSERT(record != NULL);
    net->ops->send(net, to, type, record);
}

static inline void
env_net_listen(struct env_net *net, struct env_receiver *receiver)
{
    ASSERT(receiver->receive != NULL);
    net->ops->listen(net, receiver);
}

#endif
