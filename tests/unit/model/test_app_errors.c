/*
 * tests/unit/model/test_app_errors.c
 *
 * Goal:   each mistake in an app definition is told at its pointer, in a sentence that names what
 * was found and what was expected, and one mistake is told once. Method: a table of broken
 * definitions, each with the exact errors; every entry must yield no spec.
 */
#include "tests/unit/model/test_app.h"

struct error_case {
    const char *in; /* beside id and cmd */
    const char *errors;
};

#define MESOS_VOLUME(rest) "\"container\": {\"type\": \"MESOS\", \"volumes\": [{" rest "}]}"

static const struct error_case cases[] = {
    /* keys and types */
    {"\"instnaces\": 2", "/instnaces: unknown key, the nearest valid one is \"instances\""},
    {"\"zzzzzzzzzzzzzzz\": 2", "/zzzzzzzzzzzzzzz: unknown key, no field of this name is known"},
    {"\"a/b~c_________\": 2", "/a~1b~0c_________: unknown key, no field of this name is known"},
    {"\"healthChecks\": [{\"intervalSecond\": 5}]",
     "/healthChecks/0/intervalSecond: unknown key, the nearest valid one is \"intervalSeconds\""},
    {"\"cpus\": \"lots\"", "/cpus: found \"lots\", expected a number"},
    {"\"cpus\": 0", "/cpus: 0 is too small, expected a number of at least 0.001"},
    {"\"cpus\": 513", "/cpus: 513 is too large, expected a number of at most 512"},
    {"\"mem\": -1", "/mem: -1 is too small, expected a number of at least 0"},
    {"\"instances\": -1", "/instances: -1 is too small, expected a whole number of at least 0"},
    {"\"instances\": 1.5", "/instances: found 1.5, expected a whole number"},
    {"\"instances\": [1]", "/instances: found a list, expected a whole number"},
    {"\"user\": 5", "/user: found 5, expected a text in quotes"},
    {"\"args\": \"x\"", "/args: found \"x\", expected a list"},
    {"\"requirePorts\": \"yes\"", "/requirePorts: found \"yes\", expected true or false"},
    {"\"labels\": {\"a\": 1}", "/labels/a: found 1, expected a text in quotes"},
    {"\"labels\": []", "/labels: found a list, expected an object whose values are texts"},
    {"\"env\": {\"A\": true}",
     "/env/A: found true, expected a text in quotes or {\"secret\": \"name\"}"},
    {"\"env\": {\"A\": {\"secrte\": \"x\"}}",
     "/env/A: \"secret\" is missing\n"
     "/env/A/secrte: unknown key, the nearest valid one is \"secret\""},
    {"\"env\": {\"A=B\": \"x\"}",
     "/env/A=B: not the name of a variable, expected one without \"=\" and not empty"},
    {"\"env\": []", "/env: found a list, expected an object"},
    {"\"secrets\": {\"s\": 1}", "/secrets/s: found 1, expected an object"},
    {"\"container\": 1", "/container: found 1, expected an object"},
    {"\"killSelection\": \"RANDOM\"",
     "/killSelection: found \"RANDOM\", expected \"YOUNGEST_FIRST\" or \"OLDEST_FIRST\""},
    {"\"backoffFactor\": 0.5", "/backoffFactor: 0.5 is too small, expected a number of at least 1"},
    {"\"taskKillGracePeriodSeconds\": -3",
     "/taskKillGracePeriodSeconds: -3 is too small, expected a whole number of at least 0"},
    {"\"resourceLimits\": {\"cpus\": true}",
     "/resourceLimits/cpus: found true, expected a number or \"unlimited\""},
    {"\"resourceLimits\": {\"mem\": 64}",
     "/resourceLimits/mem: 64 is less than \"mem\", expected at least as much"},

    /* ids */
    {"\"dependencies\": [\"Bad\"]",
     "/dependencies/0: \"Bad\" is not the id of an app, expected names of lowercase letters, "
     "digits, dots and inner dashes, between slashes"},

    /* artifacts */
    {"\"uris\": [\"a\"], \"fetch\": [{\"uri\": \"b\"}]",
     "/uris: both \"uris\" and \"fetch\" are given, expected only \"fetch\""},
    {"\"fetch\": [{\"extract\": true}]", "/fetch/0: \"uri\" is missing"},

    /* networks and ports */
    {"\"ports\": [1], \"portDefinitions\": [{\"port\": 2}]",
     "/ports: both \"portDefinitions\" and the deprecated \"ports\" are given and differ, expected "
     "only \"portDefinitions\""},
    {"\"ports\": [8080, 8080]", "/ports/1: 8080 is the number of port 0 too, expected another or "
                                "one port of protocol \"udp,tcp\""},
    {"\"ports\": [70000]",
     "/ports/0: 70000 is too large, expected a whole number of at most 65535"},
    {"\"ports\": [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]", "/ports: 17 ports, expected at most 16"},
    {"\"portDefinitions\": [{\"name\": \"a\"}, {\"name\": \"a\"}]",
     "/portDefinitions/1: the name \"a\" is that of port 0 too, expected one of its own"},
    {"\"portDefinitions\": [{\"protocol\": \"sctp\"}]",
     "/portDefinitions/0/protocol: found \"sctp\", expected \"tcp\", \"udp\" or \"udp,tcp\""},
    {"\"networks\": [{\"mode\": \"overlay\"}]",
     "/networks/0/mode: found \"overlay\", expected \"container\", \"container/bridge\" or "
     "\"host\""},
    {"\"networks\": [{\"mode\": \"host\", \"name\": \"n\"}]",
     "/networks/0/name: a network of mode \"host\" has no name, expected none"},
    {"\"networks\": [{\"mode\": \"host\", \"labels\": {\"a\": \"b\"}}]",
     "/networks/0/labels: a network of mode \"host\" has no labels, expected none"},
    {"\"networks\": [{\"mode\": \"host\"}, {\"mode\": \"container/bridge\"}]",
     "/networks: 2 networks of different modes, expected one host network, one bridge or any "
     "number of container networks"},
    {"\"networks\": [{\"name\": \"n\"}, {\"name\": \"n\"}]",
     "/networks/1: the same network is given twice"},
    {"\"networks\": [{\"name\": \"a\"}, {\"name\": \"b\"}], \"container\": {\"type\": \"DOCKER\", "
     "\"docker\": {\"image\": \"i\"}}",
     "/networks: 2 networks, expected one: the Docker engine joins no more"},
    {"\"networks\": [{\"name\": \"a\"}, {\"name\": \"b\"}], \"container\": {\"type\": \"MESOS\", "
     "\"portMappings\": [{\"hostPort\": 0, \"networkNames\": [\"c\"]}, {\"hostPort\": 0}]}",
     "/container/portMappings/0/networkNames/0: the app has no network \"c\"\n"
     "/container/portMappings/1: a host port with several networks, expected \"networkNames\" with "
     "one name"},
    {"\"networks\": [{\"mode\": \"host\"}], \"ipAddress\": {}",
     "/ipAddress: both \"networks\" and the deprecated \"ipAddress\" are given, expected only "
     "\"networks\""},
    {"\"networks\": [{\"mode\": \"host\"}], \"container\": {\"docker\": {\"image\": \"i\", "
     "\"network\": \"HOST\"}}",
     "/container/docker/network: both \"networks\" and the deprecated "
     "\"container.docker.network\" are given, expected only \"networks\""},
    {"\"container\": {\"docker\": {\"image\": \"i\", \"network\": \"NONE\"}}",
     "/container/docker/network: found \"NONE\", expected \"BRIDGE\", \"HOST\" or \"USER\""},
    {"\"networks\": [{\"mode\": \"container/bridge\"}], \"container\": {\"type\": \"DOCKER\", "
     "\"docker\": {\"image\": \"i\", \"portMappings\": [{}]}, \"portMappings\": [{}]}",
     "/container/docker/portMappings: both \"container.portMappings\" and the deprecated "
     "\"container.docker.portMappings\" are given, expected only the former"},
    {"\"container\": {\"type\": \"DOCKER\", \"docker\": {\"image\": \"i\", \"network\": "
     "\"BRIDGE\", \"portMappings\": [{\"hostPort\": 80}, {\"hostPort\": 80}]}}",
     "/container/docker/portMappings/1: 80 is the number of port 0 too, expected another or one "
     "port of protocol \"udp,tcp\""},

    /* container */
    {"\"container\": {\"type\": \"DOCKER\"}",
     "/container: \"docker\" is missing, expected it beside \"type\": \"DOCKER\""},
    {"\"container\": {\"type\": \"PODMAN\"}",
     "/container/type: found \"PODMAN\", expected \"MESOS\" or \"DOCKER\""},
    {"\"container\": {\"docker\": {}}", "/container/docker: \"image\" is missing"},
    {"\"container\": {\"docker\": {\"image\": \"\"}}",
     "/container/docker/image: the text is empty, expected at least one character"},
    {"\"container\": {\"type\": \"MESOS\", \"docker\": {\"image\": \"i\"}, \"appc\": {}}",
     "/container/appc: both \"docker\" and \"appc\" are given, expected one image"},
    {MESOS_VOLUME("\"containerPath\": \"d\""),
     "/container/volumes/0: the volume is of no kind, expected one of \"hostPath\", "
     "\"persistent\", \"external\" or \"secret\""},
    {MESOS_VOLUME("\"containerPath\": \"d\", \"hostPath\": \"h\", \"secret\": \"s\""),
     "/container/volumes/0: the volume is of several kinds, expected one of \"hostPath\", "
     "\"persistent\", \"external\" or \"secret\""},
    {MESOS_VOLUME("\"hostPath\": \"h\""), "/container/volumes/0: \"containerPath\" is missing"},
    {MESOS_VOLUME("\"containerPath\": \"d\", \"mode\": \"RO\", \"persistent\": {\"size\": 1}"),
     "/container/volumes/0/mode: found \"RO\", expected \"RW\" for a persistent volume"},
    {MESOS_VOLUME("\"containerPath\": \"d\", \"persistent\": {}"),
     "/container/volumes/0/persistent: \"size\" is missing"},
    {MESOS_VOLUME("\"containerPath\": \"d\", \"persistent\": {\"type\": \"mount\", \"size\": 9, "
                  "\"maxSize\": 3}"),
     "/container/volumes/0/persistent/maxSize: is smaller than \"size\", expected it to be "
     "larger"},
    {"\"gpus\": 1, \"container\": {\"type\": \"DOCKER\", \"docker\": {\"image\": \"i\"}}",
     "/gpus: a container of type \"DOCKER\" gets no GPU, expected 0 or type \"MESOS\""},

    /* checks */
    {"\"healthChecks\": [{\"protocol\": \"COMMAND\"}]",
     "/healthChecks/0: \"command\" is missing, expected it beside \"protocol\": \"COMMAND\""},
    {"\"healthChecks\": [{\"portIndex\": 1}]",
     "/healthChecks/0/portIndex: 1 is the index of no port, the app has 1"},
    {"\"healthChecks\": [{}], \"portDefinitions\": []",
     "/healthChecks/0/portIndex: 0 is the index of no port, the app has 0"},
    {"\"healthChecks\": [{}], \"networks\": [{\"name\": \"n\"}]",
     "/healthChecks/0/portIndex: port 0 has neither a container port nor a host port to ask, "
     "expected a \"containerPort\" above 0 or a \"hostPort\""},
    {"\"healthChecks\": [{\"intervalSeconds\": 0}]",
     "/healthChecks/0/intervalSeconds: 0 is too small, expected a whole number of at least 1"},
    {"\"healthChecks\": [{\"protocol\": \"MESOS_TCP\"}, {\"protocol\": \"MESOS_HTTP\"}]",
     "/healthChecks: 2 checks are of a MESOS protocol, expected at most one"},
    {"\"readinessChecks\": [{}]",
     "/readinessChecks/0/portName: no port has the name \"http-api\", expected the name of a port "
     "of the app"},
    {"\"readinessChecks\": [{\"portName\": \"default\", \"timeoutSeconds\": 30}]",
     "/readinessChecks/0/timeoutSeconds: 30 is not smaller than \"intervalSeconds\", expected less "
     "than 30"},
    {"\"readinessChecks\": [{\"portName\": \"default\"}, {\"portName\": \"default\"}]",
     "/readinessChecks: 2 readiness checks, expected at most one"},
    {"\"readinessChecks\": [{\"portName\": \"default\", \"httpStatusCodesForReady\": []}]",
     "/readinessChecks/0/httpStatusCodesForReady: the list is empty, expected at least one entry"},

    /* constraints */
    {"\"constraints\": [[\"hostname\"]]",
     "/constraints/0: expected a constraint such as [\"hostname\", \"UNIQUE\"], two or three "
     "texts"},
    {"\"constraints\": [[\"hostname\", \"NEAR\"]]",
     "/constraints/0: found operator \"NEAR\", expected UNIQUE, CLUSTER, GROUP_BY, LIKE, UNLIKE, "
     "MAX_PER or IS"},
    {"\"constraints\": [[\"hostname\", \"MAX_PER\", 2]]",
     "/constraints/0: found 2, expected two or three texts in quotes"},
    {"\"constraints\": [[\"hostname\", \"MAX_PER\", \"0\"]]",
     "/constraints/0: found \"0\", expected MAX_PER with a number from 1 to 999999999 as text"},
    {"\"constraints\": [[\"hostname\", \"MAX_PER\", \"99999999999\"]]",
     "/constraints/0: found \"99999999999\", expected MAX_PER with a number from 1 to 999999999 as "
     "text"},
    {"\"constraints\": [[\"hostname\", \"MAX_PER\"]]",
     "/constraints/0: found no value, expected MAX_PER with a number from 1 to 999999999 as text"},
    {"\"constraints\": [[\"hostname\", \"UNIQUE\", \"x\"]]",
     "/constraints/0: UNIQUE takes no value, expected none"},
    {"\"constraints\": [[\"hostname\", \"LIKE\"]]",
     "/constraints/0: LIKE has no value, expected a regular expression"},
    {"\"constraints\": [[\"hostname\", \"LIKE\", \"a(b\"]]",
     "/constraints/0: found \"a(b\", expected a regular expression, but at its character 4 a ( is "
     "not closed"},
    {"\"constraints\": [[\"hostname\", \"UNLIKE\", \"*\"]]",
     "/constraints/0: found \"*\", expected a regular expression, but at its character 1 there is "
     "nothing to repeat"},
    {"\"constraints\": [[\"@zone\", \"LIKE\", \"a\"], [\"@zone\", \"UNLIKE\", \"a\"]]",
     "/constraints/1: @zone UNLIKE \"a\" contradicts LIKE \"a\" of /constraints/0, expected "
     "something that a node can satisfy"},
    {"\"constraints\": [[\"hostname\", \"CLUSTER\", \"a\"], "
     "[\"@hostname\", \"CLUSTER\", \"b\"]]",
     "/constraints/1: hostname CLUSTER \"b\" contradicts CLUSTER \"a\" of /constraints/0, "
     "expected something that a node can satisfy"},
    {"\"constraints\": [[\"@zone\", \"LIKE\", \"[bc]\"], [\"@zone\", \"UNIQUE\"], [\"@zone\", "
     "\"IS\", \"a\"]]",
     "/constraints/2: @zone IS \"a\" contradicts LIKE \"[bc]\" of /constraints/0, expected "
     "something that a node can satisfy"},
    {"\"constraints\": [[\"speed\", \"IS\", \"1.5\"], [\"speed\", \"IS\", \"1.6\"]]",
     "/constraints/1: speed IS \"1.6\" contradicts IS \"1.5\" of /constraints/0, expected "
     "something that a node can satisfy"},
    {"\"constraints\": [[\"speed\", \"CLUSTER\", \"fast\"], [\"speed\", \"IS\", \"1\"]]",
     "/constraints/1: speed IS \"1\" contradicts CLUSTER \"fast\" of /constraints/0, expected "
     "something that a node can satisfy"},
    {"\"constraints\": [[\"zone\", \"GROUP_BY\", \"many\"]]",
     "/constraints/0: found \"many\", expected GROUP_BY with the number of groups, from 1 to "
     "999999999, or no value"},

    /* strategies */
    {"\"upgradeStrategy\": {\"minimumHealthCapacity\": 1.5}",
     "/upgradeStrategy/minimumHealthCapacity: 1.5 is too large, expected a number of at most 1"},
    {"\"unreachableStrategy\": 5", "/unreachableStrategy: found 5, expected an object or "
                                   "\"disabled\""},
    {"\"unreachableStrategy\": {\"inactiveAfterSeconds\": 60, \"expungeAfterSeconds\": 30}",
     "/unreachableStrategy/inactiveAfterSeconds: 60 is more than \"expungeAfterSeconds\", expected "
     "at most 30"},
    {"\"instances\": 2, \"labels\": {\"MARATHON_SINGLE_INSTANCE_APP\": \"true\"}",
     "/instances: found 2, expected at most 1: the label MARATHON_SINGLE_INSTANCE_APP says so"},
    {"\"upgradeStrategy\": {\"minimumHealthCapacity\": 1, \"maximumOverCapacity\": 0}, "
     "\"labels\": {\"MARATHON_SINGLE_INSTANCE_APP\": \"true\"}",
     "/upgradeStrategy/minimumHealthCapacity: found 1, expected 0: the label "
     "MARATHON_SINGLE_INSTANCE_APP says so"},
    {MESOS_VOLUME(
         "\"containerPath\": \"d\", \"persistent\": {\"size\": 1}") ", \"upgradeStrategy\": "
                                                                    "{\"maximumOverCapacity\": 1}",
     "/upgradeStrategy/maximumOverCapacity: found 1, expected 0: an app with a persistent volume "
     "cannot have more instances for a while"},
    {MESOS_VOLUME(
         "\"containerPath\": \"d\", \"persistent\": {\"size\": 1}") ", \"unreachableStrategy\": {}",
     "/unreachableStrategy: found an object, expected \"disabled\" for an app with a persistent "
     "volume"},
};

Test(app_errors, are_precise)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct app_case test;
        char            text[1024];
        snprintf(text, sizeof text, "{\"id\": \"/a\", \"cmd\": \"x\", %s}", cases[i].in);
        app_case_read(&test, text);
        cr_expect(test.spec == NULL, "case %zu %s was accepted", i, text);
        cr_expect(eq(str, (char *)app_case_said(&test, DIAG_ERROR), (char *)cases[i].errors),
                  "case %zu %s", i, text);
        app_case_close(&test);
    }
}

Test(app_errors, are_told_of_whole_definitions)
{
    static const struct {
        const char *in;
        const char *errors;
    } whole[] = {
        {"{\"cmd\": \"x\"}", ": \"id\" is missing"},
        {"{\"id\": \"/a\"}",
         ": nothing to run, expected \"cmd\", \"args\" or an image in \"container\""},
        {"{\"id\": \"/a\", \"cmd\": \"\"}",
         "/cmd: the text is empty, expected at least one character"},
        {"{\"id\": \"/\", \"cmd\": \"x\"}", "/id: \"/\" is the root, expected a name in it"},
        {"{\"id\": \"/a/../..\", \"cmd\": \"x\"}",
         "/id: \"/a/../..\" is the root, expected a name in it"},
        {"{\"id\": \"/Web\", \"cmd\": \"x\"}",
         "/id: \"/Web\" is not the id of an app, expected names of lowercase letters, digits, dots "
         "and inner dashes, between slashes"},
        {"{\"id\": \"/a-\", \"cmd\": \"x\"}",
         "/id: \"/a-\" is not the id of an app, expected names of lowercase letters, digits, dots "
         "and inner dashes, between slashes"},
        {"{\"id\": 5, \"cmd\": \"x\"}", "/id: found 5, expected a text in quotes"},
        {"5", ": found 5, expected an app: an object with an \"id\""},
        {"{\"id\": \"/p\", \"containers\": []}",
         ": this is a pod (it has \"containers\"), and pods come later: expected an app or a group "
         "of apps"},
    };

    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        struct app_case test;
        app_case_read(&test, whole[i].in);
        cr_expect(test.spec == NULL);
        cr_expect(eq(str, (char *)app_case_said(&test, DIAG_ERROR), (char *)whole[i].errors));
        app_case_close(&test);
    }
}

Test(app_errors, are_all_told_at_once)
{
    struct app_case test;

    app_case_read(&test, "{\"id\": \"/A\", \"cpus\": -1, \"memm\": 5, \"healthChecks\": [5, "
                         "{\"portIndex\": 7}], \"container\": {\"type\": \"DOCKER\"}}");
    cr_assert(
        eq(str, (char *)app_case_said(&test, DIAG_ERROR),
           "/cpus: -1 is too small, expected a number of at least 0.001\n"
           "/healthChecks/0: found 5, expected an object\n"
           "/memm: unknown key, the nearest valid one is \"mem\"\n"
           "/id: \"/A\" is not the id of an app, expected names of lowercase letters, digits, "
           "dots and inner dashes, between slashes\n"
           "/container: \"docker\" is missing, expected it beside \"type\": \"DOCKER\"\n"
           ": nothing to run, expected \"cmd\", \"args\" or an image in \"container\"\n"
           "/healthChecks/1/portIndex: 7 is the index of no port, the app has 1"));
    app_case_close(&test);
}

Test(app_errors, stand_at_their_line_and_column)
{
    static const char *const text = "{\n  \"id\": \"/a\",\n  \"cmd\": \"x\",\n  \"cpus\": -1\n}\n";
    const struct diag_source source = { .file = "a.json", .text = text, .text_len = strlen(text) };
    struct app_case          test;
    struct strbuf            line = { 0 };

    app_case_open(&test, text);
    (void)app_read(test.json, &source, "", &test.arena, &test.diags);
    diag_print(vec_at(&test.diags.items, 0), &line);
    cr_assert(eq(str, line.text,
                 "a.json:4:3: /cpus: -1 is too small, expected a number of at least 0.001"));
    strbuf_fini(&line);
    app_case_close(&test);
}

Test(app_errors, carry_the_prefix_of_the_caller)
{
    struct app_case test;

    app_case_open(&test, "{\"id\": \"/a\", \"cmd\": 5}");
    (void)app_read(test.json, NULL, "/apps/3", &test.arena, &test.diags);
    cr_assert(eq(str, (char *)app_case_said(&test, DIAG_ERROR),
                 "/apps/3/cmd: found 5, expected a text in quotes"));
    app_case_close(&test);
}

Test(app_errors, show_long_and_odd_values_cut_and_escaped)
{
    struct app_case test;

    app_case_read(&test,
                  "{\"id\": \"/a\", \"cmd\": \"x\", \"cpus\": \"\\u001b[31m\\n"
                  "0123456789012345678901234567890123456789012345678901234567890123456789\"}");
    const char *said = app_case_said(&test, DIAG_ERROR);
    cr_assert(
        eq(str, (char *)said,
           "/cpus: found \"\\u001B[31m\\n012345678901234567890123456...\", expected a number"));
    app_case_close(&test);
}

Test(app_errors, more_volumes_than_can_be_numbered_are_refused)
{
    struct app_case test;
    struct strbuf   text = { 0 };

    strbuf_add(&text, "{\"id\": \"/a\", \"cmd\": \"x\", \"container\": {\"type\": \"MESOS\", "
                      "\"volumes\": [");
    for (int i = 0; i <= APP_VOLUMES_MAX; i++) {
        strbuf_printf(&text, "%s{\"containerPath\": \"d%d\", \"persistent\": {\"size\": 1}}",
                      i > 0 ? ", " : "", i);
    }
    strbuf_add(&text, "]}}");
    app_case_read(&test, strbuf_text(&text));
    cr_assert(eq(str, (char *)app_case_said(&test, DIAG_ERROR),
                 "/container/volumes: found 65 volumes, expected at most 64"));
    strbuf_fini(&text);
    app_case_close(&test);
}
