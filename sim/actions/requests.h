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

/* Merges set (may be NULL) into the definition of app and keeps the result. ST_INVALID. */
enum status definitions_merge(struct run *run, const char *app, const struct json_t *set,
                              const char **ret_json, struct error *err) MUST_USE;
void        definitions_scaled(struct run *run, const char *app, uint32_t instances);

void requests_put_app(struct run *run, const char *json, bool force, run_answer_fn *answer,
                      void *context);

/* text: Kong's declarative file. It holds secrets. */
void requests_put_gateway(struct run *run, const char *text, run_answer_fn *answer,
                          void *context);

/* The answer to a step of the timeline: a refusal fails the run with a clear sentence. The context
 * is requests_name(). */
run_answer_fn requests_answered;
void         *requests_name(struct run *run, const struct scenario_step *step,
                            const struct action_scope *scope);

#endif
