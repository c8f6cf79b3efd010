/*
 * tests/unit/model/test_app_own.c
 *
 * Goal:   what an app says in labels of ours is refused with place, what was found and what was
 *         expected; what can have no effect is told.
 * Method: a table of labels, each with the errors and the warnings that it earns.
 */
#include "tests/unit/model/test_app.h"

#define SPREAD "\"constraints\": [[\"@zone\", \"GROUP_BY\"]]"
#define BOUND                                                                                      \
    "\"container\": {\"type\": \"MESOS\", \"volumes\": [{\"containerPath\": \"d\", \"mode\": "     \
    "\"RW\", \"persistent\": {\"size\": 1}}]}"
#define EXPECTED_REBALANCE ", expected \"true\", \"false\" or a time of 1s to 24h"

static const struct {
    const char *label;
    const char *value;
    const char *rest;
    const char *errors;
    const char *warnings;
} cases[] = {
    { "REHEARSAL_REBALANCE", "true", SPREAD, "", "" },
    { "REHEARSAL_REBALANCE", "90s", SPREAD, "", "" },
    { "REHEARSAL_REBALANCE", "false", "\"instances\": 1", "", "" },
    { "REHEARSAL_REBALANCE", "yes", SPREAD,
      "/labels/REHEARSAL_REBALANCE: found \"yes\"" EXPECTED_REBALANCE, "" },
    { "REHEARSAL_REBALANCE", "0s", SPREAD,
      "/labels/REHEARSAL_REBALANCE: found \"0s\"" EXPECTED_REBALANCE, "" },
    { "REHEARSAL_REBALANCE", "25h", SPREAD,
      "/labels/REHEARSAL_REBALANCE: found \"25h\"" EXPECTED_REBALANCE, "" },
    { "REHEARSAL_REBALANCE", "", SPREAD,
      "/labels/REHEARSAL_REBALANCE: found \"\"" EXPECTED_REBALANCE, "" },
    { "REHEARSAL_REBALANCE", "true", "\"constraints\": [[\"@zone\", \"UNIQUE\"]]", "",
      "/labels/REHEARSAL_REBALANCE: has no effect without a GROUP_BY constraint" },
    { "REHEARSAL_REBALANCE", "2m", SPREAD ", " BOUND, "",
      "/labels/REHEARSAL_REBALANCE: has no effect beside persistent volumes" },
    { "REHEARSAL_RUN_ONCE\": \"true\", \"REHEARSAL_REBALANCE", "true", SPREAD, "",
      "/labels/REHEARSAL_REBALANCE: has no effect beside REHEARSAL_RUN_ONCE" },
    { "REHEARSAL_RUN_ONCE", "1", SPREAD,
      "/labels/REHEARSAL_RUN_ONCE: found \"1\", expected \"true\" or \"false\"", "" },
    { "REHEARSAL_PRIORITY", "1001", SPREAD,
      "/labels/REHEARSAL_PRIORITY: found \"1001\", expected a whole number from -1000 to 1000",
      "" },
    { "REHEARSAL_GPU_MILLI", "1000", SPREAD,
      "/labels/REHEARSAL_GPU_MILLI: found \"1000\", expected a whole number from 1 to 999", "" },
};

Test(app_own, labels_are_refused_with_their_place)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct app_case test;
        char            text[1024];
        snprintf(text, sizeof text,
                 "{\"id\": \"/a\", \"args\": [\"x\"], \"labels\": {\"%s\": \"%s\"}, %s}",
                 cases[i].label, cases[i].value, cases[i].rest);
        app_case_read(&test, text);
        cr_expect(eq(str, (char *)app_case_said(&test, DIAG_ERROR), (char *)cases[i].errors),
                  "case %zu %s", i, text);
        cr_expect(cases[i].errors[0] != '\0' ||
                      strcmp(app_case_said(&test, DIAG_WARNING), cases[i].warnings) == 0,
                  "case %zu %s: %s", i, text, app_case_said(&test, DIAG_WARNING));
        app_case_close(&test);
    }
}

static int64_t
settles_ns(const char *labels)
{
    struct app_case test;
    char            text[400];
    snprintf(text, sizeof text, "{\"id\": \"/a\", \"cmd\": \"x\", " SPREAD ", \"labels\": {%s}}",
             labels);
    app_case_read(&test, text);
    cr_assert_not_null(test.spec);
    const int64_t settle_ns = test.spec->rebalance_ns;
    app_case_close(&test);
    return settle_ns;
}

Test(app_own, rebalance_is_off_unless_asked_for_and_waits_a_minute_by_itself)
{
    cr_expect(eq(i64, settles_ns(""), 0));
    cr_expect(eq(i64, settles_ns("\"REHEARSAL_REBALANCE\": \"false\""), 0));
    cr_expect(eq(i64, settles_ns("\"REHEARSAL_REBALANCE\": \"true\""), MIN(1)));
    cr_expect(eq(i64, settles_ns("\"REHEARSAL_REBALANCE\": \"5m\""), MIN(5)));
}
