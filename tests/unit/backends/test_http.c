/*
 * tests/unit/backends/test_http.c
 *
 * Goal:   an HTTP question ends exactly once and says how: answered, refused, broken or out of
 * time; lines come as they are sent; a cancelled call is silent. Method: a real loop against a
 * little server that is good, slow, endless, silent or gone.
 */
#include "platform/backends/loop/http.h"

#include <stdio.h>
#include <string.h>

#include "platform/backends/probe/probe.h"
#include "tests/unit/backends/loop_bed.h"

struct ask {
    struct http_call call;
    uint32_t done_count;
    uint32_t lines_count;
    bool cancels; /* at the first line */
    char text[64];
};

static void
ask_done(struct http_call *call)
{
    struct ask *ask = container_of(call, struct ask, call);
    ask->done_count++;
    if (call->line == NULL) {
        (void)snprintf(ask->text, sizeof ask->text, "%s", strbuf_text(&call->body));
    }
}

static void
ask_line(struct http_call *call, const char *line, size_t len)
{
    struct ask *ask = container_of(call, struct ask, call);
    const size_t at = strlen(ask->text);
    ask->lines_count++;
    if (at < sizeof ask->text) {
        (void)snprintf(ask->text + at, sizeof ask->text - at, "%.*s|", (int)len, line);
    }
    if (ask->cancels) {
        http_cancel(call);
    }
}

static bool
ask_is_done(void *context)
{
    return ((const struct ask *)context)->done_count > 0;
}

static void
ask_start(struct loop_bed *bed, struct ask *ask, uint16_t port, const char *path,
          int64_t timeout_ns, bool is_probe)
{
    char url[64];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u%s", port, path);
    ask->call.done = ask_done;
    const struct http_question question = {
        .method = "GET", .url = url, .timeout_ns = timeout_ns, .is_probe = is_probe};
    http_start(bed->loop->http, &question, &ask->call);
    cr_assert(ask->done_count == 0);
}

static struct ask
asked(const char *path, int64_t timeout_ns, bool is_probe)
{
    struct loop_bed bed;
    struct server server;
    struct ask ask = {0};
    loop_bed_open(&bed);
    server_start(&server);
    ask_start(&bed, &ask, server.port, path, timeout_ns, is_probe);
    cr_assert(real_loop_run_until(bed.loop, ask_is_done, &ask, SEC(10)));
    cr_assert(ask.done_count == 1);
    server_stop(&server);
    loop_bed_close(&bed);
    return ask;
}

Test(http, an_answer_has_its_code_and_body, .timeout = 20)
{
    const struct ask ask = asked("/code/418", SEC(5), false);
    cr_assert(ask.call.end == HTTP_ANSWERED && ask.call.code == 418);
    cr_assert(strcmp(ask.text, "ok") == 0);
}

Test(http, a_redirect_is_not_followed, .timeout = 20)
{
    const struct ask ask = asked("/moved", SEC(5), false);
    cr_assert(ask.call.end == HTTP_ANSWERED && ask.call.code == 302);
}

Test(http, silence_is_out_of_time, .timeout = 20)
{
    const struct ask ask = asked("/silent", MS(100), false);
    cr_assert(ask.call.end == HTTP_TIMED_OUT);
}

Test(http, a_lost_connection_is_broken, .timeout = 20)
{
    const struct ask ask = asked("/hangup", SEC(5), false);
    cr_assert(ask.call.end == HTTP_BROKEN);
    cr_assert(ask.call.message[0] != '\0');
}

Test(http, a_probe_does_not_wait_for_an_endless_body, .timeout = 20)
{
    const struct ask ask = asked("/endless", SEC(5), true);
    cr_assert(ask.call.end == HTTP_ANSWERED && ask.call.code == 200);
}

Test(http, where_nobody_listens_it_is_refused, .timeout = 20)
{
    struct loop_bed bed;
    struct ask ask = {0};
    loop_bed_open(&bed);
    ask_start(&bed, &ask, 1, "/", SEC(5), false);
    cr_assert(real_loop_run_until(bed.loop, ask_is_done, &ask, SEC(10)));
    cr_assert(ask.call.end == HTTP_REFUSED);
    loop_bed_close(&bed);
}

Test(http, lines_come_whole_whatever_the_packets, .timeout = 20)
{
    struct loop_bed bed;
    struct server server;
    struct ask ask = {.call.line = ask_line};
    loop_bed_open(&bed);
    server_start(&server);
    ask_start(&bed, &ask, server.port, "/lines", SEC(5), false);
    cr_assert(real_loop_run_until(bed.loop, ask_is_done, &ask, SEC(10)));
    cr_assert(strcmp(ask.text, "one|two|three|") == 0, "%s", ask.text);
    server_stop(&server);
    loop_bed_close(&bed);
}

Test(http, a_call_may_be_cancelled_in_its_own_line, .timeout = 20)
{
    struct loop_bed bed;
    struct server server;
    struct ask ask = {.call.line = ask_line, .cancels = true};
    loop_bed_open(&bed);
    server_start(&server);
    ask_start(&bed, &ask, server.port, "/endless", SEC(5), false);
    loop_bed_run_for(&bed, MS(300));
    cr_assert(ask.lines_count == 1 && ask.done_count == 0);
    server_stop(&server);
    loop_bed_close(&bed);
}

Test(http, a_cancelled_call_is_silent, .timeout = 20)
{
    struct loop_bed bed;
    struct server server;
    struct ask ask = {0};
    loop_bed_open(&bed);
    server_start(&server);
    ask_start(&bed, &ask, server.port, "/code/200", SEC(5), false);
    http_cancel(&ask.call);
    http_cancel(&ask.call);
    loop_bed_run_for(&bed, MS(50));
    cr_assert(ask.done_count == 0);
    server_stop(&server);
    loop_bed_close(&bed);
}

/* --- the probe port, where no engine is needed --- */

static void
probe_done(struct env_op *op)
{
    (void)op;
}

static bool
probe_is_done(void *context)
{
    return !env_op_is_pending(context);
}

static enum status
probe(struct loop_bed *bed, struct env_probe_ask *ask)
{
    ask->op.done = probe_done;
    ask->ipv4 = UINT32_C(0x7F000001);
    env_probe_ask(probe_port_open(bed->process, NULL), ask);
    cr_assert(real_loop_run_until(bed->loop, probe_is_done, &ask->op, SEC(10)));
    return ask->op.status;
}

Test(probe_port, each_way_to_ask_has_its_answers, .timeout = 30)
{
    struct loop_bed bed;
    struct server server;
    loop_bed_open(&bed);
    server_start(&server);
    struct env_probe_ask good = {
        .kind = ENV_PROBE_HTTP, .port = server.port, .path = "/code/503", .timeout_ns = SEC(5)};
    struct env_probe_ask slow = good;
    struct env_probe_ask tls = good;
    struct env_probe_ask tcp = good;
    struct env_probe_ask command = good;
    slow.path = "/silent";
    slow.timeout_ns = MS(100);
    tls.kind = ENV_PROBE_HTTPS;
    tcp.kind = ENV_PROBE_TCP;
    command.kind = ENV_PROBE_COMMAND;
    command.shell = "true";
    cr_assert(probe(&bed, &good) == ST_OK && good.ret_http_code == 503);
    cr_assert(probe(&bed, &slow) == ST_TIMEOUT);
    cr_assert(probe(&bed, &tls) == ST_FAILED, "a plain server does not speak TLS");
    cr_assert(probe(&bed, &tcp) == ST_OK);
    cr_assert(probe(&bed, &command) == ST_UNSUPPORTED);
    server_stop(&server);
    loop_bed_close(&bed);
}
