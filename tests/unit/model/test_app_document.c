/*
 * tests/unit/model/test_app_document.c
 *
 * Goal:   a file of one app, of many, or of groups within groups yields flat specs with absolute
 *         ids; what the file does not say rightly is told at its pointer.
 * Method: small documents, their specs and sentences compared; then every definition that people
 *         have, where a folder of them lies beside the repository.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/model/test_app.h"

Test(app_document, of_one_app_is_that_app)
{
    struct app_case test;

    app_case_read_document(&test, "{\"id\": \"a\", \"cmd\": \"x\"}");
    cr_assert(eq(u32, test.specs.count, 1));
    cr_assert(eq(str, (char *)app_case_spec(&test, 0)->id, "/a"));
    app_case_close(&test);
}

Test(app_document, may_be_a_list)
{
    struct app_case test;

    app_case_read_document(&test, "[{\"id\": \"a\", \"cmd\": \"x\"}, {\"id\": \"b\", \"cmd\": 5}]");
    cr_assert(eq(u32, test.specs.count, 1));
    cr_assert(eq(str, (char *)app_case_said(&test, DIAG_ERROR),
                 "/1/cmd: found 5, expected a text in quotes"));
    app_case_close(&test);
}

Test(app_document, of_groups_is_flattened_with_absolute_ids)
{
    struct app_case test;

    app_case_read_document(
        &test,
        "{\"id\": \"/g\", \"dependencies\": [\"../db\"], \"apps\": [{\"id\": \"a\", \"cmd\": "
        "\"x\", \"dependencies\": [\"b\"]}, {\"id\": \"/g/b\", \"cmd\": \"x\"}], \"groups\": "
        "[{\"id\": \"h\", \"dependencies\": [\"/g/a\"], \"apps\": [{\"id\": \"c\", \"cmd\": "
        "\"x\"}]}]}");
    cr_assert(eq(u32, test.diags.errors_count, 0), "%s", app_case_said(&test, DIAG_ERROR));
    cr_assert(eq(u32, test.specs.count, 3));
    cr_assert(eq(str, (char *)app_case_spec(&test, 0)->id, "/g/a"));
    cr_assert(eq(str, (char *)app_case_value(&test, app_case_spec(&test, 0), "dependencies"),
                 "[\"/g/b\",\"/db\"]"));
    cr_assert(eq(str, (char *)app_case_spec(&test, 1)->id, "/g/b"));
    cr_assert(eq(str, (char *)app_case_spec(&test, 2)->id, "/g/h/c"));
    cr_assert(eq(str, (char *)app_case_value(&test, app_case_spec(&test, 2), "dependencies"),
                 "[\"/db\",\"/g/a\"]"));
    app_case_close(&test);
}

Test(app_document, needs_no_id_at_its_root)
{
    struct app_case test;

    app_case_read_document(&test, "{\"apps\": [{\"id\": \"a\", \"cmd\": \"x\"}]}");
    cr_assert(eq(u32, test.diags.errors_count, 0));
    cr_assert(eq(str, (char *)app_case_spec(&test, 0)->id, "/a"));
    app_case_close(&test);
}

Test(app_document, mistakes_are_told_at_their_pointer)
{
    static const struct {
        const char *in;
        const char *errors;
    } cases[] = {
        { "{\"apps\": [{\"id\": \"a\", \"cmd\": \"x\"}, {\"id\": \"/a\", \"cmd\": \"y\"}]}",
          "/apps/1/id: the id \"/a\" is given twice, expected one of its own" },
        { "{\"id\": \"/g\", \"apps\": [{\"id\": \"/h/a\", \"cmd\": \"x\"}]}",
          "/apps/0/id: \"/h/a\" is not inside its group \"/g\"" },
        { "{\"id\": \"/g\", \"apps\": [{\"id\": \"/gx/a\", \"cmd\": \"x\"}]}",
          "/apps/0/id: \"/gx/a\" is not inside its group \"/g\"" },
        { "{\"id\": \"/g\", \"groups\": [{\"id\": \"/h\", \"apps\": []}]}",
          "/groups/0/id: \"/h\" is not inside its group \"/g\"" },
        { "{\"id\": \"/g\", \"groups\": [{\"apps\": []}]}",
          "/groups/0: \"id\" is missing, expected the name of the group" },
        { "{\"id\": \"/G\", \"apps\": []}",
          "/id: \"/G\" is not the id of a group, expected names of lowercase letters, digits, dots "
          "and inner dashes, between slashes" },
        { "{\"id\": \"/g\", \"apps\": {}}", "/apps: found an object, expected a list" },
        { "{\"id\": \"/g\", \"apps\": [], \"grups\": []}",
          "/grups: unknown key of a group, the nearest valid one is \"groups\"" },
        { "{\"id\": \"/g\", \"groups\": [5]}",
          "/groups/0: expected a group: an object with \"apps\" or \"groups\"" },
        { "{\"id\": \"/g\", \"apps\": [], \"pods\": [{}]}",
          "/pods/0: this is a pod, and pods come later: expected only apps" },
        { "{\"id\": \"/g\", \"apps\": [{\"id\": \"p\", \"containers\": [{}]}]}",
          "/apps/0: this is a pod (it has \"containers\"), and pods come later: expected an app or "
          "a group of apps" },
        { "{\"id\": \"/g\", \"apps\": [], \"dependencies\": [1]}",
          "/dependencies/0: not the id of an app or a group, expected a text in quotes" },
        { "[5]", "/0: found 5, expected an app: an object with an \"id\"" },
        { "null", ": found null, expected an app: an object with an \"id\"" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct app_case test;
        app_case_read_document(&test, cases[i].in);
        cr_expect(eq(str, (char *)app_case_said(&test, DIAG_ERROR), (char *)cases[i].errors),
                  "%s", cases[i].in);
        app_case_close(&test);
    }
}

Test(app_document, groups_have_a_limit_of_depth)
{
    struct app_case test;
    struct strbuf   text = { 0 };

    for (int i = 0; i < 40; i++) {
        strbuf_add(&text, "{\"id\": \"g\", \"groups\": [");
    }
    for (int i = 0; i < 40; i++) {
        strbuf_add(&text, "]}");
    }
    app_case_read_document(&test, text.text);
    cr_assert(eq(u32, test.diags.errors_count, 1));
    cr_assert(strstr(app_case_said(&test, DIAG_ERROR), "groups stand more than 32 deep") != NULL);
    strbuf_fini(&text);
    app_case_close(&test);
}

/* ---- the definitions that people have ---- */

static const char *const data_folder = "../shared/data/marathon";

static bool
document_of_file(const char *folder, const char *name, struct app_case *test)
{
    static char text[65536];
    char        path[512];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL || strstr(name, ".json") == NULL) {
        if (file != NULL) {
            fclose(file);
        }
        return false;
    }
    const size_t len = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[len] = '\0';
    app_case_read_document(test, text);
    return true;
}

static void
every_app_is_accepted(const char *name, struct app_case *test)
{
    cr_expect(eq(u32, test->diags.errors_count, 0), "%s: %s", name,
              app_case_said(test, DIAG_ERROR));
    cr_expect(test->specs.count > 0, "%s has no app", name);
    for (uint32_t i = 0; i < test->specs.count; i++) {
        const struct app_spec *spec = app_case_spec(test, i);
        struct app_case        again;
        app_case_read(&again, app_print(spec, &test->arena));
        cr_expect(again.spec != NULL, "%s", name);
        cr_expect(eq(str, (char *)again.spec->json, (char *)spec->json), "%s", name);
        app_case_close(&again);
    }
}

static void
every_pod_is_refused(const char *name, struct app_case *test)
{
    cr_expect(eq(u32, test->diags.errors_count, 1), "%s", name);
    cr_expect(strstr(app_case_said(test, DIAG_ERROR), "pods come later") != NULL, "%s", name);
}

static void
walk_data(const char *folder, void (*judge)(const char *name, struct app_case *test))
{
    DIR     *entries = opendir(folder);
    uint32_t count = 0;

    if (entries == NULL) {
        printf("%s is not here: nothing to read\n", folder);
        return;
    }
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        struct app_case test;
        if (document_of_file(folder, entry->d_name, &test)) {
            judge(entry->d_name, &test);
            app_case_close(&test);
            count++;
        }
    }
    closedir(entries);
    printf("%s: %u files read\n", folder, count);
    cr_expect(gt(u32, count, 0));
}

Test(app_document, of_people_is_accepted_and_stays_the_same)
{
    walk_data(data_folder, every_app_is_accepted);
}

Test(app_document, of_pods_is_refused_with_a_sentence)
{
    char folder[256];
    snprintf(folder, sizeof folder, "%s/pods", data_folder);
    walk_data(folder, every_pod_is_refused);
}
