/*
 * platform/cli/check_gateway.h - rehearse check --gateway: are these gateways in order, and how do
 * they read in canonical shape?
 *
 * Output: as check_app.h. The canonical shape shows keys and passwords: they are in the file too.
 */
#ifndef PLATFORM_CLI_CHECK_GATEWAY_H
#define PLATFORM_CLI_CHECK_GATEWAY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The exit code of the program: 0, or 2 when any file has a mistake. All files are read. */
int check_gateway_files(const char *const *files, uint32_t files_count, bool print, FILE *out,
                        FILE *err);

#endif
