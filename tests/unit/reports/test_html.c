/*
 * tests/unit/reports/test_html.c
 *
 * Goal:   the page holds everything in itself, fetches and runs nothing, and shows every table; the
 *         charts are whole, also when names are hostile; without gnuplot there is a page that says
 *         so.
 * Method: the sample databases; what must and must not be in the text. Charts are looked for only
 *         where the program gnuplot is, which .ci and `make test` install.
 */
#include "reports/reports.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/reports/sample_db.h"

static char *
page_of(const struct sample *sample, enum status expected)
{
    struct error err = { "" };
    cr_assert(eq(int, report_html(sample->db, sample->out, &err), expected), "%s", err.text);
    return sample_slurp(sample->out);
}

/* The page of a run with a canary, after these changes of its database. */
static char *
page_of_canary(struct sample *sample, const char *changes)
{
    sample_open(sample, SAMPLE_PASSED);
    sample_exec(sample, sample_canary);
    sample_exec(sample, changes);
    return page_of(sample, ST_OK);
}

static void
expect_contained(const char *text)
{
    static const char *const outside[] = { "http://", "https://", "<script", "<link", "src=",
                                           "@import", "url(" };
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        cr_expect(eq(sz, sample_count(text, outside[i]), 0), "%s", outside[i]);
    }
    cr_expect(eq(sz, sample_count(text, "<table"), sample_count(text, "</table>")));
    cr_expect(eq(sz, sample_count(text, "<tr"), sample_count(text, "</tr>")));
    cr_expect(eq(sz, sample_count(text, "<svg"), sample_count(text, "</svg>")));
}

Test(html, a_passed_run_shows_every_table_and_chart)
{
    static const char *const heads[] = {
        "<h2>Requests</h2>",      "<h2>Latency of answered requests</h2>",
        "<h2>Healthy instances</h2>", "<h2>Cluster</h2>", "<h2>Expectations</h2>",
        "<h2>Invariants</h2>",    "<h2>Services</h2>",    "<h2>Apps</h2>",
        "<h2>Servers</h2>",
        "<h2>Deployments</h2>",   "<h2>Faults and steps</h2>", "<h2>Nodes</h2>",
        "<h2>Tasks that failed</h2>", "<h2>Tasks by state</h2>", "<h2>What happened</h2>",
    };
    struct sample sample;
    sample_open(&sample, SAMPLE_PASSED);
    char *text = page_of(&sample, ST_OK);
    expect_contained(text);
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        cr_expect(eq(sz, sample_count(text, heads[i]), 1), "%s", heads[i]);
    }
    cr_expect(eq(sz, sample_count(text, "<div class=\"verdict\">PASSED</div>"), 1));
    cr_expect(eq(sz, sample_count(text, "<svg"), 4 + 2), "charts, and two rolling restarts");
    cr_expect(eq(sz, sample_count(text, "<h2>Rollouts</h2>"), 1));
    cr_expect(ge(sz, sample_count(text, "partition private-2"), 4)); /* named in each chart */
    cr_expect(eq(sz, sample_count(text, "class=\"failure\""), 0));
    cr_expect(eq(sz, sample_count(text, "<div class=\"bar\" style=\"width:40px\"></div>"), 1));
    cr_expect(eq(sz, sample_count(text, "<div class=\"bar\" style=\"width:60px\"></div>"), 1));
    cr_expect(eq(sz, sample_count(text, "tries of clients"), 0), "nobody tried again");
    free(text);
    sample_close(&sample);
}

/* What is between these two. */
static char *
part_of(char *text, const char *from, const char *to)
{
    char *begin = strstr(text, from);
    cr_assert_not_null(begin, "%s", from);
    char *end = strstr(begin, to);
    cr_assert_not_null(end, "%s", to);
    *end = '\0';
    return begin;
}

Test(html, a_rollout_shows_its_share_its_measurements_and_what_users_felt)
{
    struct sample sample;
    char *text = page_of_canary(
        &sample, "INSERT INTO service_apps VALUES ('web.example.com', '/web')");
    expect_contained(text);
    char *part = part_of(text, "<h3><code>/web</code> canary", "</section>");
    cr_expect(eq(sz, sample_count(part, "<span class=\"bad\">rolled-back</span>"), 1));
    cr_expect(eq(sz, sample_count(part, "<p>too many errors</p>"), 1));
    cr_expect(eq(sz, sample_count(part, "r-title"), 6), "share, instances, two analyses, users");
    cr_expect(eq(sz, sample_count(part, "errors (error_rate), at most 1.00%; 0 may fail"), 1));
    cr_expect(eq(sz, sample_count(part, "tail (latency), at most 250 ms, at most 20% above the old "
                                        "version; 0 may fail; dry run"), 1));
    cr_expect(eq(sz, sample_count(part, "class=\"r-limit\""), 2));
    cr_expect(eq(sz, sample_count(part, "class=\"r-passed\""), 2));
    cr_expect(eq(sz, sample_count(part, "class=\"r-failed\""), 1));
    cr_expect(eq(sz, sample_count(part, "tail &lt;200ms&gt;"), 2), "in its dot and in the table");
    cr_expect(eq(sz, sample_count(part, "<span class=\"bad\">failed</span> <small>1 good, 1 bad, 0 "
                                        "open</small>"), 1), "the verdict of its step");
    free(text);
    sample_close(&sample);
}

Test(html, a_rollout_names_its_deadlines)
{
    struct sample sample;
    char *text = page_of_canary(
        &sample, "UPDATE deployments SET plan = '{\"canary\":{\"progress_deadline\":\"2m\","
                 "\"steps\":[{\"weight\":5},{\"pause\":true,\"pause_timeout\":\"1m\"}]}}'"
                 " WHERE id = 3");
    cr_expect(eq(sz, sample_count(text, "Deadlines: something moves within 2m; somebody promotes "
                                        "within 1m.</p>"), 1));
    free(text);
    sample_close(&sample);
}

Test(html, a_strategy_that_is_no_json_does_no_harm)
{
    struct sample sample;
    char *text = page_of_canary(
        &sample, "UPDATE deployments SET plan = '<b>\"rolling' WHERE id = 3");
    expect_contained(text);
    cr_expect(eq(sz, sample_count(text, "&lt;b&gt;&quot;rolling</pre>"), 1));
    free(text);
    sample_close(&sample);
}

Test(html, a_way_back_is_part_of_the_rollout_that_failed)
{
    struct sample sample;
    char *text = page_of_canary(
        &sample, "INSERT INTO deployments VALUES (4, '/web', 'roll-back', 3, 2,"
                 " 440000000000, 443000000000, 'done', '', 'promoting', 0, 1000000, "
                 "NULL, 3)");
    cr_expect(eq(sz, sample_count(text, "after 40s, back after 3s"), 1));
    cr_expect(eq(sz, sample_count(text, "<section class=\"rollout\">"), 3));
    free(text);
    sample_close(&sample);
}

Test(html, clients_that_try_again_have_a_curve_of_their_own)
{
    struct sample sample;
    sample_open(&sample, SAMPLE_PASSED);
    sample_exec(&sample, "UPDATE service_samples SET retries = 7 WHERE at_ns > 300000000000");
    char *text = page_of(&sample, ST_OK);
    cr_expect(ge(sz, sample_count(text, "tries of clients"), 1));
    free(text);
    sample_close(&sample);
}

Test(html, the_charts_lie_beside_the_page_and_no_other_file)
{
    static const char *const names[] = { "requests.svg", "latency.svg", "healthy.svg",
                                         "cluster.svg" };
    struct sample sample;
    char          path[128];
    sample_open(&sample, SAMPLE_PASSED);
    free(page_of(&sample, ST_OK));
    for (size_t i = 0; i < 4; i++) {
        char *svg = sample_slurp(sample_path(&sample, names[i], path));
        cr_assert(svg != NULL, "%s", names[i]);
        cr_expect(eq(sz, sample_count(svg, "</svg>"), 1));
        free(svg);
    }
    DIR   *folder = opendir(sample.folder);
    size_t files = 0;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        files += entry->d_name[0] != '.';
    }
    closedir(folder);
    cr_expect(eq(sz, files, 6)); /* with run.db and the page */
    sample_close(&sample);
}

Test(html, a_failed_run_begins_with_what_failed)
{
    struct sample sample;
    sample_open(&sample, SAMPLE_FAILED);
    char *text = page_of(&sample, ST_OK);
    expect_contained(text);
    cr_expect(eq(sz, sample_count(text, "<div class=\"verdict\">FAILED</div>"), 1));
    cr_expect(eq(sz, sample_count(text, "<section class=\"failure\">"), 3));
    cr_expect(lt(sz, (size_t)(strstr(text, "class=\"failure\"") - text),
                 (size_t)(strstr(text, "<svg") - text)));
    cr_expect(eq(sz, sample_count(text, "node-&lt;dies&gt;</h1>"), 1));
    cr_expect(eq(sz, sample_count(text, "2 InsufficientCpus; nearest: private-&lt;3&gt;, "), 2),
              "the list of waits and the app each say it");
    cr_expect(eq(sz, sample_count(text, "1,234 events came after the limit"), 1));
    free(text);
    sample_close(&sample);
}

Test(html, who_waits_is_shown_with_the_funnel_of_its_nodes)
{
    struct sample sample;
    sample_open(&sample, SAMPLE_FAILED);
    char *text = page_of(&sample, ST_OK);
    expect_contained(text);
    cr_expect(eq(sz, sample_count(text, "<h2>Still waiting for a node</h2>"), 1));
    cr_expect(eq(sz, sample_count(text, "<code>/big</code> <small>2 tasks, since 50s"), 1));
    cr_expect(eq(sz, sample_count(text, "<p>3 nodes: 1 UnfulfilledRole, 2 InsufficientCpus; "
                                        "preempted by /top</p>"), 1));
    cr_expect(eq(sz, sample_count(text, "Nearest: <b>private-&lt;3&gt;</b>, 0.5 cpus short"), 1));
    cr_expect(eq(sz, sample_count(text,
                                  "<tr><td><code>UnfulfilledRole</code></td><td class=\"n\">3</td>"
                                  "<td class=\"n\">1</td>"), 1));
    cr_expect(eq(sz, sample_count(text, "<tr class=\"plain\"><td><code>AgentMaintenance</code></td>"
                                        "<td class=\"n\">2</td><td class=\"n\">0</td>"), 1));
    cr_expect(eq(sz, sample_count(text, "style=\"width:160px\"></i></div>"), 1), "two of three");
    free(text);
    sample_close(&sample);
    sample_open(&sample, SAMPLE_PASSED);
    text = page_of(&sample, ST_OK);
    cr_expect(eq(sz, sample_count(text, "Still waiting"), 0));
    free(text);
    sample_close(&sample);
}

Test(html, without_traffic_nothing_is_said_of_it)
{
    struct sample sample;
    sample_open(&sample, SAMPLE_NO_TRAFFIC);
    char *text = page_of(&sample, ST_OK);
    expect_contained(text);
    cr_expect(eq(sz, sample_count(text, "<svg"), 2));
    cr_expect(eq(sz, sample_count(text, "<h2>Requests"), 0));
    cr_expect(eq(sz, sample_count(text, "<h2>Services"), 0));
    cr_expect(eq(sz, sample_count(text, "Availability"), 0));
    free(text);
    sample_close(&sample);
}

Test(html, hostile_names_stay_text_in_page_and_charts)
{
    static const char evil[] =
        "UPDATE apps SET app = '/e''vil`id`<script>alert(1)</script>\"; set output \"x';"
        "UPDATE app_samples SET app = (SELECT app FROM apps);"
        "UPDATE faults SET target = '''; system(\"touch pwned\"); <img src=x> ' ||"
        " char(10) || '&#x; &#60;script>';"
        "UPDATE service_samples SET service = '<b>`id`''s';"
        "UPDATE run SET about = '</style><script>', reproduce = '--><script>';";
    struct sample sample;
    sample_open(&sample, SAMPLE_PASSED);
    sample_exec(&sample, evil);
    char *text = page_of(&sample, ST_OK);
    cr_expect(eq(sz, sample_count(text, "<script"), 0));
    cr_expect(eq(sz, sample_count(text, "<img"), 0));
    cr_expect(eq(sz, sample_count(text, "uid="), 0)); /* no command has run */
    cr_expect(eq(sz, sample_count(text, "&#60;script"), 0));
    cr_expect(eq(sz, sample_count(text, "<svg"), 4 + 2));
    free(text);
    sample_close(&sample);
}

Test(html, a_long_run_makes_no_heavy_page)
{
    struct sample sample;
    sample_open(&sample, SAMPLE_PASSED);
    sample_exec(&sample,
                "DELETE FROM app_samples; DELETE FROM service_samples;"
                "UPDATE run SET simulated_ns = 20000000000000;"
                "CREATE TABLE many AS WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL"
                " SELECT v + 1 FROM n WHERE v < 10000) SELECT v FROM n;"
                "INSERT INTO app_samples SELECT v * 2000000000, '/app-' || a, 9, 9,"
                " 5 + (v * a) % 4, 9, 0 FROM many,"
                " (SELECT value AS a FROM generated WHERE value <= 20);"
                "INSERT INTO service_samples SELECT v * 2000000000, 'web', 100 + v % 13, 100, 0, 0,"
                " 0, 0, 0, 0, 0, 0, 1000000, 1000000 + v % 17 * 1000, 3000000 + v * 7 % 1000000,"
                " 5000000 + v * 31 % 1000000, 9000000, 0 FROM many;"
                "INSERT INTO events SELECT v * 2000000000, 'task', 'master-0', 'private-1', '/web',"
                " v, 1, 1, 'running', 'failed', 0, 'exit code 1' FROM many;"
                "INSERT INTO nodes SELECT 'n' || v, 'g', 't', 'a', '*', 1, 1, 1, 1, 1 FROM many;");
    char *text = page_of(&sample, ST_OK);
    cr_expect(lt(sz, strlen(text), 900 * 1024));
    cr_expect(eq(sz, sample_count(text, "more events of interest are left out"), 1));
    cr_expect(eq(sz, sample_count(text, "and 9,802 more, in run.db"), 1)); /* nodes */
    cr_expect(eq(sz, sample_count(text, "Not shown, since they lacked less: /app-"), 1));
    free(text);
    sample_close(&sample);
}

Test(html, without_gnuplot_the_page_says_so)
{
    struct sample sample;
    char          path[128];
    sample_open(&sample, SAMPLE_PASSED);
    setenv("PATH", "/nonexistent", 1);
    char *text = page_of(&sample, ST_UNAVAILABLE);
    expect_contained(text);
    cr_expect(eq(sz, sample_count(text, "no charts: the program gnuplot is not installed"), 1));
    cr_expect(eq(sz, sample_count(text, "<svg"), 2), "those of the rollouts need no gnuplot");
    cr_expect(eq(sz, sample_count(text, "<h2>What happened</h2>"), 1));
    cr_expect(access(sample_path(&sample, "requests.svg", path), F_OK) != 0);
    free(text);
    sample_close(&sample);
}
