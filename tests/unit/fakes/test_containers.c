/*
 * tests/unit/fakes/test_containers.c
 *
 * Goal:   the modelled container engine answers as the real one does, and a container lives as its
 *         image's behaviour says, whoever asked for it and whether or not that one still lives.
 * Method: an engine in a small world, called through the port of a process that can die.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "fakes/containers/containers.h"
#include "tests/unit/fakes/test_world.h"

enum { NODE = 5 };

struct engine_bed {
    struct world                  *world;
    struct fake_engine            *engine;
    struct world_process          *process;
    struct fake_containers         port;
    struct env_containers_listener listener;
    uint32_t                       exits_count;
    uint64_t                       exit_token;
    int32_t                        exit_code;
    uint32_t                       done_count;
    enum status                    status;
    uint32_t                       rows_count;
    uint64_t                       row_token;
};

static struct engine_bed bed;

static void
bed_exited(struct env_containers_listener *listener, uint64_t token, int32_t exit_code,
           bool out_of_memory)
{
    cr_assert_eq(listener, &bed.listener);
    cr_assert_not(out_of_memory);
    bed.exits_count++;
    bed.exit_token = token;
    bed.exit_code = exit_code;
}

static void
bed_done(struct env_op *op)
{
    bed.done_count++;
    bed.status = op->status;
    cr_assert_not_null(op->message);
}

static void
bed_listen(void)
{
    fake_containers_init(&bed.port, bed.engine, bed.process);
    bed.listener.exited = bed_exited;
    env_containers_listen(&bed.port.port, &bed.listener);
}

static void
bed_open(const struct fake_containers_options *options)
{
    bed = (struct engine_bed){ 0 };
    bed.world = test_world_open(1);
    bed.engine = fake_engine_open(bed.world, NODE, options);
    bed.process =
        test_world_process(bed.world, env_address_of(ENV_PROCESS_AGENT, NODE), NODE);
    bed_listen();
}

static void
bed_close(void)
{
    fake_engine_close(bed.engine);
    test_world_close(bed.world);
}

static void
bed_run(int64_t for_ns)
{
    test_world_run_until(bed.world, world_now(bed.world) + for_ns);
}

/* Waits for the one answer that is due. */
static enum status
bed_wait(void)
{
    const uint32_t before = bed.done_count;
    const int64_t limit_ns = world_now(bed.world) + MIN(10);
    while (bed.done_count == before && world_now(bed.world) < limit_ns) {
        cr_assert(test_world_step(bed.world));
    }
    cr_assert_eq(bed.done_count, before + 1);
    return bed.status;
}

static enum status
bed_pull(const char *image, bool force)
{
    static struct env_containers_pull pull;
    pull = (struct env_containers_pull){ .op.done = bed_done, .image = image, .force = force };
    env_containers_pull(&bed.port.port, &pull);
    return bed_wait();
}

static struct container_spec
spec_of(uint64_t token)
{
    return (struct container_spec){ .token = token, .cpu_milli = 100, .mem_bytes = MIB(32) };
}

static struct env_containers_start start;

static enum status
bed_start(const struct container_spec *spec)
{
    start = (struct env_containers_start){ .op.done = bed_done, .spec = spec };
    env_containers_start(&bed.port.port, &start);
    start.spec = NULL;
    return bed_wait();
}

static void
bed_stop_begin(struct env_containers_stop *stop, uint64_t token, int64_t grace_ns)
{
    *stop = (struct env_containers_stop){ .op.done = bed_done,
                                          .token = token,
                                          .grace_ns = grace_ns };
    env_containers_stop(&bed.port.port, stop);
}

static enum status
bed_stop(uint64_t token, int64_t grace_ns)
{
    static struct env_containers_stop stop;
    bed_stop_begin(&stop, token, grace_ns);
    return bed_wait();
}

static enum status
bed_remove(uint64_t token)
{
    static struct env_containers_remove remove;
    remove = (struct env_containers_remove){ .op.done = bed_done, .token = token };
    env_containers_remove(&bed.port.port, &remove);
    return bed_wait();
}

static enum status
bed_inspect(uint64_t token, struct env_containers_inspect *inspect)
{
    *inspect = (struct env_containers_inspect){ .op.done = bed_done, .token = token };
    env_containers_inspect(&bed.port.port, inspect);
    return bed_wait();
}

static const struct fake_container *
bed_find(uint64_t token)
{
    return fake_engine_find(bed.engine, token);
}

/* --- starting --- */

Test(containers, start_is_done_when_the_process_runs)
{
    bed_open(NULL);
    const struct container_spec spec = spec_of(7);
    const int64_t from_ns = world_now(bed.world);
    cr_assert_eq(bed_start(&spec), ST_OK);
    cr_assert_geq(world_now(bed.world) - from_ns, FAKE_CONTAINERS_START_NS_MIN);
    cr_assert_leq(world_now(bed.world) - from_ns, FAKE_CONTAINERS_START_NS_MAX);
    cr_assert_eq(bed_find(7)->state, CONTAINER_RUNNING);
    cr_assert_eq(start.ret_ipv4, 0, "the host network gives no address of its own");
    const struct world_fact *fact = vec_at(&bed.world->facts, 0);
    cr_assert_eq(fact->kind, WORLD_CONTAINER_STARTED);
    cr_assert_eq(fact->token, 7);
    cr_assert_eq(fact->cpu_milli, 100);
    cr_assert_eq(fact->mem_bytes, MIB(32));
    bed_close();
}

Test(containers, start_of_the_same_token_is_the_same_start)
{
    bed_open(NULL);
    const struct container_spec spec = spec_of(7);
    cr_assert_eq(bed_start(&spec), ST_OK);
    cr_assert_eq(bed_start(&spec), ST_OK);
    cr_assert_eq(bed_stop(7, 0), ST_OK);
    cr_assert_eq(bed_start(&spec), ST_OK, "it has happened, and ended");
    bed_run(SEC(10));
    cr_assert_eq(bed_find(7)->state, CONTAINER_EXITED);
    cr_assert_eq(test_world_count_facts(bed.world, WORLD_CONTAINER_STARTED), 1);
    bed_close();
}

Test(containers, start_needs_the_image_to_be_pulled)
{
    bed_open(NULL);
    struct container_spec spec = spec_of(7);
    spec.image = "web:1";
    cr_assert_eq(bed_start(&spec), ST_NOT_FOUND);
    cr_assert_null(bed_find(7));
    cr_assert_eq(bed_pull("web:1", false), ST_OK);
    cr_assert_eq(bed_start(&spec), ST_OK);
    bed_close();
}

Test(containers, start_goes_on_when_the_agent_dies)
{
    bed_open(NULL);
    const struct container_spec spec = spec_of(7);
    start = (struct env_containers_start){ .op.done = bed_done, .spec = &spec };
    env_containers_start(&bed.port.port, &start);
    test_world_process_die(bed.world, bed.process);
    bed_run(SEC(1));
    cr_assert_eq(bed.done_count, 0, "nobody is there to be answered");
    cr_assert_eq(bed_find(7)->state, CONTAINER_RUNNING);
    bed_close();
}

Test(containers, start_that_fails_leaves_a_created_container)
{
    static const struct fake_containers_options options = { .start_fail_ppm = PPM };
    bed_open(&options);
    const struct container_spec spec = spec_of(7);
    cr_assert_eq(bed_start(&spec), ST_FAILED);
    cr_assert_eq(bed_find(7)->state, CONTAINER_CREATED);
    cr_assert_eq(bed_remove(7), ST_OK);
    cr_assert_null(bed_find(7));
    bed_close();
}

Test(containers, removed_while_it_starts_was_not_started)
{
    bed_open(NULL);
    const struct container_spec spec = spec_of(7);
    static struct env_containers_remove remove;
    start = (struct env_containers_start){ .op.done = bed_done, .spec = &spec };
    env_containers_start(&bed.port.port, &start);
    remove = (struct env_containers_remove){ .op.done = bed_done, .token = 7 };
    env_containers_remove(&bed.port.port, &remove);
    cr_assert_eq(bed_wait(), ST_OK);
    cr_assert_eq(bed_wait(), ST_NOT_FOUND);
    cr_assert_eq(test_world_count_facts(bed.world, WORLD_CONTAINER_STARTED), 0);
    bed_close();
}

/* --- images --- */

Test(containers, pull_takes_as_long_as_its_bytes)
{
    static const struct behavior big = { .image = "big", .concurrency = 1,
                                         .size_bytes = 500 * 1000 * 1000 };
    bed_open(NULL);
    test_world_set_behavior(bed.world, &big);
    const int64_t from_ns = world_now(bed.world);
    cr_assert_eq(bed_pull("big", false), ST_OK);
    cr_assert_eq(world_now(bed.world) - from_ns, SEC(5) + FAKE_CONTAINERS_PULL_NS);
    const int64_t again_ns = world_now(bed.world);
    cr_assert_eq(bed_pull("big", false), ST_OK);
    cr_assert_leq(world_now(bed.world) - again_ns, FAKE_CONTAINERS_CALL_NS_MAX, "it is there");
    const int64_t forced_ns = world_now(bed.world);
    cr_assert_eq(bed_pull("big", true), ST_OK);
    cr_assert_eq(world_now(bed.world) - forced_ns, FAKE_CONTAINERS_PULL_NS,
                 "the registry is asked, nothing is fetched");
    bed_close();
}

Test(containers, pull_of_a_missing_image_is_not_found)
{
    static const struct behavior missing = { .image = "gone", .concurrency = 1, .missing = true };
    bed_open(NULL);
    test_world_set_behavior(bed.world, &missing);
    cr_assert_eq(bed_pull("gone", false), ST_NOT_FOUND);
    bed_close();
}

Test(containers, pulls_of_one_image_share_the_transfer)
{
    static const struct behavior big = { .image = "big", .concurrency = 1,
                                         .size_bytes = 500 * 1000 * 1000 };
    static struct env_containers_pull second;
    bed_open(NULL);
    test_world_set_behavior(bed.world, &big);
    static struct env_containers_pull first;
    first = (struct env_containers_pull){ .op.done = bed_done, .image = "big" };
    second = first;
    env_containers_pull(&bed.port.port, &first);
    bed_run(SEC(2));
    env_containers_pull(&bed.port.port, &second);
    cr_assert_eq(bed_wait(), ST_OK);
    const int64_t at_ns = world_now(bed.world);
    cr_assert_eq(bed_wait(), ST_OK);
    cr_assert_eq(world_now(bed.world), at_ns);
    bed_close();
}

/* --- ending --- */

Test(containers, stop_ends_with_sigterm_when_the_process_obeys)
{
    static const struct behavior polite = { .image = "p", .concurrency = 1,
                                            .stop = { .kind = DIST_CONSTANT, .a_ns = SEC(2) } };
    bed_open(NULL);
    test_world_set_behavior(bed.world, &polite);
    cr_assert_eq(bed_pull("p", false), ST_OK);
    struct container_spec spec = spec_of(7);
    spec.image = "p";
    cr_assert_eq(bed_start(&spec), ST_OK);
    const int64_t from_ns = world_now(bed.world);
    cr_assert_eq(bed_stop(7, SEC(5)), ST_OK);
    cr_assert_geq(world_now(bed.world) - from_ns, SEC(2));
    cr_assert_lt(world_now(bed.world) - from_ns, SEC(3));
    cr_assert_eq(bed_find(7)->exit_code, 143);
    cr_assert_eq(bed.exits_count, 1, "also an exit that stop caused is told");
    cr_assert_eq(bed.exit_code, 143);
    bed_close();
}

Test(containers, stop_ends_with_sigkill_after_the_grace)
{
    static const struct behavior deaf = { .image = "d", .concurrency = 1,
                                          .stop = { .kind = DIST_CONSTANT, .a_ns = HOUR(1) } };
    bed_open(NULL);
    test_world_set_behavior(bed.world, &deaf);
    cr_assert_eq(bed_pull("d", false), ST_OK);
    struct container_spec spec = spec_of(7);
    spec.image = "d";
    cr_assert_eq(bed_start(&spec), ST_OK);
    static struct env_containers_stop patient;
    bed_stop_begin(&patient, 7, SEC(60));
    const int64_t from_ns = world_now(bed.world);
    cr_assert_eq(bed_stop(7, SEC(5)), ST_OK, "a later stop with less patience ends it sooner");
    cr_assert_geq(world_now(bed.world) - from_ns, SEC(5));
    cr_assert_lt(world_now(bed.world) - from_ns, SEC(6));
    cr_assert_eq(bed_find(7)->exit_code, 137);
    bed_close();
}

Test(containers, stop_answers_for_what_does_not_run)
{
    bed_open(NULL);
    cr_assert_eq(bed_stop(7, 0), ST_NOT_FOUND);
    const struct container_spec spec = spec_of(7);
    cr_assert_eq(bed_start(&spec), ST_OK);
    cr_assert_eq(bed_stop(7, 0), ST_OK);
    cr_assert_eq(bed_stop(7, 0), ST_OK);
    cr_assert_eq(bed_remove(7), ST_OK);
    cr_assert_eq(bed_remove(7), ST_OK, "absent is ST_OK");
    bed_close();
}

Test(containers, stop_that_overtakes_the_start_still_ends_it)
{
    bed_open(NULL);
    const struct container_spec spec = spec_of(7);
    start = (struct env_containers_start){ .op.done = bed_done, .spec = &spec };
    env_containers_start(&bed.port.port, &start);
    static struct env_containers_stop stop;
    bed_stop_begin(&stop, 7, SEC(5));
    bed_run(SEC(10));
    cr_assert_eq(bed.done_count, 2);
    cr_assert_eq(bed_find(7)->state, CONTAINER_EXITED);
    cr_assert_eq(test_world_count_facts(bed.world, WORLD_CONTAINER_ENDED), 1);
    bed_close();
}

Test(containers, remove_takes_a_running_one_too)
{
    bed_open(NULL);
    const struct container_spec spec = spec_of(7);
    cr_assert_eq(bed_start(&spec), ST_OK);
    cr_assert_eq(bed_remove(7), ST_OK);
    cr_assert_null(bed_find(7));
    cr_assert_eq(test_world_count_facts(bed.world, WORLD_CONTAINER_ENDED), 1);
    cr_assert_eq(test_world_count_facts(bed.world, WORLD_CONTAINER_REMOVED), 1);
    bed_run(SEC(1));
    cr_assert_eq(bed.exits_count, 1);
    bed_close();
}

Test(containers, exit_by_themselves_as_their_image_does)
{
    static const struct behavior brief = { .image = "b", .concurrency = 1, .crashes = true,
                                           .exit_code = 3,
                                           .lifetime = { .kind = DIST_CONSTANT, .a_ns = SEC(9) } };
    bed_open(NULL);
    test_world_set_behavior(bed.world, &brief);
    cr_assert_eq(bed_pull("b", false), ST_OK);
    struct container_spec spec = spec_of(7);
    spec.image = "b";
    cr_assert_eq(bed_start(&spec), ST_OK);
    bed_run(SEC(8));
    cr_assert_eq(bed.exits_count, 0);
    bed_run(SEC(2));
    cr_assert_eq(bed.exits_count, 1);
    cr_assert_eq(bed.exit_token, 7);
    cr_assert_eq(bed.exit_code, 3);
    bed_close();
}

Test(containers, crash_with_137_when_the_world_says_so)
{
    bed_open(NULL);
    cr_assert_not(fake_engine_crash(bed.engine, 7));
    const struct container_spec spec = spec_of(7);
    cr_assert_eq(bed_start(&spec), ST_OK);
    cr_assert(fake_engine_crash(bed.engine, 7));
    cr_assert_not(fake_engine_crash(bed.engine, 7), "it does not run any more");
    bed_run(SEC(1));
    cr_assert_eq(bed.exit_code, 137);
    bed_close();
}

Test(containers, tell_no_exit_to_a_listener_of_an_earlier_life)
{
    bed_open(NULL);
    const struct container_spec spec = spec_of(7);
    cr_assert_eq(bed_start(&spec), ST_OK);
    test_world_process_die(bed.world, bed.process);
    memset(&bed.listener, 0xA5, sizeof bed.listener);
    cr_assert(fake_engine_crash(bed.engine, 7));
    bed_run(SEC(1));
    cr_assert_eq(bed.exits_count, 0);
    bed.process = test_world_process(bed.world, env_address_of(ENV_PROCESS_AGENT, NODE), NODE);
    bed_listen();
    bed_run(SEC(1));
    static struct env_containers_inspect inspect;
    cr_assert_eq(bed_inspect(7, &inspect), ST_OK);
    cr_assert_eq(inspect.ret.state, CONTAINER_EXITED);
    cr_assert_eq(inspect.ret.exit_code, 137);
    bed_close();
}

/* --- power --- */

Test(containers, exit_with_137_when_the_power_goes_and_images_stay)
{
    bed_open(NULL);
    cr_assert_eq(bed_pull("web:1", false), ST_OK);
    struct container_spec spec = spec_of(7);
    spec.image = "web:1";
    cr_assert_eq(bed_start(&spec), ST_OK);
    fake_engine_power_off(bed.engine);
    cr_assert_eq(bed_find(7)->state, CONTAINER_EXITED);
    cr_assert_eq(bed_find(7)->exit_code, 137);
    cr_assert_eq(bed_pull("web:1", false), ST_UNAVAILABLE);
    fake_engine_power_on(bed.engine);
    spec.token = 8;
    cr_assert_eq(bed_start(&spec), ST_OK);
    cr_assert_eq(bed_find(7)->state, CONTAINER_EXITED, "nothing starts again by itself");
    bed_close();
}

Test(containers, lose_a_pull_that_the_power_interrupts)
{
    static const struct behavior big = { .image = "big", .concurrency = 1,
                                         .size_bytes = 500 * 1000 * 1000 };
    static struct env_containers_pull pull;
    bed_open(NULL);
    test_world_set_behavior(bed.world, &big);
    pull = (struct env_containers_pull){ .op.done = bed_done, .image = "big" };
    env_containers_pull(&bed.port.port, &pull);
    bed_run(SEC(1));
    test_world_process_die(bed.world, bed.process);
    fake_engine_power_off(bed.engine);
    fake_engine_power_on(bed.engine);
    bed.process = test_world_process(bed.world, env_address_of(ENV_PROCESS_AGENT, NODE), NODE);
    bed_listen();
    const int64_t from_ns = world_now(bed.world);
    cr_assert_eq(bed_pull("big", false), ST_OK);
    cr_assert_geq(world_now(bed.world) - from_ns, SEC(5));
    bed_close();
}

/* --- questions --- */

static void
bed_row(struct env_containers_list *list, const struct container_info *info)
{
    (void)list;
    cr_assert_gt(info->token, bed.row_token, "in order of token");
    bed.row_token = info->token;
    bed.rows_count++;
    cr_assert_eq(info->labels_count, 2);
    cr_assert_str_eq(info->labels[0].key, "run");
    cr_assert_str_eq(info->labels[1].value, "");
}

Test(containers, list_by_label_in_order_of_token)
{
    static const struct container_pair labels[] = { { "run", "r1" }, { "empty", "" } };
    static struct env_containers_list list;
    bed_open(NULL);
    for (uint64_t token = 9; token > 0; token--) {
        struct container_spec spec = spec_of(token);
        spec.labels = labels;
        spec.labels_count = token % 3 == 0 ? 0 : 2;
        cr_assert_eq(bed_start(&spec), ST_OK);
    }
    cr_assert_eq(bed_stop(4, 0), ST_OK);
    list = (struct env_containers_list){ .op.done = bed_done, .label_key = "run", .row = bed_row };
    env_containers_list(&bed.port.port, &list);
    cr_assert_eq(bed_wait(), ST_OK);
    cr_assert_eq(bed.rows_count, 6, "also those that have exited");
    bed_close();
}

Test(containers, inspect_what_is_there_and_nothing_else)
{
    static struct env_containers_inspect inspect;
    bed_open(NULL);
    cr_assert_eq(bed_inspect(7, &inspect), ST_NOT_FOUND);
    const struct container_spec spec = spec_of(7);
    cr_assert_eq(bed_start(&spec), ST_OK);
    cr_assert_eq(bed_inspect(7, &inspect), ST_OK);
    cr_assert_eq(inspect.ret.token, 7);
    cr_assert_eq(inspect.ret.state, CONTAINER_RUNNING);
    bed_close();
}

Test(containers, exec_succeeds_once_the_app_answers)
{
    static struct env_containers_exec exec;
    bed_open(NULL);
    const struct container_spec spec = spec_of(7);
    exec = (struct env_containers_exec){
        .op.done = bed_done, .token = 7, .shell = "true", .timeout_ns = SEC(1)
    };
    env_containers_exec(&bed.port.port, &exec);
    cr_assert_eq(bed_wait(), ST_NOT_FOUND);
    cr_assert_eq(bed_start(&spec), ST_OK);
    env_containers_exec(&bed.port.port, &exec);
    cr_assert_eq(bed_wait(), ST_OK);
    cr_assert_eq(exec.ret_exit_code, 1, "it runs but does not answer yet");
    bed_run(SEC(5));
    env_containers_exec(&bed.port.port, &exec);
    cr_assert_eq(bed_wait(), ST_OK);
    cr_assert_eq(exec.ret_exit_code, 0);
    cr_assert_eq(bed_stop(7, 0), ST_OK);
    env_containers_exec(&bed.port.port, &exec);
    cr_assert_eq(bed_wait(), ST_FAILED);
    bed_close();
}

/* --- where they listen --- */

static enum world_connect
connect_to(uint32_t ipv4, uint16_t port)
{
    struct world_service *service = NULL;
    return world_connect(bed.world, NODE, ipv4, port, &service);
}

static const struct container_port one_port[] = { { .container_port = 80, .host_port = 31000 } };

Test(containers, listen_at_the_nodes_address_on_host_network_and_bridge)
{
    static const enum container_network networks[] = { CONTAINER_HOST, CONTAINER_BRIDGE };
    for (uint32_t i = 0; i < COUNT_OF(networks); i++) {
        bed_open(NULL);
        struct container_spec spec = spec_of(7);
        spec.network = networks[i];
        spec.ports = one_port;
        spec.ports_count = 1;
        cr_assert_eq(bed_start(&spec), ST_OK);
        cr_assert_eq(connect_to(test_world_ipv4(NODE), 31000), WORLD_REFUSED, "not before start");
        bed_run(SEC(2));
        cr_assert_eq(connect_to(test_world_ipv4(NODE), 31000), WORLD_CONNECTED);
        cr_assert_eq(connect_to(test_world_ipv4(NODE), 80), WORLD_REFUSED);
        cr_assert_eq(bed_stop(7, 0), ST_OK);
        cr_assert_eq(connect_to(test_world_ipv4(NODE), 31000), WORLD_REFUSED);
        bed_close();
    }
}

Test(containers, listen_at_an_address_of_their_own)
{
    bed_open(NULL);
    struct container_spec spec = spec_of(7);
    spec.network = CONTAINER_OWN_ADDRESS;
    spec.ports = one_port;
    spec.ports_count = 1;
    cr_assert_eq(bed_start(&spec), ST_OK);
    const uint32_t first = start.ret_ipv4;
    cr_assert_eq(first >> 24, 9);
    cr_assert_eq(world_node_of_ipv4(bed.world, first), NODE);
    spec.token = 8;
    cr_assert_eq(bed_start(&spec), ST_OK);
    cr_assert_neq(start.ret_ipv4, first);
    bed_run(SEC(2));
    cr_assert_eq(connect_to(first, 80), WORLD_CONNECTED);
    cr_assert_eq(connect_to(start.ret_ipv4, 80), WORLD_CONNECTED);
    bed_close();
}

Test(containers, exit_when_their_address_is_taken)
{
    bed_open(NULL);
    struct container_spec spec = spec_of(7);
    spec.ports = one_port;
    spec.ports_count = 1;
    cr_assert_eq(bed_start(&spec), ST_OK);
    bed_run(SEC(2));
    spec.token = 8;
    cr_assert_eq(bed_start(&spec), ST_OK);
    bed_run(SEC(2));
    cr_assert_eq(bed_find(7)->state, CONTAINER_RUNNING);
    cr_assert_eq(bed_find(8)->state, CONTAINER_EXITED);
    cr_assert_eq(bed_find(8)->exit_code, 1);
    spec.network = CONTAINER_BRIDGE;
    spec.token = 9;
    cr_assert_eq(bed_start(&spec), ST_OK, "a bridge knows only its own");
    spec.token = 10;
    cr_assert_eq(bed_start(&spec), ST_FAILED, "port is already allocated");
    bed_close();
}

Test(containers, run_out_of_addresses_as_an_ordinary_answer, .timeout = 30)
{
    bed_open(NULL);
    struct container_spec spec = spec_of(1);
    spec.network = CONTAINER_OWN_ADDRESS;
    for (; spec.token <= 254; spec.token++) {
        cr_assert_eq(bed_start(&spec), ST_OK);
    }
    cr_assert_eq(bed_start(&spec), ST_FAILED);
    cr_assert_eq(bed_remove(100), ST_OK);
    cr_assert_eq(bed_start(&spec), ST_OK);
    bed_close();
}

/* --- faults --- */

Test(containers, fail_the_nth_call_and_do_nothing_then)
{
    static const struct fake_containers_options options = { .unavailable_nth = 2 };
    bed_open(&options);
    struct container_spec spec = spec_of(1);
    cr_assert_eq(bed_start(&spec), ST_OK);
    spec.token = 2;
    cr_assert_eq(bed_start(&spec), ST_UNAVAILABLE);
    cr_assert_null(bed_find(2));
    cr_assert_eq(bed_start(&spec), ST_OK);
    bed_close();
}

Test(containers, lose_an_answer_but_not_the_deed)
{
    static const struct fake_containers_options options = { .lost_ppm = PPM };
    bed_open(&options);
    const struct container_spec spec = spec_of(1);
    cr_assert_eq(bed_start(&spec), ST_TIMEOUT);
    cr_assert_eq(bed_find(1)->state, CONTAINER_RUNNING);
    cr_assert_eq(bed_remove(1), ST_TIMEOUT);
    cr_assert_null(bed_find(1));
    bed_close();
}
