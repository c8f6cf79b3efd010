/* platform/backends/haproxy/haproxy_parts.c - sessions, failures, TLS, admission, paths. */
#include "platform/backends/haproxy/haproxy_parts.h"

#include <string.h>

#include "platform/backends/haproxy/haproxy_values.h"
#include "platform/base/strbuf.h"

enum {
    PARTS_RETRIES_MAX = 100,            /* of ours */
    PARTS_COUNT_MAX = 1000 * 1000,      /* of ours, for requests and places in a queue */
    PARTS_EJECT_MS_MIN = 100,           /* of ours: HAProxy checks no faster */
    PARTS_RISE_MAX = 100,               /* of ours */
    PARTS_MS_MAX = 24 * 3600 * 1000     /* HAProxy's timers end at 24 days */
};

static const char *
parts_text(const char *text)
{
    return text != NULL ? text : "";
}

/* Whole milliseconds, at least one, as HAProxy counts. */
static int64_t
parts_ms(int64_t ns)
{
    return ns <= 0 ? 0 : int64_min((ns - 1) / NS_PER_MS + 1, PARTS_MS_MAX);
}

/*
 * HAProxy lets a check decide when an ejected server comes back: after so many good ones as fill
 * the time asked for. A service without checks gets one of connections, at that very distance.
 */
static void
parts_eject(const struct env_resilience *from, struct haproxy_service *service)
{
    const int64_t eject_ms = int64_max(parts_ms(from->eject_ns), PARTS_EJECT_MS_MIN);
    service->eject_failures = from->eject_failures;
    if (service->check_interval_ms == 0) {
        service->check_interval_ms = eject_ms;
        service->check_rise = 2;
        return;
    }
    const int64_t checks = (eject_ms - 1) / service->check_interval_ms + 2;
    service->check_rise = (uint32_t)int64_min(checks, PARTS_RISE_MAX);
}

static void
parts_resilience(struct haproxy_generation *generation, const struct env_service *from,
                 struct haproxy_service *service)
{
    const struct env_resilience *resilience = &from->resilience;
    service->attempt_timeout_ms = parts_ms(resilience->attempt_timeout_ns);
    service->queue_timeout_ms = parts_ms(resilience->queue_timeout_ns);
    service->server_requests_max =
        (uint32_t)int64_min(resilience->server_requests_max, PARTS_COUNT_MAX);
    service->queue_max = (uint32_t)int64_min(resilience->queue_max, PARTS_COUNT_MAX);
    service->retries = resilience->retries;
    service->answers_stand = from->answers_stand;
    if (resilience->retries > PARTS_RETRIES_MAX) {
        haproxy_generation_note(generation, from->name,
                                "HAProxy gets at most 100 retries; it tries so often");
        service->retries = PARTS_RETRIES_MAX;
    }
    if (resilience->budget_ppm > 0) {
        haproxy_generation_note(generation, from->name,
                                "HAProxy has no retry budget; it retries without one");
    }
    if (resilience->queue_max > 0 && !from->http) {
        haproxy_generation_note(generation, from->name,
                                "HAProxy bounds the queue of HTTP alone; this one has no bound");
        service->queue_max = 0;
    }
    if (resilience->eject_failures > 0) {
        if (resilience->eject_max_ns > resilience->eject_ns) {
            haproxy_generation_note(generation, from->name,
                                    "HAProxy does not eject for longer each time; it ejects for "
                                    "the first time's length");
        }
        parts_eject(resilience, service);
    }
}

static const char *
parts_admission(struct haproxy_generation *generation, const struct env_service *from,
                struct haproxy_service *service)
{
    struct haproxy_words words;
    if (!haproxy_generation_words(generation, parts_text(from->allowed), haproxy_value_is_network,
                                  &words)) {
        return "the networks that may reach it are not at most 100 addresses or networks";
    }
    service->allowed = words.words;
    service->allowed_count = words.count;

    const char *realm = parts_text(from->auth_realm);
    const char *user = parts_text(from->auth_user);
    const char *password = parts_text(from->auth_password);
    service->auth_realm = "";
    if (realm[0] == '\0') {
        return NULL;
    }
    if (!from->http) {
        return "a password needs HTTP";
    }
    if (!haproxy_value_is_realm(realm) || !haproxy_value_is_name(user) ||
        !haproxy_value_is_crypt(password)) {
        return "its realm, user or password has other than plain characters";
    }
    service->auth_realm = arena_strdup(&generation->arena, realm);
    service->auth_user = arena_strdup(&generation->arena, user);
    service->auth_password = arena_strdup(&generation->arena, password);
    return NULL;
}

/* The path without its last '/': "" for "/". */
static size_t
parts_prefix_len(const char *path)
{
    const size_t len = strlen(path);
    return len > 0 && path[len - 1] == '/' ? len - 1 : len;
}

/*
 * "/api" to "/v2": the path /api or what begins with /api/ and no other, so ^/api(/.*)?$ and /v2\1.
 * To "/" it is ^/api(?:/(.*))?$ and /\1, lest /api become an empty path.
 */
static const char *
parts_rewrite(struct haproxy_generation *generation, const struct env_service *from,
              struct haproxy_service *service)
{
    const char *path = parts_text(from->rewrite_from);
    const char *to = parts_text(from->rewrite_to);
    service->rewrite_match = "";
    service->rewrite_format = "";
    if (path[0] == '\0' && to[0] == '\0') {
        return NULL;
    }
    if (!from->http) {
        return "a rewritten path needs HTTP";
    }
    if (!haproxy_value_is_path(path) || !haproxy_value_is_path(to) || strlen(path) > 250 ||
        strlen(to) > 250) {
        return "the paths of its rewriting are not '/' and at most 249 plain URL characters";
    }

    struct strbuf match = { 0 };
    struct strbuf format = { 0 };
    strbuf_add_char(&match, '^');
    for (size_t i = 0; i < parts_prefix_len(path); i++) {
        strbuf_printf(&match, strchr(".+", path[i]) != NULL ? "[%c]" : "%c", path[i]);
    }
    const size_t to_len = parts_prefix_len(to);
    strbuf_add(&match, to_len > 0 ? "(/.*)?$" : "(?:/(.*))?$");
    for (size_t i = 0; i < to_len; i++) {
        strbuf_add(&format, to[i] == '%' ? "%" : "");
        strbuf_add_char(&format, to[i]);
    }
    strbuf_add(&format, to_len > 0 ? "\\1" : "/\\1");
    service->rewrites = true;
    service->rewrite_match = arena_strdup(&generation->arena, strbuf_text(&match));
    service->rewrite_format = arena_strdup(&generation->arena, strbuf_text(&format));
    strbuf_fini(&match);
    strbuf_fini(&format);
    return NULL;
}

static void
parts_tls(struct haproxy_generation *generation, const struct env_service *from,
          struct haproxy_service *service)
{
    const char *certificate = parts_text(from->tls.certificate);
    service->certificate = "";
    if (certificate[0] != '\0' && !haproxy_value_is_path(certificate)) {
        haproxy_generation_note(generation, from->name,
                                "its certificate is not an absolute path of plain characters");
    } else {
        service->certificate = arena_strdup(&generation->arena, certificate);
    }
    if (!from->http && (from->tls.redirect_to_https || from->tls.hsts)) {
        haproxy_generation_note(generation, from->name, "only HTTP is redirected to HTTPS");
        return;
    }
    service->redirect_to_https = from->tls.redirect_to_https;
    service->hsts = from->tls.hsts;
}

const char *
haproxy_parts_take(struct haproxy_generation *generation, const struct env_service *from,
                   struct haproxy_service *service)
{
    const char *reason = parts_admission(generation, from, service);
    if (reason == NULL) {
        reason = parts_rewrite(generation, from, service);
    }
    if (reason != NULL) {
        return reason;
    }
    service->slow_start_ms = parts_ms(from->slow_start_ns);
    service->zone = from->zone_affinity ? generation->zone : 0;
    service->sticky = from->sticky && from->http;
    if (from->sticky && !from->http) {
        haproxy_generation_note(generation, from->name,
                                "only HTTP has sessions that stay with a server");
    }
    if (service->fixed && service->slow_start_ms > 0) {
        haproxy_generation_note(generation, from->name,
                                "servers of a static policy do not start slowly");
        service->slow_start_ms = 0;
    }
    parts_resilience(generation, from, service);
    parts_tls(generation, from, service);
    return NULL;
}
