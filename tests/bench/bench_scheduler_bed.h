/*
 * tests/bench/bench_scheduler_bed.h - the master's memory for benches of the scheduler: a clock
 * that stands still, a journal that counts, messages that go nowhere, nothing else of a platform.
 *
 * Use: bed_open(&bed, nodes); bed_place(&bed, app); bed_end(&bed, task); bed_close(&bed).
 */
#ifndef TESTS_BENCH_BENCH_SCHEDULER_BED_H
#define TESTS_BENCH_BENCH_SCHEDULER_BED_H

#include "platform/model/cluster.h"
#include "tests/bench/bench_placement_floor.h"

enum { BED_APPS = 64 };

struct bed {
    struct env_clock     clock;
    struct env_journal   journal;
    struct env_random    random;
    struct env           env;
    struct master_config config;
    struct cluster       cluster;
    void                *state; /* of the scheduler; owned */
    uint64_t             journaled;
    struct rng           rng;
    uint32_t             nodes_count;
    struct placement_request sizes[BED_APPS]; /* what the apps ask for */
};

/* Equal machines, empty, and apps of 0.25 to 4 cores and 0.5 to 16 GiB, each with a host port. */
void bed_open(struct bed *bed, uint32_t nodes_count);
void bed_close(struct bed *bed);

/* As many tasks as fill so many of 100 parts of the processors. */
uint32_t bed_tasks_count(const struct bed *bed, uint32_t percent);

/* One task from pending to its decision; and its end. */
struct cluster_task *bed_place(struct bed *bed, uint32_t app_index);
void                 bed_end(struct bed *bed, struct cluster_task *task);

#endif
