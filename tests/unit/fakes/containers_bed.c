/* tests/unit/fakes/containers_bed.c - a container engine in a small world. */
#include "tests/unit/fakes/containers_bed.h"

#include <criterion/criterion.h>

struct engine_bed engine_bed;

static void
engine_bed_exited(struct env_containers_listener *listener, uint64_t token, int32_t exit_code,
           bool out_of_memory)
{
    cr_assert_eq(listener, &engine_bed.listener);
    cr_assert_not(out_of_memory);
    engine_bed.exits_count++;
    engine_bed.exit_token = token;
    engine_bed.exit_code = exit_code;
}

void
engine_bed_done(struct env_op *op)
{
    engine_bed.done_count++;
    engine_bed.status = op->status;
    cr_assert_not_null(op->message);
}

void
engine_bed_listen(void)
{
    engine_bed.process = test_world_process(engine_bed.world,
                                     env_address_of(ENV_PROCESS_AGENT, ENGINE_NODE), ENGINE_NODE);
    fake_containers_init(&engine_bed.port, engine_bed.engine, engine_bed.process);
    engine_bed.listener.exited = engine_bed_exited;
    env_containers_listen(&engine_bed.port.port, &engine_bed.listener);
}

void
engine_bed_open(const struct fake_containers_options *options)
{
    engine_bed = (struct engine_bed){ 0 };
    engine_bed.world = test_world_open(1);
    engine_bed.engine = fake_engine_open(engine_bed.world, ENGINE_NODE, options);
    engine_bed_listen();
}

void
engine_bed_close(void)
{
    fake_engine_close(engine_bed.engine);
    test_world_close(engine_bed.world);
}

void
engine_bed_die(void)
{
    test_world_process_die(engine_bed.world, engine_bed.process);
}

void
engine_bed_run(int64_t for_ns)
{
    test_world_run_until(engine_bed.world, world_now(engine_bed.world) + for_ns);
}

/* Waits for the one answer that is due. */
enum status
engine_bed_wait(void)
{
    const uint32_t before = engine_bed.done_count;
    const int64_t limit_ns = world_now(engine_bed.world) + MIN(10);
    while (engine_bed.done_count == before && world_now(engine_bed.world) < limit_ns) {
        cr_assert(test_world_step(engine_bed.world));
    }
    cr_assert_eq(engine_bed.done_count, before + 1);
    return engine_bed.status;
}

enum status
engine_bed_pull(const char *image, bool force)
{
    static struct env_containers_pull pull;
    pull = (struct env_containers_pull){ .op.done = engine_bed_done,
                                         .image = image,
                                         .force = force };
    env_containers_pull(&engine_bed.port.port, &pull);
    return engine_bed_wait();
}

struct container_spec
engine_bed_spec(uint64_t token)
{
    return (struct container_spec){ .token = token, .cpu_milli = 100, .mem_bytes = MIB(32) };
}

void
engine_bed_start_begin(const struct container_spec *spec)
{
    engine_bed.start = (struct env_containers_start){ .op.done = engine_bed_done, .spec = spec };
    env_containers_start(&engine_bed.port.port, &engine_bed.start);
    engine_bed.start.spec = NULL;
}

enum status
engine_bed_start(const struct container_spec *spec)
{
    engine_bed_start_begin(spec);
    return engine_bed_wait();
}

void
engine_bed_stop_begin(struct env_containers_stop *stop, uint64_t token, int64_t grace_ns)
{
    *stop = (struct env_containers_stop){ .op.done = engine_bed_done,
                                          .token = token,
                                          .grace_ns = grace_ns };
    env_containers_stop(&engine_bed.port.port, stop);
}

enum status
engine_bed_stop(uint64_t token, int64_t grace_ns)
{
    static struct env_containers_stop stop;
    engine_bed_stop_begin(&stop, token, grace_ns);
    return engine_bed_wait();
}

enum status
engine_bed_remove(uint64_t token)
{
    static struct env_containers_remove remove;
    remove = (struct env_containers_remove){ .op.done = engine_bed_done, .token = token };
    env_containers_remove(&engine_bed.port.port, &remove);
    return engine_bed_wait();
}

enum status
engine_bed_inspect(uint64_t token, struct env_containers_inspect *inspect)
{
    *inspect = (struct env_containers_inspect){ .op.done = engine_bed_done, .token = token };
    env_containers_inspect(&engine_bed.port.port, inspect);
    return engine_bed_wait();
}

const struct fake_container *
engine_bed_find(uint64_t token)
{
    return fake_engine_find(engine_bed.engine, token);
}
