/*
 * tests/unit/fakes/test_containers_world.c
 *
 * Goal:   containers meet the world as they should: its power, its addresses, its questions and
 *         faults.
 * Method: an engine in a small world, called through the port of a process that can die.
 */
#include <criterion/criterion.h>

#include "tests/unit/fakes/containers_bed.h"

/* --- power --- */

Test(containers_world, exit_with_137_when_the_power_goes_and_images_stay)
{
    engine_bed_open(NULL);
    cr_assert_eq(engine_bed_pull("web:1", false), ST_OK);
    struct container_spec spec = engine_bed_spec(7);
    spec.image = "web:1";
    cr_assert_eq(engine_bed_start(&spec), ST_OK);
    fake_engine_power_off(engine_bed.engine);
    cr_assert_eq(engine_bed_find(7)->state, CONTAINER_EXITED);
    cr_assert_eq(engine_bed_find(7)->exit_code, 137);
    cr_assert_eq(engine_bed_pull("web:1", false), ST_UNAVAILABLE);
    fake_engine_power_on(engine_bed.engine);
    spec.token = 8;
    cr_assert_eq(engine_bed_start(&spec), ST_OK);
    cr_assert_eq(engine_bed_find(7)->state, CONTAINER_EXITED, "nothing starts again by itself");
    engine_bed_close();
}

Test(containers_world, lose_a_pull_that_the_power_interrupts)
{
    static const struct behavior big = { .image = "big", .concurrency = 1,
                                         .size_bytes = 500 * 1000 * 1000 };
    static struct env_containers_pull pull;
    engine_bed_open(NULL);
    test_world_set_behavior(engine_bed.world, &big);
    pull = (struct env_containers_pull){ .op.done = engine_bed_done, .image = "big" };
    env_containers_pull(&engine_bed.port.port, &pull);
    engine_bed_run(SEC(1));
    engine_bed_die();
    fake_engine_power_off(engine_bed.engine);
    fake_engine_power_on(engine_bed.engine);
    engine_bed_listen();
    const int64_t from_ns = world_now(engine_bed.world);
    cr_assert_eq(engine_bed_pull("big", false), ST_OK);
    cr_assert_geq(world_now(engine_bed.world) - from_ns, SEC(5));
    engine_bed_close();
}

/* --- questions --- */

static void
row_seen(struct env_containers_list *list, const struct container_info *info)
{
    (void)list;
    cr_assert_gt(info->token, engine_bed.row_token, "in order of token");
    engine_bed.row_token = info->token;
    engine_bed.rows_count++;
    cr_assert_eq(info->labels_count, 2);
    cr_assert_str_eq(info->labels[0].key, "run");
    cr_assert_str_eq(info->labels[1].value, "");
}

Test(containers_world, list_by_label_in_order_of_token)
{
    static const struct container_pair labels[] = { { "run", "r1" }, { "empty", "" } };
    static struct env_containers_list list;
    engine_bed_open(NULL);
    for (uint64_t token = 9; token > 0; token--) {
        struct container_spec spec = engine_bed_spec(token);
        spec.labels = labels;
        spec.labels_count = token % 3 == 0 ? 0 : 2;
        cr_assert_eq(engine_bed_start(&spec), ST_OK);
    }
    cr_assert_eq(engine_bed_stop(4, 0), ST_OK);
    list = (struct env_containers_list){ .op.done = engine_bed_done,
                                         .label_key = "run",
                                         .row = row_seen };
    env_containers_list(&engine_bed.port.port, &list);
    cr_assert_eq(engine_bed_wait(), ST_OK);
    cr_assert_eq(engine_bed.rows_count, 6, "also those that have exited");
    engine_bed_close();
}

Test(containers_world, inspect_what_is_there_and_nothing_else)
{
    static struct env_containers_inspect inspect;
    engine_bed_open(NULL);
    cr_assert_eq(engine_bed_inspect(7, &inspect), ST_NOT_FOUND);
    const struct container_spec spec = engine_bed_spec(7);
    cr_assert_eq(engine_bed_start(&spec), ST_OK);
    cr_assert_eq(engine_bed_inspect(7, &inspect), ST_OK);
    cr_assert_eq(inspect.ret.token, 7);
    cr_assert_eq(inspect.ret.state, CONTAINER_RUNNING);
    engine_bed_close();
}

Test(containers_world, exec_succeeds_once_the_app_answers)
{
    static struct env_containers_exec exec;
    engine_bed_open(NULL);
    const struct container_spec spec = engine_bed_spec(7);
    exec = (struct env_containers_exec){
        .op.done = engine_bed_done, .token = 7, .shell = "true", .timeout_ns = SEC(1)
    };
    env_containers_exec(&engine_bed.port.port, &exec);
    cr_assert_eq(engine_bed_wait(), ST_NOT_FOUND);
    cr_assert_eq(engine_bed_start(&spec), ST_OK);
    env_containers_exec(&engine_bed.port.port, &exec);
    cr_assert_eq(engine_bed_wait(), ST_OK);
    cr_assert_eq(exec.ret_exit_code, 1, "it runs but does not answer yet");
    engine_bed_run(SEC(5));
    env_containers_exec(&engine_bed.port.port, &exec);
    cr_assert_eq(engine_bed_wait(), ST_OK);
    cr_assert_eq(exec.ret_exit_code, 0);
    cr_assert_eq(engine_bed_stop(7, 0), ST_OK);
    env_containers_exec(&engine_bed.port.port, &exec);
    cr_assert_eq(engine_bed_wait(), ST_FAILED);
    engine_bed_close();
}

/* --- where they listen --- */

static enum world_connect
connect_to(uint32_t ipv4, uint16_t port)
{
    struct world_service *service = NULL;
    return world_connect(engine_bed.world, ENGINE_NODE, ipv4, port, &service);
}

static const struct container_port one_port[] = { { .container_port = 80, .host_port = 31000 } };

Test(containers_world, listen_at_the_nodes_address_on_host_network_and_bridge)
{
    static const enum container_network networks[] = { CONTAINER_HOST, CONTAINER_BRIDGE };
    for (uint32_t i = 0; i < COUNT_OF(networks); i++) {
        engine_bed_open(NULL);
        struct container_spec spec = engine_bed_spec(7);
        spec.network = networks[i];
        spec.ports = one_port;
        spec.ports_count = 1;
        cr_assert_eq(engine_bed_start(&spec), ST_OK);
        cr_assert_eq(connect_to(test_world_ipv4(ENGINE_NODE), 31000), WORLD_REFUSED,
                     "not before start");
        engine_bed_run(SEC(2));
        cr_assert_eq(connect_to(test_world_ipv4(ENGINE_NODE), 31000), WORLD_CONNECTED);
        cr_assert_eq(connect_to(test_world_ipv4(ENGINE_NODE), 80), WORLD_REFUSED);
        cr_assert_eq(engine_bed_stop(7, 0), ST_OK);
        cr_assert_eq(connect_to(test_world_ipv4(ENGINE_NODE), 31000), WORLD_REFUSED);
        engine_bed_close();
    }
}

Test(containers_world, listen_at_an_address_of_their_own)
{
    engine_bed_open(NULL);
    struct container_spec spec = engine_bed_spec(7);
    spec.network = CONTAINER_OWN_ADDRESS;
    spec.ports = one_port;
    spec.ports_count = 1;
    cr_assert_eq(engine_bed_start(&spec), ST_OK);
    const uint32_t first = engine_bed.start.ret_ipv4;
    cr_assert_eq(first >> 24, 9);
    cr_assert_eq(world_node_of_ipv4(engine_bed.world, first), ENGINE_NODE);
    spec.token = 8;
    cr_assert_eq(engine_bed_start(&spec), ST_OK);
    cr_assert_neq(engine_bed.start.ret_ipv4, first);
    engine_bed_run(SEC(2));
    cr_assert_eq(connect_to(first, 80), WORLD_CONNECTED);
    cr_assert_eq(connect_to(engine_bed.start.ret_ipv4, 80), WORLD_CONNECTED);
    engine_bed_close();
}

Test(containers_world, exit_when_their_address_is_taken)
{
    engine_bed_open(NULL);
    struct container_spec spec = engine_bed_spec(7);
    spec.ports = one_port;
    spec.ports_count = 1;
    cr_assert_eq(engine_bed_start(&spec), ST_OK);
    engine_bed_run(SEC(2));
    spec.token = 8;
    cr_assert_eq(engine_bed_start(&spec), ST_OK);
    engine_bed_run(SEC(2));
    cr_assert_eq(engine_bed_find(7)->state, CONTAINER_RUNNING);
    cr_assert_eq(engine_bed_find(8)->state, CONTAINER_EXITED);
    cr_assert_eq(engine_bed_find(8)->exit_code, 1);
    spec.network = CONTAINER_BRIDGE;
    spec.token = 9;
    cr_assert_eq(engine_bed_start(&spec), ST_OK, "a bridge knows only its own");
    spec.token = 10;
    cr_assert_eq(engine_bed_start(&spec), ST_FAILED, "port is already allocated");
    engine_bed_close();
}

Test(containers_world, run_out_of_addresses_as_an_ordinary_answer, .timeout = 30)
{
    engine_bed_open(NULL);
    struct container_spec spec = engine_bed_spec(1);
    spec.network = CONTAINER_OWN_ADDRESS;
    for (; spec.token <= 254; spec.token++) {
        cr_assert_eq(engine_bed_start(&spec), ST_OK);
    }
    cr_assert_eq(engine_bed_start(&spec), ST_FAILED);
    cr_assert_eq(engine_bed_remove(100), ST_OK);
    cr_assert_eq(engine_bed_start(&spec), ST_OK);
    engine_bed_close();
}

/* --- faults --- */

Test(containers_world, fail_the_nth_call_and_do_nothing_then)
{
    static const struct fake_containers_options options = { .unavailable_nth = 2 };
    engine_bed_open(&options);
    struct container_spec spec = engine_bed_spec(1);
    cr_assert_eq(engine_bed_start(&spec), ST_OK);
    spec.token = 2;
    cr_assert_eq(engine_bed_start(&spec), ST_UNAVAILABLE);
    cr_assert_null(engine_bed_find(2));
    cr_assert_eq(engine_bed_start(&spec), ST_OK);
    engine_bed_close();
}

Test(containers_world, lose_an_answer_but_not_the_deed)
{
    static const struct fake_containers_options options = { .lost_ppm = PPM };
    engine_bed_open(&options);
    const struct container_spec spec = engine_bed_spec(1);
    cr_assert_eq(engine_bed_start(&spec), ST_TIMEOUT);
    cr_assert_eq(engine_bed_find(1)->state, CONTAINER_RUNNING);
    cr_assert_eq(engine_bed_remove(1), ST_TIMEOUT);
    cr_assert_null(engine_bed_find(1));
    engine_bed_close();
}
