/* platform/backends/load/load.c - arrivals: when the next request of each line is meant for. */
#include "platform/backends/load/load.h"

#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "platform/backends/load/load_inner.h"
#include "platform/base/memory.h"
#include "platform/base/strbuf.h"

#define LOAD_RATE_SCALE INT64_C(1000000000000000) /* micro-hertz times ns: one event */

enum { LOAD_ARRIVALS_A_TURN = 256 }; /* then the loop gets to read answers */


/* The same law as the simulator's traffic, so that equal streams give equal arrivals. */
static int64_t
load_gap_ns(struct load_source *source)
{
    ASSERT(source->rate_microhertz > 0);
    if (!source->poisson) {
        source->gap_rest += LOAD_RATE_SCALE % source->rate_microhertz;
        const bool over = source->gap_rest >= source->rate_microhertz;
        source->gap_rest -= over ? source->rate_microhertz : 0;
        return LOAD_RATE_SCALE / source->rate_microhertz + (over ? 1 : 0);
    }
    const double mean_ns = (double)LOAD_RATE_SCALE / (double)source->rate_microhertz;
    const double gap_ns = -fixed_log(1.0 - rng_unit(&source->rng)) * mean_ns + source->gap_carry_ns;
    if (gap_ns >= (double)DIST_NS_MAX) {
        return DIST_NS_MAX;
    }
    const int64_t whole_ns = (int64_t)gap_ns;
    source->gap_carry_ns = gap_ns - (double)whole_ns;
    return whole_ns;
}

static void
load_arm(struct load *load)
{
    int64_t next_hr_ns = INT64_MAX;
    for (uint32_t i = 0; load->running && i < load->sources.count; i++) {
        next_hr_ns = int64_min(next_hr_ns, load_source_at(load, i)->next_hr_ns);
    }
    struct itimerspec when = { 0 }; /* all zero: disarmed */
    if (next_hr_ns != INT64_MAX) {
        /* uv_hrtime() is CLOCK_MONOTONIC; 0 would disarm */
        const int64_t at_ns = int64_max(next_hr_ns, 1);
        when.it_value.tv_sec = (time_t)(at_ns / NS_PER_SEC);
        when.it_value.tv_nsec = (long)(at_ns % NS_PER_SEC);
    }
    (void)timerfd_settime(load->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void
load_due(uv_poll_t *poll, int result, int events)
{
    struct load *load = container_of(poll, struct load, poll);
    (void)result;
    (void)events;
    uint64_t expirations = 0;
    if (read(load->timer, &expirations, sizeof(expirations)) < 0) {
        return; /* disarmed meanwhile */
    }
    /* the earliest first, so that lines keep their order among each other */
    for (uint32_t sent = 0; sent < LOAD_ARRIVALS_A_TURN && load->running; sent++) {
        struct load_source *earliest = NULL;
        for (uint32_t i = 0; i < load->sources.count; i++) {
            struct load_source *source = load_source_at(load, i);
            if (earliest == NULL || source->next_hr_ns < earliest->next_hr_ns) {
                earliest = source;
            }
        }
        if (earliest == NULL || earliest->next_hr_ns > (int64_t)uv_hrtime()) {
            break;
        }
        const int64_t meant_hr_ns = earliest->next_hr_ns;
        earliest->next_hr_ns += load_gap_ns(earliest);
        load_ask_make(earliest, meant_hr_ns);
    }
    load_arm(load);
}

enum status
load_open(uv_loop_t *loop, load_done_fn *done, void *context, struct load **ret_load,
          struct error *err)
{
    const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (timer < 0) {
        return error_set(err, ST_IO, "no timer for the load generator");
    }
    struct load *load = memory_alloc_zero(1, sizeof(*load));
    if (uv_poll_init(loop, &load->poll, timer) < 0) {
        (void)close(timer);
        memory_free(load);
        return error_set(err, ST_IO, "the loop does not take a timer for the load generator");
    }
    load->loop = loop;
    load->timer = timer;
    load->done = done;
    load->context = context;
    load->client = load_client_open(loop, load_answered, load);
    load->parts_open = 2;
    vec_init(&load->sources, sizeof(struct load_source *));
    (void)uv_poll_start(&load->poll, UV_READABLE, load_due);
    *ret_load = load;
    return ST_OK;
}

void
load_set_rate(struct load *load, uint32_t line, int64_t rate_microhertz)
{
    ASSERT(rate_microhertz >= 0);
    struct load_source *source = load_source_at(load, line);
    if (source->closed) {
        source->rate_microhertz = rate_microhertz;
        load_clients_adjust(source);
        return;
    }
    source->rate_microhertz = rate_microhertz;
    source->gap_carry_ns = 0;
    source->gap_rest = 0;
    if (load->running) {
        source->next_hr_ns =
            rate_microhertz > 0 ? (int64_t)uv_hrtime() + load_gap_ns(source) : INT64_MAX;
        load_arm(load);
    }
}

void
load_start(struct load *load)
{
    load->running = true;
    for (uint32_t i = 0; i < load->sources.count; i++) {
        load_set_rate(load, i, load_source_at(load, i)->rate_microhertz);
    }
}

void
load_stop(struct load *load)
{
    load->running = false;
    for (uint32_t i = 0; i < load->sources.count; i++) {
        load_source_at(load, i)->next_hr_ns = INT64_MAX;
        load_clients_adjust(load_source_at(load, i));
    }
    load_arm(load);
}

void
load_set_clients(struct load *load, uint32_t line, uint32_t clients)
{
    struct load_source *source = load_source_at(load, line);
    ASSERT(source->closed);
    source->clients = clients;
    load_clients_adjust(source);
}

uint32_t
load_in_flight(const struct load *load)
{
    return load->asks_open + load_client_in_flight(load->client);
}

struct load_counts
load_counts(const struct load *load)
{
    return *load_client_counts(load->client);
}

void
load_part_closed(struct load *load)
{
    load->parts_open--;
    if (load->parts_open > 0) {
        return;
    }
    load_closed_fn *closed = load->closed;
    void *context = load->closed_context;
    for (uint32_t i = 0; i < load->sources.count; i++) {
        struct load_source *source = load_source_at(load, i);
        load_source_free(source);
    }
    vec_fini(&load->sources);
    (void)close(load->timer);
    memory_free(load);
    closed(context);
}

static void
load_poll_closed(uv_handle_t *handle)
{
    load_part_closed(container_of(handle, struct load, poll));
}

static void
load_client_closed(void *context)
{
    load_part_closed(context);
}

void
load_close(struct load *load, load_closed_fn *closed, void *context)
{
    load_stop(load);
    load->closed = closed;
    load->closed_context = context;
    uv_close((uv_handle_t *)&load->poll, load_poll_closed);
    load_asks_close(load);
    load_client_close(load->client, load_client_closed, load);
}
