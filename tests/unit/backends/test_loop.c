/*
 * tests/unit/backends/test_loop.c
 *
 * Goal:   the real clock, net, random and journal ports keep the words of platform/env/, and a
 * process that dies is never called again. Method: a real loop; delays of some milliseconds, judged
 * by lower bounds only.
 */
#include <signal.h>
#include <string.h>

#include "platform/base/memory.h"
#include "tests/unit/backends/loop_bed.h"

Test(loop, a_peer_that_closed_its_end_does_not_end_the_process, .timeout = 20)
{
    struct loop_bed bed;
    (void)signal(SIGPIPE, SIG_DFL);
    loop_bed_open(&bed);
    struct sigaction action = { 0 };
    cr_assert(sigaction(SIGPIPE, NULL, &action) == 0);
    cr_assert(action.sa_handler == SIG_IGN);
    loop_bed_close(&bed);
}

/* --- clock --- */

struct alarm {
    struct env_timer timer;
    struct env_clock *clock;
    uint32_t count;
    int64_t at_ns;
    uint32_t again; /* starts itself so often */
};

static void
alarm_fire(struct env_timer *timer)
{
    struct alarm *alarm = container_of(timer, struct alarm, timer);
    alarm->count++;
    alarm->at_ns = env_clock_now(alarm->clock);
    cr_assert(alarm->at_ns >= timer->due_at_ns || timer->period_ns > 0, "a timer came early");
    if (alarm->again > 0) {
        alarm->again--;
        env_timer_start(alarm->clock, timer, MS(1));
    }
}

static struct alarm
alarm_of(struct loop_bed *bed)
{
    struct alarm alarm = {.clock = bed->process->env.clock};
    env_timer_init(&alarm.timer, alarm_fire);
    return alarm;
}

static bool
alarm_rang(void *context)
{
    return ((const struct alarm *)context)->count > 0;
}

Test(loop_clock, a_timer_fires_once_and_not_early, .timeout = 20)
{
    struct loop_bed bed;
    loop_bed_open(&bed);
    struct alarm alarm = alarm_of(&bed);
    const int64_t from_ns = env_clock_now(alarm.clock);
    env_timer_start(alarm.clock, &alarm.timer, MS(5));
    cr_assert(alarm.count == 0 && alarm.timer.armed);
    cr_assert(real_loop_run_until(bed.loop, alarm_rang, &alarm, SEC(10)));
    cr_assert(alarm.at_ns - from_ns >= MS(5));
    cr_assert(!alarm.timer.armed);
    loop_bed_run_for(&bed, MS(20));
    cr_assert(alarm.count == 1);
    loop_bed_close(&bed);
}

Test(loop_clock, a_started_timer_is_moved_by_another_start, .timeout = 20)
{
    struct loop_bed bed;
    loop_bed_open(&bed);
    struct alarm alarm = alarm_of(&bed);
    const int64_t from_ns = env_clock_now(alarm.clock);
    env_timer_start(alarm.clock, &alarm.timer, 0);
    env_timer_start(alarm.clock, &alarm.timer, MS(30));
    cr_assert(real_loop_run_until(bed.loop, alarm_rang, &alarm, SEC(10)));
    cr_assert(alarm.at_ns - from_ns >= MS(30));
    loop_bed_run_for(&bed, MS(10));
    cr_assert(alarm.count == 1);
    loop_bed_close(&bed);
}

Test(loop_clock, a_cancelled_timer_does_not_fire, .timeout = 20)
{
    struct loop_bed bed;
    loop_bed_open(&bed);
    struct alarm alarm = alarm_of(&bed);
    env_timer_start(alarm.clock, &alarm.timer, MS(1));
    env_timer_cancel(alarm.clock, &alarm.timer);
    loop_bed_run_for(&bed, MS(20));
    cr_assert(alarm.count == 0);
    loop_bed_close(&bed);
}

Test(loop_clock, a_timer_may_start_itself_again, .timeout = 20)
{
    struct loop_bed bed;
    loop_bed_open(&bed);
    struct alarm alarm = alarm_of(&bed);
    alarm.again = 3;
    env_timer_start(alarm.clock, &alarm.timer, 0);
    loop_bed_run_for(&bed, MS(100));
    cr_assert(alarm.count == 4);
    loop_bed_close(&bed);
}

Test(loop_clock, a_periodic_timer_goes_on_until_it_is_cancelled, .timeout = 20)
{
    struct loop_bed bed;
    loop_bed_open(&bed);
    struct alarm alarm = alarm_of(&bed);
    env_timer_every(alarm.clock, &alarm.timer, MS(1), MS(5));
    loop_bed_run_for(&bed, MS(200));
    cr_assert(alarm.count >= 3 && alarm.count <= 41, "%u", alarm.count);
    env_timer_cancel(alarm.clock, &alarm.timer);
    const uint32_t count = alarm.count;
    loop_bed_run_for(&bed, MS(20));
    cr_assert(alarm.count == count);
    loop_bed_close(&bed);
}

/* The timer is in memory that is gone by the time it would fire: the sanitizer would say so. */
Test(loop_clock, the_timers_of_a_dead_process_do_not_fire, .timeout = 20)
{
    struct loop_bed bed;
    loop_bed_open(&bed);
    struct alarm *alarm = memory_alloc(sizeof *alarm);
    *alarm = alarm_of(&bed);
    env_timer_start(alarm->clock, &alarm->timer, MS(1));
    memory_free(alarm);
    real_process_close(bed.process);
    bed.process = NULL;
    loop_bed_run_for(&bed, MS(20));
    loop_bed_close(&bed);
}

/* --- net --- */

struct word {
    uint64_t number;
    char text[8];
};

static const struct record_field word_fields[] = {
    RECORD_FIELD(struct word, RECORD_U64, number),
    RECORD_STRING(struct word, text),
};

static const struct record_type word_type = {
    .name = "word",
    .id = 900,
    .bytes = sizeof(struct word),
    .fields = word_fields,
    .fields_count = COUNT_OF(word_fields),
    .tail_len_offset = RECORD_NO_TAIL,
};

struct inbox {
    struct env_receiver receiver;
    uint32_t count;
    uint64_t sum;
    env_address from;
    struct real_process *dies; /* closed at the first message */
};

static void
inbox_receive(struct env_receiver *receiver, env_address from, const struct record_type *type,
              const void *record)
{
    struct inbox *inbox = container_of(receiver, struct inbox, receiver);
    const struct word *word = record;
    cr_assert(type == &word_type && strcmp(word->text, "hi") == 0);
    inbox->count++;
    inbox->sum = inbox->sum * 10 + word->number;
    inbox->from = from;
    if (inbox->dies != NULL) {
        real_process_close(inbox->dies);
    }
}

static void
say(struct real_process *from, env_address to, uint64_t number)
{
    struct word word = {.number = number, .text = "hi"};
    env_net_send(from->env.net, to, &word_type, &word);
    memset(&word, 0xEE, sizeof word); /* it was encoded at the call */
}

Test(loop_net, messages_arrive_in_order_and_on_a_later_turn, .timeout = 20)
{
    struct loop_bed bed;
    loop_bed_open(&bed);
    const env_address to = env_address_of(ENV_PROCESS_MASTER, 0);
    struct real_process *master = real_process_open(bed.loop, to);
    struct inbox inbox = {.receiver.receive = inbox_receive};
    env_net_listen(master->env.net, &inbox.receiver);
    say(bed.process, to, 1);
    say(bed.process, to, 2);
    say(bed.process, to, 3);
    cr_assert(inbox.count == 0);
    loop_bed_run_for(&bed, MS(5));
    cr_assert(inbox.sum == 123);
    cr_assert(inbox.from == bed.process->address);
    real_process_close(master);
    loop_bed_close(&bed);
}

Test(loop_net, nobody_and_the_dead_get_nothing, .timeout = 20)
{
    struct loop_bed bed;
    loop_bed_open(&bed);
    const env_address to = env_address_of(ENV_PROCESS_MASTER, 0);
    struct real_process *master = real_process_open(bed.loop, to);
    struct inbox inbox = {.receiver.receive = inbox_receive};
    say(bed.process, to, 1); /* it does not listen */
    loop_bed_run_for(&bed, MS(5));
    env_net_listen(master->env.net, &inbox.receiver);
    say(bed.process, to, 2);
    real_process_close(master);
    loop_bed_run_for(&bed, MS(5));
    cr_assert(inbox.count == 0);
    loop_bed_close(&bed);
}

Test(loop_net, a_process_may_die_of_a_message, .timeout = 20)
{
    struct loop_bed bed;
    loop_bed_open(&bed);
    const env_address to = env_address_of(ENV_PROCESS_MASTER, 0);
    struct real_process *master = real_process_open(bed.loop, to);
    struct inbox inbox = {.receiver.receive = inbox_receive, .dies = master};
    env_net_listen(master->env.net, &inbox.receiver);
    say(bed.process, to, 1);
    say(bed.process, to, 2);
    loop_bed_run_for(&bed, MS(5));
    cr_assert(inbox.count == 1);
    loop_bed_close(&bed);
}

static bool
nobody_reaches(void *context, env_address from, env_address to)
{
    (void)context;
    (void)from;
    (void)to;
    return false;
}

Test(loop_net, a_partition_keeps_messages_away, .timeout = 20)
{
    const struct real_loop_options options = {.reaches = nobody_reaches};
    struct error err;
    struct loop_bed bed;
    cr_assert(real_loop_open(&options, &bed.loop, &err) == ST_OK);
    bed.process = real_process_open(bed.loop, env_address_of(ENV_PROCESS_AGENT, 0));
    struct inbox inbox = {.receiver.receive = inbox_receive};
    env_net_listen(bed.process->env.net, &inbox.receiver);
    say(bed.process, bed.process->address, 1);
    loop_bed_run_for(&bed, MS(5));
    cr_assert(inbox.count == 0);
    loop_bed_close(&bed);
}

/* --- the others --- */

Test(loop_random, a_given_seed_decides_every_stream, .timeout = 20)
{
    struct loop_bed one;
    struct loop_bed two;
    struct rng a;
    struct rng b;
    struct rng other;
    loop_bed_open(&one);
    loop_bed_open(&two);
    env_random_stream(one.process->env.random, "name", &a);
    env_random_stream(two.process->env.random, "name", &b);
    env_random_stream(two.process->env.random, "other", &other);
    const uint64_t first = rng_u64(&a);
    cr_assert(first == rng_u64(&b));
    cr_assert(first != rng_u64(&other));
    loop_bed_close(&one);
    loop_bed_close(&two);
}

struct answered {
    struct env_cloud_resize resize;
    struct env_cloud_instances instances;
    uint32_t rows_count;
};

static void
answered_done(struct env_op *op)
{
    (void)op;
}

static void
answered_row(struct env_cloud_instances *instances, const struct instance_info *info)
{
    cr_assert(info->id == 5);
    container_of(instances, struct answered, instances)->rows_count++;
}

Test(loop_cloud, this_machine_is_listed_and_cannot_be_resized, .timeout = 20)
{
    static const struct instance_info machine = {
        .id = 5, .state = INSTANCE_RUNNING, .group = "here", .type = "", .zone = ""};
    const struct real_loop_options options = {.instances = &machine, .instances_count = 1};
    struct error err;
    struct loop_bed bed;
    cr_assert(real_loop_open(&options, &bed.loop, &err) == ST_OK);
    bed.process = real_process_open(bed.loop, env_address_of(ENV_PROCESS_MASTER, 0));
    struct answered answered = {
        .resize = {.op.done = answered_done, .group = "here", .count = 2},
        .instances = {.op.done = answered_done, .group = "here", .row = answered_row},
    };
    cr_assert(bed.process->env.cloud->ops->fixed, "who asks for another image is told at once");
    env_cloud_resize(bed.process->env.cloud, &answered.resize);
    env_cloud_instances(bed.process->env.cloud, &answered.instances);
    cr_assert(env_op_is_pending(&answered.resize.op));
    loop_bed_run_for(&bed, MS(5));
    cr_assert(answered.resize.op.status == ST_UNSUPPORTED);
    cr_assert(!env_op_is_pending(&answered.instances.op) && answered.rows_count == 1);

    env_cloud_resize(bed.process->env.cloud, &answered.resize);
    env_cloud_instances(bed.process->env.cloud, &answered.instances);
    loop_bed_close(&bed);
    cr_assert(env_op_is_pending(&answered.resize.op), "a dead process was answered");
}

static bool
always(void *context)
{
    (void)context;
    return true;
}

Test(loop, a_run_ends_at_its_bound_or_its_condition, .timeout = 20)
{
    struct loop_bed bed;
    loop_bed_open(&bed);
    cr_assert(real_loop_run_until(bed.loop, always, NULL, 0));
    const int64_t from_ns = real_loop_now(bed.loop);
    loop_bed_run_for(&bed, MS(10));
    cr_assert(real_loop_now(bed.loop) - from_ns >= MS(9));
    loop_bed_close(&bed);
}
