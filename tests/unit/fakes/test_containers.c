/*
 * tests/unit/fakes/test_containers.c
 *
 * Goal:   the modelled container engine answers as the real one does, and a container lives as its
 *         image's behaviour says, whoever asked for it and whether or not that one still lives.
 * Method: an engine in a small world, called through the port of a process that can die.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "fakes/containers/behavior.h"
#include "tests/unit/fakes/containers_bed.h"

/* --- starting --- */

Test(containers, start_is_done_when_the_process_runs)
{
    engine_bed_open(NULL);
    const struct container_spec spec = engine_bed_spec(7);
    const int64_t from_ns = world_now(engine_bed.world);
    cr_assert_eq(engine_bed_start(&spec), ST_OK);
    cr_assert_geq(world_now(engine_bed.world) - from_ns, FAKE_CONTAINERS_START_NS_MIN);
    cr_assert_leq(world_now(engine_bed.world) - from_ns, FAKE_CONTAINERS_START_NS_MAX);
    cr_assert_eq(engine_bed_find(7)->state, CONTAINER_RUNNING);
    cr_assert_eq(engine_bed.start.ret_ipv4, 0, "the host network gives no address of its own");
    const struct world_fact *fact = vec_at(&engine_bed.world->facts, 0);
    cr_assert_eq(fact->kind, WORLD_CONTAINER_STARTED);
    cr_assert_eq(fact->token, 7);
    cr_assert_eq(fact->cpu_milli, 100);
    cr_assert_eq(fact->mem_bytes, MIB(32));
    engine_bed_close();
}

Test(containers, start_of_the_same_token_is_the_same_start)
{
    engine_bed_open(NULL);
    const struct container_spec spec = engine_bed_spec(7);
    cr_assert_eq(engine_bed_start(&spec), ST_OK);
    cr_assert_eq(engine_bed_start(&spec), ST_OK);
    cr_assert_eq(engine_bed_stop(7, 0), ST_OK);
    cr_assert_eq(engine_bed_start(&spec), ST_OK, "it has happened, and ended");
    engine_bed_run(SEC(10));
    cr_assert_eq(engine_bed_find(7)->state, CONTAINER_EXITED);
    cr_assert_eq(test_world_count_facts(engine_bed.world, WORLD_CONTAINER_STARTED), 1);
    engine_bed_close();
}

Test(containers, start_needs_the_image_to_be_pulled)
{
    engine_bed_open(NULL);
    struct container_spec spec = engine_bed_spec(7);
    spec.image = "web:1";
    cr_assert_eq(engine_bed_start(&spec), ST_NOT_FOUND);
    cr_assert_null(engine_bed_find(7));
    cr_assert_eq(engine_bed_pull("web:1", false), ST_OK);
    cr_assert_eq(engine_bed_start(&spec), ST_OK);
    engine_bed_close();
}

Test(containers, start_goes_on_when_the_agent_dies)
{
    engine_bed_open(NULL);
    const struct container_spec spec = engine_bed_spec(7);
    engine_bed_start_begin(&spec);
    engine_bed_die();
    engine_bed_run(SEC(1));
    cr_assert_eq(engine_bed.done_count, 0, "nobody is there to be answered");
    cr_assert_eq(engine_bed_find(7)->state, CONTAINER_RUNNING);
    engine_bed_close();
}

Test(containers, start_that_fails_leaves_a_created_container)
{
    static const struct fake_containers_options options = { .start_fail_ppm = PPM };
    engine_bed_open(&options);
    const struct container_spec spec = engine_bed_spec(7);
    cr_assert_eq(engine_bed_start(&spec), ST_FAILED);
    cr_assert_eq(engine_bed_find(7)->state, CONTAINER_CREATED);
    cr_assert_eq(engine_bed_remove(7), ST_OK);
    cr_assert_null(engine_bed_find(7));
    engine_bed_close();
}

Test(containers, removed_while_it_starts_was_not_started)
{
    engine_bed_open(NULL);
    const struct container_spec spec = engine_bed_spec(7);
    static struct env_containers_remove remove;
    engine_bed_start_begin(&spec);
    remove = (struct env_containers_remove){ .op.done = engine_bed_done, .token = 7 };
    env_containers_remove(&engine_bed.port.port, &remove);
    cr_assert_eq(engine_bed_wait(), ST_OK);
    cr_assert_eq(engine_bed_wait(), ST_NOT_FOUND);
    cr_assert_eq(test_world_count_facts(engine_bed.world, WORLD_CONTAINER_STARTED), 0);
    engine_bed_close();
}

/* --- images --- */

Test(containers, pull_takes_as_long_as_its_bytes)
{
    static const struct behavior big = { .image = "big", .concurrency = 1,
                                         .size_bytes = 500 * 1000 * 1000 };
    engine_bed_open(NULL);
    test_world_set_behavior(engine_bed.world, &big);
    const int64_t from_ns = world_now(engine_bed.world);
    cr_assert_eq(engine_bed_pull("big", false), ST_OK);
    cr_assert_eq(world_now(engine_bed.world) - from_ns, SEC(5) + FAKE_CONTAINERS_PULL_NS);
    const int64_t again_ns = world_now(engine_bed.world);
    cr_assert_eq(engine_bed_pull("big", false), ST_OK);
    cr_assert_leq(world_now(engine_bed.world) - again_ns, FAKE_CONTAINERS_CALL_NS_MAX,
                  "it is there");
    const int64_t forced_ns = world_now(engine_bed.world);
    cr_assert_eq(engine_bed_pull("big", true), ST_OK);
    cr_assert_eq(world_now(engine_bed.world) - forced_ns, FAKE_CONTAINERS_PULL_NS,
                 "the registry is asked, nothing is fetched");
    engine_bed_close();
}

Test(containers, pull_of_a_missing_image_is_not_found)
{
    static const struct behavior missing = { .image = "gone", .concurrency = 1, .missing = true };
    engine_bed_open(NULL);
    test_world_set_behavior(engine_bed.world, &missing);
    cr_assert_eq(engine_bed_pull("gone", false), ST_NOT_FOUND);
    engine_bed_close();
}

Test(containers, pulls_of_one_image_share_the_transfer)
{
    static const struct behavior big = { .image = "big", .concurrency = 1,
                                         .size_bytes = 500 * 1000 * 1000 };
    static struct env_containers_pull second;
    engine_bed_open(NULL);
    test_world_set_behavior(engine_bed.world, &big);
    static struct env_containers_pull first;
    first = (struct env_containers_pull){ .op.done = engine_bed_done, .image = "big" };
    second = first;
    env_containers_pull(&engine_bed.port.port, &first);
    engine_bed_run(SEC(2));
    env_containers_pull(&engine_bed.port.port, &second);
    cr_assert_eq(engine_bed_wait(), ST_OK);
    const int64_t at_ns = world_now(engine_bed.world);
    cr_assert_eq(engine_bed_wait(), ST_OK);
    cr_assert_eq(world_now(engine_bed.world), at_ns);
    engine_bed_close();
}

/* --- ending --- */

Test(containers, stop_ends_with_sigterm_when_the_process_obeys)
{
    static const struct behavior polite = { .image = "p", .concurrency = 1,
                                            .stop = { .kind = DIST_CONSTANT, .a_ns = SEC(2) } };
    engine_bed_open(NULL);
    test_world_set_behavior(engine_bed.world, &polite);
    cr_assert_eq(engine_bed_pull("p", false), ST_OK);
    struct container_spec spec = engine_bed_spec(7);
    spec.image = "p";
    cr_assert_eq(engine_bed_start(&spec), ST_OK);
    const int64_t from_ns = world_now(engine_bed.world);
    cr_assert_eq(engine_bed_stop(7, SEC(5)), ST_OK);
    cr_assert_geq(world_now(engine_bed.world) - from_ns, SEC(2));
    cr_assert_lt(world_now(engine_bed.world) - from_ns, SEC(3));
    cr_assert_eq(engine_bed_find(7)->exit_code, 143);
    cr_assert_eq(engine_bed.exits_count, 1, "also an exit that stop caused is told");
    cr_assert_eq(engine_bed.exit_code, 143);
    engine_bed_close();
}

Test(containers, stop_ends_with_sigkill_after_the_grace)
{
    static const struct behavior deaf = { .image = "d", .concurrency = 1,
                                          .stop = { .kind = DIST_CONSTANT, .a_ns = HOUR(1) } };
    engine_bed_open(NULL);
    test_world_set_behavior(engine_bed.world, &deaf);
    cr_assert_eq(engine_bed_pull("d", false), ST_OK);
    struct container_spec spec = engine_bed_spec(7);
    spec.image = "d";
    cr_assert_eq(engine_bed_start(&spec), ST_OK);
    static struct env_containers_stop patient;
    engine_bed_stop_begin(&patient, 7, SEC(60));
    const int64_t from_ns = world_now(engine_bed.world);
    cr_assert_eq(engine_bed_stop(7, SEC(5)), ST_OK,
                 "a later stop with less patience ends it sooner");
    cr_assert_geq(world_now(engine_bed.world) - from_ns, SEC(5));
    cr_assert_lt(world_now(engine_bed.world) - from_ns, SEC(6));
    cr_assert_eq(engine_bed_find(7)->exit_code, 137);
    engine_bed_close();
}

Test(containers, stop_answers_for_what_does_not_run)
{
    engine_bed_open(NULL);
    cr_assert_eq(engine_bed_stop(7, 0), ST_NOT_FOUND);
    const struct container_spec spec = engine_bed_spec(7);
    cr_assert_eq(engine_bed_start(&spec), ST_OK);
    cr_assert_eq(engine_bed_stop(7, 0), ST_OK);
    cr_assert_eq(engine_bed_stop(7, 0), ST_OK);
    cr_assert_eq(engine_bed_remove(7), ST_OK);
    cr_assert_eq(engine_bed_remove(7), ST_OK, "absent is ST_OK");
    engine_bed_close();
}

Test(containers, stop_that_overtakes_the_start_still_ends_it)
{
    engine_bed_open(NULL);
    const struct container_spec spec = engine_bed_spec(7);
    engine_bed_start_begin(&spec);
    static struct env_containers_stop stop;
    engine_bed_stop_begin(&stop, 7, SEC(5));
    engine_bed_run(SEC(10));
    cr_assert_eq(engine_bed.done_count, 2);
    cr_assert_eq(engine_bed_find(7)->state, CONTAINER_EXITED);
    cr_assert_eq(test_world_count_facts(engine_bed.world, WORLD_CONTAINER_ENDED), 1);
    engine_bed_close();
}

Test(containers, remove_takes_a_running_one_too)
{
    engine_bed_open(NULL);
    const struct container_spec spec = engine_bed_spec(7);
    cr_assert_eq(engine_bed_start(&spec), ST_OK);
    cr_assert_eq(engine_bed_remove(7), ST_OK);
    cr_assert_null(engine_bed_find(7));
    cr_assert_eq(test_world_count_facts(engine_bed.world, WORLD_CONTAINER_ENDED), 1);
    cr_assert_eq(test_world_count_facts(engine_bed.world, WORLD_CONTAINER_REMOVED), 1);
    engine_bed_run(SEC(1));
    cr_assert_eq(engine_bed.exits_count, 1);
    engine_bed_close();
}

Test(containers, exit_by_themselves_as_their_image_does)
{
    static const struct behavior brief = { .image = "b", .concurrency = 1, .crashes = true,
                                           .exit_code = 3,
                                           .lifetime = { .kind = DIST_CONSTANT, .a_ns = SEC(9) } };
    engine_bed_open(NULL);
    test_world_set_behavior(engine_bed.world, &brief);
    cr_assert_eq(engine_bed_pull("b", false), ST_OK);
    struct container_spec spec = engine_bed_spec(7);
    spec.image = "b";
    cr_assert_eq(engine_bed_start(&spec), ST_OK);
    engine_bed_run(SEC(8));
    cr_assert_eq(engine_bed.exits_count, 0);
    engine_bed_run(SEC(2));
    cr_assert_eq(engine_bed.exits_count, 1);
    cr_assert_eq(engine_bed.exit_token, 7);
    cr_assert_eq(engine_bed.exit_code, 3);
    engine_bed_close();
}

Test(containers, crash_with_137_when_the_world_says_so)
{
    engine_bed_open(NULL);
    cr_assert_not(fake_engine_crash(engine_bed.engine, 7));
    const struct container_spec spec = engine_bed_spec(7);
    cr_assert_eq(engine_bed_start(&spec), ST_OK);
    cr_assert(fake_engine_crash(engine_bed.engine, 7));
    cr_assert_not(fake_engine_crash(engine_bed.engine, 7), "it does not run any more");
    engine_bed_run(SEC(1));
    cr_assert_eq(engine_bed.exit_code, 137);
    engine_bed_close();
}

/* What a probe, whose time is one service time, takes. */
static int64_t
service_ns_of(uint64_t token)
{
    const struct fake_container *container = engine_bed_find(token);
    struct world_service *service = NULL;
    int64_t delay_ns = 0;
    cr_assert_eq(world_connect(engine_bed.world, ENGINE_NODE, container->addresses[0].ipv4,
                               container->addresses[0].port, &service),
                 WORLD_CONNECTED);
    (void)service->probe(engine_bed.world, service, "/", &delay_ns);
    return delay_ns;
}

Test(containers, are_slow_as_long_as_a_factor_lasts)
{
    engine_bed_open(NULL);
    cr_assert_not(fake_engine_slow(engine_bed.engine, 7, 2, true), "nobody is there");
    static const struct container_port port = { .host_port = 8080, .container_port = 80 };
    struct container_spec spec = engine_bed_spec(7);
    spec.ports = &port;
    spec.ports_count = 1;
    cr_assert_eq(engine_bed_start(&spec), ST_OK);
    cr_assert(fake_engine_slow(engine_bed.engine, 7, 2, true), "before it listens");
    engine_bed_run(SEC(2));
    cr_assert_eq(service_ns_of(7), 2 * BEHAVIOR_SERVICE_NS);
    cr_assert(fake_engine_slow(engine_bed.engine, 7, 3, true));
    cr_assert_eq(service_ns_of(7), 6 * BEHAVIOR_SERVICE_NS);
    cr_assert_not(fake_engine_slow(engine_bed.engine, 7, 4, false), "no such factor lasts");
    cr_assert(fake_engine_slow(engine_bed.engine, 7, 2, false));
    cr_assert_eq(service_ns_of(7), 3 * BEHAVIOR_SERVICE_NS);
    cr_assert(fake_engine_slow(engine_bed.engine, 7, 3, false));
    cr_assert_eq(service_ns_of(7), BEHAVIOR_SERVICE_NS);
    for (uint32_t i = 0; i < FAKE_CONTAINER_SLOW_MAX; i++) {
        cr_assert(fake_engine_slow(engine_bed.engine, 7, 2, true));
    }
    cr_assert_not(fake_engine_slow(engine_bed.engine, 7, 2, true));
    engine_bed_close();
}

Test(containers, tell_no_exit_to_a_listener_of_an_earlier_life)
{
    engine_bed_open(NULL);
    const struct container_spec spec = engine_bed_spec(7);
    cr_assert_eq(engine_bed_start(&spec), ST_OK);
    engine_bed_die();
    memset(&engine_bed.listener, 0xA5, sizeof engine_bed.listener);
    cr_assert(fake_engine_crash(engine_bed.engine, 7));
    engine_bed_run(SEC(1));
    cr_assert_eq(engine_bed.exits_count, 0);
    engine_bed_listen();
    engine_bed_run(SEC(1));
    static struct env_containers_inspect inspect;
    cr_assert_eq(engine_bed_inspect(7, &inspect), ST_OK);
    cr_assert_eq(inspect.ret.state, CONTAINER_EXITED);
    cr_assert_eq(inspect.ret.exit_code, 137);
    engine_bed_close();
}
