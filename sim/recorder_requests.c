/* sim/recorder_requests.c - how requests ended for their clients: by line, by class, by window. */
#include <string.h>

#include "sim/expect/slo.h"
#include "sim/recorder.h"

static struct result_service *
requests_service(struct run *run, const char *name, bool is_class)
{
    const uint32_t id = intern_id(&run->results.names, name);
    for (uint32_t i = 0; i < run->results.services.count; i++) {
        struct result_service *service = vec_at(&run->results.services, i);
        if (service->service == id) {
            return service;
        }
    }
    struct result_service *service = vec_push(&run->results.services);
    service->service = id;
    service->is_class = is_class;
    return service;
}

/* --- windows --- */

static bool
requests_window_is_of(const struct slo_window *window, const struct scenario_traffic *traffic,
                      uint32_t *ret_number)
{
    *ret_number = 0;
    if (strcmp(window->to, traffic->to) != 0) {
        return false;
    }
    for (uint32_t i = 0; window->class_name != NULL && i < traffic->classes_count; i++) {
        if (strcmp(traffic->classes[i].name, window->class_name) == 0) {
            *ret_number = i + 1;
        }
    }
    return window->class_name == NULL || *ret_number > 0;
}

/* One line looks through as many windows as expectations name it. */
static void
requests_windows(struct run *run, uint32_t index)
{
    const struct scenario *scenario = run->scenario;
    struct recorder_line  *line = &run->recorder->lines[index];
    line->windows = ARENA_ARRAY(run->arena, struct recorder_window *, scenario->expects_count + 1);
    for (uint32_t i = 0; i < scenario->expects_count; i++) {
        struct slo_window window;
        uint32_t          number = 0;
        if (!slo_window(&scenario->expects[i], scenario->duration_ns, &window) ||
            !requests_window_is_of(&window, &scenario->traffic[index], &number)) {
            continue;
        }
        struct recorder_window *own = ARENA_NEW(run->arena, struct recorder_window);
        *own = (struct recorder_window){ .expect = &scenario->expects[i],
                                         .from_at_ns = window.from_at_ns,
                                         .until_at_ns = window.until_at_ns,
                                         .number = number };
        line->windows[line->windows_count++] = own;
    }
}

/* The counts of all lines that the expectation looks at, together. */
const struct result_service *
recorder_window(const struct run *run, const struct scenario_expect *expect)
{
    struct result_service *all = NULL;
    for (uint32_t i = 0; i < run->scenario->traffic_count; i++) {
        const struct recorder_line *line = &run->recorder->lines[i];
        for (uint32_t w = 0; w < line->windows_count; w++) {
            const struct result_service *counts = &line->windows[w]->counts;
            if (line->windows[w]->expect != expect) {
                continue;
            }
            if (all == NULL) {
                all = ARENA_NEW(run->arena, struct result_service);
                *all = (struct result_service){ 0 };
            }
            all->requests += counts->requests;
            all->retries += counts->retries;
            for (uint32_t o = 0; o < REQUEST_OUTCOME_COUNT; o++) {
                all->outcomes[o] += counts->outcomes[o];
            }
            sketch_merge(&all->latency, &counts->latency);
        }
    }
    return all;
}

/* --- the start --- */

void
recorder_start_requests(struct run *run)
{
    const struct scenario *scenario = run->scenario;
    struct recorder       *recorder = run->recorder;
    uint32_t               rows_count = scenario->traffic_count;
    for (uint32_t i = 0; i < scenario->traffic_count; i++) {
        rows_count += scenario->traffic[i].classes_count;
    }
    vec_reserve(&run->results.services, rows_count); /* lines point into it */
    recorder->lines = ARENA_ARRAY(run->arena, struct recorder_line, scenario->traffic_count + 1);
    for (uint32_t i = 0; i < scenario->traffic_count; i++) {
        const struct scenario_traffic *traffic = &scenario->traffic[i];
        struct recorder_line          *line = &recorder->lines[i];
        line->name = intern_id(&run->results.names, traffic->to);
        line->service = requests_service(run, traffic->to, false);
        line->bounded = traffic->timeout_ns > 0 && traffic->retries.max == 0;
        line->measuring = traffic->measure_from_at_ns <= 0;
        line->classes = ARENA_ARRAY(run->arena, struct result_service *,
                                    traffic->classes_count + 1);
        for (uint32_t c = 0; c < traffic->classes_count; c++) {
            const char *name =
                arena_printf(run->arena, "%s %s", traffic->to, traffic->classes[c].name);
            line->classes[c + 1] = requests_service(run, name, true);
        }
        requests_windows(run, i);
    }
}

/* --- requests --- */

static void
requests_count(struct result_service *service, const struct request_end *end)
{
    service->requests++;
    service->retries += end->tries - 1;
    service->outcomes[end->outcome]++;
    if (end->outcome == REQUEST_OK) {
        sketch_add(&service->latency, end->latency_ns);
    }
}

static void
requests_look(const struct recorder_line *line, const struct request_end *end, int64_t made_at_ns)
{
    for (uint32_t i = 0; i < line->windows_count; i++) {
        struct recorder_window *window = line->windows[i];
        if (made_at_ns >= window->from_at_ns && made_at_ns < window->until_at_ns &&
            (window->number == 0 || window->number == end->number)) {
            requests_count(&window->counts, end);
        }
    }
}

void
run_request_end(struct run *run, const struct request_end *end)
{
    ASSERT(end->line < run->scenario->traffic_count);
    struct recorder_line *line = &run->recorder->lines[end->line];
    const int64_t         made_at_ns = end->made_at_ns - run->start_at_ns;
    line->outcomes[end->outcome]++;
    line->retries += end->tries - 1;
    line->ended++;
    line->ended_at_sum += (uint64_t)end->ended_at_ns;
    line->stay_sum += (uint64_t)(end->ended_at_ns - end->made_at_ns);
    if (end->outcome == REQUEST_OK) {
        sketch_add(&line->interval, end->latency_ns);
    }
    if (line->windows_count > 0) {
        requests_look(line, end, made_at_ns);
    }
    if (!line->measuring) {
        const struct scenario_traffic *traffic = &run->scenario->traffic[end->line];
        line->measuring = line->bounded && end->ended_at_ns - run->start_at_ns >=
                                               traffic->measure_from_at_ns + traffic->timeout_ns;
        if (made_at_ns < traffic->measure_from_at_ns) {
            return;
        }
    }
    requests_count(line->service, end);
    if (end->number > 0) {
        requests_count(line->classes[end->number], end);
    }
}

void
run_request(struct run *run, uint32_t line, enum request_outcome outcome, int64_t latency_ns)
{
    const int64_t now_ns = env_clock_now(run->env->clock);
    run_request_end(run, &(struct request_end){ .line = line,
                                                .tries = 1,
                                                .outcome = outcome,
                                                .made_at_ns = now_ns - latency_ns,
                                                .ended_at_ns = now_ns,
                                                .latency_ns = latency_ns });
}

/* --- many at once --- */

static void
requests_count_batch(struct result_service *service, const struct flow_batch *batch)
{
    service->requests += batch->requests;
    for (uint32_t i = 0; i < REQUEST_OUTCOME_COUNT; i++) {
        service->outcomes[i] += batch->outcomes[i];
    }
    sketch_merge(&service->latency, &batch->latency);
}

/* A step is counted where it began: it is cut where measuring begins. */
void
run_flow(struct run *run, const struct flow_batch *batch)
{
    ASSERT(batch->line < run->scenario->traffic_count);
    struct recorder_line *line = &run->recorder->lines[batch->line];
    const uint64_t        now = (uint64_t)env_clock_now(run->env->clock);
    const int64_t         from_at_ns = batch->from_at_ns - run->start_at_ns;
    for (uint32_t i = 0; i < REQUEST_OUTCOME_COUNT; i++) {
        line->outcomes[i] += batch->outcomes[i];
    }
    line->ended += batch->requests;
    line->ended_at_sum += batch->requests * now;
    line->stay_sum += batch->stay_ns;
    sketch_merge(&line->interval, &batch->latency);
    for (uint32_t i = 0; i < line->windows_count; i++) {
        struct recorder_window *window = line->windows[i];
        if (from_at_ns >= window->from_at_ns && from_at_ns < window->until_at_ns) {
            requests_count_batch(&window->counts, batch);
        }
    }
    if (from_at_ns >= run->scenario->traffic[batch->line].measure_from_at_ns) {
        requests_count_batch(line->service, batch);
    }
    if (batch->rough && !line->rough) {
        line->rough = true;
        recorder_warning(run, "flow mode counts requests as if their service had no sessions, "
                              "retries, ejection or queue in the proxy");
    }
}
