/*
 * platform/env/store.h - the store port: durable records, changed by transactions.
 *
 * Behind it: platform/backends/sqlite/ and fakes/store/; tests/peers/test_store.c holds both to the
 *            words below.
 * Shape:     a record lives at (table, id); tables are numbered by the platform (model/records.h).
 *            Every committed transaction has a revision, 1 2 3 ..., the same for all its writes.
 * Errors:    commit: ST_CONFLICT when the compared record is not at the revision given, nothing is
 *            written then; ST_TIMEOUT and ST_UNAVAILABLE: it may or may not be written. ST_IO.
 * Promise:   what was answered ST_OK survives a crash of this process and of the machine.
 *            Transactions of one process commit in the order of their calls. When one was not
 *            written, neither are those that the process called before it had the answer: they are
 *            answered ST_UNAVAILABLE. So each may build on the ones before it.
 */
#ifndef PLATFORM_ENV_STORE_H
#define PLATFORM_ENV_STORE_H

#include "platform/base/record.h"
#include "platform/env/op.h"

enum { ENV_STORE_WRITES_MAX = 4096 };

struct env_store_write {
    uint32_t                  table;
    uint64_t                  id;
    const struct record_type *type;
    const void               *record; /* NULL deletes; copied at the call */
};

/* Commits all writes or none. */
struct env_store_commit {
    struct env_op                 op;
    const struct env_store_write *writes; /* borrowed during the call only */
    uint32_t                      writes_count;
    bool                          compares; /* then: (table, id) must be at revision (0: absent) */
    uint32_t                      compare_table;
    uint64_t                      compare_id;
    uint64_t                      compare_revision;
    uint64_t                      ret_revision; /* on ST_OK */
};

/* Reads the records of a table with first_id <= id <= last_id, in order of id. */
struct env_store_range {
    struct env_op             op;
    uint32_t                  table;
    uint64_t                  first_id;
    uint64_t                  last_id;
    const struct record_type *type; /* what is expected there; another type is ST_INVALID */
    /* called once a record before done(); the record is valid during the call */
    void (*row)(struct env_store_range *range, uint64_t id, uint64_t revision, const void *record);
};

struct env_store {
    const struct env_store_ops *ops;
};

typedef void env_store_commit_fn(struct env_store *store, struct env_store_commit *commit);
typedef void env_store_range_fn(struct env_store *store, struct env_store_range *range);

struct env_store_ops {
    const char          *name;
    env_store_commit_fn *commit;
    env_store_range_fn  *range;
};

static inline void
env_store_commit(struct env_store *store, struct env_store_commit *commit)
{
    ASSERT(commit->writes_count <= ENV_STORE_WRITES_MAX);
    env_op_begin(&commit->op);
    store->ops->commit(store, commit);
    env_op_begun(&commit->op);
}

static inline void
env_store_range(struct env_store *store, struct env_store_range *range)
{
    ASSERT(range->row != NULL);
    ASSERT(range->first_id <= range->last_id);
    env_op_begin(&range->op);
    store->ops->range(store, range);
    env_op_begun(&range->op);
}

#endif
