/* platform/backends/loop/loop.c - the loop, the processes on it, and how a process dies. */
#include "platform/backends/loop/loop.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "platform/backends/loop/http.h"
#include "platform/base/memory.h"

void
real_scope_init(struct real_scope *scope)
{
    ring_init(&scope->items);
}

void
real_scope_drop(struct real_scope *scope)
{
    while (!ring_is_empty(&scope->items)) {
        struct real_item *item = container_of(scope->items.prev, struct real_item, link);
        ring_remove(&item->link);
        item->drop(item);
    }
}

void
real_scope_add(struct real_scope *scope, struct real_item *item,
               void (*drop)(struct real_item *item))
{
    item->drop = drop;
    ring_push(&scope->items, &item->link);
}

/* --- later --- */

static void
loop_idle(uv_idle_t *idle)
{
    struct real_loop *loop = container_of(idle, struct real_loop, idle);
    ring_push(&loop->later, &loop->turn_end);
    while (loop->later.next != &loop->turn_end) {
        struct real_later *later = container_of(loop->later.next, struct real_later, link);
        ring_remove(&later->link);
        later->run(later);
    }
    ring_remove(&loop->turn_end);
    if (ring_is_empty(&loop->later)) {
        (void)uv_idle_stop(idle);
    }
}

void
real_later_push(struct real_loop *loop, struct real_later *later,
                void (*run)(struct real_later *later))
{
    later->run = run;
    ring_push(&loop->later, &later->link);
    (void)uv_idle_start(&loop->idle, loop_idle);
}

void
real_later_cancel(struct real_later *later)
{
    ring_remove(&later->link);
}

/* --- time --- */

int64_t
real_loop_now(const struct real_loop *loop)
{
    return loop->started_at_ns + (int64_t)(uv_hrtime() - loop->started_hr_ns);
}

static void
loop_bound_fire(uv_timer_t *timer)
{
    struct real_loop *loop = container_of(timer, struct real_loop, bound);
    loop->bound_reached = true;
}

/* What is waited for may come about before the loop sleeps, in a timer of this very turn. */
static void
loop_before_sleep(uv_prepare_t *prepare)
{
    struct real_loop *loop = container_of(prepare, struct real_loop, before_sleep);
    if (loop->done(loop->done_context)) {
        uv_stop(&loop->uv);
    }
}

bool
real_loop_run_until(struct real_loop *loop, bool (*done)(void *context), void *context,
                    int64_t bound_ns)
{
    ASSERT(bound_ns >= 0);
    ASSERT(loop->done == NULL); /* not from inside itself */
    loop->done = done;
    loop->done_context = context;
    loop->bound_reached = false;
    (void)uv_prepare_start(&loop->before_sleep, loop_before_sleep);
    uv_update_time(&loop->uv);
    (void)uv_timer_start(&loop->bound, loop_bound_fire,
                         (uint64_t)((bound_ns + NS_PER_MS - 1) / NS_PER_MS), 0);
    while (!done(context) && !loop->bound_reached) {
        (void)uv_run(&loop->uv, UV_RUN_ONCE);
    }
    (void)uv_timer_stop(&loop->bound);
    (void)uv_prepare_stop(&loop->before_sleep);
    loop->done = NULL;
    return done(context);
}

/* --- birth and death --- */

enum status
real_loop_open(const struct real_loop_options *options, struct real_loop **ret_loop,
               struct error *err)
{
    uint64_t seed = options->seed;
    if (!options->seed_given && getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
        return error_set(err, ST_IO, "the system gives no random numbers: %s", strerror(errno));
    }
    struct timespec wall;
    if (clock_gettime(CLOCK_REALTIME, &wall) != 0) {
        return error_set(err, ST_IO, "the system has no clock: %s", strerror(errno));
    }
    (void)signal(SIGPIPE, SIG_IGN); /* who writes to a peer that has gone gets an error instead */
    struct real_loop *loop = memory_alloc_zero(1, sizeof *loop);
    const int code = uv_loop_init(&loop->uv);
    if (code != 0) {
        memory_free(loop);
        return error_set(err, ST_IO, "no event loop: %s", uv_strerror(code));
    }
    loop->options = *options;
    loop->seed = seed;
    loop->started_at_ns = SEC(wall.tv_sec) + wall.tv_nsec;
    loop->started_hr_ns = uv_hrtime();
    ring_init(&loop->later);
    ring_init(&loop->processes);
    ring_init(&loop->timers_free);
    (void)uv_idle_init(&loop->uv, &loop->idle);
    (void)uv_timer_init(&loop->uv, &loop->bound);
    (void)uv_prepare_init(&loop->uv, &loop->before_sleep);
    const enum status status = http_client_open(&loop->uv, loop, &loop->http, err);
    if (status != ST_OK) {
        real_loop_close(loop);
        return status;
    }
    *ret_loop = loop;
    return ST_OK;
}

void
real_loop_close(struct real_loop *loop)
{
    if (loop == NULL) {
        return;
    }
    ASSERT(ring_is_empty(&loop->processes));
    http_client_close(loop->http);
    real_clock_fini(loop);
    uv_close((uv_handle_t *)&loop->bound, NULL);
    uv_close((uv_handle_t *)&loop->before_sleep, NULL);
    /* Messages nobody can receive any more are run off here, by the idle handle. */
    while (!ring_is_empty(&loop->later)) {
        (void)uv_run(&loop->uv, UV_RUN_NOWAIT);
    }
    uv_close((uv_handle_t *)&loop->idle, NULL);
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    const int code = uv_loop_close(&loop->uv);
    ASSERT(code == 0); /* somebody did not close a handle */
    memory_free(loop);
}

struct real_process *
real_process_open(struct real_loop *loop, env_address address)
{
    ASSERT(address != 0);
    struct real_process *process = memory_alloc_zero(1, sizeof *process);
    process->loop = loop;
    process->address = address;
    real_scope_init(&process->scope);
    process->clock.ops = &real_clock_ops;
    process->random.ops = &real_random_ops;
    process->net = (struct env_net){.ops = &real_net_ops, .self = address};
    process->journal.ops = &real_journal_ops;
    process->cloud.ops = &real_cloud_ops;
    process->env = (struct env){.clock = &process->clock,
                                .random = &process->random,
                                .net = &process->net,
                                .journal = &process->journal};
    if (env_address_kind(address) == ENV_PROCESS_MASTER) {
        process->env.cloud = &process->cloud;
    }
    ring_push(&loop->processes, &process->link);
    return process;
}

void
real_process_close(struct real_process *process)
{
    if (process == NULL) {
        return;
    }
    ring_remove(&process->link);
    real_scope_drop(&process->scope);
    memory_free(process);
}

/* --- an answer that must not come before the call returns --- */

struct process_answer {
    struct real_item item;
    struct real_later later;
    struct env_op *op;
    enum status status;
    char message[sizeof(((struct error *)0)->text)];
};

static void
process_answer_run(struct real_later *later)
{
    struct process_answer *answer = container_of(later, struct process_answer, later);
    real_item_remove(&answer->item);
    env_op_complete(answer->op, answer->status, answer->message);
    memory_free(answer);
}

static void
process_answer_drop(struct real_item *item)
{
    struct process_answer *answer = container_of(item, struct process_answer, item);
    real_later_cancel(&answer->later);
    memory_free(answer);
}

void
real_process_answer(struct real_process *process, struct env_op *op, enum status status,
                    const char *message)
{
    struct process_answer *answer = memory_alloc_zero(1, sizeof *answer);
    answer->op = op;
    answer->status = status;
    (void)strncpy(answer->message, message != NULL ? message : "", sizeof answer->message - 1);
    real_scope_add(&process->scope, &answer->item, process_answer_drop);
    real_later_push(process->loop, &answer->later, process_answer_run);
}
