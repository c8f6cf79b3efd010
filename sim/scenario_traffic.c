/* sim/scenario_traffic.c - the requests that come in, and the faults drawn from the seed. */
#include <string.h>

#include <jansson.h>

#include "sim/scenario_parts.h"
#include "sim/snapshot.h"

#define TRAFFIC_TIMEOUT_NS SEC(10) /* a guess: what an impatient client waits */
#define FAULTS_EVERY_NS    MIN(1)

/* What a client does that says no more than that it tries again: guesses. */
#define RETRIES_BACKOFF_NS     MS(100)
#define RETRIES_BACKOFF_MAX_NS SEC(10)
#define RETRIES_FACTOR         2.0

/* An instant that the file gives and that lies after the scenario's end. */
static void
check_instant(struct scenario_reader *reader, const struct json_t *json, const char *pointer,
              const char *name, int64_t at_ns)
{
    const int64_t end_at_ns = reader->scenario->duration_ns;
    if (at_ns > end_at_ns && end_at_ns > 0 && json_object_get(json, name) != NULL) {
        scenario_error(reader, fields_pointer(reader->read.arena, pointer, name),
                       "lies after the end of the scenario, expected at most its \"duration\"");
    }
}

static void
check_order(struct scenario_reader *reader, const char *pointer, int64_t from_at_ns,
            int64_t until_at_ns)
{
    if (reader->scenario->duration_ns > 0 && until_at_ns <= from_at_ns) {
        scenario_error(reader, fields_pointer(reader->read.arena, pointer, "until"),
                       "is not after \"from\", expected a later instant");
    }
}

/* A line is open or closed, and each kind has its own members. */
static void
check_kind(struct scenario_reader *reader, const struct json_t *json, const char *pointer,
           const struct scenario_traffic *traffic)
{
    struct arena *arena = reader->read.arena;
    const bool    has_rate = json_object_get(json, "rate") != NULL;
    const bool    is_file = traffic->arrivals == ARRIVALS_FILE;
    if (has_rate && (traffic->closed || is_file)) {
        scenario_error(reader, fields_pointer(arena, pointer, "rate"),
                       "stands beside %s, which %s when requests come, expected one of them",
                       traffic->closed ? "\"clients\"" : "a file of arrivals",
                       traffic->closed ? "decide" : "says");
    }
    if (!has_rate && !traffic->closed && !is_file) {
        scenario_error(reader, pointer,
                       "\"rate\" is missing, expected a rate, such as \"400/s\", or \"clients\"");
    }
    if (traffic->closed && json_object_get(json, "arrivals") != NULL) {
        scenario_error(reader, fields_pointer(arena, pointer, "arrivals"),
                       "stands beside \"clients\", who decide when requests come, expected one of "
                       "them");
    }
    if (!traffic->closed && json_object_get(json, "think") != NULL) {
        scenario_error(reader, fields_pointer(arena, pointer, "think"),
                       "means nothing without \"clients\", expected both");
    }
}

static void
read_retries(struct scenario_reader *reader, const struct json_t *json, const char *pointer,
             struct scenario_retries *retries)
{
    if (json == NULL) {
        return;
    }
    *retries = (struct scenario_retries){ .backoff_ns = RETRIES_BACKOFF_NS,
                                          .backoff_max_ns = RETRIES_BACKOFF_MAX_NS,
                                          .factor = RETRIES_FACTOR };
    fields_parse(&reader->read, json, pointer, scenario_retries_table.fields,
                 scenario_retries_table.count, NULL, retries);
    if (!(retries->factor >= 1 && retries->factor <= 1000)) {
        scenario_error(reader, fields_pointer(reader->read.arena, pointer, "factor"),
                       "lies outside of what makes sense, expected a number from 1 to 1000");
    }
}

/* The parts of a line that are more than one value. */
static void
read_line_parts(struct scenario_reader *reader, const struct json_t *json, const char *pointer,
                struct scenario_traffic_line *line)
{
    struct arena            *arena = reader->read.arena;
    struct scenario_traffic *traffic = &line->traffic;
    traffic->closed = json_object_get(json, "clients") != NULL;
    scenario_read_classes(reader, line->requests, fields_pointer(arena, pointer, "requests"),
                          traffic);
    scenario_read_arrivals(reader, line->arrivals, fields_pointer(arena, pointer, "arrivals"),
                           traffic);
    read_retries(reader, line->retries, fields_pointer(arena, pointer, "retries"),
                 &traffic->retries);
    check_kind(reader, json, pointer, traffic);
    scenario_check_flow_line(reader, json, pointer, traffic);
}

static void
read_line(struct scenario_reader *reader, const struct json_t *json, const char *pointer,
          struct scenario_traffic *traffic)
{
    const struct snapshot *snapshot = reader->snapshot;
    struct scenario_traffic_line line = {
        .traffic = { .path = "/",
                     .timeout_ns = TRAFFIC_TIMEOUT_NS,
                     .from_at_ns = snapshot != NULL ? snapshot->warm_up_ns / 2 : 0,
                     .until_at_ns = reader->scenario->duration_ns,
                     .measure_from_at_ns = -1 },
    };
    const uint32_t errors_count = reader->read.diags->errors_count;
    fields_parse(&reader->read, json, pointer, scenario_traffic_table.fields,
                 scenario_traffic_table.count, NULL, &line);
    if (json_is_object(json)) {
        read_line_parts(reader, json, pointer, &line);
    }
    if (line.traffic.measure_from_at_ns < 0) {
        line.traffic.measure_from_at_ns =
            int64_max(line.traffic.from_at_ns, snapshot != NULL ? snapshot->warm_up_ns : 0);
    }
    *traffic = line.traffic;
    if (reader->read.diags->errors_count > errors_count) {
        return; /* what was misread is not judged */
    }
    if (traffic->path[0] != '/') {
        scenario_error(reader, fields_pointer(reader->read.arena, pointer, "path"),
                       "found \"%s\", expected a path that begins with /", traffic->path);
    }
    check_instant(reader, json, pointer, "from", traffic->from_at_ns);
    check_instant(reader, json, pointer, "until", traffic->until_at_ns);
    check_instant(reader, json, pointer, "measure_from", traffic->measure_from_at_ns);
    if (reader->read.diags->errors_count == errors_count) {
        check_order(reader, pointer, traffic->from_at_ns, traffic->until_at_ns);
    }
}

void
scenario_read_traffic(struct scenario_reader *reader)
{
    struct scenario     *scenario = reader->scenario;
    const struct json_t *lines = reader->top.traffic;
    if (!fields_is_array(&reader->read, lines, "/traffic")) {
        return;
    }
    const size_t count = json_array_size(lines);
    if (count > SCENARIO_TRAFFIC_MAX) {
        scenario_error(reader, "/traffic", "found %u lines, expected at most %d", (unsigned)count,
                       (int)SCENARIO_TRAFFIC_MAX);
        return;
    }
    scenario->traffic = ARENA_ARRAY(reader->read.arena, struct scenario_traffic, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        read_line(reader, json_array_get(lines, i),
                  fields_pointer_at(reader->read.arena, "/traffic", i),
                  &scenario->traffic[scenario->traffic_count]);
        scenario->traffic_count += scenario->traffic[scenario->traffic_count].to != NULL;
    }
}

/* Whether a label is HAPROXY_n_VHOST. */
static bool
is_vhost_label(const char *key)
{
    static const char prefix[] = "HAPROXY_";
    if (strncmp(key, prefix, sizeof prefix - 1) != 0) {
        return false;
    }
    const char  *number = key + sizeof prefix - 1;
    const size_t digits = strspn(number, "0123456789");
    return digits > 0 && strcmp(number + digits, "_VHOST") == 0;
}

bool
scenario_has_host(const char *hosts, const char *host)
{
    const size_t host_len = strlen(host);
    while (*hosts != '\0') {
        hosts += strspn(hosts, ", ");
        const size_t len = strcspn(hosts, ", ");
        if (len == host_len && strncmp(hosts, host, len) == 0) {
            return true;
        }
        hosts += len;
    }
    return false;
}

bool
scenario_label_has_host(const struct container_pair *label, const char *host)
{
    return is_vhost_label(label->key) && scenario_has_host(label->value, host);
}

bool
scenario_app_serves(const struct app_spec *app, const char *to)
{
    if (strcmp(app->id, to) == 0) {
        return true;
    }
    for (uint32_t i = 0; i < app->labels_count; i++) {
        if (scenario_label_has_host(&app->labels[i], to)) {
            return true;
        }
    }
    return false;
}

/* An app that the timeline deploys may serve it too. */
static bool
step_serves(const struct json_t *entry, const char *to)
{
    const struct json_t *labels = json_object_get(json_object_get(entry, "set"), "labels");
    const char          *app = json_string_value(json_object_get(entry, "app"));
    const char          *verb = json_string_value(json_object_get(entry, "do"));
    const char          *key;
    struct json_t       *value;
    if (verb == NULL || strcmp(verb, "deploy") != 0) {
        return false;
    }
    if (app != NULL && strcmp(app, to) == 0) {
        return true;
    }
    json_object_foreach ((struct json_t *)(uintptr_t)labels, key, value) {
        if (is_vhost_label(key) && json_is_string(value) &&
            scenario_has_host(json_string_value(value), to)) {
            return true;
        }
    }
    return false;
}

bool
scenario_is_served(const struct scenario_reader *reader, const char *to)
{
    const struct scenario *scenario = reader->scenario;
    for (uint32_t i = 0; i < scenario->apps_count; i++) {
        if (scenario_app_serves(scenario->apps[i], to)) {
            return true;
        }
    }
    for (uint32_t i = 0; i < json_array_size(reader->top.timeline); i++) {
        if (step_serves(json_array_get(reader->top.timeline, i), to)) {
            return true;
        }
    }
    return scenario->apps_refused || scenario_gateway_serves(reader, to);
}

/* Adds the hosts of one list, "a.example.com,b.example.com", to words. */
static void
add_hosts(struct arena *arena, const char *hosts, struct vec *words)
{
    while (*hosts != '\0') {
        hosts += strspn(hosts, ", ");
        const size_t len = strcspn(hosts, ", ");
        if (len > 0) {
            *(const char **)vec_push(words) = arena_printf(arena, "%.*s", (int)len, hosts);
        }
        hosts += len;
    }
}

const char *
scenario_serves_nearest(const struct scenario_reader *reader, const char *to)
{
    const struct scenario *scenario = reader->scenario;
    struct arena          *arena = reader->read.arena;
    struct vec             words; /* const char * */
    vec_init(&words, sizeof(const char *));
    for (uint32_t i = 0; i < scenario->apps_count; i++) {
        const struct app_spec *app = scenario->apps[i];
        *(const char **)vec_push(&words) = app->id;
        for (uint32_t j = 0; j < app->labels_count; j++) {
            if (is_vhost_label(app->labels[j].key)) {
                add_hosts(arena, app->labels[j].value, &words);
            }
        }
    }
    /* Hosts of one domain are alike in most of their letters: what is before the dot decides. */
    const char *nearest = diag_nearest(to, (const char *const *)words.items, words.count);
    const char *first =
        nearest != NULL ? arena_printf(arena, "%.*s", (int)strcspn(nearest, "."), nearest) : NULL;
    const char *text =
        first != NULL && diag_nearest(arena_printf(arena, "%.*s", (int)strcspn(to, "."), to),
                                      &first, 1) != NULL
            ? arena_printf(arena, " (did you mean \"%s\"?)", nearest)
            : "";
    vec_fini(&words);
    return text;
}

void
scenario_check_traffic(struct scenario_reader *reader)
{
    struct arena *arena = reader->read.arena;
    for (uint32_t i = 0; i < json_array_size(reader->top.traffic); i++) {
        const struct json_t *line = json_array_get(reader->top.traffic, i);
        const char          *to = json_string_value(json_object_get(line, "to"));
        if (to != NULL && !scenario_is_served(reader, to)) {
            scenario_error(reader,
                           fields_pointer(arena, fields_pointer_at(arena, "/traffic", i), "to"),
                           "no app serves \"%s\", expected a host that a label HAPROXY_n_VHOST "
                           "names, or the id of an app%s", to,
                           scenario_serves_nearest(reader, to));
        }
    }
}

void
scenario_read_faults(struct scenario_reader *reader)
{
    const uint32_t               kinds_all = (UINT32_C(1) << FAULT_KIND_COUNT) - 1;
    const uint32_t               errors_count = reader->read.diags->errors_count;
    struct scenario_faults_block block = {
        .faults = { .until_at_ns = reader->scenario->duration_ns,
                    .every_ns = FAULTS_EVERY_NS,
                    .max_at_once = 1,
                    .nodes_down_max = 1,
                    .kinds = kinds_all },
    };
    if (!fields_is_object(&reader->read, reader->top.faults, "/faults")) {
        return;
    }
    fields_parse(&reader->read, reader->top.faults, "/faults", scenario_faults_table.fields,
                 scenario_faults_table.count, NULL, &block);
    block.faults.enabled = true;
    const char *const *words = NULL;
    for (uint32_t i = 0; i < scenario_faults_table.count; i++) {
        if (strcmp(scenario_faults_table.fields[i].name, "kinds") == 0) {
            words = scenario_faults_table.fields[i].words;
        }
    }
    ASSERT(words != NULL);
    if (block.kinds != NULL) {
        block.faults.kinds = 0;
        for (uint32_t i = 0; i < block.kinds_count; i++) {
            for (uint32_t kind = 0; kind < FAULT_KIND_COUNT; kind++) {
                if (strcmp(words[kind], block.kinds[i]) == 0) {
                    block.faults.kinds |= UINT32_C(1) << kind;
                }
            }
        }
    }
    reader->scenario->faults = block.faults;
    if (reader->read.diags->errors_count > errors_count) {
        return;
    }
    if (block.faults.kinds == 0) {
        scenario_error(reader, "/faults/kinds", "no kind is left, expected at least one");
    }
    check_instant(reader, reader->top.faults, "/faults", "from", block.faults.from_at_ns);
    check_instant(reader, reader->top.faults, "/faults", "until", block.faults.until_at_ns);
    if (reader->read.diags->errors_count == errors_count) {
        check_order(reader, "/faults", block.faults.from_at_ns, block.faults.until_at_ns);
    }
}
