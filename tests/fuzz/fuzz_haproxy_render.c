/*
 * tests/fuzz/fuzz_haproxy_render.c
 *
 * Goal:   no bytes in a service's texts get more into HAProxy's configuration or commands than one
 *         value, and no answer of HAProxy's makes the reader crash or hang.
 * Method: libFuzzer; the input is cut at NULs into the texts of services, and read as an answer. Of
 *         what is rendered every line must begin with a word that we write, and there must be as
 *         many of each as the services that were taken.
 * Build:  clang -fsanitize=fuzzer,address,undefined, with the objects of platform/base and
 *         platform/backends/haproxy/haproxy_{values,generation,parts,gateway,split,render}.c and
 *         haproxy_{render_front,state,commands}.c.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "platform/backends/haproxy/haproxy_split.h"
#include "platform/backends/haproxy/haproxy_state.h"

enum { FUZZ_SERVICES = 3, FUZZ_BYTES_MAX = 16 * 1024 };

static const struct haproxy_render_options fuzz_options = { .http_port = 8080,
                                                            .https_port = 8443,
                                                            .mesh_port = 8081,
                                                            .stats_path = "/tmp/stats.sock",
                                                            .certificates_path = "/tmp/certs",
                                                            .shares_path = "/tmp/shares" };
static const uint16_t fuzz_ports[HAPROXY_PORTS_TAKEN] = { 8080, 8443, 8081 };

/* The next text of the input, up to its NUL. */
static const char *
fuzz_text(const char **at, const char *end)
{
    const char *text = *at < end ? *at : "";
    if (*at < end) {
        *at += strlen(*at) + 1;
    }
    return text;
}

static void
fuzz_line(const char *line, size_t len, uint32_t *backends, uint32_t *servers)
{
    static const char *const words[] = {
        "global",           "defaults",           "frontend http",  "frontend port_",
        "backend be_",      "    fd-hard-limit ", "    hard-stop-", "    stats socket ",
        "    mode ",        "    retries ",       "    option ",    "    timeout ",
        "    bind 127.0.0.1:", "    use_backend be_", "    default_backend be_",
        "    balance ",     "    hash-type ",     "    # servers: ", "    server e",
        "frontend mesh",    "    # zone ",        "    cookie ",    "    dynamic-cookie-key ",
        "userlist users_",  "    user ",          "    retry-on ",  "    http-request ",
        "    http-response ", "    tcp-request ", "    acl network_allowed src ",
    };
    /* what only these may have, and what they never may */
    static const struct {
        const char *begin;
        const char *may;
    } odd[] = {
        { "    user ", "$" },
        { "    http-request auth realm '", "'" },
        { "    http-request replace-path ^", "\\$" },
        { "    use_backend be_", "'" }, /* around the value of a header */
        { "    http-response add-header Set-Cookie '", "'" },
    };
    const char *may = "";
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        may = strncmp(line, odd[i].begin, strlen(odd[i].begin)) == 0 ? odd[i].may : may;
    }
    if (len >= 2048) {
        abort();
    }
    for (size_t i = 0; i < len; i++) {
        if (line[i] < ' ' || line[i] > '~' ||
            (strchr("'\"\\$`", line[i]) != NULL && strchr(may, line[i]) == NULL)) {
            abort();
        }
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strncmp(line, words[i], strlen(words[i])) == 0) {
            *backends += strncmp(line, "backend", 7) == 0 ? 1 : 0;
            *servers += strncmp(line, "    server", 10) == 0 ? 1 : 0;
            if (strchr(words[i], '#') == NULL && memchr(line, '#', len) != NULL) {
                abort(); /* the rest of the line would be a comment */
            }
            return;
        }
    }
    abort();
}

static void
fuzz_render(const struct haproxy_generation *generation)
{
    struct haproxy_rendered rendered = { 0 };
    uint32_t backends = 0;
    uint32_t servers = 0;
    uint32_t lines = 0;
    haproxy_render(generation, &fuzz_options, &rendered);
    for (const char *at = strbuf_text(&rendered.text); *at != '\0'; lines++) {
        const size_t len = strcspn(at, "\n");
        fuzz_line(at, len, &backends, &servers);
        at += len + 1;
    }
    if (backends != generation->services.count || servers != generation->servers_count ||
        lines != rendered.owners.count) {
        abort();
    }
    haproxy_rendered_fini(&rendered);
}

/* The commands for an empty worker: one line a command, and none has a second one in it. */
static void
fuzz_commands(const struct haproxy_generation *generation, const char *answer)
{
    struct strbuf commands = { 0 };
    struct haproxy_workers workers;
    struct vec rows;
    vec_init(&rows, sizeof(struct haproxy_row));
    haproxy_workers_parse(answer, &workers);
    haproxy_rows_parse_stat(answer, &rows);
    (void)haproxy_rows_removals(&rows, generation, &commands);
    haproxy_rows_parse_state(answer, &rows);
    (void)haproxy_rows_commands(&rows, generation, &commands);
    (void)haproxy_rows_leaving(&rows, generation);
    (void)haproxy_split_commands(answer, generation, "/tmp/shares", &commands);
    for (const char *at = strbuf_text(&commands); *at != '\0';) {
        const size_t len = strcspn(at, "\n");
        if ((strncmp(at, "set server be_", 14) != 0 && strncmp(at, "add server be_", 14) != 0 &&
             strncmp(at, "del server be_", 14) != 0 && strncmp(at, "enable ", 7) != 0 &&
             strncmp(at, "set map /tmp/shares ", 20) != 0) ||
            memchr(at, ';', len) != NULL || memchr(at, '\\', len) != NULL) {
            abort();
        }
        at += len + 1;
    }
    strbuf_fini(&commands);
    vec_fini(&rows);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct env_endpoint endpoints[] = {
        { .id = 1, .ipv4 = 0x7F000001, .port = 80, .weight = 1 },
        { .id = UINT64_MAX, .ipv4 = 0xFFFFFFFF, .port = 65535, .weight = 256, .draining = true },
    };
    if (size < 2 || size > FUZZ_BYTES_MAX) {
        return 0;
    }
    char text[FUZZ_BYTES_MAX + 1];
    memcpy(text, data, size);
    text[size] = '\0';
    const char *at = text + 1;
    const char *end = text + size;
    struct env_balance_policy policies[FUZZ_SERVICES];
    struct env_service services[FUZZ_SERVICES];
    for (uint32_t i = 0; i < FUZZ_SERVICES; i++) {
        const uint8_t bits = (uint8_t)(data[0] >> i);
        policies[i] = (struct env_balance_policy){
            .name = "any",
            .haproxy = (bits & 1) != 0 ? "roundrobin" : fuzz_text(&at, end),
            .takes_argument = (bits & 2) != 0,
            .argument_default = 2,
        };
        services[i] = (struct env_service){
            .name = fuzz_text(&at, end),
            .vhosts = fuzz_text(&at, end),
            .path = fuzz_text(&at, end),
            .app = fuzz_text(&at, end),
            .port = (uint16_t)((bits & 4) != 0 ? 10000 + i : 0),
            .http = (bits & 8) == 0,
            .external = (bits & 32) == 0,
            .sticky = (bits & 64) != 0,
            .names = fuzz_text(&at, end),
            .allowed = fuzz_text(&at, end),
            .auth_realm = fuzz_text(&at, end),
            .auth_user = fuzz_text(&at, end),
            .auth_password = fuzz_text(&at, end),
            .rewrite_from = fuzz_text(&at, end),
            .rewrite_to = fuzz_text(&at, end),
            .split_to = fuzz_text(&at, end),
            .split_ppm = 1000u * bits,
            .split_header = fuzz_text(&at, end),
            .split_value = fuzz_text(&at, end),
            .tls = { .certificate = fuzz_text(&at, end), .redirect_to_https = (bits & 1) != 0 },
            .policy = &policies[i],
            .check_interval_ns = (bits & 16) != 0 ? MS(bits) : 0,
            .endpoints = endpoints,
            .endpoints_count = 2,
        };
    }
    const struct env_proxy_apply apply = { .generation = 1,
                                           .services = services,
                                           .services_count = FUZZ_SERVICES };
    struct haproxy_generation generation = { 0 };
    struct error err;
    if (haproxy_generation_copy(&generation, &apply, fuzz_ports, &err) == ST_OK) {
        fuzz_render(&generation);
        fuzz_commands(&generation, text);
    }
    haproxy_generation_fini(&generation);
    return 0;
}
