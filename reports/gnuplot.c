/* reports/gnuplot.c - starts gnuplot on a script file, waits for it, and cleans up. */
#include "reports/gnuplot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reports/output.h"

enum { GNUPLOT_PATH_BYTES = GNUPLOT_FOLDER_BYTES + 64, GNUPLOT_SAID_BYTES = 120 };

static void
gnuplot_path(const struct gnuplot *gnuplot, const char *name, char path[GNUPLOT_PATH_BYTES])
{
    (void)snprintf(path, GNUPLOT_PATH_BYTES, "%s/%s", gnuplot->folder, name);
}

enum status
gnuplot_begin(struct gnuplot *gnuplot, struct error *err)
{
    const char *base = getenv("TMPDIR");
    *gnuplot = (struct gnuplot){ 0 };
    const int len = snprintf(gnuplot->folder, sizeof gnuplot->folder, "%s/rehearse-charts.XXXXXX",
                             base != NULL && base[0] == '/' ? base : "/tmp");
    if (len < 0 || (size_t)len >= sizeof gnuplot->folder || mkdtemp(gnuplot->folder) == NULL) {
        gnuplot->folder[0] = '\0';
        return error_set(err, ST_IO, "no temporary folder for the charts: %s", strerror(errno));
    }
    return ST_OK;
}

enum status
gnuplot_data(struct gnuplot *gnuplot, const char *name, const struct strbuf *data,
             struct error *err)
{
    char path[GNUPLOT_PATH_BYTES];
    gnuplot_path(gnuplot, name, path);
    return output_write(path, data, err);
}

enum status
gnuplot_read(const struct gnuplot *gnuplot, const char *name, struct strbuf *ret,
             struct error *err)
{
    char path[GNUPLOT_PATH_BYTES];
    char block[8192];
    gnuplot_path(gnuplot, name, path);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return error_set(err, ST_IO, "gnuplot left no %s", name);
    }
    size_t got = fread(block, 1, sizeof block, file);
    while (got > 0 && ret->len < GNUPLOT_SVG_BYTES_MAX) {
        strbuf_add_bytes(ret, block, got);
        got = fread(block, 1, sizeof block, file);
    }
    const bool failed = ferror(file) != 0 || got > 0;
    (void)fclose(file);
    return failed ? error_set(err, ST_IO, "%s cannot be read back", name) : ST_OK;
}

/* gnuplot's own settings and the user's are left out: a chart looks the same everywhere. */
static int
gnuplot_spawn(const struct gnuplot *gnuplot, pid_t *ret_pid)
{
    char program[] = "gnuplot";
    char defaults[] = "--default-settings";
    char script[] = "charts.gp";
    char *arguments[] = { program, defaults, script, NULL };
    char path[4096];
    const char *path_now = getenv("PATH");
    (void)snprintf(path, sizeof path, "PATH=%s", path_now != NULL ? path_now : "/usr/bin:/bin");
    char locale[] = "LC_ALL=C";
    char *environment[] = { path, locale, NULL };
    posix_spawn_file_actions_t actions;
    int code = posix_spawn_file_actions_init(&actions);
    if (code != 0) {
        return code;
    }
    code = posix_spawn_file_actions_addchdir_np(&actions, gnuplot->folder);
    if (code == 0) {
        code = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    }
    if (code == 0) {
        code = posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    }
    if (code == 0) {
        code = posix_spawn_file_actions_addopen(&actions, 2, "said", O_WRONLY | O_CREAT, 0600);
    }
    if (code == 0) {
        code = posix_spawnp(ret_pid, program, &actions, NULL, arguments, environment);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return code;
}

/* The first line of what it complained about that says something. */
static void
gnuplot_said(const struct gnuplot *gnuplot, char said[GNUPLOT_SAID_BYTES])
{
    struct strbuf text = { 0 };
    said[0] = '\0';
    if (gnuplot_read(gnuplot, "said", &text, NULL) == ST_OK) {
        const char *line = strstr(strbuf_text(&text), "line ");
        line = line != NULL ? line : strbuf_text(&text);
        (void)snprintf(said, GNUPLOT_SAID_BYTES, "%.*s", (int)strcspn(line, "\n"), line);
    }
    strbuf_fini(&text);
}

enum status
gnuplot_run(struct gnuplot *gnuplot, struct error *err)
{
    enum status status = gnuplot_data(gnuplot, "charts.gp", &gnuplot->script, err);
    if (status != ST_OK) {
        return status;
    }
    pid_t pid = 0;
    const int code = gnuplot_spawn(gnuplot, &pid);
    if (code == ENOENT) {
        return error_set(err, ST_UNAVAILABLE, "the program gnuplot is not installed (package "
                                              "gnuplot-nox)");
    }
    if (code != 0) {
        return error_set(err, ST_UNAVAILABLE, "gnuplot cannot be started: %s", strerror(code));
    }
    int result = 0;
    while (waitpid(pid, &result, 0) < 0) {
        if (errno != EINTR) {
            return error_set(err, ST_UNAVAILABLE, "gnuplot is lost: %s", strerror(errno));
        }
    }
    if (!WIFEXITED(result) || WEXITSTATUS(result) != 0) {
        char said[GNUPLOT_SAID_BYTES];
        gnuplot_said(gnuplot, said);
        return error_set(err, ST_UNAVAILABLE, "gnuplot failed: %s", said);
    }
    return ST_OK;
}

void
gnuplot_end(struct gnuplot *gnuplot)
{
    strbuf_fini(&gnuplot->script);
    DIR *folder = gnuplot->folder[0] != '\0' ? opendir(gnuplot->folder) : NULL;
    if (folder == NULL) {
        return;
    }
    const struct dirent *entry = readdir(folder);
    while (entry != NULL) {
        if (entry->d_name[0] != '.') {
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
        }
        entry = readdir(folder);
    }
    (void)closedir(folder);
    (void)rmdir(gnuplot->folder);
    gnuplot->folder[0] = '\0';
}
