/*
 * tests/unit/gateway/test_gateway_read.c
 *
 * Goal:   Kong's declarative file is read in both of its languages and both of its shapes; what is
 *         wrong is said all at once, each with its place; what is read has one canonical text.
 * Method: small files read; their canonical text, or what was said of them, compared in full.
 */
#include "tests/unit/gateway/gateway_bed.h"

static const char nested_yaml[] =
    "_format_version: \"3.0\"\n"
    "services:\n"
    "- name: web\n"
    "  url: http://web.marathon.mesos:8080/base\n"
    "  routes:\n"
    "  - name: all\n"
    "    paths: [/]\n"
    "    plugins:\n"
    "    - name: rate-limiting\n"
    "      config: {minute: 5}\n"
    "consumers:\n"
    "- username: alice\n"
    "  keyauth_credentials:\n"
    "  - key: secret-1\n";

static const char flat_json[] =
    "{\"_format_version\":\"3.0\",\"services\":[{\"name\":\"web\",\"host\":\"web.marathon.mesos\","
    "\"port\":8080,\"path\":\"/base\"}],\"routes\":[{\"name\":\"all\",\"service\":"
    "{\"name\":\"web\"}"
    ",\"paths\":[\"/\"]}],\"consumers\":[{\"username\":\"alice\"}],\"keyauth_credentials\":[{"
    "\"consumer\":\"alice\",\"key\":\"secret-1\"}],\"plugins\":[{\"name\":\"rate-limiting\","
    "\"route\":\"all\",\"config\":{\"minute\":5}}]}";

Test(gateway_read, gives_the_same_text_for_yaml_and_json_nested_and_flat)
{
    struct gateway_bed yaml;
    struct gateway_bed json;
    bed_read(&yaml, nested_yaml);
    bed_read(&json, flat_json);
    cr_assert(yaml.text != NULL, "%s", bed_said(&yaml, DIAG_ERROR));
    cr_assert(json.text != NULL, "%s", bed_said(&json, DIAG_ERROR));
    cr_assert(eq(str, (char *)yaml.text, (char *)json.text));
    cr_assert(eq(str, (char *)bed_said(&yaml, DIAG_WARNING), ""));
    bed_close(&yaml);
    bed_close(&json);
}

Test(gateway_read, fills_in_the_defaults_of_kong)
{
    struct gateway_bed bed;
    bed_read(&bed, flat_json);
    cr_assert(
        eq(str, (char *)bed.text,
           "{\"_format_version\":\"3.0\",\"services\":[{\"name\":\"web\",\"protocol\":\"http\","
           "\"host\":\"web.marathon.mesos\",\"port\":8080,\"path\":\"/base\",\"enabled\":true,"
           "\"retries\":5,\"connect_timeout\":60000,\"write_timeout\":60000,"
           "\"read_timeout\":60000}],\"routes\":[{\"name\":\"all\",\"service\":\"web\","
           "\"protocols\":[\"http\",\"https\"],\"paths\":[\"/\"],\"strip_path\":true,"
           "\"preserve_host\":false,\"regex_priority\":0,\"path_handling\":\"v0\","
           "\"https_redirect_status_code\":426,\"request_buffering\":true,"
           "\"response_buffering\":true}],\"consumers\":[{\"username\":\"alice\"}],"
           "\"keyauth_credentials\":[{\"consumer\":\"alice\",\"key\":\"secret-1\"}],"
           "\"plugins\":[{\"name\":\"rate-limiting\",\"enabled\":true,\"route\":\"all\","
           "\"config\":{\"minute\":5,\"limit_by\":\"consumer\",\"policy\":\"local\","
           "\"fault_tolerant\":true,\"hide_client_headers\":false,\"error_code\":429,"
           "\"error_message\":\"API rate limit exceeded\"}}]}"));
    bed_close(&bed);
}

Test(gateway_read, of_its_own_text_changes_nothing)
{
    struct gateway_bed first;
    struct gateway_bed again;
    struct gateway_bed printed;
    bed_read(&first, nested_yaml);
    bed_read(&again, first.text);
    bed_read(&printed, gateway_print(first.text, &first.arena));
    cr_assert(eq(str, (char *)again.text, (char *)first.text));
    cr_assert(eq(str, (char *)printed.text, (char *)first.text));
    bed_close(&printed);
    bed_close(&again);
    bed_close(&first);
}

Test(gateway_read, says_every_mistake_of_yaml_with_line_and_column)
{
    struct gateway_bed bed;
    bed_read(&bed, "_format_version: 3.0\n"
                   "services:\n"
                   "- name: web\n"
                   "  hots: web\n"
                   "routes:\n"
                   "- name: a\n"
                   "  service: webb\n"
                   "  paths: [api]\n"
                   "- name: a\n"
                   "  hosts: [\"exa*mple.com\"]\n");
    cr_assert(bed.text == NULL);
    cr_assert(eq(
        str, (char *)bed_said(&bed, DIAG_ERROR),
        "kong:1:1: /_format_version: found 3.0, expected \"3.0\", \"2.1\" or \"1.1\", in quotes\n"
        "kong:3:3: /services/0: \"host\" is missing\n"
        "kong:4:3: /services/0/hots: unknown key, the nearest valid one is \"host\"\n"
        "kong:7:3: /routes/0/service: no service \"webb\" in this file, expected the name of one "
        "(did you mean \"web\"?)\n"
        "kong:8:11: /routes/0/paths/0: found \"api\", expected a path that begins with \"/\", or "
        "\"~/\" for an expression\n"
        "kong:9:3: /routes/1/name: \"a\" is used twice, first at /routes/0, expected different "
        "ones\n"
        "kong:10:11: /routes/1/hosts/0: found \"exa*mple.com\", expected a host name, with \"*\" "
        "as its first or last part at most\n"));
    bed_close(&bed);
}

Test(gateway_read, says_the_place_of_a_mistake_in_json)
{
    struct gateway_bed bed;
    bed_read(&bed, "{\"_format_version\": \"3.0\", // a comment\n"
                   " \"plugins\": [{\"name\": \"rate-limiting\",\n"
                   "   \"config\": {\"minute\": \"5\"}}]}");
    cr_assert(eq(str, (char *)bed_said(&bed, DIAG_ERROR),
                 "kong:3:4: /plugins/0/config: no limit is given, expected at least one of "
                 "\"second\", \"minute\", \"hour\", \"day\", \"month\", \"year\"\n"
                 "kong:3:15: /plugins/0/config/minute: found \"5\", expected a whole number\n"));
    bed_close(&bed);
}

Test(gateway_read, names_plugins_and_lists_that_are_not_acted_upon)
{
    struct gateway_bed bed;
    bed_read(&bed, "_format_version: \"3.0\"\nplugins:\n- name: jwt\n- name: key-aut\n"
                   "certificates: []\n");
    cr_assert(bed.text != NULL);
    cr_assert(eq(str, (char *)bed_said(&bed, DIAG_WARNING),
                 "kong:3:3: warning: /plugins/0/name: the plugin \"jwt\" is kept and not acted "
                 "upon\n"
                 "kong:4:3: warning: /plugins/1/name: the plugin \"key-aut\" is kept and not "
                 "acted upon; the nearest one that is: \"key-auth\"\n"
                 "kong:5:1: warning: /certificates: \"certificates\" is not acted upon, left "
                 "out\n"));
    bed_close(&bed);
}

Test(gateway_read, names_what_a_service_says_in_vain)
{
    struct gateway_bed bed;
    bed_read(&bed, "_format_version: \"3.0\"\nservices:\n- name: web\n  host: web\n"
                   "  connect_timeout: 60000\n  write_timeout: 500\n  retries: 0\n");
    cr_assert(bed.text != NULL);
    cr_assert(eq(str, (char *)bed_said(&bed, DIAG_WARNING),
                 "kong:6:3: warning: /services/0/write_timeout: \"write_timeout\" is kept and not "
                 "acted upon\n"
                 "kong:7:3: warning: /services/0/retries: 0 is not acted upon: a connection that "
                 "is refused is tried again\n"));
    bed_close(&bed);
}

Test(gateway_read, takes_what_older_formats_call_otherwise)
{
    struct gateway_bed bed;
    bed_read(&bed, "_format_version: \"1.1\"\n"
                   "services:\n- {name: web, host: web}\n"
                   "routes:\n- {name: r, service: web, paths: ['/a/\\d+']}\n"
                   "plugins:\n- {name: ip-restriction, config: {whitelist: [10.0.0.0/8]}}\n");
    cr_assert(bed.text != NULL, "%s", bed_said(&bed, DIAG_ERROR));
    cr_assert(strstr(bed.text, "\"paths\":[\"~/a/\\\\d+\"]") != NULL, "%s", bed.text);
    cr_assert(strstr(bed.text, "\"config\":{\"allow\":[\"10.0.0.0/8\"]") != NULL, "%s", bed.text);
    bed_close(&bed);
}

Test(gateway_read, refuses_an_expression_that_it_cannot_read_in_a_sentence)
{
    struct gateway_bed bed;
    bed_read(&bed, "{\"_format_version\":\"3.0\",\"routes\":[{\"name\":\"r\",\"paths\":"
                   "[\"~/a(?=b)\"]}]}");
    cr_assert(strstr(bed_said(&bed, DIAG_ERROR),
                     "/routes/0/paths/0: found \"~/a(?=b)\", an expression that is not read here: "
                     "(? is not known") != NULL, "%s", bed.said);
    bed_close(&bed);
}

Test(gateway_read, never_shows_a_secret)
{
    struct gateway_bed bed;
    bed_read(&bed, "{\"_format_version\":\"3.0\",\"consumers\":[{\"username\":\"a\"}],"
                   "\"keyauth_credentials\":[{\"consumer\":\"a\",\"key\":4711},"
                   "{\"consumer\":\"a\",\"key\":\"s3cret\"},"
                   "{\"consumer\":\"a\",\"key\":\"s3cret\"}],"
                   "\"basicauth_credentials\":[{\"consumer\":\"a\",\"username\":\"u\","
                   "\"password\":4711},{\"consumer\":\"a\",\"username\":\"v:w\",\"password\":"
                   "\"s3cret\"}]}");
    const char *said = bed_said(&bed, DIAG_ERROR);
    cr_assert(bed.text == NULL);
    cr_assert(strstr(said, "s3cret") == NULL && strstr(said, "4711") == NULL, "%s", said);
    cr_assert(strstr(said, "/keyauth_credentials/2/key: this key is used twice") != NULL, "%s",
              said);
    cr_assert(strstr(said, "/keyauth_credentials/0/key: found a number") != NULL, "%s", said);
    bed_close(&bed);
    bed_read(&bed, "{\"_format_version\":\"3.0\",\"x\": s3cret}");
    cr_assert(strstr(bed_said(&bed, DIAG_ERROR), "s3cret") == NULL, "%s", bed.said);
    bed_close(&bed);
}

Test(gateway_read, bounds_what_aliases_repeat)
{
    struct gateway_bed bed;
    bed_read(&bed, "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
                   "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
                   "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
                   "f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n");
    cr_assert(bed.text == NULL);
    cr_assert(strstr(bed_said(&bed, DIAG_ERROR), "too many values") != NULL, "%s", bed.said);
    bed_close(&bed);
}

Test(gateway_read, takes_anchors_aliases_and_merges)
{
    struct gateway_bed bed;
    bed_read(&bed, "_format_version: \"3.0\"\n"
                   "services:\n- &web {name: web, host: web, port: 81}\n"
                   "- {<<: *web, name: other}\n");
    cr_assert(bed.text != NULL, "%s", bed_said(&bed, DIAG_ERROR));
    cr_assert(strstr(bed.text, "\"name\":\"other\",\"protocol\":\"http\",\"host\":\"web\","
                               "\"port\":81") != NULL, "%s", bed.text);
    bed_close(&bed);
}
