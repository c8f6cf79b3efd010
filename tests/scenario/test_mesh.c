/*
 * tests/scenario/test_mesh.c
 *
 * Goal:   in a mesh every machine has a proxy for its own containers, clients outside reach those
 *         in front alone, and whatever dies, no call is lost or left behind.
 * Method: a front that calls a leaf, played until all is in place and the machines are looked at;
 *         then with tasks and machines that die, by seeds, until the world is empty.
 */
#include <criterion/criterion.h>

#include "tests/scenario/play.h"

Test(mesh, gives_every_machine_a_proxy_and_shows_clients_the_front_ones)
{
    struct play *play = play_open(&(struct play_options){ .file = "scenarios/base/mesh.json" });
    cr_assert(play_until(play, MIN(1)));
    struct world *world = play->world;
    struct rng    rng;
    rng_init(&rng, 1, 0, "mesh");
    uint32_t fronts = 0;
    for (uint32_t i = 1; i < world->nodes.count; i++) {
        const struct world_node *node = world_node_at(world, i);
        cr_expect(node->edge != NULL && node->edge->alive, "%s", node->name);
        cr_expect_eq(fake_datapath_local(world->datapath, i), node->proxy, "%s", node->name);
        fronts += strcmp(node->role, "slave_public") == 0;
    }
    cr_assert_eq(world->nodes.count, 5);
    cr_assert_eq(fronts, 1);
    for (uint32_t i = 0; i < 100; i++) {
        const struct fake_proxy *edge = fake_datapath_pick_edge(world->datapath, &rng);
        cr_assert(edge != NULL && edge == world_node_at(world, 1)->proxy);
    }
    play_close(play);
}

Test(mesh, has_proxies_in_front_only_where_nobody_calls)
{
    struct play *play = play_open(&(struct play_options){ .file = "scenarios/smoke/hello.json" });
    cr_assert(play_until(play, SEC(30)));
    for (uint32_t i = 1; i < play->world->nodes.count; i++) {
        const struct world_node *node = world_node_at(play->world, i);
        cr_expect_eq(node->proxy != NULL, strcmp(node->role, "slave_public") == 0, "%s",
                     node->name);
    }
    play_close(play);
}

static const char storm[] =
    "{ \"name\": \"mesh-storm\", \"extends\": \"scenarios/base/mesh.json\", \"settle\": \"15m\","
    "  \"images\": { \"mesh/front:1\": { \"deadlines\": true, \"calls\": ["
    "    { \"to\": \"/leaf\", \"timeout\": \"150ms\", \"retries\": 2, \"budget\": \"20%\" },"
    "    { \"all\": [ { \"to\": \"/leaf\", \"optional\": true }, { \"to\": \"/leaf\","
    "      \"probability\": \"30%\" } ] } ] } },"
    "  \"traffic\": [ { \"to\": \"front.example.com\", \"rate\": \"200/s\", \"timeout\": \"2s\","
    "    \"until\": \"4m50s\" } ],"
    "  \"timeline\": [ { \"at\": \"70s\", \"do\": \"slow-task\", \"target\": \"30%\","
    "    \"factor\": 50, \"for\": \"2m\" } ],"
    "  \"faults\": { \"from\": \"70s\", \"until\": \"4m\", \"every\": \"6s\", \"max_at_once\": 3,"
    "    \"nodes_down_max\": 2 },"
    "  \"expect\": [ { \"slo\": \"availability\", \"to\": \"front.example.com\","
    "    \"at_least\": \"20%\" } ] }";

Test(mesh, loses_no_call_whatever_dies, .timeout = 60)
{
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct play *play = play_open(&(struct play_options){ .text = storm, .seed = seed });
        play_run(play);
        play_expect_passed(play);
        cr_assert_eq(fake_datapath_requests_open(play->world->datapath), 0, "%s",
                     play_said(play));
        play_close(play);
    }
}
