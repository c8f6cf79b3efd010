/*
 * tests/unit/fakes/test_probe.c
 *
 * Goal:   a modelled probe answers what a real one would: by who listens, how well, and in what
 *         time.
 * Method: services written here, listening in a small world; one question each.
 */
#include <criterion/criterion.h>

#include "fakes/probe/probe.h"
#include "tests/unit/fakes/test_world.h"

enum { NODE = 2, PORT = 31000 };

static struct world *world;
static struct fake_probe probe;
static struct env_probe_ask ask;
static struct world_service service;
static enum world_answer says;
static int64_t says_after_ns;
static bool done;
static int64_t done_at_ns;

static enum world_answer
service_probe(struct world *of, struct world_service *asked, const char *path,
              int64_t *ret_delay_ns)
{
    cr_assert_eq(of, world);
    cr_assert_eq(asked, &service);
    cr_assert_str_eq(path, "/health");
    *ret_delay_ns = says_after_ns;
    return says;
}

static void
probe_done(struct env_op *op)
{
    cr_assert_eq(op, &ask.op);
    done = true;
    done_at_ns = world_now(world);
}

static void
bed_open(enum world_answer answer, int64_t after_ns)
{
    world = test_world_open(1);
    says = answer;
    says_after_ns = after_ns;
    service = (struct world_service){ .token = 7, .node = NODE, .probe = service_probe };
    fake_probe_init(&probe, world,
                    test_world_process(world, env_address_of(ENV_PROCESS_AGENT, NODE), NODE));
}

static enum status
bed_ask(enum env_probe_kind kind)
{
    done = false;
    ask = (struct env_probe_ask){ .op.done = probe_done,
                                  .kind = kind,
                                  .token = 7,
                                  .ipv4 = test_world_ipv4(NODE),
                                  .port = PORT,
                                  .path = "/health",
                                  .shell = "true",
                                  .timeout_ns = SEC(5) };
    env_probe_ask(&probe.port, &ask);
    cr_assert_not(done, "never before the call returns");
    test_world_run(world, 10);
    cr_assert(done);
    return ask.op.status;
}

Test(probe, answers_200_or_500_after_what_the_service_takes)
{
    bed_open(WORLD_ANSWER_OK, MS(30));
    world_listen(world, test_world_ipv4(NODE), PORT, &service);
    cr_assert_eq(bed_ask(ENV_PROBE_HTTP), ST_OK);
    cr_assert_eq(ask.ret_http_code, 200);
    cr_assert_eq(done_at_ns, MS(30));
    says = WORLD_ANSWER_ERROR;
    cr_assert_eq(bed_ask(ENV_PROBE_HTTPS), ST_OK);
    cr_assert_eq(ask.ret_http_code, 500);
    cr_assert_eq(bed_ask(ENV_PROBE_TCP), ST_OK, "somebody listens");
    test_world_close(world);
}

Test(probe, is_refused_where_nobody_listens)
{
    bed_open(WORLD_ANSWER_OK, 0);
    cr_assert_eq(bed_ask(ENV_PROBE_HTTP), ST_FAILED);
    cr_assert_lt(done_at_ns, MS(10));
    test_world_close(world);
}

Test(probe, waits_for_its_timeout_when_nothing_comes_back)
{
    bed_open(WORLD_ANSWER_NONE, 0);
    world_listen(world, test_world_ipv4(NODE), PORT, &service);
    cr_assert_eq(bed_ask(ENV_PROBE_HTTP), ST_TIMEOUT);
    cr_assert_eq(done_at_ns, SEC(5));
    says = WORLD_ANSWER_OK;
    says_after_ns = SEC(6); /* too late */
    cr_assert_eq(bed_ask(ENV_PROBE_HTTP), ST_TIMEOUT);
    cr_assert_eq(done_at_ns, SEC(10));
    test_world_set_node(world, NODE, false);
    cr_assert_eq(bed_ask(ENV_PROBE_HTTP), ST_TIMEOUT, "no way there");
    test_world_close(world);
}

Test(probe, drops_the_answer_when_its_process_dies)
{
    bed_open(WORLD_ANSWER_OK, MS(30));
    world_listen(world, test_world_ipv4(NODE), PORT, &service);
    done = false;
    ask = (struct env_probe_ask){ .op.done = probe_done, .kind = ENV_PROBE_TCP, .token = 7,
                                  .ipv4 = test_world_ipv4(NODE), .port = PORT,
                                  .path = "/health", .timeout_ns = SEC(5) };
    env_probe_ask(&probe.port, &ask);
    test_world_process_die(world, probe.process);
    test_world_run(world, 10);
    cr_assert_not(done);
    test_world_close(world);
}

Test(probe, runs_a_command_where_the_container_is)
{
    bed_open(WORLD_ANSWER_OK, 0);
    struct fake_engine *engine = fake_engine_open(world, NODE, NULL);
    fake_probe_set_engine(&probe, engine);
    cr_assert_eq(bed_ask(ENV_PROBE_COMMAND), ST_FAILED, "no such container");
    fake_engine_close(engine);
    test_world_close(world);
}
