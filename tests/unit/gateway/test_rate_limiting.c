/*
 * tests/unit/gateway/test_rate_limiting.c
 *
 * Goal:   within a window no more than the limit passes, for each whom it is counted by; the next
 *         window begins anew; memory stays bounded; counts outlive a new gateway.
 * Method: requests at chosen instants; the number of those admitted.
 */
#include "tests/unit/gateway/gateway_bed.h"

#include "platform/gateway/admit.h"

#define GATEWAY(config)                                                                            \
    "_format_version: \"3.0\"\n"                                                                   \
    "services:\n- {name: web, host: web.marathon.mesos}\n"                                         \
    "routes:\n- {name: all, service: web, paths: [/]}\n- {name: b, service: web, paths: [/b]}\n"   \
    "consumers:\n- {username: alice, keyauth_credentials: [{key: ka}, {key: ka2}]}\n"              \
    "- {username: bob, keyauth_credentials: [{key: kb}]}\n"                                        \
    "plugins:\n- {name: key-auth, config: {anonymous: bob}}\n"                                     \
    "- {name: rate-limiting, config: " config "}\n"

/* How many of count requests pass. */
static uint32_t
passed(struct gateway_bed *bed, const char *path, const char *key, uint32_t source, int64_t at_ns,
       uint32_t count)
{
    const struct env_header  header = { "apikey", key };
    const struct env_request request = { .method = "GET", .host = "x", .path = path,
                                         .headers = &header, .headers_count = 1,
                                         .source_ipv4 = source };
    uint32_t passed_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct env_gateway_verdict verdict = bed_ask(bed, &request, at_ns);
        cr_assert(verdict.status == 0 || verdict.status == 429);
        cr_assert(verdict.status == 0 || strcmp(verdict.message, "API rate limit exceeded") == 0);
        passed_count += verdict.status == 0;
    }
    return passed_count;
}

Test(rate_limiting, lets_so_many_pass_in_a_window_and_begins_anew_with_the_next)
{
    struct gateway_bed bed;
    bed_open(&bed, GATEWAY("{second: 3, minute: 5}"));
    cr_expect(eq(u32, passed(&bed, "/", "ka", 1, SEC(60), 9), 3));
    cr_expect(eq(u32, passed(&bed, "/", "ka", 1, SEC(60) + MS(999), 9), 0));
    cr_expect(eq(u32, passed(&bed, "/", "ka", 1, SEC(61), 9), 2)); /* the minute is full */
    cr_expect(eq(u32, passed(&bed, "/", "ka", 1, SEC(119), 9), 0));
    cr_expect(eq(u32, passed(&bed, "/", "ka", 1, SEC(120), 9), 3));
    bed_close(&bed);
}

Test(rate_limiting, counts_by_whom_it_is_told_to)
{
    static const struct { const char *config; uint32_t same, other_key, other_ip, other_route; }
    cases[] = {
        { GATEWAY("{minute: 2}"), 2, 0, 0, 0 },
        { GATEWAY("{minute: 2, limit_by: credential}"), 2, 2, 0, 0 },
        { GATEWAY("{minute: 2, limit_by: ip}"), 2, 0, 2, 0 },
        { GATEWAY("{minute: 2, limit_by: service}"), 2, 0, 0, 0 },
        { GATEWAY("{minute: 2, limit_by: header, header_name: apikey}"), 2, 2, 0, 0 },
        { GATEWAY("{minute: 2, limit_by: path, path: /b}"), 2, 0, 2, 2 },
    };
    for (uint32_t i = 0; i < COUNT_OF(cases); i++) {
        struct gateway_bed bed;
        bed_open(&bed, cases[i].config);
        cr_expect(eq(u32, passed(&bed, "/", "ka", 1, SEC(60), 3), cases[i].same), "case %u", i);
        cr_expect(eq(u32, passed(&bed, "/", "ka2", 1, SEC(60), 3), cases[i].other_key), "case %u",
                  i);
        cr_expect(eq(u32, passed(&bed, "/", "ka", 2, SEC(60), 3), cases[i].other_ip), "case %u", i);
        cr_expect(eq(u32, passed(&bed, "/b", "ka", 1, SEC(60), 3), cases[i].other_route), "case %u",
                  i);
        bed_close(&bed);
    }
}

Test(rate_limiting, knows_the_lengths_of_months_and_years)
{
    static const struct { const char *config; int64_t last_ns, next_ns; } cases[] = {
        /* 2024-02-29T23:59:59Z and the second after it; 2023-12-31T23:59:59Z */
        { GATEWAY("{month: 1}"), SEC(INT64_C(1709251199)), SEC(INT64_C(1709251200)) },
        { GATEWAY("{year: 1}"), SEC(INT64_C(1704067199)), SEC(INT64_C(1704067200)) },
        { GATEWAY("{day: 1}"), SEC(INT64_C(1704067199)), SEC(INT64_C(1704067200)) },
        { GATEWAY("{hour: 1}"), SEC(INT64_C(1704067199)), SEC(INT64_C(1704067200)) },
    };
    for (uint32_t i = 0; i < COUNT_OF(cases); i++) {
        struct gateway_bed bed;
        bed_open(&bed, cases[i].config);
        cr_expect(eq(u32, passed(&bed, "/", "ka", 1, cases[i].last_ns - MIN(59), 2), 1));
        cr_expect(eq(u32, passed(&bed, "/", "ka", 1, cases[i].last_ns, 2), 0), "case %u", i);
        cr_expect(eq(u32, passed(&bed, "/", "ka", 1, cases[i].next_ns, 2), 1), "case %u", i);
        bed_close(&bed);
    }
}

Test(rate_limiting, goes_on_counting_under_a_new_gateway)
{
    struct gateway_bed bed;
    struct gateway_bed other;
    bed_open(&bed, GATEWAY("{minute: 5}"));
    bed_open(&other, GATEWAY("{minute: 7}"));
    cr_expect(eq(u32, passed(&bed, "/", "ka", 1, SEC(60), 9), 5));
    other.state = bed.state;
    bed.state.memory = NULL;
    cr_expect(eq(u32, passed(&other, "/", "ka", 1, SEC(60), 9), 2));
    bed_close(&other);
    bed_close(&bed);
}

Test(rate_limiting, keeps_so_many_counts_and_no_more)
{
    struct gateway_counters *counters = counters_open();
    for (uint32_t i = 0; i < 4 * GATEWAY_COUNTERS_MAX; i++) {
        int64_t *count = counters_at(counters, i + 1, SEC(60) + i, SEC(1));
        cr_assert(eq(i64, *count, 0));
        (*count)++;
    }
    uint32_t kept = 0;
    for (uint32_t i = 4 * GATEWAY_COUNTERS_MAX; i > 4 * GATEWAY_COUNTERS_MAX - 1000; i--) {
        kept += *counters_at(counters, i, SEC(60) + i - 1, SEC(1)) == 1;
    }
    cr_assert(gt(u32, kept, 990)); /* the newest stay */
    counters_close(counters);
}
