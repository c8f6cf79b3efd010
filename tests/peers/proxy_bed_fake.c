/*
 * tests/peers/proxy_bed_fake.c - the modelled half: one edge, and instances that answer after 1 ms
 * or when they are told to.
 */
#include "tests/peers/proxy_bed.h"

#include "fakes/proxy/fake_proxy.h"
#include "platform/base/memory.h"
#include "tests/unit/fakes/test_world.h"

struct fake_instance {
    struct world_service service;
    struct proxy_bed    *bed;
    uint32_t             index;
    struct vec           held; /* struct world_request * */
};

struct fake_bed {
    struct proxy_bed      *bed;
    struct world          *world;
    struct fake_datapath  *datapath;
    struct fake_proxy     *proxy;
    struct fake_proxy_port port;
    struct fake_instance   instances[BED_INSTANCES];
};

static void
fake_answer(struct world *world, void *context, uint64_t argument)
{
    (void)argument;
    world_request_answer(world, context, REQUEST_OK);
}

static void
fake_serve(struct world *world, struct world_service *service, struct world_request *request)
{
    struct fake_instance *instance = container_of(service, struct fake_instance, service);
    struct proxy_bed *bed = instance->bed;
    bed->hits[instance->index]++;
    if (bed->holds[instance->index]) {
        bed->held[instance->index]++;
        *(struct world_request **)vec_push(&instance->held) = request;
        return;
    }
    (void)world_at(world, world_now(world) + MS(1), WORLD_CLASS_REQUEST, NULL, fake_answer, request,
                   0);
}

static enum world_answer
fake_probe(struct world *world, struct world_service *service, const char *path,
           int64_t *ret_delay_ns)
{
    (void)world;
    (void)service;
    (void)path;
    *ret_delay_ns = MS(1);
    return WORLD_ANSWER_OK;
}

static void
fake_done(void *context, struct world_request *request, enum request_outcome outcome,
          int64_t latency_ns)
{
    struct fake_bed *half = context;
    (void)request;
    (void)latency_ns;
    bed_request_ended(half->bed, outcome);
}

static void
half_open(struct proxy_bed *bed)
{
    struct fake_bed *half = memory_alloc_zero(1, sizeof *half);
    bed->half = half;
    half->bed = bed;
    half->world = test_world_open(1);
    half->datapath = fake_datapath_open(half->world, NULL, 10000);
    half->world->datapath = half->datapath;
    (void)fake_datapath_client_add(half->datapath, fake_done, half);
    half->proxy = fake_proxy_open(half->datapath, 0, true);
    struct world_process *edge =
        test_world_process(half->world, env_address_of(ENV_PROCESS_EDGE, 0), 0);
    fake_proxy_port_init(&half->port, half->proxy, edge);
    bed->port = &half->port.base;

    for (uint32_t i = 0; i < BED_INSTANCES; i++) {
        struct fake_instance *instance = &half->instances[i];
        *instance = (struct fake_instance){
            .service = { .token = 100 + i,
                         .node = 1 + i,
                         .probe = fake_probe,
                         .serve = fake_serve },
            .bed = bed,
            .index = i,
        };
        vec_init(&instance->held, sizeof(struct world_request *));
        bed->instances[i] = (struct env_endpoint){ .id = 100 + i,
                                                   .ipv4 = test_world_ipv4(1 + i),
                                                   .port = 31000,
                                                   .weight = 1 };
        world_listen(half->world, bed->instances[i].ipv4, 31000, &instance->service);
    }
}

static void
half_close(struct proxy_bed *bed)
{
    struct fake_bed *half = bed->half;
    for (uint32_t i = 0; i < BED_INSTANCES; i++) {
        vec_fini(&half->instances[i].held);
    }
    fake_datapath_close(half->datapath);
    test_world_close(half->world);
    memory_free(half);
}

static void
half_send(struct proxy_bed *bed, const char *host, const char *path)
{
    struct fake_bed *half = bed->half;
    struct world_request *request = world_request_new(half->world);
    cr_assert(request != NULL);
    request->arrived_at_ns = world_now(half->world);
    request->deadline_at_ns = request->arrived_at_ns + SEC(20);
    const struct env_request asked = { .method = "GET", .host = host, .path = path };
    fake_proxy_request(half->proxy, fake_datapath_target(half->datapath, &asked), request);
}

static void
half_release(struct proxy_bed *bed, uint32_t index)
{
    struct fake_bed *half = bed->half;
    struct fake_instance *instance = &half->instances[index];
    for (uint32_t i = 0; i < instance->held.count; i++) {
        struct world_request *request = *(struct world_request **)vec_at(&instance->held, i);
        (void)world_at(half->world, world_now(half->world), WORLD_CLASS_REQUEST, NULL, fake_answer,
                       request, 0);
    }
    bed->held[index] = 0;
    vec_clear(&instance->held);
}

static bool
half_run_until(struct proxy_bed *bed, bool (*done)(void *context), void *context, int64_t bound_ns)
{
    struct fake_bed *half = bed->half;
    const int64_t end_ns = world_now(half->world) + bound_ns;
    while (!done(context) && world_now(half->world) < end_ns && test_world_step(half->world)) {
    }
    return done(context);
}

const struct proxy_bed_half proxy_bed_half_fake = {
    .open = half_open,
    .close = half_close,
    .send = half_send,
    .release = half_release,
    .run_until = half_run_until,
};
