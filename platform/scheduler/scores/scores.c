/* platform/scheduler/scores/scores.c - the table of policies. */
#include "platform/scheduler/scores/scores.h"

#include "platform/scheduler/gpus.h"

static const struct scores_policy policies[SCHEDULER_POLICY_COUNT] = {
    [SCHEDULER_BEST_FIT] = { .score = scores_best_fit, .gpu = gpus_fullest, .is_by_left = true },
    [SCHEDULER_WORST_FIT] = { .score = scores_worst_fit,
                              .gpu = gpus_emptiest,
                              .is_by_left = true,
                              .prefers_empty = true },
    [SCHEDULER_FIRST_FIT] = { .score = scores_first_fit, .gpu = gpus_first },
    [SCHEDULER_RANDOM] = { .score = scores_random, .gpu = gpus_drawn, .draws = true },
    [SCHEDULER_DOT_PRODUCT] = { .score = scores_dot_product, .gpu = gpus_fullest },
    [SCHEDULER_FGD] = { .score = scores_fgd, .gpu = fgd_gpu },
    [SCHEDULER_HYBRID] = { .score = scores_hybrid, .gpu = gpus_fullest },
};

const struct scores_policy *
scores_policy(enum scheduler_policy policy)
{
    ASSERT(policy < SCHEDULER_POLICY_COUNT);
    return &policies[policy];
}
