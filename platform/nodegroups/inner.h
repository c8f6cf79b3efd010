/*
 * platform/nodegroups/inner.h - what the files of the node groups' controller share; nobody else
 * includes it.
 */
#ifndef PLATFORM_NODEGROUPS_INNER_H
#define PLATFORM_NODEGROUPS_INNER_H

#include "platform/model/cluster_refresh.h"
#include "platform/nodegroups/plan.h"

enum { GROUPS_SENTENCE_BYTES = 260 };

/* What is remembered of a running refresh beside its record: what a new master learns again. */
struct group_watch {
    struct cluster  *cluster; /* borrowed */
    uint64_t         refresh; /* record id */
    struct env_timer timer;   /* the next look */
    bool             busy;    /* a call to the cloud is on its way */
    uint32_t         group_max;
    uint32_t         desired;
    int64_t          next_at_ns; /* of this look: when something is due */
    int64_t          sick_since_ns[REFRESH_APPS_MAX]; /* of the watched apps; 0: it is well */
};

/* One machine of the group, as the cloud and the books see it together. */
struct group_machine {
    uint64_t             instance;
    const char          *zone; /* borrowed from the answer */
    struct cluster_node *node; /* NULL: never heard of */
    bool                 fresh;   /* as it should become */
    bool                 healthy; /* takes tasks */
    bool                 going;   /* drained by this refresh */
    int64_t              due_at_ns; /* fresh and not healthy: it must be by then */
};

struct group_survey {
    struct vec         machines; /* struct group_machine, in order of id */
    struct plan_counts counts;
    struct plan_limits limits;
};

/* --- nodegroups.c --- */
void groups_ask(struct group_watch *watch, const struct cluster_cloud_ask *ask);
/* Something is due then: a look, if none comes earlier. */
void groups_due(struct group_watch *watch, int64_t at_ns);

/* --- survey.c --- */
void survey_make(struct group_watch *watch, const struct cluster_refresh *refresh,
                 const struct cluster_cloud_answer *answer, struct group_survey *survey);
void survey_fini(struct group_survey *survey);
/* The old machine to go next: those that are of no use, then of the fullest zone, then the
 * oldest. */
struct group_machine *survey_next(const struct group_survey *survey, bool sick_only);

/* --- refresh.c --- */
/* Decides; asks the cloud for one thing at most. */
void refresh_decide(struct group_watch *watch, struct cluster_refresh *refresh,
                    struct group_survey *survey);
/* It has failed: back to the image before, or its end. */
void refresh_fail(struct cluster_refresh *refresh, const char *why);
/* The image that machines of the group should be started from now. */
const char *refresh_image(const struct cluster_refresh *refresh);

/* --- failures.c: false when the refresh has failed, and goes back or ends --- */
/* New machines come up in time. */
bool refresh_boots(struct group_watch *watch, struct cluster_refresh *refresh,
                   const struct group_survey *survey);
/* Watched apps are not below their minimum health for too long. */
bool refresh_apps_are_well(struct group_watch *watch, struct cluster_refresh *refresh);

#endif
