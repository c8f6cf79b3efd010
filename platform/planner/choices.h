/*
 * platform/planner/choices.h - the choice of two among a given number of servers.
 *
 * The limit of infinitely many servers is queueing_choices_time(); for n servers the mean time is
 * that and a correction of the order of 1 / n. What is left out is of the order of 1 / n^2: with a
 * hundred servers less than a thousandth up to a load of 0.95.
 * Units:   as in platform/planner/queueing.h.
 * Source:  N. Gast, B. Van Houdt, A Refined Mean Field Approximation, Proc. ACM Meas. Anal. Comput.
 *          Syst. 1, 2 (2017), whose table for two choices the unit test holds it to.
 */
#ifndef PLATFORM_PLANNER_CHOICES_H
#define PLATFORM_PLANNER_CHOICES_H

#include "platform/base/common.h"

#define CHOICES_LOAD_MAX 0.97 /* above, more levels are occupied than are kept */

/*
 * The mean of wait and service where each arrival goes to the less busy of two servers out of
 * servers_count, each with exponential service times and load per server. distinct: the two are
 * never the same; else both are drawn from all.
 */
double choices_time(uint32_t servers_count, double load, bool distinct);

#endif
