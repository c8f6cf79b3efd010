/*
 * sim/run_tasks.c - the tasks of a scenario's file, handed in when they are due, in their order.
 *
 * What is due at one instant goes in one request, or in several that wait for each other when it is
 * much: requests on their way at the same time may overtake each other.
 */
#include <string.h>

#include "platform/base/text.h"
#include "platform/base/memory.h"
#include "platform/base/strbuf.h"
#include "sim/run_private.h"

enum { TASKS_RUNS_MAX = 1000, TASKS_LINE_BYTES = 192 };

static void run_tasks_next(struct run *run);

static void
run_tasks_answered(struct run *run, const struct msg_api_answer *answer, void *context)
{
    const bool was_part = context != NULL;
    if (answer->status != ST_OK) {
        run_abort(run, "tasks were refused: %s (%s)", answer->text,
                  status_name((enum status)answer->status));
    } else if (was_part) {
        run_tasks_next(run);
    }
}

/* One line, for runs of one app that stand behind each other. Returns how many. */
static uint32_t
run_tasks_line(const struct run *run, uint32_t first, uint32_t left, char line[TASKS_LINE_BYTES])
{
    const struct scenario      *scenario = run->scenario;
    const struct scenario_task *tasks = &scenario->tasks[first];
    uint32_t                    count = 1;
    while (count < left && first + count < scenario->tasks_count &&
           tasks[count].app == tasks[0].app && tasks[count].at_ns == tasks[0].at_ns) {
        count++;
    }
    const char  *app = scenario->apps[tasks[0].app]->id;
    const size_t app_len = strlen(app);
    ASSERT(app_len < TASKS_LINE_BYTES - 2 * TEXT_DECIMAL_BYTES - sizeof "  \n");
    char *at = text_decimal(line, tasks[0].run);
    *at++ = ' ';
    at = text_decimal(at, count);
    *at++ = ' ';
    memcpy(at, app, app_len);
    memcpy(at + app_len, "\n", 2);
    return count;
}

static void
run_tasks_ask(struct run *run, const struct strbuf *lines, bool is_part)
{
    struct msg_api_request *request = memory_alloc_zero(1, sizeof *request + lines->len);
    request->call = API_RUN;
    request->tail_len = (uint32_t)lines->len;
    memcpy(request->tail, strbuf_text(lines), lines->len);
    run_call(run, request, run_tasks_answered, is_part ? run : NULL);
    memory_free(request);
}

static bool
run_tasks_is_due(const struct run *run, int64_t at_ns)
{
    const struct scenario *scenario = run->scenario;
    return run->tasks_next < scenario->tasks_count &&
           scenario->tasks[run->tasks_next].at_ns <= at_ns;
}

static void
run_tasks_send(struct run *run, int64_t due_at_ns)
{
    struct strbuf lines = { 0 };
    uint32_t      sent = 0;
    while (sent < TASKS_RUNS_MAX && run_tasks_is_due(run, due_at_ns)) {
        char           line[TASKS_LINE_BYTES];
        const uint32_t count =
            run_tasks_line(run, run->tasks_next, TASKS_RUNS_MAX - sent, line);
        strbuf_add(&lines, line);
        run->tasks_next += count;
        sent += count;
    }
    const bool is_part = run_tasks_is_due(run, due_at_ns);
    run_tasks_ask(run, &lines, is_part);
    strbuf_fini(&lines);
    if (!is_part) {
        run_tasks_next(run);
    }
}

static void
run_tasks_fire(struct env_timer *timer)
{
    struct run *run = container_of(timer, struct run, tasks_timer);
    if (run->phase != RUN_OVER) {
        run_tasks_send(run, run_at_ns(run));
    }
}

static void
run_tasks_next(struct run *run)
{
    const struct scenario *scenario = run->scenario;
    if (run->tasks_next < scenario->tasks_count && !run->aborted) {
        const int64_t wait_ns = scenario->tasks[run->tasks_next].at_ns - run_at_ns(run);
        env_timer_start(run->env->clock, &run->tasks_timer, int64_max(wait_ns, 0));
    }
}

void
run_tasks_start(struct run *run)
{
    env_timer_init(&run->tasks_timer, run_tasks_fire);
    run_tasks_next(run);
}

void
run_tasks_fini(struct run *run)
{
    env_timer_cancel(run->env->clock, &run->tasks_timer);
}
