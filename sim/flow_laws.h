/*
 * sim/flow_laws.h - the laws of stations, each found once a run and kept.
 *
 * Grid:    the law of a station is found at loads of 1 - 0.9^k, and between two of them it is a mix
 *          of both, linear in 1 / (1 - load), as which waits grow. The last is at a load of 0.99.
 * Closed:  one server with exponential service times is M/M/c: its law is a formula. Others are
 *          played (sim/flow_law.h), for longer the nearer they are to a load of 1.
 * Alike:   many servers of one kind are played as FLOW_ALIKE_MAX of them.
 * Memory:  a law is some 20 KB.
 */
#ifndef SIM_FLOW_LAWS_H
#define SIM_FLOW_LAWS_H

#include "platform/base/map.h"
#include "platform/base/vec.h"
#include "sim/flow_law.h"

enum { FLOW_ALIKE_MAX = 256 };

struct flow_laws {
    struct map64 by_key; /* of station and load -> index + 1 in laws */
    struct vec   laws;   /* struct flow_law *, owned */
};

void flow_laws_init(struct flow_laws *laws);
void flow_laws_fini(struct flow_laws *laws);

/* What a share of requests meets, and the rest. Both stay in place until flow_laws_fini. */
struct flow_mix {
    const struct flow_law *low;
    const struct flow_law *high;
    double                 high_share;
};

/* use: of what all workers can do, >= 0 and below 1. station->rate is not looked at. */
struct flow_mix flow_laws_mix(struct flow_laws *laws, const struct flow_station *station,
                              double use);

#endif
