/* platform/backends/haproxy/haproxy_child.c - starting and ending HAProxy. */
#include "platform/backends/haproxy/haproxy_child.h"

#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "platform/backends/haproxy/haproxy_files.h"
#include "platform/backends/haproxy/haproxy_values.h"

enum { CHILD_WAIT_MS = 20, CHILD_TERM_WAITS = 100, CHILD_KILL_WAITS = 200 };

static const char setpriv_path[] = "/usr/bin/setpriv";

enum status
haproxy_paths_set(const char *dir, struct haproxy_paths *ret_paths, struct error *err)
{
    /* the master socket's address stands in a comma list */
    if (!haproxy_value_is_path(dir) || strchr(dir, ',') != NULL) {
        return error_set(err, ST_INVALID,
                         "HAProxy's folder must be an absolute path of plain characters: %.80s",
                         dir);
    }
    if (strlen(dir) > HAPROXY_DIR_LEN_MAX) {
        return error_set(err, ST_INVALID, "HAProxy's folder has a path of over %d bytes: %.80s...",
                         HAPROXY_DIR_LEN_MAX, dir);
    }
    const int dir_len = (int)strlen(dir);
    struct haproxy_paths *to = ret_paths;
    (void)snprintf(to->config, sizeof(to->config), "%.*s/haproxy.cfg", dir_len, dir);
    (void)snprintf(to->next, sizeof(to->next), "%.*s/next.cfg", dir_len, dir);
    (void)snprintf(to->certificates, sizeof(to->certificates), "%.*s/certificates", dir_len, dir);
    (void)snprintf(to->shares, sizeof(to->shares), "%.*s/shares", dir_len, dir);
    (void)snprintf(to->tally, sizeof(to->tally), "%.*s/tally.sock", dir_len, dir);
    (void)snprintf(to->master, sizeof(to->master), "%.*s/master.sock", dir_len, dir);
    (void)snprintf(to->stats, sizeof(to->stats), "%.*s/stats.sock", dir_len, dir);
    (void)snprintf(to->state, sizeof(to->state), "%.*s/haproxy.state", dir_len, dir);
    (void)snprintf(to->log, sizeof(to->log), "%.*s/haproxy.log", dir_len, dir);
    return ST_OK;
}

/* HAProxy makes a socket under another name, socket.PID.tmp, keeps the one before it as .bak, and
 * leaves both behind when it is killed in between (its uxst_bind_listener). A path here has no
 * characters that a pattern would read otherwise. */
static void
child_socket_unlink(const char *socket)
{
    char   pattern[HAPROXY_PATH_BYTES + 8];
    glob_t found;
    (void)unlink(socket);
    (void)snprintf(pattern, sizeof(pattern), "%s.[0-9]*", socket);
    if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            (void)unlink(found.gl_pathv[i]);
        }
        globfree(&found);
    }
}

void
haproxy_paths_unlink(const struct haproxy_paths *paths)
{
    (void)unlink(paths->config);
    (void)unlink(paths->next);
    (void)unlink(paths->certificates);
    (void)unlink(paths->shares);
    (void)unlink(paths->tally);
    child_socket_unlink(paths->master);
    child_socket_unlink(paths->stats);
    (void)unlink(paths->log);
    (void)unlink(paths->state); /* last: it is what a clean-up goes by */
}

void
haproxy_child_init(struct haproxy_child *child, uv_loop_t *loop, const struct haproxy_paths *paths,
                   haproxy_child_exited_fn *exited)
{
    *child = (struct haproxy_child){ .exited = exited, .paths = paths };
    (void)uv_timer_init(loop, &child->timer);
    child->handles_count = 1;
}

static void
child_handle_closed(struct haproxy_child *child)
{
    ASSERT(child->handles_count > 0);
    child->handles_count--;
    if (child->handles_count == 0) {
        child->closed(child);
    }
}

static void
child_timer_closed(uv_handle_t *handle)
{
    child_handle_closed(container_of(handle, struct haproxy_child, timer));
}

static void
child_process_closed(uv_handle_t *handle)
{
    struct haproxy_child *child = container_of(handle, struct haproxy_child, process);
    const bool stopping = child->stopping;
    if (!stopping) {
        child->pid = 0; /* may be somebody else's from now on */
    }
    child_handle_closed(child);
    if (!stopping) {
        child->exited(child);
    }
}

/* The child leads a process group: workers that outlive their master are still in it, and as long
 * as one is there the number cannot be given to anybody else. */
static void
child_gone_poll(uv_timer_t *timer)
{
    struct haproxy_child *child = container_of(timer, struct haproxy_child, timer);
    const bool some_left = child->pid > 0 && kill((pid_t)-child->pid, 0) == 0;
    child->waits++;
    if (some_left && child->waits < CHILD_KILL_WAITS) {
        if (child->waits >= CHILD_TERM_WAITS || !child->running) {
            (void)kill((pid_t)-child->pid, SIGKILL);
        }
        return;
    }
    if (child->running && child->waits < CHILD_KILL_WAITS) {
        return; /* a zombie: libuv is about to reap it */
    }
    (void)uv_timer_stop(&child->timer);
    uv_close((uv_handle_t *)&child->timer, child_timer_closed);
    if (child->running) { /* not even SIGKILL ended it: the kernel holds it */
        child->running = false;
        uv_close((uv_handle_t *)&child->process, child_process_closed);
    }
}

static void
child_exited(uv_process_t *process, int64_t exit_code, int signal)
{
    (void)exit_code;
    (void)signal;
    struct haproxy_child *child = container_of(process, struct haproxy_child, process);
    child->running = false;
    if (!child->stopping && kill((pid_t)-child->pid, 0) == 0) {
        (void)kill((pid_t)-child->pid, SIGKILL); /* its workers must not hold the ports */
    }
    uv_close((uv_handle_t *)process, child_process_closed);
}

static enum status
child_state_write(const struct haproxy_child *child, struct error *err)
{
    char text[64];
    (void)snprintf(text, sizeof(text), "%" PRId64 " %" PRIu64 "\n", child->pid,
                   haproxy_files_started(child->pid));
    return haproxy_files_write(child->paths->state, text, err);
}

void
haproxy_child_kill(struct haproxy_child *child)
{
    if (child->running) {
        (void)uv_process_kill(&child->process, SIGKILL);
    }
}

void
haproxy_child_start(struct haproxy_child *child, const char *binary, struct error *err)
{
    ASSERT(!child->running);
    char bind[HAPROXY_PATH_BYTES + 16];
    (void)snprintf(bind, sizeof(bind), "%s,mode,600", child->paths->master);
    const char *args[] = { setpriv_path, "--pdeathsig", "TERM", binary,
                           "-W",         "-db",         "-S",   bind,
                           "-f",         child->paths->config,  NULL };
    const bool guarded = access(setpriv_path, X_OK) == 0;
    const char **first = guarded ? args : args + 3;

    const int log = open(child->paths->log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC,
                         0600);
    if (log < 0) {
        (void)error_set(err, ST_IO, "cannot write %s", child->paths->log);
    }
    uv_stdio_container_t stdio[3] = {
        { .flags = UV_IGNORE },
        { .flags = log >= 0 ? UV_INHERIT_FD : UV_IGNORE, .data.fd = log },
        { .flags = log >= 0 ? UV_INHERIT_FD : UV_IGNORE, .data.fd = log },
    };
    const uv_process_options_t options = {
        .exit_cb = child_exited,
        .file = first[0],
        .args = (char **)(uintptr_t)first, /* uv_spawn does not write there */
        .flags = UV_PROCESS_DETACHED,
        .stdio = stdio,
        .stdio_count = 3,
    };
    const int result = uv_spawn(child->timer.loop, &child->process, &options);
    child->handles_count++;
    if (log >= 0) {
        (void)close(log);
    }
    if (result < 0) {
        (void)error_set(err, ST_UNAVAILABLE, "cannot start %s: %s", binary, uv_strerror(result));
        uv_close((uv_handle_t *)&child->process, child_process_closed);
        return;
    }
    child->running = true;
    child->pid = child->process.pid;
    if (child_state_write(child, err) != ST_OK) {
        haproxy_child_kill(child); /* without it a killed run could not be cleaned up after */
    }
}

void
haproxy_child_close(struct haproxy_child *child, haproxy_child_closed_fn *closed)
{
    child->closed = closed;
    child->stopping = true;
    child->waits = 0;
    if (child->running) {
        (void)uv_process_kill(&child->process, SIGTERM);
    }
    (void)uv_timer_start(&child->timer, child_gone_poll, 0, CHILD_WAIT_MS);
}

bool
haproxy_child_left(const struct haproxy_paths *paths)
{
    return access(paths->state, F_OK) == 0;
}

void
haproxy_child_nap(void)
{
    const struct timespec nap = { .tv_nsec = CHILD_WAIT_MS * 1000000 };
    (void)nanosleep(&nap, NULL);
}

static bool
child_wait_gone(int64_t pid, uint64_t started, uint32_t waits)
{
    for (uint32_t i = 0; i < waits; i++) {
        if (haproxy_files_started(pid) != started) {
            return true;
        }
        haproxy_child_nap();
    }
    return haproxy_files_started(pid) != started;
}

enum status
haproxy_child_clean(const struct haproxy_paths *paths, struct error *err)
{
    struct strbuf text = { 0 };
    int64_t pid = 0;
    uint64_t started = 0;
    const bool known = haproxy_files_read(paths->state, 64, &text) &&
                       sscanf(strbuf_text(&text), "%9" SCNd64 " %19" SCNu64, &pid, &started) == 2;
    strbuf_fini(&text);

    /* the number may belong to somebody else by now */
    const bool ours = known && pid > 1 && started > 0 && haproxy_files_started(pid) == started &&
                      haproxy_files_mentions(pid, paths->config);
    if (ours) {
        (void)kill((pid_t)pid, SIGTERM);
        if (!child_wait_gone(pid, started, CHILD_TERM_WAITS)) {
            (void)kill((pid_t)-pid, SIGKILL);
            if (!child_wait_gone(pid, started, CHILD_TERM_WAITS)) {
                return error_set(err, ST_FAILED, "HAProxy %lld of an earlier run does not end",
                                 (long long)pid);
            }
        }
    }
    haproxy_paths_unlink(paths);
    return ST_OK;
}
