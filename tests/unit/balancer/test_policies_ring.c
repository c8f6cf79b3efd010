/*
 * tests/unit/balancer/test_policies_ring.c
 *
 * Goal:   source and uri keep a key on its server, move no more keys than they must when servers
 *         come, go or change their weight, and give each its share.
 * Method: the server of each of many keys before and after a change, by the server's id.
 */
#include "tests/unit/balancer/policies_bed.h"

enum { KEYS = 20000 };

static uint64_t
server_of(struct bed *bed, uint64_t key)
{
    bed->state.key_hash = key;
    bed->state.uri_hash = key;
    return bed->servers[bed_pick(bed)].id;
}

static void
servers_of(struct bed *bed, uint64_t ids[KEYS])
{
    for (uint64_t key = 0; key < KEYS; key++) {
        ids[key] = server_of(bed, key);
    }
}

/* How many keys changed their server; none of them from and to others than the one that changed. */
static uint32_t
moves(const uint64_t before[KEYS], const uint64_t after[KEYS], uint64_t changed)
{
    uint32_t count = 0;
    for (uint32_t key = 0; key < KEYS; key++) {
        if (before[key] != after[key]) {
            cr_assert(before[key] == changed || after[key] == changed);
            count++;
        }
    }
    return count;
}

Test(policies_ring, source_and_uri_look_at_their_own_hash)
{
    static const char *const labels[] = { "source", "uri" };
    for (uint32_t i = 0; i < 2; i++) {
        struct bed bed;
        uint32_t by_key = 0;
        uint32_t by_uri = 0;
        bed_open(&bed, labels[i], NULL, 50);
        const uint32_t first = bed_pick(&bed);
        for (uint64_t value = 1; value < 100; value++) {
            bed.state.key_hash = value;
            bed.state.uri_hash = 0;
            by_key += bed_pick(&bed) != first;
            bed.state.key_hash = 0;
            bed.state.uri_hash = value;
            by_uri += bed_pick(&bed) != first;
        }
        cr_assert_eq(i == 0 ? by_uri : by_key, 0);
        cr_assert((i == 0 ? by_key : by_uri) > 80);
        bed_close(&bed);
    }
}

Test(policies_ring, a_server_that_comes_takes_its_share_and_moves_no_other_key)
{
    static uint64_t before[KEYS];
    static uint64_t after[KEYS];
    for (uint32_t count = 2; count <= 64; count *= 2) {
        struct bed bed;
        bed_open(&bed, "source", NULL, count);
        servers_of(&bed, before);
        memmove(&bed.servers[1], &bed.servers[0], count * sizeof bed.servers[0]);
        bed.servers[0] = (struct env_balance_server){ .id = 1000, .weight = 16, .eligible = true };
        bed.count = count + 1;
        bed_changed(&bed);
        servers_of(&bed, after);
        const uint32_t moved = moves(before, after, 1000);
        cr_assert(moved > 0 && moved <= 2 * KEYS / (count + 1), "%u servers: %u moved", count,
                  moved);
        bed_close(&bed);
    }
}

Test(policies_ring, a_server_that_is_out_gives_its_keys_away_and_gets_them_back)
{
    static uint64_t before[KEYS];
    static uint64_t after[KEYS];
    struct bed bed;
    bed_open(&bed, "uri", NULL, 10);
    servers_of(&bed, before);
    bed_set_eligible(&bed, 4, false);
    servers_of(&bed, after);
    const uint32_t moved = moves(before, after, 5);
    cr_assert(moved > 0 && moved <= 2 * KEYS / 10, "%u", moved);
    bed_set_eligible(&bed, 4, true);
    servers_of(&bed, after);
    cr_assert_eq(moves(before, after, 5), 0);
    bed_close(&bed);
}

/* Out for a while and not there at all are the same to the others. */
Test(policies_ring, a_server_that_is_out_is_as_one_that_is_gone)
{
    static uint64_t out[KEYS];
    static uint64_t gone[KEYS];
    struct bed bed;
    bed_open(&bed, "source", NULL, 7);
    bed.servers[2].eligible = false;
    bed_set_eligible(&bed, 6, false);
    servers_of(&bed, out);
    memmove(&bed.servers[2], &bed.servers[3], 3 * sizeof bed.servers[0]);
    bed.count = 5;
    bed_changed(&bed);
    servers_of(&bed, gone);
    cr_assert_eq(memcmp(out, gone, sizeof out), 0);
    bed_close(&bed);
}

Test(policies_ring, a_weight_that_grows_takes_keys_and_gives_none)
{
    static const uint32_t weights[] = { 20, 20, 20, 20 };
    static uint64_t before[KEYS];
    static uint64_t after[KEYS];
    struct bed bed;
    bed_open(&bed, "source", weights, 4);
    servers_of(&bed, before);
    bed_set_weight(&bed, 1, 21 * BED_WEIGHT_ONE);
    servers_of(&bed, after);
    const uint32_t moved = moves(before, after, 2);
    cr_assert(moved > 0 && moved < KEYS / 50, "%u", moved);
    for (uint32_t key = 0; key < KEYS; key++) {
        cr_assert(before[key] == after[key] || after[key] == 2);
    }
    bed_close(&bed);
}

Test(policies_ring, shares_follow_the_weights)
{
    static const uint32_t weights[] = { 50, 100, 250 };
    uint32_t picks[4] = { 0 };
    struct bed bed;
    bed_open(&bed, "uri", weights, 3);
    for (uint64_t key = 0; key < KEYS; key++) {
        picks[server_of(&bed, key)]++;
    }
    cr_assert(picks[1] > 2250 && picks[1] < 2750, "%u of 2500", picks[1]);
    cr_assert(picks[2] > 4600 && picks[2] < 5400, "%u of 5000", picks[2]);
    bed_close(&bed);
}

Test(policies_ring, many_heavy_servers_are_thinned_out_alike)
{
    uint32_t weights[BED_SERVERS_MAX];
    uint32_t picks[BED_SERVERS_MAX + 1] = { 0 };
    for (uint32_t i = 0; i < BED_SERVERS_MAX; i++) {
        weights[i] = 256; /* 2^19 points in all */
    }
    struct bed bed;
    bed_open(&bed, "source", weights, BED_SERVERS_MAX);
    for (uint64_t key = 0; key < 64000; key++) {
        picks[server_of(&bed, key)]++;
    }
    for (uint32_t i = 1; i <= BED_SERVERS_MAX; i++) {
        cr_assert(picks[i] > 400 && picks[i] < 600, "%u: %u of 500", i, picks[i]);
    }
    bed_close(&bed);
}
