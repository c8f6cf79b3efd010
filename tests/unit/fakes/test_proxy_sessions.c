/*
 * tests/unit/fakes/test_proxy_sessions.c
 *
 * Goal:   a session stays with its server while that may serve it, at every edge, and moves when it
 *         may not; a server that is leaving gets its sessions and nothing else.
 * Method: two edges, a few instances, sessions by number; where a request went is read off the
 *         instances.
 */
#include <criterion/criterion.h>

#include "tests/unit/fakes/datapath_bed.h"

static struct bed bed;

static void
bed_begin(uint32_t instances)
{
    datapath_bed_open(&bed, 9, instances, NULL);
    bed.service.sticky = true;
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
}

/* Which instance a request of this session goes to; 0: without one. */
static uint32_t
place_of(uint32_t session)
{
    uint32_t before[BED_INSTANCES_MAX];
    for (uint32_t i = 0; i < BED_INSTANCES_MAX; i++) {
        before[i] = instance_open(&bed.instances[i]);
    }
    bed.session = session;
    datapath_bed_request(&bed, SEC(10));
    for (uint32_t i = 0; i < BED_INSTANCES_MAX; i++) {
        if (instance_open(&bed.instances[i]) > before[i]) {
            return i;
        }
    }
    return UINT32_MAX;
}

Test(proxy_sessions, stay_with_their_server)
{
    bed_begin(3);
    uint32_t places[6];
    for (uint32_t session = 0; session < 6; session++) {
        places[session] = place_of(session + 1);
        cr_assert_eq(places[session], session % 3, "the first request goes by the policy");
    }
    for (uint32_t i = 0; i < 30; i++) {
        const uint32_t session = i * 7 % 6;
        cr_assert_eq(place_of(session + 1), places[session]);
    }
    cr_assert_neq(place_of(0), place_of(0), "without one they take turns");
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_sessions, are_valid_at_every_edge_and_outlive_its_power)
{
    bed_begin(4);
    const uint32_t first = place_of(1);
    const uint32_t second = place_of(2);
    cr_assert_neq(first, second);
    struct fake_proxy *edge = bed.proxy;
    struct fake_proxy_port port = bed.port;
    struct fake_proxy *other = fake_proxy_open(bed.datapath, 40, true);
    fake_proxy_port_init(&bed.port, other, bed.process);
    bed.proxy = other;
    cr_assert_eq(datapath_bed_apply(&bed, 1), ST_OK);
    cr_assert_eq(place_of(2), second);
    fake_proxy_power_off(edge);
    fake_proxy_power_off(other);
    fake_proxy_power_on(edge);
    bed.proxy = edge;
    bed.port = port;
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    cr_assert_eq(place_of(1), first);
    cr_assert_eq(place_of(2), second);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_sessions, move_when_their_server_may_not_serve)
{
    bed_begin(3);
    cr_assert_eq(place_of(1), 0);
    bed.endpoints[0].draining = true;
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    const uint32_t moved = place_of(1);
    cr_assert_neq(moved, 0);
    bed.endpoints[0].draining = false;
    cr_assert_eq(datapath_bed_apply(&bed, 3), ST_OK);
    cr_assert_eq(place_of(1), moved, "and do not come back");
    instance_end(bed.world, &bed.instances[moved]);
    const uint32_t again = place_of(1);
    cr_assert_neq(again, moved, "a refusal moves it too");
    cr_assert_eq(place_of(1), again);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_sessions, stay_with_a_server_that_is_leaving)
{
    bed_begin(3);
    cr_assert_eq(place_of(1), 0);
    bed.endpoints[0].leaving = true;
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    for (uint32_t i = 0; i < 9; i++) {
        cr_assert_eq(place_of(1), 0);
        cr_assert_neq(place_of(0), 0, "no plain request");
        cr_assert_neq(place_of(100 + i), 0, "no new session");
    }
    bed.endpoints[0].draining = true;
    cr_assert_eq(datapath_bed_apply(&bed, 3), ST_OK);
    cr_assert_neq(place_of(1), 0);
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_sessions, stay_with_a_server_of_another_zone)
{
    bed_begin(2);
    cr_assert_eq(place_of(1), 0);
    bed.service.zone_affinity = true;
    bed.apply.zone = 2;
    bed.endpoints[0].zone = 1;
    bed.endpoints[1].zone = 2;
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    cr_assert_eq(place_of(1), 0);
    cr_assert_eq(place_of(2), 1, "a new one stays in the zone");
    datapath_bed_ends_conserved(&bed);
}

Test(proxy_sessions, wait_for_their_server_when_it_is_full)
{
    bed_begin(2);
    bed.behavior.service_time.a_ns = MS(10);
    bed.service.resilience.server_requests_max = 1;
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    cr_assert_eq(place_of(1), 0);
    cr_assert_eq(place_of(1), UINT32_MAX, "it waits...");
    cr_assert_eq(instance_open(&bed.instances[1]), 0, "...though another has room");
    datapath_bed_wait(&bed, MS(10));
    cr_assert_eq(instance_open(&bed.instances[0]), 1);
    datapath_bed_ends_conserved(&bed);
    cr_assert_eq(bed.outcomes[REQUEST_OK], 2);
}

Test(proxy_sessions, are_forgotten_with_their_service)
{
    bed_begin(3);
    cr_assert_eq(place_of(1), 0);
    cr_assert_eq(place_of(1), 0);
    const char *name = bed.service.name;
    bed.service.name = "other_1";
    cr_assert_eq(datapath_bed_apply(&bed, 2), ST_OK);
    bed.service.name = name;
    cr_assert_eq(datapath_bed_apply(&bed, 3), ST_OK);
    cr_assert_eq(place_of(9), 0);
    cr_assert_eq(place_of(1), 1, "a first request again");
    datapath_bed_ends_conserved(&bed);
}
