/* fakes/probe/probe.c - the probe port of a simulated agent. */
#include "fakes/probe/probe.h"

static const struct fake_probe_options no_faults = { 0 };

/* What a question gets: how long it takes, and what it is then. Filled in and read field by field:
 * copied as a whole right after it was written, it would keep the machine waiting. */
struct probe_answer {
    enum status status;
    int64_t     delay_ns;
    int32_t     http_code;
    int32_t     exit_code;
};

static void
probe_refused(const struct fake_probe *probe, struct probe_answer *ret)
{
    const int64_t given_ns = probe->options->refused_ns;
    ret->status = ST_FAILED;
    ret->delay_ns = given_ns > 0 ? given_ns : FAKE_PROBE_REFUSED_NS;
}

static void
probe_silence(const struct env_probe_ask *ask, struct probe_answer *ret)
{
    ret->status = ST_TIMEOUT;
    ret->delay_ns = ask->timeout_ns;
}

/* What the service says; a TCP question is answered by anybody who listens. */
static void
probe_service(struct fake_probe *probe, const struct env_probe_ask *ask,
              struct world_service *service, struct probe_answer *ret)
{
    const enum world_answer said =
        service->probe(probe->world, service, ask->path != NULL ? ask->path : "/",
                       &ret->delay_ns);
    switch (said) {
    case WORLD_ANSWER_OK:
        ret->http_code = 200;
        return;
    case WORLD_ANSWER_ERROR:
        ret->http_code = 500;
        ret->exit_code = 1;
        return;
    case WORLD_ANSWER_REFUSED:
        probe_refused(probe, ret);
        return;
    case WORLD_ANSWER_NONE:
        probe_silence(ask, ret);
        return;
    }
}

static void
probe_network(struct fake_probe *probe, struct env_probe_ask *ask, struct probe_answer *ret)
{
    struct world_known known = { .service = (struct world_service *)(uintptr_t)ask->ret_near,
                                 .place = ask->impl[0],
                                 .version = ask->impl[1] };
    const enum world_connect found = world_connect_again(
        probe->world, world_process_node(probe->process), ask->ipv4, ask->port, &known);
    ask->impl[0] = known.place;
    ask->impl[1] = known.version;
    switch (found) {
    case WORLD_CONNECTED:
        ask->ret_near = known.service;
        probe_service(probe, ask, known.service, ret);
        return;
    case WORLD_REFUSED:
        probe_refused(probe, ret);
        return;
    case WORLD_UNREACHABLE:
        probe_silence(ask, ret);
        return;
    }
}

static void
probe_command(struct fake_probe *probe, struct env_probe_ask *ask, struct probe_answer *ret)
{
    if (probe->engine == NULL && ask->port > 0) {
        probe_network(probe, ask, ret);
        return;
    }
    const struct fake_container *container =
        probe->engine != NULL ? fake_engine_find(probe->engine, ask->token) : NULL;
    if (container == NULL || container->state != CONTAINER_RUNNING) {
        probe_refused(probe, ret);
        return;
    }
    const int64_t given_ns = probe->options->command_ns;
    ret->delay_ns = given_ns > 0 ? given_ns : FAKE_PROBE_COMMAND_NS;
    ret->exit_code = fake_engine_is_well(probe->engine, ask->token) ? 0 : 1;
}

static const char *
probe_message(enum status status)
{
    return status == ST_OK       ? ""
           : status == ST_FAILED ? "nobody listens there"
                                 : "no answer in time";
}

static void
probe_fire(struct world *world, void *context, uint64_t argument)
{
    struct env_probe_ask *ask = context;
    const struct fake_probe *probe = (const struct fake_probe *)(uintptr_t)argument;
    world_trace_answer(world, probe->process, "probe.ask", ask->token, ask->op.status);
    env_op_complete(&ask->op, ask->op.status, probe_message(ask->op.status));
}

static env_probe_ask_fn fake_ask;
static void
fake_ask(struct env_probe *port, struct env_probe_ask *ask)
{
    struct fake_probe *probe = container_of(port, struct fake_probe, port);
    struct world *world = probe->world;
    world_trace_call(world, probe->process, "probe.ask", ask->token, ask->port);

    struct probe_answer answer = { .status = ST_OK };
    if (ask->kind == ENV_PROBE_COMMAND) {
        probe_command(probe, ask, &answer);
    } else {
        probe_network(probe, ask, &answer);
    }
    const bool is_late = probe->options->timeout_ppm > 0 &&
                         rng_chance(&probe->rng, probe->options->timeout_ppm);
    if (is_late || answer.delay_ns >= ask->timeout_ns) {
        answer = (struct probe_answer){ 0 };
        probe_silence(ask, &answer);
    }
    ask->ret_http_code = answer.http_code;
    ask->ret_exit_code = answer.exit_code;
    ask->op.status = answer.status;
    (void)world_at(world, world_now(world) + answer.delay_ns, WORLD_CLASS_ANSWER, probe->process,
                   probe_fire, ask, (uint64_t)(uintptr_t)probe);
}

static const struct env_probe_ops fake_probe_ops = { .name = "fake", .ask = fake_ask };

void
fake_probe_init(struct fake_probe *probe, struct world *world, struct world_process *process)
{
    *probe = (struct fake_probe){ .port = { .ops = &fake_probe_ops },
                                  .world = world,
                                  .process = process,
                                  .options = &no_faults };
    world_stream(world, world_process_node(process), "probe", &probe->rng);
}

void
fake_probe_set_engine(struct fake_probe *probe, const struct fake_engine *engine)
{
    probe->engine = engine;
}

void
fake_probe_set_options(struct fake_probe *probe, const struct fake_probe_options *options)
{
    probe->options = options != NULL ? options : &no_faults;
}
