/*
 * platform/env/process.h - a process of the platform, as whoever hosts it sees it.
 *
 * open() may call its ports; everything else happens in answers, timers and messages. close() frees
 * the memory and does nothing else: it is what a crash and a stop look like from inside.
 */
#ifndef PLATFORM_ENV_PROCESS_H
#define PLATFORM_ENV_PROCESS_H

#include "platform/env/env.h"

struct process; /* private to its kind */

struct process_kind {
    const char *name; /* "master", "agent", "edge" */
    /* config: the kind's own struct, borrowed until close */
    struct process *(*open)(struct env *env, const void *config);
    void (*close)(struct process *process);
};

extern const struct process_kind master_process; /* config: struct master_config */
extern const struct process_kind agent_process;  /* config: struct agent_config */
extern const struct process_kind edge_process;   /* config: struct edge_config */

#endif
