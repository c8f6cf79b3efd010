/*
 * platform/balancer/policies/peak_ewma.c - as ewma, but an answer slower than the average becomes
 * the average at once, and only time brings it down.
 *
 * Source: Finagle's PeakEwma, linkerd 1.x "ewma": looking at a server observes a latency of 0, and
 *         that is stored. HAProxy has no such policy.
 */
#include "platform/balancer/policies/average.h"

static void
peak_ewma_observe(struct env_balance_server *server, int64_t now_ns, double latency_ns)
{
    const double kept = average_kept(now_ns - server->cost_at_ns);
    server->cost_ns = latency_ns > server->cost_ns
                          ? latency_ns
                          : server->cost_ns * kept + latency_ns * (1.0 - kept);
    server->cost_at_ns = now_ns;
}

static double
peak_ewma_load(struct env_balance_server *server, int64_t now_ns)
{
    peak_ewma_observe(server, now_ns, 0.0);
    return average_load(server->cost_ns, server);
}

static uint32_t
peak_ewma_pick(struct env_balance_state *state, struct env_balance_server *servers,
               uint32_t servers_count, uint32_t eligible_count)
{
    const struct draw_from from = { servers, servers_count, eligible_count };
    uint32_t second;
    const uint32_t first = draw_two(state, &from, &second);
    const double load_first = peak_ewma_load(&servers[first], state->now_ns);
    return peak_ewma_load(&servers[second], state->now_ns) < load_first ? second : first;
}

static void
peak_ewma_ended(struct env_balance_state *state, struct env_balance_server *servers,
                uint32_t index, int64_t latency_ns, bool ok)
{
    (void)ok; /* as Finagle: a failure that comes fast is for ejection to see */
    peak_ewma_observe(&servers[index], state->now_ns, (double)int64_max(latency_ns, 0));
}

extern const struct env_balance_policy balance_policy_peak_ewma;

const struct env_balance_policy balance_policy_peak_ewma = {
    .name = "peak-ewma",
    .haproxy = NULL,
    .pick = peak_ewma_pick,
    .changed = draw_changed,
    .ended = peak_ewma_ended,
    .release = draw_release,
};
