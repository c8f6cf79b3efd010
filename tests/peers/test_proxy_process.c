/*
 * tests/peers/test_proxy_process.c
 *
 * Goal:   an HAProxy that dies is replaced, and none is left behind, not even by a killed run.
 * Method: HAProxy is killed, or the program that started it; processes are looked for in /proc.
 */
#include "tests/peers/proxy_bed_haproxy.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/backends/haproxy/haproxy_child.h"
#include "platform/backends/haproxy/haproxy_files.h"

static bool
is_ended(void *context)
{
    return haproxy_files_started(*(const int64_t *)context) == 0;
}

struct restart {
    struct haproxy_bed *half;
    int64_t             pid_before;
};

static bool
is_up_again(void *context)
{
    const struct restart *restart = context;
    const int64_t pid = haproxy_pid(restart->half->haproxy);
    return pid != 0 && pid != restart->pid_before;
}

HAPROXY_TEST(a_killed_haproxy_comes_back_with_what_was_in_force)
{
    (void)bed_service(bed, "web", "web.example.com", "", 0, 2);
    cr_assert(bed_apply(bed) == ST_OK);
    struct restart restart = { .half = half, .pid_before = haproxy_pid(half->haproxy) };
    cr_assert(kill((pid_t)restart.pid_before, SIGKILL) == 0);
    bed_wait(bed, is_up_again, &restart);
    while (bed_apply(bed) == ST_UNAVAILABLE) { /* bounded by the test's time */
    }
    cr_expect(bed->apply.op.status == ST_OK, "%s", bed->message.text);
    cr_expect(bed_get(bed, "web.example.com", "/") == BED_OK);
}

HAPROXY_TEST(closing_ends_the_master_and_all_workers)
{
    (void)bed_service(bed, "web", "web.example.com", "", 0, 1);
    cr_assert(bed_apply(bed) == ST_OK);
    bed->holds[0] = true;
    bed_send(bed, "web.example.com", "/"); /* keeps the old worker alive */
    bed_wait_held(bed, 0, 1);
    (void)bed_service(bed, "new", "new.example.com", "", 1, 1);
    cr_assert(bed_apply(bed) == ST_OK);

    const pid_t group = (pid_t)haproxy_pid(half->haproxy);
    cr_assert(kill(-group, 0) == 0);
    haproxy_bed_end(half);
    cr_expect(kill(-group, 0) != 0 && errno == ESRCH, "a worker is left");
    bed_release(bed, 0);
}

/* A program that opens HAProxy in dir and is killed before it can close it. */
static int64_t
killed_run(const char *dir, uint16_t port)
{
    int ends[2];
    int64_t pid = 0;
    cr_assert(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) {
        uv_loop_t loop;
        struct haproxy *haproxy = NULL;
        struct error err;
        const struct haproxy_options options = { .dir = dir, .http_port = port };
        (void)uv_loop_init(&loop);
        if (haproxy_open(&loop, &options, &haproxy, &err) != ST_OK) {
            _exit(1);
        }
        while (access(dir, F_OK) == 0 && !haproxy_files_port_taken(port)) {
            (void)uv_run(&loop, UV_RUN_NOWAIT);
        }
        pid = haproxy_pid(haproxy);
        (void)!write(ends[1], &pid, sizeof pid);
        (void)raise(SIGKILL);
    }
    (void)close(ends[1]);
    cr_assert(read(ends[0], &pid, sizeof pid) == sizeof pid);
    (void)close(ends[0]);
    cr_assert(waitpid(child, NULL, 0) == child);
    return pid;
}

static void
count_closed(void *context)
{
    (*(uint32_t *)context)++;
}

/* What an HAProxy leaves that is killed while it makes its sockets. */
static void
leave_sockets(const char *dir)
{
    static const char *const names[] = { "stats.sock.4194303.tmp", "master.sock.77.bak" };
    char path[HAPROXY_PATH_BYTES];
    for (uint32_t i = 0; i < COUNT_OF(names); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        const int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        cr_assert(file >= 0);
        (void)close(file);
    }
}

/* No loop before the fork: the child would wake it. */
Test(haproxy, a_killed_run_takes_haproxy_with_it_and_the_next_one_starts, .timeout = 60)
{
    char dir[] = "/tmp/rehearsal-proxy-XXXXXX";
    cr_assert(mkdtemp(dir) != NULL);
    const uint16_t port = haproxy_bed_free_port();
    int64_t pid = killed_run(dir, port);
    cr_assert(pid > 0);
    while (!is_ended(&pid)) { /* told by the kernel; bounded by the test's time */
        haproxy_child_nap();
    }
    leave_sockets(dir);

    uv_loop_t loop;
    struct haproxy *haproxy = NULL;
    struct error err = { "" };
    uint32_t closed_count = 0;
    const struct haproxy_options options = { .dir = dir, .http_port = port };
    (void)uv_loop_init(&loop);
    cr_assert(haproxy_open(&loop, &options, &haproxy, &err) == ST_OK, "%s", err.text);
    while (!haproxy_files_port_taken(port)) {
        (void)uv_run(&loop, UV_RUN_ONCE);
    }
    haproxy_close(haproxy, count_closed, &closed_count);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect(closed_count == 1);
    cr_expect(uv_loop_close(&loop) == 0);
    cr_expect(rmdir(dir) == 0);
}

/* Stands for an HAProxy that was not told of its parent's death. */
static pid_t
start_orphan(const char *argument)
{
    char *args[] = { (char *)(uintptr_t) "sleep", (char *)(uintptr_t) "1000", NULL };
    char *shell[] = { (char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c",
                      (char *)(uintptr_t) "while :; do sleep 1; done", (char *)(uintptr_t)argument,
                      NULL };
    pid_t pid = 0;
    posix_spawnattr_t attributes;
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    cr_assert(posix_spawnp(&pid, argument != NULL ? "sh" : "sleep", NULL, &attributes,
                           argument != NULL ? shell : args, environ) == 0);
    (void)posix_spawnattr_destroy(&attributes);
    return pid;
}

static void
write_state(const struct haproxy_paths *paths, pid_t pid, uint64_t started)
{
    char text[64];
    struct error err;
    (void)snprintf(text, sizeof text, "%d %" PRIu64 "\n", (int)pid, started);
    cr_assert(haproxy_files_write(paths->state, text, &err) == ST_OK);
}

Test(haproxy, cleaning_ends_only_the_very_process_of_the_state_file, .timeout = 30)
{
    char dir[] = "/tmp/rehearsal-proxy-XXXXXX";
    struct haproxy_paths paths;
    struct error err;
    cr_assert(mkdtemp(dir) != NULL);
    cr_assert(haproxy_paths_set(dir, &paths, &err) == ST_OK);
    const pid_t ours = start_orphan(paths.config);
    const uint64_t started = haproxy_files_started(ours);
    cr_assert(started > 0);

    write_state(&paths, ours, started + 1); /* the number was given to somebody else */
    cr_assert(haproxy_clean(dir, &err) == ST_OK);
    cr_expect(haproxy_files_started(ours) == started);

    const pid_t other = start_orphan(NULL); /* nothing of ours among its arguments */
    write_state(&paths, other, haproxy_files_started(other));
    cr_assert(haproxy_clean(dir, &err) == ST_OK);
    cr_expect(haproxy_files_started(other) > 0);

    write_state(&paths, ours, started);
    cr_assert(haproxy_clean(dir, &err) == ST_OK);
    cr_expect(haproxy_files_started(ours) == 0);
    cr_expect(access(paths.state, F_OK) != 0);

    (void)kill(other, SIGKILL);
    (void)kill(-ours, SIGKILL);
    (void)waitpid(other, NULL, 0);
    (void)waitpid(ours, NULL, 0);
    cr_expect(rmdir(dir) == 0);
}

Test(haproxy, says_in_one_line_what_is_missing)
{
    struct error err = { "" };
    uv_loop_t loop;
    struct haproxy *haproxy = NULL;
    cr_expect(haproxy_backend_check(NULL, &err) == ST_OK, "%s", err.text);
    cr_expect(haproxy_backend_check("/nowhere/haproxy", &err) == ST_NOT_FOUND);
    cr_expect(strchr(err.text, '\n') == NULL);
    cr_expect(haproxy_backend_check("/bin/true", &err) == ST_UNSUPPORTED);

    (void)uv_loop_init(&loop);
    const struct haproxy_options relative = { .dir = "some/where", .http_port = 1 };
    cr_expect(haproxy_open(&loop, &relative, &haproxy, &err) == ST_INVALID);
    const struct haproxy_options comma = { .dir = "/tmp/a,b", .http_port = 1 };
    cr_expect(haproxy_open(&loop, &comma, &haproxy, &err) == ST_INVALID);
    cr_expect(uv_loop_close(&loop) == 0);
}
