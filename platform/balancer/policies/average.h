/*
 * platform/balancer/policies/average.h - moving averages of latency: what ewma and peak-ewma share.
 *
 * Source: Finagle's PeakEwma (com.twitter.finagle.loadbalancer), whose decay time is 10 s, and
 *         linkerd 1.x, balancer kind "ewma".
 * Units:  a load is a latency in ns times requests; where weights differ, for one unit of weight.
 */
#ifndef PLATFORM_BALANCER_POLICIES_AVERAGE_H
#define PLATFORM_BALANCER_POLICIES_AVERAGE_H

#include "platform/balancer/policies/draw.h"

/* What is left of an average after so long: exp(-dt / 10 s); 1 when dt <= 0. */
double average_kept(int64_t dt_ns);

/* cost x (open + 1). A server whose latency nobody has seen yet is probed by one request at a time:
 * with more it counts for more than any that is known. */
double average_load(double cost_ns, const struct env_balance_server *server);

#endif
