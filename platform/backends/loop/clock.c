/* platform/backends/loop/clock.c - the real clock port: libuv timers behind embedded ones. */
#include "platform/backends/loop/loop.h"
#include "platform/base/memory.h"

/* A libuv handle takes a turn to close, so that it cannot live inside what the platform may free at
 * any instant: it is kept here and used again. */
struct clock_timer {
    uv_timer_t uv;
    struct real_item item; /* in the process' scope while armed */
    struct ring free_link;
    struct env_timer *timer;      /* NULL while free */
    struct real_process *process; /* while armed */
    struct real_loop *loop;
};

static env_clock_now_fn clock_now;
static env_clock_start_fn clock_start;
static env_clock_cancel_fn clock_cancel;

static struct real_process *
clock_process(struct env_clock *clock)
{
    return container_of(clock, struct real_process, clock);
}

static int64_t
clock_now(struct env_clock *clock)
{
    return real_loop_now(clock_process(clock)->loop);
}

static void
clock_timer_release(struct clock_timer *own)
{
    (void)uv_timer_stop(&own->uv);
    own->timer = NULL;
    own->process = NULL;
    ring_push(&own->loop->timers_free, &own->free_link);
}

static void
clock_timer_drop(struct real_item *item)
{
    clock_timer_release(container_of(item, struct clock_timer, item));
}

static void clock_arm(struct clock_timer *own);

static void
clock_fire(uv_timer_t *uv)
{
    struct clock_timer *own = container_of(uv, struct clock_timer, uv);
    struct env_timer *timer = own->timer;
    if (timer->period_ns > 0) {
        /* Rounds that were missed are not made up for. */
        const int64_t late_ns = real_loop_now(own->loop) - timer->due_at_ns;
        timer->due_at_ns += (int64_max(late_ns, 0) / timer->period_ns + 1) * timer->period_ns;
        clock_arm(own);
    } else {
        timer->armed = false;
        timer->impl = NULL;
        real_item_remove(&own->item);
        clock_timer_release(own);
    }
    timer->fire(timer);
}

/* libuv counts whole milliseconds of the monotonic clock: rounding the instant up to the next one
 * makes a timer fire late by less than that, and never early. */
static void
clock_arm(struct clock_timer *own)
{
    const struct real_loop *loop = own->loop;
    const int64_t due_ns =
        int64_max(own->timer->due_at_ns - loop->started_at_ns + (int64_t)loop->started_hr_ns, 0);
    const uint64_t due_ms = (uint64_t)((due_ns + NS_PER_MS - 1) / NS_PER_MS);
    const uint64_t now_ms = uv_now(&loop->uv);
    (void)uv_timer_start(&own->uv, clock_fire, due_ms > now_ms ? due_ms - now_ms : 0, 0);
}

static struct clock_timer *
clock_timer_take(struct real_loop *loop)
{
    if (!ring_is_empty(&loop->timers_free)) {
        struct clock_timer *own =
            container_of(loop->timers_free.next, struct clock_timer, free_link);
        ring_remove(&own->free_link);
        return own;
    }
    struct clock_timer *own = memory_alloc_zero(1, sizeof *own);
    own->loop = loop;
    ring_init(&own->free_link);
    (void)uv_timer_init(&loop->uv, &own->uv);
    return own;
}

static void
clock_start(struct env_clock *clock, struct env_timer *timer, int64_t delay_ns, int64_t period_ns)
{
    struct real_process *process = clock_process(clock);
    struct clock_timer *own = timer->armed ? timer->impl : NULL;
    if (own == NULL) {
        own = clock_timer_take(process->loop);
        own->timer = timer;
        own->process = process;
        real_scope_add(&process->scope, &own->item, clock_timer_drop);
    }
    ASSERT(own->timer == timer && own->process == process);
    const int64_t now_ns = real_loop_now(process->loop);
    timer->due_at_ns = delay_ns > INT64_MAX - now_ns ? INT64_MAX / 2 : now_ns + delay_ns;
    timer->period_ns = period_ns;
    timer->armed = true;
    timer->impl = own;
    clock_arm(own);
}

static void
clock_cancel(struct env_clock *clock, struct env_timer *timer)
{
    struct clock_timer *own = timer->impl;
    ASSERT(own->timer == timer && own->process == clock_process(clock));
    real_item_remove(&own->item);
    clock_timer_release(own);
    timer->armed = false;
    timer->impl = NULL;
}

static void
clock_timer_closed(uv_handle_t *handle)
{
    memory_free(container_of(handle, struct clock_timer, uv));
}

void
real_clock_fini(struct real_loop *loop)
{
    while (!ring_is_empty(&loop->timers_free)) {
        struct clock_timer *own =
            container_of(loop->timers_free.next, struct clock_timer, free_link);
        ring_remove(&own->free_link);
        uv_close((uv_handle_t *)&own->uv, clock_timer_closed);
    }
}

const struct env_clock_ops real_clock_ops = {
    .name = "uv",
    .now = clock_now,
    .start = clock_start,
    .cancel = clock_cancel,
};
