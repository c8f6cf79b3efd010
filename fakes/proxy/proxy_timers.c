/*
 * fakes/proxy/proxy_timers.c - when the proxy stops to wait: lists in order of deadlines, with one
 * armed event each.
 *
 * Requests of one service wait equally long as a rule, so that a new one belongs at the end.
 */
#include "fakes/proxy/inner.h"

static void proxy_timers_fire(struct world *world, void *context, uint64_t argument);

/* An event that comes too early finds nothing to do and is armed again. */
static void
proxy_timers_arm(struct proxy_life *life, struct proxy_timers *timers)
{
    if (timers->first == 0) {
        return;
    }
    const struct fake_datapath *datapath = life->proxy->datapath;
    const int64_t at_ns = datapath_request(datapath, timers->first)->timer_at_ns;
    if (timers->event != 0) {
        if (timers->armed_at_ns <= at_ns) {
            return;
        }
        world_cancel(datapath->world, timers->event);
    }
    timers->armed_at_ns = at_ns;
    timers->event = world_at(datapath->world, at_ns, WORLD_CLASS_REQUEST, NULL, proxy_timers_fire,
                             life, timers == &life->waits);
}

static void
proxy_timers_fire(struct world *world, void *context, uint64_t argument)
{
    struct proxy_life *life = context;
    struct fake_proxy *proxy = life->proxy;
    struct proxy_timers *timers = argument != 0 ? &life->waits : &life->attempts;
    timers->event = 0;
    while (timers->first != 0) {
        struct world_request *request = datapath_request(proxy->datapath, timers->first);
        if (request->timer_at_ns > world_now(world)) {
            break;
        }
        if (argument != 0) {
            proxy_queue_expired(life, request);
        } else {
            proxy_attempt_expired(proxy, request);
        }
    }
    proxy_timers_arm(life, timers);
}

void
proxy_timers_add(struct proxy_life *life, struct proxy_timers *timers,
                 struct world_request *request, int64_t at_ns)
{
    const struct fake_datapath *datapath = life->proxy->datapath;
    ASSERT(request->timer_at_ns == 0);
    ASSERT(at_ns > world_now(datapath->world));
    uint32_t after = timers->last;
    while (after != 0 && datapath_request(datapath, after)->timer_at_ns > at_ns) {
        after = datapath_request(datapath, after)->timer_previous;
    }
    const uint32_t before =
        after != 0 ? datapath_request(datapath, after)->timer_next : timers->first;
    request->timer_at_ns = at_ns;
    request->timer_previous = after;
    request->timer_next = before;
    *(after != 0 ? &datapath_request(datapath, after)->timer_next : &timers->first) =
        request->index;
    *(before != 0 ? &datapath_request(datapath, before)->timer_previous : &timers->last) =
        request->index;
    proxy_timers_arm(life, timers);
}

void
proxy_timers_remove(struct proxy_life *life, struct proxy_timers *timers,
                    struct world_request *request)
{
    const struct fake_datapath *datapath = life->proxy->datapath;
    if (request->timer_at_ns == 0) {
        return;
    }
    const uint32_t after = request->timer_previous;
    const uint32_t before = request->timer_next;
    *(after != 0 ? &datapath_request(datapath, after)->timer_next : &timers->first) = before;
    *(before != 0 ? &datapath_request(datapath, before)->timer_previous : &timers->last) = after;
    request->timer_at_ns = 0;
}

void
proxy_timers_stop(struct proxy_life *life, struct proxy_timers *timers)
{
    const struct fake_datapath *datapath = life->proxy->datapath;
    for (uint32_t at = timers->first; at != 0;) {
        struct world_request *request = datapath_request(datapath, at);
        at = request->timer_next;
        request->timer_at_ns = 0;
    }
    world_cancel(datapath->world, timers->event);
    *timers = (struct proxy_timers){ 0 };
}
