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
    bool     was_full;
};

struct recorder_node {
    bool    up;
    int64_t since_at_ns;
};

struct recorder_line { /* of traffic */
    bool                   measuring; /* every request that ends now was made after measure_from */
    uint32_t               name;      /* interned */
    struct result_service *service;   /* borrowed */
    uint32_t               outcomes[REQUEST_OUTCOME_COUNT]; /* of the interval */
    struct sketch          interval;
};

struct recorder {
    struct vec            apps;  /* struct recorder_app, by index in the books */
    struct vec            nodes; /* struct recorder_node, by node index */
    struct recorder_line *lines; /* by line of traffic */
};

void recorder_start(struct run *run);
void recorder_fini(struct run *run);
void recorder_event(struct run *run, env_address process, const struct env_event *event);
void recorder_fact(struct run *run, const struct world_fact *fact);
void recorder_sample(struct run *run); /* the end of an interval */
void recorder_end(struct run *run);    /* what is only known at the end */

/* The sentence of a line that the scenario itself writes. */
void recorder_warning(struct run *run, const char *text);

#endif
