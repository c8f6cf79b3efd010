/* fakes/containers/runs.c - reads the number of a run from the environment. */
#include "fakes/containers/runs.h"

#include <string.h>

uint32_t
runs_number(const struct behavior *behavior, const struct container_spec *spec)
{
    uint64_t run = 0;
    uint32_t i = behavior->runs_count > 0 ? 0 : spec->env_count;
    while (i < spec->env_count && strcmp(spec->env[i].key, "REHEARSAL_RUN") != 0) {
        i++;
    }
    const char *at = i < spec->env_count ? spec->env[i].value : "";
    for (; *at >= '0' && *at <= '9' && run < UINT32_MAX; at++) {
        run = run * 10 + (uint64_t)(*at - '0');
    }
    return run <= behavior->runs_count ? (uint32_t)run : 0;
}
