/* fakes/proxy/proxy_life.c - what a service keeps from one generation to the next. */
#include "fakes/proxy/inner.h"

#include "platform/base/memory.h"

/* Ejections draw from a stream of their own, so that they never shift what a policy draws. */
#define LIFE_EJECT_SALT UINT64_C(0x656A656374)

static bool
proxy_resilience_is_none(const struct env_resilience *resilience)
{
    return resilience->attempt_timeout_ns == 0 && resilience->retries == 0 &&
           resilience->eject_failures == 0 && resilience->server_requests_max == 0;
}

/* A budget without retries, a queue without a limit: such words alone change nothing. */
bool
proxy_service_is_plain(const struct proxy_service *service)
{
    return !service->sticky && proxy_resilience_is_none(&service->resilience);
}

void
proxy_life_begin(struct fake_proxy *proxy, struct proxy_service *service, uint32_t index,
                 struct proxy_service *old)
{
    if (old != NULL) {
        service->life = old->life;
        old->life = NULL;
    }
    if (service->life == NULL &&
        (service->slow_start_ns > 0 || !proxy_resilience_is_none(&service->resilience))) {
        service->life = memory_alloc_zero(1, sizeof *service->life);
        service->life->proxy = proxy;
        service->life->rng.key = hash_step(service->state.rng.key, LIFE_EJECT_SALT);
    }
    if (service->life != NULL) {
        service->life->service = index;
        world_cancel(proxy->datapath->world, service->life->warm_event);
        service->life->warm_event = 0;
    }
}

void
proxy_life_end(struct proxy_service *service)
{
    struct proxy_life *life = service->life;
    if (life == NULL) {
        return;
    }
    proxy_timers_stop(life, &life->attempts);
    proxy_timers_stop(life, &life->waits);
    world_cancel(life->proxy->datapath->world, life->warm_event);
    memory_free(life);
    service->life = NULL;
}
