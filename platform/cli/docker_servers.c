/*
 * platform/cli/docker_servers.c - what each container got, as HAProxy counts it, for the results.
 *
 * HAProxy is asked every second. Its latencies are means in whole milliseconds, so are those here.
 */
#include "platform/base/memory.h"
#include "platform/cli/docker_world.h"

#define SERVERS_EVERY_NS SEC(1)

enum { SERVERS_MAX = 4096 };

/* What an endpoint had done when it was last told of. */
struct servers_told {
    uint64_t requests;
    uint64_t errors;
    uint64_t failures;
};

struct docker_servers {
    struct docker_world      *world; /* borrowed */
    struct env_proxy_stats    ask;
    struct env_endpoint_stats rows[SERVERS_MAX];
    struct map64              index; /* endpoint -> index in told + 1 */
    struct vec                told;  /* struct servers_told */
    int64_t                   next_at_ns;
    int64_t                   measure_from_at_ns;
};

static struct servers_told *
servers_told_of(struct docker_servers *servers, uint64_t endpoint_id)
{
    const uint32_t known = map64_get(&servers->index, endpoint_id);
    if (known > 0) {
        return vec_at(&servers->told, known - 1);
    }
    struct servers_told *told = vec_push(&servers->told);
    map64_put(&servers->index, endpoint_id, servers->told.count);
    return told;
}

/* A worker of HAProxy's that ended took its last numbers along: then there is less than before. */
static uint64_t
servers_more(uint64_t now, uint64_t before)
{
    return now > before ? now - before : 0;
}

static void
servers_tell(struct docker_servers *servers, const struct env_endpoint_stats *row, bool measured)
{
    struct run *run = &servers->world->run;
    struct servers_told *told = servers_told_of(servers, row->endpoint_id);
    const struct result_server more = {
        .task = row->endpoint_id,
        .requests = servers_more(row->requests, told->requests),
        .errors = servers_more(row->errors, told->errors),
        .failures = servers_more(row->failures, told->failures),
        .latency_sum_ns = row->latency_mean_ns *
                          (int64_t)servers_more(row->requests - row->failures,
                                                told->requests - told->failures),
    };
    const struct book_task *task = books_task_find(&run->books, row->endpoint_id);
    *told = (struct servers_told){ .requests = row->requests, .errors = row->errors,
                                   .failures = row->failures };
    if (measured && task != NULL) {
        const char *app = ((const struct book_app *)vec_at(&run->books.apps, task->app))->id;
        run_server(run, app, app, &more);
    }
}

static void
servers_answered(struct env_op *op)
{
    struct env_proxy_stats *ask = container_of(op, struct env_proxy_stats, op);
    struct docker_servers *servers = container_of(ask, struct docker_servers, ask);
    const bool measured = run_at_ns(&servers->world->run) > servers->measure_from_at_ns;
    if (op->status != ST_OK) {
        return; /* it starts again: the next answer has what this one would have had */
    }
    for (uint32_t i = 0; i < ask->ret_count; i++) {
        servers_tell(servers, &ask->ret_stats[i], measured);
    }
}

void
docker_servers_open(struct docker_world *world)
{
    struct docker_servers *servers = memory_alloc_zero(1, sizeof *servers);
    world->servers = servers;
    servers->world = world;
    servers->ask.op.done = servers_answered;
    servers->ask.ret_stats = servers->rows;
    servers->ask.stats_max = SERVERS_MAX;
    vec_init(&servers->told, sizeof(struct servers_told));
    for (uint32_t i = 0; i < world->scenario->traffic_count; i++) {
        servers->measure_from_at_ns = int64_max(servers->measure_from_at_ns,
                                                world->scenario->traffic[i].measure_from_at_ns);
    }
}

void
docker_servers_steer(struct docker_world *world)
{
    struct docker_servers *servers = world->servers;
    const int64_t at_ns = run_at_ns(&world->run);
    if (at_ns >= servers->next_at_ns && !env_op_is_pending(&servers->ask.op)) {
        servers->next_at_ns = at_ns + SERVERS_EVERY_NS;
        env_proxy_stats(haproxy_port(world->haproxy), &servers->ask);
    }
}

void
docker_servers_close(struct docker_world *world)
{
    if (world->servers != NULL) {
        map64_fini(&world->servers->index);
        vec_fini(&world->servers->told);
        memory_free(world->servers);
        world->servers = NULL;
    }
}
