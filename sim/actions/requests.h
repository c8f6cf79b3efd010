/*
 * sim/actions/requests.h - what verbs ask of the front door, and the definitions that people have
 * handed in so far.
 */
#ifndef SIM_ACTIONS_REQUESTS_H
#define SIM_ACTIONS_REQUESTS_H

#include "sim/run.h"

/* The definition of each app as last handed in; kept as text in the run's arena. */
struct definition {
    const char *app;
    const char *json;
};

/* A version that the front door has taken, as its answer told: what a client can know. */
struct taken_version {
    uint32_t    app; /* interned in results.names */
    uint64_t    version;
    uint64_t    deployment; /* 0: nothing had to change */
    const char *strategy;   /* of that deployment; NULL: none */
};

/* Merges set (may be NULL) into the definition of app and keeps the result. ST_INVALID. */
enum status definitions_merge(struct run *run, const char *app, const struct json_t *set,
                              const char **ret_json, struct error *err) MUST_USE;
void        definitions_scaled(struct run *run, const char *app, uint32_t instances);

struct requests_app {
    const char *app;
    const char *json;     /* its definition, or a list of them */
    const char *strategy; /* canonical JSON; "" or NULL: none */
    bool        force;
    bool        is_group; /* app is the first of them */
};

/* A value as compact text in the run's arena. */
const char *requests_json(struct run *run, const struct json_t *json);

void requests_put_app(struct run *run, const struct requests_app *put, run_answer_fn *answer,
                      void *context);

/* The id of the version of an app with this number, from 1 in the order in which the front door
 * took them; 0: there is none. */
uint64_t requests_version(const struct run *run, const char *app, uint64_t number);

/* The strategy that a deployment was asked for with, canonical; NULL: none. */
const char *requests_strategy(const struct run *run, uint64_t deployment);

/* text: Kong's declarative file. It holds secrets. */
void requests_put_gateway(struct run *run, const char *text, run_answer_fn *answer,
                          void *context);

/* The answer to a step of the timeline: a refusal fails the run with a clear sentence. The context
 * is requests_name(). */
run_answer_fn requests_answered;
/* The same where a refusal may be: it is noted as a warning. */
run_answer_fn requests_may_fail;
void          requests_warn(struct run *run, const char *format, ...) PRINTF_LIKE(2, 3);
void         *requests_name(struct run *run, const struct scenario_step *step,
                            const struct action_scope *scope);

#endif
