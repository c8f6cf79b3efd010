/* sim/traffic.c - the lines of traffic: when requests come at a steady rate, and the whole. */
#include "sim/traffic_inner.h"

#include "platform/base/memory.h"
#include "platform/base/record.h"

/* --- arrivals --- */

/* number: of its class, 0 draws it. */
static void
traffic_arrive(struct traffic_line *line, uint32_t number)
{
    struct traffic_try try;
    if (line->has_asks) {
        asks_make(line, number);
        return;
    }
    line->requests++;
    line->made_at_sum += (uint64_t)world_now(line->traffic->world);
    if (line->classes_count == 0 && line->spec->sessions == 0) {
        try = (struct traffic_try){
            .key_hash = hash_step(line->index, rng_below(&line->clients, TRAFFIC_CLIENTS))
        };
    } else {
        traffic_draw(line, number, &try);
    }
    traffic_send(line, &try);
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
    const double mean_ns = (double)TRAFFIC_RATE_SCALE / (double)line->rate_microhertz;
    const double gap_ns = rng_exponential(&line->arrivals) * mean_ns + line->gap_carry_ns;
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
    const int64_t now_ns = world_now(world);
    uint32_t number = 0;
    if (line->spec->arrivals == ARRIVALS_FILE) {
        number = line->spec->timetable[line->timetable_next - 1].number;
    }
    traffic_arrive(line, number);
    if (line->spec->arrivals <= ARRIVALS_CONSTANT) {
        traffic_arrival_arm(line, now_ns + traffic_gap(line));
    } else {
        traffic_arrival_arm(line, arrivals_after(line, now_ns));
    }
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
    if (line->flow != NULL) {
        return;
    }
    if (line->spec->closed || line->rate_microhertz == 0) {
        return;
    }
    if (line->spec->arrivals > ARRIVALS_CONSTANT) {
        arrivals_begin(line, at_ns);
        traffic_arrival_arm(line, arrivals_after(line, at_ns));
        return;
    }
    line->gap_ns = TRAFFIC_RATE_SCALE / line->rate_microhertz;
    line->gap_rest = TRAFFIC_RATE_SCALE % line->rate_microhertz;
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
        if (line->spec->closed) {
            asks_start(line, line->from_at_ns);
        }
        if (line->flow != NULL) {
            flow_start(line->flow, now_ns, line->from_at_ns, line->until_at_ns);
        }
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
        asks_stop(line);
        if (line->flow != NULL) {
            flow_stop(line->flow);
        }
    }
}

void
traffic_set_rate(struct traffic *traffic, uint32_t line_index, int64_t rate_microhertz)
{
    ASSERT(line_index < traffic->lines_count);
    ASSERT(rate_microhertz >= 0);
    struct traffic_line *line = &traffic->lines[line_index];
    ASSERT(!line->spec->closed && line->spec->arrivals != ARRIVALS_FILE);
    line->rate_microhertz = rate_microhertz;
    if (line->flow != NULL) {
        flow_set_rate(line->flow, rate_microhertz);
    }
    if (traffic->running) {
        const int64_t now_ns = world_now(traffic->world);
        traffic_line_begin(line, int64_max(line->from_at_ns, now_ns), now_ns > line->from_at_ns);
    }
}

/* --- the whole --- */

static void
traffic_classes_open(struct traffic_line *line)
{
    const struct scenario_traffic *spec = line->spec;
    line->classes_count = spec->classes_count;
    if (spec->classes_count == 0) {
        return;
    }
    uint32_t below_ppm = 0;
    line->classes = memory_alloc_zero(spec->classes_count, sizeof *line->classes);
    for (uint32_t i = 0; i < spec->classes_count; i++) {
        const struct scenario_class *class = &spec->classes[i];
        const uint32_t address = class->request.source_ipv4;
        below_ppm += class->share_ppm;
        line->classes[i] = (struct traffic_class){
            .target = fake_datapath_target(line->traffic->datapath, &class->request),
            .below_ppm = below_ppm,
            .key_hash = address != 0 ? hash_step(UINT32_MAX, address) | 1 : 0,
        };
    }
    ASSERT(below_ppm == PPM);
}

static void
traffic_flow_done(void *context, const struct flow_batch *batch)
{
    const struct traffic *traffic = context;
    ASSERT(traffic->flow_told != NULL);
    traffic->flow_told(traffic->context, batch);
}

void
traffic_set_flow(struct traffic *traffic, traffic_flow_fn *told)
{
    traffic->flow_told = told;
}

static void
traffic_line_open(struct traffic_line *line)
{
    const struct scenario_traffic *spec = line->spec;
    struct world *world = line->traffic->world;
    const uint32_t i = line->index;
    const struct env_request request = { .method = "GET", .host = spec->to, .path = spec->path };
    ASSERT(spec->rate_microhertz >= 0);
    line->target = fake_datapath_target(line->traffic->datapath, &request);
    /* a file has instants in place of a rate: any rate that is not 0 lets it go on */
    line->rate_microhertz = spec->arrivals == ARRIVALS_FILE ? 1 : spec->rate_microhertz;
    line->deadline_ns = spec->timeout_ns > 0 ? spec->timeout_ns : INT64_MAX;
    line->has_asks = spec->closed || spec->retries.max > 0;
    world_stream(world, i, "arrivals", &line->arrivals);
    world_stream(world, i, "edge", &line->edges);
    world_stream(world, i, "client", &line->clients);
    world_stream(world, i, "bursts", &line->bursts);
    world_stream(world, i, "class", &line->class_stream);
    world_stream(world, i, "session", &line->sessions);
    world_stream(world, i, "think", &line->think);
    world_stream(world, i, "backoff", &line->backoff);
    traffic_classes_open(line);
    asks_open(line);
    if (spec->mode == MODE_FLOW) {
        line->flow = flow_open(&(struct flow_options){ .world = world,
                                                       .datapath = line->traffic->datapath,
                                                       .spec = spec,
                                                       .line = i,
                                                       .target = line->target,
                                                       .laws = &line->traffic->laws,
                                                       .rate = arrivals_rate,
                                                       .done = traffic_flow_done,
                                                       .context = line->traffic });
    }
}

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
    flow_laws_init(&traffic->laws);
    for (uint32_t i = 0; i < lines_count; i++) {
        struct traffic_line *line = &traffic->lines[i];
        *line = (struct traffic_line){ .spec = &lines[i], .traffic = traffic, .index = i };
        traffic_line_open(line);
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
        struct traffic_line *line = &traffic->lines[i];
        flow_close(line->flow);
        memory_free(line->ring);
        memory_free(line->notes);
        memory_free(line->classes);
        memory_free(line->asks);
    }
    flow_laws_fini(&traffic->laws);
    memory_free(traffic->lines);
    memory_free(traffic);
}

uint64_t
traffic_open_count(const struct traffic *traffic)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < traffic->lines_count; i++) {
        const struct traffic_line *line = &traffic->lines[i];
        count += line->has_asks ? line->asks_open : line->open_count;
    }
    return count;
}

uint64_t
traffic_requests(const struct traffic *traffic)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < traffic->lines_count; i++) {
        const struct traffic_line *line = &traffic->lines[i];
        count += line->flow != NULL ? flow_requests(line->flow) : line->requests;
    }
    return count;
}

void
traffic_ledger(const struct traffic *traffic, uint32_t line_index, struct traffic_ledger *ret)
{
    ASSERT(line_index < traffic->lines_count);
    const struct traffic_line *line = &traffic->lines[line_index];
    *ret = (struct traffic_ledger){ .made = line->requests, .made_at_sum = line->made_at_sum };
    if (line->flow != NULL) {
        ret->made = flow_requests(line->flow);
        ret->made_at_sum = flow_made_at_sum(line->flow);
    }
    for (uint32_t i = 1; line->has_asks && i <= line->asks_used; i++) {
        const struct traffic_ask *ask = &line->asks[i];
        if (ask->state == ASK_TRYING || ask->state == ASK_WAITING) {
            ret->open++;
            ret->open_made_sum += (uint64_t)ask->made_at_ns;
        }
    }
    for (uint32_t at = line->ring_head; !line->has_asks && at != line->ring_tail; at++) {
        const uint32_t index = line->ring[at & (line->ring_size - 1)];
        if (index != 0) {
            ret->open++;
            ret->open_made_sum +=
                (uint64_t)world_request_at(traffic->world, index)->arrived_at_ns;
        }
    }
}

uint64_t
traffic_hash(const struct traffic *traffic)
{
    uint64_t hash = 0;
    for (uint32_t i = 0; i < traffic->lines_count; i++) {
        hash = hash_step(hash, traffic->lines[i].requests);
        const struct traffic_line *line = &traffic->lines[i];
        hash = hash_step(hash, line->flow != NULL ? flow_hash(line->flow) : line->hash);
    }
    return hash;
}
