/*
 * tests/unit/agent/test_health.c
 *
 * Goal:   health checks count, forgive and kill exactly as Marathon does.
 * Method: sequences of answers at chosen ages against the numbers of Marathon's rules.
 */
#include <criterion/criterion.h>

#include "platform/agent/health.h"

static const struct app_health_check marathon = { .kind = ENV_PROBE_HTTP,
                                                  .grace_ns = SEC(300),
                                                  .interval_ns = SEC(60),
                                                  .failures_max = 3 };

static bool
fail(struct health_count *count, const struct app_health_check *check, int64_t age_ns)
{
    return health_note(count, check, HEALTH_FAIL, age_ns);
}

Test(health, marathon_level_kills_on_failure_max_plus_one)
{
    struct health_count count = { 0 };
    cr_assert_not(health_note(&count, &marathon, HEALTH_PASS, SEC(10)));
    cr_assert_not(fail(&count, &marathon, SEC(70)));
    cr_assert_not(fail(&count, &marathon, SEC(130)));
    cr_assert_not(fail(&count, &marathon, SEC(190)));
    cr_assert_eq(count.failures, 3);
    cr_assert(fail(&count, &marathon, SEC(250)));
}

Test(health, mesos_level_kills_on_failure_max)
{
    struct app_health_check check = marathon;
    check.by_mesos = true;
    struct health_count count = { 0 };
    cr_assert_not(health_note(&count, &check, HEALTH_PASS, SEC(10)));
    cr_assert_not(fail(&count, &check, SEC(70)));
    cr_assert_not(fail(&count, &check, SEC(130)));
    cr_assert(fail(&count, &check, SEC(190)));
}

Test(health, max_zero_never_kills)
{
    for (int by_mesos = 0; by_mesos <= 1; by_mesos++) {
        struct app_health_check check = marathon;
        check.failures_max = 0;
        check.by_mesos = by_mesos != 0;
        struct health_count count = { 0 };
        for (int i = 0; i < 1000; i++) {
            cr_assert_not(fail(&count, &check, SEC(400)));
        }
        cr_assert_eq(count.failures, 1000);
    }
}

Test(health, grace_forgives_failures_until_the_first_success)
{
    struct health_count count = { 0 };
    cr_assert_not(fail(&count, &marathon, SEC(0)));
    cr_assert_not(fail(&count, &marathon, SEC(299)));
    cr_assert_eq(count.failures, 0);
    cr_assert_eq(health_join(HEALTH_GOOD, &count), HEALTH_UNKNOWN);
    cr_assert_not(fail(&count, &marathon, SEC(300)));
    cr_assert_eq(count.failures, 1, "the grace period is over");
    cr_assert_eq(health_join(HEALTH_GOOD, &count), HEALTH_BAD);
}

Test(health, grace_is_over_with_the_first_success)
{
    struct health_count count = { 0 };
    (void)health_note(&count, &marathon, HEALTH_PASS, SEC(1));
    (void)fail(&count, &marathon, SEC(2));
    cr_assert_eq(count.failures, 1);
    cr_assert_not(count.alive);
}

Test(health, a_success_forgets_the_failures_before_it)
{
    struct health_count count = { 0 };
    (void)health_note(&count, &marathon, HEALTH_PASS, SEC(1));
    for (int round = 0; round < 5; round++) {
        cr_assert_not(fail(&count, &marathon, SEC(400)));
        cr_assert_not(fail(&count, &marathon, SEC(401)));
        cr_assert_not(fail(&count, &marathon, SEC(402)));
        (void)health_note(&count, &marathon, HEALTH_PASS, SEC(403));
        cr_assert(count.alive);
    }
}

Test(health, an_ignored_answer_changes_nothing)
{
    struct health_count count = { .failures = 2, .passed_once = true, .counted_once = true };
    cr_assert_not(health_note(&count, &marathon, HEALTH_IGNORE, SEC(400)));
    cr_assert_eq(count.failures, 2);
    cr_assert_not(count.alive);
}

Test(health, http_passes_from_200_to_399)
{
    struct app_health_check check = marathon;
    static const struct {
        int32_t            code;
        enum health_answer answer;
    } cases[] = { { 199, HEALTH_FAIL }, { 200, HEALTH_PASS }, { 302, HEALTH_PASS },
                  { 399, HEALTH_PASS }, { 400, HEALTH_FAIL }, { 503, HEALTH_FAIL },
                  { 100, HEALTH_FAIL } };
    for (uint32_t i = 0; i < COUNT_OF(cases); i++) {
        cr_assert_eq(health_judge(&check, ST_OK, cases[i].code, 0), cases[i].answer, "%d",
                     cases[i].code);
    }
    check.ignore_http_1xx = true;
    cr_assert_eq(health_judge(&check, ST_OK, 100, 0), HEALTH_IGNORE);
    cr_assert_eq(health_judge(&check, ST_OK, 503, 0), HEALTH_FAIL);
}

Test(health, no_answer_is_a_failure_whatever_the_protocol)
{
    for (int kind = ENV_PROBE_HTTP; kind <= ENV_PROBE_COMMAND; kind++) {
        struct app_health_check check = marathon;
        check.kind = (enum env_probe_kind)kind;
        cr_assert_eq(health_judge(&check, ST_FAILED, 200, 0), HEALTH_FAIL);
        cr_assert_eq(health_judge(&check, ST_TIMEOUT, 200, 0), HEALTH_FAIL);
    }
}

Test(health, tcp_passes_when_somebody_answers_and_commands_with_exit_code_0)
{
    struct app_health_check check = marathon;
    check.kind = ENV_PROBE_TCP;
    cr_assert_eq(health_judge(&check, ST_OK, 0, 0), HEALTH_PASS);
    check.kind = ENV_PROBE_COMMAND;
    cr_assert_eq(health_judge(&check, ST_OK, 0, 0), HEALTH_PASS);
    cr_assert_eq(health_judge(&check, ST_OK, 0, 1), HEALTH_FAIL);
}

Test(health, several_checks_are_good_only_together)
{
    const struct health_count good = { .alive = true, .counted_once = true, .passed_once = true };
    const struct health_count bad = { .counted_once = true };
    const struct health_count unknown = { 0 };
    cr_assert_eq(health_join(health_join(HEALTH_GOOD, &good), &good), HEALTH_GOOD);
    cr_assert_eq(health_join(health_join(HEALTH_GOOD, &good), &unknown), HEALTH_UNKNOWN);
    cr_assert_eq(health_join(health_join(HEALTH_GOOD, &unknown), &good), HEALTH_UNKNOWN);
    cr_assert_eq(health_join(health_join(HEALTH_GOOD, &unknown), &bad), HEALTH_BAD);
    cr_assert_eq(health_join(health_join(HEALTH_GOOD, &bad), &good), HEALTH_BAD);
}

Test(health, first_asks_after_the_delay_of_its_level)
{
    struct app_health_check check = marathon;
    check.delay_ns = SEC(15);
    cr_assert_eq(health_first_delay_ns(&check), SEC(5));
    check.interval_ns = SEC(2);
    cr_assert_eq(health_first_delay_ns(&check), SEC(2));
    check.by_mesos = true;
    cr_assert_eq(health_first_delay_ns(&check), SEC(15));
}

Test(health, readiness_takes_the_codes_that_the_app_names)
{
    static const int32_t codes[] = { 200, 204 };
    const struct app_readiness_check check = { .ready_codes = codes, .ready_codes_count = 2 };
    cr_assert(health_is_ready(&check, ST_OK, 200));
    cr_assert(health_is_ready(&check, ST_OK, 204));
    cr_assert_not(health_is_ready(&check, ST_OK, 202));
    cr_assert_not(health_is_ready(&check, ST_TIMEOUT, 200));
}
