/*
 * tests/unit/model/test_app_text.c
 *
 * Goal:   the canonical text is the definition: it loads into the same spec, prints and reads again
 *         without a change; a difference counts unless it is the number of instances; what is not
 *         acted upon is named.
 * Method: one definition that uses nearly everything, and pairs that differ in one place.
 */
#include "tests/unit/model/test_app.h"

static const char *const everything =
    "{\"id\": \"shop/web\", \"cmd\": \"run\", \"args\": [\"a\"], \"user\": \"nobody\", \"cpus\": "
    "0.1, "
    "\"mem\": 64.5, \"disk\": 10, \"instances\": 3, \"resourceLimits\": {\"cpus\": \"unlimited\"}, "
    "\"role\": \"r\", \"acceptedResourceRoles\": [\"slave_public\", \"*\"], \"executor\": \"/e\", "
    "\"executorResources\": {\"cpus\": 0.2}, \"env\": {\"B\": \"2\", \"A\": \"1\", \"S\": "
    "{\"secret\": "
    "\"s\"}}, \"labels\": {\"HAPROXY_GROUP\": \"external\"}, \"secrets\": {\"s\": {\"source\": "
    "\"/s\"}}, \"constraints\": [[\"hostname\", \"UNIQUE\"], [\"@hostname\", \"MAX_PER\", \"2\"]], "
    "\"dependencies\": [\"/db\"], \"uris\": [\"http://h/a.zip\"], \"storeUrls\": [\"u\"], "
    "\"networks\": [{\"mode\": \"container\", \"name\": \"dcos\", \"labels\": {\"n\": \"l\"}}], "
    "\"container\": {\"type\": \"MESOS\", \"docker\": {\"image\": \"i:1\", \"forcePullImage\": "
    "true, "
    "\"privileged\": true, \"parameters\": [{\"key\": \"k\", \"value\": \"v\"}], \"forcePull\": "
    "true, "
    "\"pullConfig\": {\"secret\": \"s\"}}, \"volumes\": [{\"containerPath\": \"/c\", \"hostPath\": "
    "\"/h\"}, {\"containerPath\": \"d\", \"persistent\": {\"size\": 1}}, {\"containerPath\": "
    "\"e\", "
    "\"external\": {\"size\": 1, \"name\": \"v\", \"provider\": \"dvdi\", \"options\": {\"o\": "
    "\"1\"}}}, {\"containerPath\": \"s\", \"secret\": \"s\"}], \"portMappings\": "
    "[{\"containerPort\": "
    "80, \"name\": \"http\", \"networkNames\": [\"dcos\"], \"vendor\": 1}, {\"containerPort\": 53, "
    "\"protocol\": \"udp,tcp\"}], \"linuxInfo\": {\"seccomp\": {}}}, \"healthChecks\": "
    "[{\"protocol\": \"MESOS_HTTPS\", \"ipProtocol\": \"IPv6\", \"path\": \"/h\", "
    "\"delaySeconds\": 2, "
    "\"maxConsecutiveFailures\": 0}, {\"protocol\": \"HTTP\", \"port\": 8080, \"ignoreHttp1xx\": "
    "true}], \"readinessChecks\": [{\"portName\": \"http\", \"protocol\": \"HTTPS\", "
    "\"httpStatusCodesForReady\": [200, 204], \"preserveLastResponse\": true}], \"check\": "
    "{\"exec\": "
    "{}}, \"upgradeStrategy\": {\"minimumHealthCapacity\": 0.25}, \"backoffSeconds\": 2, "
    "\"backoffFactor\": 2.5, \"maxLaunchDelaySeconds\": 60, \"taskRateLimit\": 1, "
    "\"killSelection\": \"OLDEST_FIRST\", \"taskKillGracePeriodSeconds\": 0, \"tty\": true, "
    "\"version\": \"2020-01-01T00:00:00.000Z\"}";

Test(app_text, names_what_is_not_acted_upon)
{
    static const char *const expected =
        "/resourceLimits /executor /executorResources /secrets "
        "/fetch /storeUrls /networks/0/name /networks/0/labels /container/docker/parameters "
        "/container/docker/pullConfig /container/docker/forcePull "
        "/container/volumes/2/external /container/volumes/3/secret "
        "/container/portMappings/0/networkNames /container/portMappings/0/vendor "
        "/container/linuxInfo /healthChecks/0/ipProtocol /readinessChecks/0/preserveLastResponse "
        "/check /taskRateLimit /tty /env/S /container/portMappings/1/protocol /args ";
    struct app_case test;
    struct strbuf   ignored = { 0 };

    app_case_read(&test, everything);
    cr_assert(test.spec != NULL, "%s", app_case_said(&test, DIAG_ERROR));
    for (uint32_t i = 0; i < test.spec->ignored_count; i++) {
        strbuf_printf(&ignored, "%s ", test.spec->ignored[i]);
    }
    cr_assert(eq(str, ignored.text, (char *)expected));
    strbuf_fini(&ignored);
    app_case_close(&test);
}

Test(app_text, each_thing_not_acted_upon_is_told_once)
{
    struct app_case test;

    app_case_read(&test, everything);
    uint32_t told_count = 0;
    for (uint32_t i = 0; i < test.diags.items.count; i++) {
        const struct diag *diag = vec_at(&test.diags.items, i);
        told_count += diag->level != DIAG_ERROR;
    }
    cr_assert(eq(u32, told_count, test.spec->ignored_count), "%s\n%s",
              app_case_said(&test, DIAG_WARNING), app_case_said(&test, DIAG_NOTE));
    app_case_close(&test);
}

/* A hair above a half is a half in 15 digits, and would be rounded up to 501 thousandths. */
Test(app_text, says_what_the_numbers_are)
{
    struct app_case test;

    app_case_read(&test, "{\"id\": \"/a\", \"cmd\": \"x\", \"cpus\": 0.50000000000000011}");
    cr_assert(test.spec != NULL, "%s", app_case_said(&test, DIAG_ERROR));
    cr_expect(eq(int, test.spec->cpu_milli, 500));
    cr_expect(eq(int, app_load(test.spec->json, test.spec->json_len, &test.arena)->cpu_milli, 500));
    app_case_close(&test);
}

Test(app_text, loads_into_the_same_spec)
{
    struct app_case test;

    app_case_read(&test, everything);
    const struct app_spec *read = test.spec;
    char                  *printed = app_print(read, &test.arena);
    const struct app_spec *spec = app_load(printed, strlen(printed), &test.arena);
    cr_assert(eq(str, (char *)spec->id, "/shop/web"));
    cr_assert(eq(str, (char *)spec->shell, "run"));
    cr_assert(eq(u32, spec->args_count, 0));
    cr_assert(eq(str, (char *)spec->user, "nobody"));
    cr_assert(eq(int, spec->cpu_milli, 100));
    cr_assert(eq(i64, spec->mem_bytes, MIB(129) / 2));
    cr_assert(eq(u32, spec->roles_count, 2));
    cr_assert(eq(str, (char *)spec->roles[0], "slave_public"));
    cr_assert(eq(u32, spec->env_count, 2)); /* the secret is none of them */
    cr_assert(eq(str, (char *)spec->env[0].key, "A"));
    cr_assert(eq(u32, spec->constraints_count, 2));
    cr_assert(eq(int, spec->constraints[1].op, APP_MAX_PER));
    cr_assert(eq(str, (char *)spec->constraints[1].field, "hostname"));
    cr_assert(eq(str, (char *)spec->constraints[0].value, ""));
    cr_assert(eq(u32, spec->dependencies_count, 1));
    cr_assert(eq(int, spec->network, CONTAINER_OWN_ADDRESS));
    cr_assert(spec->force_pull);
    cr_assert(spec->privileged);
    cr_assert(eq(u32, spec->parameters_count, 1));
    cr_assert(eq(u32, spec->volumes_count, 2));
    cr_assert(eq(u32, spec->host_volumes_count, 1));
    cr_assert(not(spec->volumes[0].read_only));
    cr_assert(eq(u32, spec->ports_count, 2));
    cr_assert(not(spec->ports[0].needs_host_port));
    cr_assert(eq(int, spec->health_checks[0].kind, ENV_PROBE_HTTPS));
    cr_assert(spec->health_checks[0].by_mesos);
    cr_assert(eq(u32, spec->health_checks[0].failures_max, 0));
    cr_assert(eq(i64, spec->health_checks[0].delay_ns, SEC(2)));
    cr_assert(eq(u16, spec->health_checks[1].port, 8080));
    cr_assert(spec->health_checks[1].ignore_http_1xx);
    cr_assert(eq(int, spec->readiness->kind, ENV_PROBE_HTTPS));
    cr_assert(eq(u32, spec->readiness->ready_codes_count, 2));
    cr_assert(eq(u32, spec->minimum_health_ppm, 250000));
    cr_assert(eq(u32, spec->over_capacity_ppm, 0));
    cr_assert(spec->is_resident);
    cr_assert(spec->kill_oldest_first);
    cr_assert(not(spec->replaces_unreachable));
    cr_assert(eq(u32, spec->backoff_factor_ppm, 2500000));
    cr_assert(eq(i64, spec->kill_grace_ns, 0));
    cr_assert(eq(str, (char *)app_label(spec, "HAPROXY_GROUP"), "external"));
    cr_assert(app_label(spec, "HAPROXY") == NULL);
    cr_assert(not(app_differs(read, spec)));
    app_case_close(&test);
}

Test(app_text, printed_and_read_again_is_the_same)
{
    struct app_case test;
    struct app_case again;

    app_case_read(&test, everything);
    const char *printed = app_print(test.spec, &test.arena);
    app_case_read(&again, printed);
    cr_assert(eq(str, (char *)again.spec->json, (char *)test.spec->json));
    cr_assert(eq(str, app_print(again.spec, &again.arena), (char *)printed));
    app_case_close(&test);
    app_case_close(&again);
}

Test(app_text, that_is_damaged_does_not_load)
{
    static const char *const damaged[] = { "", "{", "[]", "5", "{\"id\":5}", "{\"cmd\":\"x\"}" };
    struct arena             arena;

    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
        cr_expect(app_load(damaged[i], strlen(damaged[i]), &arena) == NULL, "%s", damaged[i]);
    }
    arena_fini(&arena);
}

Test(app_text, differs_by_anything_but_instances_and_versions)
{
    static const struct {
        const char *a;
        const char *b;
        bool        differs;
    } pairs[] = {
        { "\"instances\": 1", "\"instances\": 5", false },
        { "\"cpus\": 1", "\"cpus\": 1.0", false },
        { "\"version\": \"a\"", "\"version\": \"b\"", false },
        { "\"version\": \"a\"", "\"versionInfo\": {\"lastScalingAt\": \"b\"}", false },
        { "\"labels\": {\"a\": \"1\", \"b\": \"2\"}", "\"labels\": {\"b\": \"2\", \"a\": \"1\"}",
          false },
        { "\"ports\": [0]", "\"portDefinitions\": [{\"port\": 0}]", false },
        { "\"labels\": {}", "\"labels\": {\"a\": \"1\"}", true },
        { "\"cpus\": 1", "\"cpus\": 1.1", true },
        { "\"backoffSeconds\": 1", "\"backoffSeconds\": 2", true },
        { "\"args\": [\"a\"]", "\"args\": [\"b\"]", true },
        { "\"upgradeStrategy\": {}", "\"upgradeStrategy\": {\"maximumOverCapacity\": 0}", true },
    };

    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct app_case a;
        struct app_case b;
        char            text[256];
        snprintf(text, sizeof text, "{\"id\": \"/a\", \"cmd\": \"x\", %s}", pairs[i].a);
        app_case_read(&a, text);
        snprintf(text, sizeof text, "{\"cmd\": \"x\", %s, \"id\": \"/a\"}", pairs[i].b);
        app_case_read(&b, text);
        cr_expect(app_differs(a.spec, b.spec) == pairs[i].differs, "%s and %s", pairs[i].a,
                  pairs[i].b);
        app_case_close(&a);
        app_case_close(&b);
    }
}
