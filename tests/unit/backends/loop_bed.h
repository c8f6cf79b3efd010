/*
 * tests/unit/backends/loop_bed.h - a real loop with one process on it, and a little HTTP server in
 * a process of its own.
 */
#ifndef TESTS_UNIT_BACKENDS_LOOP_BED_H
#define TESTS_UNIT_BACKENDS_LOOP_BED_H

#include <criterion/criterion.h>
#include <sys/types.h>

#include "platform/backends/loop/loop.h"

struct loop_bed {
    struct real_loop *loop;
    struct real_process *process;
};

void loop_bed_open(struct loop_bed *bed);
void loop_bed_close(struct loop_bed *bed);

/* Turns for so long, whatever happens. */
void loop_bed_run_for(struct loop_bed *bed, int64_t ns);

/* A server on loopback that answers by the first path segment: /code/N, /lines, /endless, /silent,
 * /hangup, /moved. It ends with the test, or with server_stop. */
struct server {
    pid_t pid;
    uint16_t port;
};

void server_start(struct server *server);
void server_stop(struct server *server);

#endif
