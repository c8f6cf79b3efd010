/*
 * platform/cli/calibrate_bench.h - one container behind HAProxy, and clients that measure it.
 *
 * Overhead: what the client and the proxy take of a request: of one that HAProxy answers by itself.
 * Service:  what a request to the container takes beyond that, one at a time.
 * Width:    how many a container works on at once: more and more clients that do not think ask it,
 *           until what it gets done grows no more. In a model of c places that are busy for the
 *           mean service time each that is c / mean, so c is throughput times mean.
 */
#ifndef PLATFORM_CLI_CALIBRATE_BENCH_H
#define PLATFORM_CLI_CALIBRATE_BENCH_H

#include "platform/base/vec.h"
#include "platform/env/containers.h"

struct calibrate_options {
    struct container_spec spec; /* its only port's host_port is set by the bench */
    uint16_t              container_port;
    const char           *path;
    uint32_t              requests;     /* to measure one at a time */
    int64_t               duration_ns;  /* at most, for these */
    const char           *socket_path;  /* of the engine, or NULL */
};

enum { CALIBRATE_STEPS_MAX = 8 };

struct calibrate_step { /* so many clients at once */
    uint32_t clients;
    double   per_s;
};

struct calibrate_findings {
    struct vec            latencies; /* int64_t, ns, of requests to the container; ascending */
    struct vec            overheads; /* int64_t, ns, of requests that HAProxy answers; ascending */
    struct calibrate_step steps[CALIBRATE_STEPS_MAX];
    uint32_t              steps_count;
    uint64_t              failed; /* requests that were not answered well */
};

void calibrate_findings_init(struct calibrate_findings *findings);
void calibrate_findings_fini(struct calibrate_findings *findings);

/* Starts, measures and removes; nothing is left also when it fails. stop: Ctrl-C was pressed. */
enum status calibrate_bench(const struct calibrate_options *options, bool (*stop)(void),
                            struct calibrate_findings *ret_findings, struct error *err) MUST_USE;

#endif
