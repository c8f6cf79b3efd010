/*
 * platform/env/env.h - what a process gets at birth, and all it ever has of the outside.
 *
 * One instance a process: a fake knows its caller by the port it is called on.
 */
#ifndef PLATFORM_ENV_ENV_H
#define PLATFORM_ENV_ENV_H

#include "platform/env/clock.h"
#include "platform/env/cloud.h"
#include "platform/env/containers.h"
#include "platform/env/journal.h"
#include "platform/env/names.h"
#include "platform/env/net.h"
#include "platform/env/probe.h"
#include "platform/env/proxy.h"
#include "platform/env/random.h"
#include "platform/env/store.h"

struct env {
    struct env_clock      *clock;
    struct env_random     *random;
    struct env_cloud      *cloud;      /* master only, else NULL */
    struct env_containers *containers; /* agent only, else NULL */
    struct env_net        *net;
    struct env_store      *store; /* master only, else NULL */
    struct env_probe      *probe; /* agent only, else NULL */
    struct env_proxy      *proxy; /* edge only, else NULL */
    struct env_names      *names; /* master only, and only where somebody may ask; else NULL */
    struct env_journal    *journal;
    uint8_t                memory_poison; /* what fresh memory of this process is filled with */
};

#endif
