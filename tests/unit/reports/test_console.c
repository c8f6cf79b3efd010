/*
 * tests/unit/reports/test_console.c
 *
 * Goal:   the verdict at the terminal reads as written here, word for word.
 * Method: the sample databases; the whole output is compared.
 */
#include "reports/reports.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "tests/unit/reports/sample_db.h"

static char *
console_of(const struct sample *sample, const struct report_console_options *options)
{
    struct error err = { "" };
    FILE        *file = fopen(sample->out, "wb");
    cr_assert(eq(int, report_console(sample->db, options, file, &err), ST_OK), "%s", err.text);
    fclose(file);
    return sample_slurp(sample->out);
}

static void
expect_console(enum sample_kind kind, const struct report_console_options *options,
               const char *expected)
{
    struct sample sample;
    sample_open(&sample, kind);
    char *text = console_of(&sample, options);
    cr_expect(eq(str, text, (char *)expected));
    free(text);
    sample_close(&sample);
}

static const char passed[] =
    "PASSED  rolling-upgrade  seed 1, 10m simulated in 410ms (1,463 x real time)\n"
    "        scheduler: best-fit, ties to the lowest id\n"
    "        Version 2 replaces version 1 without a failed request.\n"
    "\n"
    "  held          1 of 1 expectations, 2 of 2 invariants in 91,235 checks\n"
    "  availability  99.8% of web.example.com: 2 of 1,000 requests failed\n"
    "  latency p99   61 ms of web.example.com, p50 12 ms, slowest 250 ms\n"
    "  healthy       2 of 4 at worst, 4 at the end: /web\n"
    "  deployments   /web rolling: done after 39s\n"
    "                /web rolling: done after 31s\n"
    "  cluster       2 nodes up (3 at most), cpu 25% and memory 25% allocated at the end,"
    " cost $1.72\n"
    "\n"
    "reproduce: rehearse run scenarios/deploy/rolling-upgrade.json --seed 1\n"
    "report: out/report.html\n";

static const char failed[] =
    "FAILED  node-<dies>  seed 8, 10m simulated in 410ms (1,463 x real time)\n"
    "        scheduler: best-fit, ties to the lowest id\n"
    "        Version 2 replaces version 1 without a failed request.\n"
    "\n"
    "  failed  expectation healthy-web at 305.000 s\n"
    "          /web & its friends stay\n"
    "          healthy of /web was 1, expected at least 2 < 4\n"
    "          what led to it:\n"
    "           0.000  master-0      leads, term 1\n"
    "          20.000  private-1     node joining -> ready\n"
    "         120.000  scenario      partition private-2\n"
    "         150.000  private-2     /web task 7 running -> failed: exit code 1\n"
    "         180.000  scenario      partition private-2: undone\n"
    "         200.000  scenario      set-traffic web.example.com\n"
    "         300.000  master-0      /web deployment 2 running: begun\n"
    "         300.000  master-0      decides to launch /web task 8 for deployment 2\n"
    "\n"
    "  failed  expectation slo-availability-web.example.com at 600.000 s\n"
    "          Clients are served.\n"
    "          998 of 1000 requests answered well\n"
    "          what led to its worst interval, up to 302.000 s:\n"
    "           0.000  master-0      leads, term 1\n"
    "          20.000  private-1     node joining -> ready\n"
    "         120.000  scenario      partition private-2\n"
    "         150.000  private-2     /web task 7 running -> failed: exit code 1\n"
    "         180.000  scenario      partition private-2: undone\n"
    "         200.000  scenario      set-traffic web.example.com\n"
    "         300.000  master-0      /web deployment 2 running: begun\n"
    "         300.000  master-0      decides to launch /web task 8 for deployment 2\n"
    "\n"
    "  failed  invariant min-health at 301.000 s\n"
    "          No voluntary stop goes too far.\n"
    "          task 8 was stopped too early\n"
    "          what led to it:\n"
    "           0.000  master-0      leads, term 1\n"
    "          20.000  private-1     node joining -> ready\n"
    "         120.000  scenario      partition private-2\n"
    "         150.000  private-2     /web task 7 running -> failed: exit code 1\n"
    "         180.000  scenario      partition private-2: undone\n"
    "         200.000  scenario      set-traffic web.example.com\n"
    "         300.000  master-0      /web deployment 2 running: begun\n"
    "         300.000  master-0      decides to launch /web task 8 for deployment 2\n"
    "\n"
    "  held          1 of 3 expectations, 1 of 2 invariants in 91,235 checks\n"
    "  availability  99.8% of web.example.com: 2 of 1,000 requests failed\n"
    "  latency p99   61 ms of web.example.com, p50 12 ms, slowest 250 ms\n"
    "  healthy       2 of 4 at worst, 4 at the end: /web (others wait for a node)\n"
    "  deployments   /web rolling: done after 39s\n"
    "                /web rolling: done after 31s\n"
    "  cluster       2 nodes up (3 at most), cpu 25% and memory 25% allocated at the end,"
    " cost $1.72\n"
    "  still pending 2 of /big: 3 nodes: 1 UnfulfilledRole, 2 InsufficientCpus\n"
    "                nearest: private-<3>, 0.5 cpus short\n"
    "  left out      1,234 events beyond the limit of the run database\n"
    "\n"
    "reproduce: rehearse run scenarios/failure/node-dies.json --seed 8\n";

Test(console, the_deployment_that_went_worst_is_told_step_by_step)
{
    struct sample sample;
    sample_open(&sample, SAMPLE_PASSED);
    sample_exec(&sample, sample_canary);
    char *text = console_of(&sample, &(struct report_console_options){ .quiet = false });
    cr_expect_not_null(strstr(text,
        "  deployments   /web canary: rolled-back after 40s, 2 of 3 measurements passed: too many "
        "errors\n"
        "                  410.000 s  holding 10%: step 1 of 2\n"
        "                  430.000 s  failed: errors 5%, at most 1%\n"
        "                /web rolling: done after 39s\n"), "%s", text);
    free(text);
    sample_close(&sample);
}

/* Colors take no columns, nor do the later bytes of a character. */
Test(console, a_long_line_goes_on_below)
{
    struct sample sample;
    sample_open(&sample, SAMPLE_PASSED);
    sample_exec(&sample, sample_canary);
    sample_exec(&sample,
                "UPDATE deployments SET waits_for = 'no ééééééééééééééééé farther'"
                " WHERE outcome <> 'done';"
                "UPDATE analysis_samples SET text = 'errors of requests that were answered' ||"
                " ' within the last minute by the new version 5%, at most 1%, so it ends'"
                " WHERE verdict = 'failed'");
    static const char more[] =
        "passed: no ééééééééééééééééé\n"
        "                  farther\n"
        "                  410.000 s  holding 10%: step 1 of 2\n"
        "                  430.000 s  failed: errors of requests that were answered within the last"
        " minute by\n"
        "                    the new version 5%, at most 1%, so it ends\n"
        "                /web rolling: done after 39s\n";
    char *plain = console_of(&sample, &(struct report_console_options){ .color = false });
    cr_expect_not_null(strstr(plain, more), "%s", plain);
    free(plain);
    char *colored = console_of(&sample, &(struct report_console_options){ .color = true });
    cr_expect_not_null(strstr(colored, "é\n                  farther\n"), "%s", colored);
    free(colored);
    sample_close(&sample);
}

Test(console, availability_leaves_out_what_the_rules_refuse)
{
    struct sample sample;
    sample_open(&sample, SAMPLE_PASSED);
    sample_exec(&sample,
                "UPDATE services SET denied = 100, limited = 400, ok = 498, retries = 12;"
                "INSERT INTO services SELECT service || ' read', requests, 1, error, timeout,"
                " reset, refused, no_server, no_route, denied, limited, mean_ns, p50_ns, p90_ns,"
                " p99_ns, p999_ns, max_ns, attempts, retries, 1 FROM services");
    char *text = console_of(&sample, &(struct report_console_options){ .report_path = NULL });
    cr_expect(eq(sz, sample_count(text, "  availability  99.6% of web.example.com: 2 of 500 "
                                        "requests failed, 100 denied, 400 limited, 12\n"
                                        "                  tried again\n"),
                 1), "%s", text);
    free(text);
    sample_close(&sample);
}

Test(console, the_worst_app_is_one_of_those_that_were_compared)
{
    struct sample sample;
    sample_open(&sample, SAMPLE_PASSED);
    sample_exec(&sample, "INSERT INTO apps VALUES ('/more', 9, 7, 9, 9, 0, 0, NULL)");
    char *text = console_of(&sample, &(struct report_console_options){ .quiet = false });
    cr_expect_not_null(strstr(text, "/web (worst of 2 apps)\n"), "%s", text);
    free(text);
    sample_exec(&sample, "INSERT INTO apps VALUES ('/waits', 9, 7, 0, 2, 0, 2, NULL)");
    text = console_of(&sample, &(struct report_console_options){ .quiet = false });
    cr_expect_not_null(strstr(text, "/web (worst of 2 apps that wait for no node)\n"), "%s", text);
    free(text);
    sample_close(&sample);
}

Test(console, gpus_are_told_where_there_are_some)
{
    struct sample sample;
    sample_open(&sample, SAMPLE_PASSED);
    sample_exec(&sample, "UPDATE cluster_samples SET nodes_up = 1, gpu_milli = 8000,"
                         " gpu_milli_used = 7500");
    char *text = console_of(&sample, &(struct report_console_options){ .quiet = false });
    cr_expect_not_null(strstr(text, "  cluster       1 node up (3 at most), cpu 25%, memory 25%"
                                    " and GPUs 93.75% allocated at the end,\n"
                                    "                  cost $1.72\n"),
                       "%s", text);
    free(text);
    sample_close(&sample);
}

Test(console, a_passed_run_is_told_on_one_screen)
{
    expect_console(SAMPLE_PASSED,
                   &(struct report_console_options){ .report_path = "out/report.html" }, passed);
}

Test(console, a_failed_run_tells_what_led_to_it)
{
    expect_console(SAMPLE_FAILED, &(struct report_console_options){ .color = false }, failed);
}

Test(console, quiet_is_one_line_for_a_passed_run)
{
    expect_console(SAMPLE_PASSED,
                   &(struct report_console_options){ .quiet = true, .report_path = "x" },
                   "PASSED  rolling-upgrade  seed 1, 10m simulated in 410ms (1,463 x real time)\n");
}

Test(console, quiet_keeps_what_failed_and_the_command)
{
    expect_console(SAMPLE_FAILED, &(struct report_console_options){ .quiet = true },
                   "FAILED  node-<dies>  seed 8, 10m simulated in 410ms (1,463 x real time)\n"
                   "  failed  expectation healthy-web at 305.000 s\n"
                   "          healthy of /web was 1, expected at least 2 < 4\n"
                   "  failed  expectation slo-availability-web.example.com at 600.000 s\n"
                   "          998 of 1000 requests answered well\n"
                   "  failed  invariant min-health at 301.000 s\n"
                   "          task 8 was stopped too early\n"
                   "reproduce: rehearse run scenarios/failure/node-dies.json --seed 8\n");
}

Test(console, colours_come_only_when_asked_for)
{
    struct sample sample;
    sample_open(&sample, SAMPLE_FAILED);
    char *plain = console_of(&sample, &(struct report_console_options){ .color = false });
    cr_expect(eq(sz, sample_count(plain, "\033"), 0));
    char *colored = console_of(&sample, &(struct report_console_options){ .color = true });
    cr_expect(eq(sz, sample_count(colored, "\033[1;31mFAILED\033[0m"), 1));
    free(plain);
    free(colored);
    sample_close(&sample);
}

Test(console, a_name_from_the_scenario_cannot_write_to_the_terminal)
{
    struct sample sample;
    sample_open(&sample, SAMPLE_PASSED);
    sample_exec(&sample, "UPDATE run SET scenario = char(27) || '[2Jgone'");
    char *text = console_of(&sample, &(struct report_console_options){ .color = false });
    cr_expect(eq(sz, sample_count(text, "\033"), 0));
    free(text);
    sample_close(&sample);
}

Test(console, a_broken_environment_is_an_error_with_its_sentence)
{
    struct sample sample;
    sample_open(&sample, SAMPLE_PASSED);
    sample_exec(&sample, "UPDATE run SET outcome = 'error', error = 'the disk is full'");
    char *text = console_of(&sample, &(struct report_console_options){ .color = false });
    cr_expect(eq(sz, sample_count(text, "ERROR   rolling-upgrade"), 1));
    cr_expect(eq(sz, sample_count(text, "\n  the disk is full\n"), 1));
    free(text);
    sample_close(&sample);
}
