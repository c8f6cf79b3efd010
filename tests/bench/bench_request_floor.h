/*
 * tests/bench/bench_request_floor.h - the floor of requests: one loop that knows nothing but the
 * model.
 *
 * Model: poisson arrivals; a balancer that picks one of equal servers; a server serves so many
 *        requests at once, the others wait in its queue; a log-normal service time; the sum and a
 *        histogram of latencies. Floating point and libm wherever that is shortest.
 */
#ifndef TESTS_BENCH_BENCH_REQUEST_FLOOR_H
#define TESTS_BENCH_BENCH_REQUEST_FLOOR_H

#include "platform/base/common.h"

enum request_floor_policy { FLOOR_ROUNDROBIN, FLOOR_LEASTCONN, FLOOR_RANDOM_2 };

struct request_floor_options {
    enum request_floor_policy policy;
    uint32_t                  servers_count;
    uint32_t                  concurrency;
    double                    rate_per_s;
    double                    service_median_s;
    double                    service_sigma;
};

struct request_floor; /* opaque */

struct request_floor *request_floor_open(const struct request_floor_options *options);
void                  request_floor_close(struct request_floor *floor);
/* So many more arrivals, and what ends meanwhile. The sum of latencies so far, in ns. */
uint64_t request_floor_run(struct request_floor *floor, uint32_t arrivals);

#endif
