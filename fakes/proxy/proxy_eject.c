/*
 * fakes/proxy/proxy_eject.c - servers that fail again and again are left alone for a while.
 *
 * Source: Finagle's FailureAccrualFactory with consecutive failures, as linkerd 1.7 has it. After
 *         its time a server gets one request; if that is answered well it is back, else it is out
 *         again, for twice as long. Lengths: the first as given, then equal jitter: half of the
 *         doubled length and a random part of the other half.
 * All:    when every server that is up is out, all of them get requests as if none were: nothing is
 *         won by sending nobody anything (proxy_eligible.c).
 */
#include "fakes/proxy/inner.h"

static int64_t
proxy_eject_length(struct proxy_life *life, const struct env_resilience *resilience,
                   uint32_t ejections_row)
{
    const int64_t max_ns = int64_max(resilience->eject_max_ns, resilience->eject_ns);
    if (ejections_row == 0) {
        return resilience->eject_ns;
    }
    int64_t half_ns = resilience->eject_ns;
    for (uint32_t i = 1; i < ejections_row && half_ns < max_ns; i++) {
        half_ns = half_ns > max_ns / 2 ? max_ns : half_ns * 2;
    }
    if (half_ns >= max_ns) {
        return max_ns;
    }
    return int64_min(max_ns, half_ns + rng_between(&life->rng, 0, half_ns));
}

static void
proxy_eject_over(struct world *world, void *context, uint64_t argument)
{
    (void)world;
    struct fake_proxy *proxy = context;
    struct proxy_server *server = datapath_server(proxy->datapath, (uint32_t)argument);
    server->eject_event = 0;
    server->eject = EJECT_PROBING;
    if (server->service != PROXY_NONE) {
        struct proxy_service *service = &proxy->config->services[server->service];
        proxy_service_refresh(proxy, service);
        proxy_queue_serve(proxy, service, 0);
    }
}

static void
proxy_eject(struct fake_proxy *proxy, struct proxy_service *service, uint32_t slot)
{
    struct world *world = proxy->datapath->world;
    struct proxy_server *server = datapath_server(proxy->datapath, slot);
    const int64_t length_ns =
        proxy_eject_length(service->life, &service->resilience, server->ejections_row);
    ASSERT(server->eject_event == 0);
    server->eject = EJECT_DEAD;
    server->ejections_row++;
    server->counts.ejections++;
    server->eject_event = world_at(world, world_now(world) + length_ns, WORLD_CLASS_ANSWER, NULL,
                                   proxy_eject_over, proxy, slot);
    proxy_service_refresh(proxy, service);
}

/* Whatever ends first after the probe went out decides, as in Finagle. */
void
proxy_eject_judge(struct fake_proxy *proxy, struct proxy_service *service, uint32_t slot, bool ok)
{
    struct proxy_server *server = datapath_server(proxy->datapath, slot);
    if (service->resilience.eject_failures == 0) {
        return;
    }
    if (!ok) {
        server->failures_row += server->failures_row < UINT32_MAX ? 1 : 0;
        if (server->eject == EJECT_PROBED ||
            (server->eject == EJECT_ALIVE &&
             server->failures_row >= service->resilience.eject_failures)) {
            proxy_eject(proxy, service, slot);
        }
        return;
    }
    server->failures_row = 0;
    if (server->eject == EJECT_PROBED) {
        server->eject = EJECT_ALIVE;
        server->ejections_row = 0;
        proxy_slow_start(proxy, service, server);
        proxy_service_refresh(proxy, service);
    }
}

void
proxy_eject_probe(struct fake_proxy *proxy, struct proxy_service *service,
                  struct proxy_server *server)
{
    if (server->eject == EJECT_PROBING && service->resilience.eject_failures > 0) {
        server->eject = EJECT_PROBED;
        proxy_service_refresh(proxy, service);
    }
}
