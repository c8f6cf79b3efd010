/* sim/flow_overload.c - a line in flow mode whose service cannot keep up, or has not caught up. */
#include "sim/flow_inner.h"

enum {
    FLOW_PARTS = 20, /* of a step in which a line of requests grows or shrinks */
    FLOW_TIMES = 16  /* service times that stand for all, where they follow a wait */
};

static double
flow_room(const struct flow_station *station)
{
    double room = 0;
    for (uint32_t i = 0; i < station->servers_count; i++) {
        room += station->servers[i].behavior->queue_max;
    }
    return room;
}

/* So many have waited so long; their services come on top. */
static void
flow_answer_late(struct flow *flow, const struct flow_station *station,
                 const struct flow_law *idle, double wait_ns, uint64_t count)
{
    const uint64_t impatient =
        (uint64_t)((double)count * (double)idle->outcomes[REQUEST_TIMEOUT] /
                   (double)idle->requests); /* of the service alone */
    uint64_t given = 0;
    flow_answer(flow, REQUEST_TIMEOUT, impatient);
    count -= impatient;
    for (uint32_t i = 0; i < FLOW_TIMES; i++) {
        const uint32_t quantile_ppm = (2 * i + 1) * PPM / (2 * FLOW_TIMES);
        const uint64_t upto = count * (i + 1) / FLOW_TIMES;
        const int64_t  latency_ns =
            (int64_t)wait_ns + sketch_quantile_ns(&idle->latency, quantile_ppm);
        if (latency_ns - station->way_ns > station->patience_ns) {
            flow_answer(flow, REQUEST_TIMEOUT, upto - given);
        } else {
            sketch_add_many(&flow->batch.latency, latency_ns, upto - given);
            flow_answer(flow, REQUEST_OK, upto - given);
        }
        given = upto;
    }
}

/* One part of a step: the backlog grows or shrinks by what comes less what can be done. */
static void
flow_backlog_part(struct flow *flow, const struct flow_station *station, double capacity,
                  int64_t part_ns, uint64_t count)
{
    const struct behavior *behavior = station->servers[0].behavior;
    const double patience = (double)station->patience_ns * capacity;
    const double room = flow_room(station);
    const double before = flow->backlog;
    double       after = before + (double)count - capacity * (double)part_ns;
    double       refused = 0;
    double       left = 0;
    if (behavior->heeds_deadlines && after > patience) { /* nobody works for who has left */
        left = after - patience;
        after = patience;
    }
    if (after > room) {
        refused = after - room;
        after = room;
    }
    flow->backlog = after > 0 ? after : 0;
    uint64_t errors = (uint64_t)(refused + rng_unit(&flow->rng));
    errors = errors < count ? errors : count;
    uint64_t gone = (uint64_t)(left + rng_unit(&flow->rng));
    gone = gone < count - errors ? gone : count - errors;
    flow_answer(flow, REQUEST_ERROR, errors);
    flow_answer(flow, REQUEST_TIMEOUT, gone);
    const struct flow_mix mix = flow_laws_mix(flow->options.laws, station, 0);
    const double wait_ns = (before + flow->backlog) / 2 / capacity;
    const uint64_t served = count - errors - gone;
    const uint64_t failed = served / PPM * behavior->errors_ppm +
                            served % PPM * behavior->errors_ppm / PPM;
    flow_answer(flow, REQUEST_ERROR, failed);
    flow_answer_late(flow, station, mix.low, wait_ns, served - failed);
}

void
flow_overloaded(struct flow *flow, const struct flow_station *station, double capacity,
                int64_t step_ns, uint64_t count)
{
    uint64_t given = 0;
    for (uint32_t i = 0; i < FLOW_PARTS; i++) {
        const uint64_t upto = count * (i + 1) / FLOW_PARTS;
        const int64_t  part_ns = step_ns * (i + 1) / FLOW_PARTS - step_ns * i / FLOW_PARTS;
        flow_backlog_part(flow, station, capacity, part_ns, upto - given);
        given = upto;
    }
}
