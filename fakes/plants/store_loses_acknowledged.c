/*
 * fakes/plants/store_loses_acknowledged.c - a store that answers before anything is written, and
 * writes nothing of every second transaction.
 */
#include "fakes/plants/plants.h"

struct lossy_store {
    struct env_store  port;
    struct env_store *behind; /* borrowed */
    uint64_t          commits;
};

static void
lossy_store_commit(struct env_store *port, struct env_store_commit *commit)
{
    struct lossy_store *store = container_of(port, struct lossy_store, port);
    const uint32_t writes_count = commit->writes_count;
    store->commits++;
    if (store->commits > 1 && store->commits % 2 == 0) { /* the first one takes the term */
        commit->writes_count = 0;
    }
    store->behind->ops->commit(store->behind, commit);
    commit->writes_count = writes_count;
}

static void
lossy_store_range(struct env_store *port, struct env_store_range *range)
{
    struct lossy_store *store = container_of(port, struct lossy_store, port);
    store->behind->ops->range(store->behind, range);
}

static const struct env_store_ops lossy_store_ops = { .name = "store-loses-acknowledged",
                                                      .commit = lossy_store_commit,
                                                      .range = lossy_store_range };

static void
lossy_store_wrap(struct env *env, struct arena *arena)
{
    if (env->store != NULL) {
        struct lossy_store *store = ARENA_NEW(arena, struct lossy_store);
        store->port.ops = &lossy_store_ops;
        store->behind = env->store;
        env->store = &store->port;
    }
}

const struct plant plant_store_loses_acknowledged = {
    .name = "store-loses-acknowledged",
    .about = "the store answers that a transaction is written and writes nothing of it",
    .wrap = lossy_store_wrap,
};
