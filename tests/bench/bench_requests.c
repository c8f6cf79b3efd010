/*
 * tests/bench/bench_requests.c
 *
 * Goal:   what one simulated request costs from its arrival over balancer, queue and service to
 *         the statistics, with the whole world around it: agents, health checks, recorder, trace
 *         hash.
 * Method: 100 servers of 16 at once, 60,000 poisson arrivals a second, log-normal service of 12 ms
 *         in the median (about half of what they can do); one operation is one request, timed
 *         while a world plays on by a second.
 * Floor:  a loop that knows nothing but that model (bench_request_floor.c).
 */
#include <stdio.h>

#include "tests/bench/bench.h"
#include "tests/bench/bench_request_floor.h"
#include "tests/bench/bench_world.h"

enum { SERVERS = 100, RATE = 60000, BEGIN_SECONDS = 60 };

static const char scenario_text[] =
    "{\"name\":\"requests\",\"duration\":\"3m\",\"cluster\":{\"groups\":{"
    "\"public\":{\"role\":\"slave_public\",\"type\":\"m5.xlarge\",\"min\":1,\"boot\":\"1s\"},"
    "\"private\":{\"type\":\"m5.xlarge\",\"min\":20,\"boot\":\"1s\"}}},"
    "\"images\":{\"web:1\":{\"size\":\"1MB\",\"start\":\"100ms\",\"concurrency\":16,\"queue\":512,"
    "\"service_time\":{\"dist\":\"lognormal\",\"median\":\"12ms\",\"sigma\":0.6}}},"
    "\"apps\":[{\"id\":\"/web\",\"instances\":%u,\"cpus\":0.5,\"mem\":64,"
    "\"container\":{\"type\":\"DOCKER\",\"docker\":{\"image\":\"web:1\"},"
    "\"portMappings\":[{\"containerPort\":80}]},\"networks\":[{\"mode\":\"container/bridge\"}],"
    "\"healthChecks\":[{\"protocol\":\"HTTP\",\"intervalSeconds\":10}],"
    "\"labels\":{\"HAPROXY_GROUP\":\"external\",\"HAPROXY_0_VHOST\":\"web.example.com\","
    "\"HAPROXY_0_BALANCE\":\"%s\"}}],"
    "\"traffic\":[{\"to\":\"web.example.com\",\"rate\":\"%u/s\",\"arrivals\":\"poisson\","
    "\"timeout\":\"5s\",\"from\":\"50s\"}]}";

struct requests_bed {
    struct bench_world    file;
    struct world         *world;
    struct request_floor *floor;
};

static void
requests_play(struct world *world, int64_t for_ns)
{
    const int64_t end_ns = world->now_ns + for_ns;
    while (world->now_ns < end_ns) {
        const bool more = world_step(world);
        ASSERT(more && !world->over);
    }
}

static uint64_t
requests_run(void *context)
{
    struct requests_bed *bed = context;
    const uint64_t before = traffic_requests(bed->world->traffic);
    requests_play(bed->world, SEC(1));
    return traffic_requests(bed->world->traffic) - before;
}

static uint64_t
requests_floor(void *context)
{
    struct requests_bed *bed = context;
    bench_keep(request_floor_run(bed->floor, RATE));
    return RATE;
}

static void
requests_pair(const char *name, const char *balance, enum request_floor_policy policy)
{
    char text[2048];
    struct requests_bed bed;
    (void)snprintf(text, sizeof text, scenario_text, SERVERS, balance, RATE);
    bench_world_read(&bed.file, "requests.json", text);
    bed.world = bench_world_open(&bed.file, 1);
    world_begin(bed.world);
    requests_play(bed.world, SEC(BEGIN_SECONDS));
    bed.floor = request_floor_open(&(struct request_floor_options){ .policy = policy,
                                                                    .servers_count = SERVERS,
                                                                    .concurrency = 16,
                                                                    .rate_per_s = RATE,
                                                                    .service_median_s = 0.012,
                                                                    .service_sigma = 0.6 });
    (void)bench_pair(&(struct bench_pair){ .name = name,
                                           .floor = requests_floor,
                                           .floor_context = &bed,
                                           .work = requests_run,
                                           .work_context = &bed,
                                           .ns_wanted = 200 });
    request_floor_close(bed.floor);
    world_close(bed.world);
    bench_world_fini(&bed.file);
}

static void
bench_requests_run(void)
{
    requests_pair("100 servers, random(2)", "random(2)", FLOOR_RANDOM_2);
    requests_pair("100 servers, roundrobin", "roundrobin", FLOOR_ROUNDROBIN);
    requests_pair("100 servers, leastconn", "leastconn", FLOOR_LEASTCONN);
}

const struct bench bench_requests = {
    .name = "requests",
    .about = "one request through a playing world: arrival, balancer, queue, service, statistics",
    .run = bench_requests_run,
};
