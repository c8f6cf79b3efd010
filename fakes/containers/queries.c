/* fakes/containers/queries.c - the calls of the containers port that change nothing. */
#include <string.h>

#include "fakes/containers/labels.h"
#include "fakes/containers/port.h"

/* The labels of a container as pairs, in the arena. */
static struct container_info
queries_info(const struct fake_container *container, struct arena *arena)
{
    return (struct container_info){ .token = container->token,
                                    .state = container->state,
                                    .exit_code = container->exit_code,
                                    .out_of_memory = container->out_of_memory,
                                    .ipv4 = container->ipv4,
                                    .image = container->image,
                                    .labels = labels_unpack(container, arena),
                                    .labels_count = container->labels_count };
}

static bool
queries_has_label(const struct container_info *info, const char *key)
{
    for (uint32_t i = 0; i < info->labels_count; i++) {
        if (strcmp(info->labels[i].key, key) == 0) {
            return true;
        }
    }
    return false;
}

static void
queries_list_answer(struct world *world, void *context, uint64_t argument)
{
    struct env_containers_list *list = context;
    const struct fake_containers *containers = port_of_argument(argument);
    const struct fake_engine *engine = containers->engine;
    struct arena scratch;
    arena_init(&scratch, world_poison(world));
    for (uint32_t i = 0; list->op.status == ST_OK && i < engine->containers.count; i++) {
        const struct container_info info = queries_info(fake_engine_at(engine, i), &scratch);
        if (queries_has_label(&info, list->label_key)) {
            list->row(list, &info);
        }
    }
    arena_fini(&scratch);
    port_complete(world, containers, "containers.list", engine->containers.count, &list->op);
}

void
queries_list(struct env_containers *base, struct env_containers_list *list)
{
    struct fake_containers *containers = port_of(base);
    const int64_t at_ns = port_call_at_ns(containers->engine);
    (void)port_begin(containers, &list->op, "containers.list", 0, 0);
    port_answer_at(containers, at_ns, queries_list_answer, list);
}

static void
queries_inspect_answer(struct world *world, void *context, uint64_t argument)
{
    struct env_containers_inspect *inspect = context;
    const struct fake_containers *containers = port_of_argument(argument);
    const struct fake_container *container = engine_get(containers->engine, inspect->token);
    struct arena scratch;
    arena_init(&scratch, world_poison(world));
    if (inspect->op.status == ST_OK && container == NULL) {
        port_refuse(&inspect->op, ST_NOT_FOUND, "no such container");
    } else if (inspect->op.status == ST_OK) {
        inspect->ret = queries_info(container, &scratch);
    }
    port_complete(world, containers, "containers.inspect", inspect->token, &inspect->op);
    arena_fini(&scratch);
}

void
queries_inspect(struct env_containers *base, struct env_containers_inspect *inspect)
{
    struct fake_containers *containers = port_of(base);
    const int64_t at_ns = port_call_at_ns(containers->engine);
    (void)port_begin(containers, &inspect->op, "containers.inspect", inspect->token, 0);
    port_answer_at(containers, at_ns, queries_inspect_answer, inspect);
}

static void
queries_exec_answer(struct world *world, void *context, uint64_t argument)
{
    struct env_containers_exec *exec = context;
    const struct fake_containers *containers = port_of_argument(argument);
    const struct fake_container *container = engine_get(containers->engine, exec->token);
    if (exec->op.status == ST_OK && container == NULL) {
        port_refuse(&exec->op, ST_NOT_FOUND, "no such container");
    } else if (exec->op.status == ST_OK && container->state != CONTAINER_RUNNING) {
        port_refuse(&exec->op, ST_FAILED, "the container does not run");
    } else if (exec->op.status == ST_OK) {
        exec->ret_exit_code = fake_engine_is_well(containers->engine, exec->token) ? 0 : 1;
    }
    port_complete(world, containers, "containers.exec", exec->token, &exec->op);
}

void
queries_exec(struct env_containers *base, struct env_containers_exec *exec)
{
    struct fake_containers *containers = port_of(base);
    int64_t at_ns = port_call_at_ns(containers->engine);
    const int64_t timeout_at_ns = world_now(containers->engine->world) + exec->timeout_ns;
    if (port_begin(containers, &exec->op, "containers.exec", exec->token, 0) &&
        at_ns > timeout_at_ns) {
        port_refuse(&exec->op, ST_TIMEOUT, "the command did not end in time");
        at_ns = timeout_at_ns;
    }
    port_answer_at(containers, at_ns, queries_exec_answer, exec);
}
