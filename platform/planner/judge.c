/* platform/planner/judge.c - a mean, its interval, and the reference. */
#include "platform/planner/judge.h"

#include <math.h>

/* Fills in mean and half. */
static struct judge_verdict
judge_measure(const double values[JUDGE_SEEDS])
{
    struct judge_verdict verdict = { 0 };
    double squares = 0;
    for (uint32_t i = 0; i < JUDGE_SEEDS; i++) {
        verdict.mean += values[i] / JUDGE_SEEDS;
    }
    for (uint32_t i = 0; i < JUDGE_SEEDS; i++) {
        const double off = values[i] - verdict.mean;
        squares += off * off;
    }
    verdict.half = JUDGE_STUDENT * sqrt(squares / (JUDGE_SEEDS - 1) / JUDGE_SEEDS);
    return verdict;
}

struct judge_verdict
judge(const double values[JUDGE_SEEDS], const struct judge_reference *reference)
{
    ASSERT(reference->low <= reference->high);
    ASSERT(reference->tolerance >= 0);
    struct judge_verdict verdict = judge_measure(values);
    verdict.near = verdict.mean >= reference->low - reference->tolerance &&
                   verdict.mean <= reference->high + reference->tolerance;
    verdict.covered = verdict.mean + verdict.half >= reference->low &&
                      verdict.mean - verdict.half <= reference->high;
    return verdict;
}

struct judge_verdict
judge_between(const double values[JUDGE_SEEDS], double low, double high)
{
    struct judge_verdict verdict = judge_measure(values);
    verdict.near = low < verdict.mean && verdict.mean < high;
    verdict.covered = low < verdict.mean - verdict.half && verdict.mean + verdict.half < high;
    return verdict;
}
