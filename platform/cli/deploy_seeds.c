/*
 * platform/cli/deploy_seeds.c - all seeds of a rehearsal: one after the other, or some beside one
 * another, each in a process of its own. Either way their results are the same.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "platform/base/memory.h"
#include "platform/cli/deploy_seed.h"
#include "platform/cli/run_one.h"

struct seeds_job {
    pid_t pid;    /* 0: not begun, -1: ended */
    FILE *result; /* what it wrote; NULL: it was taken */
    bool  failed;
};

struct seeds {
    const struct scenario       *scenario;
    const struct vec            *changes;
    const struct deploy_options *options;
    uint64_t                     first;
    uint32_t                     count;
    struct vec                  *results;
    bool                         shows; /* how far it is, on a terminal */
};

static json_t *
seeds_one(const struct seeds *seeds, uint32_t index)
{
    const uint64_t seed = seeds->first + index;
    struct strbuf  command = { 0 };
    deploy_options_command(seeds->options, seed, &command);
    json_t *result =
        deploy_seed_play(seeds->scenario, seed, seeds->changes, strbuf_text(&command));
    strbuf_fini(&command);
    return result;
}

static void
seeds_show(const struct seeds *seeds)
{
    if (seeds->shows) {
        (void)fprintf(stderr, "\r%u of %u seeds%s", seeds->results->count, seeds->count,
                      seeds->results->count == seeds->count ? "\r\033[K" : "");
    }
}

static enum status
seeds_in_turn(struct seeds *seeds, struct error *err)
{
    for (uint32_t i = 0; i < seeds->count; i++) {
        json_t *result = seeds_one(seeds, i);
        if (result == NULL) {
            return error_set(err, ST_IO, "interrupted");
        }
        *(json_t **)vec_push(seeds->results) = result;
        seeds_show(seeds);
    }
    return ST_OK;
}

static bool
seeds_begin(const struct seeds *seeds, struct seeds_job *job, uint32_t index)
{
    job->result = tmpfile();
    if (job->result == NULL) {
        return false;
    }
    (void)fflush(NULL);
    job->pid = fork();
    if (job->pid == 0) {
        json_t    *result = seeds_one(seeds, index);
        const bool written = result != NULL &&
                             json_dumpf(result, job->result, JSON_COMPACT) == 0 &&
                             fflush(job->result) == 0;
        _exit(written ? 0 : 3);
    }
    return job->pid > 0;
}

static void
seeds_ended(struct seeds_job *jobs, uint32_t begun, pid_t pid, int status)
{
    for (uint32_t i = 0; i < begun; i++) {
        if (jobs[i].pid == pid) {
            jobs[i].pid = -1;
            jobs[i].failed = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
        }
    }
}

/* Takes what has ended, in order; false when one of them failed. */
static bool
seeds_take(struct seeds *seeds, struct seeds_job *jobs, uint32_t begun)
{
    for (uint32_t i = seeds->results->count; i < begun && jobs[i].pid == -1; i++) {
        rewind(jobs[i].result);
        json_t *result = jobs[i].failed ? NULL : json_loadf(jobs[i].result, 0, NULL);
        (void)fclose(jobs[i].result);
        jobs[i].result = NULL;
        if (result == NULL) {
            return false;
        }
        *(json_t **)vec_push(seeds->results) = result;
        seeds_show(seeds);
    }
    return true;
}

/* Ends and forgets those that still run. */
static void
seeds_drop(struct seeds_job *jobs, uint32_t begun)
{
    for (uint32_t i = 0; i < begun; i++) {
        if (jobs[i].pid > 0) {
            (void)kill(jobs[i].pid, SIGTERM);
            while (waitpid(jobs[i].pid, NULL, 0) < 0 && errno == EINTR) {
            }
        }
        if (jobs[i].result != NULL) {
            (void)fclose(jobs[i].result);
        }
    }
}

static enum status
seeds_beside(struct seeds *seeds, uint32_t at_once, struct error *err)
{
    struct seeds_job *jobs = memory_alloc_zero(seeds->count, sizeof *jobs);
    enum status       status = ST_OK;
    uint32_t          begun = 0;
    uint32_t          running = 0;
    while (status == ST_OK && seeds->results->count < seeds->count) {
        while (begun < seeds->count && running < at_once && !run_one_stop()) {
            if (!seeds_begin(seeds, &jobs[begun], begun)) {
                status = error_set(err, ST_IO, "cannot start a process: %s", strerror(errno));
                break;
            }
            begun++;
            running++;
        }
        int         ended = 0;
        const pid_t pid = status == ST_OK && !run_one_stop() ? waitpid(-1, &ended, 0) : -1;
        if (run_one_stop()) {
            status = error_set(err, ST_IO, "interrupted");
        } else if (pid > 0) {
            running--;
            seeds_ended(jobs, begun, pid, ended);
            if (!seeds_take(seeds, jobs, begun)) {
                status = error_set(err, ST_IO, "seed %llu could not be played to its end",
                                   (unsigned long long)(seeds->first + seeds->results->count));
            }
        } else if (status == ST_OK && errno != EINTR) {
            status = error_set(err, ST_IO, "a process was lost: %s", strerror(errno));
        }
    }
    seeds_drop(jobs, begun);
    memory_free(jobs);
    return status;
}

enum status
deploy_seeds_play(const struct scenario *scenario, uint64_t first, uint64_t last, uint32_t jobs,
                  const struct vec *changes, const struct deploy_options *options,
                  struct vec *seeds, struct error *err)
{
    struct seeds all = { .scenario = scenario,
                         .changes = changes,
                         .options = options,
                         .first = first,
                         .count = (uint32_t)(last - first + 1),
                         .results = seeds,
                         .shows = isatty(STDERR_FILENO) != 0 && !options->quiet };
    run_one_catch_signals();
    return jobs > 1 && all.count > 1 ? seeds_beside(&all, jobs, err) : seeds_in_turn(&all, err);
}
