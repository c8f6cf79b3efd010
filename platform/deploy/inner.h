/*
 * platform/deploy/inner.h - what the files of the deploy controller share; nobody else includes it.
 */
#ifndef PLATFORM_DEPLOY_INNER_H
#define PLATFORM_DEPLOY_INNER_H

#include "platform/deploy/analysis.h"
#include "platform/deploy/strategies/rolling.h"
#include "platform/deploy/victims.h"
#include "platform/model/cluster.h"
#include "platform/wire/messages.h"

enum { DEPLOY_SENTENCE_BYTES = 320 };

/* What one look at an app's tasks found. */
struct deploy_census {
    struct rolling_counts counts; /* "new" is the wanted version */
    uint32_t              active; /* of any version: wanted to run */
};

/*
 * What is remembered of an app's running deployment beside its record: timers, one a deadline, and
 * what a new master learns again by looking.
 */
struct deploy_watch {
    struct cluster_app *app; /* borrowed */
    uint64_t            deployment;
    struct env_timer    step_timer;     /* a hold, a pause between growths, or lingering ends */
    struct env_timer    pause_timer;    /* a pause that nobody ended */
    struct env_timer    progress_timer; /* nothing moved */
    struct env_timer    healthy_timer;  /* an instance is not well yet */
    struct env_timer    well_timer;     /* instances must be well for a while to count */
    struct env_timer    old_timer;      /* an old one is replaced again */
    int64_t             old_at_ns;      /* when one was replaced last */
    uint32_t            old_times;      /* in a row; 0: none was */
    int64_t             well_since_ns;  /* the step has all its instances since; 0: it has not */
    uint32_t            serving_most;   /* new ones that served, the most so far: progress */
};

struct deploy_state {
    struct cluster *cluster;
    struct vec      watches; /* struct deploy_watch *, by app index - 1; NULL: none */
    struct analysis_state analysis;
};

/* --- deploy.c --- */
struct deploy_census deploy_count(const struct cluster_app *app);
/* What its upgradeStrategy promises, for so many instances. */
struct rolling_limits deploy_limits(const struct cluster_app *app, uint32_t wanted);
void deploy_launch(struct cluster_app *app, uint32_t count);
/* Instances of the old version, up to so many of both: while steps last, lost ones come back as
 * what they were; those that fail again and again as late as the app's back-off asks. */
void deploy_replace_old(struct deploy_watch *watch, const struct deploy_census *census,
                        uint32_t wanted);
/*
 * Stops up to count tasks, the least useful first. A healthy one goes only while enough healthy
 * ones remain; the rest wait for the next look.
 */
void deploy_stop(struct cluster_app *app, struct deploy_census *census, uint32_t count,
                 enum victims of, struct rolling_limits limits, enum stop_cause cause);
/* Of the wanted version no more than are wanted: some may have come back that had been replaced. */
void deploy_stop_surplus(struct cluster_app *app, struct deploy_census *census);
/* Old ones that have no place yet serve nobody, and would be given one before the new ones. */
void deploy_withdraw_old(struct cluster_app *app);
/* What the deployment waits for, said once for each new answer. */
void deploy_wait(struct cluster_app *app, const char *text);

/* --- restart.c: Marathon's rolling restart, by capacity or by batch, and recreate --- */
void restart_look(struct cluster_app *app, struct deploy_census *census);
void recreate_look(struct cluster_app *app, struct deploy_census *census);

/* --- rollout.c: canary and A/B, step by step --- */
void rollout_look(struct deploy_watch *watch, struct deploy_census *census);
/* Ends what the step waits for: its hold or its pause. */
void rollout_next_step(struct cluster_app *app, const char *why);
/* The shares change, or the phase: journaled and stored, and routes are made anew. */
void rollout_move(struct cluster_app *app, enum deployment_phase phase, uint32_t weight_ppm,
                  const char *why);

/* --- growth.c: blue-green --- */
void growth_look(struct deploy_watch *watch, struct deploy_census *census);

/* --- watch.c: deadlines --- */
struct deploy_watch *watch_of(struct deploy_state *state, struct cluster_app *app);
void watch_close(struct deploy_state *state);
/* True when a deadline has passed, and the deployment has failed by it. */
bool watch_deadlines(struct deploy_watch *watch, const struct deploy_census *census);
/* Whether old ones may be replaced now; counted as done. Else its timer wakes the app. */
bool watch_may_replace_old(struct deploy_watch *watch, const struct app_spec *old);
/* Arms a timer for an instant, or leaves it when it is armed for that already; 0: cancels it. */
void watch_arm(struct deploy_watch *watch, struct env_timer *timer, int64_t at_ns);

/* --- revert.c --- */
/* The running deployment has failed: it ends, and the last good version comes back when its
 * strategy says so. */
void revert_failed(struct cluster_app *app, const char *why);
/* The shortest way to an earlier version; false with a sentence when there is none. */
bool revert_to(struct cluster_app *app, uint64_t version, uint64_t request, uint64_t reverts,
               char *text, size_t text_bytes);

/* --- plan.c --- */
enum plan_turn { PLAN_ACTS, PLAN_WAITS, PLAN_FAILED };
/* With a sentence when it may not act. */
enum plan_turn plan_turn(struct cluster_app *app, char *text, size_t text_bytes);
/* What it depends on is not there: it is cancelled, and the app wants what it wanted before. */
void plan_give_up(struct cluster_app *app, const char *why);

/* --- control.c --- */
bool control_message(struct cluster *cluster, env_address from,
                     const struct msg_api_request *request);

#endif
