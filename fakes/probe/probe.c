/* fakes/probe/probe.c - the probe port of a simulated agent. */
#include "fakes/probe/probe.h"

static const struct fake_probe_options no_faults = { 0 };

/* What a question gets: how long it takes, and what it is then. */
struct probe_answer {
    enum status status;
    int64_t     delay_ns;
    int32_t     http_code;
    int32_t     exit_code;
};

static struct probe_answer
probe_refused(const struct fake_probe *probe)
{
    const int64_t given_ns = probe->options->refused_ns;
    return (struct probe_answer){ .status = ST_FAILED,
                                  .delay_ns = given_ns > 0 ? given_ns : FAKE_PROBE_REFUSED_NS };
}

static struct probe_answer
probe_silence(const struct env_probe_ask *ask)
{
    return (struct probe_answer){ .status = ST_TIMEOUT, .delay_ns = ask->timeout_ns };
}

/* What the service says; a TCP question is answered by anybody who listens. */
static struct probe_answer
probe_service(struct fake_probe *probe, const struct env_probe_ask *ask,
              struct world_service *service)
{
    struct probe_answer answer = { .status = ST_OK };
    const enum world_answer said =
        service->probe(probe->world, service, ask->path != NULL ? ask->path : "/",
                       &answer.delay_ns);
    switch (said) {
    case WORLD_ANSWER_OK:
        answer.http_code = 200;
        return answer;
    case WORLD_ANSWER_ERROR:
        answer.http_code = 500;
        answer.exit_code = 1;
        return answer;
    case WORLD_ANSWER_REFUSED:
        return probe_refused(probe);
    case WORLD_ANSWER_NONE:
        return probe_silence(ask);
    }
    return probe_silence(ask);
}

static struct probe_answer
probe_network(struct fake_probe *probe, struct env_probe_ask *ask)
{
    struct world_service *service = NULL;
    switch (world_connect_again(probe->world, world_process_node(probe->process), ask->ipv4,
                                ask->port, &ask->impl, &service)) {
    case WORLD_CONNECTED:
        ask->ret_near = service;
        return probe_service(probe, ask, service);
    case WORLD_REFUSED:
        return probe_refused(probe);
    case WORLD_UNREACHABLE:
        return probe_silence(ask);
    }
    return probe_silence(ask);
}

static struct probe_answer
probe_command(struct fake_probe *probe, struct env_probe_ask *ask)
{
    if (probe->engine == NULL) {
        return ask->port > 0 ? probe_network(probe, ask) : probe_refused(probe);
    }
    const struct fake_container *container = fake_engine_find(probe->engine, ask->token);
    if (container == NULL || container->state != CONTAINER_RUNNING) {
        return probe_refused(probe);
    }
    const int64_t given_ns = probe->options->command_ns;
    return (struct probe_answer){
        .status = ST_OK,
        .delay_ns = given_ns > 0 ? given_ns : FAKE_PROBE_COMMAND_NS,
        .exit_code = fake_engine_is_well(probe->engine, ask->token) ? 0 : 1,
    };
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

    struct probe_answer answer =
        ask->kind == ENV_PROBE_COMMAND ? probe_command(probe, ask) : probe_network(probe, ask);
    const bool is_late = probe->options->timeout_ppm > 0 &&
                         rng_chance(&probe->rng, probe->options->timeout_ppm);
    if (is_late || answer.delay_ns >= ask->timeout_ns) {
        answer = probe_silence(ask);
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
