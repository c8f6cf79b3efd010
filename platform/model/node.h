/*
 * platform/model/node.h - a machine that runs an agent: what it offers.
 */
#ifndef PLATFORM_MODEL_NODE_H
#define PLATFORM_MODEL_NODE_H

#include "platform/base/common.h"

#define NODE_STATE_LIST(X)                                                                         \
    X(NODE_AWAITED, "awaited")         /* tasks are booked there, it has not registered yet */     \
    X(NODE_READY, "ready")                                                                         \
    X(NODE_UNREACHABLE, "unreachable") /* missed its heartbeats */

enum node_state {
#define X(state, name) state,
    NODE_STATE_LIST(X)
#undef X
};
#define NODE_STATE_COUNT (NODE_UNREACHABLE + 1)

enum {
    NODE_PORT_RANGES_MAX = 8,
    NODE_NAME_BYTES = 64,
    NODE_ATTRIBUTES_BYTES = 128,
    NODE_GPUS_MAX = 16, /* a mask of them is 16 bits */
    NODE_TASKS_MAX = 4096, /* that its agent holds, and so that the master books there */
    NODE_COUNT_MAX = 200000
};

/* One whole GPU; a share of one is given in thousandths. */
#define NODE_GPU_MILLI 1000

struct node_port_range {
    uint16_t first;
    uint16_t last; /* included */
};

/* Texts are borrowed and never NULL, "" where there is none. */
struct node_spec {
    /* from 0, never reused: also the index of its process addresses */
    uint32_t               index;
    uint32_t               ipv4; /* host byte order */
    const char            *hostname; /* "private-3" */
    const char            *region;
    const char            *zone;
    const char            *role; /* "*" or "slave_public" */
    /* what else constraints may ask for, as a Mesos agent is told it: "rack:r1;gpu_model:V100" */
    const char            *attributes;
    int32_t                cpu_milli;
    int32_t                gpus; /* 0..NODE_GPUS_MAX */
    int64_t                mem_bytes;
    int64_t                disk_bytes;
    struct node_port_range ports[NODE_PORT_RANGES_MAX];
    uint32_t               port_ranges_count;
};

const char *node_state_name(enum node_state state);

/* The value of an attribute, which is ret_len long and not terminated; NULL: it has none. */
const char *node_attribute(const struct node_spec *spec, const char *name, size_t *ret_len);

#endif
