/*
 * tests/unit/reports/test_output.c
 *
 * Goal:   a report appears whole under its name, and what is no plain file is written to and not
 *         replaced.
 * Method: a file is written twice; a pipe is read while it is written to and is a pipe afterwards.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reports/output.h"

static char folder[] = "/tmp/output.XXXXXX";
static char path[64];

static void
make_folder(void)
{
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/it", folder);
}

static void
remove_folder(void)
{
    (void)unlink(path);
    cr_expect(eq(int, rmdir(folder), 0));
}

TestSuite(output, .init = make_folder, .fini = remove_folder);

Test(output, replaces_a_file_as_a_whole)
{
    struct strbuf content = { 0 };
    struct error err = { "" };
    char text[16] = "";
    strbuf_add(&content, "a long first one");
    cr_assert(eq(int, output_write(path, &content, &err), ST_OK));
    strbuf_clear(&content);
    strbuf_add(&content, "second");
    cr_assert(eq(int, output_write(path, &content, &err), ST_OK));
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file);
    cr_expect(eq(sz, fread(text, 1, sizeof text - 1, file), strlen("second")));
    (void)fclose(file);
    cr_expect(eq(str, text, "second"));
    strbuf_fini(&content);
}

Test(output, writes_to_a_pipe_and_leaves_it_one)
{
    struct strbuf content = { 0 };
    struct error err = { "" };
    struct stat info;
    char text[16] = "";
    cr_assert(eq(int, mkfifo(path, 0600), 0));
    const int fd = open(path, O_RDONLY | O_NONBLOCK);
    cr_assert(ge(int, fd, 0));
    strbuf_add(&content, "whole");
    cr_assert(eq(int, output_write(path, &content, &err), ST_OK));
    cr_expect(eq(int, (int)read(fd, text, sizeof text - 1), 5));
    cr_expect(eq(str, text, "whole"));
    cr_assert(eq(int, stat(path, &info), 0));
    cr_expect(eq(int, S_ISFIFO(info.st_mode) ? 1 : 0, 1));
    (void)close(fd);
    strbuf_fini(&content);
}
