/*
 * platform/master/outbox.h - copies of messages that wait for their revision: made and gone in the
 * same order, so they stand one behind the other in a few large blocks.
 */
#ifndef PLATFORM_MASTER_OUTBOX_H
#define PLATFORM_MASTER_OUTBOX_H

#include "platform/base/record.h"

struct outbox { /* zeroed: empty */
    struct outbox_block *first, *last; /* owned, oldest first */
};

/* A copy of the record that stays in place until it has left. */
void *outbox_put(struct outbox *outbox, const struct record_type *type, const void *record);
void  outbox_left(struct outbox *outbox); /* the oldest copy is needed no more */
void  outbox_clear(struct outbox *outbox);

#endif
