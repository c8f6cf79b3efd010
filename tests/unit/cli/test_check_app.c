/*
 * tests/unit/cli/test_check_app.c
 *
 * Goal:   rehearse check --app tells good files from bad ones, each bad one with a clear sentence,
 *         and prints definitions in canonical shape.
 * Method: files in a folder of their own under /tmp, output caught in memory.
 */
#include <stdio.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "platform/base/strbuf.h"
#include "platform/cli/check_app.h"

struct check_case {
    char  folder[64];
    char  path[96];
    char *out;
    char *err;
    int   code;
};

static void
check_case_write(struct check_case *test, const char *bytes, size_t len)
{
    (void)snprintf(test->folder, sizeof test->folder, "/tmp/check_app.XXXXXX");
    cr_assert(mkdtemp(test->folder) != NULL);
    snprintf(test->path, sizeof test->path, "%s/app.json", test->folder);
    FILE *file = fopen(test->path, "wb");
    cr_assert(file != NULL);
    cr_assert(eq(sz, fwrite(bytes, 1, len, file), len));
    fclose(file);
}

static void
check_case_run(struct check_case *test, bool print)
{
    size_t      out_len;
    size_t      err_len;
    FILE       *out = open_memstream(&test->out, &out_len);
    FILE       *err = open_memstream(&test->err, &err_len);
    const char *files[] = { test->path };

    test->code = check_app_files(files, 1, print, out, err);
    fclose(out);
    fclose(err);
    unlink(test->path);
    rmdir(test->folder);
}

static void
check_case_close(struct check_case *test)
{
    free(test->out);
    free(test->err);
}

/* Runs a text; the file's path is cut off the front of each output. */
static struct check_case
check_case_text(const char *text, bool print)
{
    struct check_case test = { 0 };
    check_case_write(&test, text, strlen(text));
    check_case_run(&test, print);
    return test;
}

static const char *
after_path(const struct check_case *test, const char *text)
{
    const size_t len = strlen(test->path);
    return strncmp(text, test->path, len) == 0 ? text + len : text;
}

Test(check_app, accepts_a_good_file_with_comments)
{
    struct check_case test =
        check_case_text("{ // the web\n \"id\": \"web\", \"cmd\": \"x // y\" }\n", false);
    cr_assert(eq(int, test.code, 0));
    cr_assert(eq(str, (char *)after_path(&test, test.out), ": ok, 1 app\n"));
    cr_assert(eq(str, test.err, ""));
    check_case_close(&test);
}

Test(check_app, counts_the_apps_of_a_group)
{
    struct check_case test = check_case_text(
        "{\"id\": \"/g\", \"apps\": [{\"id\": \"a\", \"cmd\": \"x\"}, {\"id\": \"b\", \"cmd\": "
        "\"x\"}]}",
        false);
    cr_assert(eq(str, (char *)after_path(&test, test.out), ": ok, 2 apps\n"));
    check_case_close(&test);
}

Test(check_app, prints_what_it_would_accept_again)
{
    struct check_case once = check_case_text("{\"id\": \"web\", \"cmd\": \"x\"}", true);
    cr_assert(eq(int, once.code, 0));
    cr_assert(strstr(once.out, "{\n  \"id\": \"/web\",\n  \"cmd\": \"x\",\n") == once.out, "%s",
              once.out);
    struct check_case again = check_case_text(once.out, true);
    cr_assert(eq(str, again.out, once.out));
    check_case_close(&once);
    check_case_close(&again);
}

Test(check_app, prints_many_as_a_list)
{
    struct check_case once = check_case_text(
        "[{\"id\": \"a\", \"cmd\": \"x\"}, {\"id\": \"b\", \"cmd\": \"x\"}]", true);
    struct check_case again = check_case_text(once.out, true);
    cr_assert(eq(int, again.code, 0), "%s", again.err);
    cr_assert(eq(str, again.out, once.out));
    cr_assert(eq(chr, once.out[0], '['));
    check_case_close(&once);
    check_case_close(&again);
}

Test(check_app, says_what_is_wrong_with_a_file)
{
    static const struct {
        const char *text;
        const char *err;
    } cases[] = {
        { "", ": the file is empty, expected an app definition\n" },
        { "  // nothing\n",
          ": the file holds nothing but comments, expected an app definition\n" },
        { "{\"id\": \"/a\",\n \"cmd\": \"x\",\n \"instnaces\": 2}",
          ":3:2: /instnaces: unknown key, the nearest valid one is \"instances\"\n" },
        { "{\"id\": \"/a\", \"cmd\": \"x\", \"cmd\": \"y\"}",
          ":1:30: not JSON: duplicate object key near '\"cmd\"'\n" },
        { "{\"id\": \"/p\", \"containers\": []}",
          ":1:1: this is a pod (it has \"containers\"), and pods come later: expected an app or a "
          "group of apps\n" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct check_case test = check_case_text(cases[i].text, false);
        cr_expect(eq(int, test.code, 2));
        cr_expect(eq(str, test.out, ""));
        cr_expect(eq(str, (char *)after_path(&test, test.err), (char *)cases[i].err));
        check_case_close(&test);
    }
}

Test(check_app, tells_the_place_of_broken_json)
{
    struct check_case test = check_case_text("{\"id\": \"/a\",\n  oops\n}", false);
    cr_assert(eq(int, test.code, 2));
    cr_assert(strncmp(after_path(&test, test.err), ":2:", 3) == 0, "%s", test.err);
    cr_assert(strstr(test.err, "not JSON") != NULL);
    check_case_close(&test);
}

Test(check_app, refuses_noise_missing_files_and_folders)
{
    struct check_case test = { 0 };
    char              noise[4096];

    for (size_t i = 0; i < sizeof noise; i++) {
        noise[i] = (char)(i * 31 + i / 7);
    }
    check_case_write(&test, noise, sizeof noise);
    check_case_run(&test, false);
    cr_assert(eq(int, test.code, 2));
    cr_assert(strstr(test.err, "no text") != NULL, "%s", test.err);
    check_case_close(&test);

    check_case_run(&test, false); /* it is gone by now */
    cr_assert(eq(int, test.code, 2));
    cr_assert(strstr(test.err, "no such file") != NULL, "%s", test.err);
    check_case_close(&test);

    (void)snprintf(test.path, sizeof test.path, "/tmp");
    check_case_run(&test, false);
    cr_assert(eq(int, test.code, 2));
    cr_assert(strstr(test.err, "directory") != NULL, "%s", test.err);
    check_case_close(&test);
}

Test(check_app, refuses_a_heap_of_brackets, .timeout = 20)
{
    enum { BRACKETS = 50 * 1000 * 1000 };
    struct check_case test = { 0 };
    char             *text = malloc(BRACKETS);

    cr_assert(text != NULL);
    memset(text, '[', BRACKETS);
    check_case_write(&test, text, BRACKETS);
    free(text);
    check_case_run(&test, false);
    cr_assert(eq(int, test.code, 2));
    cr_assert(strstr(test.err, "maximum parsing depth") != NULL, "%s", test.err);
    cr_assert(lt(sz, strlen(test.err), 300));
    check_case_close(&test);
}

Test(check_app, names_labels_that_a_balancer_will_not_follow)
{
    static const char one[] =
        "{\"id\":\"/web\",\"cmd\":\"x\",\n \"labels\":{\n  \"HAPROXY_0_VHOTS\":\"a.example.com\"}}";
    struct check_case test = check_case_text(one, false);
    cr_assert(eq(int, test.code, 0), "a warning is no mistake");
    cr_assert_str_eq(after_path(&test, test.err),
                     ":3:3: warning: /labels/HAPROXY_0_VHOTS: is not a known label, the nearest "
                     "valid one is HAPROXY_0_VHOST\n");
    check_case_close(&test);

    test = check_case_text("[{\"id\":\"/a\",\"cmd\":\"x\"},{\"id\":\"/b\",\"cmd\":\"x\","
                           "\"labels\":{\"HAPROXY_0_VHOST\":\"a b\"}}]",
                           false);
    cr_assert(eq(int, test.code, 0));
    cr_assert_not_null(strstr(test.err, "/b, label HAPROXY_0_VHOST: 'a b' is not a list of host "
                                        "names; the service of this port is left out"));
    check_case_close(&test);
}
