/*
 * platform/cli/deploy_seed.h - one seed of a rehearsal: played, and what it came to.
 *
 * Shape: a JSON object of integers and texts, the same that --json lists as "per_seed":
 *        seed, outcome ("passed", "failed", "error"), failed [{id, about, detail}], deployments
 *        [{app, strategy, outcome, waits_for, from_ns, took_ns}], services [{to, requests, failed,
 *        lost, availability_ppb, p50_ns, p99_ns}], and numbers of the whole: see seed_numbers.
 */
#ifndef PLATFORM_CLI_DEPLOY_SEED_H
#define PLATFORM_CLI_DEPLOY_SEED_H

#include "platform/cli/deploy_change.h"
#include "platform/cli/deploy_options.h"

/* Numbers of a seed that a rehearsal shows as median and worst. */
enum seed_number {
    SEED_AVAILABILITY, /* ppb of all requests that were to be answered well; -1: there were none */
    SEED_P99,          /* of the slowest line of traffic */
    SEED_FAILED,       /* requests */
    SEED_TOOK,         /* from the request to the end of the last deployment; -1: it did not end */
    SEED_MACHINES,     /* up at one time */
    SEED_MACHINE_TIME, /* of machines beside those of the snapshot, ns */
    SEED_CPU_TIME,     /* allocated beyond what was at the deploy, thousandths of a core times s */
    SEED_HEALTHY       /* the fewest of a deployed app that was there before, in ppm of wanted */
};
#define SEED_NUMBER_COUNT (SEED_HEALTHY + 1)

struct seed_number_kind {
    const char *key;         /* in JSON */
    bool        low_is_bad;
};
extern const struct seed_number_kind seed_numbers[SEED_NUMBER_COUNT];

/* Plays it. A new reference; NULL: interrupted. changes: struct deploy_change. */
struct json_t *deploy_seed_play(const struct scenario *scenario, uint64_t seed,
                                const struct vec *changes, const char *reproduce);

/* One of its numbers. */
int64_t deploy_seed_number(const struct json_t *seed, enum seed_number number);

/*
 * Plays all seeds from first to last, so many at a time; when more than one, each in a process of
 * its own. Results are new references in seeds (struct json_t *), in order. ST_IO when one failed.
 */
enum status deploy_seeds_play(const struct scenario *scenario, uint64_t first, uint64_t last,
                              uint32_t jobs, const struct vec *changes,
                              const struct deploy_options *options, struct vec *seeds,
                              struct error *err) MUST_USE;

#endif
