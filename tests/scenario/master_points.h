/*
 * tests/scenario/master_points.h - the instants at which a master's death may leave something half
 * done, by counting instead of chance.
 *
 * A point is a step of the world in which the master began a transaction, had one become durable,
 * or wrote a line of its journal. A test plays to the first of them and lets the master die, then
 * to the second in the next play, and so on until there are no more.
 */
#ifndef TESTS_SCENARIO_MASTER_POINTS_H
#define TESTS_SCENARIO_MASTER_POINTS_H

#include "tests/scenario/play.h"

typedef bool master_points_go_on_fn(const struct play *play);

/* Plays on to the point with this number, counted from 1, from from_at_ns (since the start) on and
 * while go_on says so; false when there is none. */
bool master_points_play(struct play *play, int64_t from_at_ns, master_points_go_on_fn *go_on,
                        uint32_t number);

#endif
