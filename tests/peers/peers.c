/* tests/peers/peers.c - what both halves share: waiting, and the usual calls. */
#include "tests/peers/peers.h"

#include "platform/base/memory.h"

enum { PEER_CPU_MILLI = 100, PEER_MEM_MIB = 32 };

static const struct peer_half *
peer_half(const struct peer *peer)
{
    return peer->kind == PEER_FAKE ? &peer_half_fake : &peer_half_real;
}

struct peer *
peer_open(enum peer_kind kind)
{
    struct peer *peer = memory_alloc_zero(1, sizeof *peer);
    peer->kind = kind;
    peer->token_next = 1;
    peer_half(peer)->open(peer);
    return peer;
}

void
peer_close(struct peer *peer)
{
    peer_half(peer)->close(peer);
    memory_free(peer);
}

void
peer_restart(struct peer *peer)
{
    peer_half(peer)->restart(peer);
}

bool
peer_run_until(struct peer *peer, bool (*done)(void *context), void *context, int64_t bound_ns)
{
    return peer_half(peer)->run_until(peer, done, context, bound_ns);
}

static bool
peer_never(void *context)
{
    (void)context;
    return false;
}

void
peer_run_for(struct peer *peer, int64_t ns)
{
    (void)peer_run_until(peer, peer_never, NULL, ns);
}

void
peer_spec(struct peer *peer, enum peer_app app, struct container_spec *ret_spec)
{
    *ret_spec = (struct container_spec){.token = peer->token_next++,
                                        .network = CONTAINER_BRIDGE,
                                        .cpu_milli = PEER_CPU_MILLI,
                                        .mem_bytes = MIB(PEER_MEM_MIB)};
    peer_half(peer)->spec(peer, app, ret_spec);
}

void
peer_done(struct env_op *op)
{
    (void)op; /* its phase tells */
}

static bool
peer_is_done(void *context)
{
    const struct env_op *op = context;
    return !env_op_is_pending(op);
}

enum status
peer_wait(struct peer *peer, struct env_op *op)
{
    cr_assert(peer_run_until(peer, peer_is_done, op, MIN(1)), "no answer within a minute");
    return op->status;
}

enum status
peer_start(struct peer *peer, const struct container_spec *spec)
{
    struct env_containers_start start = {.op.done = peer_done, .spec = spec};
    env_containers_start(peer->env->containers, &start);
    return peer_wait(peer, &start.op);
}

enum status
peer_stop(struct peer *peer, uint64_t token, int64_t grace_ns)
{
    struct env_containers_stop stop = {.op.done = peer_done, .token = token, .grace_ns = grace_ns};
    env_containers_stop(peer->env->containers, &stop);
    return peer_wait(peer, &stop.op);
}

enum status
peer_remove(struct peer *peer, uint64_t token)
{
    struct env_containers_remove remove = {.op.done = peer_done, .token = token};
    env_containers_remove(peer->env->containers, &remove);
    return peer_wait(peer, &remove.op);
}

enum status
peer_inspect(struct peer *peer, uint64_t token, struct container_info *ret_info)
{
    struct env_containers_inspect inspect = {.op.done = peer_done, .token = token};
    env_containers_inspect(peer->env->containers, &inspect);
    const enum status status = peer_wait(peer, &inspect.op);
    *ret_info = inspect.ret;
    ret_info->image = NULL;
    ret_info->labels = NULL;
    return status;
}
