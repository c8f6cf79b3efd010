/*
 * platform/model/strategy.h - how a deployment goes from the old version to the new one: read once,
 * kept with the deployment as canonical JSON.
 *
 * Shape:  {"canary": {...}}, one of rolling, recreate, canary, blue-green, ab; or its name alone.
 * Units:  shares in ppm, durations in ns. A deadline of 0 is none.
 * Source: Marathon 1.11 (rolling), marathon-lb's zdd.py (blue-green), Argo Rollouts 1.x (canary:
 *         steps, surge and unavailable, limits of analysis), Nomad (deadlines, revert), Kayenta
 *         (rank test).
 */
#ifndef PLATFORM_MODEL_STRATEGY_H
#define PLATFORM_MODEL_STRATEGY_H

#include "platform/base/arena.h"
#include "platform/base/diag.h"

struct json_t;

enum strategy_kind {
    STRATEGY_ROLLING,    /* Marathon's restart; with batch, so many at a time */
    STRATEGY_RECREATE,   /* all old ones stop, then all new ones start */
    STRATEGY_CANARY,     /* steps of traffic, each held and judged */
    STRATEGY_BLUE_GREEN, /* the new ones grow beside the old ones until they can take over */
    STRATEGY_AB          /* requests with a header go to the new ones, until somebody decides */
};
#define STRATEGY_KIND_COUNT (STRATEGY_AB + 1)

enum strategy_metric {
    METRIC_ERROR_RATE, /* errors and failures per request, ppm */
    METRIC_LATENCY,    /* a quantile of the answers, ns */
    METRIC_REQUESTS,   /* per second, in thousandths */
    METRIC_RESTARTS,   /* tasks of the version that ended by themselves */
    METRIC_JOURNAL     /* journal lines of one kind about the version */
};
#define STRATEGY_METRIC_COUNT (METRIC_JOURNAL + 1)

enum strategy_direction { DIRECTION_INCREASE, DIRECTION_DECREASE, DIRECTION_EITHER };

enum { STRATEGY_STEPS_MAX = 32, STRATEGY_ANALYSES_MAX = 8 }; /* limits of ours; the second is that
                                                             * of deployment_record */

/* One question that is asked again and again while the new version gets traffic. */
struct strategy_analysis {
    const char             *name; /* unique; the metric's own when not given */
    enum strategy_metric    metric;
    uint32_t                quantile_ppm; /* METRIC_LATENCY */
    const char             *journal;      /* METRIC_JOURNAL: the kind of line, "task:failed" */
    uint32_t                journal_kind; /* enum env_event_kind */
    int32_t                 journal_state; /* its new state; -1: any */
    bool                    has_at_most;
    bool                    has_at_least;
    int64_t                 at_most; /* in the metric's unit */
    int64_t                 at_least;
    bool                    has_relative;
    int64_t                 relative_ppm; /* at most so much above the old version's value */
    uint32_t                confidence_ppm; /* rank test against the old version; 0: none */
    enum strategy_direction direction;      /* which side of the rank test is bad */
    int64_t                 every_ns;       /* one measurement each */
    int64_t                 delay_ns;       /* from the first traffic to the first interval */
    uint32_t                count;          /* 0: until the deployment moves on */
    uint32_t                failures_max;   /* more fail the deployment */
    uint32_t                inconclusive_max; /* more pause it */
    uint32_t                requests_min;   /* fewer in an interval: inconclusive */
    bool                    dry_run;        /* judged and shown, never acted upon */
};

struct strategy_step {
    uint32_t    weight_ppm; /* of the requests go to the new version */
    bool        has_instances;
    uint32_t    instances; /* new ones meanwhile; else as many as the weight asks for */
    int64_t     hold_ns;   /* then the next step, when all is well */
    bool        pause;     /* until somebody says promote */
    int64_t     pause_timeout_ns; /* then it counts as failed; 0: waits for ever */
    const char *header;    /* requests with it go to the new version too; "" when none */
    const char *value;
};

/* A number of instances, given as such or as a share of all. */
struct strategy_amount {
    bool     is_share;
    uint32_t value; /* instances, or ppm */
};

struct strategy_spec {
    enum strategy_kind        kind;
    uint32_t                  batch; /* rolling: replaced at a time; 0: as capacities say */
    struct strategy_step     *steps; /* canary, in order; ab has one */
    uint32_t                  steps_count;
    struct strategy_analysis *analyses;
    uint32_t                  analyses_count;
    struct strategy_amount    surge;       /* canary: how many more than wanted at most */
    struct strategy_amount    unavailable; /* canary: how many of the wanted may be missing */
    uint32_t                  initial;   /* blue-green: new ones at first */
    /* blue-green: further ones a step; 0: half as many again */
    uint32_t                  increase;
    uint32_t                  hybrid;    /* blue-green: stop at so many new ones; 0: go on */
    int64_t                   step_ns;   /* blue-green: between steps */
    int64_t                   linger_ns; /* the old ones stay so long after the new ones have all */
    int64_t                   healthy_min_ns; /* a new one must be well for so long to count */
    int64_t                   progress_deadline_ns; /* nothing moved for so long: failed */
    int64_t                   healthy_deadline_ns;  /* a new one not well after so long: failed */
    bool                      revert; /* a failed one goes back to the last good version */
    const char               *json;   /* canonical */
};

/*
 * Reads a strategy; NULL when there was an error. pointer: where it stands, for messages. json:
 * NULL is Marathon's rolling restart.
 */
const struct strategy_spec *strategy_read(const struct json_t *json,
                                          const struct diag_source *source, const char *pointer,
                                          struct arena *arena, struct diag_list *diags);

/* "rolling", "blue-green". */
const char *strategy_kind_name(enum strategy_kind kind);
const char *strategy_metric_name(enum strategy_metric metric);

/* ceil or floor of a share, or the number itself. */
uint32_t strategy_amount_of(struct strategy_amount amount, uint32_t all, bool round_up);

#endif
