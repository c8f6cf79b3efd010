/*
 * platform/backends/loop/loop.h - one thread, one libuv loop, and every process of the platform on
 * it: the real clock, random, net, journal and cloud ports.
 *
 * Calling:  real_loop_open; real_process_open for each process, whose env is then complete but for
 *           the ports of its kind (containers, store, probe, proxy: their own folders);
 *           real_loop_run_until again and again; real_process_close; real_loop_close last.
 * Death:    what a process has pending (timers, operations, answers on their way) hangs in its
 * scope. real_process_close drops all of it without a word, newest first, ports included, and
 *           nothing of that process runs again. Messages that it sent before still arrive.
 * Callbacks: code of the platform is called from the loop's own turns only, never from inside a
 * call of a library that does not stand being called again.
 */
#ifndef PLATFORM_BACKENDS_LOOP_LOOP_H
#define PLATFORM_BACKENDS_LOOP_LOOP_H

#include "platform/backends/loop/ring.h"
#include "platform/backends/loop/uv_words.h"
#include "platform/env/env.h"

struct http_client;

/* Something that goes with its process. drop() frees it and calls nobody. */
struct real_item {
    struct ring link;
    void (*drop)(struct real_item *item);
};

struct real_scope {
    struct ring items;
};

void real_scope_init(struct real_scope *scope);
void real_scope_drop(struct real_scope *scope);
void real_scope_add(struct real_scope *scope, struct real_item *item,
                    void (*drop)(struct real_item *item));

static inline void
real_item_remove(struct real_item *item)
{
    ring_remove(&item->link);
}

/* Something to do on the next turn of the loop; embedded, and taken back by real_later_cancel. */
struct real_later {
    struct ring link;
    void (*run)(struct real_later *later);
};

/* What a process wrote into its journal; texts are borrowed during the call. */
typedef void real_journal_fn(void *context, env_address process, const struct env_event *event);

/* Whether messages get from one process to another now. */
typedef bool real_reaches_fn(void *context, env_address from, env_address to);

/* All-zero: seeded by the OS, nobody listens to the journal, every process reaches every other. */
struct real_loop_options {
    bool seed_given;
    uint64_t seed;
    real_journal_fn *journal;
    void *journal_context;
    real_reaches_fn *reaches;
    void *reaches_context;
    const struct instance_info *instances; /* what the cloud port lists. Borrowed */
    uint32_t instances_count;
    bool verbose; /* journal lines go to standard error as well */
};

struct real_loop {
    uv_loop_t uv;
    struct http_client *http; /* owned */
    struct real_loop_options options;
    uint64_t seed;

    /* private */
    int64_t started_at_ns;     /* the wall clock's */
    uint64_t started_hr_ns;    /* the monotonic clock's, at the same instant */
    uv_idle_t idle;            /* keeps the loop turning while something is to be done later */
    uv_prepare_t before_sleep; /* of real_loop_run_until: the last look before the loop waits */
    uv_timer_t bound;          /* of real_loop_run_until */
    bool bound_reached;
    bool (*done)(void *context); /* of real_loop_run_until */
    void *done_context;
    struct ring later;
    struct ring turn_end; /* a mark in later: what comes behind it waits for the next turn */
    struct ring processes;
    struct ring timers_free; /* timers not in use, for the next start */
};

/* One process: its env, and the scope of what it has pending. */
struct real_process {
    struct env env;
    struct real_loop *loop; /* borrowed */
    struct real_scope scope;
    env_address address;

    /* private */
    struct ring link;
    struct env_receiver *receiver;
    struct env_clock clock;
    struct env_random random;
    struct env_net net;
    struct env_journal journal;
    struct env_cloud cloud;
};

enum status real_loop_open(const struct real_loop_options *options, struct real_loop **ret_loop,
                           struct error *err) MUST_USE;

/* Every process must be closed. Waits for what cannot be called back (a write to the disk). */
void real_loop_close(struct real_loop *loop);

/* Turns until done(context) is true; false when it still is not after bound_ns. */
bool real_loop_run_until(struct real_loop *loop, bool (*done)(void *context), void *context,
                         int64_t bound_ns);

/* The instant now: wall clock at the open, carried on by the monotonic clock. */
int64_t real_loop_now(const struct real_loop *loop);

void real_later_push(struct real_loop *loop, struct real_later *later,
                     void (*run)(struct real_later *later));
void real_later_cancel(struct real_later *later);

/* An address has one process at a time. */
struct real_process *real_process_open(struct real_loop *loop, env_address address);
void real_process_close(struct real_process *process); /* NULL is fine */

/* Answers an operation on the next turn, unless the process has died by then. message is copied. */
void real_process_answer(struct real_process *process, struct env_op *op, enum status status,
                         const char *message);

/* private to loop/: the ports of a process, made at its birth */
extern const struct env_clock_ops real_clock_ops;
extern const struct env_random_ops real_random_ops;
extern const struct env_net_ops real_net_ops;
extern const struct env_journal_ops real_journal_ops;
extern const struct env_cloud_ops real_cloud_ops;

void real_clock_fini(struct real_loop *loop); /* closes the timers not in use */

#endif
