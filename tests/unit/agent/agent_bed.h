/*
 * tests/unit/agent/agent_bed.h - one agent on a fake container engine, and a scripted master.
 *
 * Use: agent_bed_open(&bed, seed, options); agent_bed_app(&bed, 1, "{...}"); agent_bed_start(&bed);
 *      agent_bed_launch(&bed, 7, 1); agent_bed_run(&bed, SEC(5)); ... agent_bed_close(&bed). The
 *      master answers REGISTER, SPEC_GET and STATUS after BED_HOP_NS unless told otherwise, and
 *      keeps every message it got.
 */
#ifndef TESTS_UNIT_AGENT_AGENT_BED_H
#define TESTS_UNIT_AGENT_AGENT_BED_H

#include "fakes/clock/clock.h"
#include "fakes/containers/containers.h"
#include "fakes/journal/journal.h"
#include "fakes/probe/probe.h"
#include "fakes/random/random.h"
#include "platform/env/process.h"
#include "platform/model/app.h"
#include "platform/model/config.h"
#include "platform/wire/messages.h"
#include "tests/unit/fakes/test_world.h"

#define REPLAY "seed %llu", (unsigned long long)seed

#define BED_HOP_NS MS(1)

enum { BED_VERSIONS_MAX = 4, BED_NODE = 3 };

struct agent_bed_message { /* what the agent sent */
    int64_t                   at_ns;
    const struct record_type *type;
    void                     *record; /* owned */
};

struct agent_bed {
    struct world           *world;
    struct fake_engine     *engine;
    struct world_process   *process; /* slot of the agent */
    struct process         *agent;   /* NULL while it is down */
    struct env              env;
    struct fake_clock       clock;
    struct fake_random      random;
    struct fake_journal     journal;
    struct fake_containers  containers;
    struct fake_probe       probe;
    struct fake_probe_options probe_options;
    struct env_net          net;
    struct env_receiver    *receiver;
    struct agent_config     config;
    uint32_t                starts_count;

    struct arena            arena;
    const struct app_spec  *apps[BED_VERSIONS_MAX]; /* by version, from 1 */
    uint64_t                term;
    bool                    mute_register; /* the master does not answer */
    bool                    mute_spec;
    bool                    mute_ack;
    struct vec              sent; /* struct agent_bed_message */
};

/* options may be NULL; borrowed. */
void agent_bed_open(struct agent_bed *bed, uint64_t seed,
                    const struct fake_containers_options *options);
void agent_bed_close(struct agent_bed *bed);

void agent_bed_app(struct agent_bed *bed, uint64_t version, const char *json);

void agent_bed_start(struct agent_bed *bed); /* the agent's process begins */
void agent_bed_crash(struct agent_bed *bed); /* and dies */
void agent_bed_run(struct agent_bed *bed, int64_t for_ns);

/* What the master sends; it arrives at once. */
void agent_bed_send(struct agent_bed *bed, const struct record_type *type, const void *record);
void agent_bed_launch(struct agent_bed *bed, uint64_t task, uint64_t version);
void agent_bed_kill(struct agent_bed *bed, uint64_t task, int64_t grace_ns);
void agent_bed_forget_node(struct agent_bed *bed); /* REGISTERED, known = 0 */

uint32_t agent_bed_count(const struct agent_bed *bed, const struct record_type *type);
/* The n-th message of a type, from 0, or NULL. */
const void *agent_bed_message(const struct agent_bed *bed, const struct record_type *type,
                              uint32_t n, int64_t *ret_at_ns);
/* The newest status of a task, or NULL. */
const struct msg_status *agent_bed_status(const struct agent_bed *bed, uint64_t task);
uint32_t agent_bed_final_count(const struct agent_bed *bed, uint64_t task); /* distinct sequences */
/* Calls across the seam so far whose name is op. */
uint32_t agent_bed_calls(const struct agent_bed *bed, const char *op);

#endif
