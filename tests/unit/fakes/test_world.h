/*
 * tests/unit/fakes/test_world.h - the smallest world that fakes can live in: a heap of events,
 * nodes that are up or down, cuts between them, who listens where, and everything told, kept for
 * the test.
 *
 * Use: struct world *world = test_world_open(seed); ... test_world_run_until(world, at_ns); ...
 *      test_world_close(world). Time begins at 0. Every node below TEST_WORLD_NODES_MAX exists and
 *      is up; node n has the address test_world_ipv4(n).
 * It defines what fakes/world.h declares, so a program has either this world or the simulator's.
 */
#ifndef TESTS_UNIT_FAKES_TEST_WORLD_H
#define TESTS_UNIT_FAKES_TEST_WORLD_H

#include "fakes/service.h"
#include "platform/base/map.h"
#include "platform/env/journal.h"

enum { TEST_WORLD_NODES_MAX = 64, TEST_WORLD_BEHAVIORS_MAX = 16 };

struct test_slot { /* one pending event */
    int64_t               at_ns;
    uint64_t              order;
    struct world_process *process;
    uint64_t              life; /* of the process at the call */
    world_fire_fn        *fire; /* NULL: free */
    void                 *context;
    uint64_t              argument;
    uint32_t              generation;
};

struct world_process {
    struct world_process *next;
    env_address           address;
    uint32_t              node;
    uint64_t              life; /* counts deaths */
    bool                  alive;
};

struct test_call { /* a traced call or answer */
    char        op[40];
    uint64_t    a;
    uint64_t    b; /* of a call */
    enum status status;
    bool        is_answer;
};

struct test_line { /* a journal line; texts cut */
    struct env_event event; /* app and text are "" */
    char             app[64];
    char             text[160];
};

struct world {
    union { /* its fields have their own names here too */
        struct world_base base;
        struct {
            int64_t               now_ns;
            uint64_t              map_changes;
            struct fake_datapath *datapath; /* set by tests that have one */
        };
    };
    uint64_t              seed;
    uint64_t              sequence;
    uint8_t               poison;
    bool                  wire_encoded;
    struct vec            slots; /* struct test_slot */
    struct vec            free_slots;
    struct vec            heap; /* uint32_t slot */
    struct world_process *processes;
    bool                  node_down[TEST_WORLD_NODES_MAX];
    bool                  cut[TEST_WORLD_NODES_MAX][TEST_WORLD_NODES_MAX];
    struct map64          listens; /* ipv4 << 16 | port -> index + 1 */
    struct vec            services;
    struct map64          ipv4_nodes; /* -> node + 1 */
    struct behavior       behaviors[TEST_WORLD_BEHAVIORS_MAX];
    uint32_t              behaviors_count;
    uint64_t              events_fired;
    struct vec            facts; /* struct world_fact */
    struct vec            calls; /* struct test_call */
    struct vec            lines; /* struct test_line */
};
_Static_assert(offsetof(struct world, map_changes) == offsetof(struct world_base, map_changes) &&
                   offsetof(struct world, datapath) == offsetof(struct world_base, datapath),
               "the fields of the base");

struct world *test_world_open(uint64_t seed);
void          test_world_close(struct world *world);

/* Fires the earliest event. False when there is none. */
bool test_world_step(struct world *world);
/* Fires everything up to and including at_ns; then it is at_ns. */
void test_world_run_until(struct world *world, int64_t at_ns);
/* Fires until nothing is pending, at most events_max. */
void test_world_run(struct world *world, uint64_t events_max);

static inline uint32_t
test_world_ipv4(uint32_t node)
{
    return UINT32_C(0x0A000001) + node; /* 10.0.0.1 and up */
}

void test_world_set_node(struct world *world, uint32_t node, bool up);
void test_world_set_cut(struct world *world, uint32_t a, uint32_t b, bool on); /* both ways */

/* A living process at an address; the same address again revives it. */
struct world_process *test_world_process(struct world *world, env_address address, uint32_t node);
/* Its pending events are dropped. */
void test_world_process_die(struct world *world, struct world_process *process);

/* What world_behavior answers for behavior->image. Copied. */
void test_world_set_behavior(struct world *world, const struct behavior *behavior);

uint32_t test_world_count_facts(const struct world *world, enum world_fact_kind kind);

#endif
