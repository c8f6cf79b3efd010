/*
 * platform/cli/deploy_report.h - a rehearsal for people and machines: console, Markdown, JSON.
 *
 * Limits: the Markdown has at most DEPLOY_MARKDOWN_BYTES_MAX bytes: what a summary of a CI job may
 *         hold. The worst comes first; what is left out is said.
 */
#ifndef PLATFORM_CLI_DEPLOY_REPORT_H
#define PLATFORM_CLI_DEPLOY_REPORT_H

#include "platform/cli/deploy_risk.h"

enum { DEPLOY_MARKDOWN_BYTES_MAX = 900 * 1024 };

struct deploy_report {
    const struct deploy_options *options;
    const struct vec            *changes; /* struct deploy_change */
    const char                  *snapshot; /* its name */
    const char                  *strategy; /* "canary"; "rolling" when none was given */
    const struct deploy_risk    *risk;
    const struct vec            *seeds;    /* struct json_t *, in order */
    int64_t                      within_ns;
    bool                         too_high;
    const char                  *guesses;  /* images that are taken to behave as others; "" */
    const char                  *command;  /* repeats the worst seed */
};

void           deploy_report_console(const struct deploy_report *report, FILE *out);
void           deploy_report_markdown(const struct deploy_report *report, struct strbuf *out);
struct json_t *deploy_report_json(const struct deploy_report *report); /* a new reference */

/* A number for people; text holds DEPLOY_NUMBER_BYTES. */
enum { DEPLOY_NUMBER_BYTES = 48 };
const char *deploy_number_print(enum seed_number number, int64_t value, char *text);
/* "3.00%" */
const char *deploy_share_print(int64_t ppm, char *text);
const char *deploy_number_name(enum seed_number number);

#endif
