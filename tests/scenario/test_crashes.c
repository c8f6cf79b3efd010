/*
 * tests/scenario/test_crashes.c
 *
 * Goal:   a master or an agent may die at any instant of a rolling upgrade: no request fails, the
 *         deployment ends, and no task runs twice.
 * Method: the same upgrade again and again, the crash each time a little later, all through it.
 */
#include "tests/scenario/play.h"

#include <stdio.h>

#include <criterion/criterion.h>

/* Four instances are replaced from 60 s on. */
#define UPGRADE(verb)                                                                              \
    "{ \"name\": \"crash\", \"extends\": \"scenarios/base/rolling.json\", \"duration\": \"4m\","   \
    " \"vars\": { \"instances\": 4, \"minimum_health\": 0.5, \"over_capacity\": 0.5 },"            \
    " \"traffic\": [ { \"to\": \"web.example.com\", \"rate\": \"50/s\", \"from\": \"40s\" } ],"    \
    " \"timeline\": ["                                                                             \
    "  { \"at\": \"60s\", \"do\": \"deploy\", \"app\": \"/web\","                                  \
    "    \"set\": { \"container\": { \"docker\": { \"image\": \"shop/web:2.0\" } } } },"           \
    "  { \"at\": \"%ums\", " verb " } ],"                                                          \
    " \"expect\": ["                                                                               \
    "  { \"deployment\": \"/web\", \"outcome\": \"done\", \"within\": \"2m30s\" },"                \
    "  { \"always\": \"healthy\", \"app\": \"/web\", \"at_least\": 2, \"from\": \"40s\" },"        \
    "  { \"slo\": \"errors\", \"to\": \"web.example.com\", \"at_most\": 0 } ] }"

#define EVERY_MS 250

static void
crash_at_every_instant(const char *format, uint32_t until_ms)
{
    for (uint32_t at_ms = 60000; at_ms <= until_ms; at_ms += EVERY_MS) {
        char text[2048];
        (void)snprintf(text, sizeof text, format, at_ms);
        struct play *play =
            play_open(&(struct play_options){ .text = text, .seed = 1 + at_ms / EVERY_MS });
        play_run(play);
        cr_expect(play->results != NULL && play->results->outcome == OUTCOME_PASSED,
                  "a crash at %u ms: %s", at_ms, play_said(play));
        play_close(play);
    }
}

Test(crashes, of_the_master_at_any_instant_of_an_upgrade_cost_no_request)
{
    crash_at_every_instant(UPGRADE("\"do\": \"restart-master\", \"for\": \"3s\""), 95000);
}

Test(crashes, of_an_agent_at_any_instant_of_an_upgrade_cost_no_request)
{
    crash_at_every_instant(UPGRADE("\"do\": \"restart-agent\", \"target\": \"one\""), 95000);
}
