/* platform/planner/queueing.c - closed forms of queueing theory. */
#include "platform/planner/queueing.h"

#include "platform/base/dist.h"

enum {
    HALVINGS = 100,        /* more than a double has bits */
    MD1_STATES = 2048,     /* enough for the quantiles that are allowed: P(L > 2047) < 1e-8 there */
    CHOICES_TERMS = 100000 /* a sum of powers of 0.9999 has ended by then */
};

static const double term_min = 1e-18; /* smaller terms change no digit of a sum above 1 */

/* --- Erlang --- */

/* B(n) from B(n - 1): no factorial and no power, so nothing overflows. */
static double
queueing_erlang_b_next(uint32_t servers, double load, double before)
{
    return load * before / ((double)servers + load * before);
}

static double
queueing_c_from_b(uint32_t servers, double load, double blocked)
{
    const double use = load / (double)servers;
    return use >= 1 ? 1 : blocked / (1 - use * (1 - blocked));
}

double
queueing_erlang_b(uint32_t servers, double load)
{
    ASSERT(load > 0 && load <= QUEUEING_LOAD_MAX);
    ASSERT(servers <= QUEUEING_SERVERS_MAX);
    double blocked = 1;
    for (uint32_t n = 1; n <= servers; n++) {
        blocked = queueing_erlang_b_next(n, load, blocked);
    }
    return blocked;
}

double
queueing_erlang_c(uint32_t servers, double load)
{
    ASSERT(servers > 0);
    return queueing_c_from_b(servers, load, queueing_erlang_b(servers, load));
}

/* Both shares fall with every server, so the first that is small enough is the fewest. */
static uint32_t
queueing_servers(double load, double share_max, bool may_wait)
{
    ASSERT(load > 0 && load <= QUEUEING_LOAD_MAX);
    ASSERT(share_max > 0 && share_max < 1);
    double blocked = 1;
    double share = 1;
    uint32_t servers = 0;
    while (share > share_max && servers < QUEUEING_SERVERS_MAX) {
        servers++;
        blocked = queueing_erlang_b_next(servers, load, blocked);
        share = may_wait ? queueing_c_from_b(servers, load, blocked) : blocked;
    }
    ASSERT(share <= share_max); /* at twice the largest load the share is 0 */
    return servers;
}

uint32_t
queueing_servers_for_wait(double load, double share_max)
{
    return queueing_servers(load, share_max, true);
}

uint32_t
queueing_servers_for_blocking(double load, double share_max)
{
    return queueing_servers(load, share_max, false);
}

uint32_t
queueing_instances(uint32_t servers, uint32_t concurrency)
{
    ASSERT(concurrency > 0);
    return servers / concurrency + (servers % concurrency > 0 ? 1 : 0);
}

/* --- M/M/c --- */

double
queueing_mmc_wait(uint32_t servers, double load)
{
    ASSERT(load < (double)servers);
    return queueing_erlang_c(servers, load) / ((double)servers - load);
}

/*
 * P(wait + service > time): who does not wait is served for an exponential time, who waits does so
 * for one of rate servers - load before that. Written so that no power is above 1.
 */
static double
mmc_longer(double waits, double spare, double time)
{
    const double served = fixed_exp(-time);
    const double rest = spare - 1;
    if (rest * time < 1e-7 && rest * time > -1e-7) { /* both rates are one: the limit */
        return served * (1 + waits * time);
    }
    return served + waits * (served - fixed_exp(-spare * time)) / rest;
}

double
queueing_mmc_quantile(uint32_t servers, double load, double quantile)
{
    ASSERT(load < (double)servers);
    ASSERT(quantile > 0 && quantile < 1);
    const double waits = queueing_erlang_c(servers, load);
    const double spare = (double)servers - load;
    double high = 1;
    while (mmc_longer(waits, spare, high) > 1 - quantile) {
        high *= 2; /* ends: the share falls to 0 */
    }
    double low = 0;
    for (uint32_t i = 0; i < HALVINGS; i++) {
        const double middle = (low + high) / 2;
        if (mmc_longer(waits, spare, middle) > 1 - quantile) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return high;
}

/* --- M/G/1 and M/D/1 --- */

double
queueing_mg1_wait(double load, double second_moment)
{
    ASSERT(load > 0 && load < 1);
    ASSERT(second_moment >= 1);
    return load * second_moment / (2 * (1 - load));
}

/*
 * cumulative[n] = P(at most n in the system). By crossings of the level above n at the ends of
 * services, with A arrivals during one: P(A = 0) p[n + 1] = p[0] P(A > n) + sum over k = 1..n of
 * p[k] P(A > n + 1 - k). Every term is positive: nothing cancels.
 */
static void
md1_states(double load, double cumulative[MD1_STATES])
{
    double more[MD1_STATES]; /* P(A > n), Poisson */
    double state[MD1_STATES];
    const double none = fixed_exp(-load);
    double exactly = none;
    for (uint32_t n = 0; n < MD1_STATES; n++) {
        double tail = 0;
        double term = exactly;
        for (uint32_t k = n + 1; term > 0 && k < MD1_STATES; k++) {
            term *= load / (double)k;
            tail += term;
        }
        more[n] = tail;
        exactly *= load / (double)(n + 1);
    }
    state[0] = 1 - load;
    cumulative[0] = state[0];
    for (uint32_t n = 0; n + 1 < MD1_STATES; n++) {
        double up = state[0] * more[n];
        for (uint32_t k = n; k > 0 && more[n + 1 - k] > 0; k--) {
            up += state[k] * more[n + 1 - k];
        }
        state[n + 1] = up / none;
        cumulative[n + 1] = cumulative[n] + state[n + 1];
    }
}

/* P(wait <= time), by what waits in the queue: cumulative[m + 1] is P(at most m wait). */
static double
md1_waits_at_most(double load, const double cumulative[MD1_STATES], double time)
{
    const uint32_t whole = (uint32_t)time; /* service times */
    const double   rest = load * ((double)(whole + 1) - time);
    double         term = fixed_exp(-rest);
    double         sum = 0;
    for (uint32_t j = 0; j <= whole && term > 0; j++) {
        sum += term * cumulative[whole - j + 1];
        term *= rest / (double)(j + 1);
    }
    return sum;
}

double
queueing_md1_quantile(double load, double quantile)
{
    ASSERT(load > 0 && load <= QUEUEING_MD1_LOAD_MAX);
    ASSERT(quantile > 0 && quantile <= 0.9999);
    double cumulative[MD1_STATES];
    md1_states(load, cumulative);
    if (md1_waits_at_most(load, cumulative, 0) >= quantile) {
        return 1; /* without a wait */
    }
    double low = 0;
    double high = MD1_STATES - 2;
    ASSERT(md1_waits_at_most(load, cumulative, high) >= quantile);
    for (uint32_t i = 0; i < HALVINGS; i++) {
        const double middle = (low + high) / 2;
        if (md1_waits_at_most(load, cumulative, middle) < quantile) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return high + 1;
}

/* --- the choice of d --- */

/* The exponents are e(1) = 0 and e(i + 1) = d (e(i) + 1), so that each term is (load times the
 * last one) to the power of d. */
double
queueing_choices_time(uint32_t choices, double load)
{
    ASSERT(choices > 0 && choices <= QUEUEING_CHOICES_MAX);
    ASSERT(load > 0 && load < 1);
    if (choices == 1) {
        return 1 / (1 - load);
    }
    double sum = 0;
    double term = 1;
    for (uint32_t i = 0; i < CHOICES_TERMS && term > term_min; i++) {
        sum += term;
        const double base = load * term;
        term = base;
        for (uint32_t k = 1; k < choices; k++) {
            term *= base;
        }
    }
    return sum;
}
