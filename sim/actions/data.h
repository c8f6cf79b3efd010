/*
 * sim/actions/data.h - what the field table of each verb fills in.
 *
 * A verb whose action takes a selector begins with it; "for" is in scenario_step.for_ns.
 */
#ifndef SIM_ACTIONS_DATA_H
#define SIM_ACTIONS_DATA_H

#include "sim/actions.h"

struct deploy_data {
    const char          *app;
    const struct json_t *set; /* merged into the app's definition (RFC 7396); NULL: nothing */
    const struct json_t *strategy; /* NULL: the rolling restart that the definition asks for */
    bool                 force;
    bool                 may_fail;
};

struct deploy_group_data {
    const struct json_t *apps;     /* a list of {"app", "set"} */
    const struct json_t *strategy; /* of each; NULL: the rolling restart of its definition */
    bool                 force;
    bool                 may_fail;
};

struct control_data { /* pause, resume, promote, skip, abort, roll-back, restart */
    const char          *app;
    const struct json_t *to; /* roll-back: a number or "previous"; NULL: that */
    bool                 full;  /* promote */
    bool                 force; /* restart */
    bool                 may_fail;
};

struct scale_data {
    const char *app;
    uint32_t    instances;
    bool        force;
    bool        may_fail;
};

struct kill_task_data {
    struct selector targets; /* first: the reader fills it */
    const char     *app;     /* NULL: of any app */
};

struct slow_task_data {
    struct selector targets; /* first: the reader fills it */
    const char     *app;     /* NULL: of any app */
    double          factor;
};

struct node_data { /* kill-node, restart-agent, partition */
    struct selector targets;
};

struct drain_node_data { /* drain-node, undrain-node */
    struct selector targets; /* first: the reader fills it */
    int64_t         deadline_ns; /* 0: none */
    bool            may_fail;
};

struct refresh_data { /* refresh-group; the others use group and may_fail alone */
    const char        *group;
    const char        *image;
    uint32_t           min_healthy_ppm; /* of each: not given when it is the largest, or below 0 */
    uint32_t           max_healthy_ppm;
    const char *const *checkpoints;
    uint32_t           checkpoints_count;
    int64_t            checkpoint_delay_ns;
    int64_t            warmup_ns;
    int64_t            boot_deadline_ns;
    int64_t            drain_deadline_ns;
    bool               skip_matching;
    bool               rollback;
    const char *const *apps;
    uint32_t           apps_count;
    int64_t            sick_ns;
    bool               may_fail;
};
/* Whether the cluster has such a group. */
bool refresh_has_group(const struct scenario *scenario, const char *name);

struct fail_zone_data {
    const char *zone;
    bool        may_be_empty;
};

struct set_gateway_data {
    const struct json_t *gateway; /* as handed in; the scenario's reader has checked it */
};

struct set_traffic_data {
    const char *to;
    int64_t     rate_microhertz; /* -1: not given */
    uint32_t    clients;         /* when no rate is given */
};

#define ACTION(name) extern const struct action action_##name;
#include "sim/actions/actions.def"
#undef ACTION

#endif
