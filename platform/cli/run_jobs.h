/*
 * platform/cli/run_jobs.h - several runs beside one another, each in a process of its own.
 */
#ifndef PLATFORM_CLI_RUN_JOBS_H
#define PLATFORM_CLI_RUN_JOBS_H

#include <sys/types.h>

#include "platform/cli/run_one.h"

/* One run of many. */
struct run_job {
    struct run_one one;
    int            code;   /* of run_one, once it has ended */
    pid_t          pid;    /* 0: not begun, -1: ended */
    FILE          *output; /* private: what it printed */
};

/* The worse of two exit codes: an environment that failed, a bad scenario, a failure, a pass. */
int run_worse(int a, int b);

/* Called for each job in their order, when it and all before it have ended. */
typedef void run_jobs_ended_fn(void *context, struct run_job *job);

/* Shows what the job printed, while ended() lasts. */
void run_job_print(struct run_job *job);

/*
 * Some at a time. After an interrupt no further one is begun, those that run are waited for, and
 * the others have the code 3. Answers the worst code of all.
 */
int run_jobs(struct run_job *jobs, uint32_t count, uint32_t at_once, run_jobs_ended_fn *ended,
             void *context);

#endif
