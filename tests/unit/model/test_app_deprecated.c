/*
 * tests/unit/model/test_app_deprecated.c
 *
 * Goal:   every deprecated way to say a thing is accepted and becomes its successor, nothing is
 *         dropped without a word.
 * Method: a table of inputs, each with the canonical value of one key and the warnings it earns.
 */
#include "tests/unit/model/test_app.h"

#define DOCKER(rest) "\"container\": {\"type\": \"DOCKER\", \"docker\": {\"image\": \"i\"" rest "}}"
#define PORT(number, name) "{\"port\":" number ",\"protocol\":\"tcp\"" name ",\"labels\":{}}"

struct deprecated_case {
    const char *in; /* beside id and cmd */
    const char *key;
    const char *out;
    const char *warnings;
};

static const struct deprecated_case cases[] = {
    { "\"uris\": [\"http://h/a.tar.gz\", \"http://h/b.py\"]", "fetch",
      "[{\"uri\":\"http://h/a.tar.gz\",\"extract\":true,\"executable\":false,\"cache\":false},"
      "{\"uri\":\"http://h/b.py\",\"extract\":false,\"executable\":false,\"cache\":false}]",
      "" },
    { "\"uris\": []", "uris", "", "" },
    { "\"ports\": [8080, 0]", "portDefinitions",
      "[" PORT("8080", "") "," PORT("0", "") "]", "" },
    { "\"ports\": [8080, 0]", "ports", "", "" },
    { "\"ports\": []", "portDefinitions", "[]", "" },
    { "\"ports\": [8080], \"portDefinitions\": [{\"port\": 8080, \"name\": \"a\"}]",
      "portDefinitions", "[" PORT("8080", ",\"name\":\"a\"") "]", "" },
    { DOCKER(", \"network\": \"BRIDGE\""), "networks", "[{\"mode\":\"container/bridge\"}]", "" },
    { DOCKER(", \"network\": \"bridge\""), "networks", "[{\"mode\":\"container/bridge\"}]", "" },
    { DOCKER(", \"network\": \"HOST\""), "networks", "[{\"mode\":\"host\"}]", "" },
    { DOCKER(", \"network\": \"USER\"") ", \"ipAddress\": {\"networkName\": \"dcos\"}", "networks",
      "[{\"mode\":\"container\",\"name\":\"dcos\"}]", "" },
    { DOCKER(", \"network\": \"BRIDGE\""), "container",
      "{\"type\":\"DOCKER\",\"docker\":{\"image\":\"i\",\"forcePullImage\":false,"
      "\"privileged\":false,\"parameters\":[]},\"volumes\":[],\"portMappings\":"
      "[{\"containerPort\":0,\"hostPort\":0,\"servicePort\":0,\"protocol\":\"tcp\","
      "\"name\":\"default\",\"labels\":{}}]}",
      "" },
    { DOCKER(", \"network\": \"BRIDGE\", \"portMappings\": [{\"containerPort\": 80, "
             "\"protocol\": \"udp\"}]"),
      "container",
      "{\"type\":\"DOCKER\",\"docker\":{\"image\":\"i\",\"forcePullImage\":false,"
      "\"privileged\":false,\"parameters\":[]},\"volumes\":[],\"portMappings\":"
      "[{\"containerPort\":80,\"hostPort\":0,\"servicePort\":0,\"protocol\":\"udp\","
      "\"labels\":{}}]}",
      "" },
    { DOCKER(", \"network\": \"BRIDGE\", \"portMappings\": []"), "container",
      "{\"type\":\"DOCKER\",\"docker\":{\"image\":\"i\",\"forcePullImage\":false,"
      "\"privileged\":false,\"parameters\":[]},\"volumes\":[],\"portMappings\":[]}",
      "" },
    { "\"ipAddress\": {\"networkName\": \"dcos\", \"labels\": {\"a\": \"b\"}, \"discovery\": "
      "{\"ports\": [{\"number\": 7777, \"name\": \"p\", \"protocol\": \"tcp\"}]}}",
      "container",
      "{\"type\":\"MESOS\",\"volumes\":[],\"portMappings\":[{\"containerPort\":7777,"
      "\"servicePort\":0,\"protocol\":\"tcp\",\"name\":\"p\",\"labels\":{}}]}",
      "" },
    { "\"ipAddress\": {\"networkName\": \"dcos\", \"labels\": {\"a\": \"b\"}}", "networks",
      "[{\"mode\":\"container\",\"name\":\"dcos\",\"labels\":{\"a\":\"b\"}}]", "" },
    { "\"ipAddress\": {\"networkName\": \"mesos-bridge\"}", "networks",
      "[{\"mode\":\"container/bridge\"}]", "" },
    { "\"ipAddress\": {}", "networks", "[{\"mode\":\"container\"}]",
      "/networks/0: a container network without a \"name\", the platform's own is taken" },
    { "\"ipAddress\": {\"networkName\": \"n\", \"groups\": [\"g\"], \"odd\": 1}", "ipAddress", "",
      "/ipAddress/odd: unknown key, left out with the deprecated object around it\n"
      "/ipAddress/groups: Marathon takes no notice of groups, left out" },
    { DOCKER(", \"network\": \"BRIDGE\"") ", \"ipAddress\": {\"discovery\": {\"ports\": "
                                          "[{\"number\": 1, \"name\": \"p\"}]}}",
      "networks", "[{\"mode\":\"container/bridge\"}]",
      "/ipAddress/discovery/ports: discovery ports do not apply to a container of type "
      "\"DOCKER\", left out" },
    { DOCKER("") ", \"networks\": [{\"mode\": \"container/bridge\"}], \"portDefinitions\": "
                 "[{\"port\": 0}, {\"port\": 0}]",
      "portDefinitions", "",
      "/portDefinitions: port definitions apply to host networking only, left out; each without a "
      "port mapping made one" },
    { "\"container\": {\"type\": \"MESOS\", \"portMappings\": [{\"containerPort\": 80}]}",
      "container", "{\"type\":\"MESOS\",\"volumes\":[]}",
      "/container/portMappings: port mappings do not apply to host networking, left out; "
      "\"networks\" names another mode, such as [{\"mode\": \"container/bridge\"}]" },
    { "\"requirePorts\": true, \"networks\": [{\"mode\": \"container/bridge\"}]", "requirePorts",
      "false", "/requirePorts: applies to host networking only, taken as false" },
    { "\"requirePorts\": true, \"portDefinitions\": [{\"port\": 0}, {\"port\": 8080}], "
      "\"healthChecks\": [{\"protocol\": \"TCP\", \"port\": 8080}]",
      "healthChecks",
      "[{\"protocol\":\"TCP\",\"portIndex\":1,\"gracePeriodSeconds\":300,\"intervalSeconds\":60,"
      "\"timeoutSeconds\":20,\"delaySeconds\":15,\"maxConsecutiveFailures\":3,"
      "\"ipProtocol\":\"IPv4\"}]",
      "" },
    { "\"healthChecks\": [{\"protocol\": \"TCP\", \"port\": 8080}]", "healthChecks",
      "[{\"protocol\":\"TCP\",\"port\":8080,\"gracePeriodSeconds\":300,\"intervalSeconds\":60,"
      "\"timeoutSeconds\":20,\"delaySeconds\":15,\"maxConsecutiveFailures\":3,"
      "\"ipProtocol\":\"IPv4\"}]",
      "" },
    { "\"healthChecks\": [{\"protocol\": \"TCP\", \"port\": 0, \"portIndex\": 0}]", "healthChecks",
      "[{\"protocol\":\"TCP\",\"portIndex\":0,\"gracePeriodSeconds\":300,\"intervalSeconds\":60,"
      "\"timeoutSeconds\":20,\"delaySeconds\":15,\"maxConsecutiveFailures\":3,"
      "\"ipProtocol\":\"IPv4\"}]",
      "" },
    { "\"networks\": [{\"mode\": \"container\", \"name\": \"n\"}], \"container\": {\"type\": "
      "\"MESOS\", \"portMappings\": [{\"containerPort\": 80}]}, \"healthChecks\": [{\"protocol\": "
      "\"TCP\", \"port\": 80}]",
      "healthChecks",
      "[{\"protocol\":\"TCP\",\"portIndex\":0,\"gracePeriodSeconds\":300,\"intervalSeconds\":60,"
      "\"timeoutSeconds\":20,\"delaySeconds\":15,\"maxConsecutiveFailures\":3,"
      "\"ipProtocol\":\"IPv4\"}]",
      "" },
    { "\"container\": {\"type\": \"MESOS\", \"docker\": {\"image\": \"i\", \"credential\": "
      "{\"principal\": \"p\", \"secret\": \"s\"}}}, \"secrets\": {\"s\": {\"source\": \"/s\"}}",
      "container",
      "{\"type\":\"MESOS\",\"docker\":{\"image\":\"i\",\"forcePullImage\":false,"
      "\"privileged\":false,\"parameters\":[],\"pullConfig\":{\"secret\":\"s\"}},\"volumes\":[]}",
      "/container/docker/credential: deprecated, its secret became \"pullConfig\"; the principal "
      "is expected inside of the secret" },
    { "\"container\": {\"type\": \"MESOS\", \"docker\": {\"image\": \"i\", \"credential\": "
      "{\"principal\": \"p\"}}}",
      "container",
      "{\"type\":\"MESOS\",\"docker\":{\"image\":\"i\",\"forcePullImage\":false,"
      "\"privileged\":false,\"parameters\":[]},\"volumes\":[]}",
      "/container/docker/credential: deprecated and without a \"secret\", left out" },
    { "\"residency\": {\"relaunchEscalationTimeoutSeconds\": 10}, \"container\": {\"type\": "
      "\"MESOS\", \"volumes\": [{\"containerPath\": \"d\", \"persistent\": {\"size\": 1}}]}",
      "unreachableStrategy", "\"disabled\"", "" },
    { "\"container\": {\"type\": \"MESOS\", \"volumes\": [{\"containerPath\": \"d\", "
      "\"persistent\": {\"type\": \"mount\", \"size\": 1}}]}",
      "unreachableStrategy", "\"disabled\"",
      "/container/volumes/0/persistent/type: is not acted upon, only \"root\" is: the volume is "
      "made as if that was asked for" },
    { "\"residency\": {}", "residency", "",
      "/residency: has no effect without a persistent volume, left out" },
    { "\"tasksRunning\": 3", "tasksRunning", "",
      "/tasksRunning: Marathon prints this and never reads it, left out of the definition" },
    { "\"version\": \"2020-01-01T00:00:00.000Z\"", "version", "\"2020-01-01T00:00:00.000Z\"", "" },
    { "\"args\": [\"x\"]", "args", "[\"x\"]",
      "/args: given beside \"cmd\", which counts; accepted, kept, not acted upon" },
    { DOCKER(", \"requirePorts\": true"), "networks", "[{\"mode\":\"host\"}]",
      "/container/docker/requirePorts: unknown key, accepted, kept, not acted upon" },
    { "\"acceptedResourceRoles\": []", "acceptedResourceRoles", "", "" },
    { "\"dependencies\": [\"db\", \"/x/../y\"]", "dependencies", "[\"/db\",\"/y\"]", "" },
    { "\"constraints\": [[\"hostname\", \"unique\"], [\"@zone\", \"GROUP_BY\", \"3\"]]",
      "constraints", "[[\"hostname\",\"UNIQUE\"],[\"@zone\",\"GROUP_BY\",\"3\"]]", "" },
    { "\"constraints\": [[\"speed\", \"IS\", \"1.50\"], [\"speed\", \"CLUSTER\", \"1.5\"], "
      "[\"speed\", \"LIKE\", \"1.5\"]]", /* one number, and no contradiction */
      "constraints",
      "[[\"speed\",\"IS\",\"1.50\"],[\"speed\",\"CLUSTER\",\"1.5\"],[\"speed\",\"LIKE\",\"1.5\"]]",
      "" },
    { "\"unreachableStrategy\": \"DISABLED\"", "unreachableStrategy", "\"disabled\"", "" },
    { "\"resourceLimits\": {\"cpus\": \"Unlimited\", \"mem\": 256}", "resourceLimits",
      "{\"cpus\":\"unlimited\",\"mem\":256}", "" },
    { "\"env\": {\"B\": \"2\", \"A\": {\"secret\": \"s\"}}", "env",
      "{\"A\":{\"secret\":\"s\"},\"B\":\"2\"}", "" },
};

Test(app_deprecated, inputs_become_their_successors)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct app_case test;
        char            text[1024];
        snprintf(text, sizeof text, "{\"id\": \"/a\", \"cmd\": \"x\", %s}", cases[i].in);
        app_case_read(&test, text);
        cr_assert(test.spec != NULL, "case %zu %s: %s", i, text, app_case_said(&test, DIAG_ERROR));
        cr_assert(eq(str, (char *)app_case_value(&test, test.spec, cases[i].key),
                     (char *)cases[i].out),
                  "case %zu %s", i, text);
        cr_assert(eq(str, (char *)app_case_said(&test, DIAG_WARNING), (char *)cases[i].warnings),
                  "case %zu %s", i, text);
        app_case_close(&test);
    }
}

Test(app_deprecated, inputs_are_canonical_after_one_reading)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct app_case once;
        struct app_case again;
        char            text[1024];
        snprintf(text, sizeof text, "{\"id\": \"/a\", \"cmd\": \"x\", %s}", cases[i].in);
        app_case_read(&once, text);
        app_case_read(&again, once.spec->json);
        cr_assert(again.spec != NULL, "case %zu: %s", i, app_case_said(&again, DIAG_ERROR));
        cr_assert(eq(str, (char *)again.spec->json, (char *)once.spec->json));
        app_case_close(&once);
        app_case_close(&again);
    }
}

Test(app_deprecated, bridge_mappings_reach_the_spec)
{
    struct app_case test;

    app_case_read(&test,
                  "{\"id\": \"/a\", \"container\": {\"type\": \"DOCKER\", \"docker\": {\"image\": "
                  "\"nginx:1\", \"forcePullImage\": true, \"network\": \"BRIDGE\", "
                  "\"portMappings\": [{\"containerPort\": 80, \"hostPort\": 31000, "
                  "\"servicePort\": 10019, \"name\": \"http\"}, {\"containerPort\": 53, "
                  "\"protocol\": \"udp\"}]}, \"volumes\": [{\"containerPath\": \"/c\", "
                  "\"hostPath\": \"/h\", \"mode\": \"RO\"}]}, \"healthChecks\": [{\"path\": "
                  "\"health\"}]}");
    const struct app_spec *spec = test.spec;
    cr_assert(spec != NULL);
    cr_assert(eq(str, (char *)spec->image, "nginx:1"));
    cr_assert(spec->force_pull);
    cr_assert(eq(u32, spec->ports_count, 2));
    cr_assert(eq(str, (char *)spec->ports[0].name, "http"));
    cr_assert(eq(u16, spec->ports[0].container_port, 80));
    cr_assert(eq(u16, spec->ports[0].host_port, 31000));
    cr_assert(eq(u16, spec->ports[0].service_port, 10019));
    cr_assert(spec->ports[1].udp);
    cr_assert(spec->ports[1].needs_host_port);
    cr_assert(eq(u16, spec->ports[1].host_port, 0));
    cr_assert(eq(u32, spec->volumes_count, 1));
    cr_assert(eq(str, (char *)spec->volumes[0].host_path, "/h"));
    cr_assert(spec->volumes[0].read_only);
    cr_assert(eq(str, (char *)spec->health_checks[0].path, "/health"));
    app_case_close(&test);
}

Test(app_deprecated, check_ports_mean_the_host_for_marathon_and_the_container_for_mesos)
{
    struct app_case test;

    app_case_read(
        &test, "{\"id\": \"/a\", \"networks\": [{\"mode\": \"container/bridge\"}], \"container\": "
               "{\"docker\": {\"image\": \"i\"}, \"portMappings\": [{\"containerPort\": 80, "
               "\"hostPort\": 81}, {\"containerPort\": 81, \"hostPort\": 80}]}, "
               "\"healthChecks\": [{\"port\": 80}, {\"protocol\": \"MESOS_TCP\", \"port\": "
               "80}, {\"port\": 9000}]}");
    cr_assert(test.spec != NULL, "%s", app_case_said(&test, DIAG_ERROR));
    cr_assert(eq(u32, test.spec->health_checks[0].port_index, 1));
    cr_assert(eq(u16, test.spec->health_checks[0].port, 0));
    cr_assert(eq(u32, test.spec->health_checks[1].port_index, 0));
    cr_assert(eq(u16, test.spec->health_checks[2].port, 9000));
    app_case_close(&test);
}

Test(app_deprecated, fixed_host_ports_count_only_when_required)
{
    struct app_case loose;
    struct app_case strict;

    app_case_read(&loose, "{\"id\": \"/a\", \"cmd\": \"x\", \"ports\": [8080]}");
    app_case_read(&strict, "{\"id\": \"/a\", \"cmd\": \"x\", \"ports\": [8080], "
                           "\"requirePorts\": true}");
    cr_assert(eq(u16, loose.spec->ports[0].host_port, 0));
    cr_assert(eq(u16, loose.spec->ports[0].service_port, 8080));
    cr_assert(eq(u16, strict.spec->ports[0].host_port, 8080));
    app_case_close(&loose);
    app_case_close(&strict);
}
