/* fakes/plants/store_forgets_term.c - a store that writes nothing of a master's first transaction:
 * the one that takes its term. */
#include "fakes/plants/plants.h"

struct termless_store {
    struct env_store  port;
    struct env_store *behind; /* borrowed */
    uint64_t          commits;
};

static void
termless_store_commit(struct env_store *port, struct env_store_commit *commit)
{
    struct termless_store *store = container_of(port, struct termless_store, port);
    const uint32_t writes_count = commit->writes_count;
    commit->writes_count = store->commits++ == 0 ? 0 : writes_count;
    store->behind->ops->commit(store->behind, commit);
    commit->writes_count = writes_count;
}

static void
termless_store_range(struct env_store *port, struct env_store_range *range)
{
    struct termless_store *store = container_of(port, struct termless_store, port);
    store->behind->ops->range(store->behind, range);
}

static const struct env_store_ops termless_store_ops = { .name = "store-forgets-term",
                                                         .commit = termless_store_commit,
                                                         .range = termless_store_range };

static void
termless_store_wrap(struct env *env, struct arena *arena)
{
    if (env->store != NULL) {
        struct termless_store *store = ARENA_NEW(arena, struct termless_store);
        store->port.ops = &termless_store_ops;
        store->behind = env->store;
        env->store = &store->port;
    }
}

const struct plant plant_store_forgets_term = {
    .name = "store-forgets-term",
    .about = "the store answers that a master's term is written and writes nothing of it",
    .wrap = termless_store_wrap,
};
