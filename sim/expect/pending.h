/*
 * sim/expect/pending.h - what a scenario expects of an app that waits for a node at the end.
 */
#ifndef SIM_EXPECT_PENDING_H
#define SIM_EXPECT_PENDING_H

#include "platform/base/common.h"

struct pending_expect {
    const char *app;
    const char *because; /* NULL: any reason will do, but one there must be */
    const char *nearest; /* NULL: not asked */
    int64_t     for_ns;
};

#endif
