/* reports/output.c - writes a file under another name first, so that nobody sees half of it. */
#include "reports/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OUTPUT_NAME_MAX = 150 }; /* of a path, as far as a sentence shows it */

static bool
output_put(FILE *file, const struct strbuf *content)
{
    return fwrite(strbuf_text(content), 1, content->len, file) == content->len &&
           fflush(file) == 0;
}

/* A device, a pipe: something that a rename would take away, written to as it is. */
static bool
output_is_special(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

static enum status
output_write_special(const char *path, const struct strbuf *content, struct error *err)
{
    FILE *file = fopen(path, "wb");
    const bool whole = file != NULL && output_put(file, content);
    if ((file != NULL && fclose(file) != 0) || !whole) {
        return error_set(err, ST_IO, "cannot write %.*s: %s", OUTPUT_NAME_MAX, path,
                         strerror(errno));
    }
    return ST_OK;
}

enum status
output_write(const char *path, const struct strbuf *content, struct error *err)
{
    if (strcmp(path, "-") == 0) {
        return output_put(stdout, content)
                   ? ST_OK
                   : error_set(err, ST_IO, "cannot write to standard output: %s", strerror(errno));
    }
    if (output_is_special(path)) {
        return output_write_special(path, content, err);
    }
    struct strbuf name = { 0 };
    /* The process id keeps two programs that write the same report apart. */
    strbuf_printf(&name, "%s.%ld.new", path, (long)getpid());
    FILE *file = fopen(strbuf_text(&name), "wb");
    bool whole = file != NULL && output_put(file, content);
    int reason = errno;
    if (file != NULL && fclose(file) != 0 && whole) {
        whole = false;
        reason = errno;
    }
    if (whole && rename(strbuf_text(&name), path) != 0) {
        whole = false;
        reason = errno;
    }
    enum status status = ST_OK;
    if (!whole) {
        if (file != NULL) {
            (void)unlink(strbuf_text(&name));
        }
        status = error_set(err, ST_IO, "cannot write %.*s: %s", OUTPUT_NAME_MAX, path,
                           strerror(reason));
    }
    strbuf_fini(&name);
    return status;
}
