/* platform/cli/trace_load.c - reads whole trace files and prints their lines. */
#include "platform/cli/trace_load.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/env/net.h"

enum { PROCESS_TEXT_BYTES = 24 };
#define TRACE_FILE_BYTES_MAX MIB(4096) /* a limit of ours: it is read as a whole */

const char *
trace_load_in_folder(const char *path, const char *name, struct arena *arena)
{
    struct stat info;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        return arena_printf(arena, "%s/%s", path, name);
    }
    return path;
}

static enum status
trace_load_bytes(const char *path, struct arena *arena, char **ret_bytes, size_t *ret_len,
                 struct error *err)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        const enum status status = errno == ENOENT || errno == ENOTDIR ? ST_NOT_FOUND : ST_IO;
        return error_set(err, status, "%s: %s", path, strerror(errno));
    }
    enum status status = ST_OK;
    struct stat info;
    if (fstat(fileno(file), &info) != 0 || !S_ISREG(info.st_mode)) {
        status = error_set(err, ST_IO, "%s: not a regular file", path);
    } else if (info.st_size > TRACE_FILE_BYTES_MAX) {
        status = error_set(err, ST_NO_CAPACITY, "%s: larger than 4 GiB", path);
    } else {
        *ret_len = (size_t)info.st_size;
        *ret_bytes = arena_alloc(arena, *ret_len + 1);
        if (fread(*ret_bytes, 1, *ret_len, file) != *ret_len) {
            status = error_set(err, ST_IO, "%s: cannot be read to its end", path);
        }
    }
    fclose(file);
    return status;
}

enum status
trace_load(const char *path, struct arena *arena, struct trace_file *ret_file, struct error *err)
{
    char *bytes = NULL;
    size_t len = 0;
    struct error inner = { .text = "" };
    const char *file_path = trace_load_in_folder(path, "trace.lz4", arena);
    const enum status status = trace_load_bytes(file_path, arena, &bytes, &len, err);
    if (status != ST_OK) {
        return status;
    }
    if (trace_file_open(ret_file, bytes, len, arena, &inner) != ST_OK) {
        return error_set(err, ST_INVALID, "%s: %s", file_path, inner.text);
    }
    return ST_OK;
}

/* "agent-2"; what belongs to no process is the world's. */
static const char *
trace_print_process(uint32_t process, char *text)
{
    static const char *const kinds[ENV_PROCESS_KIND_COUNT] = {
        [ENV_PROCESS_NONE] = "world", [ENV_PROCESS_MASTER] = "master",
        [ENV_PROCESS_AGENT] = "agent", [ENV_PROCESS_EDGE] = "edge",
        [ENV_PROCESS_CLIENT] = "client",
    };
    const uint32_t kind = process >> 24;
    const char *name = kind < COUNT_OF(kinds) ? kinds[kind] : "process";
    if (process == 0) {
        snprintf(text, PROCESS_TEXT_BYTES, "%s", name);
    } else {
        snprintf(text, PROCESS_TEXT_BYTES, "%s-%u", name, env_address_index(process));
    }
    return text;
}

void
trace_print_entry(FILE *out, const char *prefix, int64_t start_at_ns,
                  const struct trace_entry *entry)
{
    char process[PROCESS_TEXT_BYTES];
    const int64_t ns = entry->at_ns - start_at_ns;
    const int64_t rest = ns % NS_PER_SEC;
    fprintf(out, "%s%s%5lld.%09lld  %-10s  %-20s  %llu %llu %llu%s%s\n", prefix, ns < 0 ? "-" : "",
            (long long)(ns < 0 ? -(ns / NS_PER_SEC) : ns / NS_PER_SEC),
            (long long)(rest < 0 ? -rest : rest), trace_print_process(entry->process, process),
            entry->what, (unsigned long long)entry->a, (unsigned long long)entry->b,
            (unsigned long long)entry->c, entry->text[0] != '\0' ? "  " : "", entry->text);
}
