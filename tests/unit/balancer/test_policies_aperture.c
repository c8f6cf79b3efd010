/*
 * tests/unit/balancer/test_policies_aperture.c
 *
 * Goal:   aperture sends to as many servers as its load wants: more when it grows, fewer when it
 *         shrinks, each proxy to its own.
 * Method: a steady number of open requests for a while; the servers that get any are counted.
 */
#include "tests/unit/balancer/policies_bed.h"

/* Keeps so many requests open for a minute, the oldest ending first; then the servers used in the
 * next 10 s. */
static uint32_t
window_at(struct bed *bed, uint32_t open, bool used[BED_SERVERS_MAX])
{
    static uint32_t sent[7001];
    uint32_t first = 0;
    uint32_t last = 0;
    uint32_t count = 0;
    memset(used, 0, BED_SERVERS_MAX * sizeof used[0]);
    for (uint32_t step = 0; step < 7000; step++) {
        bed->state.now_ns += MS(10);
        sent[last] = bed_send(bed);
        used[sent[last]] = used[sent[last]] || step >= 6000;
        last++;
        if (last - first >= open) {
            bed_ended(bed, sent[first++], MS(10) * open);
        }
    }
    while (first < last) {
        bed_ended(bed, sent[first++], MS(10));
    }
    for (uint32_t i = 0; i < bed->count; i++) {
        count += used[i] ? 1 : 0;
    }
    return count;
}

Test(policies_aperture, grows_and_shrinks_with_the_load)
{
    struct bed bed;
    bool used[BED_SERVERS_MAX];
    bed_open(&bed, "aperture", NULL, 40);
    cr_assert_eq(window_at(&bed, 1, used), 1);
    const uint32_t wide = window_at(&bed, 30, used);
    cr_assert(wide >= 15 && wide <= 40, "30 open at 0.5 to 2 each: %u", wide);
    const uint32_t narrow = window_at(&bed, 4, used);
    cr_assert(narrow >= 2 && narrow <= 8, "4 open: %u", narrow);
    const uint32_t all_of_them = window_at(&bed, 500, used);
    cr_assert_eq(all_of_them, 40);
    bed_close(&bed);
}

Test(policies_aperture, keeps_its_servers_and_every_proxy_has_its_own)
{
    bool used[3][BED_SERVERS_MAX];
    for (uint32_t proxy = 0; proxy < 3; proxy++) {
        struct bed bed;
        bed_open_seed(&bed, "aperture", NULL, 40, proxy < 2 ? 1 : 2);
        (void)window_at(&bed, 8, used[proxy]);
        if (proxy == 1) { /* wider and narrow again: the same ones */
            (void)window_at(&bed, 60, used[proxy]);
            (void)window_at(&bed, 8, used[proxy]);
        }
        bed_close(&bed);
    }
    uint32_t both = 0;
    uint32_t other = 0;
    uint32_t first = 0;
    for (uint32_t i = 0; i < 40; i++) {
        first += used[0][i] ? 1 : 0;
        both += used[0][i] && used[1][i] ? 1 : 0;
        other += used[0][i] && used[2][i] ? 1 : 0;
    }
    cr_assert(both >= 4, "%u of %u are the same", both, first);
    cr_assert(other < first, "another proxy has the same servers");
}

Test(policies_aperture, a_server_that_goes_is_followed_by_the_next)
{
    struct bed bed;
    bool before[BED_SERVERS_MAX];
    bool after[BED_SERVERS_MAX];
    bed_open(&bed, "aperture", NULL, 40);
    const uint32_t count = window_at(&bed, 10, before);
    for (uint32_t i = 0; i < 40; i++) {
        if (before[i]) {
            bed_set_eligible(&bed, i, false);
            break;
        }
    }
    cr_assert(window_at(&bed, 10, after) + 2 >= count);
    bed_close(&bed);
}

Test(policies_aperture, takes_the_less_loaded_of_two_in_the_window)
{
    struct bed bed;
    bed_open(&bed, "aperture", NULL, 2);
    for (uint32_t i = 0; i < 8; i++) { /* enough to open the window for both */
        bed.state.now_ns += SEC(5);
        bed_sent(&bed, 0);
    }
    for (uint32_t i = 0; i < 100; i++) {
        cr_assert_eq(bed_pick(&bed), 1);
    }
    bed.servers[0].weight = 9 * BED_WEIGHT_ONE; /* 9 for nine against 2 for one */
    bed_changed(&bed);
    bed_sent(&bed, 1);
    for (uint32_t i = 0; i < 100; i++) {
        cr_assert_eq(bed_pick(&bed), 0);
    }
    bed_close(&bed);
}
