/* fakes/clock/clock.c - the clock port of a simulated process. */
#include "fakes/clock/clock.h"

static struct fake_clock *
fake_clock_of(struct env_clock *port)
{
    return container_of(port, struct fake_clock, port);
}

static int64_t
fake_clock_now(struct env_clock *port)
{
    return world_now(fake_clock_of(port)->world);
}

static void fake_clock_fire(struct world *world, void *context, uint64_t argument);

static void
fake_clock_armed(struct fake_clock *clock, struct env_timer *timer, world_event event)
{
    timer->slot = (uint32_t)(event >> 32);
    timer->generation = (uint32_t)event;
    timer->impl = clock;
    timer->armed = true;
}

static void
fake_clock_arm(struct fake_clock *clock, struct env_timer *timer)
{
    fake_clock_armed(clock, timer,
                     world_at(clock->world, timer->due_at_ns, WORLD_CLASS_TIMER, clock->process,
                              fake_clock_fire, timer, (uint64_t)(uintptr_t)timer->near));
}

/* It has fired, so its next turn is a period from now. */
static void
fake_clock_arm_again(struct fake_clock *clock, struct env_timer *timer)
{
    timer->due_at_ns += timer->period_ns;
    fake_clock_armed(clock, timer,
                     world_after(clock->world, timer->period_ns, WORLD_CLASS_TIMER, clock->process,
                                 fake_clock_fire, timer, (uint64_t)(uintptr_t)timer->near));
}

static void
fake_clock_fire(struct world *world, void *context, uint64_t argument)
{
    (void)world;
    (void)argument;
    struct env_timer *timer = context;
    timer->armed = false;
    if (timer->period_ns > 0) {
        fake_clock_arm_again(timer->impl, timer);
    }
    timer->fire(timer);
}

static void
fake_clock_cancel(struct env_clock *port, struct env_timer *timer)
{
    world_cancel(fake_clock_of(port)->world, (uint64_t)timer->slot << 32 | timer->generation);
    timer->armed = false;
}

static void
fake_clock_start(struct env_clock *port, struct env_timer *timer, int64_t delay_ns,
                 int64_t period_ns)
{
    struct fake_clock *clock = fake_clock_of(port);
    if (timer->armed) {
        fake_clock_cancel(port, timer);
    }
    timer->due_at_ns = world_now(clock->world) + delay_ns;
    timer->period_ns = period_ns;
    fake_clock_arm(clock, timer);
}

static const struct env_clock_ops fake_clock_ops = {
    .name = "fake",
    .now = fake_clock_now,
    .start = fake_clock_start,
    .cancel = fake_clock_cancel,
};

void
fake_clock_init(struct fake_clock *clock, struct world *world, struct world_process *process)
{
    *clock = (struct fake_clock){ .port.ops = &fake_clock_ops, .world = world, .process = process };
}
