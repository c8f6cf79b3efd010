/*
 * sim/traffic_arrivals.c - arrivals at a rate that changes by itself: bursts, a day, a file.
 *
 * Source: a Markov-modulated Poisson process is drawn state by state, which is exact since gaps
 *         have no memory; the curve of a day by thinning (Lewis and Shedler 1979).
 */
#include "sim/traffic_inner.h"

/* The sine of up to a quarter turn either way, by its series: off by less than 1e-13. */
static double
arrivals_sine(double x)
{
    double term = x;
    double sum = x;
    for (int i = 2; i < 20; i += 2) {
        term *= -x * x / (double)(i * (i + 1));
        sum += term;
    }
    return sum;
}

/* (1 + cos(2 pi turn)) / 2 for turn in -0.5..0.5: 1 at 0, 0 at either end. */
static double
arrivals_wave(double turn)
{
    const double half_sine = arrivals_sine(3.14159265358979323846 * turn);
    return 1.0 - half_sine * half_sine;
}

/* A gap to the next arrival at this rate (in micro-hertz); TRAFFIC_NEVER when it is too long. */
static int64_t
arrivals_gap(struct traffic_line *line, double rate_microhertz)
{
    const double mean_ns = (double)TRAFFIC_RATE_SCALE / rate_microhertz;
    const double gap_ns = rng_exponential(&line->arrivals) * mean_ns + line->gap_carry_ns;
    if (!(gap_ns < (double)DIST_NS_MAX)) {
        return TRAFFIC_NEVER;
    }
    const int64_t whole_ns = (int64_t)gap_ns;
    line->gap_carry_ns = gap_ns - (double)whole_ns;
    return whole_ns;
}

/* --- bursts --- */

static void
arrivals_enter_burst(struct traffic_line *line, uint32_t burst, int64_t at_ns)
{
    const struct dist stay = { .kind = DIST_EXPONENTIAL,
                               .a_ns = line->spec->bursts[burst].mean_ns };
    line->burst = burst;
    line->burst_until_ns = at_ns + 1 + dist_draw_ns(&stay, &line->bursts);
}

/* Bounded: each turn is a stay of at least 1 ns, and none begins after the line's end. */
static int64_t
arrivals_after_bursts(struct traffic_line *line, int64_t at_ns)
{
    int64_t next_ns = at_ns;
    while (next_ns < line->until_at_ns) {
        const double factor = line->spec->bursts[line->burst].factor;
        if (factor > 0) {
            const int64_t gap_ns = arrivals_gap(line, (double)line->rate_microhertz * factor);
            if (gap_ns < line->burst_until_ns - next_ns) {
                return next_ns + gap_ns;
            }
        }
        line->gap_carry_ns = 0;
        next_ns = line->burst_until_ns;
        arrivals_enter_burst(line, (line->burst + 1) % line->spec->bursts_count, next_ns);
    }
    return TRAFFIC_NEVER;
}

/* --- a day --- */

/* The share of candidates that come at this instant: the curve over its highest point. */
static double
arrivals_day_share(const struct scenario_traffic *spec, int64_t start_at_ns, int64_t at_ns)
{
    int64_t phase_ns = (at_ns - start_at_ns - spec->peak_at_ns) % spec->period_ns;
    if (phase_ns > spec->period_ns / 2) {
        phase_ns -= spec->period_ns;
    } else if (phase_ns < -(spec->period_ns / 2)) {
        phase_ns += spec->period_ns;
    }
    const double wave = arrivals_wave((double)phase_ns / (double)spec->period_ns);
    const double low = (double)spec->rate_microhertz / (double)spec->peak_microhertz;
    return low + (1.0 - low) * wave;
}

/* Bounded: candidates come at the highest rate until one is taken or the line ends. */
static int64_t
arrivals_after_day(struct traffic_line *line, int64_t at_ns)
{
    const double scale = (double)line->rate_microhertz / (double)line->spec->rate_microhertz;
    const double peak_microhertz = (double)line->spec->peak_microhertz * scale;
    const int64_t start_at_ns = line->from_at_ns - line->spec->from_at_ns; /* of the scenario */
    int64_t      next_ns = at_ns;
    while (next_ns < line->until_at_ns) {
        const int64_t gap_ns = arrivals_gap(line, peak_microhertz);
        if (gap_ns == TRAFFIC_NEVER) {
            break;
        }
        next_ns += gap_ns;
        if (rng_unit(&line->bursts) < arrivals_day_share(line->spec, start_at_ns, next_ns)) {
            return next_ns;
        }
    }
    return TRAFFIC_NEVER;
}

double
arrivals_rate(const struct scenario_traffic *spec, int64_t start_at_ns, int64_t rate_microhertz,
              int64_t at_ns)
{
    if (spec->arrivals != ARRIVALS_DIURNAL || spec->rate_microhertz == 0) {
        return (double)rate_microhertz;
    }
    const double scale = (double)rate_microhertz / (double)spec->rate_microhertz;
    return (double)spec->peak_microhertz * scale * arrivals_day_share(spec, start_at_ns, at_ns);
}

/* --- a file --- */

static int64_t
arrivals_after_file(struct traffic_line *line)
{
    const struct scenario_traffic *spec = line->spec;
    if (line->timetable_next == spec->timetable_count) {
        return TRAFFIC_NEVER;
    }
    return line->from_at_ns + spec->timetable[line->timetable_next++].at_ns;
}

/* --- any of them --- */

void
arrivals_begin(struct traffic_line *line, int64_t at_ns)
{
    if (line->spec->arrivals == ARRIVALS_MMPP) {
        if (line->burst_until_ns <= at_ns) { /* it has not begun, or was paused all the while */
            arrivals_enter_burst(line, 0, at_ns);
        }
    }
}

int64_t
arrivals_after(struct traffic_line *line, int64_t at_ns)
{
    switch (line->spec->arrivals) {
    case ARRIVALS_MMPP:
        return arrivals_after_bursts(line, at_ns);
    case ARRIVALS_DIURNAL:
        return arrivals_after_day(line, at_ns);
    case ARRIVALS_FILE:
        return arrivals_after_file(line);
    case ARRIVALS_POISSON:
    case ARRIVALS_CONSTANT:
        break;
    }
    ASSERT(false);
    return TRAFFIC_NEVER;
}
