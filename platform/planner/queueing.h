/*
 * platform/planner/queueing.h - what queueing theory says of servers, in closed form.
 *
 * Units:   load is in erlangs: the rate of arrivals times the mean service time, so that it is also
 *          the mean number of busy servers. Times are multiples of the mean service time.
 * Calling: pure; nothing but + - * / and the exp and log of base/dist.h, so that every machine
 *          prints the same digits. Loads are > 0 and at most QUEUEING_LOAD_MAX.
 * Source:  Erlang B and C: A. K. Erlang 1917, as in Kleinrock, Queueing Systems I (1975), 3.5, 3.6.
 *          M/G/1: Pollaczek 1930, Khinchine 1932. M/D/1 waiting times: Franx, Operations Research
 *          Letters 29 (2001). Choice of d: Mitzenmacher 1996; Vvedenskaya, Dobrushin, Karpelevich
 *          1996 (the limit of ever more servers).
 */
#ifndef PLATFORM_PLANNER_QUEUEING_H
#define PLATFORM_PLANNER_QUEUEING_H

#include "platform/base/common.h"

#define QUEUEING_LOAD_MAX     1e7
#define QUEUEING_MD1_LOAD_MAX 0.99 /* above, its quantiles want more states than are kept */

enum { QUEUEING_SERVERS_MAX = 20000000, QUEUEING_CHOICES_MAX = 64 };

/* The share of arrivals that find every server busy and are lost: M/G/c/c. */
double queueing_erlang_b(uint32_t servers, double load);

/* The share of arrivals that have to wait: M/M/c. 1 where load is not below servers. */
double queueing_erlang_c(uint32_t servers, double load);

/* The mean wait before service: M/M/c, load < servers. */
double queueing_mmc_wait(uint32_t servers, double load);

/* The quantile (0..1, both excluded) of wait and service together: M/M/c, load < servers. */
double queueing_mmc_quantile(uint32_t servers, double load, double quantile);

/* The mean wait: M/G/1, load < 1. second_moment: E[S^2] / E[S]^2, 1 for constant service times and
 * 2 for exponential ones. */
double queueing_mg1_wait(double load, double second_moment);

/* The quantile of wait and service together: M/D/1, load <= QUEUEING_MD1_LOAD_MAX and quantile at
 * most 0.9999. */
double queueing_md1_quantile(double load, double quantile);

/*
 * The mean of wait and service where each arrival goes to the least busy of so many servers drawn
 * at random, each with exponential service times and load per server, in the limit of infinitely
 * many servers: T_d(load) = sum over i >= 1 of load^((d^i - d) / (d - 1)). load < 1.
 */
double queueing_choices_time(uint32_t choices, double load);

/* The fewest servers with which at most that share has to wait, or is lost; 0 < share < 1. */
uint32_t queueing_servers_for_wait(double load, double share_max);
uint32_t queueing_servers_for_blocking(double load, double share_max);

/* How many instances that work on so many requests at once make up that many servers. */
uint32_t queueing_instances(uint32_t servers, uint32_t concurrency);

#endif
