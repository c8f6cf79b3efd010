/*
 * sim/actions.h - the verbs of a timeline: one file a verb in sim/actions/, listed in actions.def.
 *
 * A verb acts through struct world_ops alone: its two halves are the simulated world (sim/world_ops.c)
 * and the real one (platform/backends/world/).
 */
#ifndef SIM_ACTIONS_H
#define SIM_ACTIONS_H

#include "sim/fields.h"
#include "sim/scenario.h"

struct run;

/* One node as a selector sees it. */
struct world_node_view {
    uint32_t    index;
    const char *name;
    const char *zone;
    const char *role;
    bool        up;
    bool        reachable; /* by the master: no partition */
};

/* What a scenario may do to a world, and ask of it. Done at once; effects follow as events. */
struct world_ops {
    const char *name; /* "fake", "docker" */
    struct env *(*client_env)(void *world); /* clock, net, random of the scenario itself */
    uint32_t (*nodes)(void *world, struct world_node_view *views, uint32_t views_max);
    enum status (*kill_task)(void *world, uint64_t task, struct error *err);
    enum status (*kill_node)(void *world, uint32_t node, struct error *err);
    enum status (*start_node)(void *world, uint32_t node, struct error *err);
    enum status (*restart_agent)(void *world, uint32_t node, struct error *err);
    enum status (*restart_master)(void *world, int64_t down_ns, struct error *err);
    enum status (*partition)(void *world, const uint32_t *nodes, uint32_t count, bool on,
                             struct error *err); /* cut these nodes from all others, or heal */
    enum status (*set_traffic)(void *world, uint32_t line, int64_t rate_microhertz,
                               struct error *err);
};

struct action {
    const char         *verb;  /* "kill-node" */
    const char         *about; /* one sentence for the guide and the schema */
    const struct field *fields;
    uint32_t            fields_count;
    size_t              data_bytes;
    bool                takes_selector; /* data begins with a struct selector */
    bool                takes_for;      /* "for": undone after it */
    bool                is_fault;       /* counts for the liveness phase */
    bool                real;           /* a docker run can do it */
    /* checks what the table cannot: apps and zones that exist. May be NULL. */
    void (*check)(const struct scenario *scenario, const void *data, const struct fields_read *read,
                  const char *pointer);
    enum status (*act)(struct run *run, const struct scenario_step *step, struct error *err);
    enum status (*undo)(struct run *run, const struct scenario_step *step, struct error *err);
};

extern const struct action *const actions[]; /* NULL-terminated, in the order of actions.def */
const struct action              *action_find(const char *verb);

#endif
