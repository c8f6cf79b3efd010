/*
 * tests/unit/master/master_bed.h - one master on a fake store; the test is everybody else.
 *
 * Use: bed_open(&bed, seed, NULL); bed_register(&bed, 0, 1, NULL, 0); bed_put(&bed, 1, "{...}",
 *      false); bed_play(&bed, SEC(3)); ... bed_close(&bed). While it plays, agents obey: what is
 *      launched runs a millisecond later, what is killed is gone, every node heartbeats each
 *      second and every edge that has reported reports the newest routes it was sent, unless it is
 *      mute.
 */
#ifndef TESTS_UNIT_MASTER_MASTER_BED_H
#define TESTS_UNIT_MASTER_MASTER_BED_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "fakes/clock/clock.h"
#include "fakes/journal/journal.h"
#include "fakes/random/random.h"
#include "fakes/store/store.h"
#include "platform/env/process.h"
#include "platform/model/config.h"
#include "platform/model/records.h"
#include "platform/wire/messages.h"
#include "tests/unit/fakes/test_world.h"

enum { BED_NODES_MAX = 8, BED_TASKS_MAX = 64 };

struct bed_sent {
    env_address               to;
    const struct record_type *type;
    void                     *record; /* owned */
};

struct master_bed {
    struct world          *world;
    struct fake_store     *store;
    struct world_process  *slot;
    struct process        *master; /* NULL while it is down */
    struct env             env;
    struct env_net         net;
    struct env_receiver   *receiver;
    struct fake_clock      clock;
    struct fake_random     random;
    struct fake_journal    journal;
    struct fake_store_port store_port;
    struct master_config   config;
    struct vec             sent;         /* struct bed_sent */
    uint32_t               obeyed_count; /* of sent: the agents have acted upon them */
    uint32_t               starts_count;
    uint64_t               incarnations[BED_NODES_MAX]; /* 0: not there */
    bool                   mute[BED_NODES_MAX];         /* agent and edge say nothing, do nothing */
    bool                   has_edge[BED_NODES_MAX];
    uint64_t               generations[BED_NODES_MAX]; /* of routes its edge was sent */
    uint64_t               busy_task;                  /* edges report it as busy; 0: none */
    uint32_t               sequence;
};

void bed_open(struct master_bed *bed, uint64_t seed, const struct fake_store_options *options);
void bed_close(struct master_bed *bed);
void bed_start(struct master_bed *bed);
void bed_crash(struct master_bed *bed);
void bed_play(struct master_bed *bed, int64_t for_ns);

void bed_send(struct master_bed *bed, env_address from, const struct record_type *type,
              const void *record);
void bed_register(struct master_bed *bed, uint32_t node, uint64_t incarnation,
                  const uint64_t *tasks, uint32_t tasks_count);
void bed_status(struct master_bed *bed, uint32_t node, uint64_t task, enum task_state state);
void bed_edge(struct master_bed *bed, uint32_t node, uint64_t generation);

void bed_put(struct master_bed *bed, uint64_t request, const char *json, bool force);
void bed_call(struct master_bed *bed, uint64_t request, enum api_call call, const char *app,
              uint32_t instances);

/* How many messages of a type went out; the newest of them, or NULL. */
uint32_t    bed_count(const struct master_bed *bed, const struct record_type *type);
const void *bed_newest(const struct master_bed *bed, const struct record_type *type);
const struct msg_api_answer *bed_answer(const struct master_bed *bed, uint64_t request);

/* Journal lines of a kind about an app ("" for any) whose text begins so. */
uint32_t bed_lines(const struct master_bed *bed, enum env_event_kind kind, const char *app,
                   const char *text);

#endif
