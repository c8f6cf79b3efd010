/*
 * platform/backends/haproxy/haproxy_machine.h - private: the state that haproxy*.c share.
 *
 * One thing happens at a time: starting, an apply, or a cleaning of servers that have left. Each is
 * a chain of answers (of the command line, of `haproxy -c`, of timers); `busy` says which is on.
 *
 * apply:  render -> [shape changed: check -> reload -> wait for the new worker]
 *         -> compare servers and command until equal -> wait out the old worker's idle connections.
 */
#ifndef PLATFORM_BACKENDS_HAPROXY_HAPROXY_MACHINE_H
#define PLATFORM_BACKENDS_HAPROXY_HAPROXY_MACHINE_H

#include "platform/backends/haproxy/haproxy.h"
#include "platform/backends/haproxy/haproxy_child.h"
#include "platform/backends/haproxy/haproxy_cli.h"
#include "platform/backends/haproxy/haproxy_generation.h"
#include "platform/backends/haproxy/haproxy_render.h"
#include "platform/backends/haproxy/haproxy_state.h"
#include "platform/backends/haproxy/haproxy_tally.h"
#include "platform/backends/haproxy/haproxy_totals.h"
#include "platform/backends/loop/loop.h"

enum haproxy_busy { HAPROXY_STARTING, HAPROXY_IDLE, HAPROXY_APPLYING, HAPROXY_CLEANING };

enum {
    HAPROXY_POLL_MS = 10,
    HAPROXY_CLEAN_MS = 250,
    HAPROXY_START_MS = 10000,  /* the longest wait for an answer after a start or reload */
    HAPROXY_RESTART_MS_MIN = 100,
    HAPROXY_RESTART_MS_MAX = 5000,
    HAPROXY_SYNC_ROUNDS_MAX = 3,
    /* after a reload the old worker may still serve one more request on each connection that was
     * idle then, for as long as `timeout http-keep-alive` */
    HAPROXY_OLD_IDLE_MS = 1200
};

/* An answer that could not be given before the call returned. */
struct haproxy_late {
    struct env_op *op; /* borrowed */
    enum status    status;
    struct error   message;
};

/* Questions about open requests and what has been done: asked of every worker at once. Those that
 * come while others are being asked wait for the next round, since they want newer numbers. */
struct haproxy_questions {
    struct vec opens;      /* struct env_proxy_open *, being asked */
    struct vec opens_next; /* struct env_proxy_open * */
    struct vec stats;      /* struct env_proxy_stats * */
    struct vec stats_next; /* struct env_proxy_stats * */
    struct vec rows;       /* struct haproxy_row, of all workers */
    struct vec rows_of_one;
    int64_t    pids[HAPROXY_OLD_WORKERS_MAX + 1]; /* asked, in this order */
    uint32_t   pids_count;
    uint32_t   answered_count;
    bool       asking;
    bool       failed;
    void (*last_done)(struct haproxy *haproxy);
    struct haproxy_totals totals;
};

struct haproxy {
    struct env_proxy      port; /* first */
    uv_loop_t            *loop; /* borrowed */
    struct haproxy_paths  paths;
    struct haproxy_child  child;
    struct haproxy_cli   *cli; /* owned */
    struct haproxy_tally *tally; /* owned */
    char                 *binary; /* owned */
    uint16_t              ports[HAPROXY_PORTS_TAKEN]; /* HTTP, HTTPS, inside, statistics */
    haproxy_closed_fn    *closed;
    void                 *closed_context;
    uint32_t              parts_open; /* what still has to close */
    bool                  closing;
    bool                  spawned; /* a child runs or its end has not been told yet */
    struct real_item      drop_item;
    bool                  drop_item_linked;

    /* what goes on */
    enum haproxy_busy busy;
    uv_timer_t        step_timer; /* the chain's next step */
    void (*step)(struct haproxy *haproxy);
    uint64_t          step_deadline_ms;
    uv_timer_t        clean_timer;
    uv_timer_t        late_timer;
    uint32_t          restart_ms; /* the next delay */
    struct error      why;        /* the newest reason for not being up */
    struct vec        late; /* struct haproxy_late */

    /* generations */
    uint64_t                  newest;  /* the highest number asked for */
    struct haproxy_generation in_force;
    struct haproxy_generation work; /* being applied */
    struct haproxy_generation next; /* waits for its turn */
    struct env_proxy_apply   *work_op; /* borrowed; NULL: none, or its process has died */
    struct env_proxy_apply   *next_op;
    bool                      next_waits;

    /* what the child has loaded */
    struct haproxy_rendered rendered;
    struct strbuf           loaded_shape;
    uint8_t                *ports_ours; /* owned: a bit a port that it has listened on */
    struct haproxy_workers  workers;
    int64_t                 worker_pid;
    uint64_t                reloaded_at_ms;
    uint32_t                reloads_count;
    bool                    reloaded_for_this;
    uint32_t                sync_rounds;

    /* an exchange of commands: batches, then the servers' state */
    struct strbuf commands;
    size_t        commands_at;
    void (*commands_done)(struct haproxy *haproxy, enum status status);
    struct vec    rows; /* struct haproxy_row */
    struct strbuf shares; /* the current worker's map, as it answers */

    /* `haproxy -c` */
    struct haproxy_check *check; /* owned while it runs */

    struct haproxy_questions questions;
};

/* haproxy.c */
void haproxy_late_answer(struct haproxy *haproxy, struct env_op *op, enum status status,
                         const char *message);
void haproxy_step_in(struct haproxy *haproxy, uint32_t delay_ms,
                     void (*step)(struct haproxy *haproxy));

/* haproxy_start.c */
void haproxy_start(struct haproxy *haproxy);
void haproxy_start_again(struct haproxy_child *child); /* it has ended by itself */
void haproxy_log_reason(struct haproxy *haproxy); /* why := what HAProxy's log says */
/* Writes the rendered text, and the list of certificates and the map of shares beside it. */
enum status haproxy_config_write(struct haproxy *haproxy, const char *path,
                                 struct error *err) MUST_USE;
void haproxy_config_loaded(struct haproxy *haproxy); /* it is what the child has now */

/* haproxy_apply.c */
void haproxy_apply_begin(struct haproxy *haproxy); /* when idle: the next generation, if any */
void haproxy_apply_render(struct haproxy *haproxy, const struct haproxy_generation *generation);

/* haproxy_exchange.c */
/* Sends haproxy->commands to the current worker, a batch at a time, then done(). */
void haproxy_exchange_commands(struct haproxy *haproxy,
                               void (*done)(struct haproxy *haproxy, enum status status));
/* Reads the current worker's servers into haproxy->rows. */
void haproxy_exchange_rows(struct haproxy *haproxy,
                           void (*done)(struct haproxy *haproxy, enum status status));
/* Reads the current worker's map of shares into haproxy->shares. */
void haproxy_exchange_shares(struct haproxy *haproxy,
                             void (*done)(struct haproxy *haproxy, enum status status));
void haproxy_clean_soon(struct haproxy *haproxy); /* when servers are leaving */

/* haproxy_questions.c */
void haproxy_questions_init(struct haproxy_questions *questions);
void haproxy_questions_fini(struct haproxy_questions *questions);
void haproxy_questions_ask(struct haproxy *haproxy); /* when some wait and none is on its way */
void haproxy_questions_drop(struct haproxy *haproxy);  /* nobody waits for them any more */
void haproxy_questions_fail(struct haproxy *haproxy);  /* HAProxy has died: answers them all */
/* Counts what the worker has done so far, before it is replaced; then done(). */
void haproxy_questions_last(struct haproxy *haproxy, void (*done)(struct haproxy *haproxy));

/* haproxy_check.c */
typedef void haproxy_checked_fn(struct haproxy *haproxy, bool valid, const char *output);
/* Runs `haproxy -c` on paths.next. */
void haproxy_check_start(struct haproxy *haproxy, haproxy_checked_fn *done);
void haproxy_check_drop(struct haproxy *haproxy); /* parts_open counts it until it is closed */
void haproxy_part_closed(struct haproxy *haproxy);

#endif
