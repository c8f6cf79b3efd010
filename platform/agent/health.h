/*
 * platform/agent/health.h - what the answers of health checks mean: Marathon's rules, pure.
 *
 * Source: Marathon 1.11. A failure does not count while the task has never passed and is younger
 *         than the grace period. Marathon-level checks ask for a kill on counted failure number max
 *         + 1, Mesos-level ones on number max; max 0 never kills. Alive: the last counted answer
 *         passed.
 */
#ifndef PLATFORM_AGENT_HEALTH_H
#define PLATFORM_AGENT_HEALTH_H

#include "platform/model/app.h"

enum health_answer { HEALTH_PASS, HEALTH_FAIL, HEALTH_IGNORE };

/* What has been counted of one check of one task. All-zero: nothing yet. */
struct health_count {
    uint32_t failures; /* in a row */
    bool     passed_once;
    bool     counted_once; /* an answer has counted */
    bool     alive;
};

/* What a probe's answer says: status is the operation's. */
enum health_answer health_judge(const struct app_health_check *check, enum status status,
                                int32_t http_code, int32_t exit_code);

/* Takes one answer into account. True when it asks for the task to be killed. age_ns: since it
 * runs. */
bool health_note(struct health_count *count, const struct app_health_check *check,
                 enum health_answer answer, int64_t age_ns);

/* One more check's verdict joins those before it: good only when all are good, bad when one is. */
enum task_health health_join(enum task_health so_far, const struct health_count *count);

/* How long after its start a task is first asked. */
int64_t health_first_delay_ns(const struct app_health_check *check);

/* Whether this answer means ready. */
bool health_is_ready(const struct app_readiness_check *check, enum status status,
                     int32_t http_code);

#endif
