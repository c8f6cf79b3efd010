/* platform/cli/deploy_numbers.c - the numbers of a rehearsed seed, by name. */
#include <jansson.h>

#include "platform/cli/deploy_seed.h"

const struct seed_number_kind seed_numbers[SEED_NUMBER_COUNT] = {
    [SEED_AVAILABILITY] = { "availability_ppb", true },
    [SEED_P99] = { "p99_ns", false },
    [SEED_FAILED] = { "failed_requests", false },
    [SEED_TOOK] = { "took_ns", false },
    [SEED_MACHINES] = { "machines_max", false },
    [SEED_MACHINE_TIME] = { "machine_time_extra_ns", false },
    [SEED_CPU_TIME] = { "cpu_time_extra_milli_s", false },
    [SEED_HEALTHY] = { "healthy_min_ppm", true },
};

int64_t
deploy_seed_number(const json_t *seed, enum seed_number number)
{
    return json_integer_value(json_object_get(seed, seed_numbers[number].key));
}
