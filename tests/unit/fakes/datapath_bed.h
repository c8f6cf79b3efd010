/*
 * tests/unit/fakes/datapath_bed.h - one edge, a few instances of one app, and a client that counts.
 *
 * The edge is on node 0; instance i is on node 1 + i, token and endpoint id 100 + i, port 31000 +
 * i.
 */
#ifndef TESTS_UNIT_FAKES_DATAPATH_BED_H
#define TESTS_UNIT_FAKES_DATAPATH_BED_H

#include "fakes/containers/behavior.h"
#include "fakes/containers/instance.h"
#include "fakes/proxy/fake_proxy.h"
#include "tests/unit/fakes/test_world.h"

enum { BED_INSTANCES_MAX = 16 };

struct bed {
    struct world           *world;
    struct fake_datapath   *datapath;
    struct fake_proxy      *proxy;
    struct fake_proxy_port  port;
    struct world_process   *process;
    struct behavior         behavior;
    struct instance         instances[BED_INSTANCES_MAX];
    struct instance_address addresses[BED_INSTANCES_MAX];
    struct env_endpoint     endpoints[BED_INSTANCES_MAX]; /* what the next apply names */
    uint32_t                endpoints_count;
    struct env_service      service;
    uint32_t                target;
    uint32_t                client; /* of the next request */
    uint32_t                session;
    uint32_t                parent;
    struct behavior         own[BED_INSTANCES_MAX]; /* of instances that have their own */

    struct env_proxy_apply apply;
    uint32_t               applied_count;
    struct env_proxy_open  open;
    uint32_t               opened_count;
    struct env_proxy_stats    ask;
    struct env_endpoint_stats stats[BED_INSTANCES_MAX];
    uint32_t                  asked_count;

    uint32_t             sent;
    uint32_t             outcomes[REQUEST_OUTCOME_COUNT];
    uint32_t             ended;
    enum request_outcome last_outcome;
    int64_t              last_latency_ns;
};

/* All instances run and are named, policy round robin, no generation is in force yet. */
void datapath_bed_open(struct bed *bed, uint64_t seed, uint32_t instances,
              const struct fake_proxy_options *options);
void datapath_bed_close(struct bed *bed);

void datapath_bed_instance_start(struct bed *bed, uint32_t index);
/* A behaviour of its own from its next request on: a copy of the common one, to be changed. */
struct behavior *datapath_bed_own_behavior(struct bed *bed, uint32_t index);
void datapath_bed_set_policy(struct bed *bed, const char *label);

/* Asks for a generation and waits for the answer. */
enum status datapath_bed_apply(struct bed *bed, uint64_t generation);
/* What the port says is open on instance index; UINT32_MAX: not known. */
uint32_t datapath_bed_ask_open(struct bed *bed, uint32_t index);

/* Asks for the statistics: bed.stats and bed.ask.ret_count. */
enum status datapath_bed_ask_stats(struct bed *bed);

/* What a request for this host and path is called. */
uint32_t datapath_bed_target(struct bed *bed, const char *host, const char *path);

/* One request now, with a deadline this far. Its index. */
uint32_t datapath_bed_request(struct bed *bed, int64_t patience_ns);

/* Time goes by this far. */
void datapath_bed_wait(struct bed *bed, int64_t for_ns);
/* A minute later everything has ended once, and nothing is left; then the bed is closed. */
void datapath_bed_ends_conserved(struct bed *bed);

#endif
