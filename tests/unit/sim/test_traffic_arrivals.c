/*
 * tests/unit/sim/test_traffic_arrivals.c
 *
 * Goal:   bursts, days and files bring requests at the rate and at the instants that they say.
 * Method: a small world; requests made are counted in slices of time.
 */
#include "tests/unit/sim/traffic_story.h"

enum { SLICES_MAX = 4000 };

static uint32_t slices[SLICES_MAX];

/* How many requests come in each of so many slices. */
static uint32_t
count_slices(uint32_t slices_count, int64_t slice_ns)
{
    const uint64_t first = traffic_requests(traffic);
    uint64_t before = first;
    for (uint32_t i = 0; i < slices_count; i++) {
        story_run_for(slice_ns);
        slices[i] = (uint32_t)(traffic_requests(traffic) - before);
        story_obeys_littles_law(0);
        before = traffic_requests(traffic);
    }
    return (uint32_t)(before - first);
}

Test(traffic_arrivals, come_in_bursts_at_the_mean_of_their_states)
{
    static const struct scenario_burst states[] = { { .factor = 0, .mean_ns = SEC(3) },
                                                    { .factor = 4, .mean_ns = SEC(1) } };
    struct scenario_traffic line = line_of(ARRIVALS_MMPP, RATE(100), SEC(1));
    line.bursts = states;
    line.bursts_count = COUNT_OF(states);
    story_open(1, 4, &line, 1);
    const uint32_t all = count_slices(4000, MS(100)); /* a hundred rounds of both states */
    uint32_t silent = 0;
    uint32_t busy = 0;
    for (uint32_t i = 0; i < 4000; i++) {
        silent += slices[i] == 0 ? 1 : 0;
        busy += slices[i] > 25 && slices[i] < 60 ? 1 : 0; /* forty in the mean */
    }
    cr_assert(all > 32000 && all < 48000, "%u, expected about 40,000", all);
    cr_assert(silent > 2600 && silent < 3200, "%u, expected a little less than three quarters",
              silent);
    cr_assert(busy > 700 && busy < 1100, "%u", busy);
    story_close();
}

Test(traffic_arrivals, begin_with_the_first_state)
{
    static const struct scenario_burst states[] = { { .factor = 0, .mean_ns = HOUR(1000) },
                                                    { .factor = 1, .mean_ns = HOUR(1000) } };
    struct scenario_traffic line = line_of(ARRIVALS_MMPP, RATE(100), SEC(1));
    line.bursts = states;
    line.bursts_count = COUNT_OF(states);
    story_open(1, 1, &line, 1);
    cr_assert_eq(count_slices(100, SEC(1)), 0);
    story_close();
}

Test(traffic_arrivals, of_one_state_are_poisson)
{
    static const struct scenario_burst states[] = { { .factor = 0.5, .mean_ns = MS(7) } };
    struct scenario_traffic line = line_of(ARRIVALS_MMPP, RATE(2000), SEC(1));
    line.bursts = states;
    line.bursts_count = 1;
    story_open(1, 4, &line, 1);
    const uint32_t all = count_slices(100, SEC(1));
    cr_assert(all > 99000 && all < 101000, "%u: what is redrawn at a change costs nothing", all);
    double variance = 0;
    for (uint32_t i = 0; i < 100; i++) {
        variance += ((double)slices[i] - 1000.0) * ((double)slices[i] - 1000.0) / 100.0;
    }
    cr_assert(variance > 700 && variance < 1400, "%f, expected as the mean", variance);
    story_close();
}

/* A day of 100 s: 10/s at 80 s, 1,000/s at 30 s. */
static struct scenario_traffic
short_day(void)
{
    struct scenario_traffic line = line_of(ARRIVALS_DIURNAL, RATE(10), SEC(1));
    line.peak_microhertz = RATE(1000);
    line.peak_at_ns = SEC(30);
    line.period_ns = SEC(100);
    return line;
}

Test(traffic_arrivals, follow_the_curve_of_a_day)
{
    const struct scenario_traffic line = short_day();
    story_open(1, 4, &line, 1);
    const uint32_t all = count_slices(200, SEC(1));
    cr_assert(all > 99500 && all < 102500, "%u, expected 505 a second in the mean", all);
    for (uint32_t day = 0; day < 2; day++) {
        const uint32_t *seconds = slices + 100 * day;
        const uint32_t peak = seconds[28] + seconds[29] + seconds[30] + seconds[31];
        const uint32_t low = seconds[78] + seconds[79] + seconds[80] + seconds[81];
        const uint32_t up = seconds[3] + seconds[4] + seconds[5] + seconds[6];
        const uint32_t down = seconds[53] + seconds[54] + seconds[55] + seconds[56];
        cr_assert(peak > 3780 && peak < 4200, "%u", peak);
        cr_assert(low < 90, "%u, expected about 50", low);
        cr_assert(up > 1850 && up < 2190, "%u, expected halfway", up);
        cr_assert(down > 1850 && down < 2190, "%u, expected halfway", down);
    }
    story_close();
}

Test(traffic_arrivals, count_a_day_from_the_start_of_the_scenario)
{
    struct scenario_traffic line = short_day();
    line.from_at_ns = SEC(79);
    story_open(1, 4, &line, 1);
    story_run_for(SEC(79));
    cr_assert_eq(traffic_requests(traffic), 0);
    const uint32_t low = count_slices(2, SEC(1));
    cr_assert(low < 60, "%u, expected about 20", low);
    story_close();
}

Test(traffic_arrivals, of_a_curve_are_scaled_when_the_rate_is_set)
{
    const struct scenario_traffic line = short_day();
    story_open(1, 4, &line, 1);
    traffic_set_rate(traffic, 0, RATE(20));
    const uint32_t all = count_slices(100, SEC(1));
    cr_assert(all > 99000 && all < 103000, "%u, expected 1,010 a second in the mean", all);
    traffic_set_rate(traffic, 0, 0);
    cr_assert_eq(count_slices(50, SEC(1)), 0);
    story_close();
}

Test(traffic_arrivals, come_from_a_file_at_its_instants)
{
    static const struct scenario_class classes[] = {
        { .name = "a", .share_ppm = PPM / 2,
          .request = { .method = "GET", .host = "/web", .path = "/a" } },
        { .name = "b", .share_ppm = PPM / 2,
          .request = { .method = "GET", .host = "/web", .path = "/b" } },
    };
    static const struct scenario_arrival rows[] = {
        { .at_ns = 0, .number = 1 },     { .at_ns = MS(10), .number = 2 },
        { .at_ns = MS(10), .number = 2 }, { .at_ns = SEC(5), .number = 1 },
        { .at_ns = SEC(8), .number = 2 }, { .at_ns = SEC(9), .number = 1 },
    };
    struct scenario_traffic line = line_of(ARRIVALS_FILE, 0, SEC(1));
    line.classes = classes;
    line.classes_count = COUNT_OF(classes);
    line.timetable = rows;
    line.timetable_count = COUNT_OF(rows);
    line.from_at_ns = SEC(2);
    line.until_at_ns = SEC(11); /* the last one would come then */
    story_open(1, 1, &line, 1);
    story_run_for(SEC(2) - 1);
    cr_assert_eq(traffic_requests(traffic), 0);
    story_run_for(1);
    cr_assert_eq(traffic_requests(traffic), 1);
    story_run_for(MS(10));
    cr_assert_eq(traffic_requests(traffic), 3);
    story_run_for(SEC(30));
    cr_assert_eq(by_class[0][1][REQUEST_OK], 2);
    cr_assert_eq(by_class[0][2][REQUEST_OK], 3);
    story_close();
}
