/*
 * platform/names/names.c - the controller that answers DNS questions from what the master knows.
 *
 * The table is made when somebody asks and something may have changed since: nobody asks in a
 * simulation, and there it costs nothing. A master that does not lead knows nothing for sure.
 */
#include "platform/names/dns.h"

/* Proxies come and go without a step of the master: so old a table is made anew in any case. */
#define NAMES_AGE_NS_MAX SEC(2)

struct names_state {
    struct env_names_answerer answerer;
    struct cluster           *cluster;
    struct names_table        table;
    bool                      stale;
    int64_t                   built_at_ns;
};

static size_t
names_answer(struct env_names_answerer *answerer, const struct env_names_query *query,
             uint8_t *ret)
{
    struct names_state *names = container_of(answerer, struct names_state, answerer);
    struct cluster *cluster = names->cluster;
    if (!cluster->leading) {
        return dns_answer(NULL, query, ret);
    }
    const int64_t now_ns = cluster_now(cluster);
    if (names->stale || now_ns >= names->built_at_ns + NAMES_AGE_NS_MAX) {
        names_table_build(&names->table, cluster);
        names->stale = false;
        names->built_at_ns = now_ns;
    }
    return dns_answer(&names->table, query, ret);
}

static void
names_open(struct cluster *cluster, void *state)
{
    struct names_state *names = state;
    names->cluster = cluster;
    names->answerer.answer = names_answer;
    names->stale = true;
    names_table_init(&names->table, cluster->env->memory_poison);
    if (cluster->env->names != NULL) {
        env_names_serve(cluster->env->names, &names->answerer);
    }
}

static void
names_finish(struct cluster *cluster, void *state)
{
    (void)cluster;
    ((struct names_state *)state)->stale = true;
}

static void
names_close(struct cluster *cluster, void *state)
{
    struct names_state *names = state;
    if (cluster->env->names != NULL) {
        env_names_serve(cluster->env->names, NULL);
    }
    names_table_fini(&names->table);
}

const struct controller names_controller = {
    .name = "names",
    .state_bytes = sizeof(struct names_state),
    .open = names_open,
    .finish = names_finish,
    .close = names_close,
};
