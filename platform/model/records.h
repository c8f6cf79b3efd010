/*
 * platform/model/records.h - what the master keeps in its store: tables of flat records.
 */
#ifndef PLATFORM_MODEL_RECORDS_H
#define PLATFORM_MODEL_RECORDS_H

#include "platform/base/record.h"
#include "platform/model/deployment.h"
#include "platform/model/refresh.h"
#include "platform/model/task.h"

enum store_table {
    TABLE_META = 1,   /* one record, id 0 */
    TABLE_APP,        /* id: app_record.id */
    TABLE_VERSION,    /* id: version_record.id */
    TABLE_DEPLOYMENT, /* id: deployment_record.id */
    TABLE_TASK,       /* id: task_record.id; removed when final and acknowledged */
    TABLE_STRATEGY,   /* id: deployment_record.id; none for Marathon's rolling restart */
    TABLE_GATEWAY,    /* one record, id 0; none when there was never a gateway */
    TABLE_NODE,       /* id: node_record.node + 1; only nodes that are drained have one */
    TABLE_REFRESH,    /* id: refresh_record.id; one a node group, its last */
    TABLE_RESERVATION /* id: reservation_record.id; removed when its volume is */
};
#define STORE_TABLE_COUNT (TABLE_RESERVATION + 1)

/* Numbers of record types; those of messages are below 64. */
enum {
    RECORD_META_ID = 64,
    RECORD_APP_ID,
    RECORD_VERSION_ID,
    RECORD_DEPLOYMENT_ID,
    RECORD_TASK_ID,
    RECORD_STRATEGY_ID,
    RECORD_GATEWAY_ID,
    RECORD_NODE_ID,
    RECORD_REFRESH_ID,
    RECORD_RESERVATION_ID
};

struct meta_record {
    uint64_t term;
    uint64_t next_app;
    uint64_t next_version;
    uint64_t next_deployment;
    uint64_t next_task;
    uint64_t routes_generation;
};

struct app_record {
    uint64_t id;
    uint64_t version;    /* wanted */
    uint64_t deployment; /* running one, 0: none */
    uint64_t request;    /* of the client that last changed it */
    uint64_t runs;       /* highest number of a run taken, of an app that runs once */
    uint32_t instances;  /* wanted */
    uint32_t backoff_failures;  /* in a row; 0: no delay */
    int64_t  backoff_until_ns;  /* no launch before this instant */
    int64_t  backoff_forget_ns; /* from this instant on the failures are forgotten */
    uint8_t  deleted;           /* its tasks are being stopped; then the record goes */
};

struct version_record {
    uint64_t id;
    uint64_t app;
    int64_t  created_at_ns;
    uint32_t tail_len;
    char     tail[]; /* canonical definition */
};

struct deployment_record {
    uint64_t id;
    uint64_t app;
    uint64_t version_old; /* 0: none */
    uint64_t version_new;
    uint64_t request;
    uint32_t instances_old;
    uint32_t instances_new;
    int64_t  started_at_ns;
    int64_t  ended_at_ns;
    uint32_t kept_at_start; /* old instances kept until new ones serve, + 1; 0: not begun */
    uint8_t  state;       /* enum deployment_state */
    uint8_t  restarts;    /* 1: replaces tasks; 0: only the number of instances changes */
    /* how far its strategy has come */
    uint8_t  phase;       /* enum deployment_phase */
    uint8_t  held;        /* somebody said pause */
    uint32_t step;        /* of the strategy's steps; as many as there are: all are done */
    uint32_t weight_ppm;  /* of the requests that go to the new version now */
    int64_t  step_at_ns;  /* when the step's traffic began; 0: its instances are not ready yet */
    int64_t  progress_at_ns; /* when it last moved */
    int64_t  promoted_at_ns; /* when the new version got everything; 0: not yet */
    uint64_t reverts;     /* the deployment that failed: goes the shortest way back; 0: none */
    uint64_t plan;        /* deployments of one request share it; 0: alone */
    uint32_t layer;       /* of the plan: waits until all of a lower one are done */
    /* of the strategy's analyses, in their order, over all steps */
    uint16_t measured[DEPLOYMENT_ANALYSES_MAX];
    uint16_t failed[DEPLOYMENT_ANALYSES_MAX];
    uint16_t inconclusive[DEPLOYMENT_ANALYSES_MAX];
    /* restarts, or lines of the journal, since it began: of analyses that count them */
    uint32_t counted[DEPLOYMENT_ANALYSES_MAX];
    int64_t  traffic_at_ns; /* when the new version got its first traffic; 0: not yet */
};

/* The gateway in force. It holds secrets, as app definitions do. */
struct gateway_record {
    uint64_t request; /* of the client that last changed it */
    uint32_t tail_len;
    char     tail[]; /* canonical text; empty: none */
};

/* The refresh of a node group, as far as it has come. */
struct refresh_record {
    uint64_t id;
    uint64_t request;         /* of the client that asked for it, or last said something to it */
    uint8_t  state;           /* enum refresh_state */
    uint8_t  ends_as;         /* enum refresh_state, while it is ending */
    uint8_t  held;            /* somebody said pause */
    uint8_t  turn;            /* somebody said cancel or roll back: that state; 0: nobody */
    uint8_t  begun;           /* what the group was is known */
    uint32_t wanted;          /* machines of the group when it began */
    uint32_t checkpoint;      /* the one it works towards, from 0 */
    uint32_t replaced;        /* new machines that are healthy, the last time it looked */
    int64_t  started_at_ns;
    int64_t  checkpoint_at_ns; /* when this checkpoint was reached; 0: not yet */
    int64_t  ended_at_ns;
    char     image_old[REFRESH_NAME_BYTES]; /* that the group was set to before */
    uint32_t tail_len;
    char     tail[]; /* refresh_spec.json */
};

/* Of its machine. One that was ended never comes back: nothing is placed there again. */
enum node_end {
    NODE_END_NONE,
    NODE_END_ASKED, /* the cloud is asked to end it */
    NODE_END_SEEN   /* the cloud has it no more: nothing runs there, whatever the network does */
};

/* A node that is drained: its tasks move to others, and it takes nothing. */
struct node_record {
    uint32_t node;           /* index */
    uint64_t request;        /* of the client that asked for it; 0: a refresh did */
    uint64_t refresh;        /* of its group, that drains it; 0: somebody asked for it */
    int64_t  started_at_ns;
    int64_t  deadline_at_ns; /* from this instant on what is left is stopped; 0: never */
    uint8_t  forced;         /* the deadline has passed */
    uint8_t  empty;          /* told once: nothing is left on it */
    uint8_t  ended;          /* enum node_end */
};

/*
 * What an app with persistent volumes holds on a node for one of its instances: its resources and
 * the volume. Which task has it is in the task's own record; while none has, it waits for the next.
 */
struct reservation_record {
    uint64_t id;           /* of the task it was made for; it names the volume as well */
    uint64_t app;
    uint32_t node;         /* index + 1 */
    uint32_t cpu_milli;    /* what its newest task had */
    int64_t  mem_bytes;
    int64_t  disk_bytes;   /* without the volume */
    int64_t  volume_bytes; /* of all its volumes */
    int64_t  made_at_ns;
    uint64_t version;      /* of the newest task that had it */
    uint8_t  released;     /* nobody gets it any more; it goes once its volume is removed */
};

/* The strategy of a deployment, written once. */
struct strategy_record {
    uint64_t deployment;
    uint64_t app;
    uint32_t tail_len;
    char     tail[]; /* canonical JSON */
};

struct task_record {
    uint64_t id;
    uint64_t app;
    uint64_t version;
    uint64_t deployment; /* that launched it, 0: a replacement; of an app that runs its tasks once:
                          * the number of its run, from 1 */
    int64_t  created_at_ns;
    int64_t  running_at_ns; /* 0 until running */
    int64_t  unreachable_at_ns;
    uint64_t reservation; /* that it has, 0: none */
    uint32_t node; /* node index + 1, 0: pending */
    uint32_t nominated; /* node index + 1, where others are stopped for it; 0: nowhere */
    uint32_t ipv4;
    uint8_t  state;     /* enum task_state */
    uint8_t  health;    /* enum task_health */
    uint8_t  ready;
    uint8_t  wants_ready;
    uint8_t  stop;      /* enum task_stop */
    uint8_t  stop_cause; /* enum stop_cause, once there is a stop */
    uint8_t  ports_count;
    uint8_t  moves;     /* the GROUP_BY that it leaves a group of, index + 1; 0: it stays */
    uint16_t gpu_mask; /* bit i: GPU i of its node is its own, or it has a share of it */
    uint16_t ports[TASK_PORTS_MAX];
};

/* How far the stop of a task has come: out of the balancer first, then the kill. */
enum task_stop { STOP_NONE, STOP_DRAINING, STOP_KILLING };

/* Why a task is stopped; goes into the decision's value. */
enum stop_cause {
    STOP_UPGRADE,
    STOP_SCALE_DOWN,
    STOP_BAD_HEALTH,
    STOP_DELETED,
    STOP_EVACUATED, /* its node is drained, and others have taken its place */
    STOP_DEADLINE,  /* its node is drained, and had to be empty by now */
    STOP_PREEMPTED, /* a task of higher priority gets its place */
    STOP_TWICE,     /* another task does the same run */
    STOP_REBALANCED /* another one serves where GROUP_BY had too few, or was to and could not */
};

extern const struct record_type meta_record_type;
extern const struct record_type app_record_type;
extern const struct record_type version_record_type;
extern const struct record_type deployment_record_type;
extern const struct record_type task_record_type;
extern const struct record_type strategy_record_type;
extern const struct record_type gateway_record_type;
extern const struct record_type node_record_type;
extern const struct record_type refresh_record_type;
extern const struct record_type reservation_record_type;

/* The record type of a table. */
const struct record_type *table_type(enum store_table table);

#endif
