/*
 * sim/recorder_servers.c - what each server of each service has done: who got how much, and which
 * one is slow.
 */
#include "sim/recorder.h"

int64_t
recorder_servers_from(const struct scenario *scenario)
{
    int64_t from_at_ns = 0;
    for (uint32_t i = 0; i < scenario->traffic_count; i++) {
        from_at_ns = int64_max(from_at_ns, scenario->traffic[i].measure_from_at_ns);
    }
    return from_at_ns;
}

static struct result_server *
servers_row(struct run *run, uint32_t service, uint64_t task)
{
    struct recorder *recorder = run->recorder;
    uint64_t         key = hash_step(hash_step(service, task), task) | 1;
    for (;;) { /* bounded by the rows that there are: each has a key of its own */
        const uint32_t row = map64_get(&recorder->servers, key);
        if (row == 0) {
            break;
        }
        struct result_server *server = vec_at(&run->results.servers, row - 1);
        if (server->service == service && server->task == task) {
            return server;
        }
        key += 2;
    }
    struct result_server *server = vec_push(&run->results.servers);
    server->service = service;
    server->task = task;
    map64_put(&recorder->servers, key, run->results.servers.count);
    return server;
}

void
run_server(struct run *run, const char *service, const char *app, const struct result_server *told)
{
    if (run->phase == RUN_OVER || run->recorder == NULL) {
        return;
    }
    const uint64_t any = told->requests | told->ejections | told->failures;
    if (any == 0) {
        return; /* a proxy that was never asked for it has nothing to tell */
    }
    struct result_server *server =
        servers_row(run, intern_id(&run->results.names, service), told->task);
    const struct book_task *task = books_task_find(&run->books, told->task);
    server->app = intern_id(&run->results.names, app);
    server->node = task != NULL ? task->node : server->node;
    server->requests += told->requests;
    server->errors += told->errors;
    server->failures += told->failures;
    server->ejections += told->ejections;
    server->latency_sum_ns += told->latency_sum_ns;
}

/* The warm-up is over: what was told so far is dropped. */
static void
servers_begin(struct env_timer *timer)
{
    struct recorder *recorder = container_of(timer, struct recorder, servers_timer);
    struct run      *run = recorder->run;
    if (run->phase == RUN_OVER) {
        return;
    }
    run->ops->tell_servers(run->world);
    vec_clear(&run->results.servers);
    map64_fini(&recorder->servers);
    recorder->servers = (struct map64){ 0 };
}

void
recorder_start_servers(struct run *run)
{
    struct recorder *recorder = run->recorder;
    const int64_t    from_at_ns = recorder_servers_from(run->scenario);
    env_timer_init(&recorder->servers_timer, servers_begin);
    if (from_at_ns > 0 && run->ops->tell_servers != NULL) {
        env_timer_start(run->env->clock, &recorder->servers_timer, from_at_ns);
    }
}
