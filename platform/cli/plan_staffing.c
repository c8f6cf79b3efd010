/* platform/cli/plan_staffing.c - `rehearse plan staffing`: how many servers a load wants. */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/base/units.h"
#include "platform/cli/plan.h"
#include "platform/planner/queueing.h"
#include "reports/output.h"
#include "reports/text.h"

enum { STAFFING_ROWS_MAX = 3, STAFFING_CONCURRENCY_MAX = 1000000, STAFFING_DIGITS = 12 };

enum {
    OPTION_LOAD = 1000,
    OPTION_RATE,
    OPTION_SERVICE,
    OPTION_WAIT,
    OPTION_BLOCKING,
    OPTION_CONCURRENCY,
    OPTION_JSON
};

static const struct option long_options[] = {
    { "load", required_argument, NULL, OPTION_LOAD },
    { "rate", required_argument, NULL, OPTION_RATE },
    { "service", required_argument, NULL, OPTION_SERVICE },
    { "wait", required_argument, NULL, OPTION_WAIT },
    { "blocking", required_argument, NULL, OPTION_BLOCKING },
    { "concurrency", required_argument, NULL, OPTION_CONCURRENCY },
    { "json", required_argument, NULL, OPTION_JSON },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static const char staffing_help[] =
    "usage: rehearse plan staffing --load A | --rate R --service T\n"
    "                              --wait P | --blocking P  [options]\n\n"
    "The fewest servers with which at most P of all arrivals have to wait (Erlang C:\n"
    "they wait in one line for all servers), or are turned away (Erlang B: nobody\n"
    "waits). Arrivals are Poisson; waits are those of exponential service times.\n\n"
    "  --load A          in erlangs: the mean number of busy servers, as 100 or 12.5\n"
    "  --rate R          arrivals, such as 400/s; with --service in place of --load\n"
    "  --service T       the mean service time, such as 12ms\n"
    "  --wait P          how many may have to wait, such as 5%\n"
    "  --blocking P      how many may be turned away, such as 1%\n"
    "  --concurrency N   also say how many instances, each working on N requests at\n"
    "                    once, this makes\n"
    "  --json FILE       the answer as JSON; - is standard output\n\n"
    "Instances that each have a line of their own behind a balancer make arrivals\n"
    "wait more often than one line does: play the answer with `rehearse run` to see\n"
    "how much.\n\n"
    "Exit: 0 answered, 2 a mistake in the question, 3 the answer cannot be written.\n";

struct staffing {
    double      load; /* 0: not given */
    int64_t     rate_microhertz;
    int64_t     service_ns;
    int64_t     wait_ppm;
    int64_t     blocking_ppm;
    uint32_t    concurrency;
    const char *json;
    uint32_t    servers; /* the answer */
};

/* --- the question --- */

static bool
staffing_load(const char *text, double *ret)
{
    char *end = NULL;
    errno = 0;
    *ret = strtod(text, &end);
    return text[strspn(text, "0123456789.")] == '\0' && end != text && *end == '\0' &&
           errno == 0 && *ret > 0 && *ret <= QUEUEING_LOAD_MAX;
}

static bool
staffing_concurrency(const char *text, uint32_t *ret)
{
    char *end = NULL;
    errno = 0;
    const unsigned long value = strtoul(text, &end, 10);
    *ret = (uint32_t)value;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && value > 0 &&
           value <= STAFFING_CONCURRENCY_MAX;
}

static bool
staffing_share(const char *text, int64_t *ret_ppm)
{
    return units_parse_percent(text, ret_ppm) && *ret_ppm > 0 && *ret_ppm < PPM;
}

/* One option; NULL when it is good, else what was expected. */
static const char *
staffing_take(struct staffing *staffing, int option, const char *value)
{
    switch (option) {
    case OPTION_LOAD:
        return staffing_load(value, &staffing->load)
                   ? NULL
                   : "--load takes a number of erlangs above 0, at most 10000000";
    case OPTION_RATE:
        return units_parse_rate(value, &staffing->rate_microhertz) && staffing->rate_microhertz > 0
                   ? NULL
                   : "--rate takes a rate above 0, such as 400/s";
    case OPTION_SERVICE:
        return units_parse_duration(value, &staffing->service_ns) && staffing->service_ns > 0
                   ? NULL
                   : "--service takes a duration above 0, such as 12ms";
    case OPTION_WAIT:
        return staffing_share(value, &staffing->wait_ppm)
                   ? NULL
                   : "--wait takes a percentage between 0% and 100%, such as 5%";
    case OPTION_BLOCKING:
        return staffing_share(value, &staffing->blocking_ppm)
                   ? NULL
                   : "--blocking takes a percentage between 0% and 100%, such as 1%";
    case OPTION_CONCURRENCY:
        return staffing_concurrency(value, &staffing->concurrency)
                   ? NULL
                   : "--concurrency takes a number from 1 to 1000000";
    case OPTION_JSON:
        staffing->json = value;
        return value[0] != '\0' ? NULL : "--json takes a path";
    default:
        return "see rehearse plan staffing --help"; /* getopt has said what is wrong */
    }
}

/* What does not go together; NULL when all is there. Fills in the load. */
static const char *
staffing_complete(struct staffing *staffing)
{
    const bool has_rate = staffing->rate_microhertz > 0;
    if ((staffing->load > 0) == has_rate || has_rate != (staffing->service_ns > 0)) {
        return "give --load, or --rate and --service";
    }
    if ((staffing->wait_ppm > 0) == (staffing->blocking_ppm > 0)) {
        return "give --wait or --blocking, one of them";
    }
    if (has_rate) {
        staffing->load =
            (double)staffing->rate_microhertz / 1e6 * ((double)staffing->service_ns / 1e9);
    }
    return staffing->load <= QUEUEING_LOAD_MAX
               ? NULL
               : "--rate times --service is more than 10000000 erlangs";
}

/* --- the answer --- */

static bool
staffing_may_wait(const struct staffing *staffing)
{
    return staffing->wait_ppm > 0;
}

static double
staffing_share_max(const struct staffing *staffing)
{
    return (double)(staffing->wait_ppm + staffing->blocking_ppm) / PPM;
}

struct staffing_row {
    uint32_t servers;
    double   busy;  /* share of the servers */
    double   share; /* of arrivals that wait, or are turned away */
    double   wait;  /* mean, in service times; < 0: it grows without end */
};

static struct staffing_row
staffing_row(const struct staffing *staffing, uint32_t servers)
{
    const double        load = staffing->load;
    struct staffing_row row = { .servers = servers, .wait = -1 };
    if (!staffing_may_wait(staffing)) {
        row.share = queueing_erlang_b(servers, load);
        row.busy = load * (1 - row.share) / servers;
        return row;
    }
    row.share = queueing_erlang_c(servers, load);
    row.busy = load < servers ? load / servers : 1;
    if (load < servers) {
        row.wait = queueing_mmc_wait(servers, load);
    }
    return row;
}

static uint32_t
staffing_rows(const struct staffing *staffing, struct staffing_row rows[STAFFING_ROWS_MAX])
{
    uint32_t count = 0;
    for (uint32_t servers = staffing->servers - 1; servers <= staffing->servers + 1; servers++) {
        if (servers > 0) {
            rows[count++] = staffing_row(staffing, servers);
        }
    }
    return count;
}

/* Of a mean wait: in time when the service time is known. */
static void
staffing_wait_text(const struct staffing *staffing, double wait, struct strbuf *out)
{
    const double wait_ns = wait * (double)staffing->service_ns;
    if (wait < 0) {
        strbuf_add(out, "without end");
    } else if (staffing->service_ns == 0) {
        strbuf_printf(out, "%.5f", wait);
    } else {
        text_latency(out, wait_ns < 9e18 ? (int64_t)wait_ns : INT64_MAX);
    }
}

static void
staffing_print(const struct staffing *staffing)
{
    const bool may_wait = staffing_may_wait(staffing);
    struct staffing_row rows[STAFFING_ROWS_MAX];
    const uint32_t count = staffing_rows(staffing, rows);
    printf("%u server%s: with a load of %.10g erlangs, %.4g%% of all arrivals %s, at most %.6g%% "
           "may.\n",
           staffing->servers, staffing->servers == 1 ? "" : "s", staffing->load,
           staffing_row(staffing, staffing->servers).share * 100,
           may_wait ? "have to wait" : "are turned away", staffing_share_max(staffing) * 100);
    if (staffing->concurrency > 0) {
        const uint32_t instances = queueing_instances(staffing->servers, staffing->concurrency);
        printf("%u instance%s working on %u at once: as many.\n", instances,
               instances == 1 ? "" : "s", staffing->concurrency);
    }
    printf("\n  %9s  %7s  %10s", "servers", "busy", may_wait ? "wait" : "turned away");
    printf("%s\n", !may_wait ? ""
                   : staffing->service_ns == 0 ? "   mean wait (service times)"
                                               : "   mean wait");
    for (uint32_t i = 0; i < count; i++) {
        printf("%c %9u  %6.2f%%  %9.5f%%", rows[i].servers == staffing->servers ? '>' : ' ',
               rows[i].servers, rows[i].busy * 100, rows[i].share * 100);
        if (may_wait) {
            struct strbuf text = { 0 };
            staffing_wait_text(staffing, rows[i].wait, &text);
            printf("   %s", strbuf_text(&text));
            strbuf_fini(&text);
        }
        printf("\n");
    }
}

static json_t *
staffing_json_row(const struct staffing *staffing, const struct staffing_row *row)
{
    json_t *json = json_object();
    (void)json_object_set_new(json, "servers", json_integer(row->servers));
    (void)json_object_set_new(json, "busy", json_real(row->busy));
    (void)json_object_set_new(json, staffing_may_wait(staffing) ? "wait" : "blocking",
                              json_real(row->share));
    if (staffing_may_wait(staffing)) {
        (void)json_object_set_new(json, "wait_mean_services",
                                  row->wait < 0 ? json_null() : json_real(row->wait));
        if (staffing->service_ns > 0) {
            const double wait_ms = row->wait * (double)staffing->service_ns / 1e6;
            (void)json_object_set_new(json, "wait_mean_ms",
                                      row->wait < 0 ? json_null() : json_real(wait_ms));
        }
    }
    return json;
}

static int
staffing_dump(const char *bytes, size_t len, void *context)
{
    strbuf_add_bytes(context, bytes, len);
    return 0;
}

static enum status
staffing_json(const struct staffing *staffing, struct error *err)
{
    struct staffing_row rows[STAFFING_ROWS_MAX];
    const uint32_t      count = staffing_rows(staffing, rows);
    struct strbuf       text = { 0 };
    json_t             *list = json_array();
    json_t             *json = json_object();
    (void)json_object_set_new(json, "load", json_real(staffing->load));
    (void)json_object_set_new(json, staffing_may_wait(staffing) ? "wait_at_most"
                                                                : "blocking_at_most",
                              json_real(staffing_share_max(staffing)));
    (void)json_object_set_new(json, "servers", json_integer(staffing->servers));
    if (staffing->concurrency > 0) {
        (void)json_object_set_new(
            json, "instances",
            json_integer(queueing_instances(staffing->servers, staffing->concurrency)));
    }
    for (uint32_t i = 0; i < count; i++) {
        (void)json_array_append_new(list, staffing_json_row(staffing, &rows[i]));
    }
    (void)json_object_set_new(json, "rows", list);
    (void)json_dump_callback(json, staffing_dump, &text,
                             JSON_INDENT(2) | JSON_REAL_PRECISION(STAFFING_DIGITS));
    strbuf_add_char(&text, '\n');
    const enum status status = output_write(staffing->json, &text, err);
    strbuf_fini(&text);
    json_decref(json);
    return status;
}

int
plan_staffing_main(int argc, char **argv)
{
    struct staffing staffing = { 0 };
    const char     *wrong = NULL;
    int             option = 0;
    optind = 1;
    while (wrong == NULL && (option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        if (option == 'h') {
            (void)fputs(staffing_help, stdout);
            return 0;
        }
        wrong = staffing_take(&staffing, option, optarg);
    }
    if (wrong == NULL && optind < argc) {
        wrong = "it takes options only, see rehearse plan staffing --help";
    }
    wrong = wrong == NULL ? staffing_complete(&staffing) : wrong;
    if (wrong != NULL) {
        (void)fprintf(stderr, "rehearse plan staffing: %s\n", wrong);
        return 2;
    }
    const double share_max = staffing_share_max(&staffing);
    staffing.servers = staffing_may_wait(&staffing)
                           ? queueing_servers_for_wait(staffing.load, share_max)
                           : queueing_servers_for_blocking(staffing.load, share_max);
    struct error err = { "" };
    if (staffing.json == NULL || strcmp(staffing.json, "-") != 0) {
        staffing_print(&staffing);
    }
    if (staffing.json != NULL && staffing_json(&staffing, &err) != ST_OK) {
        (void)fprintf(stderr, "rehearse plan staffing: %s\n", err.text);
        return 3;
    }
    return 0;
}
