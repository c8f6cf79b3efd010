/* tests/peers/proxy_bed.c - what both halves share: services, waiting, the usual calls. */
#include "tests/peers/proxy_bed.h"

#include "platform/base/memory.h"

/* Round robin, weights left aside: the fake picks by it, HAProxy by its own. */
static uint32_t
bed_pick_next(struct env_balance_state *state, struct env_balance_server *servers,
              uint32_t servers_count, uint32_t eligible_count)
{
    (void)eligible_count;
    do {
        state->cursor = (state->cursor + 1) % servers_count;
    } while (!servers[state->cursor].eligible);
    return state->cursor;
}

const struct env_balance_policy bed_roundrobin = {
    .name = "roundrobin",
    .haproxy = "roundrobin",
    .pick = bed_pick_next,
};

static const struct proxy_bed_half *
bed_half(const struct proxy_bed *bed)
{
    return bed->kind == PROXY_BED_FAKE ? &proxy_bed_half_fake : &proxy_bed_half_haproxy;
}

struct proxy_bed *
bed_open(enum proxy_bed_kind kind)
{
    struct proxy_bed *bed = memory_alloc_zero(1, sizeof *bed);
    bed->kind = kind;
    bed_half(bed)->open(bed);
    return bed;
}

void
bed_close(struct proxy_bed *bed)
{
    bed_half(bed)->close(bed);
    memory_free(bed);
}

struct env_service *
bed_service(struct proxy_bed *bed, const char *name, const char *vhosts, const char *path,
            uint32_t first, uint32_t count)
{
    const uint32_t index = bed->services_count++;
    ASSERT(index < BED_SERVICES_MAX);
    ASSERT(first + count <= BED_INSTANCES);
    for (uint32_t i = 0; i < count; i++) {
        bed->endpoints[index][i] = bed->instances[first + i];
    }
    bed->services[index] = (struct env_service){
        .name = name,
        .app = "",
        .vhosts = vhosts,
        .path = path,
        .http = true,
        .external = true,
        .policy = &bed_roundrobin,
        .endpoints = bed->endpoints[index],
        .endpoints_count = count,
    };
    return &bed->services[index];
}

static void
bed_done(struct env_op *op)
{
    (void)op; /* its phase tells */
}

static void
bed_applied(struct env_op *op)
{
    struct env_proxy_apply *apply = container_of(op, struct env_proxy_apply, op);
    struct proxy_bed *bed = container_of(apply, struct proxy_bed, apply);
    (void)error_set(&bed->message, op->status, "%s", op->message);
}

static bool
bed_op_is_done(void *context)
{
    const struct env_op *op = context;
    return !env_op_is_pending(op);
}

void
bed_wait(struct proxy_bed *bed, bool (*done)(void *context), void *context)
{
    cr_assert(bed_half(bed)->run_until(bed, done, context, SEC(30)), "not within half a minute");
}

void
bed_apply_begin(struct proxy_bed *bed)
{
    bed->generation++;
    bed->apply = (struct env_proxy_apply){
        .op.done = bed_applied,
        .generation = bed->generation,
        .services = bed->services,
        .services_count = bed->services_count,
        .zone = bed->zone,
        .gateway = bed->gateway,
    };
    env_proxy_apply(bed->port, &bed->apply);
    cr_assert(env_op_is_pending(&bed->apply.op), "answered before the call returned");
}

enum status
bed_apply(struct proxy_bed *bed)
{
    bed_apply_begin(bed);
    bed_wait(bed, bed_op_is_done, &bed->apply.op);
    return bed->apply.op.status;
}

enum status
bed_ask_open(struct proxy_bed *bed, uint32_t instance, uint32_t *ret_open)
{
    struct env_proxy_open open = { .op.done = bed_done, .endpoint_id = 100 + instance };
    env_proxy_open(bed->port, &open);
    bed_wait(bed, bed_op_is_done, &open.op);
    *ret_open = open.ret_open;
    return open.op.status;
}

void
bed_send(struct proxy_bed *bed, const char *host, const char *path)
{
    bed->sent++;
    bed_half(bed)->send(bed, host, path);
}

struct bed_target_count {
    const uint32_t *at;
    uint32_t        count;
};

static bool
bed_count_reached(void *context)
{
    const struct bed_target_count *target = context;
    return *target->at >= target->count;
}

void
bed_wait_held(struct proxy_bed *bed, uint32_t instance, uint32_t count)
{
    struct bed_target_count target = { .at = &bed->held[instance], .count = count };
    bed_wait(bed, bed_count_reached, &target);
}

void
bed_wait_ended(struct proxy_bed *bed, uint32_t count)
{
    struct bed_target_count target = { .at = &bed->ended, .count = count };
    bed_wait(bed, bed_count_reached, &target);
}

uint32_t
bed_get(struct proxy_bed *bed, const char *host, const char *path)
{
    uint32_t before[BED_OUTCOMES];
    for (uint32_t i = 0; i < BED_OUTCOMES; i++) {
        before[i] = bed->outcomes[i];
    }
    const uint32_t ended = bed->ended;
    bed_send(bed, host, path);
    bed_wait_ended(bed, ended + 1);
    for (uint32_t i = 0; i < BED_OUTCOMES; i++) {
        if (bed->outcomes[i] != before[i]) {
            return i;
        }
    }
    return BED_OUTCOMES;
}

void
bed_release(struct proxy_bed *bed, uint32_t instance)
{
    bed->holds[instance] = false;
    bed_half(bed)->release(bed, instance);
}

void
bed_request_ended(struct proxy_bed *bed, uint32_t outcome)
{
    ASSERT(outcome < BED_OUTCOMES);
    bed->ended++;
    bed->outcomes[outcome]++;
    if (bed->sent - bed->ended < bed->pumping) {
        bed_send(bed, "web.example.com", "/");
    }
}

void
bed_pump(struct proxy_bed *bed, uint32_t count)
{
    bed->pumping = count;
    while (bed->sent - bed->ended < count) {
        bed_send(bed, "web.example.com", "/");
    }
    if (count == 0) {
        bed_wait_ended(bed, bed->sent);
    }
}
