/* platform/cli/deploy_markdown.c - a rehearsal as the summary of a pull request, and as JSON. */
#include <string.h>

#include <jansson.h>

#include "platform/base/units.h"
#include "platform/cli/deploy_report.h"

/* What a reader still looks at. What was left out is said. */
enum {
    MARKDOWN_CHECKS_MAX = 50,
    MARKDOWN_LINES_MAX = 100,
    MARKDOWN_SEEDS_MAX = 10, /* --json has all */
    MARKDOWN_CELL_BYTES = 400
};

/* Text that others chose, in a cell or a paragraph: nothing of it is markup. */
static void
add_text(struct strbuf *out, const char *text)
{
    size_t len = 0;
    for (; *text != '\0' && len < MARKDOWN_CELL_BYTES; text++, len++) {
        const unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == 0x7F) {
            strbuf_add_char(out, ' ');
        } else if (strchr("\\`*_{}[]()#+!|~$:@", c) != NULL) {
            strbuf_add_char(out, '\\');
            strbuf_add_char(out, *text);
        } else if (c == '<') {
            strbuf_add(out, "&lt;");
        } else if (c == '>') {
            strbuf_add(out, "&gt;");
        } else if (c == '&') {
            strbuf_add(out, "&amp;");
        } else {
            strbuf_add_char(out, *text);
        }
    }
    while (*text != '\0' && ((unsigned char)*text & 0xC0) == 0x80) { /* no half of a character */
        strbuf_add_char(out, *text++);
    }
    strbuf_add(out, *text != '\0' ? " ..." : "");
}

static void
add_share(struct strbuf *out, const struct risk_share *share)
{
    char part[DEPLOY_NUMBER_BYTES];
    char low[DEPLOY_NUMBER_BYTES];
    char high[DEPLOY_NUMBER_BYTES];
    strbuf_printf(out, "%s (%u of %u; 95%% interval %s to %s)",
                  deploy_share_print((int64_t)share->count * PPM / share->all, part),
                  share->count, share->all, deploy_share_print(share->low_ppm, low),
                  deploy_share_print(share->high_ppm, high));
}

static void
add_head(const struct deploy_report *report, struct strbuf *out)
{
    char          limit[DEPLOY_NUMBER_BYTES];
    struct strbuf what = { 0 };
    strbuf_printf(out, "## Rehearsed deploy: %s\n\n**Risk ",
                  report->too_high ? "too risky" : "acceptable");
    add_share(out, &report->risk->failed);
    strbuf_printf(out, "**, at most %s is accepted.\n\n",
                  deploy_share_print(report->options->max_risk_ppm, limit));
    strbuf_add(out, "On the state ");
    add_text(out, report->snapshot);
    strbuf_printf(out, ", by %s, faults: ", report->strategy);
    add_text(out, report->options->faults);
    strbuf_add(out, ".\n\n| app | changes |\n|---|---|\n");
    for (uint32_t i = 0; i < report->changes->count && i < MARKDOWN_LINES_MAX; i++) {
        const struct deploy_change *change = vec_at(report->changes, i);
        strbuf_clear(&what);
        deploy_change_print(change, &what);
        strbuf_add(out, "| ");
        add_text(out, change->spec->id);
        strbuf_add(out, " | ");
        add_text(out, strbuf_text(&what));
        strbuf_add(out, " |\n");
    }
    if (report->guesses[0] != '\0') {
        strbuf_add(out, "\nThe snapshot does not say how these images behave, so they were taken "
                        "to behave as those before them: ");
        add_text(out, report->guesses);
        strbuf_add(out, ".\n");
    }
    strbuf_fini(&what);
}

static void
add_checks(const struct deploy_report *report, struct strbuf *out)
{
    const struct vec *checks = &report->risk->checks;
    strbuf_add(out, "\n### What failed\n\n");
    if (checks->count == 0) {
        strbuf_add(out, "Nothing: every expectation and every invariant held with every seed.\n");
        return;
    }
    strbuf_add(out, "| expectation | how often | worst | seed |\n|---|---|---|---|\n");
    for (uint32_t i = 0; i < checks->count && i < MARKDOWN_CHECKS_MAX; i++) {
        const struct risk_check *check = vec_at(checks, i);
        strbuf_add(out, "| ");
        add_text(out, check->id);
        strbuf_add(out, " | ");
        add_share(out, &check->share);
        strbuf_add(out, " | ");
        add_text(out, check->detail);
        strbuf_printf(out, " | %llu |\n", (unsigned long long)check->seed);
    }
    if (checks->count > MARKDOWN_CHECKS_MAX) {
        strbuf_printf(out, "\nand %u more.\n", checks->count - MARKDOWN_CHECKS_MAX);
    }
}

static void
add_pair(struct strbuf *out, enum seed_number kind, const struct risk_number *number)
{
    char median[DEPLOY_NUMBER_BYTES];
    char worst[DEPLOY_NUMBER_BYTES];
    strbuf_printf(out, " %s | %s |",
                  number->known ? deploy_number_print(kind, number->median, median) : "-",
                  number->known ? deploy_number_print(kind, number->worst, worst) : "-");
}

static void
add_row(const struct deploy_report *report, enum seed_number kind, struct strbuf *out)
{
    if (report->risk->numbers[kind].known) {
        strbuf_printf(out, "| %s |", deploy_number_name(kind));
        add_pair(out, kind, &report->risk->numbers[kind]);
        strbuf_add(out, "\n");
    }
}

static void
add_numbers(const struct deploy_report *report, struct strbuf *out)
{
    static const enum seed_number felt[] = { SEED_AVAILABILITY, SEED_FAILED, SEED_P99,
                                             SEED_HEALTHY };
    static const enum seed_number costs[] = { SEED_TOOK, SEED_MACHINES, SEED_MACHINE_TIME,
                                              SEED_CPU_TIME };
    const struct vec *lines = &report->risk->lines;
    strbuf_add(out, "\n### What users would feel\n\n"
                    "| | median seed | worst seed |\n|---|---|---|\n");
    for (size_t i = 0; i < COUNT_OF(felt); i++) {
        add_row(report, felt[i], out);
    }
    if (lines->count > 1) {
        strbuf_add(out, "\n| to | availability: median | worst | failed: median | worst | "
                        "p99: median | worst |\n|---|---|---|---|---|---|---|\n");
    }
    for (uint32_t i = 0; lines->count > 1 && i < lines->count && i < MARKDOWN_LINES_MAX; i++) {
        const struct risk_line *line = vec_at(lines, i);
        strbuf_add(out, "| ");
        add_text(out, line->to);
        strbuf_add(out, " |");
        add_pair(out, SEED_AVAILABILITY, &line->availability);
        add_pair(out, SEED_FAILED, &line->failed);
        add_pair(out, SEED_P99, &line->p99);
        strbuf_add(out, "\n");
    }
    if (lines->count > MARKDOWN_LINES_MAX) {
        strbuf_printf(out, "\nand %u more.\n", lines->count - MARKDOWN_LINES_MAX);
    }
    strbuf_add(out, "\n### How long it takes, and what it costs\n\n"
                    "| | median seed | worst seed |\n|---|---|---|\n");
    for (size_t i = 0; i < COUNT_OF(costs); i++) {
        add_row(report, costs[i], out);
    }
}

/* "deployment-web, slo-lost": what failed with a seed. */
static void
add_failed(struct strbuf *out, const json_t *seed)
{
    const json_t *failed = json_object_get(seed, "failed");
    for (size_t i = 0; i < json_array_size(failed) && i < MARKDOWN_CHECKS_MAX; i++) {
        strbuf_add(out, i > 0 ? ", " : "");
        add_text(out, json_string_value(json_object_get(json_array_get(failed, i), "id")));
    }
}

static void
add_seeds(const struct deploy_report *report, struct strbuf *out)
{
    const uint32_t failed = report->risk->failed.count;
    if (failed == 0) {
        return;
    }
    strbuf_add(out, "\n### Seeds that failed, worst first\n\n"
                    "| seed | failed | availability | failed requests | it takes |\n"
                    "|---|---|---|---|---|\n");
    for (uint32_t i = 0; i < failed && i < MARKDOWN_SEEDS_MAX; i++) {
        const json_t *seed = report->risk->worst_first[i];
        char          text[3][DEPLOY_NUMBER_BYTES];
        const int64_t availability = deploy_seed_number(seed, SEED_AVAILABILITY);
        strbuf_printf(out, "| %lld | ",
                      (long long)json_integer_value(json_object_get(seed, "seed")));
        add_failed(out, seed);
        strbuf_printf(out, " | %s | %s | %s |\n",
                      availability < 0
                          ? "-"
                          : deploy_number_print(SEED_AVAILABILITY, availability, text[0]),
                      deploy_number_print(SEED_FAILED, deploy_seed_number(seed, SEED_FAILED),
                                          text[1]),
                      deploy_number_print(SEED_TOOK, deploy_seed_number(seed, SEED_TOOK), text[2]));
    }
    if (failed > MARKDOWN_SEEDS_MAX) {
        strbuf_printf(out, "\nand %u more, in the JSON.\n", failed - MARKDOWN_SEEDS_MAX);
    }
}

/* A fence that is longer than any run of backquotes in the text. */
static void
add_command(const struct deploy_report *report, struct strbuf *out)
{
    size_t longest = 0;
    size_t run = 0;
    for (const char *at = report->command; *at != '\0'; at++) {
        run = *at == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    strbuf_printf(out, "\nThe worst seed, %lld, again, with a full report:\n\n",
                  (long long)json_integer_value(
                      json_object_get(report->risk->worst_first[0], "seed")));
    for (size_t i = 0; i < (longest < 3 ? 3 : longest + 1); i++) {
        strbuf_add_char(out, '`');
    }
    strbuf_printf(out, "\n%s\n", report->command);
    for (size_t i = 0; i < (longest < 3 ? 3 : longest + 1); i++) {
        strbuf_add_char(out, '`');
    }
    strbuf_add(out, "\n");
}

void
deploy_report_markdown(const struct deploy_report *report, struct strbuf *out)
{
    static const char cut[] = "\n(cut: the rest is in the JSON)\n";
    add_head(report, out);
    add_command(report, out);
    add_checks(report, out);
    add_numbers(report, out);
    add_seeds(report, out);
    if (out->len > DEPLOY_MARKDOWN_BYTES_MAX) {
        size_t len = DEPLOY_MARKDOWN_BYTES_MAX - sizeof cut;
        while (len > 0 && out->text[len - 1] != '\n') {
            len--;
        }
        out->text[len] = '\0';
        out->len = len;
        strbuf_add(out, cut);
    }
}

/* --- for machines --- */

static json_t *
share_json(const struct risk_share *share)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I}", "failed", (json_int_t)share->count, "seeds",
                     (json_int_t)share->all, "risk_ppm",
                     (json_int_t)((int64_t)share->count * PPM / share->all), "low_ppm",
                     (json_int_t)share->low_ppm, "high_ppm", (json_int_t)share->high_ppm);
}

static json_t *
changes_json(const struct deploy_report *report)
{
    json_t       *changes = json_array();
    struct strbuf what = { 0 };
    for (uint32_t i = 0; i < report->changes->count; i++) {
        const struct deploy_change *change = vec_at(report->changes, i);
        strbuf_clear(&what);
        deploy_change_print(change, &what); /* without what may be a secret */
        (void)json_array_append_new(changes,
                                    json_pack("{s:s, s:b, s:s}", "app", change->spec->id, "new",
                                              change->old == NULL, "changes",
                                              strbuf_text(&what)));
    }
    strbuf_fini(&what);
    return changes;
}

static json_t *
checks_json(const struct deploy_report *report)
{
    json_t *checks = json_array();
    for (uint32_t i = 0; i < report->risk->checks.count; i++) {
        const struct risk_check *check = vec_at(&report->risk->checks, i);
        json_t                  *entry = share_json(&check->share);
        (void)json_object_set_new(entry, "id", json_string(check->id));
        (void)json_object_set_new(entry, "about", json_string(check->about));
        (void)json_object_set_new(entry, "worst", json_string(check->detail));
        (void)json_object_set_new(entry, "seed", json_integer((json_int_t)check->seed));
        (void)json_array_append_new(checks, entry);
    }
    return checks;
}

static json_t *
numbers_json(const struct deploy_report *report)
{
    json_t *numbers = json_object();
    for (uint32_t i = 0; i < SEED_NUMBER_COUNT; i++) {
        const struct risk_number *number = &report->risk->numbers[i];
        if (number->known) {
            (void)json_object_set_new(numbers, seed_numbers[i].key,
                                      json_pack("{s:I, s:I}", "median",
                                                (json_int_t)number->median, "worst",
                                                (json_int_t)number->worst));
        }
    }
    return numbers;
}

json_t *
deploy_report_json(const struct deploy_report *report)
{
    json_t *out = share_json(&report->risk->failed);
    json_t *seeds = json_array();
    for (uint32_t i = 0; i < report->seeds->count; i++) {
        (void)json_array_append(seeds, *(json_t **)vec_at(report->seeds, i));
    }
    (void)json_object_set_new(out, "acceptable", json_boolean(!report->too_high));
    (void)json_object_set_new(out, "max_risk_ppm", json_integer(report->options->max_risk_ppm));
    (void)json_object_set_new(out, "snapshot", json_string(report->snapshot));
    (void)json_object_set_new(out, "strategy", json_string(report->strategy));
    (void)json_object_set_new(out, "faults", json_string(report->options->faults));
    (void)json_object_set_new(out, "within_ns", json_integer(report->within_ns));
    (void)json_object_set_new(out, "guessed_images", json_string(report->guesses));
    (void)json_object_set_new(out, "changes", changes_json(report));
    (void)json_object_set_new(out, "checks", checks_json(report));
    (void)json_object_set_new(out, "numbers", numbers_json(report));
    (void)json_object_set_new(out, "reproduce", json_string(report->command));
    (void)json_object_set_new(out, "per_seed", seeds);
    return out;
}
