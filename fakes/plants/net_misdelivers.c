/*
 * fakes/plants/net_misdelivers.c - a network that brings what is meant for an agent also to the
 * agent that was written to before.
 */
#include "fakes/plants/plants.h"

struct stray_net {
    struct env_net  port;
    struct env_net *behind; /* borrowed */
    env_address     now;    /* the agent that was written to last, 0: none */
    env_address     before; /* and the one before it */
};

static void
stray_net_send(struct env_net *port, env_address to, const struct record_type *type,
               const void *record)
{
    struct stray_net *net = container_of(port, struct stray_net, port);
    net->behind->ops->send(net->behind, to, type, record);
    if (env_address_kind(to) != ENV_PROCESS_AGENT) {
        return;
    }
    if (to != net->now) {
        net->before = net->now;
        net->now = to;
    }
    if (net->before != 0) {
        net->behind->ops->send(net->behind, net->before, type, record);
    }
}

static void
stray_net_listen(struct env_net *port, struct env_receiver *receiver)
{
    struct stray_net *net = container_of(port, struct stray_net, port);
    net->behind->ops->listen(net->behind, receiver);
}

static const struct env_net_ops stray_net_ops = { .name = "net-misdelivers",
                                                  .send = stray_net_send,
                                                  .listen = stray_net_listen };

static void
stray_net_wrap(struct env *env, struct arena *arena)
{
    struct stray_net *net = ARENA_NEW(arena, struct stray_net);
    net->port.ops = &stray_net_ops;
    net->port.self = env->net->self;
    net->behind = env->net;
    env->net = &net->port;
}

const struct plant plant_net_misdelivers = {
    .name = "net-misdelivers",
    .about = "what is sent to an agent reaches the agent that was written to before, too",
    .wrap = stray_net_wrap,
};
