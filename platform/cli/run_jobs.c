/* platform/cli/run_jobs.c - several runs beside one another, each in a process of its own. */
#include "platform/cli/run_jobs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int
run_worse(int a, int b)
{
    static const int rank[] = { 0, 1, 3, 2 }; /* by exit code: 3 means less than 2 */
    return rank[a & 3] > rank[b & 3] ? a : b;
}

static bool
run_job_begin(struct run_job *job)
{
    job->output = tmpfile();
    if (job->output == NULL) {
        return false;
    }
    (void)fflush(NULL);
    job->pid = fork();
    if (job->pid == 0) {
        (void)dup2(fileno(job->output), STDOUT_FILENO);
        (void)dup2(fileno(job->output), STDERR_FILENO);
        const int code = run_one(&job->one);
        (void)fflush(NULL);
        _exit(code);
    }
    return job->pid > 0;
}

void
run_job_print(struct run_job *job)
{
    FILE *console = run_options_console(job->one.options);
    char bytes[4096];
    size_t len = 0;
    rewind(job->output);
    while ((len = fread(bytes, 1, sizeof bytes, job->output)) > 0) {
        (void)fwrite(bytes, 1, len, console);
    }
}

static void
run_job_close(struct run_job *job)
{
    (void)fclose(job->output);
    job->output = NULL;
}

static void
run_job_ended(struct run_job *jobs, uint32_t count, pid_t pid, int status)
{
    for (uint32_t i = 0; i < count; i++) {
        if (jobs[i].pid == pid) {
            jobs[i].pid = -1;
            jobs[i].code = WIFEXITED(status) ? WEXITSTATUS(status) : 3;
        }
    }
}

/* An interrupt reaches those that run, also when it was sent to this process alone. */
static void
run_jobs_interrupt(const struct run_job *jobs, uint32_t begun)
{
    for (uint32_t i = 0; i < begun; i++) {
        if (jobs[i].pid > 0) {
            (void)kill(jobs[i].pid, SIGTERM);
        }
    }
}

int
run_jobs(struct run_job *jobs, uint32_t count, uint32_t at_once, run_jobs_ended_fn *ended,
         void *context)
{
    uint32_t begun = 0;
    uint32_t running = 0;
    uint32_t printed = 0;
    int code = 0;
    run_one_catch_signals();
    while (printed < (run_one_stop() ? begun : count)) {
        while (begun < count && running < at_once && !run_one_stop()) {
            if (!run_job_begin(&jobs[begun])) {
                (void)fprintf(stderr, "rehearse: cannot start a process: %s\n", strerror(errno));
                return 3;
            }
            begun++;
            running++;
        }
        int status = 0;
        if (run_one_stop()) {
            run_jobs_interrupt(jobs, begun);
        }
        const pid_t pid = waitpid(-1, &status, 0);
        if (pid < 0 && errno == EINTR) {
            continue;
        }
        if (pid < 0) {
            return 3;
        }
        run_job_ended(jobs, count, pid, status);
        running--;
        for (; printed < begun && jobs[printed].pid == -1; printed++) {
            ended(context, &jobs[printed]);
            run_job_close(&jobs[printed]);
            code = run_worse(code, jobs[printed].code);
        }
    }
    for (uint32_t i = begun; i < count; i++) {
        jobs[i].code = 3;
    }
    return begun < count ? run_worse(code, 3) : code;
}
