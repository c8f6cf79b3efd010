/*
 * sim/run.h - one scenario being played: its timeline, its faults, its observers and its verdict.
 *
 * The same code plays a scenario in the simulated world and in the real one: it knows a world only
 * by struct world_ops, a clock and the events that are shown to it.
 */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include "platform/env/env.h"
#include "platform/wire/messages.h"
#include "sim/actions.h"
#include "sim/books.h"
#include "sim/results.h"

enum run_phase {
    RUN_PLAYING,  /* the timeline runs until the scenario's duration is over */
    RUN_SETTLING, /* faults have ended: the platform must reach its desired state within settle */
    RUN_OVER
};

struct recorder;       /* sim/recorder.h */
struct container_book; /* sim/invariants/container_book.h */

struct run {
    const struct scenario  *scenario;
    const struct world_ops *ops;
    void                   *world; /* borrowed */
    struct env             *env;   /* the client's */
    struct arena           *arena; /* of the run */
    struct results          results;
    struct books            books;
    enum run_phase          phase;
    int64_t                 start_at_ns; /* the clock's, when the scenario began */
    uint32_t                faults_active;
    bool                    stop_asked; /* Ctrl-C: the verdict is an error */

    /* private to sim/run_*.c */
    struct env_receiver receiver;
    struct env_timer    step_timer;
    struct env_timer    tasks_timer;
    struct env_timer    sample_timer;
    struct env_timer    settle_timer;
    struct vec          calls; /* struct run_call *: requests to the front door not yet answered */
    struct vec          scopes;  /* undo actions that are due */
    struct vec          drawn;   /* struct scenario_step: faults drawn from the seed */
    struct vec          checks;  /* struct run_check: expectations being watched */
    struct vec          observers; /* struct observer *: invariants being kept */
    /* bit i: the observer of that index is told of this kind */
    uint32_t            observers_of_event[ENV_EVENT_KIND_COUNT];
    uint32_t            observers_of_fact[WORLD_FACT_KIND_COUNT];
    struct container_book *containers; /* owned; for those observers; NULL: no facts are told */
    struct vec          steps;   /* struct run_step: timeline and drawn faults in order of time */
    struct vec          holds;   /* struct node_hold, by node index */
    struct vec          definitions; /* struct definition: apps as last handed in */
    struct vec          taken;   /* struct taken_version, in order of their answers */
    struct vec          views;   /* struct world_node_view, of the last look */
    uint64_t            views_version; /* of the nodes then; 0: not known */
    struct rng          select;  /* picks targets */
    struct recorder    *recorder;
    int64_t             settle_until_at_ns; /* the platform must be settled by then */
    int64_t             sampled_at_ns;      /* the last sample, -1: none */
    int64_t             quiet_since_ns;     /* nothing is under way since then, -1: something is */
    uint32_t            watching;           /* checks not yet decided */
    bool                aborted;            /* it ends at once, with an error */
    uint32_t            step_next;
    uint32_t            apps_open;  /* apps at the start that are not answered yet */
    uint32_t            tasks_next; /* of the scenario's file of tasks */
    uint64_t            request_next;
    void (*finished)(struct run *run, void *context); /* called once, when phase becomes RUN_OVER */
    void *finished_context;
};

void run_init(struct run *run, const struct scenario *scenario, const struct world_ops *ops,
              void *world, struct arena *arena);
void run_fini(struct run *run);

/* Ends it at the next turn of the loop: the verdict is an error with this sentence. */
void run_abort(struct run *run, const char *format, ...) PRINTF_LIKE(2, 3);

/* The run has failed; the first sentence is the one reported. */
void run_fail(struct run *run, const char *format, ...) PRINTF_LIKE(2, 3);

/* The machines as they are now, in order of index, with gaps; valid until the next look. */
const struct world_node_view *run_nodes(struct run *run, uint32_t *ret_count);

void run_nodes_look(struct run *run, struct vec *views); /* the same into the caller's own */

/* One of them as of the last look, or NULL. */
const struct world_node_view *run_node_seen(const struct run *run, uint32_t node);

/* Begins: apps are sent to the front door, the timeline is armed. */
void run_start(struct run *run);

/* What the world shows: journal lines and facts, as they happen. */
void run_event(struct run *run, env_address process, const struct env_event *event);
void run_fact(struct run *run, const struct world_fact *fact);

/* One request of a line of traffic has ended for its client. The hot path: a few ns. */
void run_request_end(struct run *run, const struct request_end *end);
/* Many requests of a line in flow mode. */
void run_flow(struct run *run, const struct flow_batch *batch);
/* The same of a plain one that has ended just now: one try, no class. */
void run_request(struct run *run, uint32_t line, enum request_outcome outcome, int64_t latency_ns);

/* What one server of a service of the proxies has done since it was last told of; its service, app
 * and node need not be filled in. Several proxies may tell of one server: they add up. */
void run_server(struct run *run, const char *service, const char *app,
                const struct result_server *told);

/* Sends a call to the front door, again and again until it is answered. answer may be NULL. */
typedef void run_answer_fn(struct run *run, const struct msg_api_answer *answer, void *context);
void run_call(struct run *run, const struct msg_api_request *request, run_answer_fn *answer,
              void *context);

/* The nodes (uint32_t index) or tasks (uint64_t id) that a selector means now, drawn from the
 * stream "select". ST_NOT_FOUND when none. */
enum status run_select_nodes(struct run *run, const struct selector *selector,
                             struct vec *ret_nodes, struct error *err) MUST_USE;
enum status run_select_tasks(struct run *run, const struct selector *selector, const char *app,
                             struct vec *ret_tasks, struct error *err) MUST_USE;

/* Notes a step or fault for the reports; the index is for run_fault_ended. */
uint32_t run_note_fault(struct run *run, const char *verb, const char *target, bool is_fault,
                        bool drawn);
void     run_fault_ended(struct run *run, uint32_t index);

/* Whether the platform has what it wants: every app healthy in full, no deployment running. When
 * not, ret_waits says what is missing. */
bool run_is_settled(struct run *run, struct error *ret_waits);

/* Now, counted from the start of the scenario. */
int64_t run_at_ns(const struct run *run);

#endif
