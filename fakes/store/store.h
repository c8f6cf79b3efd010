/*
 * fakes/store/store.h - the store port of a simulated process: what was acknowledged survives.
 *
 * Model: transactions become durable in the order of their calls, each some milliseconds after its
 *        call. When the process dies, those on their way have been written up to a point that is
 *        drawn; what had been answered ST_OK is always before it.
 */
#ifndef FAKES_STORE_STORE_H
#define FAKES_STORE_STORE_H

#include "fakes/world.h"
#include "platform/env/store.h"

/* All zero: no faults, the default latencies. */
struct fake_store_options {
    int64_t  commit_ns_min; /* from the call to durable and answered; both 0: the defaults */
    int64_t  commit_ns_max;
    int64_t  range_ns;        /* 0: the default */
    uint32_t commit_fail_ppm; /* answered ST_UNAVAILABLE, nothing written */
    uint32_t commit_lost_ppm; /* written, but answered ST_TIMEOUT */
    uint32_t commit_fail_nth; /* the n-th commit fails so, counted from 1; 0: none */
};

/* A guess: an SSD's fsync. */
#define FAKE_STORE_COMMIT_NS_MIN MS(1)
#define FAKE_STORE_COMMIT_NS_MAX MS(3)
#define FAKE_STORE_RANGE_NS      MS(1)

struct fake_store; /* opaque */

struct fake_store *fake_store_open(struct world *world, const struct fake_store_options *options);
void               fake_store_close(struct fake_store *store); /* NULL: nothing */

/* Its process died: what is on its way is written up to a drawn point, the rest never was. */
void fake_store_crash(struct fake_store *store);

/* Before any process runs: the record is there already, at revision 1. */
void fake_store_preload(struct fake_store *store, uint32_t table, uint64_t id,
                        const struct record_type *type, const void *record);

struct fake_store_port {
    struct env_store      port;
    struct fake_store    *store;   /* borrowed */
    struct world_process *process; /* borrowed */
};

void fake_store_port_init(struct fake_store_port *port, struct fake_store *store,
                          struct world_process *process);

/* For tests: grows whenever a transaction begins, and when one becomes durable. */
uint64_t fake_store_moves(const struct fake_store *store);

/* For tests: how many records a table holds. */
uint32_t fake_store_count(const struct fake_store *store, uint32_t table);

#endif
