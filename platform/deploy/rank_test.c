/* platform/deploy/rank_test.c - Mann-Whitney's rank test by all pairs of the two samples. */
#include "platform/deploy/rank_test.h"

#include <math.h>

#include "platform/base/dist.h"
#include "platform/base/memory.h"

/* Kayenta's: a shift is taken for one when the interval ends beyond this part of its estimate. */
#define RANK_TOLERANCE 4 /* a quarter */

enum { RANK_Z_STEPS = 60 };

/* The chance that a standard normal value is above z >= 0: Abramowitz and Stegun 26.2.17, in the
 * middle; the continued fraction of Laplace beyond. Both err by less than 1e-7. */
static double
rank_normal_above(double z)
{
    const double density = fixed_exp(-z * z / 2) / 2.5066282746310002;
    if (z > 2.5) {
        double fraction = z;
        for (int32_t i = 40; i > 0; i--) {
            fraction = z + i / fraction;
        }
        return density / fraction;
    }
    const double t = 1 / (1 + 0.2316419 * z);
    return density * t *
           (0.319381530 +
            t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
}

/* The value above which a standard normal one is as seldom as a two-sided confidence says. */
static double
rank_z(uint32_t confidence_ppm)
{
    const double above = (double)(PPM - confidence_ppm) / PPM / 2;
    double low = 0;
    double high = 10;
    for (int32_t i = 0; i < RANK_Z_STEPS; i++) {
        const double middle = (low + high) / 2;
        if (rank_normal_above(middle) > above) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return (low + high) / 2;
}

/* Sorts by merging; returns where the result is: items or spare. */
static int64_t *
rank_sort(int64_t *items, int64_t *spare, uint32_t count)
{
    for (uint32_t width = 1; width < count; width *= 2) {
        for (uint32_t first = 0; first < count; first += 2 * width) {
            const uint32_t middle = count - first < width ? count : first + width;
            const uint32_t end = count - first < 2 * width ? count : first + 2 * width;
            uint32_t left = first;
            uint32_t right = middle;
            for (uint32_t at = first; at < end; at++) {
                const bool take_left =
                    left < middle && (right == end || items[left] <= items[right]);
                spare[at] = take_left ? items[left++] : items[right++];
            }
        }
        int64_t *const swapped = items;
        items = spare;
        spare = swapped;
    }
    return items;
}

/* Of the sum over all equal values of t^3 - t, both samples together. */
static double
rank_ties(const int64_t *first, uint32_t first_count, const int64_t *second, uint32_t second_count)
{
    int64_t both[2 * RANK_TEST_SAMPLES_MAX];
    int64_t spare[2 * RANK_TEST_SAMPLES_MAX];
    const uint32_t count = first_count + second_count;
    for (uint32_t i = 0; i < count; i++) {
        both[i] = i < first_count ? first[i] : second[i - first_count];
    }
    const int64_t *sorted = rank_sort(both, spare, count);
    double sum = 0;
    for (uint32_t i = 0; i < count;) {
        uint32_t end = i + 1;
        while (end < count && sorted[end] == sorted[i]) {
            end++;
        }
        const double ties = end - i;
        sum += ties * ties * ties - ties;
        i = end;
    }
    return sum;
}

/* The standard deviation of U when both samples are alike; 0 when all values are equal. */
static double
rank_sigma(const int64_t *first, uint32_t first_count, const int64_t *second, uint32_t second_count)
{
    const double pairs = (double)first_count * second_count;
    const double count = (double)first_count + second_count;
    const double ties = rank_ties(first, first_count, second, second_count);
    const double variance = pairs / 12 * (count + 1 - ties / (count * (count - 1)));
    return variance > 0 ? sqrt(variance) : 0;
}

static int64_t
rank_median(const int64_t *sorted, uint32_t count)
{
    const int64_t low = sorted[(count - 1) / 2];
    const int64_t high = sorted[count / 2];
    const int64_t sum = low + high; /* of differences of times and shares: far from the ends */
    return sum >= 0 ? sum / 2 : -((1 - sum) / 2);
}

/* Where the two ends of the interval stand among the differences. */
static void
rank_interval(const int64_t *sorted, uint32_t pairs, double sigma, double z,
              struct rank_result *result)
{
    const double place = (double)pairs / 2 - 0.5 - z * sigma;
    result->shift_low = INT64_MIN;
    result->shift_high = INT64_MAX;
    if (place >= 0) {
        const uint32_t index = (uint32_t)place;
        result->shift_low = sorted[index];
        result->shift_high = sorted[pairs - 1 - index];
    }
}

static uint32_t
rank_p(int64_t u_doubled, uint32_t pairs, double sigma)
{
    const double distance = ((double)u_doubled - pairs) / 2;
    const double away = (distance < 0 ? -distance : distance) - 0.5; /* continuity */
    if (sigma == 0 || away <= 0) {
        return PPM;
    }
    const double p = 2 * rank_normal_above(away / sigma);
    return p >= 1 ? PPM : (uint32_t)(p * PPM + 0.5);
}

static enum rank_verdict
rank_verdict_of(const struct rank_result *result, int64_t first_sum, uint32_t first_count,
                int64_t second_sum, uint32_t second_count)
{
    const int64_t shift = result->shift;
    const int64_t tolerance = (shift < 0 ? -shift : shift) / RANK_TOLERANCE;
    const double first_mean = (double)first_sum / first_count;
    const double second_mean = (double)second_sum / second_count;
    if (result->shift_low != INT64_MIN && result->shift_low > tolerance &&
        first_mean >= second_mean) {
        return RANK_HIGH;
    }
    if (result->shift_high != INT64_MAX && result->shift_high < -tolerance &&
        first_mean <= second_mean) {
        return RANK_LOW;
    }
    return RANK_SAME;
}

struct rank_result
rank_test(const int64_t *first, uint32_t first_count, const int64_t *second, uint32_t second_count,
          uint32_t confidence_ppm)
{
    ASSERT(first_count > 0 && first_count <= RANK_TEST_SAMPLES_MAX);
    ASSERT(second_count > 0 && second_count <= RANK_TEST_SAMPLES_MAX);
    ASSERT(confidence_ppm < PPM);
    const uint32_t pairs = first_count * second_count;
    int64_t *differences = memory_alloc_zero(2 * (size_t)pairs, sizeof *differences);
    struct rank_result result = {0};
    int64_t first_sum = 0;
    int64_t second_sum = 0;
    for (uint32_t i = 0; i < first_count; i++) {
        first_sum += first[i];
        for (uint32_t j = 0; j < second_count; j++) {
            const int64_t difference = first[i] - second[j];
            differences[i * second_count + j] = difference;
            result.u_doubled += difference > 0 ? 2 : difference == 0 ? 1 : 0;
        }
    }
    for (uint32_t j = 0; j < second_count; j++) {
        second_sum += second[j];
    }
    const int64_t *sorted = rank_sort(differences, differences + pairs, pairs);
    const double sigma = rank_sigma(first, first_count, second, second_count);
    result.shift = rank_median(sorted, pairs);
    rank_interval(sorted, pairs, sigma, rank_z(confidence_ppm), &result);
    result.p_ppm = rank_p(result.u_doubled, pairs, sigma);
    result.verdict = rank_verdict_of(&result, first_sum, first_count, second_sum, second_count);
    memory_free(differences);
    return result;
}

uint32_t
rank_test_needs(uint32_t confidence_ppm)
{
    const double z = rank_z(confidence_ppm);
    for (uint32_t count = 2; count < RANK_TEST_SAMPLES_MAX; count++) {
        const double pairs = (double)count * count;
        const double sigma = sqrt(pairs * (2 * count + 1) / 12);
        if (pairs / 2 - 0.5 - z * sigma >= 0) {
            return count;
        }
    }
    return RANK_TEST_SAMPLES_MAX;
}
