/*
 * platform/env/op.h - one operation in flight across the seam.
 *
 * Calling: the caller embeds a struct env_op in its own struct, sets done once, and hands it to a
 *          port. done() comes exactly once and never before the call returns: an early or second
 *          answer trips an ASSERT. When the process dies the operation is dropped.
 * Memory:  the op is the caller's and stays in place until done(). message is valid in done() only.
 */
#ifndef PLATFORM_ENV_OP_H
#define PLATFORM_ENV_OP_H

#include "platform/base/common.h"

struct env_op;
typedef void env_op_done_fn(struct env_op *op);

enum env_op_phase { ENV_OP_IDLE, ENV_OP_BEGINNING, ENV_OP_PENDING };

struct env_op {
    env_op_done_fn   *done;    /* set by the caller before the call */
    /* a sentence beside a status other than ST_OK, never NULL in done() */
    const char       *message;
    enum status       status;
    enum env_op_phase phase; /* private */
};

static inline bool
env_op_is_pending(const struct env_op *op)
{
    return op->phase != ENV_OP_IDLE;
}

/* The wrappers of a port bracket every call with these two. */
static inline void
env_op_begin(struct env_op *op)
{
    ASSERT(op->done != NULL);
    ASSERT(op->phase == ENV_OP_IDLE);
    op->phase = ENV_OP_BEGINNING;
}

static inline void
env_op_begun(struct env_op *op)
{
    ASSERT(op->phase == ENV_OP_BEGINNING);
    op->phase = ENV_OP_PENDING;
}

/* An implementation's answer. Nothing of the op may be touched after it. */
static inline void
env_op_complete(struct env_op *op, enum status status, const char *message)
{
    ASSERT(op->phase == ENV_OP_PENDING);
    op->phase = ENV_OP_IDLE;
    op->status = status;
    op->message = message != NULL ? message : "";
    op->done(op);
}

#endif
