/*
 * platform/cli/check_app.h - rehearse check --app: are these app definitions in order, and how do
 * they read in canonical shape?
 *
 * Output: what is wrong or odd goes to err, a line each as file:line:column: pointer: sentence.
 *         When a file is in order, out gets "FILE: ok, N apps", or with print its definitions
 *         instead: an object for one app, a list for several.
 */
#ifndef PLATFORM_CLI_CHECK_APP_H
#define PLATFORM_CLI_CHECK_APP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { CHECK_APP_BYTES_MAX = 64 * 1024 * 1024 }; /* a limit of ours */

/* The exit code of the program: 0, or 2 when any file has a mistake. All files are read. */
int check_app_files(const char *const *files, uint32_t files_count, bool print, FILE *out,
                    FILE *err);

#endif
