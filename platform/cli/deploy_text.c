/* platform/cli/deploy_text.c - a rehearsal on the console, and its numbers for people. */
#include <string.h>

#include <jansson.h>

#include "platform/base/units.h"
#include "platform/cli/deploy_report.h"
#include "reports/escape.h"

enum { TEXT_CHECKS_MAX = 10, TEXT_LINES_MAX = 8, MILLI_S_PER_HOUR = 3600 * 1000 };

static const char *const number_names[SEED_NUMBER_COUNT] = {
    [SEED_AVAILABILITY] = "availability",
    [SEED_P99] = "latency p99",
    [SEED_FAILED] = "failed requests",
    [SEED_TOOK] = "time it takes",
    [SEED_MACHINES] = "machines at peak",
    [SEED_MACHINE_TIME] = "extra machine-hours",
    [SEED_CPU_TIME] = "extra core-hours",
    [SEED_HEALTHY] = "fewest healthy",
};

const char *
deploy_number_name(enum seed_number number)
{
    return number_names[number];
}

const char *
deploy_share_print(int64_t ppm, char *text)
{
    (void)snprintf(text, DEPLOY_NUMBER_BYTES, "%lld.%02lld%%", (long long)(ppm / 10000),
                   (long long)(ppm % 10000 / 100));
    return text;
}

const char *
deploy_number_print(enum seed_number number, int64_t value, char *text)
{
    int64_t thousandths = 0;
    switch (number) {
    case SEED_AVAILABILITY:
        (void)snprintf(text, DEPLOY_NUMBER_BYTES, "%lld.%04lld%%", (long long)(value / 10000000),
                       (long long)(value % 10000000 / 1000));
        break;
    case SEED_P99:
        return units_print_rough(value, text);
    case SEED_TOOK:
        if (value >= 0) {
            return units_print_rough(value, text);
        }
        (void)snprintf(text, DEPLOY_NUMBER_BYTES, "it does not end");
        break;
    case SEED_HEALTHY:
        return deploy_share_print(value, text);
    case SEED_MACHINE_TIME:
    case SEED_CPU_TIME:
        thousandths = number == SEED_CPU_TIME ? value * 1000 / MILLI_S_PER_HOUR
                                              : value / (HOUR(1) / 1000);
        (void)snprintf(text, DEPLOY_NUMBER_BYTES, "%lld.%03lld", (long long)(thousandths / 1000),
                       (long long)(thousandths % 1000));
        break;
    case SEED_FAILED:
    case SEED_MACHINES:
        (void)snprintf(text, DEPLOY_NUMBER_BYTES, "%lld", (long long)value);
        break;
    }
    return text;
}

static void
print_risk(const struct deploy_report *report, FILE *out)
{
    const struct risk_share *failed = &report->risk->failed;
    char share[DEPLOY_NUMBER_BYTES];
    char low[DEPLOY_NUMBER_BYTES];
    char high[DEPLOY_NUMBER_BYTES];
    char limit[DEPLOY_NUMBER_BYTES];
    (void)fprintf(out, "%s  risk %s: %u of %u seeds failed (95%% interval %s to %s),"
                       " at most %s may\n",
                  report->too_high ? "TOO RISKY" : "ACCEPTABLE",
                  deploy_share_print((int64_t)failed->count * PPM / failed->all, share),
                  failed->count, failed->all, deploy_share_print(failed->low_ppm, low),
                  deploy_share_print(failed->high_ppm, high),
                  deploy_share_print(report->options->max_risk_ppm, limit));
}

static void
print_changes(const struct deploy_report *report, FILE *out)
{
    struct strbuf what = { 0 };
    struct strbuf safe = { 0 };
    (void)fprintf(out, "\n  on %s, by %s, faults: %s\n", report->snapshot, report->strategy,
                  report->options->faults);
    for (uint32_t i = 0; i < report->changes->count; i++) {
        const struct deploy_change *change = vec_at(report->changes, i);
        strbuf_clear(&what);
        strbuf_clear(&safe);
        deploy_change_print(change, &what);
        escape_terminal(&safe, strbuf_text(&what));
        (void)fprintf(out, "  %s: %s\n", change->spec->id, strbuf_text(&safe));
    }
    if (report->guesses[0] != '\0') {
        (void)fprintf(out, "  the snapshot does not describe %s: taken to behave as before\n",
                      report->guesses);
    }
    strbuf_fini(&what);
    strbuf_fini(&safe);
}

static void
print_checks(const struct deploy_report *report, FILE *out)
{
    const struct vec *checks = &report->risk->checks;
    struct strbuf     safe = { 0 };
    char              low[DEPLOY_NUMBER_BYTES];
    char              high[DEPLOY_NUMBER_BYTES];
    if (checks->count > 0) {
        (void)fprintf(out, "\n  what failed, and how often\n");
    }
    for (uint32_t i = 0; i < checks->count && i < TEXT_CHECKS_MAX; i++) {
        const struct risk_check *check = vec_at(checks, i);
        strbuf_clear(&safe);
        escape_terminal(&safe, check->detail);
        (void)fprintf(out, "  %4u of %u  %s (%s to %s)\n               seed %llu: %s\n",
                      check->share.count, check->share.all, check->id,
                      deploy_share_print(check->share.low_ppm, low),
                      deploy_share_print(check->share.high_ppm, high),
                      (unsigned long long)check->seed, strbuf_text(&safe));
    }
    if (checks->count > TEXT_CHECKS_MAX) {
        (void)fprintf(out, "  and %u more\n", checks->count - TEXT_CHECKS_MAX);
    }
    strbuf_fini(&safe);
}

static void
print_numbers(const struct deploy_report *report, FILE *out)
{
    char median[DEPLOY_NUMBER_BYTES];
    char worst[DEPLOY_NUMBER_BYTES];
    (void)fprintf(out, "\n  %-20s %16s %16s\n", "", "median seed", "worst seed");
    for (uint32_t i = 0; i < SEED_NUMBER_COUNT; i++) {
        const struct risk_number *number = &report->risk->numbers[i];
        if (number->known) {
            (void)fprintf(out, "  %-20s %16s %16s\n", number_names[i],
                          deploy_number_print((enum seed_number)i, number->median, median),
                          deploy_number_print((enum seed_number)i, number->worst, worst));
        }
    }
}

void
deploy_report_console(const struct deploy_report *report, FILE *out)
{
    print_risk(report, out);
    if (!report->options->quiet) {
        print_changes(report, out);
        print_checks(report, out);
        print_numbers(report, out);
        (void)fprintf(out, "\nworst seed %lld: %s\n",
                      (long long)json_integer_value(
                          json_object_get(report->risk->worst_first[0], "seed")),
                      report->command);
    }
}
