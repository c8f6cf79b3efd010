/*
 * tests/scenario/test_marathon_apps.c
 *
 * Goal:   the app definitions of Marathon's own system tests reach health on ten agents and stay so
 *         for an hour; the one that wants a role that no machine has stays pending and says why.
 * Method: all files of ../shared/data/marathon in one scenario. The test is registered only where
 *         the folder is; elsewhere a line says so.
 */
#include "tests/scenario/play.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#define FOLDER "../shared/data/marathon"

enum { FILES_MAX = 100, NAME_BYTES = 256 };

struct file_name {
    char name[NAME_BYTES];
};

static int
compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* large-sleep has the id of sleep-app. */
static bool
is_taken(const char *name)
{
    const size_t len = strlen(name);
    return len > 5 && strcmp(name + len - 5, ".json") == 0 && strcmp(name, "large-sleep.json") != 0;
}

static void
list_apps(DIR *directory, struct strbuf *text)
{
    static struct file_name files[FILES_MAX];
    uint32_t                count = 0;
    for (const struct dirent *entry = readdir(directory); entry != NULL && count < FILES_MAX;
         entry = readdir(directory)) {
        if (is_taken(entry->d_name)) {
            (void)snprintf(files[count++].name, NAME_BYTES, "%s", entry->d_name);
        }
    }
    cr_assert(count > 10, "only %u definitions in " FOLDER, count);
    qsort(files, count, sizeof *files, compare_names);
    for (uint32_t i = 0; i < count; i++) {
        strbuf_printf(text, "%s { \"file\": \"" FOLDER "/%s\" }", i == 0 ? "" : ",", files[i].name);
    }
}

static void
expect_app(const struct play *play, const struct result_app *app)
{
    const char *id = intern_text(&play->results->names, app->app);
    if (app->why_pending != NULL) {
        cr_expect(strstr(app->why_pending, "UnfulfilledRole") != NULL, "%s waits: %s", id,
                  app->why_pending);
        cr_expect(app->pending == app->wanted && app->healthy == 0, "%s", id);
        return;
    }
    cr_expect(app->healthy == app->wanted, "%s: %u of %u are healthy", id, app->healthy,
              app->wanted);
    cr_expect(app->healthy_min == app->wanted, "%s had only %u healthy at one time", id,
              app->healthy_min);
    cr_expect(app->failed == 0, "%s failed", id);
}

ParameterizedTestParameters(marathon_apps, are_healthy_for_an_hour_or_say_why_they_wait)
{
    static int once[1];
    DIR       *directory = opendir(FOLDER);
    if (directory == NULL) {
        (void)fprintf(stderr, "marathon_apps: no test is registered, " FOLDER " is not there\n");
        return cr_make_param_array(int, once, 0);
    }
    (void)closedir(directory);
    return cr_make_param_array(int, once, 1);
}

ParameterizedTest(const int *unused, marathon_apps,
                  are_healthy_for_an_hour_or_say_why_they_wait)
{
    (void)unused;
    DIR *directory = opendir(FOLDER);
    cr_assert(directory != NULL);
    struct strbuf text = { 0 };
    strbuf_add(&text, "{ \"name\": \"marathon\", \"duration\": \"1h5m\", \"cluster\": {"
                      " \"groups\": { \"private\": { \"type\": \"m5.large\", \"min\": 10,"
                      " \"boot\": \"20s\" } } },"
                      " \"apps\": [");
    list_apps(directory, &text);
    strbuf_add(&text, " ], \"expect\": [] }");
    (void)closedir(directory);
    struct play *play = play_open(&(struct play_options){ .text = strbuf_text(&text) });
    play_run(play);
    play_expect_passed(play);
    cr_assert(play->results != NULL);
    uint32_t waiting = 0;
    for (uint32_t i = 0; i < play->results->apps.count; i++) {
        const struct result_app *app = vec_at(&play->results->apps, i);
        expect_app(play, app);
        waiting += app->why_pending != NULL ? 1 : 0;
    }
    cr_expect(waiting == 1, "%u apps wait, only app-full should", waiting);
    play_close(play);
    strbuf_fini(&text);
}
