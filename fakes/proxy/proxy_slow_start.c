/*
 * fakes/proxy/proxy_slow_start.c - a server that comes up gets its weight in steps.
 *
 * Source: HAProxy 2.6, server_recalc_eweight() and server_warmup(): sixteenths of the weight,
 *         beginning with one, brought up to date every twentieth of the time but not more often
 *         than each second. One event a service while any of its servers is warming up.
 */
#include "fakes/proxy/inner.h"

#define WARM_STEP_NS_MIN SEC(1)
enum { WARM_STEPS = 20 };

static void
proxy_slow_start_fire(struct world *world, void *context, uint64_t argument)
{
    (void)world;
    (void)argument;
    struct proxy_life *life = context;
    struct fake_proxy *proxy = life->proxy;
    struct proxy_service *service = &proxy->config->services[life->service];
    life->warm_event = 0;
    proxy_service_refresh(proxy, service);
    proxy_slow_start_arm(proxy, service);
    proxy_queue_serve(proxy, service, 0);
}

void
proxy_slow_start_arm(struct fake_proxy *proxy, struct proxy_service *service)
{
    struct fake_datapath *datapath = proxy->datapath;
    struct proxy_life *life = service->life;
    if (life == NULL || life->warm_event != 0) {
        return;
    }
    const int64_t now_ns = world_now(datapath->world);
    int64_t at_ns = INT64_MAX;
    for (uint32_t i = 0; i < service->count; i++) {
        const struct proxy_server *server = datapath_server(datapath, service->slots[i]);
        if (server->warming) {
            at_ns = int64_min(at_ns, server->warm_from_ns + service->slow_start_ns);
        }
    }
    if (at_ns != INT64_MAX) {
        const int64_t step_ns = int64_max(WARM_STEP_NS_MIN, service->slow_start_ns / WARM_STEPS);
        at_ns = int64_max(now_ns, int64_min(at_ns, now_ns + step_ns));
        life->warm_event = world_at(datapath->world, at_ns, WORLD_CLASS_ANSWER, NULL,
                                    proxy_slow_start_fire, life, 0);
    }
}

/* It has just come up; the caller decides on eligibility and weights then. */
void
proxy_slow_start(struct fake_proxy *proxy, struct proxy_service *service,
                 struct proxy_server *server)
{
    if (service->slow_start_ns > 0) {
        server->warming = true;
        server->warm_from_ns = world_now(proxy->datapath->world);
        proxy_slow_start_arm(proxy, service);
    }
}

/* How many ENV_BALANCE_WEIGHT_SCALE-ths of its weight a server has now. */
uint32_t
proxy_slow_start_parts(const struct fake_proxy *proxy, const struct proxy_service *service,
                       struct proxy_server *server)
{
    if (!server->warming) {
        return ENV_BALANCE_WEIGHT_SCALE;
    }
    const int64_t since_ns = world_now(proxy->datapath->world) - server->warm_from_ns;
    if (since_ns >= service->slow_start_ns) {
        server->warming = false;
        return ENV_BALANCE_WEIGHT_SCALE;
    }
    return 1 + (uint32_t)(since_ns * ENV_BALANCE_WEIGHT_SCALE / service->slow_start_ns);
}
