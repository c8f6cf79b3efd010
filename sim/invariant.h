/*
 * sim/invariant.h - the standing invariants: one file each in sim/invariants/, listed in
 * invariants.def. They keep their own books and share no code with what they judge.
 */
#ifndef SIM_INVARIANT_H
#define SIM_INVARIANT_H

#include "fakes/world.h"
#include "sim/run.h"

/* One kind of event, or of fact, in a set of them. */
#define INVARIANT_KIND(kind) (UINT32_C(1) << (kind))
_Static_assert(ENV_EVENT_KIND_COUNT <= 32 && WORLD_FACT_KIND_COUNT <= 32, "a set has 32 bits");

struct invariant {
    const char *id;    /* "min-health" */
    const char *about; /* what must hold, one sentence */
    bool        needs_facts; /* judged from facts that only a simulated world tells */
    uint32_t    events;      /* INVARIANT_KIND of each kind of event that it is told of */
    uint32_t    facts;       /* the same of facts */
    size_t      state_bytes; /* zeroed at the start */
    void (*start)(struct run *run, void *state); /* each may be NULL */
    void (*event)(struct run *run, void *state, env_address process, const struct env_event *event);
    void (*fact)(struct run *run, void *state, const struct world_fact *fact);
    /* an answer of the front door to a request of the scenario */
    void (*answer)(struct run *run, void *state, const struct msg_api_request *request,
                   const struct msg_api_answer *answer);
    void (*sample)(struct run *run, void *state); /* at the end of each interval */
    /* After the last fault: whether it would hold now. The run waits for it as long as it may. */
    bool (*quiet)(struct run *run, void *state);
    void (*end)(struct run *run, void *state); /* the world is quiet */
    void (*fini)(struct run *run, void *state);
};

/* A check was made; the first that fails is the one reported. */
void invariant_checked(struct run *run, void *state);
void invariant_violated(struct run *run, void *state, const char *format, ...) PRINTF_LIKE(3, 4);

extern const struct invariant *const invariants[]; /* NULL-terminated */

#endif
