/*
 * sim/expect.h - the kinds of expectations: one file a kind in sim/expect/, listed in expect.def.
 */
#ifndef SIM_EXPECT_H
#define SIM_EXPECT_H

#include "sim/run.h"

struct expectation_kind {
    const char         *key;   /* the member that names the kind: "always", "deployment", "sql" */
    const char         *about; /* one sentence for the guide and the schema */
    const struct field *fields;
    uint32_t            fields_count;
    size_t              data_bytes;
    const void         *defaults; /* data starts as a copy of it; NULL: zeroed */
    bool                after; /* judged from run.db after the run (sql); watch and end unused */
    void (*check)(const struct scenario *scenario, const void *data, const struct fields_read *read,
                  const char *pointer);
    /* Called after every journal event and every sample; decides by run_decide. May be NULL. */
    void (*watch)(struct run *run, const struct scenario_expect *expect, void *state);
    size_t state_bytes; /* zeroed at the start */
    /* Called at the end when it is still undecided: must decide. */
    void (*end)(struct run *run, const struct scenario_expect *expect, void *state);
};

/* The first decision counts; at and detail are for people. */
void run_decide(struct run *run, const struct scenario_expect *expect, enum outcome outcome,
                const char *format, ...) PRINTF_LIKE(4, 5);

extern const struct expectation_kind *const expectation_kinds[]; /* NULL-terminated */

#endif
