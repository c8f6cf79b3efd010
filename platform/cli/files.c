/* platform/cli/files.c - files of the command line. */
#include "platform/cli/files.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static enum status
files_read_open(FILE *file, const char *path, struct arena *arena, char **ret_text,
                size_t *ret_len, struct error *err)
{
    struct stat info;
    if (fstat(fileno(file), &info) != 0) {
        return error_set(err, ST_IO, "%s: %s", path, strerror(errno));
    }
    if (!S_ISREG(info.st_mode)) {
        return error_set(err, ST_INVALID, "%s: is not a file", path);
    }
    if (info.st_size > FILES_READ_MAX) {
        return error_set(err, ST_NO_CAPACITY, "%s: is larger than 64 MiB", path);
    }
    const size_t len = (size_t)info.st_size;
    char *text = arena_alloc(arena, len + 1);
    if (fread(text, 1, len, file) != len) {
        return error_set(err, ST_IO, "%s: cannot be read", path);
    }
    text[len] = '\0';
    *ret_text = text;
    *ret_len = len;
    return ST_OK;
}

static enum status
files_read(struct sim_io *io, const char *path, struct arena *arena, char **ret_text,
           size_t *ret_len, struct error *err)
{
    (void)io;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return error_set(err, errno == ENOENT ? ST_NOT_FOUND : ST_IO, "%s: %s", path,
                         errno == ENOENT ? "no such file" : strerror(errno));
    }
    const enum status status = files_read_open(file, path, arena, ret_text, ret_len, err);
    (void)fclose(file);
    return status;
}

static void
files_trace(struct sim_io *io, const void *bytes, size_t len)
{
    struct files_io *files = container_of(io, struct files_io, io);
    if (files->trace != NULL && fwrite(bytes, 1, len, files->trace) != len) {
        files->failed = true;
    }
}

void
files_io_init(struct files_io *files)
{
    *files = (struct files_io){ .io = { .read = files_read, .trace = files_trace } };
}

static enum status
files_overlay_read(struct sim_io *io, const char *path, struct arena *arena, char **ret_text,
                   size_t *ret_len, struct error *err)
{
    struct files_overlay *overlay = container_of(io, struct files_overlay, io);
    if (strcmp(path, overlay->path) != 0) {
        return files_read(io, path, arena, ret_text, ret_len, err);
    }
    *ret_text = arena_strdup(arena, overlay->text);
    *ret_len = strlen(overlay->text);
    return ST_OK;
}

void
files_overlay_init(struct files_overlay *overlay, const char *path, const char *text)
{
    *overlay = (struct files_overlay){ .io.read = files_overlay_read, .path = path, .text = text };
}

enum status
files_make_folders(const char *path, struct error *err)
{
    char part[4096];
    const size_t len = strlen(path);
    if (len >= sizeof part) {
        return error_set(err, ST_INVALID, "%.60s...: the path is too long", path);
    }
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != '\0') {
            continue;
        }
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST) {
            return error_set(err, ST_IO, "cannot make the folder %s: %s", part, strerror(errno));
        }
    }
    return ST_OK;
}

enum status
files_rename(const char *from, const char *to, struct error *err)
{
    if (rename(from, to) != 0) {
        return error_set(err, ST_IO, "cannot write %s: %s", to, strerror(errno));
    }
    return ST_OK;
}
