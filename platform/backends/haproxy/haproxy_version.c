/* platform/backends/haproxy/haproxy_version.c - finding HAProxy and asking for its version. */
#include "platform/backends/haproxy/haproxy_version.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/backends/haproxy/haproxy.h"

enum { VERSION_OUTPUT_BYTES = 1024 };

static bool
version_executable(const char *dir, size_t dir_len, char *ret_path)
{
    const int len =
        snprintf(ret_path, HAPROXY_BINARY_BYTES, "%.*s/haproxy", (int)dir_len, dir);
    return dir_len > 0 && len > 0 && len < HAPROXY_BINARY_BYTES && access(ret_path, X_OK) == 0;
}

enum status
haproxy_version_find(const char *wanted, char *ret_path, struct error *err)
{
    if (wanted != NULL) {
        const int len = snprintf(ret_path, HAPROXY_BINARY_BYTES, "%s", wanted);
        if (len < HAPROXY_BINARY_BYTES && access(wanted, X_OK) == 0) {
            return ST_OK;
        }
        return error_set(err, ST_NOT_FOUND, "%.200s is not a program", wanted);
    }
    const char *at = getenv("PATH");
    while (at != NULL && *at != '\0') {
        const size_t len = strcspn(at, ":");
        if (len < HAPROXY_BINARY_BYTES && version_executable(at, len, ret_path)) {
            return ST_OK;
        }
        at += len + (at[len] == ':' ? 1 : 0);
    }
    /* not on the PATH of a plain user of Debian */
    static const char sbin[] = "/usr/sbin";
    if (version_executable(sbin, sizeof(sbin) - 1, ret_path)) {
        return ST_OK;
    }
    return error_set(err, ST_NOT_FOUND,
                     "HAProxy is not installed: install the package haproxy (2.6 or newer)");
}

bool
haproxy_version_parse(const char *output, uint32_t *ret_major, uint32_t *ret_minor)
{
    const char *at = strstr(output, "version ");
    uint32_t major = 0;
    uint32_t minor = 0;
    if (at == NULL || sscanf(at, "version %4u.%4u", &major, &minor) != 2) {
        return false;
    }
    *ret_major = major;
    *ret_minor = minor;
    return true;
}

/* Runs `haproxy -v` and reads what it prints. */
static bool
version_ask(const char *binary, char *ret_output)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return false;
    }
    posix_spawn_file_actions_t actions;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    char path[HAPROXY_BINARY_BYTES];
    (void)snprintf(path, sizeof(path), "%s", binary);
    char *args[] = { path, (char[]){ "-v" }, NULL };
    pid_t pid = 0;
    const int failed = posix_spawn(&pid, binary, &actions, NULL, args, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(ends[1]);

    size_t len = 0;
    while (failed == 0 && len + 1 < VERSION_OUTPUT_BYTES) {
        const ssize_t got = read(ends[0], ret_output + len, VERSION_OUTPUT_BYTES - 1 - len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        len += (size_t)got;
    }
    ret_output[len] = '\0';
    (void)close(ends[0]);
    while (failed == 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
    return failed == 0;
}

enum status
haproxy_backend_check(const char *binary, struct error *err)
{
    char path[HAPROXY_BINARY_BYTES];
    const enum status status = haproxy_version_find(binary, path, err);
    if (status != ST_OK) {
        return status;
    }
    char output[VERSION_OUTPUT_BYTES];
    uint32_t major = 0;
    uint32_t minor = 0;
    if (!version_ask(path, output) || !haproxy_version_parse(output, &major, &minor)) {
        return error_set(err, ST_UNSUPPORTED, "%.200s does not say which HAProxy it is", path);
    }
    if (major < 2 || (major == 2 && minor < 6)) {
        return error_set(err, ST_UNSUPPORTED, "HAProxy %u.%u is too old: 2.6 or newer is needed",
                         (unsigned)major, (unsigned)minor);
    }
    return ST_OK;
}
