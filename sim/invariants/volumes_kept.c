/*
 * sim/invariants/volumes_kept.c - a persistent volume is mounted by one running container at a
 * time, and once the world is quiet there is none that nobody holds.
 */
#include "platform/base/idmap.h"
#include "sim/invariant.h"

/* One that is there. */
struct volumes_row {
    uint64_t volume;
    uint64_t token; /* of the running container that mounts it, 0: none */
    uint32_t node;
};

struct volumes_state {
    struct vec   rows;  /* struct volumes_row */
    struct idmap held;  /* volume -> 1: the master has said so */
    struct idmap down;  /* node + 1 -> 1 */
};

static void
volumes_start(struct run *run, void *state)
{
    (void)run;
    vec_init(&((struct volumes_state *)state)->rows, sizeof(struct volumes_row));
}

static struct volumes_row *
volumes_find(const struct volumes_state *volumes, uint64_t volume, uint32_t node)
{
    for (uint32_t i = 0; i < volumes->rows.count; i++) {
        struct volumes_row *row = vec_at(&volumes->rows, i);
        if (row->volume == volume && row->node == node) {
            return row;
        }
    }
    return NULL;
}

static void
volumes_mounted(struct run *run, void *state, const struct world_fact *fact)
{
    const uint64_t volume = (uint64_t)fact->value;
    struct volumes_row *row = volumes_find(state, volume, fact->node);
    invariant_checked(run, state);
    if (row == NULL) {
        invariant_violated(run, state, "container %llu mounts volume %llu, which is not there",
                           (unsigned long long)fact->token, (unsigned long long)volume);
        return;
    }
    if (row->token != 0 && row->token != fact->token) {
        invariant_violated(run, state, "volume %llu on machine %u is mounted by %llu and %llu",
                           (unsigned long long)volume, fact->node,
                           (unsigned long long)row->token, (unsigned long long)fact->token);
    }
    row->token = fact->token;
}

static void
volumes_ended(const struct volumes_state *volumes, uint64_t token)
{
    for (uint32_t i = 0; i < volumes->rows.count; i++) {
        struct volumes_row *row = vec_at(&volumes->rows, i);
        row->token = row->token == token ? 0 : row->token;
    }
}

static void
volumes_removed(struct volumes_state *volumes, uint64_t volume, uint32_t node)
{
    for (uint32_t i = 0; i < volumes->rows.count; i++) {
        const struct volumes_row *row = vec_at(&volumes->rows, i);
        if (row->volume == volume && row->node == node) {
            vec_remove_at(&volumes->rows, i);
            return;
        }
    }
}

static void
volumes_fact(struct run *run, void *state, const struct world_fact *fact)
{
    struct volumes_state *volumes = state;
    struct volumes_row *row = NULL;
    switch (fact->kind) {
    case WORLD_VOLUME_MADE:
        row = vec_push(&volumes->rows);
        *row = (struct volumes_row){ .volume = (uint64_t)fact->value, .node = fact->node };
        break;
    case WORLD_VOLUME_MOUNTED:
        volumes_mounted(run, state, fact);
        break;
    case WORLD_VOLUME_REMOVED:
        volumes_removed(volumes, (uint64_t)fact->value, fact->node);
        break;
    case WORLD_CONTAINER_ENDED:
    case WORLD_CONTAINER_REMOVED:
        volumes_ended(volumes, fact->token);
        break;
    case WORLD_NODE_UP:
        idmap_remove(&volumes->down, (uint64_t)fact->node + 1);
        break;
    case WORLD_NODE_DOWN:
        idmap_put(&volumes->down, (uint64_t)fact->node + 1, 1);
        break;
    case WORLD_CONTAINER_STARTED:
    case WORLD_REQUEST_WATCHED:
    case WORLD_PROCESS_STARTED:
    case WORLD_PROCESS_DIED:
    case WORLD_INSTANCE:
        break;
    }
}

static void
volumes_event(struct run *run, void *state, env_address process, const struct env_event *event)
{
    enum { MADE = 1, LOADED, RELEASED, GONE };
    struct volumes_state *volumes = state;
    (void)run;
    (void)process;
    if (event->kind == ENV_EVENT_MASTER && event->new_state == 0) {
        idmap_fini(&volumes->held); /* what it finds is told next */
        volumes->held = (struct idmap){ 0 };
    } else if (event->kind == ENV_EVENT_RESERVATION) {
        const bool is_held = event->new_state == MADE || event->new_state == LOADED;
        if (is_held && event->app[0] != '\0') { /* else one that was given up before */
            idmap_put(&volumes->held, event->task, 1);
        } else {
            idmap_remove(&volumes->held, event->task);
        }
    }
}

/* The first on a machine that is up and that nobody holds, or NULL. */
static const struct volumes_row *
volumes_orphan(struct volumes_state *volumes)
{
    for (uint32_t i = 0; i < volumes->rows.count; i++) {
        const struct volumes_row *row = vec_at(&volumes->rows, i);
        if (idmap_get(&volumes->down, (uint64_t)row->node + 1) == 0 &&
            idmap_get(&volumes->held, row->volume) == 0) {
            return row;
        }
    }
    return NULL;
}

static bool
volumes_quiet(struct run *run, void *state)
{
    (void)run;
    return volumes_orphan(state) == NULL;
}

static void
volumes_end(struct run *run, void *state)
{
    const struct volumes_row *orphan = volumes_orphan(state);
    invariant_checked(run, state);
    if (orphan != NULL) {
        invariant_violated(run, state, "volume %llu is on machine %u and no app holds it",
                           (unsigned long long)orphan->volume, orphan->node);
    }
}

static void
volumes_fini(struct run *run, void *state)
{
    struct volumes_state *volumes = state;
    (void)run;
    vec_fini(&volumes->rows);
    idmap_fini(&volumes->held);
    idmap_fini(&volumes->down);
}

const struct invariant invariant_volumes_kept = {
    .id = "volumes-kept",
    .about = "A persistent volume is mounted by one running container at a time; once the world is "
             "quiet, an app holds each.",
    .needs_facts = true,
    .events = INVARIANT_KIND(ENV_EVENT_MASTER) | INVARIANT_KIND(ENV_EVENT_RESERVATION),
    .facts = INVARIANT_KIND(WORLD_VOLUME_MADE) | INVARIANT_KIND(WORLD_VOLUME_MOUNTED) |
             INVARIANT_KIND(WORLD_VOLUME_REMOVED) | INVARIANT_KIND(WORLD_CONTAINER_ENDED) |
             INVARIANT_KIND(WORLD_CONTAINER_REMOVED) | INVARIANT_KIND(WORLD_NODE_UP) |
             INVARIANT_KIND(WORLD_NODE_DOWN),
    .state_bytes = sizeof(struct volumes_state),
    .start = volumes_start,
    .event = volumes_event,
    .fact = volumes_fact,
    .quiet = volumes_quiet,
    .end = volumes_end,
    .fini = volumes_fini,
};
