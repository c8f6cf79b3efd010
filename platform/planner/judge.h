/*
 * platform/planner/judge.h - whether what was measured is what theory says.
 *
 * Rule:    one mean a seed, of JUDGE_SEEDS seeds that were fixed before anything was measured. It
 *          holds when the mean of means is within the tolerance of the reference, and the 99.9 %
 *          interval around it has the reference in it. The first catches what is wrong, the
 *          second what is right only by the width of the tolerance. A reference that is the limit
 *          of ever more servers has a tolerance; the interval is then held to what the number of
 *          servers that there is comes to.
 * Source:  Student's t with 7 degrees of freedom, two-sided 99.9 %: 5.408 (any table of it).
 */
#ifndef PLATFORM_PLANNER_JUDGE_H
#define PLATFORM_PLANNER_JUDGE_H

#include "platform/base/common.h"

enum { JUDGE_SEEDS = 8 };

#define JUDGE_STUDENT 5.408

/* One number when low is high; else all between counts as right, as with a quantile that is told by
 * the bucket it is in. */
struct judge_reference {
    double low;
    double high;
    double tolerance; /* beyond either end; >= 0 */
};

struct judge_verdict {
    double mean;
    double half;    /* the interval is mean - half .. mean + half */
    bool   near;    /* the mean is within the tolerance */
    bool   covered; /* the interval meets the reference */
};

struct judge_verdict judge(const double values[JUDGE_SEEDS],
                           const struct judge_reference *reference);

/* Every number between low and high is right. near: the mean lies there; covered: the whole
 * interval does. */
struct judge_verdict judge_between(const double values[JUDGE_SEEDS], double low, double high);

#endif
