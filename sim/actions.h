/*
 * sim/actions.h - the verbs of a timeline: one file a verb in sim/actions/, listed in actions.def.
 *
 * A verb acts through struct world_ops alone: its two halves are the simulated world
 * (sim/world_ops.c) and the real one (platform/cli/docker_ops.c).
 */
#ifndef SIM_ACTIONS_H
#define SIM_ACTIONS_H

#include "sim/fields.h"
#include "sim/scenario.h"

struct run;
struct json_t;
struct traffic_ledger;

/* One node as a selector sees it. */
struct world_node_view {
    uint32_t    index;
    const char *name;
    const char *zone;
    const char *role;
    bool        up;
    bool        ended;     /* by its cloud: it never comes back, and nothing is done to it */
    bool        reachable; /* by the master: no partition */
    const char *group;     /* "private", "" when there are no groups */
    const char *type;      /* "m5.xlarge", "" when it has none */
    int32_t     cpu_milli; /* capacity */
    int32_t     gpus;
    int64_t     mem_bytes;
    int64_t     disk_bytes;
    int64_t     cost_microusd_hour; /* 0: not known */
};

/* What a scenario may do to a world, and ask of it. Done at once; effects follow as events. */
struct world_ops {
    const char *name; /* "fake", "docker" */
    struct env *(*client_env)(void *world); /* clock, net, random of the scenario itself */
    /* Fills at most views_max, in order of index; the answer is how many there are. */
    uint32_t (*nodes)(void *world, struct world_node_view *views, uint32_t views_max);
    /* Another number whenever nodes() may answer otherwise, never 0. NULL: nobody can tell. */
    uint64_t (*nodes_version)(void *world);
    enum status (*kill_task)(void *world, uint64_t task, struct error *err);
    /* Its work takes factor times as long until the same factor ends; ST_NOT_FOUND: it does not
     * run, or no such factor lasts. NULL: cannot be done. */
    enum status (*slow_task)(void *world, uint64_t task, double factor, bool begins,
                             struct error *err);
    enum status (*kill_node)(void *world, uint32_t node, struct error *err);
    enum status (*start_node)(void *world, uint32_t node, struct error *err);
    enum status (*restart_agent)(void *world, uint32_t node, struct error *err);
    enum status (*restart_master)(void *world, int64_t down_ns, struct error *err);
    enum status (*partition)(void *world, const uint32_t *nodes, uint32_t count, bool on,
                             struct error *err); /* cut these nodes from all others, or heal */
    enum status (*set_traffic)(void *world, uint32_t line, int64_t rate_microhertz,
                               struct error *err);
    /* How many clients a closed line has. NULL: there are no such lines. */
    enum status (*set_clients)(void *world, uint32_t line, uint32_t clients, struct error *err);
    /* What a line of traffic knows of its requests. NULL: it is not told. */
    void (*ledger)(void *world, uint32_t line, struct traffic_ledger *ret);
    /* Tells run_server() of every server there is, each from when it was last told of. NULL: the
     * world tells of them by itself. */
    void (*tell_servers)(void *world);
    /* From now on each request that still arrives at this container is told as a fact. NULL in a
     * world that tells no facts: invariants that need them are then left out. */
    void (*watch)(void *world, uint64_t token);
    /* No line of traffic makes a request any more. NULL: a scenario cannot end before its time. */
    void (*stop_traffic)(void *world);
    /* Requests whose clients still wait. NULL: there never are any. */
    uint64_t (*requests_open)(void *world);
};

/* What an act has touched, kept for its undo. */
struct action_scope {
    struct vec  nodes;  /* uint32_t node indices, filled by act */
    struct vec  tasks;  /* uint64_t task ids, filled by act */
    const char *target; /* for people, set by act: "private-3, private-5"; NULL: see describe */
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
    int64_t             for_default_ns; /* how long it lasts when "for" is not given; 0: for good */
    const void         *defaults;       /* data starts as a copy of it; NULL: zeroed */
    /* checks what the table cannot: apps and zones that exist. Called when the whole scenario has
     * been read. May be NULL. */
    void (*check)(const struct scenario *scenario, const void *data, const struct fields_read *read,
                  const char *pointer);
    enum status (*act)(struct run *run, const struct scenario_step *step,
                       struct action_scope *scope, struct error *err);
    /* NULL: what lasts ends by itself */
    enum status (*undo)(struct run *run, const struct scenario_step *step,
                        struct action_scope *scope, struct error *err);
};

extern const struct action *const actions[]; /* NULL-terminated, in the order of actions.def */
const struct action              *action_find(const char *verb); /* or NULL */

/* Whether the scenario has this app: in its apps, or deployed by its timeline with an id of its
 * own in "set". */
bool scenario_has_app(const struct scenario *scenario, const char *app);
/* An error at a pointer with the nearest valid id when it has not. */
void action_check_app_at(const struct scenario *scenario, const char *app,
                         const struct fields_read *read, const char *pointer);
/* The same at pointer + "/app". */
void action_check_app(const struct scenario *scenario, const char *app,
                      const struct fields_read *read, const char *pointer);

#endif
