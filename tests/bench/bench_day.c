/*
 * tests/bench/bench_day.c
 *
 * Goal:   one simulated day of 10,000 machines and 100,000 tasks that live an hour on average, so
 *         that 2.4 million are started; a heartbeat each 10 s, a health check each minute: 60 s of
 *         one core.
 * Method: 1,000 apps of 100 tasks whose life is exponential; each that ends is replaced. By default
 *         a hundredth of the cluster for a tenth of the day; `bench.run day:PERCENT` plays so much
 *         of the cluster for the whole day, day:PERCENT:MINUTES for so long.
 */
#include <stdio.h>
#include <string.h>

#include "platform/base/strbuf.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_whole.h"

enum { DAY_APPS = 1000, DAY_APP_TASKS = 100, DAY_NODES = 10000, DAY_MINUTES = 1440 };

#define DAY_SECONDS 60.0

static void
day_text(struct strbuf *text, uint32_t apps, uint32_t nodes, uint32_t minutes)
{
    strbuf_printf(text,
                  "{\"name\":\"day\",\"duration\":\"%um\",\"settle\":\"1s\","
                  "\"record\":{\"tasks\":0},\"cluster\":{"
                  "\"heartbeat\":\"10s\",\"groups\":{\"private\":{\"type\":\"m5.large\",\"min\":%u,"
                  "\"boot\":\"1s\"}}},\"images\":{\"work:1\":{\"size\":\"1MB\",\"start\":\"1s\","
                  "\"service_time\":\"1ms\",\"crash_after\":{\"dist\":\"exponential\","
                  "\"mean\":\"1h\"}}},\"apps\":[",
                  minutes, nodes);
    for (uint32_t i = 0; i < apps; i++) {
        strbuf_printf(text,
                      "%s{\"id\":\"/app-%u\",\"cpus\":0.1,\"mem\":64,\"instances\":%u,"
                      "\"container\":{\"type\":\"DOCKER\",\"docker\":{\"image\":\"work:1\"}},"
                      "\"networks\":[{\"mode\":\"host\"}],\"portDefinitions\":[{\"port\":0}],"
                      "\"backoffSeconds\":1,\"maxLaunchDelaySeconds\":1,\"healthChecks\":[{"
                      "\"protocol\":\"TCP\",\"portIndex\":0,\"gracePeriodSeconds\":60,"
                      "\"intervalSeconds\":60,\"timeoutSeconds\":5,\"maxConsecutiveFailures\":3}]}",
                      i > 0 ? "," : "", i, (unsigned)DAY_APP_TASKS);
    }
    strbuf_add(text, "]}");
}

static void
bench_day_run(void)
{
    const bool     asked = bench_size(0) > 0;
    const uint32_t percent = asked ? bench_size(0) : 1;
    const uint32_t minutes = bench_size(1) > 0 ? bench_size(1)
                             : asked           ? DAY_MINUTES
                                               : DAY_MINUTES / 10;
    const uint32_t apps = (uint32_t)(DAY_APPS * (uint64_t)percent / 100);
    const uint32_t nodes = (uint32_t)(DAY_NODES * (uint64_t)percent / 100);
    struct strbuf  text = { 0 };
    char           name[64];
    day_text(&text, apps, nodes, minutes);
    (void)snprintf(name, sizeof name, "%u tasks on %u machines for %u minutes",
                   apps * DAY_APP_TASKS, nodes, minutes);
    const struct bench_whole_result result =
        bench_whole(&(struct bench_whole){ .name = name,
                                           .text = strbuf_text(&text),
                                           .restless = true });
    const double share = (double)apps * minutes / ((double)DAY_APPS * DAY_MINUTES);
    printf("    so %.1f s for all of the day (aim %.0f s)\n", result.cpu_s / share, DAY_SECONDS);
    strbuf_fini(&text);
}

const struct bench bench_day = {
    .name = "day",
    .about = "one simulated day of a large cluster, one operation = one event "
             "(day:PERCENT:MINUTES)",
    .run = bench_day_run,
};
