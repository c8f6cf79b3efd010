/* sim/scenario_traffic_tables.c - the fields of traffic: who asks for what, when, and how often. */
#include "sim/scenario_parts.h"

#define TABLE(fields) { (fields), COUNT_OF(fields) }
#define AT(type, member) .offset = offsetof(struct type, member)

static const char *const connections_words[] = { "keep-alive", "new", NULL };
_Static_assert(CONNECTIONS_KEPT == 0 && CONNECTIONS_NEW == 1, "connections_words follow the enum");

static const char *const mode_words[] = { "request", "flow", NULL };
_Static_assert(MODE_REQUEST == 0 && MODE_FLOW == 1, "mode_words follow the enum");

static const struct field traffic_fields[] = {
    { .name = "to", .kind = FIELD_TEXT, AT(scenario_traffic_line, traffic.to),
      .flags = FIELD_REQUIRED,
      .about = "A virtual host that an app's labels name, or an app's id." },
    { .name = "path", .kind = FIELD_TEXT, AT(scenario_traffic_line, traffic.path),
      .about = "The path that is asked for; / when not given." },
    { .name = "rate", .kind = FIELD_RATE, AT(scenario_traffic_line, traffic.rate_microhertz),
      .about = "How many requests come in, whatever the answers do." },
    { .name = "arrivals", .kind = FIELD_JSON, AT(scenario_traffic_line, arrivals),
      .about = "At random or evenly, in bursts, like a day, or from a file; poisson when not "
               "given." },
    { .name = "clients", .kind = FIELD_COUNT, AT(scenario_traffic_line, traffic.clients),
      .flags = FIELD_POSITIVE, .max = 1000000,
      .about = "In place of rate: so many clients, each of which waits for its answer, thinks, and "
               "asks again." },
    { .name = "think", .kind = FIELD_DIST, AT(scenario_traffic_line, traffic.think),
      .about = "With clients: from an answer to the next request; none when not given." },
    { .name = "requests", .kind = FIELD_JSON, AT(scenario_traffic_line, requests),
      .about = "Classes of requests that are not alike, each with its share." },
    { .name = "sessions", .kind = FIELD_COUNT, AT(scenario_traffic_line, traffic.sessions),
      .flags = FIELD_POSITIVE, .max = 10000000,
      .about = "How many clients with cookies the requests come from; none keeps cookies when not "
               "given." },
    { .name = "connections", .kind = FIELD_WORD, AT(scenario_traffic_line, traffic.connections),
      .words = connections_words,
      .about = "Of real clients: kept open from one request to the next, or new for each; "
               "keep-alive when not given. Modelled requests have no connections." },
    { .name = "mode", .kind = FIELD_WORD, AT(scenario_traffic_line, traffic.mode),
      .words = mode_words,
      .about = "Each request is made (request, when not given), or they are counted a second at a "
               "time by what such requests meet (flow): for millions a second." },
    { .name = "timeout", .kind = FIELD_DURATION, AT(scenario_traffic_line, traffic.timeout_ns),
      .flags = FIELD_POSITIVE,
      .about = "How long a client waits for each try; 10s when not given." },
    { .name = "retries", .kind = FIELD_JSON, AT(scenario_traffic_line, retries),
      .about = "What a client does that got no answer, or an error; it gives up when not given." },
    { .name = "from", .kind = FIELD_DURATION, AT(scenario_traffic_line, traffic.from_at_ns),
      .about = "When it begins; the start when not given." },
    { .name = "until", .kind = FIELD_DURATION, AT(scenario_traffic_line, traffic.until_at_ns),
      .flags = FIELD_POSITIVE, .about = "When it ends; the scenario's end when not given." },
    { .name = "measure_from", .kind = FIELD_DURATION,
      AT(scenario_traffic_line, traffic.measure_from_at_ns),
      .about = "Requests before are made and not counted; \"from\" when not given." },
};
const struct scenario_table scenario_traffic_table = TABLE(traffic_fields);

/* --- when --- */

const char *const scenario_arrivals_words[] = { "poisson", "constant", NULL };
_Static_assert(ARRIVALS_POISSON == 0 && ARRIVALS_CONSTANT == 1, "the words follow the enum");
const char *const scenario_curve_words[] = { "mmpp", "diurnal", NULL };
_Static_assert(ARRIVALS_MMPP == 2 && ARRIVALS_DIURNAL == 3, "the words follow the enum");

static const struct field mmpp_fields[] = {
    { .name = "states", .kind = FIELD_JSON, .offset = 0, .flags = FIELD_REQUIRED,
      .about = "The states that follow one another in turn, from the first on." },
};
const struct scenario_table scenario_mmpp_table = TABLE(mmpp_fields);

static const struct field burst_fields[] = {
    { .name = "factor", .kind = FIELD_NUMBER, AT(scenario_burst, factor), .flags = FIELD_REQUIRED,
      .about = "The rate in this state, in multiples of the line's rate." },
    { .name = "mean", .kind = FIELD_DURATION, AT(scenario_burst, mean_ns),
      .flags = FIELD_REQUIRED | FIELD_POSITIVE,
      .about = "How long it lasts in the mean; each stay is exponential." },
};
const struct scenario_table scenario_burst_table = TABLE(burst_fields);

static const struct field diurnal_fields[] = {
    { .name = "peak", .kind = FIELD_RATE, AT(scenario_traffic, peak_microhertz),
      .flags = FIELD_REQUIRED | FIELD_POSITIVE,
      .about = "The highest rate; the line's rate is the lowest." },
    { .name = "peak_at", .kind = FIELD_DURATION, AT(scenario_traffic, peak_at_ns),
      .about = "When it is highest, counted from the start; after half a period when not given." },
    { .name = "period", .kind = FIELD_DURATION, AT(scenario_traffic, period_ns),
      .flags = FIELD_POSITIVE, .about = "How long a day is; 24h when not given." },
};
const struct scenario_table scenario_diurnal_table = TABLE(diurnal_fields);

static const struct field arrivals_file_fields[] = {
    { .name = "file", .kind = FIELD_TEXT, .offset = 0, .flags = FIELD_REQUIRED,
      .about = "In place of rate: a file beside this one with a line an arrival, seconds after "
               "\"from\" or a duration, and the name of a class if there are any." },
};
const struct scenario_table scenario_arrivals_file_table = TABLE(arrivals_file_fields);

/* --- what --- */

static const struct field class_fields[] = {
    { .name = "name", .kind = FIELD_TEXT, AT(scenario_class_entry, class.name),
      .flags = FIELD_REQUIRED, .about = "What the class is called in reports and expectations." },
    { .name = "share", .kind = FIELD_PERCENT, AT(scenario_class_entry, class.share_ppm),
      .min = 1, .max = PPM,
      .about = "Of the line's requests; those that name none share what is left." },
    { .name = "method", .kind = FIELD_TEXT, AT(scenario_class_entry, class.request.method),
      .about = "The method; GET when not given." },
    { .name = "path", .kind = FIELD_TEXT, AT(scenario_class_entry, class.request.path),
      .about = "The path; the line's when not given." },
    { .name = "headers", .kind = FIELD_JSON, AT(scenario_class_entry, headers),
      .about = "Names and values of headers." },
    { .name = "from", .kind = FIELD_TEXT, AT(scenario_class_entry, from),
      .about = "The IPv4 address it comes from; many addresses when not given." },
    { .name = "body", .kind = FIELD_BYTES, AT(scenario_class_entry, class.request.body_bytes),
      .about = "How large its body is; it has none when not given." },
    { .name = "https", .kind = FIELD_BOOL, AT(scenario_class_entry, class.request.https),
      .about = "It comes encrypted." },
};
const struct scenario_table scenario_class_table = TABLE(class_fields);

static const struct field retries_fields[] = {
    { .name = "max", .kind = FIELD_COUNT, AT(scenario_retries, max), .flags = FIELD_REQUIRED,
      .max = 100, .about = "How many further tries at most." },
    { .name = "backoff", .kind = FIELD_DURATION, AT(scenario_retries, backoff_ns),
      .about = "From a try that failed to the first further one; 100ms when not given." },
    { .name = "factor", .kind = FIELD_NUMBER, AT(scenario_retries, factor),
      .about = "Each back-off is so many times the one before; 2 when not given." },
    { .name = "backoff_max", .kind = FIELD_DURATION, AT(scenario_retries, backoff_max_ns),
      .flags = FIELD_POSITIVE, .about = "No back-off is longer; 10s when not given." },
    { .name = "jitter", .kind = FIELD_PERCENT, AT(scenario_retries, jitter_ppm), .max = PPM,
      .about = "Each back-off is shortened at random by up to this share of it; 0% when not "
               "given." },
    { .name = "budget", .kind = FIELD_PERCENT, AT(scenario_retries, budget_ppm), .min = 1,
      .max = 10 * PPM,
      .about = "Further tries of the whole line, at most this share of its requests; no limit when "
               "not given." },
};
const struct scenario_table scenario_retries_table = TABLE(retries_fields);
