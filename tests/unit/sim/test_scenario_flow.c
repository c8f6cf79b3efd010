/*
 * tests/unit/sim/test_scenario_flow.c
 *
 * Goal:   a line in flow mode says what it can, and everything else is refused by name.
 * Method: small scenarios, and what is said of them.
 */
#include "tests/unit/sim/scenario_files.h"

TestSuite(scenario_flow, .init = files_setup, .fini = files_teardown);

#define LINE "\"traffic\": [{\"to\": \"web.example.com\", \"mode\": \"flow\", "

static void
refuses(const char *line, const char *pattern)
{
    const char *said = said_of(line);
    cr_expect(strstr(said, pattern) != NULL, "%s\nsaid: %s", line, said);
}

Test(scenario_flow, takes_lines_whose_requests_are_alike)
{
    expect_says(LINE "\"rate\": \"5000000/s\"}]", "");
    expect_says(LINE "\"rate\": \"5/s\", \"arrivals\": \"constant\", \"timeout\": \"1s\"}]", "");
    expect_says(LINE "\"rate\": \"5/s\", \"arrivals\": {\"dist\": \"diurnal\", \"peak\": "
                "\"9/s\"}}]", "");
}

Test(scenario_flow, refuses_what_cannot_be_counted)
{
    refuses(LINE "\"clients\": 5}]", "/traffic/0/clients: stands in a line in flow mode");
    refuses(LINE "\"rate\": \"5/s\", \"sessions\": 5}]", "/traffic/0/sessions: stands in a line");
    refuses(LINE "\"rate\": \"5/s\", \"retries\": {\"max\": 1}}]",
            "/traffic/0/retries: stands in a line");
    refuses(LINE "\"rate\": \"5/s\", \"arrivals\": {\"dist\": \"mmpp\", \"states\": "
                 "[{\"factor\": 1, \"mean\": \"1s\"}]}}]",
            "/traffic/0/arrivals: cannot be counted");
}

Test(scenario_flow, refuses_company)
{
    refuses(LINE "\"rate\": \"5/s\"}, {\"to\": \"www.example.com\", \"rate\": \"1/s\"}]",
            "/traffic/0/mode: counts requests to an app that another line asks too");
    refuses(LINE "\"rate\": \"5/s\"}, {\"to\": \"/web\", \"rate\": \"1/s\"}]",
            "/traffic/0/mode: counts requests to an app that another line asks too");
}

Test(scenario_flow, refuses_images_that_call)
{
    refuses("\"images\": {\"a:1\": {\"calls\": [{\"to\": \"/web\"}]}}, " LINE "\"rate\": \"5/s\"}]",
            "/traffic/0/mode: counts requests where an image makes calls");
}
