/*
 * tests/unit/sim/test_scenario_traffic.c
 *
 * Goal:   what a line of traffic says is read as it stands, and every mistake has its exact place.
 * Method: a small right scenario is the frame; each line breaks or adds one thing.
 */
#include "tests/unit/sim/scenario_files.h"

TestSuite(scenario_traffic, .init = files_setup, .fini = files_teardown);

#define LINE "\"traffic\": [{\"to\": \"/web\", "

/* The line of traffic of a scenario that is right, with a file beside it. */
static const struct scenario_traffic *
line_with(const char *line, const char *csv)
{
    files_count = 0;
    files_add("t.json", arena_printf(&files_arena,
                                     HEAD CLUSTER ",\n\"apps\": [" WEB "],\n%s" TAIL, line));
    files_add("arrivals.csv", csv);
    const struct scenario *scenario = files_read("t.json");
    cr_assert(scenario != NULL, "%s", files_said());
    cr_assert(eq(u32, scenario->traffic_count, 1));
    return &scenario->traffic[0];
}

/* What is said of a file of arrivals of a line with one class "a". */
static void
csv_says(const char *csv, const char *expected)
{
    files_count = 0;
    diag_list_fini(&files_diags);
    diag_list_init(&files_diags, &files_arena);
    files_add("t.json", HEAD CLUSTER ",\n\"apps\": [" WEB "],\n" LINE
                             "\"requests\": [{\"name\": \"a\"}], \"arrivals\": {\"file\": "
                             "\"arrivals.csv\"}}]" TAIL);
    files_add("arrivals.csv", csv);
    (void)files_read("t.json");
    cr_expect(eq(str, files_said(), (char *)expected), "%s", csv);
}

Test(scenario_traffic, a_line_has_a_rate_or_clients_or_a_file)
{
    expect_says(LINE "\"arrivals\": \"constant\"}]",
                "t.json:5:13: /traffic/0: \"rate\" is missing, expected a rate, such as "
                "\"400/s\", or "
                "\"clients\"\n");
    expect_says(LINE "\"rate\": \"1/s\", \"clients\": 3}]",
                "t.json:5:28: /traffic/0/rate: stands beside \"clients\", which decide when "
                "requests "
                "come, expected one of them\n");
    expect_says(LINE "\"clients\": 3, \"arrivals\": \"poisson\"}]",
                "t.json:5:42: /traffic/0/arrivals: stands beside \"clients\", who decide when "
                "requests "
                "come, expected one of them\n");
    expect_says(LINE "\"rate\": \"1/s\", \"think\": \"1s\"}]",
                "t.json:5:43: /traffic/0/think: means nothing without \"clients\", expected "
                "both\n");
    const struct scenario_traffic *line =
        line_with(LINE "\"clients\": 3, \"think\": \"2s\", \"sessions\": 7}]", "");
    cr_assert(line->closed);
    cr_assert(eq(u32, line->clients, 3));
    cr_assert(eq(i64, line->think.a_ns, SEC(2)));
    cr_assert(eq(u32, line->sessions, 7));
}

Test(scenario_traffic, curves_are_read_and_checked)
{
    const struct scenario_traffic *line =
        line_with(LINE "\"rate\": \"4/s\", \"arrivals\": {\"dist\": \"mmpp\", \"states\": "
                       "[{\"factor\": 0.5, \"mean\": \"9s\"}, "
                       "{\"factor\": 3, \"mean\": \"1s\"}]}}]",
                  "");
    cr_assert(eq(int, line->arrivals, ARRIVALS_MMPP));
    cr_assert(eq(u32, line->bursts_count, 2));
    cr_assert(eq(dbl, line->bursts[0].factor, 0.5));
    cr_assert(eq(i64, line->bursts[1].mean_ns, SEC(1)));
    line = line_with(LINE "\"rate\": \"4/s\", \"arrivals\": {\"dist\": \"diurnal\", \"peak\": "
                          "\"9/s\"}}]", "");
    cr_assert(eq(int, line->arrivals, ARRIVALS_DIURNAL));
    cr_assert(eq(i64, line->peak_microhertz, INT64_C(9000000)));
    cr_assert(eq(i64, line->peak_at_ns, HOUR(12)));
    cr_assert(eq(i64, line->period_ns, HOUR(24)));
    expect_says(LINE "\"rate\": \"4/s\", \"arrivals\": {\"dist\": \"mmpp\", \"states\": "
                     "[{\"factor\": 0, \"mean\": \"9s\"}]}}]",
                "t.json:5:72: /traffic/0/arrivals/states: every factor is 0, expected one above "
                "it\n");
    expect_says(LINE "\"rate\": \"4/s\", \"arrivals\": {\"dist\": \"diurnal\", \"peak\": "
                "\"3/s\"}}]",
                "t.json:5:75: /traffic/0/arrivals/peak: is no peak of a rate that is higher, "
                "expected a "
                "rate above 0 and a peak that is not less\n");
    expect_says(LINE "\"rate\": \"4/s\", \"arrivals\": \"often\"}]",
                "t.json:5:43: /traffic/0/arrivals: found \"often\", expected \"poisson\", "
                "\"constant\", "
                "{\"dist\": \"mmpp\"...}, {\"dist\": \"diurnal\"...} or {\"file\": ...}\n");
}

Test(scenario_traffic, a_file_of_arrivals_is_read_line_by_line)
{
    const struct scenario_traffic *line =
        line_with(LINE "\"requests\": [{\"name\": \"a\"}, {\"name\": \"b\"}], \"arrivals\": "
                       "{\"file\": \"arrivals.csv\"}}]",
                  "at,class\n# a note\n0.25,b\r\n\n 250ms , a\n1m\n");
    cr_assert(eq(int, line->arrivals, ARRIVALS_FILE));
    cr_assert(eq(u32, line->timetable_count, 3));
    cr_assert(eq(i64, line->timetable[0].at_ns, MS(250)));
    cr_assert(eq(u32, line->timetable[0].number, 2));
    cr_assert(eq(i64, line->timetable[1].at_ns, MS(250)));
    cr_assert(eq(u32, line->timetable[1].number, 1));
    cr_assert(eq(i64, line->timetable[2].at_ns, MIN(1)));
    cr_assert(eq(u32, line->timetable[2].number, 0), "drawn by the shares");
}

Test(scenario_traffic, mistakes_in_a_file_of_arrivals_have_their_line)
{
    csv_says("1\nsoon\n2\n", "arrivals.csv:2:1: found \"soon\", expected seconds, such as 0.25, or "
                             "a duration, such as 250ms\n");
    csv_says("1\n\n0.5\n", "arrivals.csv:3:1: found \"0.5\", which is before the line above it, "
                           "expected times in order\n");
    csv_says("1,b\n", "arrivals.csv:1:3: found \"b\", expected the name of a class in "
                      "\"requests\"\n");
    csv_says("-1\n", "arrivals.csv:1:1: found \"-1\", expected seconds, such as 0.25, or a "
                     "duration, such as 250ms\n");
    csv_says("# none\n", "arrivals.csv:1:1: the file holds no arrival, expected a line for each\n");
    expect_says(LINE "\"arrivals\": {\"file\": \"no.csv\"}}]",
                "t.json:5:41: /traffic/0/arrivals/file: no.csv: no such file\n");
}

Test(scenario_traffic, classes_share_the_whole)
{
    const struct scenario_traffic *line = line_with(
        LINE "\"rate\": \"1/s\", \"path\": \"/x\", \"requests\": ["
             "{\"name\": \"a\", \"share\": \"50%\", \"headers\": {\"apikey\": \"k\"}, \"from\": "
             "\"10.1.2.3\", \"body\": \"2KB\", \"method\": \"POST\", \"https\": true},"
             "{\"name\": \"b\"}, {\"name\": \"c\", \"path\": \"/c\"}, {\"name\": \"d\"}]}]",
        "");
    cr_assert(eq(u32, line->classes_count, 4));
    const struct env_request *request = &line->classes[0].request;
    cr_assert(eq(str, (char *)request->method, "POST"));
    cr_assert(eq(str, (char *)request->host, "/web"));
    cr_assert(eq(str, (char *)request->path, "/x"), "the line's");
    cr_assert(eq(u32, request->headers_count, 1));
    cr_assert(eq(str, (char *)request->headers[0].name, "apikey"));
    cr_assert(eq(u32, request->source_ipv4, UINT32_C(0x0A010203)));
    cr_assert(eq(i64, request->body_bytes, 2000));
    cr_assert(request->https);
    cr_assert(eq(u32, line->classes[1].share_ppm, 166666));
    cr_assert(eq(u32, line->classes[3].share_ppm, 166667), "what does not divide");
    cr_assert(eq(str, (char *)line->classes[2].request.path, "/c"));
}

Test(scenario_traffic, classes_are_checked)
{
    expect_says(LINE "\"rate\": \"1/s\", \"requests\": [{\"name\": \"a\", \"share\": \"50%\"}]}]",
                "t.json:5:43: /traffic/0/requests: the shares add up to 50.0000%, expected 100%\n");
    expect_says(LINE "\"rate\": \"1/s\", \"requests\": [{\"name\": \"a\", \"share\": \"100%\"}, "
                     "{\"name\": \"b\"}]}]",
                "t.json:5:43: /traffic/0/requests: the shares add up to 100.0000%, expected less "
                "than "
                "100%, since some name none\n");
    expect_says(LINE "\"rate\": \"1/s\", \"requests\": [{\"name\": \"a\"}, {\"name\": \"a\"}]}]",
                "t.json:5:72: /traffic/0/requests/1/name: the name \"a\" is used twice, expected "
                "different names\n");
    expect_says(LINE "\"rate\": \"1/s\", \"requests\": [{\"name\": \"a\", \"from\": \"10.1.2\"}]}]",
                "t.json:5:70: /traffic/0/requests/0/from: found \"10.1.2\", expected an IPv4 "
                "address such "
                "as \"10.1.2.3\"\n");
    expect_says(LINE "\"rate\": \"1/s\", \"requests\": []}]",
                "t.json:5:43: /traffic/0/requests: found 0 classes, expected 1 to 1000\n");
}

Test(scenario_traffic, retries_have_defaults_and_bounds)
{
    const struct scenario_traffic *line =
        line_with(LINE "\"rate\": \"1/s\", \"retries\": {\"max\": 3, \"budget\": \"20%\"}}]", "");
    cr_assert(eq(u32, line->retries.max, 3));
    cr_assert(eq(i64, line->retries.backoff_ns, MS(100)));
    cr_assert(eq(i64, line->retries.backoff_max_ns, SEC(10)));
    cr_assert(eq(dbl, line->retries.factor, 2.0));
    cr_assert(eq(u32, line->retries.budget_ppm, 200000));
    expect_says(LINE "\"rate\": \"1/s\", \"retries\": {\"max\": 3, \"factor\": 0.5}}]",
                "t.json:5:65: /traffic/0/retries/factor: lies outside of what makes sense, "
                "expected a "
                "number from 1 to 1000\n");
    expect_says(LINE "\"rate\": \"1/s\", \"retries\": {}}]",
                "t.json:5:43: /traffic/0/retries: \"max\" is missing, expected a whole number "
                "from 0 to "
                "100\n");
}

#define SET LINE "\"rate\": \"1/s\"}], \"timeline\": [{\"at\": \"1m\", \"do\": \"set-traffic\", "
#define SET_CLIENTS                                                                                \
    LINE "\"clients\": 1}], \"timeline\": [{\"at\": \"1m\", \"do\": \"set-traffic\", "

Test(scenario_traffic, it_is_set_as_it_is_made)
{
    expect_says(SET "\"to\": \"/web\", \"rate\": \"0/s\"}]", "");
    expect_says(SET_CLIENTS "\"to\": \"/web\", \"clients\": 0}]", "");
    expect_says(SET "\"to\": \"/web\", \"clients\": 4}]",
                "t.json:5:106: /timeline/0/clients: that traffic has no clients that wait for "
                "each other, "
                "expected \"rate\"\n");
    expect_says(SET_CLIENTS "\"to\": \"/web\", \"rate\": \"4/s\"}]",
                "t.json:5:105: /timeline/0/rate: that traffic has clients and no rate, expected "
                "\"clients\"\n");
    expect_says(SET "\"to\": \"/web\"}]",
                "t.json:5:58: /timeline/0: \"rate\" is missing, expected either a rate, such as "
                "\"400/s\", or \"clients\"\n");
}

#define SLO                                                                                        \
    LINE "\"rate\": \"1/s\", \"requests\": [{\"name\": \"a\"}]}],\n" \
         "\"expect\": [{\"to\": \"/web\", "

Test(scenario_traffic, what_is_expected_of_it_is_checked)
{
    expect_says(SLO "\"slo\": \"throughput\", \"at_least\": \"1/s\", \"class\": \"a\", \"from\": "
                "\"1m\"}]",
                "");
    expect_says(SLO "\"slo\": \"limited\", \"at_least\": 1, \"at_most\": 9, \"until\": "
                "\"10m\"}]", "");
    expect_says(SLO "\"slo\": \"errors\", \"at_most\": 1, \"class\": \"b\"}]",
                "t.json:6:58: /expect/0/class: no requests of that traffic are called \"b\", "
                "expected the "
                "\"name\" of a class\n");
    expect_says(SLO "\"slo\": \"errors\", \"at_most\": 1, \"until\": \"11m\"}]",
                "t.json:6:58: /expect/0/until: lies after the end of the scenario, expected at "
                "most its "
                "\"duration\"\n");
    expect_says(SLO "\"slo\": \"errors\", \"at_most\": 1, \"from\": \"10m\"}]",
                "t.json:6:58: /expect/0/from: is not before \"until\" and the end, expected an "
                "earlier "
                "instant\n");
    expect_says(SLO "\"slo\": \"throughput\"}]",
                "t.json:6:12: /expect/0: a throughput wants at_least or at_most, a rate such as "
                "\"95/s\"\n");
    expect_says(SLO "\"slo\": \"latency\", \"at_least\": \"1s\", \"at_most\": \"2s\"}]",
                "t.json:6:45: /expect/0/at_least: means nothing here: a latency wants at_most, a "
                "duration "
                "such as \"250ms\"\n");
    expect_says(SLO "\"slo\": \"denied\", \"at_most\": \"1%\"}]",
                "t.json:6:44: /expect/0/at_most: found \"1%\": a number of requests wants at_least "
                "or at_most, a count such as 100\n");
}
