/*
 * sim/invariants/container_book.h - the containers that really run, from facts alone.
 *
 * A run keeps one for the invariants that need it; it has heard of a fact before they do.
 */
#ifndef SIM_INVARIANTS_CONTAINER_BOOK_H
#define SIM_INVARIANTS_CONTAINER_BOOK_H

#include "fakes/world.h"
#include "platform/base/idmap.h"
#include "platform/base/pool.h"

struct container_row {
    uint64_t token;
    int64_t  mem_bytes;
    int32_t  cpu_milli;
    uint16_t gpu_mask;
    uint16_t gpu_milli; /* 0: whole ones */
    uint32_t node;
    uint32_t next; /* on the same node: pool index, 0 none */
    uint32_t prev;
};

struct container_node {
    int64_t  cpu_milli; /* of its running containers */
    int64_t  mem_bytes;
    uint32_t first; /* pool index, 0 none */
};

struct container_book {
    struct pool  rows;
    struct idmap by_token; /* -> pool index, of running ones */
    struct vec   nodes;    /* struct container_node, by node index */
};

void container_book_init(struct container_book *book);
void container_book_fini(struct container_book *book);
void container_book_fact(struct container_book *book, const struct world_fact *fact);

bool container_book_runs(struct container_book *book, uint64_t token);

/* The node's line, or NULL when nothing ever ran there. */
const struct container_node *container_book_node(const struct container_book *book, uint32_t node);

static inline const struct container_row *
container_book_at(const struct container_book *book, uint32_t index)
{
    return index == 0 ? NULL : pool_at(&book->rows, index);
}

#endif
