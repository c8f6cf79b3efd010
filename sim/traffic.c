/* sim/traffic.c - open-loop arrivals, and clients that wait only so long. */
#include "sim/traffic.h"

#include "platform/base/memory.h"
#include "platform/base/record.h"

#define RATE_SCALE INT64_C(1000000000000000) /* micro-hertz times ns: one event */

enum { TRAFFIC_RING_MIN = 64, TRAFFIC_CLIENTS = 1000 /* addresses a line comes from; a guess */ };

struct traffic_line {
    const struct scenario_traffic *spec; /* borrowed */
    struct traffic                *traffic;
    uint32_t                       index;
    uint32_t                       target; /* of the datapath */
    int64_t                        rate_microhertz;
    int64_t                        from_at_ns; /* since the epoch */
    int64_t                        until_at_ns;
    int64_t                        deadline_ns; /* patience; INT64_MAX: no end */
    struct rng                     arrivals;
    struct rng                     edges;
    struct rng                     clients;
    world_event                    arrival_event;
    double                         gap_carry_ns;   /* poisson: the part of a gap below 1 ns */
    int64_t                        gap_ns;         /* constant: whole ns, and the rest in parts */
    int64_t                        gap_rest;       /* of rate_microhertz */
    int64_t                        gap_rest_carry;

    /* Outstanding requests, oldest first: request indices, 0 once the client has its outcome. Since
     * patience is the same for all, it is in order of deadlines too. */
    uint32_t   *ring; /* owned */
    uint32_t    ring_size; /* a power of two */
    uint32_t    ring_head; /* both count up for ever; masked at use */
    uint32_t    ring_tail;
    uint32_t    open_count;
    world_event timeout_event;

    uint64_t requests;
    uint64_t hash;
};

struct traffic {
    struct world         *world;
    struct fake_datapath *datapath;
    traffic_done_fn      *done;
    void                 *context;
    bool                  running;
    uint32_t              client; /* number at the datapath */
    struct traffic_line  *lines; /* owned */
    uint32_t              lines_count;
};

/* --- outcomes --- */

/* request: NULL when it was never made. Which edge and server it was at is part of the history. */
static void
traffic_count(struct traffic_line *line, const struct world_request *request,
              enum request_outcome outcome, int64_t latency_ns)
{
    uint64_t hash = hash_step(line->hash, (uint64_t)latency_ns << 4 | (uint64_t)outcome);
    if (request != NULL) {
        hash = hash_step(hash, (uint64_t)request->arrived_at_ns);
        hash = hash_step(hash, (uint64_t)request->proxy << 32 | request->server);
    } else {
        hash = hash_step(hash, (uint64_t)world_now(line->traffic->world));
    }
    line->hash = hash;
    line->traffic->done(line->traffic->context, line->index, outcome, latency_ns);
}

/* --- outstanding requests --- */

static void
traffic_ring_grow(struct traffic_line *line)
{
    const uint32_t size = line->ring_size == 0 ? TRAFFIC_RING_MIN : line->ring_size * 2;
    uint32_t *ring = memory_alloc_zero(size, sizeof *ring);
    for (uint32_t at = line->ring_head; at != line->ring_tail; at++) {
        ring[at & (size - 1)] = line->ring[at & (line->ring_size - 1)];
    }
    memory_free(line->ring);
    line->ring = ring;
    line->ring_size = size;
}

static void
traffic_ring_add(struct traffic_line *line, struct world_request *request)
{
    if (line->ring_tail - line->ring_head == line->ring_size) {
        traffic_ring_grow(line);
    }
    request->ticket = line->ring_tail;
    line->ring[line->ring_tail & (line->ring_size - 1)] = request->index;
    line->ring_tail++;
    line->open_count++;
}

static void
traffic_ring_remove(struct traffic_line *line, const struct world_request *request)
{
    const uint32_t mask = line->ring_size - 1;
    ASSERT(line->ring[request->ticket & mask] == request->index);
    ASSERT(line->open_count > 0);
    line->ring[request->ticket & mask] = 0;
    line->open_count--;
    while (line->ring_head != line->ring_tail && line->ring[line->ring_head & mask] == 0) {
        line->ring_head++;
    }
}

/* The datapath says how a request ended for its client. */
static void
traffic_request_done(void *context, struct world_request *request, enum request_outcome outcome,
                     int64_t latency_ns)
{
    struct traffic *traffic = context;
    struct traffic_line *line = &traffic->lines[request->source];
    traffic_ring_remove(line, request);
    traffic_count(line, request, outcome, latency_ns);
}

/* --- clients that stop waiting: one timer a line, at the deadline of the oldest --- */

static void traffic_timeout_fire(struct world *world, void *context, uint64_t argument);

static void
traffic_timeout_arm(struct traffic_line *line)
{
    if (line->timeout_event == 0 && line->open_count > 0 && line->deadline_ns != INT64_MAX) {
        struct world *world = line->traffic->world;
        const uint32_t oldest = line->ring[line->ring_head & (line->ring_size - 1)];
        line->timeout_event = world_at(world, world_request_at(world, oldest)->deadline_at_ns,
                                       WORLD_CLASS_REQUEST, NULL, traffic_timeout_fire, line, 0);
    }
}

static void
traffic_timeout_fire(struct world *world, void *context, uint64_t argument)
{
    (void)argument;
    struct traffic_line *line = context;
    line->timeout_event = 0;
    while (line->open_count > 0) {
        const uint32_t oldest = line->ring[line->ring_head & (line->ring_size - 1)];
        struct world_request *request = world_request_at(world, oldest);
        if (request->deadline_at_ns > world_now(world)) {
            break;
        }
        request->client_gone = true;
        traffic_ring_remove(line, request);
        traffic_count(line, request, REQUEST_TIMEOUT, line->deadline_ns);
    }
    traffic_timeout_arm(line);
}

/* --- arrivals --- */

static void
traffic_request(struct traffic_line *line)
{
    struct traffic *traffic = line->traffic;
    struct world *world = traffic->world;
    const int64_t now_ns = world_now(world);
    line->requests++;
    struct fake_proxy *edge = fake_datapath_pick_edge(traffic->datapath, &line->edges);
    if (edge == NULL) {
        traffic_count(line, NULL, REQUEST_NO_ROUTE, 0);
        return;
    }
    struct world_request *request = world_request_new(world);
    if (request == NULL) { /* nobody takes one more */
        traffic_count(line, NULL, REQUEST_REFUSED, 0);
        return;
    }
    request->client = traffic->client;
    request->source = line->index;
    request->key_hash = hash_step(line->index, rng_below(&line->clients, TRAFFIC_CLIENTS));
    request->arrived_at_ns = now_ns;
    request->deadline_at_ns =
        line->deadline_ns == INT64_MAX ? INT64_MAX : now_ns + line->deadline_ns;
    traffic_ring_add(line, request);
    traffic_timeout_arm(line);
    fake_proxy_request(edge, line->target, request);
}

static int64_t
traffic_gap(struct traffic_line *line)
{
    if (line->spec->arrivals == ARRIVALS_CONSTANT) {
        line->gap_rest_carry += line->gap_rest;
        const bool over = line->gap_rest_carry >= line->rate_microhertz;
        line->gap_rest_carry -= over ? line->rate_microhertz : 0;
        return line->gap_ns + (over ? 1 : 0);
    }
    const double mean_ns = (double)RATE_SCALE / (double)line->rate_microhertz;
    const double gap_ns =
        -fixed_log(1.0 - rng_unit(&line->arrivals)) * mean_ns + line->gap_carry_ns;
    if (gap_ns >= (double)DIST_NS_MAX) {
        return DIST_NS_MAX;
    }
    const int64_t whole_ns = (int64_t)gap_ns;
    line->gap_carry_ns = gap_ns - (double)whole_ns;
    return whole_ns;
}

static void traffic_arrival_fire(struct world *world, void *context, uint64_t argument);

static void
traffic_arrival_arm(struct traffic_line *line, int64_t at_ns)
{
    line->arrival_event = 0;
    if (at_ns < line->until_at_ns) {
        line->arrival_event = world_at(line->traffic->world, at_ns, WORLD_CLASS_REQUEST, NULL,
                                       traffic_arrival_fire, line, 0);
    }
}

static void
traffic_arrival_fire(struct world *world, void *context, uint64_t argument)
{
    (void)argument;
    struct traffic_line *line = context;
    traffic_request(line);
    traffic_arrival_arm(line, world_now(world) + traffic_gap(line));
}

/* Begins to count gaps at at_ns. A constant line that has not begun yet has its first request
 * there; all others have theirs a gap later. */
static void
traffic_line_begin(struct traffic_line *line, int64_t at_ns, bool goes_on)
{
    world_cancel(line->traffic->world, line->arrival_event);
    line->arrival_event = 0;
    line->gap_carry_ns = 0;
    line->gap_rest_carry = 0;
    if (line->rate_microhertz == 0) {
        return;
    }
    line->gap_ns = RATE_SCALE / line->rate_microhertz;
    line->gap_rest = RATE_SCALE % line->rate_microhertz;
    const bool at_once = line->spec->arrivals == ARRIVALS_CONSTANT && !goes_on;
    traffic_arrival_arm(line, at_once ? at_ns : at_ns + traffic_gap(line));
}

void
traffic_start(struct traffic *traffic)
{
    ASSERT(!traffic->running);
    traffic->running = true;
    const int64_t now_ns = world_now(traffic->world);
    for (uint32_t i = 0; i < traffic->lines_count; i++) {
        struct traffic_line *line = &traffic->lines[i];
        line->from_at_ns = now_ns + line->spec->from_at_ns;
        line->until_at_ns = now_ns + line->spec->until_at_ns;
        traffic_line_begin(line, line->from_at_ns, false);
    }
}

void
traffic_stop(struct traffic *traffic)
{
    traffic->running = false;
    for (uint32_t i = 0; i < traffic->lines_count; i++) {
        struct traffic_line *line = &traffic->lines[i];
        world_cancel(traffic->world, line->arrival_event);
        line->arrival_event = 0;
    }
}

void
traffic_set_rate(struct traffic *traffic, uint32_t line_index, int64_t rate_microhertz)
{
    ASSERT(line_index < traffic->lines_count);
    ASSERT(rate_microhertz >= 0);
    struct traffic_line *line = &traffic->lines[line_index];
    line->rate_microhertz = rate_microhertz;
    if (traffic->running) {
        const int64_t now_ns = world_now(traffic->world);
        traffic_line_begin(line, int64_max(line->from_at_ns, now_ns), now_ns > line->from_at_ns);
    }
}

/* --- the whole --- */

struct traffic *
traffic_open(struct world *world, struct fake_datapath *datapath,
             const struct scenario_traffic *lines, uint32_t lines_count, traffic_done_fn *done,
             void *context)
{
    ASSERT(done != NULL);
    struct traffic *traffic = memory_alloc_zero(1, sizeof *traffic);
    *traffic = (struct traffic){ .world = world,
                                 .datapath = datapath,
                                 .done = done,
                                 .context = context,
                                 .lines = memory_alloc_zero(lines_count, sizeof *traffic->lines),
                                 .lines_count = lines_count };
    for (uint32_t i = 0; i < lines_count; i++) {
        struct traffic_line *line = &traffic->lines[i];
        ASSERT(lines[i].rate_microhertz >= 0);
        line->spec = &lines[i];
        line->traffic = traffic;
        line->index = i;
        const struct env_request request = { .method = "GET",
                                             .host = lines[i].to,
                                             .path = lines[i].path };
        line->target = fake_datapath_target(datapath, &request);
        line->rate_microhertz = lines[i].rate_microhertz;
        line->deadline_ns = lines[i].timeout_ns > 0 ? lines[i].timeout_ns : INT64_MAX;
        world_stream(world, i, "arrivals", &line->arrivals);
        world_stream(world, i, "edge", &line->edges);
        world_stream(world, i, "client", &line->clients);
    }
    traffic->client = fake_datapath_client_add(datapath, traffic_request_done, traffic);
    return traffic;
}

void
traffic_close(struct traffic *traffic)
{
    if (traffic == NULL) {
        return;
    }
    for (uint32_t i = 0; i < traffic->lines_count; i++) {
        memory_free(traffic->lines[i].ring);
    }
    memory_free(traffic->lines);
    memory_free(traffic);
}

uint64_t
traffic_open_count(const struct traffic *traffic)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < traffic->lines_count; i++) {
        count += traffic->lines[i].open_count;
    }
    return count;
}

uint64_t
traffic_requests(const struct traffic *traffic)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < traffic->lines_count; i++) {
        count += traffic->lines[i].requests;
    }
    return count;
}

uint64_t
traffic_hash(const struct traffic *traffic)
{
    uint64_t hash = 0;
    for (uint32_t i = 0; i < traffic->lines_count; i++) {
        hash = hash_step(hash, traffic->lines[i].requests);
        hash = hash_step(hash, traffic->lines[i].hash);
    }
    return hash;
}
