/*
 * fakes/proxy/options.h - how quick the modelled proxy is, and how it can fail. All-zero: no
 * faults, the default latencies.
 */
#ifndef FAKES_PROXY_OPTIONS_H
#define FAKES_PROXY_OPTIONS_H

#include "platform/base/common.h"

struct fake_proxy_options {
    int64_t  apply_ns_min; /* from the call to its effect and answer; both 0: the defaults */
    int64_t  apply_ns_max;
    int64_t  open_ns_min; /* the same for a question; both 0: the defaults */
    int64_t  open_ns_max;
    int64_t  hop_ns; /* one way between an edge and an instance; 0: FAKE_PROXY_HOP_NS, negative:
                      * no time at all (FAKE_PROXY_HOP_NONE) */
    uint32_t apply_fail_ppm; /* answered ST_UNAVAILABLE, nothing changed */
    uint32_t apply_lost_ppm; /* done, but answered ST_TIMEOUT */
    uint32_t apply_fail_nth; /* the n-th apply of each proxy is ST_UNAVAILABLE; 0: none */
    uint32_t open_fail_ppm;  /* answered ST_UNAVAILABLE */
};

/* Guesses: a runtime API call on a local socket, and a packet's way within a region. */
#define FAKE_PROXY_APPLY_NS_MIN MS(5)
#define FAKE_PROXY_APPLY_NS_MAX MS(20)
#define FAKE_PROXY_OPEN_NS_MIN  US(500)
#define FAKE_PROXY_OPEN_NS_MAX  MS(2)
#define FAKE_PROXY_HOP_NS       US(200)
#define FAKE_PROXY_HOP_NONE     (-1)

/* Limits of ours. */
#define FAKE_PROXY_LATENCY_NS_MAX MIN(10)
#define FAKE_PROXY_HOP_NS_MAX     SEC(1)

/* Source: marathon-lb's template (timeout connect 3s, retries 3, option redispatch) and HAProxy 2.6
 * (rise 2 by default). */
#define FAKE_PROXY_CONNECT_TIMEOUT_NS SEC(3)
enum { FAKE_PROXY_RETRIES = 3, FAKE_PROXY_CHECK_RISE = 2 };

#endif
