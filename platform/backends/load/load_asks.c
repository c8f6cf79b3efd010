/* platform/backends/load/load_asks.c - requests that are tried again, and clients that wait. */
#include "platform/backends/load/load_inner.h"

#include <stdio.h>
#include <string.h>

#include "platform/base/memory.h"

#define ASKS_PPM INT64_C(1000000)

enum { ASKS_BUDGET_MAX = 100 /* retries saved up; as in the simulator */ };

/* libuv counts in whole milliseconds: the nearest. */
static uint64_t
ask_ms(int64_t ns)
{
    return (uint64_t)((int64_min(ns, DIST_NS_MAX) + NS_PER_MS / 2) / NS_PER_MS);
}

static struct load_ask *
ask_take(struct load_source *source)
{
    struct load *load = source->load;
    struct load_ask *ask = load->asks_free;
    if (ask != NULL) {
        load->asks_free = ask->next_free;
    } else {
        ask = memory_alloc_zero(1, sizeof(*ask));
        (void)uv_timer_init(load->loop, &ask->timer);
        load->parts_open++;
        ask->next = load->asks;
        load->asks = ask;
    }
    ask->source = source;
    ask->asking = false;
    return ask;
}

static void
ask_release(struct load_ask *ask)
{
    struct load *load = ask->source->load;
    (void)uv_timer_stop(&ask->timer);
    ask->source = NULL;
    ask->next_free = load->asks_free;
    load->asks_free = ask;
}

/* --- one request --- */

static void
ask_try(struct load_ask *ask)
{
    struct load_source *source = ask->source;
    const struct load_target *target = &source->targets[ask->number > 0 ? ask->number - 1 : 0];
    ask->tries++;
    /* each try waits as long as the first: its own time counts from now */
    const int64_t from_hr_ns = ask->tries == 1 ? ask->meant_hr_ns : (int64_t)uv_hrtime();
    load_client_send_as(source->load->client, target, from_hr_ns, ask,
                        ask->session > 0 ? source->cookies[ask->session - 1] : "");
}

static void
ask_begin(struct load_ask *ask, int64_t meant_hr_ns)
{
    struct load_source *source = ask->source;
    ask->meant_hr_ns = meant_hr_ns;
    ask->tries = 0;
    ask->asking = true;
    ask->number = 0;
    if (source->classes_count > 0) {
        const uint32_t draw = rng_below(&source->rng_draws, (uint32_t)ASKS_PPM);
        while (draw >= source->below_ppm[ask->number]) {
            ask->number++;
        }
        ask->number++;
    }
    ask->session =
        source->sessions > 0 ? 1 + rng_below(&source->rng_draws, source->sessions) : 0;
    source->budget_tokens = int64_min(source->budget_tokens + source->retries.budget_ppm,
                                      ASKS_BUDGET_MAX * ASKS_PPM);
    ask_try(ask);
}

void
load_ask_make(struct load_source *source, int64_t meant_hr_ns)
{
    if (source->plain) {
        load_client_send(source->load->client, &source->targets[0], meant_hr_ns);
    } else {
        ask_begin(ask_take(source), meant_hr_ns);
    }
}

/* --- clients that think --- */

static void
ask_thought(uv_timer_t *timer)
{
    ask_begin(container_of(timer, struct load_ask, timer), (int64_t)uv_hrtime());
}

static void
ask_think(struct load_ask *ask)
{
    const uint64_t think_ms =
        ask_ms(dist_draw_ns(&ask->source->think, &ask->source->rng_draws));
    uv_update_time(ask->source->load->loop);
    (void)uv_timer_start(&ask->timer, ask_thought, think_ms, 0);
}

static uint32_t
source_clients_wanted(const struct load_source *source)
{
    return source->load->running && source->rate_microhertz > 0 ? source->clients : 0;
}

/* Those that think end at once; those that ask when they have their answer. */
void
load_clients_adjust(struct load_source *source)
{
    const uint32_t wanted = source->closed ? source_clients_wanted(source) : 0;
    struct load_ask *ask = source->load->asks;
    for (; ask != NULL && source->clients_now > wanted; ask = ask->next) {
        if (ask->source == source && !ask->asking) {
            ask_release(ask);
            source->clients_now--;
        }
    }
    while (source->clients_now < wanted) {
        source->clients_now++;
        ask_think(ask_take(source));
    }
}

/* --- the end of a try --- */

static bool
ask_may_retry(struct load_source *source, const struct load_ask *ask,
              const struct load_result *result)
{
    const bool final = result->http_status != 0 && result->http_status < 500;
    if (final || !source->load->running || ask->tries > source->retries.max) {
        return false;
    }
    if (source->retries.budget_ppm > 0) {
        if (source->budget_tokens < ASKS_PPM) {
            return false;
        }
        source->budget_tokens -= ASKS_PPM;
    }
    return true;
}

static void
ask_again(uv_timer_t *timer)
{
    struct load_ask *ask = container_of(timer, struct load_ask, timer);
    ask->source->load->asks_open--;
    ask_try(ask);
}

static void
ask_back_off(struct load_ask *ask)
{
    struct load_source *source = ask->source;
    const struct load_retries *retries = &source->retries;
    double wait_ns = (double)retries->backoff_ns;
    for (uint32_t i = 1; i < ask->tries && wait_ns < (double)retries->backoff_max_ns; i++) {
        wait_ns *= retries->factor;
    }
    wait_ns = wait_ns < (double)retries->backoff_max_ns ? wait_ns
                                                        : (double)retries->backoff_max_ns;
    if (retries->jitter_ppm > 0) {
        wait_ns *= 1.0 - rng_unit(&source->rng_draws) * (double)retries->jitter_ppm /
                             (double)ASKS_PPM;
    }
    source->load->asks_open++;
    uv_update_time(source->load->loop);
    (void)uv_timer_start(&ask->timer, ask_again, ask_ms((int64_t)wait_ns), 0);
}

void
load_answered(void *context, const struct load_result *result)
{
    struct load *load = context;
    struct load_ask *ask = result->note;
    struct load_result told = *result;
    told.tries = 1;
    if (ask == NULL) {
        load->done(load->context, &told);
        return;
    }
    struct load_source *source = ask->source;
    if (ask->session > 0 && result->cookie[0] != '\0') {
        (void)snprintf(source->cookies[ask->session - 1], LOAD_COOKIE_BYTES, "%s",
                       result->cookie);
    }
    if (result->outcome != LOAD_OK && ask_may_retry(source, ask, result)) {
        ask_back_off(ask);
        return;
    }
    told.number = ask->number;
    told.tries = ask->tries;
    told.meant_hr_ns = ask->meant_hr_ns;
    told.latency_ns = (int64_t)uv_hrtime() - ask->meant_hr_ns;
    ask->asking = false;
    if (!source->closed) {
        ask_release(ask);
    } else if (source->clients_now > source_clients_wanted(source)) {
        ask_release(ask);
        source->clients_now--;
    } else {
        ask_think(ask);
    }
    load->done(load->context, &told);
}

static void
ask_closed(uv_handle_t *handle)
{
    struct load_ask *ask = container_of(handle, struct load_ask, timer);
    struct load *load = handle->data;
    memory_free(ask);
    load_part_closed(load);
}

void
load_asks_close(struct load *load)
{
    for (struct load_ask *ask = load->asks; ask != NULL;) {
        struct load_ask *next = ask->next;
        ask->timer.data = load;
        uv_close((uv_handle_t *)&ask->timer, ask_closed);
        ask = next;
    }
    load->asks = NULL;
    load->asks_free = NULL;
}
