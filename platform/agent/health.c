/* platform/agent/health.c - what the answers of health checks mean: Marathon's rules, pure. */
#include "platform/agent/health.h"

/* Source: Marathon's HealthCheck.DefaultFirstHealthCheckAfter. */
#define HEALTH_FIRST_DELAY_NS SEC(5)

static enum health_answer
health_judge_http(const struct app_health_check *check, int32_t code)
{
    if (code >= 200 && code < 400) {
        return HEALTH_PASS;
    }
    if (check->ignore_http_1xx && code >= 100 && code < 200) {
        return HEALTH_IGNORE;
    }
    return HEALTH_FAIL;
}

enum health_answer
health_judge(const struct app_health_check *check, enum status status, int32_t http_code,
             int32_t exit_code)
{
    if (status != ST_OK) {
        return HEALTH_FAIL;
    }
    switch (check->kind) {
    case ENV_PROBE_HTTP:
    case ENV_PROBE_HTTPS:
        return health_judge_http(check, http_code);
    case ENV_PROBE_TCP:
        return HEALTH_PASS;
    case ENV_PROBE_COMMAND:
        return exit_code == 0 ? HEALTH_PASS : HEALTH_FAIL;
    }
    return HEALTH_FAIL;
}

bool
health_note(struct health_count *count, const struct app_health_check *check,
            enum health_answer answer, int64_t age_ns)
{
    if (answer == HEALTH_IGNORE) {
        return false;
    }
    if (answer == HEALTH_PASS) {
        count->failures = 0;
        count->passed_once = true;
        count->counted_once = true;
        count->alive = true;
        return false;
    }
    if (!count->passed_once && age_ns < check->grace_ns) {
        return false;
    }
    const uint32_t before = count->failures;
    if (count->failures < UINT32_MAX) {
        count->failures++;
    }
    count->counted_once = true;
    count->alive = false;
    if (check->failures_max == 0) {
        return false;
    }
    return check->by_mesos ? count->failures >= check->failures_max
                           : before >= check->failures_max;
}

enum task_health
health_join(enum task_health so_far, const struct health_count *count)
{
    if (so_far == HEALTH_BAD || (count->counted_once && !count->alive)) {
        return HEALTH_BAD;
    }
    return count->alive ? so_far : HEALTH_UNKNOWN;
}

int64_t
health_first_delay_ns(const struct app_health_check *check)
{
    return check->by_mesos ? check->delay_ns
                           : int64_min(check->interval_ns, HEALTH_FIRST_DELAY_NS);
}

bool
health_is_ready(const struct app_readiness_check *check, enum status status, int32_t http_code)
{
    if (status != ST_OK) {
        return false;
    }
    for (uint32_t i = 0; i < check->ready_codes_count; i++) {
        if (check->ready_codes[i] == http_code) {
            return true;
        }
    }
    return false;
}
