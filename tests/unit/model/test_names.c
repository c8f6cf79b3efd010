/*
 * tests/unit/model/test_names.c
 *
 * Goal:   apps and VIP labels become the names that Mesos-DNS and DC/OS give them.
 * Method: paths, labels and definitions beside the names that are due.
 */
#include "platform/model/names.h"
#include "tests/unit/model/test_app.h"

static void
expect_app(const char *path, const char *expected)
{
    char part[NAMES_PART_MAX + 1];
    names_app(path, part);
    cr_assert_str_eq(part, expected, "%s is %s", path, part);
}

Test(names, of_apps_are_their_groups_reversed)
{
    expect_app("/web", "web");
    expect_app("/prod/web", "web-prod");
    expect_app("/a/b/c-d", "c-d-b-a");
    expect_app("/prod/web.v2", "web-v2-prod");
    expect_app("web", "web");
}

Test(names, of_apps_have_no_part_longer_than_the_system_allows)
{
    char path[128] = "/";
    memset(path + 1, 'x', 62);
    memcpy(path + 63, "-y", sizeof "-y");
    char part[NAMES_PART_MAX + 1];
    names_app(path, part);
    cr_assert_eq(strlen(part), 62, "cut at 63, where a dash would be the end");
    memset(path + 1, 'x', 100);
    path[101] = '\0';
    names_app(path, part);
    cr_assert_eq(strlen(part), 63);
}

Test(names, of_ports_are_letters_digits_and_dashes)
{
    char part[NAMES_PART_MAX + 1];
    names_part("HTTP_api", part);
    cr_assert_str_eq(part, "http-api");
    names_part("__", part);
    cr_assert_str_eq(part, "");
}

static void
expect_vip(const char *value, const char *host, const char *part, uint16_t port)
{
    struct names_vip vip;
    cr_assert(names_vip_read(value, &vip), "%s", value);
    cr_assert_str_eq(vip.host, host);
    cr_assert_str_eq(vip.part, part);
    cr_assert_eq(vip.port, port);
}

Test(names, of_vips_come_from_their_labels)
{
    expect_vip("/web:80", "web.marathon.l4lb.thisdcos.directory", "web", 80);
    expect_vip("/dcos-101/app2:10000", "dcos-101app2.marathon.l4lb.thisdcos.directory",
               "dcos-101app2", 10000);
    expect_vip("/Api.v2:65535", "api.v2.marathon.l4lb.thisdcos.directory", "api-v2", 65535);
    expect_vip("1.2.3.4:8080", "1.2.3.4", "", 8080);
}

Test(names, of_vips_are_refused_when_they_are_none)
{
    static const char *const wrong[] = { "",        "/web",      "/web:",      "/web:0",
                                         "/web:65536", "/web:8o", ":80",       "/:80",
                                         "web:80",  "1.2.3:80",  "1.2.3.256:80", "1.2.3.4.5:80",
                                         "1.2..4:80", "/a..b:80", "/.a:80",    "/a.:80",
                                         "/we b:80", "/-:80",    "/web:-1" };
    for (uint32_t i = 0; i < COUNT_OF(wrong); i++) {
        struct names_vip vip;
        cr_assert_not(names_vip_read(wrong[i], &vip), "%s", wrong[i]);
    }
    char value[400] = "/";
    struct names_vip vip;
    for (uint32_t i = 1; i <= 221; i++) { /* with its zone too long for a name */
        value[i] = i % 2 == 1 ? 'a' : '.';
    }
    memcpy(value + 222, ":80", sizeof ":80");
    cr_assert_not(names_vip_read(value, &vip));
}

Test(names, of_a_service_are_those_of_its_port)
{
    struct app_case test;
    app_case_read(
        &test,
        "{\"id\":\"/prod/web\",\"container\":{\"type\":\"DOCKER\",\"docker\":{\"image\":\"web:1\"},"
        "\"portMappings\":[{\"containerPort\":80,\"labels\":{\"VIP_0\":\"/web:80\","
        "\"VIP_1\":\"1.2.3.4:81\",\"VIP_x\":\"/no:1\",\"VIP_2\":\"nonsense\"}},"
        "{\"containerPort\":9000,\"name\":\"admin\",\"protocol\":\"udp,tcp\"}]},"
        "\"networks\":[{\"mode\":\"container/bridge\"}]}");
    const struct app_spec *spec = test.spec;
    struct strbuf out = { 0 };
    cr_assert_not_null(spec);
    names_service(spec, 0, &out);
    cr_assert_str_eq(strbuf_text(&out),
                     "web.marathon.l4lb.thisdcos.directory:80,1.2.3.4:81,"
                     "web-prod.marathon.mesos:80,web-prod.marathon.mesos,"
                     "web-prod.marathon.containerip.dcos.thisdcos.directory:80,"
                     "web-prod.marathon.containerip.dcos.thisdcos.directory,"
                     "web-prod.marathon.agentip.dcos.thisdcos.directory:80,"
                     "web-prod.marathon.agentip.dcos.thisdcos.directory,"
                     "web-prod.marathon.autoip.dcos.thisdcos.directory:80,"
                     "web-prod.marathon.autoip.dcos.thisdcos.directory");
    strbuf_clear(&out);
    names_service(spec, 1, &out);
    cr_assert_str_eq(strbuf_text(&out),
                     "web-prod.marathon.mesos:9000,"
                     "web-prod.marathon.containerip.dcos.thisdcos.directory:9000,"
                     "web-prod.marathon.agentip.dcos.thisdcos.directory:9000,"
                     "web-prod.marathon.autoip.dcos.thisdcos.directory:9000");
    cr_assert(spec->ports[1].udp_too && !spec->ports[1].udp);
    strbuf_fini(&out);
    app_case_close(&test);
}

Test(names, of_a_host_port_are_those_of_the_app)
{
    struct app_case test;
    app_case_read(&test,
                  "{\"id\":\"/web\",\"cmd\":\"true\","
                  "\"portDefinitions\":[{\"port\":10000,\"name\":\"http\","
                "\"labels\":{\"VIP_0\":\"/a/b:5555\"}}]}");
    const struct app_spec *spec = test.spec;
    struct strbuf out = { 0 };
    cr_assert_not_null(spec);
    names_service(spec, 0, &out);
    cr_assert_str_eq(strbuf_text(&out), "ab.marathon.l4lb.thisdcos.directory:5555,"
                                        "web.marathon.mesos,"
                                        "web.marathon.containerip.dcos.thisdcos.directory,"
                                        "web.marathon.agentip.dcos.thisdcos.directory,"
                                        "web.marathon.autoip.dcos.thisdcos.directory");
    strbuf_fini(&out);
    app_case_close(&test);
}
