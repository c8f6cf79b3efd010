/* sim/world_history.c - what is traced and shown: calls, answers, journal lines and facts. */
#include "platform/base/record.h"
#include "sim/world.h"

uint64_t
world_seed(const struct world *world)
{
    return world->options.seed;
}

void
world_stream(struct world *world, uint32_t node, const char *name, struct rng *ret)
{
    rng_init(ret, world->options.seed, node, name);
}

uint8_t
world_poison(const struct world *world)
{
    return world->options.poison;
}

bool
world_wire_encoded(const struct world *world)
{
    return world->options.wire_encoded;
}

void
world_trace_call(struct world *world, const struct world_process *process, const char *op,
                 uint64_t a, uint64_t b)
{
    trace_line(world->trace, world->now_ns, process != NULL ? process->address : 0, op, a, b, 0,
               "");
}

void
world_trace_answer(struct world *world, const struct world_process *process, const char *op,
                   uint64_t a, enum status status)
{
    trace_line(world->trace, world->now_ns, process != NULL ? process->address : 0, op, a,
               (uint64_t)status, 1, "");
}

static const char *const event_names[ENV_EVENT_KIND_COUNT] = {
#define X(kind, name) [kind] = "journal." name,
    ENV_EVENT_LIST(X)
#undef X
};

void
world_journal(struct world *world, const struct world_process *process,
              const struct env_event *event)
{
    uint64_t hash = hash_step((uint64_t)event->version, event->deployment);
    hash = hash_step(hash, (uint64_t)event->value);
    hash = hash_step(hash, (uint64_t)(uint32_t)event->old_state << 32 |
                               (uint32_t)event->new_state);
    hash = hash_step(hash, event->node);
    trace_line(world->trace, world->now_ns, process->address, event_names[event->kind],
               event->task, (uint64_t)event->value, hash, event->app);
    if (event->text[0] != '\0') {
        trace_line(world->trace, world->now_ns, process->address, "journal.text", event->task,
                   (uint64_t)(uint32_t)event->old_state << 32 | (uint32_t)event->new_state, 0,
                   event->text);
    }
    run_event(&world->run, process->address, event);
}

static const char *const fact_names[] = {
    [WORLD_CONTAINER_STARTED] = "fact.container-started",
    [WORLD_CONTAINER_ENDED] = "fact.container-ended",
    [WORLD_CONTAINER_REMOVED] = "fact.container-removed",
    [WORLD_REQUEST_WATCHED] = "fact.request-watched",
    [WORLD_PROCESS_STARTED] = "fact.process-started",
    [WORLD_PROCESS_DIED] = "fact.process-died",
    [WORLD_NODE_UP] = "fact.node-up",
    [WORLD_NODE_DOWN] = "fact.node-down",
    [WORLD_INSTANCE] = "fact.instance",
    [WORLD_VOLUME_MADE] = "fact.volume-made",
    [WORLD_VOLUME_MOUNTED] = "fact.volume-mounted",
    [WORLD_VOLUME_REMOVED] = "fact.volume-removed",
};

void
world_tell(struct world *world, const struct world_fact *fact)
{
    trace_line(world->trace, world->now_ns, fact->address, fact_names[fact->kind], fact->token,
               fact->node, (uint64_t)fact->value, "");
    if (world->shown) {
        run_fact(&world->run, fact);
    }
}
