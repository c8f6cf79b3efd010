/*
 * tests/unit/model/test_app_defaults.c
 *
 * Goal:   an app that says little gets every default that Marathon gives it, in one fixed order,
 * and the numbers that controllers act upon are exact. Method: small definitions read and compared
 * with their whole canonical text, or field by field.
 */
#include "tests/unit/model/test_app.h"

#define TAIL                                                                                       \
    "\"requirePorts\":false,\"upgradeStrategy\":{\"minimumHealthCapacity\":1,"                     \
    "\"maximumOverCapacity\":1},\"backoffSeconds\":1,\"backoffFactor\":1.15,"                      \
    "\"maxLaunchDelaySeconds\":300,\"killSelection\":\"YOUNGEST_FIRST\","                          \
    "\"unreachableStrategy\":{\"inactiveAfterSeconds\":0,\"expungeAfterSeconds\":0}}"

Test(app_defaults, of_the_smallest_app_are_those_of_marathon)
{
    struct app_case test;

    app_case_read(&test, "{\"cmd\": \"sleep 1\", \"id\": \"web\"}");
    cr_assert(test.spec != NULL);
    cr_assert(
        eq(str, (char *)test.spec->json,
           "{\"id\":\"/web\",\"cmd\":\"sleep 1\",\"cpus\":1,\"mem\":128,\"disk\":0,\"gpus\":0,"
           "\"instances\":1,\"executor\":\"\",\"labels\":{},\"networks\":[{\"mode\":\"host\"}],"
           "\"portDefinitions\":[{\"port\":0,\"protocol\":\"tcp\",\"name\":\"default\","
           "\"labels\":{}}]," TAIL));
    cr_assert(eq(str, (char *)app_case_said(&test, DIAG_WARNING), ""));
    cr_assert(eq(str, (char *)app_case_said(&test, DIAG_NOTE), ""));
    cr_assert(eq(u32, test.spec->ignored_count, 0));
    app_case_close(&test);
}

Test(app_defaults, reach_the_spec)
{
    struct app_case test;

    app_case_read(&test, "{\"id\": \"/web\", \"args\": [\"a\", \"b\"]}");
    const struct app_spec *spec = test.spec;
    cr_assert(spec != NULL);
    cr_assert(eq(str, (char *)spec->id, "/web"));
    cr_assert(spec->shell == NULL);
    cr_assert(eq(u32, spec->args_count, 2));
    cr_assert(eq(str, (char *)spec->args[1], "b"));
    cr_assert(eq(str, (char *)spec->image, ""));
    cr_assert(spec->user == NULL);
    cr_assert(eq(int, spec->network, CONTAINER_HOST));
    cr_assert(eq(int, spec->cpu_milli, 1000));
    cr_assert(eq(i64, spec->mem_bytes, MIB(128)));
    cr_assert(eq(i64, spec->disk_bytes, 0));
    cr_assert(eq(u32, spec->instances, 1));
    cr_assert(eq(u32, spec->ports_count, 1));
    cr_assert(spec->ports[0].needs_host_port);
    cr_assert(eq(u32, spec->roles_count, 0));
    cr_assert(eq(u32, spec->minimum_health_ppm, PPM));
    cr_assert(eq(u32, spec->over_capacity_ppm, PPM));
    cr_assert(spec->replaces_unreachable);
    cr_assert(eq(i64, spec->backoff_ns, SEC(1)));
    cr_assert(eq(u32, spec->backoff_factor_ppm, 1150000));
    cr_assert(eq(i64, spec->backoff_max_ns, SEC(300)));
    cr_assert(eq(i64, spec->kill_grace_ns, APP_KILL_GRACE_NS));
    cr_assert(spec->readiness == NULL);
    app_case_close(&test);
}

Test(app_defaults, of_checks_are_those_of_marathon)
{
    struct app_case test;

    app_case_read(&test, "{\"id\": \"/web\", \"cmd\": \"x\", \"healthChecks\": [{}, {\"command\": "
                         "{\"value\": \"true\"}}], \"readinessChecks\": [{}], \"portDefinitions\": "
                         "[{\"name\": \"http-api\"}]}");
    cr_assert(test.spec != NULL, "%s", app_case_said(&test, DIAG_ERROR));
    cr_assert(
        eq(str, (char *)app_case_value(&test, test.spec, "healthChecks"),
           "[{\"protocol\":\"HTTP\",\"path\":\"/\",\"portIndex\":0,\"gracePeriodSeconds\":300,"
           "\"intervalSeconds\":60,\"timeoutSeconds\":20,\"delaySeconds\":15,"
           "\"maxConsecutiveFailures\":3,\"ignoreHttp1xx\":false,\"ipProtocol\":\"IPv4\"},"
           "{\"protocol\":\"COMMAND\",\"command\":{\"value\":\"true\"},"
           "\"gracePeriodSeconds\":300,\"intervalSeconds\":60,\"timeoutSeconds\":20,"
           "\"delaySeconds\":15,\"maxConsecutiveFailures\":3,\"ipProtocol\":\"IPv4\"}]"));
    cr_assert(eq(str, (char *)app_case_value(&test, test.spec, "readinessChecks"),
                 "[{\"name\":\"readinessCheck\",\"protocol\":\"HTTP\",\"path\":\"/\","
                 "\"portName\":\"http-api\",\"intervalSeconds\":30,\"timeoutSeconds\":10,"
                 "\"httpStatusCodesForReady\":[200],\"preserveLastResponse\":false}]"));
    const struct app_health_check *check = test.spec->health_checks;
    cr_assert(eq(u32, test.spec->health_checks_count, 2));
    cr_assert(eq(int, check[0].kind, ENV_PROBE_HTTP));
    cr_assert(not(check[0].by_mesos));
    cr_assert(eq(i64, check[0].grace_ns, SEC(300)));
    cr_assert(eq(u32, check[0].failures_max, 3));
    cr_assert(eq(int, check[1].kind, ENV_PROBE_COMMAND));
    cr_assert(check[1].by_mesos);
    cr_assert(eq(str, (char *)check[1].shell, "true"));
    cr_assert(eq(i64, test.spec->readiness->interval_ns, SEC(30)));
    cr_assert(eq(int, test.spec->readiness->ready_codes[0], 200));
    app_case_close(&test);
}

Test(app_defaults, of_a_container_without_ports_is_one_mapping)
{
    struct app_case test;

    app_case_read(&test, "{\"id\": \"/web\", \"networks\": [{\"mode\": \"container/bridge\"}], "
                         "\"container\": {\"docker\": {\"image\": \"nginx\"}}}");
    cr_assert(test.spec != NULL);
    cr_assert(eq(str, (char *)app_case_value(&test, test.spec, "container"),
                 "{\"type\":\"DOCKER\",\"docker\":{\"image\":\"nginx\",\"forcePullImage\":false,"
                 "\"privileged\":false,\"parameters\":[]},\"volumes\":[],\"portMappings\":"
                 "[{\"containerPort\":0,\"hostPort\":0,\"servicePort\":0,\"protocol\":\"tcp\","
                 "\"name\":\"default\",\"labels\":{}}]}"));
    cr_assert(eq(str, (char *)app_case_value(&test, test.spec, "portDefinitions"), ""));
    cr_assert(eq(int, test.spec->network, CONTAINER_BRIDGE));
    cr_assert(test.spec->ports[0].needs_host_port);
    app_case_close(&test);
}

Test(app_defaults, without_ports_on_purpose_stay_without)
{
    struct app_case test;

    app_case_read(&test, "{\"id\": \"/web\", \"cmd\": \"x\", \"portDefinitions\": []}");
    cr_assert(eq(u32, test.spec->ports_count, 0));
    cr_assert(eq(str, (char *)app_case_value(&test, test.spec, "portDefinitions"), "[]"));
    app_case_close(&test);
}

Test(app_defaults, of_strategies_follow_volumes_and_the_single_instance_label)
{
    static const struct {
        const char *extra;
        const char *upgrade;
        const char *unreachable;
    } cases[] = {
        { "\"container\": {\"type\": \"MESOS\", \"volumes\": [{\"containerPath\": \"d\", "
          "\"persistent\": {\"size\": 1}}]}",
          "{\"minimumHealthCapacity\":0.5,\"maximumOverCapacity\":0}", "\"disabled\"" },
        { "\"labels\": {\"MARATHON_SINGLE_INSTANCE_APP\": \"true\"}",
          "{\"minimumHealthCapacity\":0,\"maximumOverCapacity\":0}",
          "{\"inactiveAfterSeconds\":0,\"expungeAfterSeconds\":0}" },
        { "\"labels\": {\"MARATHON_SINGLE_INSTANCE_APP\": \"false\"}",
          "{\"minimumHealthCapacity\":1,\"maximumOverCapacity\":1}",
          "{\"inactiveAfterSeconds\":0,\"expungeAfterSeconds\":0}" },
        { "\"upgradeStrategy\": {\"maximumOverCapacity\": 0.25}",
          "{\"minimumHealthCapacity\":1,\"maximumOverCapacity\":0.25}",
          "{\"inactiveAfterSeconds\":0,\"expungeAfterSeconds\":0}" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct app_case test;
        char            text[512];
        snprintf(text, sizeof text, "{\"id\": \"/a\", \"cmd\": \"x\", %s}", cases[i].extra);
        app_case_read(&test, text);
        cr_assert(test.spec != NULL, "%s", app_case_said(&test, DIAG_ERROR));
        cr_assert(eq(str, (char *)app_case_value(&test, test.spec, "upgradeStrategy"),
                     (char *)cases[i].upgrade));
        cr_assert(eq(str, (char *)app_case_value(&test, test.spec, "unreachableStrategy"),
                     (char *)cases[i].unreachable));
        app_case_close(&test);
    }
}

Test(app_defaults, cpus_become_thousandths_exactly_and_rounded_up)
{
    static const struct {
        const char *cpus;
        int32_t     milli;
    } cases[] = {
        { "0.001", 1 },     { "0.1", 100 },    { "0.057", 57 },     { "1.001", 1001 },
        { "0.29", 290 },    { "8.2", 8200 },   { "0.0011", 2 },     { "1.0000001", 1001 },
        { "512", 512000 },  { "2.0", 2000 },   { "0.5", 500 },      { "511.999", 511999 },
        { "4.35", 4350 },   { "1.15", 1150 },  { "16.015", 16015 }, { "0.002", 2 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct app_case test;
        char            text[128];
        snprintf(text, sizeof text, "{\"id\": \"/a\", \"cmd\": \"x\", \"cpus\": %s}",
                 cases[i].cpus);
        app_case_read(&test, text);
        cr_assert(eq(int, test.spec->cpu_milli, cases[i].milli), "cpus %s", cases[i].cpus);
        app_case_close(&test);
    }
}

Test(app_defaults, every_thousandth_of_a_core_is_exact)
{
    struct arena arena;

    arena_init(&arena, 0);
    for (int32_t milli = 1; milli <= 20000; milli++) {
        char text[96];
        snprintf(text, sizeof text, "{\"id\":\"/a\",\"cpus\":%d.%03d}", milli / 1000, milli % 1000);
        const struct app_spec *spec = app_load(text, strlen(text), &arena);
        cr_assert(eq(int, spec->cpu_milli, milli));
        arena_reset(&arena);
    }
    arena_fini(&arena);
}

Test(app_defaults, whole_numbers_lose_their_point_and_mem_may_be_a_fraction)
{
    struct app_case test;

    app_case_read(&test, "{\"id\": \"/a\", \"cmd\": \"x\", \"mem\": 32.0, \"disk\": 0.5, "
                         "\"instances\": 3.0}");
    cr_assert(eq(str, (char *)app_case_value(&test, test.spec, "mem"), "32"));
    cr_assert(eq(str, (char *)app_case_value(&test, test.spec, "instances"), "3"));
    cr_assert(eq(i64, test.spec->mem_bytes, MIB(32)));
    cr_assert(eq(i64, test.spec->disk_bytes, MIB(1) / 2));
    cr_assert(eq(u32, test.spec->instances, 3));
    app_case_close(&test);
}

Test(app_defaults, no_memory_is_the_least_there_is)
{
    struct app_case test;

    app_case_read(&test, "{\"id\": \"/a\", \"cmd\": \"x\", \"mem\": 0}");
    cr_assert(eq(i64, test.spec->mem_bytes, MIB(32)));
    cr_assert(eq(str, (char *)app_case_said(&test, DIAG_WARNING),
                 "/mem: 0 is taken as 32, the least that Mesos gives"));
    app_case_close(&test);
}

Test(app_defaults, null_is_the_same_as_absent)
{
    struct app_case a;
    struct app_case b;

    app_case_read(&a, "{\"id\": \"/a\", \"cmd\": \"x\", \"args\": null, \"container\": null, "
                      "\"healthChecks\": null, \"user\": null, \"cpus\": null}");
    app_case_read(&b, "{\"id\": \"/a\", \"cmd\": \"x\"}");
    cr_assert(a.spec != NULL, "%s", app_case_said(&a, DIAG_ERROR));
    cr_assert(eq(str, (char *)a.spec->json, (char *)b.spec->json));
    app_case_close(&a);
    app_case_close(&b);
}
