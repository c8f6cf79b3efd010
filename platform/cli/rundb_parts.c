/*
 * platform/cli/rundb_parts.c - what is most of run.db, its events and the samples of its apps, is
 * written while the run goes on, a part at a time.
 *
 * Threads: a part is written on libuv's worker thread, one at a time in the order of the run. While
 *          one is, the database is the worker's, and what it reads stands still.
 */
#include <string.h>

#include "platform/backends/loop/uv_words.h"
#include "platform/base/memory.h"
#include "platform/cli/rundb_row.h"
#include "platform/cli/rundb_write.h"

struct rundb_worker {
    uv_loop_t     loop; /* of nothing else: it turns until the part is written */
    uv_work_t     work;
    struct rundb *rundb;
};

static void
rundb_part_write(struct rundb *rundb)
{
    rundb_events(rundb);
    rundb_app_samples(rundb);
}

/* The texts of a part are looked up before the worker begins: the tables they are in may move. */
static void
rundb_part_words(struct rundb *rundb, const struct results *results)
{
    vec_clear(&rundb->words);
    for (uint32_t i = 0; i < rundb->events.count; i++) {
        const struct result_event *event = vec_at(&rundb->events, i);
        struct rundb_words        *words = vec_push(&rundb->words);
        if (event->node > 0 && event->node <= results->nodes.count) {
            words->node =
                ((const struct result_node *)vec_at(&results->nodes, event->node - 1))->name;
        }
        words->app = event->app != 0 ? intern_text(&results->names, event->app) : NULL;
        words->text = event->text != 0 ? intern_text(&results->names, event->text) : NULL;
    }
    vec_clear(&rundb->app_names);
    for (uint32_t i = 0; i < rundb->app_samples.count; i++) {
        const struct result_app_sample *sample = vec_at(&rundb->app_samples, i);
        *(const char **)vec_push(&rundb->app_names) = intern_text(&results->names, sample->app);
    }
}

void
rundb_parts_init(struct rundb *rundb)
{
    vec_init(&rundb->events, sizeof(struct result_event));
    vec_init(&rundb->words, sizeof(struct rundb_words));
    vec_init(&rundb->app_samples, sizeof(struct result_app_sample));
    vec_init(&rundb->app_names, sizeof(const char *));
}

void
rundb_parts_fini(struct rundb *rundb)
{
    if (rundb->worker != NULL) {
        const int code = uv_loop_close(&rundb->worker->loop);
        ASSERT(code == 0); /* its part has ended */
        memory_free(rundb->worker);
    }
    vec_fini(&rundb->app_names);
    vec_fini(&rundb->app_samples);
    vec_fini(&rundb->words);
    vec_fini(&rundb->events);
}

static void
rundb_work(uv_work_t *work)
{
    rundb_part_write(container_of(work, struct rundb_worker, work)->rundb);
}

static void
rundb_worked(uv_work_t *work, int status)
{
    (void)work;
    ASSERT(status == 0); /* nobody takes work back */
}

/* NULL: there is none to be had. */
static struct rundb_worker *
rundb_worker_open(struct rundb *rundb)
{
    struct rundb_worker *worker = memory_alloc_zero(1, sizeof *worker);
    worker->rundb = rundb;
    if (uv_loop_init(&worker->loop) != 0) {
        memory_free(worker);
        return NULL;
    }
    return worker;
}

void
rundb_parts_stop(struct rundb *rundb)
{
    if (rundb->worker != NULL) {
        (void)uv_run(&rundb->worker->loop, UV_RUN_DEFAULT); /* until its work is done */
    }
}

static void
rundb_swap(struct vec *a, struct vec *b)
{
    const struct vec c = *a;
    *a = *b;
    *b = c;
}

void
rundb_take(void *context, struct results *results)
{
    struct rundb *rundb = context;
    rundb_parts_stop(rundb);
    vec_clear(&rundb->events);
    vec_clear(&rundb->app_samples);
    rundb_swap(&rundb->events, &results->events);
    rundb_swap(&rundb->app_samples, &results->app_samples);
    rundb_part_words(rundb, results);
    if (rundb->worker == NULL) {
        rundb->worker = rundb_worker_open(rundb);
    }
    struct rundb_worker *worker = rundb->worker;
    if (worker == NULL ||
        uv_queue_work(&worker->loop, &worker->work, rundb_work, rundb_worked) != 0) {
        rundb_part_write(rundb);
    }
}

/* Copies some rows, to be written as a part. */
static void
rundb_part_copy(struct vec *part, const struct vec *rows, uint32_t from)
{
    const uint32_t left = rows->count - from;
    vec_clear(part);
    vec_reserve(part, RESULTS_EVENTS_PART);
    part->count = left < RESULTS_EVENTS_PART ? left : RESULTS_EVENTS_PART;
    if (part->count > 0) {
        memcpy(part->items, vec_at(rows, from), part->count * rows->item_bytes);
    }
}

void
rundb_parts(struct rundb *rundb)
{
    const struct results *results = rundb->results;
    uint32_t              events = 0;
    uint32_t              samples = 0;
    rundb_parts_stop(rundb);
    while (events < results->events.count || samples < results->app_samples.count) {
        rundb_part_copy(&rundb->events, &results->events, events);
        rundb_part_copy(&rundb->app_samples, &results->app_samples, samples);
        events += rundb->events.count;
        samples += rundb->app_samples.count;
        rundb_part_words(rundb, results);
        rundb_part_write(rundb);
    }
}
