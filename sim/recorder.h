/*
 * sim/recorder.h - fills struct results while a run goes on: journal lines, tasks, samples,
 *                  requests.
 *
 * Limits: RESULTS_EVENTS_MAX lines, the first record_tasks_max tasks, RECORDER_APPS_MAX apps in the
 *         samples. Bookings and the agents' own view of tasks are left out: the trace has them.
 */
#ifndef SIM_RECORDER_H
#define SIM_RECORDER_H

#include "sim/run.h"

enum { RECORDER_APPS_MAX = 1000 }; /* with a curve of their own; a limit of ours */

struct recorder_app {
    uint32_t healthy_min;     /* of the interval */
    uint32_t healthy_min_run; /* since it first had all that it wanted */
    uint32_t name;            /* in results.names; 0: not asked for yet */
    bool     was_full;
    uint32_t pending_row;        /* of results.pending that still holds, + 1; 0: none */
    int64_t  backoff_until_at_ns; /* the last that was told; 0: none */
};

struct recorder_node {
    bool    up;
    int64_t since_at_ns;
};

/* The requests of a line that an expectation looks at, by when they were made. */
struct recorder_window {
    const struct scenario_expect *expect;
    int64_t                       from_at_ns;
    int64_t                       until_at_ns;
    uint32_t                      number; /* of the class, 0: all */
    struct result_service         counts;
};

struct recorder_line { /* of traffic */
    bool                     measuring; /* all that end now were made after measure_from */
    bool                     rough; /* said already */
    bool                     bounded; /* no request takes longer than the line's timeout */
    uint32_t                 name;    /* interned */
    struct result_service   *service; /* borrowed */
    struct result_service  **classes; /* borrowed, by number; NULL: none */
    struct recorder_window **windows;
    uint32_t                 windows_count;
    uint64_t                 outcomes[REQUEST_OUTCOME_COUNT]; /* of the interval */
    uint32_t                 retries;
    struct sketch            interval;

    /* Little's law: of the requests that have ended, all of them; sums are modulo 2^64 */
    uint64_t ended;
    uint64_t ended_at_sum; /* of the instants of their ends */
    uint64_t stay_sum;     /* of the times that they took */
};

struct recorder {
    struct run           *run;     /* borrowed */
    struct vec            apps;    /* struct recorder_app, by index in the books */
    struct vec            nodes;   /* struct recorder_node, by node index */
    uint32_t              nodes_asked; /* up to this index + 1 they were looked for */
    struct recorder_line *lines;   /* by line of traffic */
    struct map64          servers; /* hash of service and task -> row + 1 */
    struct env_timer      servers_timer; /* the warm-up of the servers' table is over */
};

void recorder_start(struct run *run);
void recorder_fini(struct run *run);
void recorder_event(struct run *run, env_address process, const struct env_event *event);
void recorder_fact(struct run *run, const struct world_fact *fact);
void recorder_sample(struct run *run); /* the end of an interval */
void recorder_node_named(struct run *run, uint32_t node); /* index + 1; 0: none. It has a row */
/* To the sink, when there are so many. */
void recorder_give(struct run *run, uint32_t events_least);
void recorder_end(struct run *run);    /* what is only known at the end */

/* sim/recorder_roles.c: what roles have */
void recorder_sample_roles(struct run *run);

/* sim/recorder_pending.c: why apps wait */
struct recorder_app *recorder_app_of(struct run *run, uint32_t index); /* made when new */
void recorder_pending(struct run *run, const struct env_event *event); /* PENDING or BACKOFF */
void recorder_pending_look(struct run *run, uint32_t index); /* perhaps it waits no more */
void recorder_end_pending(struct run *run);

/* sim/recorder_requests.c: what clients got */
void recorder_start_requests(struct run *run);
/* What an expectation with a window of its own has seen; NULL: it has none. */
const struct result_service *recorder_window(const struct run *run,
                                             const struct scenario_expect *expect);

/* sim/recorder_servers.c: what each server has done. Measured from the latest measure_from on. */
void    recorder_start_servers(struct run *run);
int64_t recorder_servers_from(const struct scenario *scenario);

/* The sentence of a line that the scenario itself writes. */
void recorder_warning(struct run *run, const char *text);

#endif
