/* platform/cli/calibrate_bench.c - a container and HAProxy, started, measured and ended. */
#include "platform/cli/calibrate_bench.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "platform/backends/docker/docker.h"
#include "platform/backends/haproxy/haproxy.h"
#include "platform/backends/load/load.h"
#include "platform/backends/loop/loop.h"
#include "platform/cli/free_port.h"

#define BENCH_WAIT_NS  SEC(60)
#define BENCH_WARM_NS  SEC(1)
#define BENCH_TURN_NS  MS(200) /* the two kinds of requests take turns: both see the same machine */
#define BENCH_STEP_NS  SEC(1)

enum { BENCH_TOKEN = 1, LINE_CONTAINER = 0, LINE_PROXY = 1, LINE_CROWD = 2, LINES_COUNT = 3 };

static const char bench_host[] = "calibrate.example";

struct bench {
    const struct calibrate_options *options;
    struct calibrate_findings      *findings;
    bool (*stop)(void);
    char                    run_id[32];
    char                    dir[40];
    struct real_loop       *loop;
    struct real_process    *process;
    struct env_containers  *containers;
    struct haproxy         *haproxy;
    struct load            *load;
    uint16_t                host_port;
    uint16_t                http_port;
    bool                    counts; /* what comes now is measured */
    uint64_t                answered; /* well, by the container */
    uint64_t                crowd;
    bool                    haproxy_gone;
    bool                    load_gone;
};

/* --- turning the loop --- */

static bool
bench_is_stopped(void *context)
{
    const struct bench *bench = context;
    return bench->stop();
}

static void
bench_turn(struct bench *bench, int64_t for_ns)
{
    (void)real_loop_run_until(bench->loop, bench_is_stopped, bench, for_ns);
}

struct bench_wait {
    struct bench        *bench;
    const struct env_op *op;
};

static bool
bench_op_is_over(void *context)
{
    const struct bench_wait *wait = context;
    return !env_op_is_pending(wait->op) || wait->bench->stop();
}

static void
bench_op_done(struct env_op *op)
{
    (void)op; /* its phase tells */
}

static enum status
bench_wait(struct bench *bench, const struct env_op *op, const char *what, struct error *err)
{
    struct bench_wait wait = { .bench = bench, .op = op };
    (void)real_loop_run_until(bench->loop, bench_op_is_over, &wait, BENCH_WAIT_NS);
    if (env_op_is_pending(op)) {
        return error_set(err, ST_TIMEOUT, "%s takes too long", what);
    }
    return op->status == ST_OK ? ST_OK
                               : error_set(err, op->status, "%s: %s", what, op->message);
}

/* --- requests --- */

static void
bench_request(void *context, const struct load_result *result)
{
    struct bench *bench = context;
    const bool by_proxy = result->line == LINE_PROXY;
    const bool good = by_proxy ? result->http_status == 503 : result->outcome == LOAD_OK;
    bench->answered += good && !by_proxy ? 1 : 0;
    bench->crowd += good && result->line == LINE_CROWD ? 1 : 0;
    if (!bench->counts) {
        return;
    }
    if (!good) {
        bench->findings->failed++;
    } else if (result->line != LINE_CROWD) {
        struct vec *to = by_proxy ? &bench->findings->overheads : &bench->findings->latencies;
        *(int64_t *)vec_push(to) = result->latency_ns;
    }
}

static enum status
bench_lines(struct bench *bench, struct error *err)
{
    const struct {
        const char *host;
        int64_t     think_ns;
        uint32_t    clients;
    } lines[LINES_COUNT] = {
        [LINE_CONTAINER] = { bench_host, MS(2), 1 },
        [LINE_PROXY] = { "nobody.example", MS(2), 1 },
        [LINE_CROWD] = { bench_host, 0, 1 },
    };
    enum status status = load_open(&bench->loop->uv, bench_request, bench, &bench->load, err);
    for (uint32_t i = 0; status == ST_OK && i < LINES_COUNT; i++) {
        struct load_line line = { .host = lines[i].host,
                                  .path = bench->options->path,
                                  .port = bench->http_port,
                                  .timeout_ns = SEC(10),
                                  .closed = true,
                                  .clients = lines[i].clients,
                                  .think = { .kind = DIST_CONSTANT, .a_ns = lines[i].think_ns } };
        uint32_t index = 0;
        rng_init(&line.rng, 1, i, "arrivals");
        rng_init(&line.rng_draws, 1, i, "draws");
        status = load_add(bench->load, &line, &index, err);
    }
    return status;
}

/* --- opening and closing --- */

static enum status
bench_start_container(struct bench *bench, struct error *err)
{
    struct env_containers_pull pull = { .op.done = bench_op_done,
                                        .image = bench->options->spec.image };
    const struct container_port port = { .container_port = bench->options->container_port,
                                         .host_port = bench->host_port };
    struct container_spec spec = bench->options->spec;
    spec.token = BENCH_TOKEN;
    spec.ports = &port;
    spec.ports_count = 1;
    struct env_containers_start start = { .op.done = bench_op_done, .spec = &spec };
    env_containers_pull(bench->containers, &pull);
    enum status status = bench_wait(bench, &pull.op, "the image", err);
    if (status == ST_OK) {
        env_containers_start(bench->containers, &start);
        status = bench_wait(bench, &start.op, "the container", err);
    }
    return status;
}

static enum status
bench_route(struct bench *bench, struct error *err)
{
    static const struct env_balance_policy policy = { .name = "roundrobin",
                                                      .haproxy = "roundrobin" };
    const struct env_endpoint endpoint = { .id = BENCH_TOKEN,
                                           .ipv4 = INADDR_LOOPBACK,
                                           .port = bench->host_port,
                                           .weight = 1 };
    const struct env_service service = { .name = "calibrate", .app = "", .vhosts = bench_host,
                                         .path = "", .http = true, .external = true,
                                         .policy = &policy, .endpoints = &endpoint,
                                         .endpoints_count = 1 };
    struct env_proxy_apply apply = { .op.done = bench_op_done, .generation = 1,
                                     .services = &service, .services_count = 1 };
    env_proxy_apply(haproxy_port(bench->haproxy), &apply);
    return bench_wait(bench, &apply.op, "HAProxy", err);
}

static enum status
bench_open(struct bench *bench, struct error *err)
{
    const struct real_loop_options options = { 0 };
    (void)snprintf(bench->run_id, sizeof bench->run_id, "calibrate-%ld", (long)getpid());
    (void)snprintf(bench->dir, sizeof bench->dir, "/tmp/rehearse-calibrate-XXXXXX");
    if (mkdtemp(bench->dir) == NULL) {
        bench->dir[0] = '\0';
        return error_set(err, ST_IO, "no folder can be made in /tmp");
    }
    bench->host_port = free_port();
    bench->http_port = free_port();
    const struct docker_options docker = { .socket_path = bench->options->socket_path,
                                           .run_id = bench->run_id,
                                           .agent = "calibrate",
                                           .default_image = "rehearsal/shell:1" };
    const struct haproxy_options proxy = { .dir = bench->dir, .http_port = bench->http_port };
    enum status status = real_loop_open(&options, &bench->loop, err);
    if (status == ST_OK) {
        bench->process =
            real_process_open(bench->loop, env_address_of(ENV_PROCESS_CLIENT, 0));
        status = docker_port_open(bench->process, &docker, &bench->containers, err);
    }
    if (status == ST_OK) {
        status = haproxy_open(&bench->loop->uv, &proxy, &bench->haproxy, err);
    }
    if (status == ST_OK) {
        status = bench_lines(bench, err);
    }
    if (status == ST_OK) {
        status = bench_start_container(bench, err);
    }
    return status == ST_OK ? bench_route(bench, err) : status;
}

static void
bench_haproxy_closed(void *context)
{
    ((struct bench *)context)->haproxy_gone = true;
}

static void
bench_load_closed(void *context)
{
    ((struct bench *)context)->load_gone = true;
}

static bool
bench_is_closed(void *context)
{
    const struct bench *bench = context;
    return (bench->haproxy == NULL || bench->haproxy_gone) &&
           (bench->load == NULL || bench->load_gone);
}

static void
bench_close(struct bench *bench)
{
    struct error err = { "" };
    uint32_t removed = 0;
    if (bench->load != NULL) {
        load_close(bench->load, bench_load_closed, bench);
    }
    if (bench->haproxy != NULL) {
        haproxy_close(bench->haproxy, bench_haproxy_closed, bench);
    }
    if (bench->loop != NULL) {
        (void)real_loop_run_until(bench->loop, bench_is_closed, bench, SEC(15));
        real_process_close(bench->process);
        real_loop_close(bench->loop);
    }
    if (bench->containers != NULL &&
        docker_backend_sweep(bench->options->socket_path, bench->run_id, &removed, &err) != ST_OK) {
        (void)fprintf(stderr, "rehearse: containers of run %s may be left: %s\n", bench->run_id,
                      err.text);
    }
    if (bench->dir[0] != '\0') {
        (void)rmdir(bench->dir);
    }
}

/* --- measuring --- */

static enum status
bench_warm(struct bench *bench, struct error *err)
{
    load_start(bench->load);
    for (uint32_t line = 0; line < LINES_COUNT; line++) {
        load_set_rate(bench->load, line, 0);
    }
    load_set_rate(bench->load, LINE_CONTAINER, 1);
    const int64_t from_ns = real_loop_now(bench->loop);
    while (bench->answered == 0 && !bench->stop()) {
        if (real_loop_now(bench->loop) - from_ns > BENCH_WAIT_NS) {
            return error_set(err, ST_TIMEOUT, "the container does not answer GET %.100s with 2xx",
                             bench->options->path);
        }
        bench_turn(bench, MS(100));
    }
    bench_turn(bench, BENCH_WARM_NS);
    load_set_rate(bench->load, LINE_CONTAINER, 0);
    return ST_OK;
}

static void
bench_one_at_a_time(struct bench *bench)
{
    const int64_t from_ns = real_loop_now(bench->loop);
    while (bench->findings->latencies.count < bench->options->requests && !bench->stop() &&
           real_loop_now(bench->loop) - from_ns < bench->options->duration_ns) {
        for (uint32_t line = LINE_CONTAINER; line <= LINE_PROXY; line++) {
            load_set_rate(bench->load, line, 1);
            bench_turn(bench, MS(20)); /* both connections are warm again */
            bench->counts = true;
            bench_turn(bench, BENCH_TURN_NS);
            bench->counts = false;
            load_set_rate(bench->load, line, 0);
            bench_turn(bench, MS(20));
        }
    }
}

static void
bench_crowd(struct bench *bench)
{
    struct calibrate_findings *findings = bench->findings;
    double best_per_s = 0;
    load_set_rate(bench->load, LINE_CROWD, 1);
    for (uint32_t clients = 1; findings->steps_count < CALIBRATE_STEPS_MAX && !bench->stop();
         clients *= 2) {
        load_set_clients(bench->load, LINE_CROWD, clients);
        bench_turn(bench, BENCH_STEP_NS / 4);
        const uint64_t before = bench->crowd;
        const int64_t from_ns = real_loop_now(bench->loop);
        bench_turn(bench, BENCH_STEP_NS);
        const double for_s = (double)(real_loop_now(bench->loop) - from_ns) / (double)NS_PER_SEC;
        const double per_s = (double)(bench->crowd - before) / for_s;
        findings->steps[findings->steps_count++] =
            (struct calibrate_step){ .clients = clients, .per_s = per_s };
        if (per_s < best_per_s * 1.05) {
            break;
        }
        best_per_s = per_s;
    }
    load_set_rate(bench->load, LINE_CROWD, 0);
}

static int
bench_compare(const void *one, const void *other)
{
    const int64_t a = *(const int64_t *)one;
    const int64_t b = *(const int64_t *)other;
    return (a > b) - (a < b);
}

void
calibrate_findings_init(struct calibrate_findings *findings)
{
    *findings = (struct calibrate_findings){ 0 };
    vec_init(&findings->latencies, sizeof(int64_t));
    vec_init(&findings->overheads, sizeof(int64_t));
}

void
calibrate_findings_fini(struct calibrate_findings *findings)
{
    vec_fini(&findings->latencies);
    vec_fini(&findings->overheads);
}

enum status
calibrate_bench(const struct calibrate_options *options, bool (*stop)(void),
                struct calibrate_findings *ret_findings, struct error *err)
{
    struct bench bench = { .options = options, .findings = ret_findings, .stop = stop };
    enum status status = bench_open(&bench, err);
    if (status == ST_OK) {
        status = bench_warm(&bench, err);
    }
    if (status == ST_OK) {
        bench_one_at_a_time(&bench);
        bench_crowd(&bench);
        if (stop()) {
            status = error_set(err, ST_FAILED, "interrupted");
        } else if (ret_findings->latencies.count == 0 || ret_findings->overheads.count == 0) {
            status = error_set(err, ST_FAILED, "no request was answered");
        } else {
            struct vec *lists[] = { &ret_findings->latencies, &ret_findings->overheads };
            for (uint32_t i = 0; i < COUNT_OF(lists); i++) {
                qsort(vec_at(lists[i], 0), lists[i]->count, sizeof(int64_t), bench_compare);
            }
        }
    }
    bench_close(&bench);
    return status;
}
