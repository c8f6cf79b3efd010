/*
 * platform/model/cluster_kept.h - what the cluster keeps beside its records: how tasks count for
 * their app, what the store must be told, and what edges have said.
 */
#ifndef PLATFORM_MODEL_CLUSTER_KEPT_H
#define PLATFORM_MODEL_CLUSTER_KEPT_H

#include "platform/base/vec.h"

/* How a task counts for its app; kept by cluster_task_recount. */
enum cluster_task_bit {
    TASK_BIT_HEALTHY = 1, /* cluster_task_is_healthy */
    TASK_BIT_SERVING = 2, /* cluster_task_is_serving */
    TASK_BIT_ACTIVE = 4,  /* cluster_task_is_active */
    TASK_BIT_LIVE = 8,    /* active, or being stopped */
    TASK_BIT_NEW = 16,    /* of the version that is wanted */
    TASK_BIT_ROUTED = 32, /* named in routes: serving, or draining while it runs */
    TASK_BIT_MOVING = 64  /* cluster_task_is_moving */
};

/* An app's tasks by how they count: kept as they change, so that a look at an app costs the same
 * however many it has. */
struct cluster_counts {
    uint32_t healthy;
    uint32_t active;
    uint32_t new_live;
    uint32_t new_active;
    uint32_t new_serving;
    uint32_t old_live;
    uint32_t old_active;
    uint32_t moving;
    uint32_t old_moving; /* of these */
};

/* What the store must be told at the end of the step. */
enum cluster_write_kind { WRITE_APP, WRITE_TASK, WRITE_TASK_DELETE, WRITE_APP_DELETE,
                          WRITE_DEPLOYMENT, WRITE_DEPLOYMENT_DELETE, WRITE_VERSION,
                          WRITE_VERSION_DELETE, WRITE_STRATEGY, WRITE_STRATEGY_DELETE,
                          WRITE_GATEWAY, WRITE_NODE, WRITE_NODE_DELETE, WRITE_REFRESH,
                          WRITE_REFRESH_DELETE, WRITE_RESERVATION, WRITE_RESERVATION_DELETE,
                          WRITE_VOID }; /* noted, and not to be done any more */
struct cluster_write {
    enum cluster_write_kind kind;
    uint64_t                id;
    const void             *object; /* the record's owner; NULL for deletions */
};

/* The balancer of a node, as its reports say. */
struct cluster_edge {
    uint32_t   node;
    uint64_t   incarnation;
    uint64_t   generation;
    int64_t    seen_at_ns;
    struct vec busy; /* uint64_t: draining endpoints with open requests */
    uint64_t   sent_generation; /* newest routes sent to it */
    int64_t    sent_at_ns;
};

#endif
