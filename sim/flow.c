/* sim/flow.c - the steps of a line that is counted: its service, its servers, its backlog. */
#include "sim/flow_inner.h"

#include "platform/base/memory.h"
#include "platform/base/record.h"

/* A server that answered at the last step. */
struct flow_seen {
    uint64_t endpoint_id;
    double   open; /* requests it had then */
};

/* --- what a step adds up to --- */

void
flow_answer(struct flow *flow, enum request_outcome outcome, uint64_t count)
{
    flow->batch.outcomes[outcome] += count;
    flow->batch.requests += count;
    if (outcome == REQUEST_TIMEOUT) { /* they have waited as long as they could */
        flow->batch.stay_ns += (uint64_t)flow->options.spec->timeout_ns * count;
    }
}

/* Shares of count by the law, rounded at random so that what is rare comes as often as it should */
static void
flow_answer_law(struct flow *flow, const struct flow_law *law, uint64_t count)
{
    const double start = rng_unit(&flow->rng);
    uint64_t     seen = 0;
    uint64_t     given = 0;
    for (uint32_t i = 0; i < REQUEST_OUTCOME_COUNT; i++) {
        seen += law->outcomes[i];
        const double   share = (double)seen / (double)law->requests;
        const uint64_t upto = seen == law->requests ? count
                                                    : (uint64_t)((double)count * share + start);
        const uint64_t part = upto > given ? upto - given : 0;
        given += part;
        if (i == REQUEST_OK && part > 0 && law->latency.count > 0) {
            sketch_merge_scaled(&flow->batch.latency, &law->latency, part,
                                rng_below_u64(&flow->rng, law->latency.count));
        }
        flow_answer(flow, (enum request_outcome)i, part);
    }
}

static void
flow_tell(struct flow *flow)
{
    struct flow_batch *batch = &flow->batch;
    const int64_t now_ns = world_now(flow->options.world);
    if (batch->requests == 0) {
        return;
    }
    batch->line = flow->options.line;
    batch->from_at_ns = flow->step_at_ns;
    batch->stay_ns += (uint64_t)batch->latency.sum_ns;
    flow->requests += batch->requests;
    flow->made_at_sum += batch->requests * (uint64_t)now_ns - batch->stay_ns;
    flow->hash = hash_step(flow->hash, (uint64_t)now_ns);
    flow->hash = hash_step(flow->hash, batch->requests);
    flow->hash = hash_step(flow->hash, (uint64_t)batch->latency.sum_ns);
    for (uint32_t i = 0; i < REQUEST_OUTCOME_COUNT; i++) {
        flow->hash = hash_step(flow->hash, batch->outcomes[i]);
    }
    flow->options.done(flow->options.context, batch);
}

/* --- who is there --- */

static double
flow_seen_open(const struct flow *flow, uint64_t endpoint_id)
{
    for (uint32_t i = 0; i < flow->seen_before.count; i++) {
        const struct flow_seen *seen = vec_at(&flow->seen_before, i);
        if (seen->endpoint_id == endpoint_id) {
            return seen->open;
        }
    }
    return 0;
}

/* Those that answer become the station's; what others held until now is lost: so many requests. */
static double
flow_look(struct flow *flow, const struct fake_service_view *view)
{
    struct world *world = flow->options.world;
    double lost = 0;
    vec_clear(&flow->servers);
    vec_clear(&flow->seen);
    for (uint32_t i = 0; i < flow->found.count; i++) {
        const struct fake_server_view *found = vec_at(&flow->found, i);
        struct world_service          *service = NULL;
        double                         slow = 1;
        if (world_connect(world, view->node, found->ipv4, found->port, &service) !=
                WORLD_CONNECTED ||
            service->behavior == NULL) {
            lost += flow_seen_open(flow, found->endpoint_id);
            flow->backlog *= 1 - 1 / (double)flow->found.count;
            continue;
        }
        const struct behavior *behavior = service->behavior(service, &slow);
        *(struct flow_server *)vec_push(&flow->servers) =
            (struct flow_server){ .id = found->endpoint_id,
                                  .weight = found->weight,
                                  .slow = slow,
                                  .behavior = behavior };
        *(struct flow_seen *)vec_push(&flow->seen) =
            (struct flow_seen){ .endpoint_id = found->endpoint_id };
    }
    return lost;
}

/* Little's law, the other way round: what each server has open, for the next step. */
static void
flow_keep_seen(struct flow *flow, double rate)
{
    const double each = flow->batch.latency.count > 0 && flow->seen.count > 0
                            ? rate * (double)sketch_mean_ns(&flow->batch.latency) /
                                  (double)flow->seen.count
                            : 0;
    vec_clear(&flow->seen_before);
    for (uint32_t i = 0; i < flow->seen.count; i++) {
        struct flow_seen *seen = vec_push(&flow->seen_before);
        *seen = *(const struct flow_seen *)vec_at(&flow->seen, i);
        seen->open = each;
    }
}

/* --- below the capacity --- */

static void
flow_steady(struct flow *flow, const struct flow_station *station, double use, uint64_t count)
{
    const struct flow_mix mix = flow_laws_mix(flow->options.laws, station, use);
    const uint64_t high = (uint64_t)((double)count * mix.high_share + rng_unit(&flow->rng));
    flow_answer_law(flow, mix.low, count - (high < count ? high : count));
    flow_answer_law(flow, mix.high, high < count ? high : count);
}

/* --- a step --- */

static void
flow_serve(struct flow *flow, const struct fake_service_view *view, uint32_t fronts,
           int64_t step_ns, uint64_t count)
{
    const struct scenario_traffic *spec = flow->options.spec;
    const double lost = flow_look(flow, view);
    const uint64_t reset = lost < (double)count ? (uint64_t)lost : count;
    flow_answer(flow, REQUEST_RESET, reset);
    count -= reset;
    if (flow->servers.count == 0) {
        flow_answer(flow, flow->found.count == 0 ? REQUEST_NO_SERVER : REQUEST_REFUSED, count);
        return;
    }
    const struct flow_station station = {
        .policy = view->policy,
        .argument = view->argument,
        .balancers = fronts < FLOW_BALANCERS_MAX ? fronts : FLOW_BALANCERS_MAX,
        .servers = flow->servers.items,
        .servers_count = flow->servers.count,
        .line = flow->options.line,
        .uri_hash = view->uri_hash,
        .constant = spec->arrivals == ARRIVALS_CONSTANT,
        .patience_ns = spec->timeout_ns > 0 ? spec->timeout_ns : INT64_MAX,
        .way_ns = view->way_ns,
    };
    const double rate = (double)count / (double)step_ns;
    const double capacity = flow_station_capacity(&station);
    if (flow->backlog <= 0 && rate < capacity) {
        flow_steady(flow, &station, rate / capacity, count);
    } else if (capacity > 0) {
        flow_overloaded(flow, &station, capacity, step_ns, count);
    } else {
        flow_answer(flow, REQUEST_TIMEOUT, count);
    }
    flow_keep_seen(flow, rate);
}

/* What came between the last step and now. */
static void
flow_cut(struct flow *flow)
{
    struct flow_options *options = &flow->options;
    const int64_t now_ns = world_now(options->world);
    const int64_t step_ns = now_ns - flow->step_at_ns;
    if (step_ns <= 0) {
        return;
    }
    const double rate = options->rate(options->spec, flow->start_at_ns, flow->rate_microhertz,
                                      flow->step_at_ns + step_ns / 2);
    const double asked = rate / 1e15 * (double)step_ns + flow->carry;
    const uint64_t count = (uint64_t)asked;
    struct fake_proxy *edge = NULL;
    const uint32_t fronts = fake_datapath_fronts(options->datapath, &edge);
    flow->carry = asked - (double)count;
    flow->batch = (struct flow_batch){ 0 };
    if (edge == NULL) {
        flow_answer(flow, REQUEST_NO_ROUTE, count);
    } else if (count > 0) {
        struct fake_service_view view;
        fake_proxy_view(edge, options->target, &view, &flow->found);
        if (view.answer != REQUEST_OUTCOME_COUNT) {
            flow_answer(flow, view.answer, count);
        } else {
            flow->batch.rough = !view.plain;
            flow_serve(flow, &view, fronts, step_ns, count);
        }
    }
    flow_tell(flow);
    flow->step_at_ns = now_ns;
}

static void flow_fire(struct world *world, void *context, uint64_t argument);

static void
flow_arm(struct flow *flow)
{
    const int64_t measure_at_ns =
        flow->start_at_ns + flow->options.spec->measure_from_at_ns;
    int64_t end_at_ns = int64_min(flow->step_at_ns + FLOW_STEP_NS, flow->until_at_ns);
    if (measure_at_ns > flow->step_at_ns && measure_at_ns < end_at_ns) {
        end_at_ns = measure_at_ns;
    }
    flow->event = 0;
    if (end_at_ns > flow->step_at_ns) {
        /* before timers of that instant: what has been is told before somebody samples, or ends */
        flow->event = world_at(flow->options.world, end_at_ns, WORLD_CLASS_ANSWER, NULL, flow_fire,
                               flow, 0);
    }
}

static void
flow_fire(struct world *world, void *context, uint64_t argument)
{
    (void)world;
    (void)argument;
    struct flow *flow = context;
    flow->event = 0;
    flow_cut(flow);
    flow_arm(flow);
}

/* --- the whole --- */

struct flow *
flow_open(const struct flow_options *options)
{
    struct flow *flow = memory_alloc_zero(1, sizeof *flow);
    flow->options = *options;
    flow->rate_microhertz = options->spec->rate_microhertz;
    vec_init(&flow->found, sizeof(struct fake_server_view));
    vec_init(&flow->servers, sizeof(struct flow_server));
    vec_init(&flow->seen, sizeof(struct flow_seen));
    vec_init(&flow->seen_before, sizeof(struct flow_seen));
    world_stream(options->world, options->line, "flow", &flow->rng);
    return flow;
}

void
flow_close(struct flow *flow)
{
    if (flow == NULL) {
        return;
    }
    vec_fini(&flow->seen_before);
    vec_fini(&flow->seen);
    vec_fini(&flow->servers);
    vec_fini(&flow->found);
    memory_free(flow);
}

void
flow_start(struct flow *flow, int64_t start_at_ns, int64_t from_at_ns, int64_t until_at_ns)
{
    flow->start_at_ns = start_at_ns;
    flow->until_at_ns = until_at_ns;
    flow->step_at_ns = from_at_ns;
    flow_arm(flow);
}

void
flow_stop(struct flow *flow)
{
    if (flow->event != 0) {
        world_cancel(flow->options.world, flow->event);
        flow->event = 0;
        flow_cut(flow);
    }
}

void
flow_set_rate(struct flow *flow, int64_t rate_microhertz)
{
    if (flow->event != 0 && world_now(flow->options.world) > flow->step_at_ns) {
        world_cancel(flow->options.world, flow->event);
        flow_cut(flow);
        flow_arm(flow);
    }
    flow->rate_microhertz = rate_microhertz;
}

uint64_t
flow_requests(const struct flow *flow)
{
    return flow->requests;
}

uint64_t
flow_made_at_sum(const struct flow *flow)
{
    return flow->made_at_sum;
}

uint64_t
flow_hash(const struct flow *flow)
{
    return flow->hash;
}
