/*
 * sim/run_private.h - what the files of the runner share: sim/run*.c, sim/faults.c and the folders'
 * walkers. Nobody else includes it.
 */
#ifndef SIM_RUN_PRIVATE_H
#define SIM_RUN_PRIVATE_H

#include "sim/expect.h"
#include "sim/invariant.h"
#include "sim/recorder.h"

struct run_step {
    const struct scenario_step *step; /* borrowed */
    bool                        drawn;
};

/* A request to the front door, sent each second until it is answered. */
struct run_call {
    struct run             *run;
    struct msg_api_request *request; /* owned */
    run_answer_fn          *answer;
    void                   *context;
    struct env_timer        timer;
};

/* Something that lasts: its undo is due when the timer fires. */
struct run_scope {
    struct run                 *run;
    const struct scenario_step *step;
    struct action_scope         scope;
    struct env_timer            timer;
    uint32_t                    fault; /* index of its note */
    bool                        open;
};

/* How many scopes hold a machine, and what they did to it. */
struct node_hold {
    uint32_t down;
    uint32_t cut;
    bool     killed;   /* by us: ours to start again */
    bool     released; /* held once, and let go: it must work again at the end */
    int64_t  healed_at_ns; /* last, 0: never */
};

struct run_check { /* one expectation */
    const struct scenario_expect *expect;
    void                         *state;
    bool                          decided;
    struct result_expectation     result;
};

struct observer { /* one invariant; its state follows */
    const struct invariant *invariant;
    uint64_t                checks;
    int64_t                 violated_at_ns; /* -1: it holds */
    const char             *detail;
    _Alignas(16) unsigned char state[];
};

/* sim/actions/requests.c: notes the versions that the front door has taken */
void requests_taken(struct run *run, const struct msg_api_request *request,
                    const struct msg_api_answer *answer);

/* sim/run_calls.c */
void run_calls_start(struct run *run);
void run_calls_fini(struct run *run);

/* sim/run_tasks.c: the file of tasks; begins once its apps are there */
void run_tasks_start(struct run *run);
void run_tasks_fini(struct run *run);

/* sim/run_steps.c: the timeline */
void run_steps_start(struct run *run);
void run_steps_fini(struct run *run);
struct node_hold *run_hold(struct run *run, uint32_t node);

/* sim/faults.c: fills run->drawn from the seed */
void faults_draw(struct run *run);

/* sim/expect/expect.c: the walk over the expectations */
void expect_start(struct run *run);
void expect_watch(struct run *run);
void expect_end(struct run *run);
void expect_fini(struct run *run);

/* sim/invariants/invariants.c: the walk over the invariants */
void invariants_start(struct run *run);
void invariants_event(struct run *run, env_address process, const struct env_event *event);
void invariants_fact(struct run *run, const struct world_fact *fact);
void invariants_answer(struct run *run, const struct msg_api_request *request,
                       const struct msg_api_answer *answer);
void invariants_sample(struct run *run);
const struct invariant *invariants_unquiet(struct run *run); /* the first that waits, or NULL */
void invariants_end(struct run *run);
void invariants_fini(struct run *run);

/* sim/run_settle.c */
void run_settle_fire(struct env_timer *timer);
/* Ends the first phase early when the scenario says so and nothing is under way any more. */
void run_end_when_quiet(struct run *run);
void run_look(struct run *run); /* a sample now, unless one was just taken */

#endif
