/*
 * fakes/world.h - where fakes meet: time, order, chance, the network's map, and who listens where.
 *
 * Behind it: sim/ implements every function; a fake includes nothing else of the simulator.
 * Order:     everything that happens later goes through world_at(); equal instants run by class,
 *            then in the order of the calls.
 * Processes: an event given for a process is dropped silently when that process has died since.
 */
#ifndef FAKES_WORLD_H
#define FAKES_WORLD_H

#include "platform/base/dist.h"
#include "platform/base/record.h"
#include "platform/env/net.h"

struct world;         /* the simulated world; one a run */
struct world_process; /* one process slot of it: lives as long as the world, its process may not */

/* What goes first when instants are equal. */
enum world_class {
    WORLD_CLASS_FAULT,   /* the world changes */
    WORLD_CLASS_ANSWER,  /* answers of ports, messages, exits */
    WORLD_CLASS_TIMER,   /* timers of processes */
    WORLD_CLASS_REQUEST, /* traffic */
    WORLD_CLASS_CHECK    /* observers look last */
};

typedef void world_fire_fn(struct world *world, void *context, uint64_t argument);

/* A handle of a pending event: slot and generation. 0 is none. */
typedef uint64_t world_event;

struct fake_datapath;

/* What every struct world begins with: it is asked for many times a request, so it is read in
 * place. */
struct world_base {
    int64_t               now_ns;
    uint64_t              map_changes; /* of what world_connect and world_reaches answer */
    struct fake_datapath *datapath;    /* opened for it; NULL: none yet */
};
static inline const struct world_base *
world_base(const struct world *world)
{
    return (const struct world_base *)(const void *)world;
}

static inline int64_t
world_now(const struct world *world)
{
    return world_base(world)->now_ns;
}

static inline struct fake_datapath *
world_datapath(const struct world *world)
{
    return world_base(world)->datapath;
}

/* process may be NULL. Not traced: what happens is traced where it happens. The argument of a
 * WORLD_CLASS_TIMER is 0 or the address of what it will read: a hint, never followed. */
world_event world_at(struct world *world, int64_t at_ns, enum world_class class,
                     struct world_process *process, world_fire_fn *fire, void *context,
                     uint64_t argument);
/* The same, delay_ns from now: cheaper for what comes again and again after the same time. */
world_event world_after(struct world *world, int64_t delay_ns, enum world_class class,
                        struct world_process *process, world_fire_fn *fire, void *context,
                        uint64_t argument);
void world_cancel(struct world *world, world_event event); /* of a past event: nothing */

uint64_t world_seed(const struct world *world);
void     world_stream(struct world *world, uint32_t node, const char *name, struct rng *ret);
uint8_t  world_poison(const struct world *world);
bool     world_wire_encoded(const struct world *world); /* messages go through their encoding */

/* --- processes and nodes --- */

env_address world_process_address(const struct world_process *process);
uint32_t    world_process_node(const struct world_process *process); /* NODE_NONE: outside */
bool        world_process_alive(const struct world_process *process);
/* The process of an address, or NULL when there never was one. */
struct world_process *world_process_find(struct world *world, env_address address);

#define NODE_NONE UINT32_MAX

bool world_node_up(const struct world *world, uint32_t node);
/* Whether a packet gets from one node to another now: both up and not partitioned. NODE_NONE, the
 * outside, reaches every node that is up. */
bool world_reaches(const struct world *world, uint32_t from, uint32_t to);
/* The node that owns an address (its own, or one of its containers'), or NODE_NONE. */
uint32_t world_node_of_ipv4(const struct world *world, uint32_t ipv4);
uint32_t world_node_ipv4(const struct world *world, uint32_t node);
/* Engines register the addresses that they give to containers. */
void world_own_ipv4(struct world *world, uint32_t ipv4, uint32_t node);

/* --- who listens where --- */

struct world_request; /* one request on its way, see fakes/service.h */

struct world_service;
struct behavior; /* fakes/service.h */
enum world_answer { WORLD_ANSWER_OK, WORLD_ANSWER_ERROR, WORLD_ANSWER_REFUSED, WORLD_ANSWER_NONE };

/* A container that listens. Embedded in the engine's container; all instants as of world_now(). */
struct world_service {
    uint64_t token; /* the container's */
    uint32_t node;
    bool     watched; /* an invariant wants to hear of requests that still arrive */
    /* a probe of it: what it answers and how long that takes */
    enum world_answer (*probe)(struct world *world, struct world_service *service,
                               const char *path, int64_t *ret_delay_ns);
    /* how it would serve requests, and how many times as long they take: for who counts them
     * instead of making them; NULL: it cannot say */
    const struct behavior *(*behavior)(const struct world_service *service, double *ret_slow);
    /* a real request; fakes/service.h says how it ends */
    void (*serve)(struct world *world, struct world_service *service,
                  struct world_request *request);
};

/* Who listens at this port of an address answers at each of its ports where nobody else listens. */
#define WORLD_ANY_PORT 0

void world_listen(struct world *world, uint32_t ipv4, uint16_t port, struct world_service *service);
void world_unlisten(struct world *world, uint32_t ipv4, uint16_t port);

enum world_connect { WORLD_CONNECTED, WORLD_REFUSED, WORLD_UNREACHABLE };
enum world_connect world_connect(struct world *world, uint32_t from_node, uint32_t ipv4,
                                 uint16_t port, struct world_service **ret_service);
/* What who asks again and again for one address and port keeps in between; at first all zero. */
struct world_known {
    struct world_service *service;
    uint32_t              place;   /* where it was noted; any other number is harmless */
    uint32_t              version; /* of the listeners at the asker's own node; else 0 */
};
/* The same for those: when connected, known->service listens. */
enum world_connect world_connect_again(struct world *world, uint32_t from_node, uint32_t ipv4,
                                       uint16_t port, struct world_known *known);
/* Never 0; grows with whatever may change an answer of world_connect or world_reaches. */
static inline uint64_t
world_map_version(const struct world *world)
{
    return world_base(world)->map_changes + 1;
}

/* --- what is traced and judged --- */

/* Every call across the seam, and its answer: folded into the trace hash, and written to the trace
 * when there is one. op names it ("containers.start"); a and b are what identifies it. */
void world_trace_call(struct world *world, const struct world_process *process, const char *op,
                      uint64_t a, uint64_t b);
void world_trace_answer(struct world *world, const struct world_process *process, const char *op,
                        uint64_t a, enum status status);

struct env_event;
/* A line of a process' journal: traced, and shown to the observers. */
void world_journal(struct world *world, const struct world_process *process,
                   const struct env_event *event);

/*
 * Facts that observers keep their books from: what really happened, whatever the platform thinks.
 */
enum world_fact_kind {
    WORLD_CONTAINER_STARTED, /* token, node, ipv4; cpu_milli, mem_bytes, gpus */
    WORLD_CONTAINER_ENDED,   /* token, node; value: exit code */
    WORLD_CONTAINER_REMOVED, /* token, node */
    WORLD_REQUEST_WATCHED,   /* token, node: a request arrived at a watched service */
    WORLD_PROCESS_STARTED,   /* address */
    WORLD_PROCESS_DIED,      /* address */
    WORLD_NODE_UP,           /* node */
    WORLD_NODE_DOWN,         /* node */
    WORLD_INSTANCE,          /* value: enum instance_state; token: instance id; node */
    WORLD_VOLUME_MADE,       /* value: the volume; node */
    WORLD_VOLUME_MOUNTED,    /* value: the volume; token: of the container that runs now; node */
    WORLD_VOLUME_REMOVED     /* value: the volume; node */
};
#define WORLD_FACT_KIND_COUNT (WORLD_VOLUME_REMOVED + 1)

struct world_fact {
    enum world_fact_kind kind;
    uint32_t             node;
    uint64_t             token;
    env_address          address;
    uint32_t             ipv4;
    int32_t              cpu_milli;
    uint16_t             gpu_mask;
    uint16_t             gpu_milli; /* 0: whole ones */
    int64_t              mem_bytes;
    int64_t              value;
};

void world_tell(struct world *world, const struct world_fact *fact);

#endif
