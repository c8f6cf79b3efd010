/*
 * tests/scenario/test_every_scenario.c
 *
 * Goal:   every scenario of the repository holds with its own seed, and plays the same story
 *         however it is played: again, beside another one, with messages encoded, in other memory.
 * Method: each file under scenarios/ is played in this process and the hashes of the traces are
 *         compared.
 */
#include "tests/scenario/play.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

enum { FILES_MAX = 200, PATH_BYTES = 600 };

struct file_name {
    char path[PATH_BYTES];
};

static int
compare_names(const void *a, const void *b)
{
    return strcmp(((const struct file_name *)a)->path, ((const struct file_name *)b)->path);
}

static size_t
files_of(const char *folder, struct file_name *files, size_t count)
{
    DIR *directory = opendir(folder);
    cr_assert(directory != NULL, "%s: tests are run from the top of the repository", folder);
    for (const struct dirent *entry = readdir(directory); entry != NULL && count < FILES_MAX;
         entry = readdir(directory)) {
        const size_t len = strlen(entry->d_name);
        if (len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0) {
            (void)snprintf(files[count++].path, PATH_BYTES, "%.200s/%.300s",
                           folder, entry->d_name);
        }
    }
    (void)closedir(directory);
    return count;
}

static void
free_files(struct criterion_test_params *params)
{
    cr_free(params->params);
}

/* Those that are whole stories: not what others extend, nor app definitions. */
static struct criterion_test_params
all_files(void)
{
    static const char *const aside[] = { ".", "..", "base", "apps", "snapshots" };
    struct file_name        *files = cr_calloc(FILES_MAX, sizeof *files);
    size_t                   count = 0;
    DIR                     *directory = opendir("scenarios");
    for (const struct dirent *entry = directory != NULL ? readdir(directory) : NULL; entry != NULL;
         entry = readdir(directory)) {
        char        path[PATH_BYTES];
        struct stat facts;
        bool        skip = false;
        for (size_t i = 0; i < COUNT_OF(aside); i++) {
            skip = skip || strcmp(entry->d_name, aside[i]) == 0;
        }
        (void)snprintf(path, sizeof path, "scenarios/%.200s", entry->d_name);
        if (!skip && stat(path, &facts) == 0 && S_ISDIR(facts.st_mode)) {
            count = files_of(path, files, count);
        }
    }
    if (directory != NULL) {
        (void)closedir(directory);
    }
    qsort(files, count, sizeof *files, compare_names);
    return cr_make_param_array(struct file_name, files, count, free_files);
}

ParameterizedTestParameters(scenario, holds_and_is_the_same_however_it_is_played)
{
    return all_files();
}

/* Two worlds take turns, a thousandth of a second each. */
static uint64_t
hash_beside_another(const char *file)
{
    struct play *play = play_open(&(struct play_options){ .file = file });
    struct play *other = play_open(&(struct play_options){ .file = "scenarios/smoke/hello.json",
                                                           .seed = 77,
                                                           .poison = 0x77 });
    int64_t      at_ns = 0;
    bool         more = true;
    while (more) {
        at_ns += MS(100);
        const bool mine = play_until(play, at_ns);
        const bool others = play_until(other, at_ns);
        more = mine || others;
    }
    play_run(play);
    const uint64_t hash = play->results != NULL ? play->results->trace_hash : 0;
    play_close(other);
    play_close(play);
    return hash;
}

ParameterizedTest(const struct file_name *name, scenario,
                  holds_and_is_the_same_however_it_is_played)
{
    const char    *file = name->path;
    const uint64_t hash = play_passes(&(struct play_options){ .file = file });
    cr_expect(hash != 0);
    cr_expect(play_passes(&(struct play_options){ .file = file, .poison = 0xA5 }) == hash,
              "other memory changes the story: REPLAY %s", file);
    cr_expect(play_passes(&(struct play_options){ .file = file, .encoded = true }) == hash,
              "encoding its messages changes the story: REPLAY %s", file);
    cr_expect(hash_beside_another(file) == hash, "another world changes the story: REPLAY %s",
              file);
}

Test(scenario, is_another_story_with_another_seed)
{
    const char *file = "scenarios/failure/random-faults.json";
    cr_expect(play_passes(&(struct play_options){ .file = file, .seed = 2 }) !=
              play_passes(&(struct play_options){ .file = file, .seed = 3 }));
}
