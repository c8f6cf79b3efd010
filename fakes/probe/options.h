/*
 * fakes/probe/options.h - how quick modelled probes are, and how they can fail. All-zero: no
 * faults, the default latencies.
 */
#ifndef FAKES_PROBE_OPTIONS_H
#define FAKES_PROBE_OPTIONS_H

#include "platform/base/common.h"

struct fake_probe_options {
    int64_t  refused_ns;  /* until nobody's answer; 0: FAKE_PROBE_REFUSED_NS */
    int64_t  command_ns;  /* what a command takes; 0: FAKE_PROBE_COMMAND_NS */
    uint32_t timeout_ppm; /* answers that do not come in time though all is well */
};

/* Guesses: a packet there and back on one machine, and the engine's exec of a short command. */
#define FAKE_PROBE_REFUSED_NS US(200)
#define FAKE_PROBE_COMMAND_NS MS(50)

#endif
