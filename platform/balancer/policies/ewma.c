/*
 * platform/balancer/policies/ewma.c - two distinct servers drawn by weight, of which the one with
 * the lower load is taken: the moving average of its latencies times its requests with this one.
 *
 * Average: an answer counts by how long ago the one before it was, 1 - exp(-dt / 10 s); reading it
 *          lets it fade likewise, so that a server that was slow once is tried again.
 * Source:  Finagle's load formula; the average as ingress-nginx's "ewma" keeps it. linkerd's "ewma"
 *          is peak-ewma here. HAProxy has no such policy.
 */
#include "platform/balancer/policies/average.h"

static double
ewma_load(const struct env_balance_server *server, int64_t now_ns)
{
    return average_load(server->cost_ns * average_kept(now_ns - server->cost_at_ns), server);
}

static uint32_t
ewma_pick(struct env_balance_state *state, struct env_balance_server *servers,
          uint32_t servers_count, uint32_t eligible_count)
{
    const struct draw_from from = { servers, servers_count, eligible_count };
    uint32_t second;
    const uint32_t first = draw_two(state, &from, &second);
    return ewma_load(&servers[second], state->now_ns) < ewma_load(&servers[first], state->now_ns)
               ? second
               : first;
}

static void
ewma_ended(struct env_balance_state *state, struct env_balance_server *servers, uint32_t index,
           int64_t latency_ns, bool ok)
{
    (void)ok; /* a failure that comes fast is for ejection to see */
    struct env_balance_server *server = &servers[index];
    const double kept =
        server->cost_ns == 0 ? 0.0 : average_kept(state->now_ns - server->cost_at_ns);
    server->cost_ns = server->cost_ns * kept + (double)int64_max(latency_ns, 0) * (1.0 - kept);
    server->cost_at_ns = state->now_ns;
}

extern const struct env_balance_policy balance_policy_ewma;

const struct env_balance_policy balance_policy_ewma = {
    .name = "ewma",
    .haproxy = NULL,
    .pick = ewma_pick,
    .changed = draw_changed,
    .ended = ewma_ended,
    .release = draw_release,
};
