/* platform/backends/haproxy/haproxy_files.c - small files and /proc. */
#include "platform/backends/haproxy/haproxy_files.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "platform/base/memory.h"

enum { FILES_PATH_BYTES = 256 };

static bool
files_write_all(int file, const char *text, size_t len)
{
    size_t done = 0;
    while (done < len) {
        const ssize_t wrote = write(file, text + done, len - done);
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            return false;
        }
        done += (size_t)wrote;
    }
    return true;
}

enum status
haproxy_files_write(const char *path, const char *text, struct error *err)
{
    char beside[FILES_PATH_BYTES];
    const int len = snprintf(beside, sizeof(beside), "%s.new", path);
    ASSERT(len > 0 && (size_t)len < sizeof(beside));

    const int file = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        return error_set(err, ST_IO, "cannot write %s: %s", beside, strerror(errno));
    }
    const bool written = files_write_all(file, text, strlen(text));
    if (close(file) != 0 || !written || rename(beside, path) != 0) {
        const enum status status =
            error_set(err, ST_IO, "cannot write %s: %s", path, strerror(errno));
        (void)unlink(beside);
        return status;
    }
    return ST_OK;
}

bool
haproxy_files_read(const char *path, size_t limit, struct strbuf *out)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    char bytes[4096];
    strbuf_clear(out);
    for (;;) {
        const ssize_t len = read(file, bytes, sizeof(bytes));
        if (len < 0 && errno == EINTR) {
            continue;
        }
        if (len <= 0 || out->len + (size_t)len > limit) {
            break;
        }
        strbuf_add_bytes(out, bytes, (size_t)len);
    }
    (void)close(file);
    return true;
}

bool
haproxy_files_certificate(const char *path)
{
    struct strbuf text = { 0 };
    const bool good = haproxy_files_read(path, 1024 * 1024, &text) &&
                      strstr(strbuf_text(&text), "-----BEGIN CERTIFICATE-----") != NULL &&
                      strstr(strbuf_text(&text), "PRIVATE KEY-----") != NULL;
    strbuf_fini(&text);
    return good;
}

void
haproxy_files_alert(const char *output, struct error *ret)
{
    const char *best = NULL;
    size_t best_len = 0;
    bool best_alert = false;
    for (const char *at = output; *at != '\0';) {
        const size_t len = strcspn(at, "\n");
        const bool alert = strncmp(at, "[ALERT]", 7) == 0;
        if (len > 0 && (alert || !best_alert)) {
            best = at;
            best_len = len;
            best_alert = alert;
        }
        at += len + (at[len] == '\n' ? 1 : 0);
    }
    if (best == NULL) {
        (void)error_set(ret, ST_FAILED, "HAProxy said nothing");
        return;
    }
    /* "[ALERT]    (7732) : what it is" */
    const char *colon = memmem(best, best_len, ") : ", 4);
    if (colon != NULL) {
        best_len -= (size_t)(colon + 4 - best);
        best = colon + 4;
    }
    (void)error_set(ret, ST_FAILED, "HAProxy: %.*s", best_len < 200 ? (int)best_len : 200, best);
}

uint64_t
haproxy_files_started(int64_t pid)
{
    char path[FILES_PATH_BYTES];
    (void)snprintf(path, sizeof(path), "/proc/%" PRId64 "/stat", pid);
    struct strbuf text = { 0 };
    uint64_t started = 0;

    /* the name in parentheses may hold anything: fields are counted behind the last ')' */
    const bool read = haproxy_files_read(path, 4096, &text);
    const char *at = read ? strrchr(strbuf_text(&text), ')') : NULL;
    if (at != NULL && strncmp(at, ") Z", 3) != 0 && strncmp(at, ") X", 3) != 0) {
        uint32_t field = 2; /* of proc(5): starttime is the 22nd */
        for (at++; *at != '\0' && field < 22; at++) {
            field += *at == ' ' ? 1 : 0;
        }
        for (; *at >= '0' && *at <= '9'; at++) {
            started = started * 10 + (uint64_t)(*at - '0');
        }
    }
    strbuf_fini(&text);
    return started;
}

bool
haproxy_files_mentions(int64_t pid, const char *argument)
{
    char path[FILES_PATH_BYTES];
    (void)snprintf(path, sizeof(path), "/proc/%" PRId64 "/cmdline", pid);
    struct strbuf text = { 0 };
    /* arguments end in a NUL each; the buffer ends in one more */
    const bool found = haproxy_files_read(path, 64 * 1024, &text) && text.len > 0 &&
                       memmem(text.text, text.len + 1, argument, strlen(argument) + 1) != NULL;
    strbuf_fini(&text);
    return found;
}

bool
haproxy_files_port_taken(uint16_t port)
{
    const int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (file < 0) {
        return false; /* HAProxy will find out */
    }
    const int one = 1;
    (void)setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    const bool taken =
        bind(file, (const struct sockaddr *)&address, sizeof(address)) != 0 && errno == EADDRINUSE;
    (void)close(file);
    return taken;
}
