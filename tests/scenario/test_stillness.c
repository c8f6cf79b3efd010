/*
 * tests/scenario/test_stillness.c
 *
 * Goal:   where events make events at one instant for ever, the run ends all the same, with a
 *         sentence; and who has had enough meanwhile is heard.
 * Method: the smallest scenario's world with a timer that starts itself again at once.
 */
#include <criterion/criterion.h>

#include "tests/scenario/play.h"

static const struct play_options hello = { .file = "scenarios/smoke/hello.json" };
static struct env_clock         *endless_clock;

static void
fire_again(struct env_timer *timer)
{
    env_timer_start(endless_clock, timer, 0);
}

static struct play *
play_endless(struct env_timer *timer)
{
    struct play *play = play_open(&hello);
    endless_clock = play->world->run.env->clock;
    env_timer_init(timer, fire_again);
    env_timer_start(endless_clock, timer, SEC(30));
    return play;
}

static bool
has_had_enough(void *context)
{
    (void)context;
    return true;
}

Test(stillness, ends_with_an_error)
{
    struct env_timer timer;
    struct play     *play = play_endless(&timer);
    play->world->still_looks_max = 2;
    play_run(play);
    cr_expect_eq(play->results->outcome, OUTCOME_ERROR);
    cr_expect_str_eq(play->results->error, "time stands still: more than 131072 events at one "
                                           "instant (a fault of the program: please report it)");
    cr_expect_eq(play->world->now_ns - play->scenario->start_at_ns, SEC(30));
    play_close(play);
}

Test(stillness, hears_who_has_had_enough)
{
    struct env_timer timer;
    struct play     *play = play_endless(&timer);
    cr_assert(play_until(play, SEC(29)));
    play->world->interrupted = has_had_enough;
    play_run(play);
    cr_expect_eq(play->results->outcome, OUTCOME_ERROR);
    cr_expect_str_eq(play->results->error, "stopped before its end");
    play_close(play);
}

/* However many events there are at one instant, if there is an end to them. */
Test(stillness, is_no_matter_of_one_instant)
{
    struct env_timer timer;
    struct play     *play = play_endless(&timer);
    play->world->still_looks_max = 100;
    cr_assert(play_until(play, SEC(30)));
    uint32_t turns = 0;
    while (turns < 1000000 && world_turn(play->world)) {
        turns++;
    }
    cr_expect_eq(turns, 1000000);
    env_timer_cancel(endless_clock, &timer);
    play_run(play);
    play_expect_passed(play);
    play_close(play);
}
