/*
 * platform/env/clock.h - the clock port: what time it is, and timers.
 *
 * Behind it: platform/backends/loop/ (libuv) and fakes/clock/.
 * Calling:   timers are embedded in their owner; start, restart and cancel are O(1) and allocate
 *            nothing. fire() never comes before the call that started it returns. A timer may be
 *            started or cancelled inside its own fire().
 * Units:     instants are ns since the Unix epoch, delays ns >= 0.
 */
#ifndef PLATFORM_ENV_CLOCK_H
#define PLATFORM_ENV_CLOCK_H

#include "platform/base/common.h"

struct env_timer;
typedef void env_timer_fire_fn(struct env_timer *timer);

struct env_timer {
    env_timer_fire_fn *fire;
    int64_t            due_at_ns; /* meaningful while armed */
    int64_t            period_ns; /* 0: once */
    bool               armed;
    uint32_t           slot;       /* private to the implementation */
    uint32_t           generation; /* private to the implementation */
    void              *impl;       /* private to the implementation */
    /* what fire() will read besides what lies around the timer: a hint, never followed; or NULL */
    const void        *near;
};

struct env_clock {
    const struct env_clock_ops *ops;
};

typedef int64_t env_clock_now_fn(struct env_clock *clock);

/* Due in delay_ns, and then each period_ns when that is > 0. An armed timer is moved. */
typedef void env_clock_start_fn(struct env_clock *clock, struct env_timer *timer, int64_t delay_ns,
                                int64_t period_ns);
typedef void env_clock_cancel_fn(struct env_clock *clock, struct env_timer *timer);

struct env_clock_ops {
    const char          *name;
    env_clock_now_fn    *now;
    env_clock_start_fn  *start;
    env_clock_cancel_fn *cancel;
};

static inline void
env_timer_init(struct env_timer *timer, env_timer_fire_fn *fire)
{
    ASSERT(fire != NULL);
    *timer = (struct env_timer){ .fire = fire };
}

static inline int64_t
env_clock_now(struct env_clock *clock)
{
    return clock->ops->now(clock);
}

static inline void
env_timer_start(struct env_clock *clock, struct env_timer *timer, int64_t delay_ns)
{
    ASSERT(timer->fire != NULL);
    ASSERT(delay_ns >= 0);
    clock->ops->start(clock, timer, delay_ns, 0);
}

static inline void
env_timer_every(struct env_clock *clock, struct env_timer *timer, int64_t delay_ns,
                int64_t period_ns)
{
    ASSERT(timer->fire != NULL);
    ASSERT(delay_ns >= 0);
    ASSERT(period_ns > 0);
    clock->ops->start(clock, timer, delay_ns, period_ns);
}

static inline void
env_timer_cancel(struct env_clock *clock, struct env_timer *timer)
{
    if (timer->armed) {
        clock->ops->cancel(clock, timer);
    }
    ASSERT(!timer->armed);
}

#endif
