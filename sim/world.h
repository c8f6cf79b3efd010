/*
 * sim/world.h - the simulated world: its inside. fakes/world.h is what fakes see of it.
 *
 * Life:   world_open, world_run until the run is over, world_close. One run a world, any number of
 *         worlds in a process.
 * Nodes:  index 0 is the master's machine; the others are instances that the fake cloud boots.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "fakes/clock/clock.h"
#include "fakes/cloud/cloud.h"
#include "fakes/containers/containers.h"
#include "fakes/journal/journal.h"
#include "fakes/net/net.h"
#include "fakes/plants/plants.h"
#include "fakes/probe/probe.h"
#include "fakes/proxy/fake_proxy.h"
#include "fakes/random/random.h"
#include "fakes/store/store.h"
#include "platform/base/event_queue.h"
#include "platform/env/process.h"
#include "sim/run.h"
#include "sim/trace.h"
#include "sim/traffic.h"
#include "sim/world_rings.h"

struct world_process {
    /* what nearly every event of it reads, and heartbeats and health checks: in four lines */
    struct world              *world; /* borrowed */
    struct process            *process; /* owned; NULL while it is down */
    env_address                address;
    uint32_t                   node;
    uint32_t                   incarnation; /* grows with each death */
    bool                       alive;
    struct fake_clock          clock;
    struct fake_net            net;
    struct env                 env;
    struct fake_probe          probe;      /* of an agent */
    struct fake_containers     containers; /* of an agent */

    const struct process_kind *kind; /* NULL: the client, which is not a process of the platform */
    struct fake_random         random;
    struct fake_journal        journal;
    struct arena              *arena; /* owned; of one life: ports and plants; NULL: none yet */
    const void                *config; /* in the world's arena */
    world_event                restart;
};

/* What every message and probe asks about a node: together, so that those of thousands of nodes
 * stay in a cache. */
struct world_place {
    uint32_t ipv4;
    uint32_t island; /* partition: reaches only nodes of the same number */
    uint32_t listeners_version; /* never 0; grows with who listens at its address */
    bool     up;
};

struct world_node {
    uint32_t              index;
    const char           *name;
    const char           *zone;
    const char           *role;
    const char           *group;
    const char           *attributes; /* node_spec.attributes */
    const struct instance_type *machine; /* NULL: the master's */
    uint64_t              instance; /* the cloud's id, 0: not of the cloud */
    bool                  ended; /* by its cloud: it never boots again */
    struct fake_engine   *engine; /* owned; NULL on the master's */
    struct fake_proxy    *proxy;  /* of the datapath; NULL without role slave_public */
    struct world_process *agent;
    struct world_process *edge;
};

/* Who listens somewhere. */
struct world_listener {
    uint64_t              key;     /* ipv4 << 16 | port */
    struct world_service *service; /* NULL: nobody */
};

struct world_options {
    struct sim_io *io;     /* borrowed; NULL: no trace is written */
    uint64_t       seed;
    uint8_t        poison; /* fresh memory is filled with it */
    bool           wire_encoded;
    const char *const *sets; /* for the trace's header */
    uint32_t       sets_count;
    /* faults of the fakes themselves, beside those of the scenario; all-zero: none */
    struct fake_net_options        net;
    struct fake_store_options      store;
    struct fake_proxy_options      proxy;
    struct fake_containers_options containers;
    uint32_t cloud_unavailable_nth; /* of struct fake_cloud_options */
    uint32_t cloud_unanswered_nth;
};

struct world {
    union { /* its fields have their own names here too */
        struct world_base base;
        struct {
            int64_t               now_ns;
            uint64_t              map_changes;
            struct fake_datapath *datapath; /* owned */
        };
    };
    const struct scenario *scenario; /* borrowed */
    struct world_options   options;
    struct arena           arena;
    struct run             run;
    bool                   shown; /* the run has begun: it is told what happens */
    bool                   over;

    struct event_queue *queue;
    struct world_rings  rings;      /* what is pending beside the queue */
    struct world_slots  slots;      /* what is due of the queued, by slot */
    uint64_t            sequence;
    uint64_t            cancelled; /* entries of the queue that are stale */
    uint64_t            fired;
    bool (*interrupted)(void *context); /* asked now and then; NULL: never */
    void *interrupted_context;
    int64_t             looked_at_ns; /* the last time that was asked */
    uint32_t            still_looks, still_looks_max; /* in a row that found the same instant */

    struct trace *trace;

    struct vec            nodes;      /* struct world_node * */
    struct vec            places;     /* struct world_place, one a node */
    uint64_t              nodes_changes; /* of what a view of a node shows */
    struct vec            processes;  /* struct world_process * */
    /* by the kind and index of their addresses: struct world_process *, NULL: there is none */
    struct vec            by_address[ENV_PROCESS_KIND_COUNT];
    struct map64          by_instance;   /* the cloud's id -> node + 1 */
    uint32_t             *groups_nodes;  /* nodes there have been, one a group; in the arena */
    struct map64          by_ipv4;    /* -> node + 1 */
    struct map64          listeners;  /* ipv4 << 16 | port -> services index + 1 */
    struct vec            services;   /* struct world_listener */
    struct vec            services_free; /* uint32_t */
    struct map64          behaviors;  /* interned image -> index + 1 */
    struct intern         images;
    struct app_cache     *definitions; /* owned; what has been read once for all */
    struct world_process *master;
    struct world_process *client;

    struct fake_network   network;
    struct fake_store    *store;    /* owned */
    struct fake_cloud    *cloud;    /* owned */
    struct traffic       *traffic;  /* owned */
};
_Static_assert(offsetof(struct world, map_changes) == offsetof(struct world_base, map_changes) &&
                   offsetof(struct world, datapath) == offsetof(struct world_base, datapath),
               "the fields of the base");

/* Runs the scenario from its beginning to its verdict; results are in world->run.results. */
struct world *world_open(const struct scenario *scenario, const struct world_options *options);
void          world_play(struct world *world);
/* The same in pieces: begin, turns until one is the last, end. */
void          world_begin(struct world *world);
bool          world_turn(struct world *world); /* an event; false: it was the last one */
void          world_end(struct world *world);
void          world_close(struct world *world);

extern const struct world_ops world_ops_fake;

/* --- inside --- */
void world_events_init(struct world *world);
void world_events_fini(struct world *world);
bool world_step(struct world *world); /* an event; false: nothing is pending any more */

struct world_process *world_process_add(struct world *world, const struct process_kind *kind,
                                        env_address address, uint32_t node, const void *config);
void world_process_start(struct world_process *process);
void world_process_kill(struct world_process *process);
void world_process_fini(struct world_process *process); /* of a closed one, with the world */
/* Kills it and starts it again after delay_ns, if its node is up then. */
void world_process_restart(struct world_process *process, int64_t delay_ns);

struct world_node *world_node_at(const struct world *world, uint32_t index);

static inline struct world_place *
world_place_at(const struct world *world, uint32_t index)
{
    ASSERT(index < world->places.count);
    return (struct world_place *)world->places.items + index;
}

static inline struct world_place *
world_node_place(const struct world *world, const struct world_node *node)
{
    return world_place_at(world, node->index);
}

struct world_node *world_node_add(struct world *world, const char *name); /* which is kept */
void world_master_open(struct world *world); /* the master's machine, and the client */
void world_cloud_open(struct world *world);  /* the groups' instances begin to boot */
/* sim/world_given.c: machines that are there from the start; made, then switched on */
void world_given_make(struct world *world);
void world_given_power_on(struct world *world);
/* sim/snapshot_world.c: what runs on them, and what the master finds in its store */
void world_snapshot_open(struct world *world);
/* A machine of the cloud, not switched on yet. attributes: NULL is its group's. Both texts are kept
 * as they are and last as long as the world. */
struct world_node *world_node_make(struct world *world, const char *name, const char *attributes,
                                   const struct instance_info *info);
const struct instance_type *world_group_machine(const struct scenario_group *group);
void world_nodes_close(struct world *world);
void world_node_power_on(struct world_node *node);
void world_node_power_off(struct world_node *node);

#endif
