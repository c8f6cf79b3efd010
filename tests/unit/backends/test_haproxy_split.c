/*
 * tests/unit/backends/test_haproxy_split.c
 *
 * Goal:   a split becomes rules in the right order, its share an entry of a map that needs no
 *         reload, and what cannot be had is named.
 * Method: lines are looked for; shapes and commands are compared over single changes.
 */
#include "tests/unit/backends/haproxy_words.h"

#include "platform/backends/haproxy/haproxy_split.h"

static const struct haproxy_render_options options = { .http_port = WORDS_HTTP_PORT,
                                                       .https_port = WORDS_HTTPS_PORT,
                                                       .mesh_port = WORDS_MESH_PORT,
                                                       .stats_path = "/tmp/x/stats.sock",
                                                       .certificates_path = "/tmp/x/c",
                                                       .shares_path = "/tmp/x/shares" };

static struct env_service services[2];
static struct haproxy_generation generation;
static struct haproxy_rendered rendered;

static void
begin(void)
{
    services[0] = words_service("web_80");
    services[0].split_to = "web_80.v2";
    services[0].split_ppm = 50000;
    services[1] = words_service("web_80.v2");
    services[1].vhosts = "";
    services[1].external = false;
    services[1].endpoints = words_endpoints;
    services[1].endpoints_count = 1;
}

static void
end(void)
{
    haproxy_rendered_fini(&rendered);
    haproxy_generation_fini(&generation);
}

TestSuite(haproxy_split, .init = begin, .fini = end);

static void
render(void)
{
    words_copy(&generation, services, 2);
    haproxy_render(&generation, &options, &rendered);
}

/* Where the line is, looked for from a place on. */
static size_t
place_from(size_t from, const char *line)
{
    const char *at = strstr(strbuf_text(&rendered.text) + from, line);
    cr_assert(at != NULL, "no line: %s\n%s", line, strbuf_text(&rendered.text));
    return (size_t)(at - strbuf_text(&rendered.text));
}

#define HOST "{ req.hdr(host),host_only -m str web.example.com }"
#define DRAWN "{ str(web_80),map_str_int(/tmp/x/shares,0),sub(txn.split_draw) gt 0 }"
#define APART_UP "{ var(txn.split_apart_0) -m bool }"

Test(haproxy_split, asks_header_then_session_then_chance_then_who_is_up)
{
    services[0].split_header = "X-Canary";
    services[0].split_value = "for testers";
    services[0].sticky = true;
    services[1].sticky = true;
    render();
    cr_assert_eq(generation.refused_count, 0, "%s", generation.refused.text);
    size_t at = place_from(0, "frontend http\n");
    at = place_from(at, "    http-request set-var(txn.split_draw) rand(1000000)\n");
    at = place_from(at, "    http-request set-var(txn.split_here_0) bool(true) if "
                        "{ nbsrv(be_web_80) gt 0 } || { stopping } "
                        "!{ connslots(be_web_80) eq 0 }\n");
    at = place_from(at, "    http-request set-var(txn.split_apart_0) bool(true) if "
                        "{ nbsrv(be_web_80.v2) gt 0 } || { stopping } "
                        "!{ connslots(be_web_80.v2) eq 0 }\n");
    at = place_from(at, "    use_backend be_web_80.v2 if " HOST
                        " { req.fhdr(X-Canary) -m str 'for testers' } " APART_UP "\n");
    at = place_from(at, "    use_backend be_web_80.v2 if " HOST
                        " { req.cook(rehearsal_version) -m str web_80.v2 } "
                        "{ str(web_80),map_str_int(/tmp/x/shares,0) gt 0 } " APART_UP "\n");
    at = place_from(at, "    use_backend be_web_80 if " HOST
                        " { req.cook(mesosphere_server_id) -m found } "
                        "{ str(web_80),map_str_int(/tmp/x/shares,0) lt 1000000 } "
                        "{ var(txn.split_here_0) -m bool }\n");
    at = place_from(at, "    use_backend be_web_80.v2 if " HOST " " DRAWN " " APART_UP "\n");
    at = place_from(at, "    use_backend be_web_80.v2 if " HOST
                        " !{ var(txn.split_here_0) -m bool } " APART_UP "\n");
    at = place_from(at, "    use_backend be_web_80 if " HOST "\n");
    at = place_from(at, "backend be_web_80.v2\n");
    (void)place_from(at, "    http-response add-header Set-Cookie "
                         "'rehearsal_version=web_80.v2; path=/; HttpOnly' "
                         "unless { var(txn.split_known) -m bool }\n");
    cr_assert_str_eq(strbuf_text(&rendered.shares), "web_80 50000\n");
}

Test(haproxy_split, changes_its_share_without_a_reload)
{
    render();
    char *before = strdup(strbuf_text(&rendered.shape));
    services[0].split_ppm = 500000;
    render();
    cr_assert_str_eq(strbuf_text(&rendered.shape), before);
    cr_assert_str_eq(strbuf_text(&rendered.shares), "web_80 500000\n");
    services[0].split_to = "";
    render();
    cr_assert_neq(strcmp(strbuf_text(&rendered.shape), before), 0);
    cr_assert_str_eq(strbuf_text(&rendered.shares), "");
    cr_assert_null(strstr(strbuf_text(&rendered.text), "split_draw"));
    free(before);
}

Test(haproxy_split, commands_what_the_map_does_not_say_yet)
{
    struct strbuf out = { 0 };
    words_copy(&generation, services, 2);
    cr_assert_eq(haproxy_split_commands("0x55d0 web_80 50000\n0x55d1 other 1\n\n", &generation,
                                        "/tmp/x/shares", &out),
                 0);
    cr_assert_eq(out.len, 0);
    static const char *const others[] = { "", "0x55d0 web_80 5000\n", "0x55d0 web_80 500000\n",
                                          "0x55d0 eb_80 50000\n", "web_80 50000\n" };
    for (uint32_t i = 0; i < COUNT_OF(others); i++) {
        strbuf_clear(&out);
        cr_assert_eq(haproxy_split_commands(others[i], &generation, "/tmp/x/shares", &out), 1);
        cr_assert_str_eq(strbuf_text(&out), "set map /tmp/x/shares web_80 50000\n");
    }
    strbuf_fini(&out);
}

Test(haproxy_split, shares_a_service_port_and_inside_names_too)
{
    services[0].port = 10000;
    services[0].names = "web.marathon.mesos";
    render();
    size_t at = place_from(0, "frontend mesh\n");
    at = place_from(at, "    http-request set-var(txn.split_draw) rand(1000000)\n");
    at = place_from(at, "be_web_80.v2 if { req.hdr(x-marathon-app-id) -m str /web } " DRAWN);
    at = place_from(at, "be_web_80.v2 if { req.hdr(host),host_only -i -m str web.marathon.mesos } "
                        DRAWN);
    at = place_from(at, "frontend port_10000\n");
    at = place_from(at, "    http-request set-var(txn.split_draw) rand(1000000)\n");
    at = place_from(at, "    use_backend be_web_80.v2 if  " DRAWN " " APART_UP "\n");
    (void)place_from(at, "    default_backend be_web_80\n");
}

Test(haproxy_split, shares_connections_of_tcp)
{
    for (uint32_t i = 0; i < 2; i++) {
        services[i].http = false;
        services[i].vhosts = "";
    }
    services[0].port = 10000;
    services[0].split_header = "X-Canary";
    services[0].split_value = "yes";
    render();
    const size_t at =
        place_from(0, "    tcp-request content set-var(txn.split_draw) rand(1000000)\n");
    (void)place_from(at, "    use_backend be_web_80.v2 if  " DRAWN);
    cr_assert_eq(generation.refused_count, 1);
    cr_assert_not_null(strstr(generation.refused.text, "web_80"));
    cr_assert_null(strstr(strbuf_text(&rendered.text), "X-Canary"));
}

Test(haproxy_split, is_left_out_by_name_where_it_cannot_be)
{
    static const char *const headers[][2] = { { "X Canary", "yes" }, { "X-Canary", "a'b" },
                                              { "X-Canary", "" }, { "X)", "yes" } };
    for (uint32_t i = 0; i < COUNT_OF(headers); i++) {
        services[0].split_header = headers[i][0];
        services[0].split_value = headers[i][1];
        render();
        cr_assert_eq(generation.refused_count, 1);
        cr_assert_null(strstr(strbuf_text(&rendered.text), "req.fhdr"));
        (void)place_from(0, DRAWN);
    }
    services[0].split_header = "";
    static const char *const targets[] = { "nobody_1", "web_80", "web 80" };
    for (uint32_t i = 0; i < COUNT_OF(targets); i++) {
        services[0].split_to = targets[i];
        render();
        cr_assert_eq(generation.services.count, 2);
        cr_assert_eq(generation.refused_count, 1, "%s", targets[i]);
        cr_assert_null(strstr(strbuf_text(&rendered.text), "split_draw"));
        (void)place_from(0, "    use_backend be_web_80 if " HOST "\n");
    }
}
