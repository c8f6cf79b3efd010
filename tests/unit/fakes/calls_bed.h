/*
 * tests/unit/fakes/calls_bed.h - an app that calls two others, and a client that counts.
 *
 * Nodes: 0 has the front proxy; 1 the caller "/front" and its local proxy; 2 the app "/a", 3 the
 *        app "/b". One instance each, tokens 101 to 103. No hop takes time unless a test says so.
 * Order: calls_bed_open, then the behaviours and stages, then calls_bed_start.
 */
#ifndef TESTS_UNIT_FAKES_CALLS_BED_H
#define TESTS_UNIT_FAKES_CALLS_BED_H

#include "fakes/containers/behavior.h"
#include "fakes/containers/instance.h"
#include "fakes/proxy/fake_proxy.h"
#include "tests/unit/fakes/test_world.h"

enum { CALLS_FRONT, CALLS_A, CALLS_B, CALLS_APPS };
enum { CALLS_PROXIES = 2, CALLS_STAGES_MAX = 4 };

struct calls_bed {
    struct world           *world;
    struct fake_datapath   *datapath;
    struct fake_proxy      *proxies[CALLS_PROXIES]; /* by node */
    struct fake_proxy_port  ports[CALLS_PROXIES];
    struct behavior         behaviors[CALLS_APPS];
    struct instance         instances[CALLS_APPS];
    struct instance_address addresses[CALLS_APPS];
    struct env_endpoint     endpoints[CALLS_APPS];
    struct env_service      services[CALLS_APPS];
    struct behavior_call    calls[CALLS_STAGES_MAX][2];
    struct behavior_stage   stages[CALLS_STAGES_MAX];
    struct env_proxy_apply  apply;
    uint32_t                applied_count;
    uint32_t                target;

    uint32_t             sent;
    uint32_t             ended;
    uint32_t             outcomes[REQUEST_OUTCOME_COUNT];
    enum request_outcome last_outcome;
    int64_t              last_latency_ns;
    int64_t              last_at_ns;
};

/* Service times: 5 ms for the front, 10 ms for a, 20 ms for b; no stages. */
void calls_bed_open(struct calls_bed *bed, uint64_t seed, const struct fake_proxy_options *options);
/* Another stage of the front: one call, or two together; "to" is CALLS_A or CALLS_B. */
struct behavior_call *calls_bed_call(struct calls_bed *bed, int to);
struct behavior_call *calls_bed_also(struct calls_bed *bed, int to);
/* All listen, and both proxies know them. */
void calls_bed_start(struct calls_bed *bed);
void calls_bed_close(struct calls_bed *bed);
/* The same, when every request has ended and every call was given back. */
void calls_bed_close_empty(struct calls_bed *bed);

void calls_bed_service_ns(struct calls_bed *bed, int app, int64_t service_ns);
void calls_bed_instance_start(struct calls_bed *bed, int app);
/* Requests that have arrived at an app. */
uint32_t calls_bed_arrived(const struct calls_bed *bed, int app);
void calls_bed_request(struct calls_bed *bed, int64_t patience_ns);
/* One request from begin to end. */
void calls_bed_ask(struct calls_bed *bed, int64_t patience_ns);
void calls_bed_run(struct calls_bed *bed, int64_t for_ns);

#endif
