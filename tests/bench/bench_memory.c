/*
 * tests/bench/bench_memory.c
 *
 * Goal:   what one more task and one more agent hold in memory, every copy counted: master, agent,
 *         container, store, network, books and invariants: 600 bytes a task, 2 KB an agent.
 * Method: the same scenario with and without tasks, and with many and few machines; what the
 *         allocator has given out when the run ends, in bytes a task and a machine that differ.
 */
#include <stdio.h>

#include "platform/base/strbuf.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_whole.h"

enum { MEMORY_NODES = 1000, MEMORY_APPS = 20, MEMORY_APP_TASKS = 10000 };

#define MEMORY_TASK_BYTES  600.0
#define MEMORY_AGENT_BYTES 2048.0

static int64_t
memory_held(const char *what, uint32_t nodes, uint32_t apps, const char *ports)
{
    struct strbuf text = { 0 };
    strbuf_printf(&text,
                  "{\"name\":\"memory\",\"duration\":\"3m\",\"record\":{\"tasks\":0},"
                  "\"cluster\":{\"groups\":{\"private\":{\"type\":\"m5.xlarge\",\"min\":%u,"
                  "\"boot\":\"1s\"}}},\"apps\":[",
                  nodes);
    for (uint32_t i = 0; i < apps; i++) {
        strbuf_printf(&text,
                      "%s{\"id\":\"/app-%u\",\"cmd\":\"serve\",\"cpus\":0.01,\"mem\":16,"
                      "\"instances\":%u,\"portDefinitions\":%s}",
                      i > 0 ? "," : "", i, (unsigned)MEMORY_APP_TASKS, ports);
    }
    strbuf_add(&text, "]}");
    const struct bench_whole_result result = bench_whole_play(
        &(struct bench_whole){ .name = what,
                               .text = strbuf_text(&text),
                               .running_wanted = (uint64_t)apps * MEMORY_APP_TASKS });
    strbuf_fini(&text);
    return result.held_bytes;
}

static void
memory_print(const char *what, int64_t bytes, uint64_t count, double aim)
{
    printf("  %-46s %12s %12.0f bytes each (aim %.0f)\n", what, "-", (double)bytes / (double)count,
           aim);
    fflush(stdout);
}

static void
bench_memory_run(void)
{
    const int64_t few = memory_held("few machines", MEMORY_NODES / 10, 0, "[]");
    const int64_t many = memory_held("many machines", MEMORY_NODES, 0, "[]");
    memory_print("an idle agent, its machine and its books", many - few,
                 MEMORY_NODES - MEMORY_NODES / 10, MEMORY_AGENT_BYTES);
    const int64_t tasks = memory_held("tasks", MEMORY_NODES, MEMORY_APPS, "[]");
    memory_print("a running task", tasks - many, (uint64_t)MEMORY_APPS * MEMORY_APP_TASKS,
                 MEMORY_TASK_BYTES);
    const int64_t ports = memory_held("tasks with a port", MEMORY_NODES, MEMORY_APPS,
                                      "[{\"port\":0}]");
    memory_print("a running task with a port of its host", ports - many,
                 (uint64_t)MEMORY_APPS * MEMORY_APP_TASKS, MEMORY_TASK_BYTES);
}

const struct bench bench_memory = {
    .name = "memory",
    .about = "what one more task and one more agent hold, every copy counted",
    .run = bench_memory_run,
};
