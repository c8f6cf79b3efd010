/*
 * tests/unit/backends/test_haproxy_state.c
 *
 * Goal:   HAProxy's answers are read as they are, and the commands lead from there to the
 *         generation without a moment in which a service has no server.
 * Method: answers recorded from HAProxy 2.6.12; commands compared as text.
 */
#include "tests/unit/backends/haproxy_words.h"

#include "platform/backends/haproxy/haproxy_state.h"
#include "platform/backends/haproxy/haproxy_totals.h"
#include "platform/backends/haproxy/haproxy_version.h"

#define STATE_HEAD                                                                                 \
    "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight "        \
    "srv_iweight srv_time_since_last_change\n"
#define STATE_TAIL " 1 1 0 2 0 0 0 0 - "

static const char state_answer[] = STATE_HEAD
    "3 be_web 2 e7 10.0.0.7 2 0 16 16" STATE_TAIL "31007 - 0 0 - - 0\n"
    "3 be_web 1 e5 10.0.0.5 2 0 48 48" STATE_TAIL "31005 - 0 0 - - 0\n"
    "3 be_web 4 e6 10.0.0.6 0 5 16 16" STATE_TAIL "31006 - 0 0 - - 0\n"
    "4 be_old 1 e9 10.0.0.9 2 0 16 16" STATE_TAIL "31009 - 0 0 - - 0\n"
    "5 stranger 1 e9 10.0.0.9 2 0 16 16" STATE_TAIL "31009 - 0 0 - - 0\n"
    "4 be_old 2 x9 10.0.0.9 2 0 16 16" STATE_TAIL "31009 - 0 0 - - 0\n"
    "4 be_old 3 e3 10.0.0 2 0 16 16" STATE_TAIL "31009 - 0 0 - - 0\n\n";

static void
rows_open(struct vec *rows, const char *answer)
{
    vec_init(rows, sizeof(struct haproxy_row));
    haproxy_rows_parse_state(answer, rows);
}

static void
expect_commands(const struct env_service *service, const char *answer, const char *wanted)
{
    struct haproxy_generation generation = { 0 };
    struct strbuf commands = { 0 };
    struct vec rows;
    words_copy(&generation, service, service != NULL ? 1 : 0);
    rows_open(&rows, answer);
    const uint32_t count = haproxy_rows_commands(&rows, &generation, &commands);
    cr_expect(strcmp(strbuf_text(&commands), wanted) == 0, "got:\n%s", strbuf_text(&commands));
    cr_expect((count == 0) == (wanted[0] == '\0'));
    strbuf_fini(&commands);
    vec_fini(&rows);
    haproxy_generation_fini(&generation);
}

Test(haproxy_state, reads_servers_in_order_and_only_ours)
{
    struct vec rows;
    rows_open(&rows, state_answer);
    cr_assert(rows.count == 4);
    const struct haproxy_row *row = vec_at(&rows, 0);
    cr_expect(row[0].id == 5 && row[1].id == 6 && row[2].id == 7 && row[3].id == 9);
    cr_expect(row[0].ipv4 == 0x0A000005 && row[0].port == 31005 && row[0].weight == 48);
    cr_expect(row[0].state == HAPROXY_ROW_READY && row[1].state == HAPROXY_ROW_MAINT &&
              row[2].state == HAPROXY_ROW_READY);
    cr_expect(strcmp(row[3].backend, "be_old") == 0);
    vec_fini(&rows);
}

Test(haproxy_state, a_worker_that_is_right_gets_no_command)
{
    const struct env_service service = words_service("web");
    const char *right = STATE_HEAD "3 be_web 2 e7 10.0.0.7 2 0 16 16" STATE_TAIL "31007 -\n"
                                   "3 be_web 1 e5 10.0.0.5 2 4 48 48" STATE_TAIL "31005 -\n"
                                   "3 be_web 4 e6 10.0.0.6 0 1 16 16" STATE_TAIL "31006 -\n";
    expect_commands(&service, right, "");
}

Test(haproxy_state, servers_are_added_before_others_are_drained)
{
    struct env_endpoint endpoints[] = {
        { .id = 5, .ipv4 = 0x0A000005, .port = 31005, .weight = 4, .draining = true },
        { .id = 6, .ipv4 = 0x0A000066, .port = 31006, .weight = 1 },
        { .id = 8, .ipv4 = 0x0A000008, .port = 31008, .weight = 1 },
    };
    struct env_service service = words_service("web");
    service.endpoints = endpoints;
    expect_commands(&service, state_answer,
                    "set server be_web/e5 weight 64\n"
                    "set server be_web/e6 addr 10.0.0.102 port 31006\n"
                    "set server be_web/e6 state ready\n"
                    "add server be_web/e8 10.0.0.8:31008 weight 16\n"
                    "enable server be_web/e8\n"
                    "set server be_web/e5 state maint\n"
                    "set server be_web/e7 state maint\n"
                    "set server be_old/e9 state maint\n");
}

Test(haproxy_state, one_that_leaves_keeps_its_sessions_and_one_that_drains_does_not)
{
    struct env_endpoint endpoints[] = {
        { .id = 5, .ipv4 = 0x0A000005, .port = 31005, .weight = 3, .leaving = true },
        { .id = 6, .ipv4 = 0x0A000006, .port = 31006, .weight = 1, .leaving = true },
        { .id = 8, .ipv4 = 0x0A000008, .port = 31008, .weight = 1, .leaving = true },
        { .id = 9, .ipv4 = 0x0A000009, .port = 31009, .weight = 1, .leaving = true,
          .draining = true },
    };
    struct env_service service = words_service("web");
    service.sticky = true;
    service.endpoints = endpoints;
    service.endpoints_count = 4;
    expect_commands(&service,
                    STATE_HEAD "3 be_web 1 e5 10.0.0.5 2 0 48 48" STATE_TAIL "31005 -\n"
                               "3 be_web 2 e6 10.0.0.6 0 1 16 16" STATE_TAIL "31006 -\n"
                               "3 be_web 4 e9 10.0.0.9 2 8 16 16" STATE_TAIL "31009 -\n",
                    "set server be_web/e6 state drain\n"
                    "add server be_web/e8 10.0.0.8:31008 weight 16\n"
                    "enable dynamic-cookie backend be_web\n"
                    "set server be_web/e8 state drain\n"
                    "set server be_web/e5 state drain\n"
                    "set server be_web/e9 state maint\n");
}

Test(haproxy_state, a_new_server_with_checks_has_them_enabled)
{
    struct env_service service = words_service("fresh");
    service.endpoints_count = 1;
    service.check_interval_ns = SEC(2);
    service.check_fall = 2;
    expect_commands(&service, STATE_HEAD,
                    "add server be_fresh/e7 10.0.0.7:31007 weight 16 check inter 2000 fall 2\n"
                    "enable health be_fresh/e7\n"
                    "enable server be_fresh/e7\n");
}

Test(haproxy_state, only_idle_servers_that_nobody_names_are_removed)
{
    static const char stat[] = "# pxname,svname,qcur,qmax,scur,smax,\n"
                               "be_web,e5,0,0,0,1,\n"
                               "be_web,e8,0,0,0,1,\n"
                               "be_web,e9,1,1,0,1,\n"
                               "be_gone,e7,0,0,2,1,\n\n";
    struct haproxy_generation generation = { 0 };
    const struct env_service service = words_service("web");
    struct strbuf commands = { 0 };
    struct vec rows;
    uint32_t open = 0;
    vec_init(&rows, sizeof(struct haproxy_row));
    haproxy_rows_parse_stat(stat, &rows);
    words_copy(&generation, &service, 1);
    cr_expect(haproxy_rows_leaving(&rows, &generation) == 3);
    cr_expect(haproxy_rows_removals(&rows, &generation, &commands) == 1);
    cr_expect(strcmp(strbuf_text(&commands),
                     "set server be_web/e8 state maint\ndel server be_web/e8\n") == 0);
    cr_expect(haproxy_rows_open(&rows, 9, &open) && open == 1);
    cr_expect(haproxy_rows_open(&rows, 7, &open) && open == 2);
    cr_expect(!haproxy_rows_open(&rows, 6, &open));
    strbuf_fini(&commands);
    vec_fini(&rows);
    haproxy_generation_fini(&generation);
}

/* A row of `show stat` as HAProxy 2.6 writes it; columns that are not read are empty. */
static const char stat_answer[] =
    "be_web,e5,0,,2,,,900,,,,,,3,4,5,,UP 1/2,,,,,,,,,,,,,,,,,,,,,,0,700,10,20,30,0,,,,,,,,,,,,,,"
    "0,2,40,42,\n"
    "be_tcp,e6,0,,1,,,11,,,,,,0,0,0,,DOWN,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,0,1,0,0,\n";

Test(haproxy_state, reads_what_servers_have_done)
{
    struct vec rows;
    vec_init(&rows, sizeof(struct haproxy_row));
    haproxy_rows_parse_stat(stat_answer, &rows);
    cr_assert(rows.count == 2);
    const struct haproxy_row *row = vec_at(&rows, 0);
    cr_expect(row[0].requests == 760 + 12, "%llu", (unsigned long long)row[0].requests);
    cr_expect(row[0].errors == 30);
    cr_expect(row[0].failures == 12);
    cr_expect(row[0].latency_ns == MS(42));
    cr_expect(row[0].open == 2 && row[0].up);
    cr_expect(row[1].requests == 10 && !row[1].up, "of TCP sessions are requests");
    vec_fini(&rows);
}

Test(haproxy_state, adds_up_what_workers_that_are_gone_have_done)
{
    struct haproxy_totals totals;
    struct env_endpoint_stats stats;
    struct vec rows;
    vec_init(&rows, sizeof(struct haproxy_row));
    haproxy_totals_init(&totals);
    haproxy_rows_parse_stat(stat_answer, &rows);
    for (int64_t worker = 1; worker <= 20; worker++) { /* each asked twice, then replaced */
        for (uint32_t round = 0; round < 2; round++) {
            haproxy_totals_begin(&totals);
            haproxy_totals_take(&totals, worker, &rows);
            haproxy_totals_end(&totals);
        }
    }
    cr_assert(haproxy_totals_get(&totals, 5, &stats));
    cr_expect(stats.requests == 20 * 772, "%llu", (unsigned long long)stats.requests);
    cr_expect(stats.errors == 20 * 30 && stats.failures == 20 * 12);
    cr_expect(stats.open == 2 && stats.latency_mean_ns == MS(42));
    cr_expect(!haproxy_totals_get(&totals, 7, &stats));

    vec_remove_at(&rows, 0);
    haproxy_totals_begin(&totals);
    haproxy_totals_take(&totals, 20, &rows);
    haproxy_totals_end(&totals);
    cr_expect(!haproxy_totals_get(&totals, 5, &stats), "it is in no worker any more");
    cr_expect(haproxy_totals_get(&totals, 6, &stats) && stats.requests == 200);
    haproxy_totals_fini(&totals);
    vec_fini(&rows);
}

Test(haproxy_state, reads_which_workers_there_are)
{
    static const char answer[] =
        "#<PID>          <type>          <reloads>       <uptime>        <version>      \n"
        "8319            master          1 [failed: 2]   0d00h00m01s     2.6.12-1+deb12u4\n"
        "# workers\n"
        "8349            worker          0               0d00h00m00s     2.6.12-1+deb12u4\n"
        "# old workers\n"
        "8322            worker          1               0d00h00m01s     2.6.12-1+deb12u4\n"
        "8300            worker          2               0d00h00m09s     2.6.12-1+deb12u4\n"
        "# programs\n\n";
    struct haproxy_workers workers;
    haproxy_workers_parse(answer, &workers);
    cr_expect(workers.known);
    cr_expect(workers.current_pid == 8349);
    cr_expect(workers.failed_count == 2);
    cr_assert(workers.old_count == 2);
    cr_expect(workers.old_pids[0] == 8322 && workers.old_pids[1] == 8300);

    haproxy_workers_parse("Can't find the target PID\n", &workers);
    cr_expect(!workers.known && workers.current_pid == 0);
}

Test(haproxy_state, reads_the_version)
{
    uint32_t major = 0;
    uint32_t minor = 0;
    cr_expect(haproxy_version_parse("HAProxy version 2.6.12-1+deb12u4 2026/10/17", &major, &minor));
    cr_expect(major == 2 && minor == 6);
    cr_expect(haproxy_version_parse("HA-Proxy version 1.8.4", &major, &minor) && major == 1);
    cr_expect(!haproxy_version_parse("nginx", &major, &minor));
}
