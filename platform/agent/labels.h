/*
 * platform/agent/labels.h - what an agent writes on a container, so that its next life knows it.
 */
#ifndef PLATFORM_AGENT_LABELS_H
#define PLATFORM_AGENT_LABELS_H

#include "platform/base/arena.h"
#include "platform/env/containers.h"
#include "platform/model/task.h"

#define LABEL_TASK     "rehearsal.task"     /* decimal id */
#define LABEL_VERSION  "rehearsal.version"  /* decimal id of the app version */
#define LABEL_NODE     "rehearsal.node"     /* decimal node index: one engine may serve several */
#define LABEL_NETWORK  "rehearsal.network"  /* "host", "bridge" or "own" */
#define LABEL_READY    "rehearsal.ready"    /* "1" when a deployment waits for its readiness */
#define LABEL_LAUNCHED "rehearsal.launched" /* decimal, ns since the Unix epoch */
#define LABEL_PORTS    "rehearsal.ports"    /* "31000,31001"; "" when none */
#define LABEL_VOLUME   "rehearsal.volume"   /* decimal id; only where it mounts a persistent one */
#define LABEL_RUN      "rehearsal.number"   /* decimal; only of an app that runs its tasks once */

/* with AGENT_CONTAINER_LABEL; and LABEL_VOLUME and LABEL_RUN */
enum { LABELS_COUNT = 8, LABELS_COUNT_MAX = 10 };

struct labels_facts {
    uint64_t               task;
    uint64_t               version;
    uint32_t               node;
    int64_t                launched_at_ns;
    uint64_t               volume; /* 0: none */
    uint64_t               run;    /* 0: none */
    enum container_network network;
    bool                   wants_ready;
    uint16_t               gpu_mask; /* of a launch; no label says it: who runs has its GPUs */
    uint8_t                ports_count;
    uint16_t               ports[TASK_PORTS_MAX];
};

/* How many were made: LABELS_COUNT, and more for a task with a volume or a run. Texts live in the
 * arena, run_id is borrowed. */
uint32_t labels_make(const struct labels_facts *facts, const char *run_id, struct arena *arena,
                     struct container_pair *pairs);

/* ST_NOT_FOUND: of another run; ST_INVALID: ours by its run, but not readable. */
enum status labels_read(const struct container_pair *labels, uint32_t labels_count,
                        const char *run_id, struct labels_facts *ret_facts) MUST_USE;

#endif
