/*
 * fakes/proxy/proxy_attempt.c - a request off the plain way: rules, sessions, queues, attempts that
 * are timed, and what follows when one fails.
 *
 * Tries:  without `retries` a connection that was refused, or not made in time, is tried
 *         FAKE_PROXY_RETRIES times more, as HAProxy does. With them, so many further attempts are
 *         made after whatever went wrong, within the budget. Each goes to another server than the
 *         last one if there is another. The outcome is that of the last attempt.
 * Times:  an attempt is over when its answer has not reached the proxy in time: an answer that is
 *         on its way then is too late. The client's deadline ends nothing here but further
 *         attempts.
 */
#include "fakes/proxy/inner.h"

/* --- the way in --- */

static void
proxy_begin_service(struct fake_proxy *proxy, struct world_request *request,
                    struct proxy_service *service)
{
    const struct env_resilience *resilience = &service->resilience;
    request->way = WAY_MANAGED;
    request->name = service->name;
    if (service->life != NULL) {
        if (resilience->budget_ppm > 0) {
            retry_budget_deposit(&service->life->budget, resilience->budget_ppm,
                                 world_now(proxy->datapath->world));
        }
        if (service->life->queue.first != 0) { /* nobody overtakes those who wait */
            if (!proxy_queue_add(proxy, service, request, 0)) {
                proxy_tally_refused(service);
                proxy_finish(proxy->datapath, request, REQUEST_REFUSED);
            }
            return;
        }
    }
    proxy_dispatch(proxy, request, 0);
}

static void
proxy_begin_split(struct fake_proxy *proxy, struct world_request *request,
                  struct proxy_service *service, bool by_header)
{
    if (service->splits) {
        service = proxy_split_choose(proxy, service, request, by_header);
    }
    proxy_begin_service(proxy, request, service);
}

void
proxy_begin(struct fake_proxy *proxy, struct world_request *request,
            const struct proxy_route *route)
{
    struct fake_datapath *datapath = proxy->datapath;
    if (route == NULL) {
        proxy_finish(datapath, request, REQUEST_NO_ROUTE);
        return;
    }
    if (route->answer != REQUEST_OUTCOME_COUNT) {
        proxy_reply(datapath, request, (enum request_outcome)route->answer);
        return;
    }
    if (route->gateway != ENV_GATEWAY_NO_ROUTE) {
        const struct proxy_target *target = vec_at(&datapath->targets, request->service - 1);
        enum request_outcome outcome;
        struct proxy_service *service =
            proxy_gateway_admit(proxy, route->gateway, &target->request, &outcome);
        if (service == NULL) {
            proxy_reply(datapath, request, outcome);
        } else {
            proxy_begin_split(proxy, request, service,
                              proxy_split_is_by_header(service, &target->request));
        }
        return;
    }
    if (route->service == PROXY_NONE) {
        proxy_finish(datapath, request, REQUEST_NO_ROUTE);
        return;
    }
    proxy_begin_split(proxy, request, &proxy->config->services[route->service], route->by_header);
}

/* The service that a request was given; when it is gone, the one that its target means now; when it
 * has no server, the one that it shares its requests with. */
static struct proxy_service *
proxy_request_service(const struct fake_proxy *proxy, struct world_request *request)
{
    struct proxy_service *service = proxy_service_named(proxy, request->name);
    if (service == NULL && proxy->config != NULL) {
        struct proxy_route route;
        proxy_route_find(proxy, vec_at(&proxy->datapath->targets, request->service - 1),
                         proxy_request_is_inside(proxy, request), &route);
        if (route.service != PROXY_NONE && route.answer == REQUEST_OUTCOME_COUNT) {
            service = &proxy->config->services[route.service];
            request->name = service->name;
        }
    }
    if (service != NULL && service->chosen_count == 0) {
        service = proxy_split_refuge(proxy, service);
        request->name = service->name;
    }
    return service;
}

/* --- one attempt --- */

enum attempt_step { ATTEMPT_GOES, ATTEMPT_ENDED };

/* The proxy's own request, which an instance may keep when the client's goes elsewhere. */
static struct world_request *
proxy_attempt_new(struct fake_proxy *proxy, struct proxy_service *service,
                  struct world_request *request)
{
    struct world *world = proxy->datapath->world;
    struct world_request *attempt = world_request_new(world);
    if (attempt == NULL) {
        return NULL;
    }
    attempt->way = WAY_ATTEMPT;
    attempt->arrived_at_ns = request->arrived_at_ns;
    attempt->deadline_at_ns =
        int64_min(request->deadline_at_ns,
                  world_now(world) + service->resilience.attempt_timeout_ns);
    attempt->key_hash = request->key_hash;
    attempt->client = request->client;
    attempt->source = request->source;
    attempt->session = request->session;
    attempt->proxy = request->proxy;
    attempt->service = request->service;
    attempt->name = request->name;
    attempt->other = request->index;
    return attempt;
}

/* Hands it, or an attempt of it, to the instance. An answer that comes at once is treated here, so
 * that many of them do not pile up calls within calls. */
static enum attempt_step
proxy_attempt_serve(struct fake_proxy *proxy, struct proxy_service *service,
                    struct world_request *request, struct world_request *carrier,
                    struct world_service *found, enum request_outcome *ret_outcome)
{
    struct world *world = proxy->datapath->world;
    const uint32_t slot = request->server;
    if (carrier != request) {
        carrier->server = slot;
        carrier->sent_at_ns = request->sent_at_ns;
        request->other = carrier->index;
        request->stage = REQUEST_WAITING;
    }
    carrier->stage = REQUEST_SENDING;
    found->serve(world, found, carrier);
    if (carrier->stage == REQUEST_SENDING) {
        carrier->stage = REQUEST_SERVED;
        if (carrier != request) {
            proxy_timers_add(service->life, &service->life->attempts, carrier,
                             carrier->sent_at_ns + service->resilience.attempt_timeout_ns);
        }
        return ATTEMPT_GOES;
    }
    ASSERT(carrier->stage == REQUEST_IDLE);
    *ret_outcome = (enum request_outcome)carrier->answer;
    if (carrier != request) {
        world_request_free(world, carrier);
        request->other = 0;
        request->stage = REQUEST_IDLE;
    }
    proxy_server_closed(proxy, slot, *ret_outcome, datapath_way_ns(proxy->datapath));
    return ATTEMPT_ENDED;
}

static void proxy_connect_expired(struct world *world, void *context, uint64_t argument);

static void
proxy_connect_wait(struct fake_proxy *proxy, const struct proxy_service *service,
                   struct world_request *request)
{
    struct world *world = proxy->datapath->world;
    const int64_t timeout_ns = service->resilience.attempt_timeout_ns;
    const int64_t wait_ns = timeout_ns > 0 ? int64_min(timeout_ns, FAKE_PROXY_CONNECT_TIMEOUT_NS)
                                           : FAKE_PROXY_CONNECT_TIMEOUT_NS;
    request->stage = REQUEST_CONNECTING;
    request->event = world_at(world, world_now(world) + wait_ns, WORLD_CLASS_REQUEST, NULL,
                              proxy_connect_expired, proxy, request->index);
}

static enum attempt_step
proxy_attempt(struct fake_proxy *proxy, struct proxy_service *service,
              struct world_request *request, uint32_t slot, enum request_outcome *ret_outcome)
{
    struct fake_datapath *datapath = proxy->datapath;
    struct proxy_server *server = datapath_server(datapath, slot);
    struct world_service *found = NULL;
    const enum world_connect connect = proxy_server_connect(proxy, server, &found);
    struct world_request *carrier = request;
    *ret_outcome = REQUEST_REFUSED;
    if (connect == WORLD_CONNECTED && service->resilience.attempt_timeout_ns > 0) {
        carrier = proxy_attempt_new(proxy, service, request);
        if (carrier == NULL) { /* the world takes no more requests: no fault of the server */
            return ATTEMPT_ENDED;
        }
    }
    request->server = slot;
    request->sent_at_ns = world_now(datapath->world);
    proxy_server_opened(proxy, service, slot);
    proxy_eject_probe(proxy, service, server);
    if (connect == WORLD_CONNECTED) {
        return proxy_attempt_serve(proxy, service, request, carrier, found, ret_outcome);
    }
    if (connect == WORLD_UNREACHABLE) {
        proxy_connect_wait(proxy, service, request);
        return ATTEMPT_GOES;
    }
    proxy_server_closed(proxy, slot, REQUEST_REFUSED, datapath_way_ns(datapath));
    return ATTEMPT_ENDED;
}

/* --- from attempt to attempt --- */

/* Whether a further attempt is made; then it is counted. */
static bool
proxy_attempt_again(const struct fake_proxy *proxy, struct proxy_service *service,
                    struct world_request *request, enum request_outcome outcome)
{
    const struct env_resilience *resilience = &service->resilience;
    const int64_t now_ns = world_now(proxy->datapath->world);
    const bool haproxy = resilience->retries == 0;
    const uint32_t tries_max = haproxy ? FAKE_PROXY_RETRIES : resilience->retries;
    if (outcome == REQUEST_OK || request->client_gone || now_ns >= request->deadline_at_ns ||
        request->tries >= tries_max || (haproxy && outcome != REQUEST_REFUSED) ||
        (service->answers_stand && outcome == REQUEST_ERROR)) {
        return false;
    }
    if (!haproxy && resilience->budget_ppm > 0 &&
        !retry_budget_withdraw(&service->life->budget, resilience->budget_min_per_s, now_ns)) {
        return false;
    }
    request->tries++;
    return true;
}

/* The server that the next attempt goes to; 0: the request ended, or waits. */
static uint32_t
proxy_choose(struct fake_proxy *proxy, struct proxy_service *service,
             struct world_request *request, uint32_t avoid)
{
    const bool keeps = service->sticky && request->session != 0;
    uint32_t slot = keeps && avoid == 0 ? proxy_session_find(proxy, service, request) : 0;
    if (slot != 0 && !datapath_server(proxy->datapath, slot)->full) {
        return slot;
    }
    if (slot == 0 && service->chosen_count == 0) {
        proxy_tally_refused(service);
        proxy_finish(proxy->datapath, request, REQUEST_NO_SERVER);
        return 0;
    }
    if (slot != 0 || service->eligible_count == 0) { /* all that may serve it are full */
        if (!proxy_queue_add(proxy, service, request, slot)) {
            proxy_tally_refused(service);
            proxy_finish(proxy->datapath, request, REQUEST_REFUSED);
        }
        return 0;
    }
    slot = proxy_pick(proxy, service, request, avoid);
    if (keeps) {
        proxy_session_set(proxy, service, request, slot);
    }
    return slot;
}

void
proxy_dispatch(struct fake_proxy *proxy, struct world_request *request, uint32_t avoid)
{
    struct proxy_service *service = proxy_request_service(proxy, request);
    ASSERT(request->stage == REQUEST_IDLE);
    if (service == NULL) {
        proxy_finish(proxy->datapath, request, REQUEST_NO_ROUTE);
        return;
    }
    request->way = WAY_MANAGED;
    for (;;) { /* ends: tries are counted */
        enum request_outcome outcome = REQUEST_OK;
        const uint32_t slot = proxy_choose(proxy, service, request, avoid);
        if (slot == 0 || proxy_attempt(proxy, service, request, slot, &outcome) == ATTEMPT_GOES) {
            return;
        }
        if (!proxy_attempt_again(proxy, service, request, outcome)) {
            proxy_finish(proxy->datapath, request, outcome);
            return;
        }
        avoid = slot;
    }
}

/* An attempt of the client's request has ended at this server. */
static void
proxy_attempt_over(struct fake_proxy *proxy, struct world_request *request, uint32_t slot,
                   enum request_outcome outcome, int64_t latency_ns)
{
    const struct proxy_server *server = datapath_server(proxy->datapath, slot);
    const bool stays = server->service != PROXY_NONE;
    const uint32_t name = server->name;
    request->stage = REQUEST_IDLE;
    proxy_server_closed(proxy, slot, outcome, latency_ns);
    struct proxy_service *service = proxy_request_service(proxy, request);
    if (service != NULL && proxy_attempt_again(proxy, service, request, outcome)) {
        proxy_dispatch(proxy, request, stays ? slot : 0);
    } else {
        proxy_finish(proxy->datapath, request, outcome);
    }
    service = stays ? proxy_service_named(proxy, name) : NULL;
    if (service != NULL) {
        proxy_queue_serve(proxy, service, slot);
    }
}

void
proxy_missed(struct fake_proxy *proxy, struct proxy_service *service,
             struct world_request *request, enum world_connect connect)
{
    request->way = WAY_MANAGED;
    request->name = service->name;
    if (connect == WORLD_UNREACHABLE) {
        proxy_connect_wait(proxy, service, request);
    } else {
        proxy_attempt_over(proxy, request, request->server, REQUEST_REFUSED,
                           datapath_way_ns(proxy->datapath));
    }
}

static void
proxy_connect_expired(struct world *world, void *context, uint64_t argument)
{
    struct fake_proxy *proxy = context;
    struct world_request *request = world_request_at(world, (uint32_t)argument);
    ASSERT(request->stage == REQUEST_CONNECTING);
    request->event = 0;
    proxy_attempt_over(proxy, request, request->server, REQUEST_REFUSED,
                       world_now(world) - request->sent_at_ns);
}

void
proxy_attempt_expired(struct fake_proxy *proxy, struct world_request *attempt)
{
    struct fake_datapath *datapath = proxy->datapath;
    struct world_request *request = datapath_request(datapath, attempt->other);
    struct proxy_service *service = proxy_service_named(proxy, attempt->name);
    ASSERT(attempt->stage == REQUEST_SERVED && request->other == attempt->index);
    proxy_timers_remove(service->life, &service->life->attempts, attempt);
    attempt->proxy = 0; /* the instance works on for nobody */
    attempt->other = 0;
    attempt->client_gone = true;
    request->other = 0;
    proxy_attempt_over(proxy, request, attempt->server, REQUEST_TIMEOUT,
                       world_now(datapath->world) - attempt->sent_at_ns);
}

void
proxy_attempt_answered(struct fake_datapath *datapath, struct world_request *carrier,
                       enum request_outcome outcome)
{
    struct world *world = datapath->world;
    if (carrier->stage == REQUEST_SENDING) { /* within serve(): proxy_attempt_serve goes on */
        carrier->answer = (uint8_t)outcome;
        carrier->stage = REQUEST_IDLE;
        return;
    }
    ASSERT(carrier->stage == REQUEST_SERVED);
    if (carrier->proxy == 0) { /* its edge is gone, or it was given up: nobody is told */
        ASSERT(carrier->client_gone);
        world_request_free(world, carrier);
        return;
    }
    struct fake_proxy *proxy =
        *(struct fake_proxy **)vec_at(&datapath->proxies, carrier->proxy - 1);
    const uint32_t slot = carrier->server;
    const int64_t latency_ns = world_now(world) - carrier->sent_at_ns + datapath_way_ns(datapath);
    struct world_request *request = carrier;
    if (carrier->way == WAY_ATTEMPT) {
        request = datapath_request(datapath, carrier->other);
        const struct proxy_service *service = proxy_service_named(proxy, carrier->name);
        if (service != NULL && service->life != NULL) {
            proxy_timers_remove(service->life, &service->life->attempts, carrier);
            const int64_t timeout_ns = service->resilience.attempt_timeout_ns;
            outcome = timeout_ns > 0 && latency_ns > timeout_ns ? REQUEST_TIMEOUT : outcome;
        }
        request->other = 0;
        world_request_free(world, carrier);
    }
    proxy_attempt_over(proxy, request, slot, outcome, latency_ns);
}

bool
world_request_wanted(struct world *world, const struct world_request *request)
{
    return !request->client_gone &&
           (request->way != WAY_ATTEMPT || request->other == 0 ||
            !world_request_at(world, request->other)->client_gone);
}
