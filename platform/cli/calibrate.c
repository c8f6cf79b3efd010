/* platform/cli/calibrate.c - `rehearse calibrate`: its options, and what it prints. */
#include "platform/cli/calibrate.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "platform/backends/docker/docker.h"
#include "platform/backends/haproxy/haproxy.h"
#include "platform/base/json_place.h"
#include "platform/cli/calibrate_bench.h"
#include "platform/cli/files.h"
#include "platform/model/app.h"

enum {
    CALIBRATE_REQUESTS = 1000,
    CALIBRATE_SECONDS = 30,
    CALIBRATE_SLICES = 100, /* of equal size: the samples are their means */
    CALIBRATE_TEXT_BYTES = 64
};

struct calibrate_command {
    struct arena             arena;
    struct calibrate_options options;
    const char              *subject; /* an image, or a file of an app */
};

static volatile sig_atomic_t calibrate_interrupted;

static void
calibrate_on_signal(int number)
{
    (void)number;
    calibrate_interrupted = 1;
}

static bool
calibrate_stop(void)
{
    return calibrate_interrupted != 0;
}

static void
calibrate_help(FILE *out)
{
    (void)fprintf(
        out,
        "usage: rehearse calibrate IMAGE|APP.json [--requests N] [--seconds N]\n"
        "                          [--path /PATH] [--port N]\n\n"
        "Runs one container of an image, or of an app, behind HAProxy on this machine,\n"
        "and measures what a request takes, one at a time, and how many are worked on at\n"
        "once. Prints it as a scenario says it: \"images\" and \"cluster\", to be copied\n"
        "into a file.\n\n"
        "  --requests N   to measure one at a time; 1000 when not given\n"
        "  --seconds N    at most for these; 30 when not given\n"
        "  --path /PATH   what is asked for; / when not given\n"
        "  --port N       where an image listens; 80 when not given, an app says its own\n\n"
        "The Docker Engine at REHEARSAL_DOCKER_SOCKET, or /var/run/docker.sock, is asked.\n");
}

/* A whole number of 1..max; 0 when it is none. */
static uint32_t
calibrate_number(const char *text, uint32_t max)
{
    char *end = NULL;
    const unsigned long value = strtoul(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && value <= max ? (uint32_t)value : 0;
}

/* True when the option is one, and its value good. */
static bool
calibrate_option(struct calibrate_command *command, const char *name, const char *value)
{
    struct calibrate_options *options = &command->options;
    if (value == NULL) {
        return false;
    }
    if (strcmp(name, "--requests") == 0) {
        options->requests = calibrate_number(value, 1000000);
        return options->requests > 0;
    }
    if (strcmp(name, "--seconds") == 0) {
        options->duration_ns = SEC(calibrate_number(value, 3600));
        return options->duration_ns > 0;
    }
    if (strcmp(name, "--path") == 0) {
        options->path = value;
        return value[0] == '/';
    }
    if (strcmp(name, "--port") == 0) {
        options->container_port = (uint16_t)calibrate_number(value, UINT16_MAX);
        return options->container_port > 0;
    }
    return false;
}

/* --- an app's definition --- */

static const struct app_spec *
calibrate_app_read(struct calibrate_command *command, char *text, size_t len)
{
    json_error_t error;
    struct diag_list diags;
    json_place_blank_comments(text, len);
    json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL) {
        (void)fprintf(stderr, "%s:%d:%d: not JSON: %s\n", command->subject, error.line,
                      error.column, error.text);
        return NULL;
    }
    const struct diag_source source = { .file = command->subject, .text = text, .text_len = len };
    diag_list_init(&diags, &command->arena);
    const struct app_spec *app = app_read(json, &source, "", &command->arena, &diags);
    json_decref(json);
    for (uint32_t i = 0; i < diags.items.count; i++) {
        struct strbuf line = { 0 };
        diag_print(vec_at(&diags.items, i), &line);
        (void)fputs(strbuf_text(&line), stderr);
        strbuf_fini(&line);
    }
    const bool good = diags.errors_count == 0;
    diag_list_fini(&diags);
    return good ? app : NULL;
}

static void
calibrate_app_spec(struct calibrate_command *command, const struct app_spec *app)
{
    struct container_spec *spec = &command->options.spec;
    spec->image = app->image;
    spec->shell = app->shell;
    spec->args = app->args;
    spec->args_count = app->args_count;
    spec->env = app->env;
    spec->env_count = app->env_count;
    spec->cpu_milli = app->cpu_milli;
    spec->mem_bytes = app->mem_bytes;
    spec->user = app->user;
    if (app->ports_count > 0 && app->ports[0].container_port > 0) {
        command->options.container_port = app->ports[0].container_port;
    }
}

/* False when it has been said what is wrong. */
static bool
calibrate_subject(struct calibrate_command *command)
{
    const size_t len = strlen(command->subject);
    command->options.spec.network = CONTAINER_BRIDGE;
    command->options.spec.cpu_milli = 1000;
    command->options.spec.mem_bytes = MIB(256);
    if (len < 5 || strcmp(command->subject + len - 5, ".json") != 0) {
        command->options.spec.image = command->subject;
        return true;
    }
    struct files_io files;
    struct error err = { "" };
    char *text = NULL;
    size_t text_len = 0;
    files_io_init(&files);
    if (files.io.read(&files.io, command->subject, &command->arena, &text, &text_len, &err) !=
        ST_OK) {
        (void)fprintf(stderr, "rehearse: %s\n", err.text);
        return false;
    }
    const struct app_spec *app = calibrate_app_read(command, text, text_len);
    if (app == NULL) {
        return false;
    }
    calibrate_app_spec(command, app);
    return true;
}

/* --- what was found --- */

static int64_t
calibrate_mean(const struct vec *sorted, uint32_t first, uint32_t end)
{
    double sum = 0;
    for (uint32_t i = first; i < end; i++) {
        sum += (double)*(const int64_t *)vec_at(sorted, i);
    }
    return (int64_t)(sum / (double)(end - first));
}

static const char *
calibrate_us(int64_t ns, char *text)
{
    (void)snprintf(text, CALIBRATE_TEXT_BYTES, "%" PRId64 "us",
                   int64_max((ns + 500) / 1000, 1));
    return text;
}

/* Means of slices of equal size, less what client and proxy take: their mean is that of all. */
static void
calibrate_print_samples(const struct vec *latencies, int64_t overhead_ns)
{
    const uint32_t count = latencies->count;
    const uint32_t slices = count < CALIBRATE_SLICES ? count : CALIBRATE_SLICES;
    char text[CALIBRATE_TEXT_BYTES];
    for (uint32_t i = 0; i < slices; i++) {
        const uint32_t first = (uint32_t)((uint64_t)count * i / slices);
        const uint32_t end = (uint32_t)((uint64_t)count * (i + 1) / slices);
        const int64_t mean_ns = calibrate_mean(latencies, first, end) - overhead_ns;
        (void)printf("%s%s\"%s\"", i == 0 ? "" : ",", i % 10 == 0 ? "\n        " : " ",
                     calibrate_us(mean_ns, text));
    }
}

static void
calibrate_print(const struct calibrate_command *command, const struct calibrate_findings *findings)
{
    const struct vec *latencies = &findings->latencies;
    const struct vec *overheads = &findings->overheads;
    const int64_t overhead_ns = *(int64_t *)vec_at(overheads, overheads->count / 2);
    const int64_t mean_ns = calibrate_mean(latencies, 0, latencies->count);
    const int64_t service_ns = int64_max(mean_ns - overhead_ns, 1000);
    double best_per_s = 0;
    char one[CALIBRATE_TEXT_BYTES];
    char two[CALIBRATE_TEXT_BYTES];

    (void)fprintf(stderr,
                  "one at a time: %u requests, mean %s; %u answered by HAProxy, median %s\n",
                  (unsigned)latencies->count, calibrate_us(mean_ns, one),
                  (unsigned)overheads->count, calibrate_us(overhead_ns, two));
    for (uint32_t i = 0; i < findings->steps_count; i++) {
        (void)fprintf(stderr, "%u at once: %.0f requests a second\n",
                      (unsigned)findings->steps[i].clients, findings->steps[i].per_s);
        best_per_s = findings->steps[i].per_s > best_per_s ? findings->steps[i].per_s : best_per_s;
    }
    const double width = best_per_s * (double)service_ns / (double)NS_PER_SEC;
    (void)printf("{\n  \"cluster\": { \"hop\": \"%s\" },\n  \"images\": {\n    \"%s\": {\n"
                 "      \"concurrency\": %u,\n"
                 "      \"service_time\": { \"dist\": \"empirical\", \"samples\": [",
                 calibrate_us(overhead_ns / 2, one),
                 command->options.spec.image != NULL ? command->options.spec.image : "",
                 width > 1.5 ? (unsigned)(width + 0.5) : 1);
    calibrate_print_samples(latencies, overhead_ns);
    (void)printf("\n      ] }\n    }\n  }\n}\n");
}

static int
calibrate_run(struct calibrate_command *command)
{
    struct calibrate_findings findings;
    struct error err = { "" };
    const char *socket_path = getenv("REHEARSAL_DOCKER_SOCKET");
    if (socket_path != NULL && socket_path[0] != '\0') {
        command->options.socket_path = socket_path;
    }
    (void)signal(SIGINT, calibrate_on_signal);
    (void)signal(SIGTERM, calibrate_on_signal);
    calibrate_findings_init(&findings);
    enum status status = docker_backend_ping(command->options.socket_path, &err);
    if (status == ST_OK) {
        status = haproxy_backend_check(NULL, &err);
    }
    if (status == ST_OK) {
        status = calibrate_bench(&command->options, calibrate_stop, &findings, &err);
    }
    if (status == ST_OK) {
        calibrate_print(command, &findings);
    } else {
        (void)fprintf(stderr, "rehearse: %s\n", err.text);
    }
    if (findings.failed > 0) {
        (void)fprintf(stderr, "%" PRIu64 " requests were not answered well and are not counted\n",
                      findings.failed);
    }
    calibrate_findings_fini(&findings);
    return status == ST_OK ? 0 : 3;
}

int
calibrate_main(int argc, char **argv)
{
    struct calibrate_command command = { .options = { .container_port = 80,
                                                      .path = "/",
                                                      .requests = CALIBRATE_REQUESTS,
                                                      .duration_ns = SEC(CALIBRATE_SECONDS) } };
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            calibrate_help(stdout);
            return 0;
        }
        if (strncmp(argv[i], "--", 2) == 0) {
            if (!calibrate_option(&command, argv[i], i + 1 < argc ? argv[i + 1] : NULL)) {
                (void)fprintf(stderr, "rehearse calibrate: %s is no option, or has no good value\n",
                              argv[i]);
                return 2;
            }
            i++;
        } else if (command.subject == NULL) {
            command.subject = argv[i];
        } else {
            (void)fprintf(stderr, "rehearse calibrate: one image or app at a time\n");
            return 2;
        }
    }
    if (command.subject == NULL) {
        calibrate_help(stderr);
        return 2;
    }
    arena_init(&command.arena, 0);
    const int code = calibrate_subject(&command) ? calibrate_run(&command) : 2;
    arena_fini(&command.arena);
    return code;
}
