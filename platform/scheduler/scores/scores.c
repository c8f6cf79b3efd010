/* platform/scheduler/scores/scores.c - the table of policies. */
#include "platform/scheduler/scores/scores.h"

static const struct scores_policy policies[SCHEDULER_POLICY_COUNT] = {
    [SCHEDULER_BEST_FIT] = { .score = scores_best_fit, .is_by_left = true },
    [SCHEDULER_WORST_FIT] = { .score = scores_worst_fit, .is_by_left = true, .prefers_empty = true },
    [SCHEDULER_FIRST_FIT] = { .score = scores_first_fit },
    [SCHEDULER_RANDOM] = { .score = scores_random, .draws = true },
};

const struct scores_policy *
scores_policy(enum scheduler_policy policy)
{
    ASSERT(policy < SCHEDULER_POLICY_COUNT);
    return &policies[policy];
}
