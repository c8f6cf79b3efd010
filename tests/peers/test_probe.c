/*
 * tests/peers/test_probe.c
 *
 * Goal:   the fake probe and the real one keep the promises of platform/env/probe.h.
 * Method: one body a promise, on both sides, asked of a web container and of nobody.
 */
#include "tests/peers/peers.h"

static enum status
probe(struct peer *peer, struct env_probe_ask *ask)
{
    ask->op.done = peer_done;
    ask->ipv4 = peer->host_ipv4;
    ask->timeout_ns = SEC(5);
    env_probe_ask(peer->env->probe, ask);
    return peer_wait(peer, &ask->op);
}

/* Until the server inside listens: the start answers when its process runs, which is earlier. */
static void
web_up(struct peer *peer, struct container_spec *ret_spec)
{
    peer_spec(peer, PEER_APP_WEB, ret_spec);
    cr_assert(peer_start(peer, ret_spec) == ST_OK);
    for (uint32_t tries = 0; tries < 100; tries++) {
        struct env_probe_ask ask = {.kind = ENV_PROBE_HTTP, .port = peer->port, .path = "/"};
        if (probe(peer, &ask) == ST_OK) {
            return;
        }
        peer_run_for(peer, MS(200));
    }
    cr_assert(false, "the web container never answered");
}

PEER_TEST(probe, an_http_probe_brings_the_code)
{
    struct container_spec spec;
    web_up(peer, &spec);
    struct env_probe_ask ask = {
        .kind = ENV_PROBE_HTTP, .token = spec.token, .port = peer->port, .path = "/"};
    cr_assert(probe(peer, &ask) == ST_OK);
    cr_assert(ask.ret_http_code == 200, "code %d", ask.ret_http_code);
}

PEER_TEST(probe, a_tcp_probe_connects)
{
    struct container_spec spec;
    web_up(peer, &spec);
    struct env_probe_ask ask = {.kind = ENV_PROBE_TCP, .port = peer->port};
    cr_assert(probe(peer, &ask) == ST_OK);
}

PEER_TEST(probe, where_nobody_listens_it_fails)
{
    struct env_probe_ask http = {.kind = ENV_PROBE_HTTP, .port = peer->port_closed, .path = "/"};
    struct env_probe_ask tcp = {.kind = ENV_PROBE_TCP, .port = peer->port_closed};
    cr_assert(probe(peer, &http) == ST_FAILED);
    cr_assert(probe(peer, &tcp) == ST_FAILED);
}

PEER_TEST(probe, a_stopped_server_fails)
{
    struct container_spec spec;
    web_up(peer, &spec);
    cr_assert(peer_stop(peer, spec.token, SEC(2)) == ST_OK);
    struct env_probe_ask ask = {.kind = ENV_PROBE_TCP, .port = peer->port};
    cr_assert(probe(peer, &ask) == ST_FAILED);
}

PEER_TEST(probe, a_command_brings_its_exit_code)
{
    struct container_spec spec;
    peer_spec(peer, PEER_APP_STAYS, &spec);
    cr_assert(peer_start(peer, &spec) == ST_OK);
    int32_t exit_code = -1;
    for (uint32_t tries = 0; tries < 20 && exit_code != 0; tries++) {
        struct env_probe_ask ask = {
            .kind = ENV_PROBE_COMMAND, .token = spec.token, .shell = "true", .ret_exit_code = -1};
        cr_assert(probe(peer, &ask) == ST_OK);
        exit_code = ask.ret_exit_code; /* until the app inside is up */
        peer_run_for(peer, MS(100));
    }
    cr_assert(exit_code == 0, "exit code %d", exit_code);
}

PEER_TEST(probe, a_command_in_an_absent_container_is_no_answer)
{
    struct env_probe_ask ask = {.kind = ENV_PROBE_COMMAND, .token = 77, .shell = "true"};
    cr_assert(probe(peer, &ask) != ST_OK);
}

PEER_TEST(probe, a_dead_process_is_answered_nothing)
{
    struct env_probe_ask ask = {.op.done = peer_done,
                                .kind = ENV_PROBE_TCP,
                                .ipv4 = peer->host_ipv4,
                                .port = peer->port_closed,
                                .timeout_ns = SEC(1)};
    env_probe_ask(peer->env->probe, &ask);
    peer_restart(peer);
    peer_run_for(peer, SEC(2));
    cr_assert(env_op_is_pending(&ask.op));
}
