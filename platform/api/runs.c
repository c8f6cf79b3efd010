/*
 * platform/api/runs.c - the front door for single runs of apps that run their tasks once.
 *
 * The client numbers the runs of an app 1, 2, 3... A number that was taken is not taken again, so
 * that a request whose answer was lost does nothing the second time; one that comes before a lower
 * number is told to come again.
 */
#include <stdio.h>
#include <string.h>

#include "platform/api/change.h"

enum { RUNS_LINE_BYTES = 192, RUNS_COUNT_MAX = 1000 }; /* of a line: a transaction stays small */

struct runs_line {
    uint64_t    first;
    uint64_t    count;
    const char *app;
};

/* A decimal number and the blank behind it; NULL when there is none. */
static const char *
runs_number(const char *text, uint64_t *ret_number)
{
    uint64_t number = 0;
    const char *at = text;
    while (*at >= '0' && *at <= '9' && at - text < 18) {
        number = number * 10 + (uint64_t)(*at++ - '0');
    }
    *ret_number = number;
    return at > text && *at == ' ' ? at + 1 : NULL;
}

static bool
runs_read_line(const char *text, struct runs_line *ret_line)
{
    const char *at = runs_number(text, &ret_line->first);
    at = at != NULL ? runs_number(at, &ret_line->count) : NULL;
    ret_line->app = at;
    return at != NULL && at[0] == '/' && ret_line->first > 0 && ret_line->count > 0 &&
           ret_line->count <= RUNS_COUNT_MAX;
}

/* ST_OK: they are taken, or were before. */
static enum status
runs_of_app(struct cluster *cluster, const struct runs_line *line, char text[200])
{
    struct cluster_app *app = cluster_app_find(cluster, line->app);
    const uint64_t last = line->first + line->count - 1;
    if (app == NULL || app->version == NULL) {
        (void)snprintf(text, 200, "App '%.120s' does not exist", line->app);
        return ST_NOT_FOUND;
    }
    if (app->record.deleted) {
        (void)snprintf(text, 200, "the app is being deleted; ask again when it is gone");
        return ST_CONFLICT;
    }
    if (!app->version->spec->runs_once) {
        (void)snprintf(text, 200, "App '%.100s' does not run its tasks once: it has no label "
                                  "REHEARSAL_RUN_ONCE", line->app);
        return ST_INVALID;
    }
    if (line->first > app->record.runs + 1) {
        (void)snprintf(text, 200, "run %llu of %.100s comes first",
                       (unsigned long long)app->record.runs + 1, line->app);
        return ST_UNAVAILABLE;
    }
    if (last > app->record.runs) {
        (void)cluster_runs_add(app, (uint32_t)(last - app->record.runs));
    }
    if (last > app->record.runs) {
        (void)snprintf(text, 200, "no more tasks can be kept");
        return ST_NO_CAPACITY;
    }
    return ST_OK;
}

void
runs_take(struct cluster *cluster, env_address from, const struct msg_api_request *request)
{
    char text[200] = "";
    enum status status = request->tail_len > 0 ? ST_OK : ST_INVALID;
    const char *at = request->tail;
    const char *end = request->tail + request->tail_len;
    while (at < end && status == ST_OK) {
        char copy[RUNS_LINE_BYTES];
        struct runs_line line;
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const size_t len = (size_t)((newline != NULL ? newline : end) - at);
        status = len < sizeof copy ? ST_OK : ST_INVALID;
        if (status == ST_OK) {
            memcpy(copy, at, len);
            copy[len] = '\0';
            status = runs_read_line(copy, &line) ? runs_of_app(cluster, &line, text) : ST_INVALID;
        }
        at += len + 1;
    }
    if (status == ST_INVALID && text[0] == '\0') {
        (void)snprintf(text, sizeof text, "expected lines of a run's number, how many, and an app");
    }
    apps_answer(cluster, from, request, NULL, status, text);
    cluster->wake(cluster); /* an answer to what changed nothing goes too */
}
