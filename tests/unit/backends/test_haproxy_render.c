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
                                                              .https_port = WORDS_HTTPS_PORT,
                                                              .mesh_port = WORDS_MESH_PORT,
                                                              .stats_path = "/tmp/x/stats.sock",
                                                              .certificates_path = "/tmp/x/c" };

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
    (void)place_of(&rendered, "    server e5 10.0.0.5:31005 weight 48 check inter 1500 fall 4\n");
    (void)place_of(&rendered,
                   "    server e6 10.0.0.6:31006 weight 16 check inter 1500 fall 4 disabled\n");
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

    struct env_service changes[20];
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
    changes[7].external = false;
    changes[8].rank = 1;
    changes[8].path = "/x";
    changes[9].slow_start_ns = SEC(3);
    changes[10].sticky = true;
    changes[11].resilience.attempt_timeout_ns = SEC(1);
    changes[12].resilience.retries = 1;
    changes[13].resilience.server_requests_max = 1;
    changes[14].resilience.queue_max = 1;
    changes[15].resilience.queue_timeout_ns = SEC(1);
    changes[16].tls.certificate = "/etc/web.pem";
    changes[17].allowed = "10.0.0.0/8";
    changes[18].rewrite_from = "/a";
    changes[18].rewrite_to = "/b";
    changes[19].names = "web.marathon.example:80";
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

Test(haproxy_render, a_service_has_all_of_its_parts)
{
    struct haproxy_rendered rendered = { 0 };
    struct env_service service = words_service("web");
    service.sticky = true;
    service.slow_start_ns = SEC(30);
    service.resilience = (struct env_resilience){ .attempt_timeout_ns = MS(1500),
                                                  .retries = 2,
                                                  .eject_failures = 5,
                                                  .eject_ns = SEC(10),
                                                  .server_requests_max = 8,
                                                  .queue_max = 40,
                                                  .queue_timeout_ns = SEC(2) };
    service.tls = (struct env_tls){ .certificate = "/etc/web.pem",
                                    .redirect_to_https = true,
                                    .hsts = true };
    service.allowed = "127.0.0.0/8, 10.1.2.3";
    service.auth_realm = "The shop";
    service.auth_user = "bob";
    service.auth_password = "$5$salt$hash";
    service.rewrite_from = "/a.b/";
    service.rewrite_to = "/50%";
    service.names = "web.marathon.example:10080,web.marathon.mesos";
    render(&service, 1, &rendered);
    static const char *const lines[] = {
        "    bind 127.0.0.1:8443 ssl crt-list /tmp/x/c\n",
        "frontend mesh\n    bind 127.0.0.1:8081\n",
        "be_web if { req.hdr(host) -i -m str web.marathon.example:10080 }\n",
        "be_web if { req.hdr(host),host_only -i -m str web.marathon.mesos }\n",
        "userlist users_web\n    user bob password $5$salt$hash\n",
        "    acl network_allowed src 127.0.0.0/8\n    acl network_allowed src 10.1.2.3\n"
        "    http-request deny if !network_allowed\n",
        "    http-request redirect code 301 location https://%[req.hdr(host),host_only]:8443"
        "%[pathq] if { fe_name http } !{ ssl_fc } ",
        "    http-request auth realm 'The shop' if !{ http_auth(users_web) }\n",
        "    http-request deny deny_status 503 if { queue ge 40 }\n",
        "    timeout server 1500\n    timeout queue 2000\n    retries 2\n    retry-on ",
        "    cookie mesosphere_server_id insert indirect nocache dynamic\n",
        "    http-request replace-path ^/a[.]b(/.*)?$ /50%%\\1\n",
        "    http-response set-header Strict-Transport-Security max-age=15768000 if { ssl_fc }\n",
        "    server e5 10.0.0.5:31005 weight 48 slowstart 30000 maxconn 8 check inter 10000 fall 3 "
        "rise 2 observe layer7 error-limit 5 on-error mark-down\n",
    };
    for (uint32_t i = 0; i < COUNT_OF(lines); i++) {
        (void)place_of(&rendered, lines[i]);
    }
    cr_expect(strcmp(strbuf_text(&rendered.certificates), "/etc/web.pem\n") == 0);
    haproxy_rendered_fini(&rendered);
}

Test(haproxy_render, an_inside_service_is_in_the_mesh_alone)
{
    struct haproxy_rendered rendered = { 0 };
    struct env_service service = words_service("web");
    service.external = false;
    service.port = 10000;
    service.names = "web.marathon.mesos";
    render(&service, 1, &rendered);
    const char *text = strbuf_text(&rendered.text);
    const size_t mesh = place_of(&rendered, "frontend mesh\n");
    cr_expect(place_of(&rendered, "    use_backend be_web") > mesh);
    cr_expect(strstr(text, "web.example.com") == NULL);
    cr_expect(strstr(text, "frontend port_10000") == NULL);
    haproxy_rendered_fini(&rendered);
}

Test(haproxy_render, a_higher_rank_is_asked_before_a_longer_path)
{
    struct haproxy_rendered rendered = { 0 };
    struct env_service services[] = { words_service("deep"), words_service("high") };
    services[0].path = "/api/v2";
    services[1].rank = 5;
    render(services, 2, &rendered);
    cr_expect(place_of(&rendered, "use_backend be_high if { req.hdr(host),host_only") <
              place_of(&rendered, "use_backend be_deep if { req.hdr(host),host_only"));
    haproxy_rendered_fini(&rendered);
}

Test(haproxy_render, servers_of_other_zones_are_backups)
{
    static const struct env_endpoint endpoints[] = {
        { .id = 1, .ipv4 = 1, .port = 1, .weight = 1, .zone = 2 },
        { .id = 2, .ipv4 = 1, .port = 2, .weight = 1, .zone = 3 },
        { .id = 3, .ipv4 = 1, .port = 3, .weight = 1 },
    };
    struct haproxy_rendered rendered = { 0 };
    struct haproxy_generation generation = { 0 };
    struct env_service service = words_service("web");
    struct error err;
    service.zone_affinity = true;
    service.endpoints = endpoints;
    service.endpoints_count = 3;
    const struct env_proxy_apply apply = { .generation = 1, .services = &service,
                                           .services_count = 1, .zone = 2 };
    cr_assert(haproxy_generation_copy(&generation, &apply, words_ports, &err) == ST_OK);
    haproxy_render(&generation, &render_options, &rendered);
    (void)place_of(&rendered, "    server e1 0.0.0.1:1 weight 16\n");
    (void)place_of(&rendered, "    server e2 0.0.0.1:2 weight 16 backup\n");
    (void)place_of(&rendered, "    server e3 0.0.0.1:3 weight 16\n");
    (void)place_of(&rendered, "    option allbackups\n");
    haproxy_generation_fini(&generation);
    haproxy_rendered_fini(&rendered);
}

Test(haproxy_render, a_static_policy_has_its_servers_in_the_shape)
{
    static const struct env_balance_policy fixed = { .name = "static-rr", .haproxy = "static-rr" };
    struct haproxy_rendered one = { 0 };
    struct haproxy_rendered two = { 0 };
    struct env_service service = words_service("web");
    struct env_endpoint endpoints[3];
    memcpy(endpoints, words_endpoints, sizeof endpoints);
    service.policy = &fixed;
    service.endpoints = endpoints;
    render(&service, 1, &one);
    endpoints[0].draining = true; /* that much it can do at run time */
    render(&service, 1, &two);
    cr_expect(strcmp(strbuf_text(&one.shape), strbuf_text(&two.shape)) == 0);
    endpoints[0].weight = 9;
    render(&service, 1, &two);
    cr_expect(strcmp(strbuf_text(&one.shape), strbuf_text(&two.shape)) != 0);
    haproxy_rendered_fini(&one);
    haproxy_rendered_fini(&two);
}
