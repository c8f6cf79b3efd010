/* platform/balancer/route_words.c - every label that a balancer knows. */
#include "platform/balancer/route_words.h"

#include <stdio.h>
#include <string.h>

#include "platform/balancer/route_readers.h"
#include "platform/balancer/route_values.h"
#include "platform/base/diag.h"
#include "platform/base/units.h"

enum { ROUTE_PORT_INDEX_DIGITS = 3 };

static const char route_word_template[] =
    "is not acted upon: it is free text for a configuration that all apps share";

/* --- the words --- */

#define OF_PORT(member)    offsetof(struct label_port, member)
#define OF_SERVICE(member) offsetof(struct label_port, label.service.member)
#define OF_RESILIENCE(member) offsetof(struct label_port, label.service.resilience.member)
#define READ(name, function, what) \
    { .word = name, .kind = ROUTE_WORD_READ, .read = function, .expected = what }
#define GUARD(name, function, what) \
    { .word = name, .kind = ROUTE_WORD_READ, .read = function, .expected = what, .guards = true }
#define BOOL(name, where) \
    { .word = name, .kind = ROUTE_WORD_BOOL, .offset = where, .expected = "true or false" }
#define UNUSED(name, why) { .word = name, .kind = ROUTE_WORD_UNUSED, .expected = why }
#define TEMPLATE(name)    UNUSED(name, route_word_template)

static const struct route_word route_words_of_port[] = {
    READ("GROUP", route_read_groups, "a list of groups"),
    READ("ENABLED", route_read_enabled, "true or false"),
    GUARD("VHOST", route_read_hosts, "a list of host names"),
    { .word = "PATH", .kind = ROUTE_WORD_READ, .read = route_read_path, .guards = true,
      .expected = "a path (one: a list is not acted upon)", .needs = "HAPROXY_%u_VHOST" },
    READ("MODE", route_read_mode, "http or tcp"),
    READ("BALANCE", route_read_balance,
         "one of roundrobin, static-rr, leastconn, random(N), source, uri, p2c, jsq, ewma, "
         "peak-ewma, aperture"),
    GUARD("PORT", route_read_port, "a port"),
    READ("BIND_ADDR", route_read_address,
         "acted upon: a proxy listens where its machine says"),
    BOOL("STICKY", OF_SERVICE(sticky)),
    { .word = "REDIRECT_TO_HTTPS", .kind = ROUTE_WORD_BOOL, .expected = "true or false",
      .offset = OF_SERVICE(tls.redirect_to_https), .needs = "HAPROXY_%u_VHOST" },
    BOOL("USE_HSTS", OF_SERVICE(tls.hsts)),
    GUARD("SSL_CERT", route_read_certificate, "the path of a certificate"),
    GUARD("AUTH", route_read_auth, "realm:user:crypted-password"),
    { .word = "BACKEND_WEIGHT", .kind = ROUTE_WORD_SIGNED, .min = INT32_MIN, .max = INT32_MAX,
      .offset = OF_SERVICE(rank), .expected = "a whole number" },
    GUARD("BACKEND_NETWORK_ALLOWED_ACL", route_read_allowed, "a list of IPv4 networks"),
    READ("BACKEND_HEALTHCHECK_PORT_INDEX", route_read_checks, "the index of a port"),
    READ("HTTP_BACKEND_PROXYPASS_PATH", route_read_proxypass, "a path"),
    UNUSED("HTTP_BACKEND_REVPROXY_PATH", "is not acted upon: answers go as they are"),
    UNUSED("HTTP_BACKEND_REDIR", "is not acted upon: answers go as they are"),
    UNUSED("BIND_OPTIONS", route_word_template),
    TEMPLATE("FRONTEND_HEAD"),
    TEMPLATE("FRONTEND_BACKEND_GLUE"),
    TEMPLATE("USERLIST_HEAD"),
    TEMPLATE("BACKEND_HEAD"),
    TEMPLATE("BACKEND_HSTS_OPTIONS"),
    TEMPLATE("BACKEND_HTTP_OPTIONS"),
    TEMPLATE("BACKEND_HTTP_HEALTHCHECK_OPTIONS"),
    TEMPLATE("BACKEND_TCP_HEALTHCHECK_OPTIONS"),
    TEMPLATE("BACKEND_STICKY_OPTIONS"),
    TEMPLATE("BACKEND_REDIRECT_HTTP_TO_HTTPS"),
    TEMPLATE("BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH"),
    TEMPLATE("BACKEND_SERVER_OPTIONS"),
    TEMPLATE("BACKEND_SERVER_HTTP_HEALTHCHECK_OPTIONS"),
    TEMPLATE("BACKEND_SERVER_TCP_HEALTHCHECK_OPTIONS"),
    TEMPLATE("HTTP_BACKEND_NETWORK_ALLOWED_ACL"),
    TEMPLATE("TCP_BACKEND_NETWORK_ALLOWED_ACL"),
    TEMPLATE("HTTP_BACKEND_PROXYPASS_GLUE"),
    TEMPLATE("HTTP_BACKEND_REVPROXY_GLUE"),
    TEMPLATE("HTTP_FRONTEND_ACL"),
    TEMPLATE("HTTP_FRONTEND_ACL_ONLY"),
    TEMPLATE("HTTP_FRONTEND_ACL_ONLY_WITH_PATH"),
    TEMPLATE("HTTP_FRONTEND_ACL_ONLY_WITH_PATH_AND_AUTH"),
    TEMPLATE("HTTP_FRONTEND_ACL_WITH_AUTH"),
    TEMPLATE("HTTP_FRONTEND_ACL_WITH_AUTH_AND_PATH"),
    TEMPLATE("HTTP_FRONTEND_ACL_WITH_PATH"),
    TEMPLATE("HTTP_FRONTEND_APPID_ACL"),
    TEMPLATE("HTTP_FRONTEND_ROUTING_ONLY"),
    TEMPLATE("HTTP_FRONTEND_ROUTING_ONLY_WITH_AUTH"),
    TEMPLATE("HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH"),
    TEMPLATE("HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH"),
    TEMPLATE("HTTPS_FRONTEND_ACL"),
    TEMPLATE("HTTPS_FRONTEND_ACL_ONLY_WITH_PATH"),
    TEMPLATE("HTTPS_FRONTEND_ACL_WITH_AUTH"),
    TEMPLATE("HTTPS_FRONTEND_ACL_WITH_AUTH_AND_PATH"),
    TEMPLATE("HTTPS_FRONTEND_ACL_WITH_PATH"),
    TEMPLATE("HTTPS_FRONTEND_AUTH_ACL_ONLY"),
    TEMPLATE("HTTPS_FRONTEND_AUTH_REQUEST_ONLY"),
    TEMPLATE("HTTPS_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH"),
    TEMPLATE("MAP_HTTP_FRONTEND_ACL"),
    TEMPLATE("MAP_HTTP_FRONTEND_ACL_ONLY"),
    TEMPLATE("MAP_HTTP_FRONTEND_APPID_ACL"),
    TEMPLATE("MAP_HTTPS_FRONTEND_ACL"),
};

static const struct route_word route_words_of_app[] = {
    UNUSED("GROUP", NULL), /* read beside those of the ports */
    READ("APP_ID", route_read_name, "the id of an app"),
    READ("DEPLOYMENT_GROUP", route_read_group, "the name of a group"),
    READ("DEPLOYMENT_ALT_PORT", route_read_other_port, "a port"),
    READ("DEPLOYMENT_COLOUR", route_read_name, "a colour"),
    READ("DEPLOYMENT_STARTED_AT", route_read_started, "an instant"),
    READ("DEPLOYMENT_TARGET_INSTANCES", route_read_target, "a number of instances"),
    { .word = "DEPLOYMENT_NEW_INSTANCES", .kind = ROUTE_WORD_COUNT, .max = INT32_MAX,
      .offset = offsetof(struct label_group, new_instances),
      .expected = "a number of instances" },
};

static const struct route_word route_words_our_own[] = {
    { .word = "WEIGHT", .kind = ROUTE_WORD_COUNT, .min = 1, .max = 256,
      .offset = OF_PORT(label.weight), .expected = "a weight of 1 to 256" },
    { .word = "SLOW_START", .kind = ROUTE_WORD_TIME, .max = HOUR(1),
      .offset = OF_SERVICE(slow_start_ns), .expected = "a time up to 1h" },
    { .word = "SESSION_DRAIN", .kind = ROUTE_WORD_TIME, .max = HOUR(24),
      .offset = OF_PORT(label.session_drain_ns), .expected = "a time up to 24h",
      .needs = "HAPROXY_%u_STICKY" },
    READ("ZONE_AFFINITY", route_read_affinity, "prefer or none"),
    { .word = "TIMEOUT", .kind = ROUTE_WORD_TIME, .min = MS(1), .max = HOUR(24),
      .offset = OF_RESILIENCE(attempt_timeout_ns), .expected = "a time of 1ms to 24h" },
    { .word = "RETRIES", .kind = ROUTE_WORD_COUNT, .max = 100,
      .offset = OF_RESILIENCE(retries), .expected = "a number up to 100" },
    { .word = "RETRY_BUDGET", .kind = ROUTE_WORD_PERCENT, .min = 1, .max = 10 * PPM,
      .offset = OF_RESILIENCE(budget_ppm), .expected = "a share like \"20%\", up to 1000%",
      .needs = "REHEARSAL_%u_RETRIES" },
    { .word = "RETRY_MIN", .kind = ROUTE_WORD_RATE, .max = 1000000,
      .offset = OF_RESILIENCE(budget_min_per_s), .expected = "a rate in whole ones like \"10/s\"",
      .needs = "REHEARSAL_%u_RETRY_BUDGET" },
    READ("EJECT", route_read_eject, "a number of failures"),
    { .word = "EJECT_FOR", .kind = ROUTE_WORD_READ, .read = route_read_eject_for,
      .expected = "a time like \"5s\" or \"5s..300s\"", .needs = "REHEARSAL_%u_EJECT" },
    { .word = "MAXCONN", .kind = ROUTE_WORD_COUNT, .min = 1, .max = 1000000,
      .offset = OF_RESILIENCE(server_requests_max), .expected = "a number up to 1000000" },
    { .word = "QUEUE", .kind = ROUTE_WORD_COUNT, .min = 1, .max = 1000000,
      .offset = OF_RESILIENCE(queue_max), .expected = "a number up to 1000000",
      .needs = "REHEARSAL_%u_MAXCONN" },
    { .word = "QUEUE_TIMEOUT", .kind = ROUTE_WORD_TIME, .min = MS(1), .max = HOUR(24),
      .offset = OF_RESILIENCE(queue_timeout_ns), .expected = "a time of 1ms to 24h",
      .needs = "REHEARSAL_%u_MAXCONN" },
};

/* Read elsewhere: model/app_own.c and app_changes_in_place. */
static const struct route_word route_words_of_tasks[] = {
    UNUSED("GPU_MILLI", NULL),
    UNUSED("IN_PLACE", NULL),
    UNUSED("PRIORITY", NULL),
    UNUSED("REBALANCE", NULL),
    UNUSED("RUN_ONCE", NULL),
};

/* --- finding --- */

struct route_word_table {
    const char              *prefix;
    bool                     of_port;
    const struct route_word *words;
    uint32_t                 words_count;
};

static const struct route_word_table route_word_tables[] = {
    { "HAPROXY_", true, route_words_of_port, COUNT_OF(route_words_of_port) },
    { "HAPROXY_", false, route_words_of_app, COUNT_OF(route_words_of_app) },
    { "REHEARSAL_", true, route_words_our_own, COUNT_OF(route_words_our_own) },
    { "REHEARSAL_", false, route_words_of_tasks, COUNT_OF(route_words_of_tasks) },
};

/* What follows "<number>_", or text when it does not begin so. Numbers are written one way only. */
static const char *
route_word_after_number(const char *text, uint32_t *ret_number)
{
    uint32_t number = 0;
    uint32_t digits = 0;
    for (; text[digits] >= '0' && text[digits] <= '9'; digits++) {
        if (digits == ROUTE_PORT_INDEX_DIGITS) {
            return text;
        }
        number = number * 10 + (uint32_t)(text[digits] - '0');
    }
    if (digits == 0 || text[digits] != '_' || (digits > 1 && text[0] == '0')) {
        return text;
    }
    *ret_number = number;
    return text + digits + 1;
}

bool
route_word_find(const char *key, struct route_key *ret_key)
{
    bool is_ours = false;
    *ret_key = (struct route_key){ 0 };
    for (uint32_t t = 0; t < COUNT_OF(route_word_tables); t++) {
        const struct route_word_table *table = &route_word_tables[t];
        const size_t prefix_len = strlen(table->prefix);
        if (strncmp(key, table->prefix, prefix_len) != 0) {
            continue;
        }
        is_ours = true;
        const char *rest = key + prefix_len;
        const char *word = route_word_after_number(rest, &ret_key->port_index);
        for (uint32_t i = 0; i < table->words_count && (word != rest) == table->of_port; i++) {
            if (strcmp(word, table->words[i].word) == 0) {
                ret_key->word = &table->words[i];
                ret_key->of_port = table->of_port;
                return true;
            }
        }
    }
    return is_ours;
}

/* Small letters and a number's leading zeros are slips too. */
static void
route_word_upper(const char *word, char *ret, size_t bytes)
{
    size_t len = 0;
    for (; word[len] != '\0' && len + 1 < bytes; len++) {
        ret[len] = word[len] >= 'a' && word[len] <= 'z' ? (char)(word[len] - 'a' + 'A')
                                                         : word[len];
    }
    ret[len] = '\0';
}

/* The table's nearest word as a whole label, or NULL. */
static const char *
route_word_near(const struct route_word_table *table, const char *rest, struct arena *arena)
{
    char word[64];
    uint32_t index = 0;
    const char **words = ARENA_ARRAY(arena, const char *, table->words_count);
    for (uint32_t i = 0; i < table->words_count; i++) {
        words[i] = table->words[i].word;
    }
    (void)route_word_after_number(rest, &index);
    route_word_upper(rest + strspn(rest, "0123456789_"), word, sizeof word);
    const char *nearest = diag_nearest(word, words, table->words_count);
    if (nearest == NULL) {
        return NULL;
    }
    return table->of_port ? arena_printf(arena, "%s%u_%s", table->prefix, index, nearest)
                          : arena_printf(arena, "%s%s", table->prefix, nearest);
}

const char *
route_word_unknown(const char *key, struct arena *arena)
{
    for (uint32_t pass = 0; pass < 2; pass++) { /* first those that are written in the same way */
        for (uint32_t t = 0; t < COUNT_OF(route_word_tables); t++) {
            const struct route_word_table *table = &route_word_tables[t];
            const size_t prefix_len = strlen(table->prefix);
            const char *rest = key + prefix_len;
            if (strncmp(key, table->prefix, prefix_len) != 0) {
                continue;
            }
            const bool has_number = rest[0] >= '0' && rest[0] <= '9';
            const char *nearest = (has_number == table->of_port) == (pass == 0)
                                      ? route_word_near(table, rest, arena)
                                      : NULL;
            if (nearest != NULL) {
                return arena_printf(arena, "is not a known label, the nearest valid one is %s",
                                    nearest);
            }
        }
    }
    return "is not a known label";
}

/* --- applying --- */

/* The number that a value stands for, in the unit of its kind. */
static bool
route_word_number(enum route_word_kind kind, const char *value, int64_t *ret)
{
    int64_t microhertz = 0;
    switch (kind) {
    case ROUTE_WORD_TIME:
        return units_parse_duration(value, ret);
    case ROUTE_WORD_PERCENT:
        return units_parse_percent(value, ret);
    case ROUTE_WORD_RATE:
        if (!units_parse_rate(value, &microhertz) || microhertz % PPM != 0) {
            return false;
        }
        *ret = microhertz / PPM;
        return true;
    case ROUTE_WORD_COUNT:
    case ROUTE_WORD_SIGNED:
        return route_value_count(value, INT32_MIN, INT32_MAX, ret);
    case ROUTE_WORD_BOOL:
    case ROUTE_WORD_READ:
    case ROUTE_WORD_UNUSED:
        break;
    }
    return false;
}

bool
route_word_apply(const struct route_word *word, void *base, const char *value, struct arena *arena)
{
    void *at = (char *)base + word->offset;
    int64_t number = 0;
    if (word->kind == ROUTE_WORD_READ) {
        return word->read(base, value, arena);
    }
    if (word->kind == ROUTE_WORD_BOOL) {
        return route_value_bool(value, at);
    }
    if (!route_word_number(word->kind, value, &number) || number < word->min ||
        number > word->max) {
        return false;
    }
    if (word->kind == ROUTE_WORD_TIME) {
        *(int64_t *)at = number;
    } else if (word->kind == ROUTE_WORD_SIGNED) {
        *(int32_t *)at = (int32_t)number;
    } else {
        *(uint32_t *)at = (uint32_t)number;
    }
    return true;
}
