/* sim/traffic_requests.c - requests on their way, and clients that wait only so long. */
#include "sim/traffic_inner.h"

#include "platform/base/memory.h"
#include "platform/base/record.h"

enum { TRAFFIC_RING_MIN = 64 };

/* --- outcomes --- */

/* request: NULL when it was never made. Which edge and server it was at is part of the history. */
static void
traffic_hash_try(struct traffic_line *line, const struct world_request *request,
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
}

void
traffic_tell(struct traffic_line *line, const struct request_end *end)
{
    ASSERT(end->latency_ns >= end->ended_at_ns - end->made_at_ns); /* the way home may be left */
    line->traffic->done(line->traffic->context, end);
}

/* A try has its outcome: a request's only one, or one of those of an ask. */
static void
traffic_ended(struct traffic_line *line, const struct world_request *request, uint32_t note,
              enum request_outcome outcome, int64_t latency_ns)
{
    const int64_t now_ns = world_now(line->traffic->world);
    traffic_hash_try(line, request, outcome, latency_ns);
    if (line->has_asks) {
        asks_tried(line, note, outcome, latency_ns);
        return;
    }
    traffic_tell(line, &(struct request_end){
                           .line = line->index,
                           .number = note,
                           .tries = 1,
                           .outcome = outcome,
                           .made_at_ns = request != NULL ? request->arrived_at_ns : now_ns,
                           .ended_at_ns = now_ns,
                           .latency_ns = latency_ns });
}

/* --- outstanding requests --- */

static uint32_t *
traffic_ring_copy(const struct traffic_line *line, const uint32_t *from, uint32_t size)
{
    uint32_t *ring = memory_alloc_zero(size, sizeof *ring);
    for (uint32_t at = line->ring_head; at != line->ring_tail; at++) {
        ring[at & (size - 1)] = from[at & (line->ring_size - 1)];
    }
    return ring;
}

static void
traffic_ring_grow(struct traffic_line *line)
{
    const uint32_t size = line->ring_size == 0 ? TRAFFIC_RING_MIN : line->ring_size * 2;
    uint32_t *ring = traffic_ring_copy(line, line->ring, size);
    memory_free(line->ring);
    line->ring = ring;
    if (line->has_asks || line->classes_count > 0) {
        uint32_t *notes = traffic_ring_copy(line, line->notes, size);
        memory_free(line->notes);
        line->notes = notes;
    }
    line->ring_size = size;
}

static void
traffic_ring_add(struct traffic_line *line, struct world_request *request, uint32_t note)
{
    if (line->ring_tail - line->ring_head == line->ring_size) {
        traffic_ring_grow(line);
    }
    request->ticket = line->ring_tail;
    if (line->notes != NULL) {
        line->notes[line->ring_tail & (line->ring_size - 1)] = note;
    }
    line->ring[line->ring_tail & (line->ring_size - 1)] = request->index;
    line->ring_tail++;
    line->open_count++;
}

/* Its note, 0 on a plain line. */
static uint32_t
traffic_ring_remove(struct traffic_line *line, const struct world_request *request)
{
    const uint32_t mask = line->ring_size - 1;
    const uint32_t note = line->notes != NULL ? line->notes[request->ticket & mask] : 0;
    ASSERT(line->ring[request->ticket & mask] == request->index);
    ASSERT(line->open_count > 0);
    line->ring[request->ticket & mask] = 0;
    line->open_count--;
    while (line->ring_head != line->ring_tail && line->ring[line->ring_head & mask] == 0) {
        line->ring_head++;
    }
    return note;
}

/* The datapath says how a request ended for its client. */
void
traffic_request_done(void *context, struct world_request *request, enum request_outcome outcome,
                     int64_t latency_ns)
{
    struct traffic *traffic = context;
    struct traffic_line *line = &traffic->lines[request->source];
    const uint32_t note = traffic_ring_remove(line, request);
    traffic_ended(line, request, note, outcome, latency_ns);
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
        const uint32_t note = traffic_ring_remove(line, request);
        traffic_ended(line, request, note, REQUEST_TIMEOUT, line->deadline_ns);
    }
    traffic_timeout_arm(line);
}

/* --- requests --- */

/* The session and address of a client, and the class: 0 draws it. */
void
traffic_draw(struct traffic_line *line, uint32_t number, struct traffic_try *ret_try)
{
    *ret_try = (struct traffic_try){ .number = number };
    if (number == 0 && line->classes_count > 0) {
        const uint32_t draw =
            line->classes_count > 1 ? rng_below(&line->class_stream, (uint32_t)PPM) : 0;
        while (draw >= line->classes[ret_try->number].below_ppm) {
            ret_try->number++;
        }
        ret_try->number++;
    }
    const struct traffic_class *class =
        line->classes_count > 0 ? &line->classes[ret_try->number - 1] : NULL;
    uint32_t address = 0;
    if (line->spec->sessions > 0) {
        ret_try->session = 1 + rng_below(&line->sessions, line->spec->sessions);
        address = TRAFFIC_CLIENTS + ret_try->session; /* a session comes from one address */
    } else if (class == NULL || class->key_hash == 0) {
        address = rng_below(&line->clients, TRAFFIC_CLIENTS);
    }
    ret_try->key_hash = class != NULL && class->key_hash != 0 ? class->key_hash
                                                              : hash_step(line->index, address);
    ret_try->note = ret_try->number;
}

void
traffic_send(struct traffic_line *line, const struct traffic_try *try)
{
    struct traffic *traffic = line->traffic;
    struct world *world = traffic->world;
    const int64_t now_ns = world_now(world);
    struct fake_proxy *edge = fake_datapath_pick_edge(traffic->datapath, &line->edges);
    if (edge == NULL) {
        traffic_ended(line, NULL, try->note, REQUEST_NO_ROUTE, 0);
        return;
    }
    struct world_request *request = world_request_new(world);
    if (request == NULL) { /* nobody takes one more */
        traffic_ended(line, NULL, try->note, REQUEST_REFUSED, 0);
        return;
    }
    request->client = traffic->client;
    request->source = line->index;
    request->session = try->session;
    request->key_hash = try->key_hash;
    request->arrived_at_ns = now_ns;
    request->deadline_at_ns =
        line->deadline_ns == INT64_MAX ? INT64_MAX : now_ns + line->deadline_ns;
    traffic_ring_add(line, request, try->note);
    traffic_timeout_arm(line);
    fake_proxy_request(edge,
                       try->number == 0 ? line->target : line->classes[try->number - 1].target,
                       request);
}
