/* platform/backends/load/load_line.c - a line of traffic as the bytes of its requests. */
#include "platform/backends/load/load_inner.h"

#include <string.h>

#include "platform/base/memory.h"
#include "platform/base/strbuf.h"

/* No blank and no control character: nothing that ends a word or a line of a request's head. */
static bool
line_text_is_plain(const char *text)
{
    size_t len = 0;
    for (; text[len] != '\0'; len++) {
        if (text[len] <= ' ' || text[len] == 0x7f) {
            return false;
        }
    }
    return len > 0 && len <= 1024;
}

/* The same, but blanks may be in it. */
static bool
line_value_is_plain(const char *text)
{
    size_t len = 0;
    for (; text[len] != '\0'; len++) {
        if ((text[len] < ' ' && text[len] != '\t') || text[len] == 0x7f) {
            return false;
        }
    }
    return len <= 4096;
}

static bool
line_class_is_plain(const struct load_class *class)
{
    bool plain = line_text_is_plain(class->method) && line_text_is_plain(class->path) &&
                 class->path[0] == '/' && strcmp(class->method, "HEAD") != 0 &&
                 class->body_bytes >= 0 && class->body_bytes <= LOAD_BODY_BYTES_MAX;
    for (uint32_t i = 0; plain && i < class->headers_count; i++) {
        const struct env_header *header = &class->headers[i];
        plain = line_text_is_plain(header->name) && strchr(header->name, ':') == NULL &&
                line_value_is_plain(header->value);
    }
    return plain;
}

static enum status
line_check(const struct load *load, const struct load_line *line, struct error *err)
{
    bool plain = line_text_is_plain(line->host) && line_text_is_plain(line->path) &&
                 line->path[0] == '/' && (line->app == NULL || line_text_is_plain(line->app));
    uint64_t shares_ppm = line->classes_count == 0 ? 1000000 : 0;
    for (uint32_t i = 0; plain && i < line->classes_count; i++) {
        plain = line_class_is_plain(&line->classes[i]);
        shares_ppm += line->classes[i].share_ppm;
    }
    if (!plain) {
        return error_set(err, ST_INVALID,
                         "a line of traffic has a host, app, method, path, header or body that is "
                         "no plain part of a request");
    }
    if (shares_ppm < 1000000 || line->classes_count > LOAD_CLASSES_MAX) {
        return error_set(err, ST_INVALID, "the shares of a line of traffic are less than all");
    }
    if (line->port == 0 || line->rate_microhertz < 0 || line->timeout_ns <= 0) {
        return error_set(err, ST_INVALID, "a line of traffic has no port, rate or timeout");
    }
    if (load->sources.count == LOAD_LINES_MAX) {
        return error_set(err, ST_NO_CAPACITY, "more than %d lines of traffic", LOAD_LINES_MAX);
    }
    if (line->sessions > LOAD_SESSIONS_MAX || line->clients > LOAD_IN_FLIGHT_MAX) {
        return error_set(err, ST_NO_CAPACITY,
                         "a line of traffic has more than %d sessions or %d clients",
                         LOAD_SESSIONS_MAX, LOAD_IN_FLIGHT_MAX);
    }
    return ST_OK;
}

static void
line_target(const struct load_line *line, const struct load_class *class, uint32_t index,
            struct load_target *ret_target)
{
    struct strbuf text = { 0 };
    const bool once = strcmp(class->method, "POST") == 0 || strcmp(class->method, "PATCH") == 0;
    strbuf_printf(&text, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: rehearse\r\nAccept: */*\r\n",
                  class->method, class->path, line->host);
    if (line->app != NULL) {
        strbuf_printf(&text, "X-Marathon-App-Id: %s\r\n", line->app);
    }
    for (uint32_t i = 0; i < class->headers_count; i++) {
        strbuf_printf(&text, "%s: %s\r\n", class->headers[i].name, class->headers[i].value);
    }
    if (class->body_bytes > 0 || once) {
        strbuf_printf(&text, "Content-Length: %lld\r\n", (long long)class->body_bytes);
    }
    if (line->new_connections || once) {
        strbuf_add(&text, "Connection: close\r\n");
    }
    const uint32_t head_len = (uint32_t)text.len;
    strbuf_add(&text, "\r\n");
    for (int64_t i = 0; i < class->body_bytes; i++) {
        strbuf_add_char(&text, 'x');
    }
    *ret_target = (struct load_target){
        .line = index,
        .port = line->port,
        .new_connections = line->new_connections || once,
        .timeout_ns = line->timeout_ns,
        .text = text.text,
        .text_len = (uint32_t)text.len,
        .head_len = head_len,
    };
}

void
load_source_free(struct load_source *source)
{
    for (uint32_t i = 0; i < (source->classes_count > 0 ? source->classes_count : 1); i++) {
        memory_free(source->targets[i].text);
    }
    memory_free(source->targets);
    memory_free(source->below_ppm);
    memory_free(source->cookies);
    memory_free(source);
}

enum status
load_add(struct load *load, const struct load_line *line, uint32_t *ret_index, struct error *err)
{
    const enum status status = line_check(load, line, err);
    if (status != ST_OK) {
        return status;
    }
    const struct load_class whole = { .method = "GET", .path = line->path };
    const uint32_t count = line->classes_count > 0 ? line->classes_count : 1;
    const struct load_class *classes = line->classes_count > 0 ? line->classes : &whole;
    const uint32_t index = load->sources.count;
    struct load_source *source = memory_alloc_zero(1, sizeof(*source));
    *source = (struct load_source){
        .load = load,
        .targets = memory_alloc_zero(count, sizeof(*source->targets)),
        .below_ppm = memory_alloc_zero(count, sizeof(*source->below_ppm)),
        .classes_count = line->classes_count,
        .poisson = line->poisson,
        .rng = line->rng,
        .next_hr_ns = INT64_MAX,
        .plain = line->classes_count == 0 && line->sessions == 0 && !line->closed &&
                 line->retries.max == 0,
        .rng_draws = line->rng_draws,
        .sessions = line->sessions,
        .cookies = memory_alloc_zero((size_t)line->sessions + 1, sizeof(*source->cookies)),
        .closed = line->closed,
        .clients = line->clients,
        .think = line->think,
        .retries = line->retries,
    };
    uint32_t below_ppm = 0;
    for (uint32_t i = 0; i < count; i++) {
        line_target(line, &classes[i], index, &source->targets[i]);
        below_ppm += classes[i].share_ppm;
        source->below_ppm[i] = below_ppm;
    }
    *(struct load_source **)vec_push(&load->sources) = source;
    source->rate_microhertz = line->rate_microhertz;
    *ret_index = index;
    if (load->running) {
        load_set_rate(load, index, line->rate_microhertz);
    }
    return ST_OK;
}
