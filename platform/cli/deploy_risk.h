/*
 * platform/cli/deploy_risk.h - what the seeds of a rehearsal say together.
 *
 * Source: the interval is Wilson's for a share, at 95 % (E. B. Wilson, 1927).
 */
#ifndef PLATFORM_CLI_DEPLOY_RISK_H
#define PLATFORM_CLI_DEPLOY_RISK_H

#include "platform/cli/deploy_seed.h"

struct risk_share {
    uint32_t count;
    uint32_t all;
    int64_t  low_ppm; /* it lies between these */
    int64_t  high_ppm;
};

struct risk_check { /* one expectation or invariant that failed at least once */
    const char       *id;
    const char       *about;
    const char       *detail; /* of the worst seed in which it failed */
    uint64_t          seed;
    struct risk_share share;
};

struct risk_number {
    bool    known; /* some seed has it */
    int64_t median;
    int64_t worst;
};

struct risk_line { /* one line of traffic */
    const char        *to;
    struct risk_number availability;
    struct risk_number p99;
    struct risk_number failed;
};

struct deploy_risk {
    struct risk_share     failed;     /* seeds in which anything failed */
    uint32_t              errors;     /* seeds that could not be judged */
    const struct json_t **worst_first; /* the seeds, worst first */
    struct vec            checks;     /* struct risk_check, most often first */
    struct vec            lines;      /* struct risk_line, in the order of the snapshot */
    struct risk_number    numbers[SEED_NUMBER_COUNT];
};

/* seeds: struct json_t *, at least one; all texts point into them. */
void deploy_risk_init(struct deploy_risk *risk, const struct vec *seeds, struct arena *arena);
void deploy_risk_fini(struct deploy_risk *risk);

/* Whether more seeds fail than may. */
bool deploy_risk_is_too_high(const struct deploy_risk *risk, int64_t max_ppm);

/* Wilson's interval at 95 % around count of all. */
struct risk_share deploy_risk_share(uint32_t count, uint32_t all);

#endif
