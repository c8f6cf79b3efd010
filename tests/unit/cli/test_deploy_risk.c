/*
 * tests/unit/cli/test_deploy_risk.c
 *
 * Goal:   seeds together say the risk: its share and interval, the median and the worst of each
 *         number, the worst seed first, what failed most often first.
 * Method: intervals beside values of Wilson's score interval; risks of seeds made by hand.
 */
#include <jansson.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "platform/cli/deploy_report.h"

static struct arena arena;
static struct vec   seeds;

static void
setup(void)
{
    arena_init(&arena, 0);
    vec_init(&seeds, sizeof(json_t *));
}

static void
teardown(void)
{
    for (uint32_t i = 0; i < seeds.count; i++) {
        json_decref(*(json_t **)vec_at(&seeds, i));
    }
    vec_fini(&seeds);
    arena_fini(&arena);
}

TestSuite(deploy_risk, .init = setup, .fini = teardown);

/* failed: ids with commas between them. */
static void
add_seed(int number, const char *failed, int64_t failed_requests, int64_t took_ns)
{
    json_t *list = json_array();
    for (const char *at = failed; *at != '\0';) {
        const size_t len = strcspn(at, ",");
        char         id[32];
        (void)snprintf(id, sizeof id, "%.*s", (int)len, at);
        char detail[64];
        (void)snprintf(detail, sizeof detail, "%s of seed %d | <b>`", id, number);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "id", id, "about", "why", "detail",
                                              detail));
        at += len + (at[len] == ',' ? 1 : 0);
    }
    json_t *seed = json_pack("{s:i, s:s, s:o, s:I, s:I, s:I, s:[{s:s, s:I, s:I, s:I}]}", "seed",
                             number, "outcome", failed[0] != '\0' ? "failed" : "passed", "failed",
                             list, "failed_requests", (json_int_t)failed_requests, "took_ns",
                             (json_int_t)took_ns, "availability_ppb",
                             (json_int_t)(1000000000 - failed_requests), "services", "to", "x",
                             "availability_ppb", (json_int_t)1, "failed",
                             (json_int_t)failed_requests, "p99_ns", (json_int_t)5);
    cr_assert(ne(ptr, seed, NULL));
    *(json_t **)vec_push(&seeds) = seed;
}

Test(deploy_risk, intervals_are_those_of_wilson)
{
    /* R: prop.test(k, n, correct = FALSE)$conf.int */
    const struct risk_share none = deploy_risk_share(0, 100);
    const struct risk_share three = deploy_risk_share(3, 100);
    const struct risk_share half = deploy_risk_share(10, 20);
    const struct risk_share all = deploy_risk_share(10, 10);
    cr_expect(eq(i64, none.low_ppm, 0));
    cr_expect(eq(i64, none.high_ppm, 36993));
    cr_expect(eq(i64, three.low_ppm, 10255));
    cr_expect(eq(i64, three.high_ppm, 84519));
    cr_expect(eq(i64, half.low_ppm, 299298));
    cr_expect(eq(i64, half.high_ppm, 700702));
    cr_expect(eq(i64, all.low_ppm, 722467));
    cr_expect(eq(i64, all.high_ppm, 1000000));
}

Test(deploy_risk, the_worst_comes_first_and_what_fails_most_often)
{
    struct deploy_risk risk;
    add_seed(1, "", 0, SEC(10));
    add_seed(2, "b", 7, SEC(12));
    add_seed(3, "a,b", 5, -1);
    add_seed(4, "", 1, SEC(20));
    deploy_risk_init(&risk, &seeds, &arena);
    cr_expect(eq(u32, risk.failed.count, 2));
    cr_expect(eq(u32, risk.failed.all, 4));
    static const int order[] = { 3, 2, 4, 1 };
    for (uint32_t i = 0; i < 4; i++) {
        cr_expect(eq(i64, json_integer_value(json_object_get(risk.worst_first[i], "seed")),
                     order[i]));
    }
    cr_assert(eq(u32, risk.checks.count, 2));
    const struct risk_check *first = vec_at(&risk.checks, 0);
    cr_expect(eq(str, (char *)first->id, "b"));
    cr_expect(eq(u32, first->share.count, 2));
    cr_expect(eq(u64, first->seed, 3));
    cr_expect(eq(i64, risk.numbers[SEED_FAILED].median, 1));
    cr_expect(eq(i64, risk.numbers[SEED_FAILED].worst, 7));
    cr_expect(eq(i64, risk.numbers[SEED_TOOK].median, SEC(12)));
    cr_expect(eq(i64, risk.numbers[SEED_TOOK].worst, -1)); /* one did not end */
    cr_expect(eq(i64, risk.numbers[SEED_AVAILABILITY].worst, 1000000000 - 7));
    deploy_risk_fini(&risk);
}

Test(deploy_risk, is_too_high_above_the_limit_only)
{
    struct deploy_risk risk;
    for (int i = 1; i <= 100; i++) {
        add_seed(i, i == 50 ? "a" : "", 0, 1);
    }
    deploy_risk_init(&risk, &seeds, &arena);
    cr_expect(not(deploy_risk_is_too_high(&risk, PPM / 100)));
    cr_expect(deploy_risk_is_too_high(&risk, PPM / 100 - 1));
    cr_expect(deploy_risk_is_too_high(&risk, 0));
    deploy_risk_fini(&risk);
}

Test(deploy_risk, markdown_shows_foreign_text_as_it_is_and_keeps_its_limit)
{
    struct deploy_risk    risk;
    struct vec            changes;
    struct deploy_options options = { .faults = "none", .max_risk_ppm = PPM / 100 };
    struct strbuf         out = { 0 };
    char                 *long_command = arena_alloc(&arena, 2 * DEPLOY_MARKDOWN_BYTES_MAX);
    memset(long_command, 'x', 2 * DEPLOY_MARKDOWN_BYTES_MAX);
    long_command[2 * DEPLOY_MARKDOWN_BYTES_MAX - 1] = '\0';
    vec_init(&changes, sizeof(struct deploy_change));
    add_seed(9, "a", 3, 1);
    deploy_risk_init(&risk, &seeds, &arena);
    struct deploy_report report = { .options = &options, .changes = &changes, .snapshot = "s",
                                    .strategy = "rolling", .risk = &risk, .seeds = &seeds,
                                    .too_high = true, .guesses = "", .command = "again ```" };
    deploy_report_markdown(&report, &out);
    cr_expect(ne(ptr, strstr(out.text, "a of seed 9 \\| &lt;b&gt;\\`"), NULL), "%s", out.text);
    cr_expect(ne(ptr, strstr(out.text, "````\nagain ```\n````"), NULL), "%s", out.text);
    strbuf_clear(&out);
    report.command = long_command;
    deploy_report_markdown(&report, &out);
    cr_expect(le(u64, out.len, DEPLOY_MARKDOWN_BYTES_MAX));
    cr_expect(ne(ptr, strstr(out.text, "(cut:"), NULL));
    strbuf_fini(&out);
    deploy_risk_fini(&risk);
    vec_fini(&changes);
}
