/*
 * platform/wire/messages.h - every message between processes, as flat records.
 *
 * Rules: every message from a master carries its term; agents and edges drop an older one. What
 *        must arrive is sent again until it is acknowledged; every receiver accepts repetition.
 *
 *   agent  -> master  REGISTER, HEARTBEAT, STATUS, SPEC_GET, VOLUMES
 *   master -> agent   REGISTERED, LAUNCH, KILL, STATUS_ACK, SPEC, VOLUME_REMOVE
 *   edge   -> master  EDGE_STATE, EDGE_STATS
 *   master -> edge    ROUTES
 *   client -> master  API_REQUEST
 *   master -> client  API_ANSWER
 */
#ifndef PLATFORM_WIRE_MESSAGES_H
#define PLATFORM_WIRE_MESSAGES_H

#include "platform/base/record.h"
#include "platform/model/node.h"
#include "platform/model/task.h"

/*
 * An agent introduces itself: at its start, and whenever the master asks (REGISTERED, known = 0).
 */
struct msg_register {
    uint64_t incarnation; /* a new one each start of the agent: its start instant */
    uint32_t node;        /* node_spec.index */
    uint32_t ipv4;
    int32_t  cpu_milli;
    int32_t  gpus;
    int64_t  mem_bytes;
    int64_t  disk_bytes;
    char     hostname[NODE_NAME_BYTES];
    char     region[NODE_NAME_BYTES];
    char     zone[NODE_NAME_BYTES];
    char     role[NODE_NAME_BYTES];
    char     attributes[NODE_ATTRIBUTES_BYTES];
    uint16_t port_first[NODE_PORT_RANGES_MAX];
    uint16_t port_last[NODE_PORT_RANGES_MAX];
    uint32_t port_ranges_count;
    uint32_t tail_len; /* bytes: the ids of the tasks it has, final unacknowledged ones included */
    uint64_t tail[];   /* task ids */
};

struct msg_registered {
    uint64_t term;
    uint64_t incarnation;
    uint8_t  known; /* 0: I do not know you, register (again) */
};

struct msg_heartbeat {
    uint64_t incarnation;
    uint32_t node;
};

struct msg_launch {
    uint64_t term;
    uint64_t task;
    uint64_t version;
    uint64_t volume;   /* its reservation, whose volume it mounts; 0: none */
    uint64_t run;      /* of an app that runs its tasks once: which run; 0: none */
    uint8_t  wants_ready; /* evaluate the readiness check: launched by a deployment */
    uint8_t  ports_count;
    uint16_t gpu_mask; /* the GPUs of the node that it may use */
    uint16_t ports[TASK_PORTS_MAX]; /* host ports, one for each app_spec.ports; 0: not mapped */
};

struct msg_kill {
    uint64_t term;
    uint64_t task;
    int64_t  grace_ns;
};

/* Nobody needs the volume any more. Sent again until VOLUMES says that it is removed. */
struct msg_volume_remove {
    uint64_t term;
    uint64_t volume;
};

/* The volumes of a node that no task of its agent mounts: with the heartbeat while there are any,
 * and when one was to be removed and is not there now. */
struct msg_volumes {
    uint64_t incarnation;
    uint64_t removed; /* 0: none */
    uint32_t node;
    uint32_t tail_len; /* bytes */
    uint64_t tail[];   /* ids */
};

struct msg_spec_get {
    uint64_t version;
};

struct msg_spec {
    uint64_t term;
    uint64_t version;
    uint32_t tail_len;
    char     tail[]; /* the canonical definition, not NUL-terminated */
};

struct msg_status {
    uint64_t task;
    uint64_t version;
    uint32_t node;
    uint32_t sequence; /* of this task on this agent, from 1; the newest replaces older ones */
    uint32_t ipv4;     /* where the task answers */
    int32_t  exit_code;
    uint32_t failures; /* of health checks in a row */
    uint8_t  state;    /* enum task_state */
    uint8_t  health;   /* enum task_health */
    uint8_t  ready;
    uint8_t  kill_wanted; /* its health checks failed too often */
    uint8_t  hopeless;    /* no further try can start it: no such image, not let in */
    char     cause[96];   /* for people: "exit code 1", "no such image" */
};

struct msg_status_ack {
    uint64_t term;
    uint64_t task;
    uint32_t sequence;
};

/* The edge's report: at its start (generation 0), on every change, and as a heartbeat. */
struct msg_edge_state {
    uint32_t node;
    uint64_t incarnation;
    uint64_t generation; /* in force */
    uint32_t tail_len;
    uint64_t tail[]; /* ids of draining endpoints that still have open requests */
};

/*
 * What the two versions that a deployment measures have done at this edge, since it was first told
 * to measure them: env_proxy_tally, [1] the newer one. Each message says all, so the newest counts.
 */
struct msg_edge_stats {
    uint32_t node;
    uint64_t incarnation; /* as in EDGE_STATE */
    uint64_t sequence;    /* grows with each message of an incarnation */
    uint64_t deployment;
    uint64_t requests[2];
    uint64_t errors[2];
    uint64_t failures[2];
    uint32_t older_len; /* of the tail: the older version's latencies; the newer's follow */
    uint32_t tail_len;
    char     tail[]; /* base/sketch.h, encoded */
};

struct msg_routes {
    uint64_t term;
    uint64_t generation;
    uint32_t tail_len;
    char     tail[]; /* wire/routes.h */
};

enum api_call { API_PUT_APP, API_SCALE_APP, API_DELETE_APP, API_CONTROL, API_PUT_GROUP,
                API_PUT_GATEWAY, API_NODE, API_RUN };

/* What somebody says to the running deployment of an app, or to the app itself. */
enum api_control {
    CONTROL_PAUSE,
    CONTROL_RESUME,       /* after pause, or after too much inconclusive */
    CONTROL_PROMOTE,      /* ends the step that holds or is paused */
    CONTROL_PROMOTE_FULL, /* skips all that is left */
    CONTROL_SKIP,         /* the next step at once, whatever the analysis of this one says */
    CONTROL_ABORT,        /* it has failed */
    CONTROL_ROLL_BACK,    /* to an earlier version, the shortest way */
    CONTROL_RESTART       /* the same definition, new tasks */
};
#define API_CONTROL_COUNT (CONTROL_RESTART + 1)

/* What somebody says about a node, or about a group of them. */
enum api_node {
    NODE_DRAIN,   /* its tasks move to others, and it takes nothing */
    NODE_UNDRAIN, /* back to normal */
    GROUP_REFRESH, /* a node group goes to another machine image */
    GROUP_PAUSE,   /* what is begun ends, nothing new begins */
    GROUP_RESUME,
    GROUP_CANCEL,   /* it ends where it is */
    GROUP_ROLL_BACK /* to the image before */
};
#define API_NODE_COUNT (GROUP_ROLL_BACK + 1)

struct msg_api_request {
    /* chosen by the client; repeated until answered; the same request is done once */
    uint64_t request;
    uint8_t  call;    /* enum api_call */
    uint8_t  force;   /* take the place of a running deployment */
    uint8_t  control;   /* API_CONTROL: enum api_control; API_NODE: enum api_node */
    int64_t  deadline_ns; /* NODE_DRAIN: then what is left is stopped; 0: never */
    uint32_t instances; /* API_SCALE_APP */
    uint64_t version;   /* CONTROL_ROLL_BACK: 0 is the last good one before this */
    char     app[128];  /* API_SCALE_APP, API_DELETE_APP, API_CONTROL; API_NODE: the host name,
                        * or the node group */
    uint32_t strategy_len; /* of the tail: its last bytes are the strategy, canonical */
    uint32_t tail_len;
    /* API_PUT_APP: the definition; API_PUT_GROUP: a list of them; then the strategy.
     * API_PUT_GATEWAY: Kong's declarative file, empty: none. GROUP_REFRESH: refresh.h's JSON.
     * API_RUN: runs of apps that run their tasks once, a line each, in their order: the number of
     * the first run, how many, and the app, such as "1 3 /batch/a" */
    char     tail[];
};

struct msg_api_answer {
    uint64_t request;
    uint64_t deployment; /* 0 when nothing had to change */
    uint64_t version;
    uint8_t  status; /* enum status */
    char     text[200];
};

enum {
    MSG_REGISTER_ID = 1,
    MSG_REGISTERED_ID,
    MSG_HEARTBEAT_ID,
    MSG_LAUNCH_ID,
    MSG_KILL_ID,
    MSG_SPEC_GET_ID,
    MSG_SPEC_ID,
    MSG_STATUS_ID,
    MSG_STATUS_ACK_ID,
    MSG_EDGE_STATE_ID,
    MSG_ROUTES_ID,
    MSG_API_REQUEST_ID,
    MSG_API_ANSWER_ID,
    MSG_EDGE_STATS_ID,
    MSG_VOLUME_REMOVE_ID,
    MSG_VOLUMES_ID
};

extern const struct record_type msg_register_type;
extern const struct record_type msg_registered_type;
extern const struct record_type msg_heartbeat_type;
extern const struct record_type msg_launch_type;
extern const struct record_type msg_kill_type;
extern const struct record_type msg_spec_get_type;
extern const struct record_type msg_spec_type;
extern const struct record_type msg_status_type;
extern const struct record_type msg_status_ack_type;
extern const struct record_type msg_edge_state_type;
extern const struct record_type msg_edge_stats_type;
extern const struct record_type msg_routes_type;
extern const struct record_type msg_api_request_type;
extern const struct record_type msg_api_answer_type;
extern const struct record_type msg_volume_remove_type;
extern const struct record_type msg_volumes_type;

struct task_record;
/* The launch of a placed task, as often as it must be sent. run: which it is, 0: none */
struct msg_launch msg_launch_of(uint64_t term, const struct task_record *task, uint64_t run);

/* The message type of an id, or NULL. */
const struct record_type *message_type_find(uint32_t id);

#endif
