/*
 * fakes/containers/options.h - how quick the modelled container engine is, and how it can fail.
 * All-zero: no faults, the default latencies.
 */
#ifndef FAKES_CONTAINERS_OPTIONS_H
#define FAKES_CONTAINERS_OPTIONS_H

#include "platform/base/common.h"

struct fake_containers_options {
    int64_t  call_ns_min; /* any call but start, stop, pull; both 0: the defaults */
    int64_t  call_ns_max;
    int64_t  start_ns_min; /* until the process runs; both 0: the defaults */
    int64_t  start_ns_max;
    int64_t  stop_ns_min; /* the engine's part of a stop, after the process has ended */
    int64_t  stop_ns_max;
    int64_t  event_ns;         /* from an exit to the listener; 0: FAKE_CONTAINERS_EVENT_NS */
    int64_t  pull_ns;          /* the registry's answer; 0: FAKE_CONTAINERS_PULL_NS */
    int64_t  pull_bytes_per_s; /* 0: FAKE_CONTAINERS_PULL_BYTES_PER_S */
    uint32_t unavailable_ppm;  /* of calls: ST_UNAVAILABLE, nothing done */
    uint32_t unavailable_nth;  /* the n-th call to each engine, counted from 1; 0: none */
    uint32_t lost_ppm;         /* of starts, stops and removes: done, but answered ST_TIMEOUT */
    uint32_t start_fail_ppm;   /* of starts: ST_FAILED, the container stays created */
    uint32_t pull_fail_ppm;    /* of pulls: ST_UNAVAILABLE, the registry does not answer */
};

/* Guesses, near what Docker Engine 20.10 shows on an idle machine. */
#define FAKE_CONTAINERS_CALL_NS_MIN      MS(1)
#define FAKE_CONTAINERS_CALL_NS_MAX      MS(4)
#define FAKE_CONTAINERS_START_NS_MIN     MS(150)
#define FAKE_CONTAINERS_START_NS_MAX     MS(450)
#define FAKE_CONTAINERS_STOP_NS_MIN      MS(10)
#define FAKE_CONTAINERS_STOP_NS_MAX      MS(60)
#define FAKE_CONTAINERS_EVENT_NS         MS(1)
#define FAKE_CONTAINERS_PULL_NS          MS(200)
#define FAKE_CONTAINERS_PULL_BYTES_PER_S INT64_C(100000000)

#endif
