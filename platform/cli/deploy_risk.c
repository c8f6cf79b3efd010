/* platform/cli/deploy_risk.c - what the seeds of a rehearsal say together. */
#include "platform/cli/deploy_risk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#define RISK_Z 1.959963984540054 /* the normal quantile that leaves 2.5 % above it */

struct risk_share
deploy_risk_share(uint32_t count, uint32_t all)
{
    ASSERT(all > 0 && count <= all);
    const double n = all;
    const double p = count / n;
    const double z2 = RISK_Z * RISK_Z;
    const double centre = (p + z2 / (2 * n)) / (1 + z2 / n);
    const double half = RISK_Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n);
    const double low = count == 0 ? 0 : centre - half;
    const double high = count == all ? 1 : centre + half;
    return (struct risk_share){ .count = count,
                                .all = all,
                                .low_ppm = (int64_t)(low * PPM + 0.5),
                                .high_ppm = (int64_t)(high * PPM + 0.5) };
}

bool
deploy_risk_is_too_high(const struct deploy_risk *risk, int64_t max_ppm)
{
    return (int64_t)risk->failed.count * PPM > max_ppm * (int64_t)risk->failed.all;
}

/* --- the order of seeds --- */

static int
outcome_rank(const json_t *seed)
{
    const char *outcome = json_string_value(json_object_get(seed, "outcome"));
    return strcmp(outcome, "error") == 0 ? 2 : strcmp(outcome, "failed") == 0 ? 1 : 0;
}

/* A number that was never reached is the worst there is. */
static int64_t
badness(const json_t *seed, enum seed_number number)
{
    const int64_t value = deploy_seed_number(seed, number);
    if (seed_numbers[number].low_is_bad) {
        return value < 0 ? INT64_MIN : -value;
    }
    return value < 0 ? INT64_MAX : value;
}

static int
order(int64_t a, int64_t b)
{
    return a > b ? -1 : a < b ? 1 : 0;
}

static int
worse_first(const void *a, const void *b)
{
    static const enum seed_number by[] = { SEED_AVAILABILITY, SEED_FAILED, SEED_TOOK, SEED_P99,
                                           SEED_HEALTHY };
    const json_t *x = *(const json_t *const *)a;
    const json_t *y = *(const json_t *const *)b;
    int result = order(outcome_rank(x), outcome_rank(y));
    if (result == 0) {
        result = order((int64_t)json_array_size(json_object_get(x, "failed")),
                       (int64_t)json_array_size(json_object_get(y, "failed")));
    }
    for (size_t i = 0; i < COUNT_OF(by) && result == 0; i++) {
        result = order(badness(x, by[i]), badness(y, by[i]));
    }
    return result != 0 ? result
                       : -order(json_integer_value(json_object_get(x, "seed")),
                                json_integer_value(json_object_get(y, "seed")));
}

/* --- numbers --- */

static int
smaller_first(const void *a, const void *b)
{
    return -order(*(const int64_t *)a, *(const int64_t *)b);
}

/* Of values that are -1 where there is none; the lower one in the middle of an even number. */
static struct risk_number
number_of(int64_t *values, uint32_t count, bool low_is_bad, bool none_is_worst)
{
    struct risk_number number = { .known = false };
    uint32_t           kept = 0;
    bool               none = false;
    for (uint32_t i = 0; i < count; i++) {
        none = none || values[i] < 0;
        if (values[i] >= 0 || none_is_worst) {
            values[kept++] = values[i] >= 0 ? values[i] : INT64_MAX;
        }
    }
    if (kept == 0) {
        return number;
    }
    qsort(values, kept, sizeof *values, smaller_first);
    number.known = true;
    number.median = values[(kept - 1) / 2];
    number.worst = low_is_bad ? values[0] : values[kept - 1];
    if (none_is_worst && none) {
        number.median = number.median == INT64_MAX ? -1 : number.median;
        number.worst = -1;
    }
    return number;
}

static struct risk_number
line_number(const struct vec *seeds, size_t line, const char *key, bool low_is_bad,
            int64_t *values)
{
    for (uint32_t i = 0; i < seeds->count; i++) {
        const json_t *services = json_object_get(*(json_t **)vec_at(seeds, i), "services");
        values[i] = json_integer_value(json_object_get(json_array_get(services, line), key));
    }
    return number_of(values, seeds->count, low_is_bad, false);
}

static void
read_lines(struct deploy_risk *risk, const struct vec *seeds, int64_t *values)
{
    const json_t *first = json_object_get(*(json_t **)vec_at(seeds, 0), "services");
    for (size_t i = 0; i < json_array_size(first); i++) {
        *(struct risk_line *)vec_push(&risk->lines) = (struct risk_line){
            .to = json_string_value(json_object_get(json_array_get(first, i), "to")),
            .availability = line_number(seeds, i, "availability_ppb", true, values),
            .p99 = line_number(seeds, i, "p99_ns", false, values),
            .failed = line_number(seeds, i, "failed", false, values),
        };
    }
}

/* --- checks --- */

static struct risk_check *
check_get(struct deploy_risk *risk, const char *id)
{
    for (uint32_t i = 0; i < risk->checks.count; i++) {
        struct risk_check *check = vec_at(&risk->checks, i);
        if (strcmp(check->id, id) == 0) {
            return check;
        }
    }
    struct risk_check *check = vec_push(&risk->checks);
    check->id = id;
    return check;
}

static int
more_first(const void *a, const void *b)
{
    const struct risk_check *x = a;
    const struct risk_check *y = b;
    const int by_count = order(x->share.count, y->share.count);
    return by_count != 0 ? by_count : strcmp(x->id, y->id);
}

static void
read_checks(struct deploy_risk *risk, uint32_t all)
{
    for (uint32_t i = 0; i < all; i++) { /* worst first: so is the detail that is kept */
        const json_t *failed = json_object_get(risk->worst_first[i], "failed");
        for (size_t j = 0; j < json_array_size(failed); j++) {
            const json_t      *entry = json_array_get(failed, j);
            struct risk_check *check =
                check_get(risk, json_string_value(json_object_get(entry, "id")));
            if (check->share.count++ == 0) {
                check->about = json_string_value(json_object_get(entry, "about"));
                check->detail = json_string_value(json_object_get(entry, "detail"));
                check->seed = (uint64_t)json_integer_value(
                    json_object_get(risk->worst_first[i], "seed"));
            }
        }
    }
    for (uint32_t i = 0; i < risk->checks.count; i++) {
        struct risk_check *check = vec_at(&risk->checks, i);
        check->share = deploy_risk_share(check->share.count, all);
    }
    if (risk->checks.count > 1) {
        qsort(risk->checks.items, risk->checks.count, sizeof(struct risk_check), more_first);
    }
}

void
deploy_risk_init(struct deploy_risk *risk, const struct vec *seeds, struct arena *arena)
{
    const uint32_t count = seeds->count;
    ASSERT(count > 0);
    *risk = (struct deploy_risk){ .worst_first = ARENA_ARRAY(arena, const json_t *, count) };
    vec_init(&risk->checks, sizeof(struct risk_check));
    vec_init(&risk->lines, sizeof(struct risk_line));
    uint32_t failed = 0;
    for (uint32_t i = 0; i < count; i++) {
        risk->worst_first[i] = *(json_t **)vec_at(seeds, i);
        failed += outcome_rank(risk->worst_first[i]) > 0 ? 1U : 0U;
        risk->errors += outcome_rank(risk->worst_first[i]) > 1 ? 1U : 0U;
    }
    risk->failed = deploy_risk_share(failed, count);
    qsort(risk->worst_first, count, sizeof *risk->worst_first, worse_first);
    int64_t *values = ARENA_ARRAY(arena, int64_t, count);
    for (uint32_t number = 0; number < SEED_NUMBER_COUNT; number++) {
        for (uint32_t i = 0; i < count; i++) {
            values[i] = deploy_seed_number(risk->worst_first[i], (enum seed_number)number);
        }
        risk->numbers[number] = number_of(values, count, seed_numbers[number].low_is_bad,
                                          number == SEED_TOOK);
    }
    read_lines(risk, seeds, values);
    read_checks(risk, count);
}

void
deploy_risk_fini(struct deploy_risk *risk)
{
    vec_fini(&risk->checks);
    vec_fini(&risk->lines);
}
