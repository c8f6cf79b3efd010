/*
 * tests/unit/model/test_strategy.c
 *
 * Goal:   strategies are read as written, with defaults; what is wrong is told with its place.
 * Method: small JSON texts; every bad one names what its sentence must hold.
 */
#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

#include "platform/model/strategy.h"

static struct arena     arena;
static struct diag_list diags;

static const struct strategy_spec *
read_text(const char *text)
{
    json_error_t error;
    json_t *json = json_loads(text, JSON_DECODE_ANY, &error);
    cr_assert(json != NULL, "%s", error.text);
    const struct strategy_spec *spec = strategy_read(json, NULL, "/strategy", &arena, &diags);
    json_decref(json);
    return spec;
}

static void
begin(void)
{
    arena_init(&arena, 0xA5);
    diag_list_init(&diags, &arena);
}

static void
end(void)
{
    diag_list_fini(&diags);
    arena_fini(&arena);
}

TestSuite(strategy, .init = begin, .fini = end);

Test(strategy, is_marathons_rolling_restart_when_nothing_is_said)
{
    const struct strategy_spec *spec = strategy_read(NULL, NULL, "", &arena, &diags);
    cr_assert(spec != NULL && spec->kind == STRATEGY_ROLLING && !spec->revert);
    cr_assert_str_eq(spec->json, "");
}

Test(strategy, may_be_a_name_alone)
{
    const struct strategy_spec *spec = read_text("\"recreate\"");
    cr_assert(spec != NULL && spec->kind == STRATEGY_RECREATE);
    cr_assert_str_eq(spec->json, "\"recreate\"");
}

Test(strategy, reads_a_canary_with_steps_and_analysis)
{
    const struct strategy_spec *spec = read_text(
        "{\"canary\":{\"steps\":[{\"weight\":5,\"hold\":\"2m\"},{\"weight\":\"50%\",\"pause\":true,"
        "\"pause_timeout\":\"9m\"},{\"weight\":50,\"header\":\"x-tester\",\"value\":\"yes\","
        "\"instances\":3}],"
        "\"analysis\":[{\"metric\":\"error_rate\",\"at_most\":\"1%\",\"every\":\"20s\"},"
        "{\"metric\":\"latency\",\"quantile\":0.95,\"at_most\":\"250ms\",\"relative\":\"20%\","
        "\"rank_test\":\"98%\",\"min_requests\":50,\"failures\":2,\"dry_run\":true}],"
        "\"surge\":2,\"unavailable\":\"10%\",\"progress_deadline\":\"10m\"}}");
    cr_assert(spec != NULL && spec->revert);
    cr_assert_eq(spec->steps_count, 3);
    cr_assert_eq(spec->steps[0].weight_ppm, 50000);
    cr_assert_eq(spec->steps[0].hold_ns, MIN(2));
    cr_assert_eq(spec->steps[1].weight_ppm, 500000);
    cr_assert(spec->steps[1].pause && spec->steps[1].pause_timeout_ns == MIN(9));
    cr_assert(spec->steps[2].has_instances && spec->steps[2].instances == 3);
    cr_assert_str_eq(spec->steps[2].header, "x-tester");
    cr_assert_str_eq(spec->steps[0].header, "");
    cr_assert_eq(spec->analyses_count, 2);
    cr_assert(spec->analyses[0].has_at_most && spec->analyses[0].at_most == 10000);
    cr_assert_eq(spec->analyses[0].every_ns, SEC(20));
    cr_assert_eq(spec->analyses[1].quantile_ppm, 950000);
    cr_assert_eq(spec->analyses[1].at_most, MS(250));
    cr_assert_eq(spec->analyses[1].relative_ppm, 200000);
    cr_assert_eq(spec->analyses[1].confidence_ppm, 980000);
    cr_assert(spec->analyses[1].dry_run && spec->analyses[1].failures_max == 2);
    cr_assert_eq(strategy_amount_of(spec->surge, 10, true), 2);
    cr_assert_eq(strategy_amount_of(spec->unavailable, 15, true), 2);
    cr_assert_eq(strategy_amount_of(spec->unavailable, 15, false), 1);
}

Test(strategy, reads_its_own_canonical_text_again)
{
    const struct strategy_spec *spec =
        read_text("{\"blue-green\":{\"step\":\"9s\",\"initial\":2}}");
    cr_assert(spec != NULL && spec->step_ns == SEC(9) && spec->initial == 2);
    const struct strategy_spec *again = read_text(spec->json);
    cr_assert(again != NULL);
    cr_assert_str_eq(again->json, spec->json);
}

Test(strategy, tells_what_is_wrong_and_where)
{
    static const struct {
        const char *text, *pointer, *sentence;
    } cases[] = {
        { "\"canari\"", "/strategy", "the nearest is canary" },
        { "\"canary\"", "/strategy", "needs an object" },
        { "7", "/strategy", "expected the name of a strategy" },
        { "{\"canary\":{}}", "/strategy/canary/steps", "expected a list of 1 to 32" },
        { "{\"canary\":{\"steps\":[{\"weight\":50},{\"weight\":20}]}}",
          "/strategy/canary/steps/1/weight", "rising order" },
        { "{\"canary\":{\"steps\":[{\"weight\":101}]}}", "/strategy/canary/steps/0/weight",
          "expected 0% to 100%" },
        { "{\"canary\":{\"steps\":[{\"wait\":5}]}}", "/strategy/canary/steps/0/wait",
          "unknown key" },
        { "{\"canary\":{\"progress_deadline\":\"1m\",\"steps\":[{\"weight\":5,\"hold\":\"2m\"}]}}",
          "/strategy/canary/steps/0/hold", "past progress_deadline" },
        { "{\"canary\":{\"steps\":[{\"weight\":5,\"hold\":5}]}}", "/strategy/canary/steps/0/hold",
          "expected a duration" },
        { "{\"canary\":{\"steps\":[{\"weight\":5}],\"analysis\":[{\"metric\":\"errors\"}]}}",
          "/strategy/canary/analysis/0/metric", "expected a metric" },
        { "{\"canary\":{\"steps\":[{\"weight\":5}],\"analysis\":[{\"metric\":\"latency\"}]}}",
          "/strategy/canary/analysis/0", "nothing to judge by" },
        { "{\"canary\":{\"steps\":[{\"weight\":5}],\"analysis\":[{\"metric\":\"latency\","
          "\"at_most\":\"5%\"}]}}",
          "/strategy/canary/analysis/0/at_most", "expected a duration" },
        { "{\"canary\":{\"steps\":[{\"weight\":5}],\"analysis\":[{\"metric\":\"restarts\","
          "\"at_most\":1,\"relative\":\"5%\"}]}}",
          "/strategy/canary/analysis/0/relative", "compares error_rate and latency only" },
        { "{\"canary\":{\"steps\":[{\"weight\":5}],\"analysis\":[{\"metric\":\"journal\","
          "\"at_most\":1,\"journal\":\"tasks\"}]}}",
          "/strategy/canary/analysis/0/journal", "expected task, health" },
        { "{\"canary\":{\"steps\":[{\"weight\":5}],\"analysis\":[{\"metric\":\"journal\","
          "\"at_most\":1,\"journal\":\"task:fails\"}]}}",
          "/strategy/canary/analysis/0/journal", "such as task:failed" },
        { "{\"canary\":{\"steps\":[{\"weight\":5}],\"analysis\":[{\"metric\":\"restarts\","
          "\"at_most\":1,\"journal\":\"task\"}]}}",
          "/strategy/canary/analysis/0/journal", "\"metric\": \"journal\" only" },
        { "{\"ab\":{\"header\":\"x\"}}", "/strategy/ab", "\"header\" and \"value\"" },
        { "{\"rolling\":{\"batch\":0}}", "/strategy/rolling/batch", "expected 1 to" },
        { "{\"rolling\":{\"steps\":[]}}", "/strategy/rolling/steps", "unknown key" },
    };
    for (uint32_t i = 0; i < COUNT_OF(cases); i++) {
        const uint32_t before = diags.items.count;
        cr_assert_null(read_text(cases[i].text), "%s", cases[i].text);
        cr_assert_gt(diags.items.count, before);
        const struct diag *diag = vec_at(&diags.items, before);
        cr_assert_str_eq(diag->pointer, cases[i].pointer, "%s: %s", diag->pointer, diag->text);
        cr_assert(strstr(diag->text, cases[i].sentence) != NULL, "%s: %s", cases[i].text,
                  diag->text);
    }
}
