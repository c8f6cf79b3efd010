/* platform/backends/haproxy/haproxy_questions.c - what endpoints have open, and have done. */
#include "platform/backends/haproxy/haproxy_machine.h"

#include <inttypes.h>
#include <stdio.h>

void
haproxy_questions_init(struct haproxy_questions *questions)
{
    *questions = (struct haproxy_questions){ 0 };
    vec_init(&questions->opens, sizeof(struct env_proxy_open *));
    vec_init(&questions->opens_next, sizeof(struct env_proxy_open *));
    vec_init(&questions->stats, sizeof(struct env_proxy_stats *));
    vec_init(&questions->stats_next, sizeof(struct env_proxy_stats *));
    vec_init(&questions->rows, sizeof(struct haproxy_row));
    vec_init(&questions->rows_of_one, sizeof(struct haproxy_row));
    haproxy_totals_init(&questions->totals);
}

void
haproxy_questions_fini(struct haproxy_questions *questions)
{
    vec_fini(&questions->opens);
    vec_fini(&questions->opens_next);
    vec_fini(&questions->stats);
    vec_fini(&questions->stats_next);
    vec_fini(&questions->rows);
    vec_fini(&questions->rows_of_one);
    haproxy_totals_fini(&questions->totals);
}

/* Those being asked keep their places until the answers are in. */
void
haproxy_questions_drop(struct haproxy *haproxy)
{
    struct haproxy_questions *questions = &haproxy->questions;
    vec_clear(&questions->opens_next);
    vec_clear(&questions->stats_next);
    for (uint32_t i = 0; i < questions->opens.count; i++) {
        *(struct env_proxy_open **)vec_at(&questions->opens, i) = NULL;
    }
    for (uint32_t i = 0; i < questions->stats.count; i++) {
        *(struct env_proxy_stats **)vec_at(&questions->stats, i) = NULL;
    }
}

static void
questions_fail_list(struct haproxy *haproxy, struct vec *opens, struct vec *stats, const char *why)
{
    for (uint32_t i = 0; i < opens->count; i++) {
        struct env_proxy_open *open = *(struct env_proxy_open **)vec_at(opens, i);
        if (open != NULL) {
            haproxy_late_answer(haproxy, &open->op, ST_UNAVAILABLE, why);
        }
    }
    for (uint32_t i = 0; i < stats->count; i++) {
        struct env_proxy_stats *stat = *(struct env_proxy_stats **)vec_at(stats, i);
        if (stat != NULL) {
            haproxy_late_answer(haproxy, &stat->op, ST_UNAVAILABLE, why);
        }
    }
    vec_clear(opens);
    vec_clear(stats);
}

void
haproxy_questions_fail(struct haproxy *haproxy)
{
    struct haproxy_questions *questions = &haproxy->questions;
    questions_fail_list(haproxy, &questions->opens, &questions->stats, haproxy->why.text);
    questions_fail_list(haproxy, &questions->opens_next, &questions->stats_next,
                        haproxy->why.text);
    questions->asking = false;
    questions->last_done = NULL;
    /* all workers have gone with the master */
    haproxy_totals_begin(&questions->totals);
}

/* --- answers --- */

/* Of every endpoint in force, by id: services are walked, so equal ids come side by side once
 * inserted. */
static void
questions_stats_fill(const struct haproxy *haproxy, struct env_proxy_stats *stats)
{
    const struct haproxy_generation *generation = &haproxy->in_force;
    stats->ret_count = 0;
    for (uint32_t i = 0; i < generation->services.count; i++) {
        const struct haproxy_service *service = haproxy_generation_at(generation, i);
        for (uint32_t s = 0; s < service->servers_count; s++) {
            struct env_endpoint_stats row;
            if (!haproxy_totals_get(&haproxy->questions.totals, service->servers[s].id, &row)) {
                continue;
            }
            uint32_t at = stats->ret_count;
            while (at > 0 && stats->ret_stats[at - 1].endpoint_id > row.endpoint_id) {
                at--;
            }
            if (at > 0 && stats->ret_stats[at - 1].endpoint_id == row.endpoint_id) {
                continue; /* of two services: its row has both */
            }
            if (at == stats->stats_max) {
                continue;
            }
            if (stats->ret_count < stats->stats_max) {
                stats->ret_count++;
            }
            for (uint32_t k = stats->ret_count - 1; k > at; k--) {
                stats->ret_stats[k] = stats->ret_stats[k - 1];
            }
            stats->ret_stats[at] = row;
        }
    }
}

static void
questions_answer_opens(struct haproxy *haproxy)
{
    struct haproxy_questions *questions = &haproxy->questions;
    for (uint32_t i = 0; i < questions->opens.count; i++) {
        struct env_proxy_open *open = *(struct env_proxy_open **)vec_at(&questions->opens, i);
        if (open == NULL) {
            continue;
        }
        if (haproxy_rows_open(&questions->rows, open->endpoint_id, &open->ret_open)) {
            haproxy_late_answer(haproxy, &open->op, ST_OK, "");
        } else {
            haproxy_late_answer(haproxy, &open->op, ST_NOT_FOUND, "HAProxy has no such endpoint");
        }
    }
    vec_clear(&questions->opens);
}

static void
questions_answer_stats(struct haproxy *haproxy)
{
    struct haproxy_questions *questions = &haproxy->questions;
    for (uint32_t i = 0; i < questions->stats.count; i++) {
        struct env_proxy_stats *stats = *(struct env_proxy_stats **)vec_at(&questions->stats, i);
        if (stats != NULL) {
            questions_stats_fill(haproxy, stats);
            haproxy_late_answer(haproxy, &stats->op, ST_OK, "");
        }
    }
    vec_clear(&questions->stats);
}

static void
questions_answer(struct haproxy *haproxy)
{
    struct haproxy_questions *questions = &haproxy->questions;
    questions->asking = false;
    if (questions->failed) {
        questions_fail_list(haproxy, &questions->opens, &questions->stats,
                            "HAProxy does not answer");
    } else {
        haproxy_totals_end(&questions->totals);
        questions_answer_opens(haproxy);
        questions_answer_stats(haproxy);
    }
    void (*done)(struct haproxy *haproxy) = questions->last_done;
    questions->last_done = NULL;
    if (done != NULL) {
        done(haproxy);
    }
    haproxy_questions_ask(haproxy);
}

/* --- asking --- */

static void
questions_worker_done(void *context, enum status status, const char *answer)
{
    struct haproxy *haproxy = context;
    struct haproxy_questions *questions = &haproxy->questions;
    ASSERT(questions->answered_count < questions->pids_count);
    const int64_t pid = questions->pids[questions->answered_count];
    questions->answered_count++;
    if (status != ST_OK) {
        questions->failed = true;
    } else {
        /* of a worker that has just ended there is no row, and it has no request */
        haproxy_rows_parse_stat(answer, &questions->rows_of_one);
        haproxy_totals_take(&questions->totals, pid, &questions->rows_of_one);
        for (uint32_t i = 0; i < questions->rows_of_one.count; i++) {
            struct haproxy_row *row = vec_push(&questions->rows);
            *row = *(struct haproxy_row *)vec_at(&questions->rows_of_one, i);
        }
    }
    if (questions->answered_count == questions->pids_count) {
        questions_answer(haproxy);
    }
}

static void
questions_ask_worker(struct haproxy *haproxy, int64_t pid)
{
    char text[64];
    (void)snprintf(text, sizeof(text), "@!%" PRId64 " show stat -1 4 -1", pid);
    haproxy->questions.pids[haproxy->questions.pids_count++] = pid;
    haproxy_cli_send(haproxy->cli, text, questions_worker_done, haproxy);
}

static void
questions_workers_done(void *context, enum status status, const char *answer)
{
    struct haproxy *haproxy = context;
    struct haproxy_workers workers;
    haproxy_workers_parse(answer, &workers);
    if (status != ST_OK || !workers.known || workers.current_pid == 0) {
        haproxy->questions.failed = true;
        questions_answer(haproxy);
        return;
    }
    haproxy_totals_begin(&haproxy->questions.totals);
    /* the oldest first: the newest knows what is up */
    for (uint32_t i = 0; i < workers.old_count; i++) {
        questions_ask_worker(haproxy, workers.old_pids[i]);
    }
    questions_ask_worker(haproxy, workers.current_pid);
}

void
haproxy_questions_ask(struct haproxy *haproxy)
{
    struct haproxy_questions *questions = &haproxy->questions;
    const bool waits = questions->opens_next.count > 0 || questions->stats_next.count > 0 ||
                       questions->last_done != NULL;
    if (haproxy->busy == HAPROXY_STARTING || haproxy->closing || questions->asking || !waits) {
        return;
    }
    const struct vec opens = questions->opens;
    const struct vec stats = questions->stats;
    questions->opens = questions->opens_next;
    questions->opens_next = opens;
    questions->stats = questions->stats_next;
    questions->stats_next = stats;
    vec_clear(&questions->rows);
    questions->pids_count = 0;
    questions->answered_count = 0;
    questions->asking = true;
    questions->failed = false;
    haproxy_cli_send(haproxy->cli, "show proc", questions_workers_done, haproxy);
}

void
haproxy_questions_last(struct haproxy *haproxy, void (*done)(struct haproxy *haproxy))
{
    haproxy->questions.last_done = done;
    haproxy_questions_ask(haproxy);
}
