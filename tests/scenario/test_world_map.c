/*
 * tests/scenario/test_world_map.c
 *
 * Goal:   who asks again where somebody listens gets the same answer as who asks for the first
 *         time, whatever has happened in between and whatever he has kept.
 * Method: the smallest scenario's world; two services that come, go and change places at ports of
 *         one machine where nothing else listens.
 */
#include <criterion/criterion.h>

#include "tests/scenario/play.h"

enum { MAP_NODE = 1, MAP_PORT = 999, MAP_OTHER_PORT = 998 };

static struct world_service web, other;

/* What both ways of asking say; they must agree. NULL: nobody listens there. */
static const struct world_service *
ask_again(struct world *world, uint16_t port, struct world_known *known)
{
    struct world_service *first = NULL;
    const uint32_t ipv4 = world_node_ipv4(world, MAP_NODE);
    const enum world_connect found = world_connect(world, MAP_NODE, ipv4, port, &first);
    cr_expect_eq(found, world_connect_again(world, MAP_NODE, ipv4, port, known));
    cr_expect(found != WORLD_CONNECTED || first == known->service);
    return found == WORLD_CONNECTED ? first : NULL;
}

Test(world_map, answers_who_asks_again_as_it_answers_everybody)
{
    struct play *play = play_open(&(struct play_options){ .file = "scenarios/smoke/hello.json" });
    cr_assert(play_until(play, SEC(30)));
    struct world *world = play->world;
    const uint32_t ipv4 = world_node_ipv4(world, MAP_NODE);
    struct world_known known = { 0 };
    cr_expect_null(ask_again(world, MAP_PORT, &known));

    world_listen(world, ipv4, MAP_PORT, &web);
    cr_expect_eq(ask_again(world, MAP_PORT, &known), &web);
    const uint32_t kept = known.place;
    cr_expect_eq(ask_again(world, MAP_PORT, &known), &web);

    world_unlisten(world, ipv4, MAP_PORT);
    cr_expect_null(ask_again(world, MAP_PORT, &known));

    world_listen(world, ipv4, MAP_OTHER_PORT, &other); /* where the other one was noted */
    known = (struct world_known){ .place = kept };
    cr_expect_null(ask_again(world, MAP_PORT, &known));

    world_listen(world, ipv4, MAP_PORT, &web);
    known = (struct world_known){ .place = kept };
    cr_expect_eq(ask_again(world, MAP_PORT, &known), &web);
    world_listen(world, ipv4, MAP_PORT, &other); /* without an end of the first */
    cr_expect_eq(ask_again(world, MAP_PORT, &known), &other);

    known = (struct world_known){ .place = UINT32_MAX };
    cr_expect_eq(ask_again(world, MAP_OTHER_PORT, &known), &other);
    world_unlisten(world, ipv4, MAP_PORT);
    world_unlisten(world, ipv4, MAP_OTHER_PORT);
    play_close(play);
}

Test(world_map, does_not_take_somebody_at_any_port_for_one_at_a_port)
{
    struct play *play = play_open(&(struct play_options){ .file = "scenarios/smoke/hello.json" });
    cr_assert(play_until(play, SEC(30)));
    struct world *world = play->world;
    const uint32_t ipv4 = world_node_ipv4(world, MAP_NODE);
    struct world_known known = { 0 };
    world_listen(world, ipv4, WORLD_ANY_PORT, &other);
    cr_expect_eq(ask_again(world, MAP_PORT, &known), &other);
    world_listen(world, ipv4, MAP_PORT, &web);
    cr_expect_eq(ask_again(world, MAP_PORT, &known), &web);
    world_unlisten(world, ipv4, MAP_PORT);
    cr_expect_eq(ask_again(world, MAP_PORT, &known), &other);
    world_unlisten(world, ipv4, WORLD_ANY_PORT);
    play_close(play);
}
