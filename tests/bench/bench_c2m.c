/*
 * tests/bench/bench_c2m.c
 *
 * Goal:   two million tasks from submission to running on 6,100 machines, every step of them
 *         through the platform: 20 s of one core and 1.2 GB.
 * Method: apps of 2,000 tasks each without ports are handed in at the start; the run ends when all
 *         deployments are done. By default a hundredth of both numbers; `bench.run c2m:100` plays
 *         all of it, c2m:10 a tenth. Held memory is divided by tasks.
 */
#include <stdio.h>
#include <string.h>

#include "platform/base/strbuf.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_whole.h"

enum { C2M_APPS = 1000, C2M_APP_TASKS = 2000, C2M_NODES = 6100, C2M_PERCENT = 1 };

#define C2M_SECONDS 20.0
#define C2M_BYTES   1.2e9

static void
c2m_text(struct strbuf *text, uint32_t apps, uint32_t nodes)
{
    strbuf_printf(text,
                  "{\"name\":\"c2m\",\"duration\":\"30m\",\"quiet\":\"1s\","
                  "\"record\":{\"tasks\":0},\"cluster\":{\"groups\":{\"private\":{\"type\":"
                  "\"i3.xlarge\",\"min\":%u,\"boot\":\"1s\"}}},\"apps\":[",
                  nodes);
    for (uint32_t i = 0; i < apps; i++) {
        strbuf_printf(text,
                      "%s{\"id\":\"/app-%u\",\"cmd\":\"serve\",\"cpus\":0.01,\"mem\":16,"
                      "\"instances\":%u,\"portDefinitions\":[]}",
                      i > 0 ? "," : "", i, (unsigned)C2M_APP_TASKS);
    }
    strbuf_add(text, "]}");
}

static void
bench_c2m_run(void)
{
    const uint32_t percent = bench_size(0) > 0 ? bench_size(0) : C2M_PERCENT;
    const uint32_t apps = (uint32_t)(C2M_APPS * (uint64_t)percent / 100);
    const uint32_t nodes = (uint32_t)(C2M_NODES * (uint64_t)percent / 100);
    const uint64_t tasks = (uint64_t)apps * C2M_APP_TASKS;
    struct strbuf  text = { 0 };
    char           name[64];
    c2m_text(&text, apps, nodes);
    (void)snprintf(name, sizeof name, "%llu tasks on %u machines", (unsigned long long)tasks,
                   nodes);
    const struct bench_whole_result result =
        bench_whole(&(struct bench_whole){ .name = name,
                                           .text = strbuf_text(&text),
                                           .running_wanted = tasks });
    const double share = (double)tasks / ((double)C2M_APPS * C2M_APP_TASKS);
    printf("    %.2f us and %.0f bytes a task, so %.1f s and %.2f GB for all (aim %.0f s, %.1f "
           "GB)\n",
           result.cpu_s * 1e6 / (double)tasks, (double)result.held_bytes / (double)tasks,
           result.cpu_s / share, (double)result.held_bytes / share / 1e9, C2M_SECONDS,
           C2M_BYTES / 1e9);
    strbuf_fini(&text);
}

const struct bench bench_c2m = {
    .name = "c2m",
    .about = "two million tasks from submission to running, one operation = one event "
             "(c2m:PERCENT)",
    .run = bench_c2m_run,
};
