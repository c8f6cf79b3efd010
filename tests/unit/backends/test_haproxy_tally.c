/*
 * tests/unit/backends/test_haproxy_tally.c
 *
 * Goal:   a line of HAProxy's log counts for the version whose request it was, and nothing else
 *         counts; only what is measured is rendered and counted.
 * Method: lines as HAProxy 2.6 writes them, cut ones and noise; generations with and without
 *         measured services.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "platform/backends/haproxy/haproxy_tally.h"

static uv_loop_t loop;
static struct haproxy_tally *tally;
static struct haproxy_generation generation;
static struct sketch latencies[2];
static struct env_proxy_tally ask = { .ret_latencies = latencies };
static bool closed;

static const struct env_balance_policy policy = { .name = "roundrobin", .haproxy = "roundrobin" };
static const struct env_endpoint mixed[] = {
    { .id = 1, .ipv4 = 1, .port = 1, .weight = 1 },
    { .id = 2, .ipv4 = 1, .port = 2, .weight = 1, .newer = true },
};

static struct env_service
service_of(const char *name, uint64_t measured, bool http, const struct env_endpoint *endpoints,
           uint32_t count)
{
    return (struct env_service){ .name = name, .app = "/web", .vhosts = "", .path = "",
                                 .http = http, .policy = &policy, .measured = measured,
                                 .endpoints = endpoints, .endpoints_count = count };
}

static void
generate(uint64_t measured)
{
    const uint16_t ports[HAPROXY_PORTS_TAKEN] = { 80 };
    const struct env_service services[] = {
        service_of("web", measured, true, mixed, 2),
        service_of("web.v2", measured, true, mixed + 1, 1),
        service_of("db", measured, false, mixed, 1),
        service_of("other", 0, true, mixed, 1),
    };
    const struct env_proxy_apply apply = { .generation = 1, .services = services,
                                           .services_count = COUNT_OF(services) };
    struct error err;
    cr_assert_eq(haproxy_generation_copy(&generation, &apply, ports, &err), ST_OK);
}

static void
on_closed(void *context)
{
    (void)context;
    closed = true;
}

static void
begin(void)
{
    uv_loop_init(&loop);
    haproxy_generation_init(&generation);
    generate(9);
    tally = haproxy_tally_open(&loop, "/tmp/rehearsal-test-tally.sock");
    haproxy_tally_expect(tally, &generation);
    haproxy_tally_in_force(tally, &generation);
}

static void
end(void)
{
    haproxy_tally_close(tally, on_closed, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_assert(closed);
    cr_assert_eq(uv_loop_close(&loop), 0);
    haproxy_generation_fini(&generation);
}

TestSuite(haproxy_tally, .init = begin, .fini = end);

static void
counts(uint32_t whose, uint64_t requests, uint64_t errors, uint64_t failures)
{
    ask.measured = 9;
    cr_assert_eq(haproxy_tally_read(tally, &ask), ST_OK);
    const struct env_tally *got = &ask.ret_tallies[whose];
    cr_assert(got->requests == requests && got->errors == errors && got->failures == failures,
              "%llu %llu %llu", (unsigned long long)got->requests,
              (unsigned long long)got->errors, (unsigned long long)got->failures);
}

Test(haproxy_tally, counts_answers_errors_and_silence)
{
    haproxy_tally_line(tally, "be_web e1 200 0 12 0 --");
    haproxy_tally_line(tally, "be_web e2 503 1 30 0 --"); /* its own */
    haproxy_tally_line(tally, "be_web e2 504 0 -1 0 sH");
    haproxy_tally_line(tally, "be_web.v2 e2 200 0 5 +2 --");
    counts(0, 1, 0, 0);
    counts(1, 5, 1, 3);
    cr_assert_eq(latencies[0].count, 1);
    cr_assert_eq(latencies[1].count, 2);
    cr_assert_eq(latencies[0].max_ns, MS(12));
    cr_assert_eq(latencies[1].max_ns, MS(31));
}

Test(haproxy_tally, blames_a_version_for_having_no_server)
{
    haproxy_tally_line(tally, "be_web <NOSRV> 503 -1 -1 0 SC"); /* whose? */
    counts(0, 0, 0, 0);
    haproxy_tally_line(tally, "be_web.v2 <NOSRV> 503 -1 -1 0 SC");
    counts(1, 1, 0, 1);
}

Test(haproxy_tally, drops_what_is_no_request_of_a_measured_service)
{
    static const char *const lines[] = {
        "",
        "be_web e1 200 0 12 0",
        "be_web e1 200 0 12 0 -- more",
        "be_web  200 0 12 0 --",
        "be_web e1 200 0 x 0 --",
        "be_web e1 200 0 - 0 --",
        "be_web e1 200 0 99999999999999999999 0 --",
        "be_other e1 200 0 12 0 --",
        "http <NOSRV> 503 -1 -1 0 SC",
        "be_web <NOSRV> 403 -1 -1 0 PR",
        "be_web <NOSRV> 301 -1 -1 0 LR",
        "be_web e77 200 0 12 0 --",
    };
    char longest[2000];
    memset(longest, 'a', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    for (uint32_t i = 0; i < COUNT_OF(lines); i++) {
        haproxy_tally_line(tally, lines[i]);
    }
    haproxy_tally_line(tally, longest);
    counts(0, 0, 0, 0);
    counts(1, 0, 0, 0);
}

Test(haproxy_tally, forgets_a_number_that_is_not_measured_any_more)
{
    haproxy_tally_line(tally, "be_web e1 200 0 12 0 --");
    generate(10);
    haproxy_tally_expect(tally, &generation);
    counts(0, 1, 0, 0); /* until the new one is in force */
    haproxy_tally_in_force(tally, &generation);
    ask.measured = 9;
    cr_assert_eq(haproxy_tally_read(tally, &ask), ST_NOT_FOUND);
    ask.measured = 10;
    cr_assert_eq(haproxy_tally_read(tally, &ask), ST_OK);
    cr_assert_eq(ask.ret_tallies[0].requests, 0);
}

Test(haproxy_tally, is_rendered_only_where_it_is_needed)
{
    const struct haproxy_render_options options = { .http_port = 8080,
                                                    .stats_path = "/tmp/x/stats.sock",
                                                    .certificates_path = "/tmp/x/certificates",
                                                    .shares_path = "/tmp/x/shares",
                                                    .tally_path = "/tmp/x/tally.sock" };
    struct haproxy_rendered rendered = { 0 };
    haproxy_render(&generation, &options, &rendered);
    const char *text = strbuf_text(&rendered.text);
    cr_assert_not_null(strstr(text, "server tally unix@/tmp/x/tally.sock\n"));
    cr_assert_not_null(strstr(text, "log ring@measured"));
    const char *other = strstr(text, "backend be_other\n");
    cr_assert_not_null(strstr(other, "http-request set-log-level silent"));
    cr_assert(strstr(text, "set-log-level") > other, "the measured ones are heard");
    cr_assert_eq(generation.refused_count, 1);
    cr_assert_not_null(strstr(generation.refused.text, "db: only HTTP can be measured"));
    generate(0);
    haproxy_render(&generation, &options, &rendered);
    cr_assert_null(strstr(strbuf_text(&rendered.text), "log"));
    cr_assert_null(strstr(strbuf_text(&rendered.text), "ring"));
    cr_assert_eq(generation.refused_count, 0);
    haproxy_rendered_fini(&rendered);
}
