/* tests/bench/bench_request_floor.c - one loop that knows nothing but the model. */
#include "tests/bench/bench_request_floor.h"

#include <math.h>

#include "platform/base/memory.h"

enum { FLOOR_QUEUE = 1024, FLOOR_HEAP = 1 << 17, FLOOR_BUCKETS = 64 };

struct floor_server {
    uint32_t busy;
    uint32_t head, tail; /* of queue: arrival instants of those that wait; count up for ever */
    double   queue[FLOOR_QUEUE];
};

struct floor_end { /* a request that is being served */
    double   at_s;
    double   arrived_s;
    uint32_t server;
};

struct request_floor {
    struct request_floor_options options;
    struct floor_server         *servers; /* owned */
    struct floor_end            *heap;    /* owned */
    uint32_t                     heap_count;
    uint32_t                     cursor;
    double                       now_s, next_s;
    uint64_t                     state;
    uint64_t                     latency_ns;
    uint64_t                     buckets[FLOOR_BUCKETS];
};

static uint64_t
floor_u64(struct request_floor *floor)
{
    floor->state ^= floor->state << 13;
    floor->state ^= floor->state >> 7;
    floor->state ^= floor->state << 17;
    return floor->state;
}

static double
floor_unit(struct request_floor *floor)
{
    return (double)(floor_u64(floor) >> 11) * 0x1p-53 + 0x1p-54;
}

static uint32_t
floor_draw(struct request_floor *floor)
{
    return (uint32_t)((floor_u64(floor) >> 32) * floor->options.servers_count >> 32);
}

static uint32_t
floor_open_requests(const struct request_floor *floor, uint32_t server)
{
    const struct floor_server *it = &floor->servers[server];
    return it->busy + it->tail - it->head;
}

static uint32_t
floor_pick(struct request_floor *floor)
{
    const uint32_t count = floor->options.servers_count;
    uint32_t best = floor->cursor;
    switch (floor->options.policy) {
    case FLOOR_ROUNDROBIN:
        break;
    case FLOOR_LEASTCONN:
        for (uint32_t i = 1; i < count; i++) {
            const uint32_t at = (floor->cursor + i) % count;
            best = floor_open_requests(floor, at) < floor_open_requests(floor, best) ? at : best;
        }
        break;
    case FLOOR_RANDOM_2:
        best = floor_draw(floor);
        const uint32_t other = floor_draw(floor);
        return floor_open_requests(floor, other) <= floor_open_requests(floor, best) ? other : best;
    }
    floor->cursor = (best + 1) % count;
    return best;
}

static void
floor_push(struct request_floor *floor, struct floor_end end)
{
    ASSERT(floor->heap_count < FLOOR_HEAP);
    uint32_t at = floor->heap_count++;
    while (at > 0 && floor->heap[(at - 1) / 2].at_s > end.at_s) {
        floor->heap[at] = floor->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    floor->heap[at] = end;
}

static struct floor_end
floor_pop(struct request_floor *floor)
{
    const struct floor_end first = floor->heap[0];
    const struct floor_end last = floor->heap[--floor->heap_count];
    uint32_t at = 0;
    for (uint32_t child = 1; child < floor->heap_count; child = at * 2 + 1) {
        child += child + 1 < floor->heap_count &&
                         floor->heap[child + 1].at_s < floor->heap[child].at_s
                     ? 1
                     : 0;
        if (floor->heap[child].at_s >= last.at_s) {
            break;
        }
        floor->heap[at] = floor->heap[child];
        at = child;
    }
    floor->heap[at] = last;
    return first;
}

static void
floor_serve(struct request_floor *floor, uint32_t server, double arrived_s)
{
    const double normal = sqrt(-2.0 * log(floor_unit(floor))) *
                          cos(6.283185307179586 * floor_unit(floor));
    const double service_s =
        floor->options.service_median_s * exp(floor->options.service_sigma * normal);
    floor_push(floor, (struct floor_end){ .at_s = floor->now_s + service_s,
                                          .arrived_s = arrived_s,
                                          .server = server });
}

static void
floor_end(struct request_floor *floor)
{
    const struct floor_end end = floor_pop(floor);
    struct floor_server *server = &floor->servers[end.server];
    floor->now_s = end.at_s;
    const uint64_t latency_ns = (uint64_t)((end.at_s - end.arrived_s) * 1e9);
    floor->latency_ns += latency_ns;
    floor->buckets[63 - __builtin_clzll(latency_ns | 1)]++;
    if (server->head == server->tail) {
        server->busy--;
        return;
    }
    floor_serve(floor, end.server, server->queue[server->head++ % FLOOR_QUEUE]);
}

struct request_floor *
request_floor_open(const struct request_floor_options *options)
{
    struct request_floor *floor = memory_alloc_zero(1, sizeof *floor);
    floor->options = *options;
    floor->servers = memory_alloc_zero(options->servers_count, sizeof *floor->servers);
    floor->heap = memory_alloc_zero(FLOOR_HEAP, sizeof *floor->heap);
    floor->state = UINT64_C(0x9E3779B97F4A7C15);
    return floor;
}

void
request_floor_close(struct request_floor *floor)
{
    memory_free(floor->servers);
    memory_free(floor->heap);
    memory_free(floor);
}

uint64_t
request_floor_run(struct request_floor *floor, uint32_t arrivals)
{
    for (uint32_t i = 0; i < arrivals; i++) {
        floor->next_s += -log(floor_unit(floor)) / floor->options.rate_per_s;
        while (floor->heap_count > 0 && floor->heap[0].at_s <= floor->next_s) {
            floor_end(floor);
        }
        floor->now_s = floor->next_s;
        const uint32_t picked = floor_pick(floor);
        struct floor_server *server = &floor->servers[picked];
        if (server->busy < floor->options.concurrency) {
            server->busy++;
            floor_serve(floor, picked, floor->now_s);
        } else {
            ASSERT(server->tail - server->head < FLOOR_QUEUE);
            server->queue[server->tail++ % FLOOR_QUEUE] = floor->now_s;
        }
    }
    return floor->latency_ns;
}
