/* platform/backends/load/load.c - arrivals: when the next request of each line is meant for. */
#include "platform/backends/load/load.h"

#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "platform/backends/load/load_client.h"
#include "platform/base/dist.h"
#include "platform/base/memory.h"
#include "platform/base/strbuf.h"
#include "platform/base/vec.h"

#define LOAD_RATE_SCALE INT64_C(1000000000000000) /* micro-hertz times ns: one event */

enum { LOAD_ARRIVALS_A_TURN = 256 }; /* then the loop gets to read answers */

struct load_source {
    struct load_target target;
    int64_t            rate_microhertz;
    bool               poisson;
    struct rng         rng;
    int64_t            next_hr_ns;   /* INT64_MAX: none */
    double             gap_carry_ns; /* poisson: the part of a gap below 1 ns */
    int64_t            gap_rest;     /* constant: parts of rate_microhertz of 1 ns */
};

struct load {
    uv_loop_t          *loop;   /* borrowed */
    struct load_client *client; /* owned */
    struct vec          sources; /* struct load_source *, each owned: a target stays in place */
    uv_poll_t           poll;   /* on a timerfd: libuv's own timers know milliseconds only */
    int                 timer;
    bool                running;
    uint32_t            parts_open;
    load_closed_fn     *closed;
    void               *closed_context;
};

static struct load_source *
load_source_at(const struct load *load, uint32_t index)
{
    return *(struct load_source **)vec_at(&load->sources, index);
}

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
        load_client_send(load->client, &earliest->target, meant_hr_ns);
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
    load->client = load_client_open(loop, done, context);
    load->parts_open = 2;
    vec_init(&load->sources, sizeof(struct load_source *));
    (void)uv_poll_start(&load->poll, UV_READABLE, load_due);
    *ret_load = load;
    return ST_OK;
}

/* No blank and no control character: nothing that ends a word or a line of a request's head. */
static bool
load_text_is_plain(const char *text)
{
    size_t len = 0;
    for (; text[len] != '\0'; len++) {
        if (text[len] <= ' ' || text[len] == 0x7f) {
            return false;
        }
    }
    return len > 0 && len <= 1024;
}

enum status
load_add(struct load *load, const struct load_line *line, uint32_t *ret_index, struct error *err)
{
    if (!load_text_is_plain(line->host) || !load_text_is_plain(line->path) ||
        line->path[0] != '/' || (line->app != NULL && !load_text_is_plain(line->app))) {
        return error_set(err, ST_INVALID, "a line of traffic has no plain host, path or app");
    }
    if (line->port == 0 || line->rate_microhertz < 0 || line->timeout_ns <= 0) {
        return error_set(err, ST_INVALID, "a line of traffic has no port, rate or timeout");
    }
    if (load->sources.count == LOAD_LINES_MAX) {
        return error_set(err, ST_NO_CAPACITY, "more than %d lines of traffic", LOAD_LINES_MAX);
    }
    struct strbuf text = { 0 };
    strbuf_printf(&text, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: rehearse\r\nAccept: */*\r\n",
                  line->path, line->host);
    if (line->app != NULL) {
        strbuf_printf(&text, "X-Marathon-App-Id: %s\r\n", line->app);
    }
    strbuf_add(&text, line->new_connections ? "Connection: close\r\n\r\n" : "\r\n");

    struct load_source *source = memory_alloc_zero(1, sizeof(*source));
    *source = (struct load_source){
        .target = {
            .line = load->sources.count,
            .port = line->port,
            .new_connections = line->new_connections,
            .timeout_ns = line->timeout_ns,
            .text = text.text,
            .text_len = (uint32_t)text.len,
        },
        .poisson = line->poisson,
        .rng = line->rng,
        .next_hr_ns = INT64_MAX,
    };
    *ret_index = load->sources.count;
    *(struct load_source **)vec_push(&load->sources) = source;
    source->rate_microhertz = line->rate_microhertz;
    if (load->running) {
        load_set_rate(load, *ret_index, line->rate_microhertz);
    }
    return ST_OK;
}

void
load_set_rate(struct load *load, uint32_t line, int64_t rate_microhertz)
{
    ASSERT(rate_microhertz >= 0);
    struct load_source *source = load_source_at(load, line);
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
    }
    load_arm(load);
}

uint32_t
load_in_flight(const struct load *load)
{
    return load_client_in_flight(load->client);
}

struct load_counts
load_counts(const struct load *load)
{
    return *load_client_counts(load->client);
}

static void
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
        memory_free(source->target.text);
        memory_free(source);
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
    load_client_close(load->client, load_client_closed, load);
}
