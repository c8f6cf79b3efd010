/*
 * platform/cli/diff_decisions.h - compares what the platform decided in two runs, whatever the
 * clock and the machines did.
 *
 * Compared: per app and deployment, the sequence of (decision, instance, version). Apps go by name;
 *           the deployments, versions and instances of an app are numbered by first appearance,
 *           since ids may differ between runs. Time, nodes and what other apps did in between do
 *           not count. Neither does the order of kills: a kill follows by itself when the drain of
 *           its instance has ended, and which drain ends first is up to the requests still open.
 * Errors:   ST_NOT_FOUND no such file, ST_INVALID not a run database; with a sentence.
 */
#ifndef PLATFORM_CLI_DIFF_DECISIONS_H
#define PLATFORM_CLI_DIFF_DECISIONS_H

#include <stdio.h>

#include "platform/base/common.h"

/* Prints the first difference of each app that has one. Paths of run.db files. */
enum status diff_decisions(const char *path_a, const char *path_b, FILE *out, bool *ret_same,
                           struct error *err) MUST_USE;

#endif
