/* fakes/containers/instance.c - workers and a queue: what a container does with its requests. */
#include "fakes/containers/instance.h"

#include "platform/base/record.h"

/* A probe draws from a stream of its own, so that checks never shift the service times. */
#define INSTANCE_PROBE_SALT UINT64_C(0x70726F6265)

static int64_t
instance_draw_ns(const struct instance *instance, struct rng *rng)
{
    const int64_t service_ns = dist_draw_ns(&instance->behavior->service_time, rng);
    if (instance->slow_factor == 0) {
        return service_ns;
    }
    const double slow_ns = (double)service_ns * instance->slow_factor;
    return slow_ns < (double)DIST_NS_MAX ? (int64_t)slow_ns : DIST_NS_MAX;
}

static void
instance_work_add(struct world *world, struct instance *instance, struct world_request *request)
{
    request->previous = 0;
    request->next = instance->working_first;
    if (request->next != 0) {
        world_request_at(world, request->next)->previous = request->index;
    }
    instance->working_first = request->index;
    instance->working_count++;
}

static void
instance_work_remove(struct world *world, struct instance *instance,
                     struct world_request *request)
{
    ASSERT(instance->working_count > 0);
    if (request->next != 0) {
        world_request_at(world, request->next)->previous = request->previous;
    }
    if (request->previous != 0) {
        world_request_at(world, request->previous)->next = request->next;
    } else {
        ASSERT(instance->working_first == request->index);
        instance->working_first = request->next;
    }
    instance->working_count--;
}

static void instance_work_done(struct world *world, void *context, uint64_t argument);

static void
instance_work(struct world *world, struct instance *instance, struct world_request *request)
{
    const int64_t service_ns = instance_draw_ns(instance, &instance->rng);
    instance_work_add(world, instance, request);
    request->event = world_at(world, world_now(world) + service_ns, WORLD_CLASS_REQUEST, NULL,
                              instance_work_done, instance, request->index);
}

static void
instance_queue_add(struct world *world, struct instance *instance, struct world_request *request)
{
    request->next = 0;
    if (instance->queue_last != 0) {
        world_request_at(world, instance->queue_last)->next = request->index;
    } else {
        instance->queue_first = request->index;
    }
    instance->queue_last = request->index;
    instance->queue_count++;
}

static struct world_request *
instance_queue_take(struct world *world, struct instance *instance)
{
    ASSERT(instance->queue_count > 0);
    struct world_request *request = world_request_at(world, instance->queue_first);
    instance->queue_first = request->next;
    if (request->next == 0) {
        instance->queue_last = 0;
    }
    instance->queue_count--;
    return request;
}

/* Those that waited too long are left linked by next: they are answered when the worker has its
 * work, since whoever hears of it may send more at once. */
static uint32_t
instance_queue_take_late(struct world *world, struct instance *instance)
{
    uint32_t late = 0;
    while (instance->queue_count > 0 &&
           world_request_at(world, instance->queue_first)->deadline_at_ns <= world_now(world)) {
        struct world_request *request = instance_queue_take(world, instance);
        request->next = late;
        late = request->index;
    }
    return late;
}

/* A worker is free: it takes the next request. The answer to the one before comes last. */
static void
instance_work_next(struct world *world, struct instance *instance, struct world_request *finished,
                   enum request_outcome outcome)
{
    const bool heeds = instance->behavior->heeds_deadlines;
    uint32_t late = heeds ? instance_queue_take_late(world, instance) : 0;
    if (instance->queue_count > 0) {
        instance_work(world, instance, instance_queue_take(world, instance));
    }
    while (late != 0) {
        struct world_request *request = world_request_at(world, late);
        late = request->next;
        world_request_answer(world, request, REQUEST_ERROR);
    }
    world_request_answer(world, finished, outcome);
}

/* Its own part is done: now its calls, or its answer. */
static void
instance_work_done(struct world *world, void *context, uint64_t argument)
{
    struct instance *instance = context;
    struct world_request *request = world_request_at(world, (uint32_t)argument);
    const struct behavior *behavior = instance->behavior;

    request->event = 0;
    const bool failed =
        behavior->errors_ppm > 0 && rng_chance(&instance->rng, behavior->errors_ppm);
    if (instance->calls != NULL && !failed) {
        calls_begin(instance->calls, request);
        return;
    }
    instance_work_remove(world, instance, request);
    instance_work_next(world, instance, request, failed ? REQUEST_ERROR : REQUEST_OK);
}

static void
instance_calls_over(void *context, struct world_request *request, bool failed)
{
    struct instance *instance = context;
    instance_work_remove(instance->world, instance, request);
    instance_work_next(instance->world, instance, request, failed ? REQUEST_ERROR : REQUEST_OK);
}

static void
instance_serve(struct world *world, struct world_service *service, struct world_request *request)
{
    struct instance *instance = container_of(service, struct instance, service);
    if (service->watched) {
        const struct world_fact fact = { .kind = WORLD_REQUEST_WATCHED,
                                         .node = service->node,
                                         .token = service->token };
        world_tell(world, &fact);
    }
    if (instance->working_count < instance->behavior->concurrency) {
        instance_work(world, instance, request);
    } else if (instance->queue_count < instance->behavior->queue_max) {
        instance_queue_add(world, instance, request);
    } else {
        world_request_answer(world, request, REQUEST_ERROR);
    }
}

static const struct behavior *
instance_behavior(const struct world_service *service, double *ret_slow)
{
    const struct instance *instance = container_of(service, struct instance, service);
    *ret_slow = instance->slow_factor == 0 ? 1 : instance->slow_factor;
    return instance->behavior;
}

static enum world_answer
instance_probe(struct world *world, struct world_service *service, const char *path,
               int64_t *ret_delay_ns)
{
    (void)world;
    (void)path;
    struct instance *instance = container_of(service, struct instance, service);
    struct rng rng = { .key = hash_step(instance->rng.key, INSTANCE_PROBE_SALT),
                       .counter = instance->probes_count++ };
    *ret_delay_ns = instance_draw_ns(instance, &rng);
    return instance->behavior->unhealthy ? WORLD_ANSWER_ERROR : WORLD_ANSWER_OK;
}

void
instance_init(struct instance *instance, struct world *world, uint64_t token, uint32_t node,
              const struct behavior *behavior)
{
    ASSERT(token > 0);
    ASSERT(behavior != NULL && behavior->concurrency > 0);
    *instance = (struct instance){ .service = { .token = token,
                                                .node = node,
                                                .probe = instance_probe,
                                                .behavior = instance_behavior,
                                                .serve = instance_serve },
                                   .behavior = behavior,
                                   .world = world };
    world_stream(world, node, "service", &instance->rng);
    instance->rng.key = hash_step(instance->rng.key, token);
    if (behavior->stages_count > 0) {
        instance->calls = calls_open(world, node, instance->rng.key, behavior, instance_calls_over,
                                     instance);
    }
}

void
instance_listen(struct world *world, struct instance *instance,
                const struct instance_address *addresses, uint32_t addresses_count)
{
    ASSERT(instance->behavior != NULL);
    ASSERT(instance->addresses_count == 0);
    instance->addresses = addresses;
    instance->addresses_count = addresses_count;
    for (uint32_t i = 0; i < addresses_count; i++) {
        world_listen(world, addresses[i].ipv4, addresses[i].port, &instance->service);
    }
}

void
instance_forget(struct instance *instance)
{
    calls_close(instance->calls);
    instance->calls = NULL;
}

void
instance_set_slow(struct instance *instance, double factor)
{
    ASSERT(factor > 0);
    instance->slow_factor = factor == 1 ? 0 : factor;
}

void
instance_end(struct world *world, struct instance *instance)
{
    instance_forget(instance); /* first: what it holds is answered below */
    for (uint32_t i = 0; i < instance->addresses_count; i++) {
        world_unlisten(world, instance->addresses[i].ipv4, instance->addresses[i].port);
    }
    instance->addresses_count = 0;
    while (instance->working_count > 0) {
        struct world_request *request = world_request_at(world, instance->working_first);
        world_cancel(world, request->event);
        request->event = 0;
        instance_work_remove(world, instance, request);
        world_request_answer(world, request, REQUEST_RESET);
    }
    while (instance->queue_count > 0) {
        world_request_answer(world, instance_queue_take(world, instance), REQUEST_RESET);
    }
    instance->behavior = NULL;
}
