/*
 * tests/unit/backends/test_haproxy_render.c
 *
 * Goal:   the configuration says what the generation says, and its shape changes exactly when a
 *         reload is needed.
 * Method: lines are looked for; shapes are compared over single changes.
 */
#include "tests/unit/backends/haproxy_words.h"

#include "platform/backends/haproxy/haproxy_render.h"

static const struct haproxy_render_options render_options = { .http_port = WORDS_HTTP_PORT,
                                                              .stats_path = "/tmp/x/stats.sock" };

static void
render(const struct env_service *services, uint32_t count, struct haproxy_rendered *ret)
{
    struct haproxy_generation generation = { 0 };
    words_copy(&generation, services, count);
    cr_assert(generation.refused_count == 0, "%s", generation.refused.text);
    haproxy_render(&generation, &render_options, ret);
    haproxy_generation_fini(&generation);
}

static size_t
place_of(const struct haproxy_rendered *rendered, const char *line)
{
    const char *at = strstr(strbuf_text(&rendered->text), line);
    cr_assert(at != NULL, "no line: %s\n%s", line, strbuf_text(&rendered->text));
    return (size_t)(at - strbuf_text(&rendered->text));
}

Test(haproxy_render, a_longer_path_is_asked_first)
{
    struct haproxy_rendered rendered = { 0 };
    struct env_service services[] = { words_service("root"), words_service("api"),
                                      words_service("deep"), words_service("bare") };
    services[1].path = "/api";
    services[2].path = "/api/v2";
    services[3].path = "/api";
    services[3].vhosts = "";
    render(services, 4, &rendered);
    const size_t root = place_of(&rendered, "    use_backend be_root if { req.hdr(host),host_only "
                                            "-m str web.example.com }\n");
    const size_t api = place_of(&rendered, "    use_backend be_api if { req.hdr(host),host_only -m "
                                           "str web.example.com } { path_beg /api }\n");
    const size_t deep = place_of(&rendered, "be_deep if { req.hdr(host),host_only -m str "
                                            "web.example.com } { path_beg /api/v2 }\n");
    const size_t bare = place_of(&rendered, "    use_backend be_bare if { path_beg /api }\n");
    cr_expect(deep < api && api < bare && bare < root);
    haproxy_rendered_fini(&rendered);
}

Test(haproxy_render, a_server_has_its_weight_checks_and_drain)
{
    struct haproxy_rendered rendered = { 0 };
    struct env_service service = words_service("web");
    service.check_interval_ns = MS(1500);
    service.check_fall = 4;
    service.policy = &words_random;
    service.policy_argument = 5;
    service.port = 10000;
    render(&service, 1, &rendered);
    (void)place_of(&rendered, "    server e5 10.0.0.5:31005 weight 3 check inter 1500 fall 4\n");
    (void)place_of(&rendered,
                   "    server e6 10.0.0.6:31006 weight 1 check inter 1500 fall 4 disabled\n");
    (void)place_of(&rendered, "    balance random(5)\n");
    (void)place_of(&rendered, "frontend port_10000\n    bind 127.0.0.1:10000\n");
    (void)place_of(&rendered, "frontend http\n    bind 127.0.0.1:8080\n");
    (void)place_of(&rendered, "option idle-close-on-response\n");
    haproxy_rendered_fini(&rendered);
}

Test(haproxy_render, endpoints_do_not_change_the_shape_and_all_else_does)
{
    struct haproxy_rendered one = { 0 };
    struct haproxy_rendered two = { 0 };
    struct env_service before = words_service("web");
    render(&before, 1, &one);
    struct env_service after = before;
    after.endpoints_count = 1;
    render(&after, 1, &two);
    cr_expect(strcmp(strbuf_text(&one.shape), strbuf_text(&two.shape)) == 0);
    cr_expect(strcmp(strbuf_text(&one.text), strbuf_text(&two.text)) != 0);

    struct env_service changes[7];
    for (uint32_t i = 0; i < COUNT_OF(changes); i++) {
        changes[i] = before;
    }
    changes[0].name = "web2";
    changes[1].vhosts = "other.example.com";
    changes[2].path = "/x";
    changes[3].port = 10000;
    changes[4].policy = &words_random;
    changes[5].check_interval_ns = SEC(1);
    changes[6].app = "/web2";
    for (uint32_t i = 0; i < COUNT_OF(changes); i++) {
        render(&changes[i], 1, &two);
        cr_expect(strcmp(strbuf_text(&one.shape), strbuf_text(&two.shape)) != 0, "change %u", i);
    }
    haproxy_rendered_fini(&one);
    haproxy_rendered_fini(&two);
}

Test(haproxy_render, every_line_has_its_owner)
{
    struct haproxy_rendered rendered = { 0 };
    const struct env_service services[] = { words_service("a"), words_service("b") };
    render(services, 2, &rendered);
    uint32_t line = 0;
    for (const char *at = strbuf_text(&rendered.text); *at != '\0'; line++) {
        const size_t len = strcspn(at, "\n");
        cr_assert(line < rendered.owners.count);
        const uint32_t owner = *(uint32_t *)vec_at(&rendered.owners, line);
        if (memmem(at, len, "be_a", 4) != NULL) {
            cr_expect(owner == 1);
        } else if (memmem(at, len, "be_b", 4) != NULL) {
            cr_expect(owner == 2);
        } else if (*at != ' ') {
            cr_expect(owner == 0);
        }
        at += len + 1;
    }
    cr_expect(line == rendered.owners.count);
    haproxy_rendered_fini(&rendered);
}
