/* platform/gateway/plugin_rules.c - what tables cannot say of the settings of plugins. */
#include "platform/gateway/gateway_parts.h"

#include <string.h>

/* A sentence at an entry of a list within the config. */
static void
plugin_say_at(struct gateway_draft *draft, const struct gateway_entity *plugin, const char *where,
              size_t index, enum diag_level level, const char *sentence)
{
    gateway_say(draft, plugin,
                arena_printf(draft->reader.scratch, "config/%s/%zu", where, index), level, "%s",
                sentence);
}

static void
plugin_networks(struct gateway_draft *draft, const struct gateway_entity *plugin,
                const json_t *config, const char *key)
{
    const json_t *list = json_object_get(config, key);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        struct env_gateway_network network;
        if (text == NULL || gateway_network_read(text, &network)) {
            continue;
        }
        const bool is_ipv6 = strchr(text, ':') != NULL;
        plugin_say_at(draft, plugin, key, i, is_ipv6 ? DIAG_WARNING : DIAG_ERROR,
                      is_ipv6 ? "clients come by IPv4 here: this network matches nobody"
                              : "expected an IPv4 address or network, such as \"10.0.0.0/8\"");
    }
}

static void
plugin_one_list(struct gateway_draft *draft, const struct gateway_entity *plugin,
                const json_t *config, bool both_are_fine)
{
    const bool allow = json_array_size(json_object_get(config, "allow")) > 0;
    const bool deny = json_array_size(json_object_get(config, "deny")) > 0;
    if (!allow && !deny) {
        gateway_say(draft, plugin, "config", DIAG_ERROR,
                    "neither \"allow\" nor \"deny\" is given, expected one of them");
    } else if (allow && deny && !both_are_fine) {
        gateway_say(draft, plugin, "config", DIAG_ERROR,
                    "both \"allow\" and \"deny\" are given, expected one of them");
    }
}

static void
plugin_limits(struct gateway_draft *draft, const struct gateway_entity *plugin,
              const json_t *config)
{
    json_int_t  lower = 0;
    const char *lower_word = NULL;
    for (uint32_t i = 0; i < ENV_GATEWAY_PERIOD_COUNT; i++) {
        const json_int_t limit =
            json_integer_value(json_object_get(config, gateway_period_words[i]));
        if (limit > 0 && limit < lower) {
            gateway_say(draft, plugin,
                        arena_printf(draft->reader.scratch, "config/%s", gateway_period_words[i]),
                        DIAG_ERROR, "the limit of a %s is lower than that of a %s, expected at "
                        "least %lld", gateway_period_words[i], lower_word, (long long)lower);
        }
        lower_word = limit > 0 ? gateway_period_words[i] : lower_word;
        lower = limit > 0 ? limit : lower;
    }
    if (lower == 0) {
        gateway_say(draft, plugin, "config", DIAG_ERROR,
                    "no limit is given, expected at least one of \"second\", \"minute\", "
                    "\"hour\", \"day\", \"month\", \"year\"");
    }
    const char *by = gateway_text(config, "limit_by");
    if (strcmp(by, "header") == 0 && gateway_text(config, "header_name")[0] == '\0') {
        gateway_say(draft, plugin, "config", DIAG_ERROR,
                    "\"header_name\" is missing, expected the header to limit by");
    }
    if (strcmp(by, "path") == 0 && gateway_text(config, "path")[0] != '/') {
        gateway_say(draft, plugin, "config", DIAG_ERROR,
                    "\"path\" is missing, expected the path to limit by");
    }
    const char *policy = gateway_text(config, "policy");
    if (policy[0] != '\0' && strcmp(policy, "local") != 0) {
        gateway_say(draft, plugin, "config/policy", DIAG_WARNING,
                    "\"%s\" is acted upon as \"local\": every proxy counts for itself", policy);
    }
}

static void
plugin_origins(struct gateway_draft *draft, const struct gateway_entity *plugin,
               const json_t *config)
{
    const json_t *origins = json_object_get(config, "origins");
    for (size_t i = 0; i < json_array_size(origins); i++) {
        const char *text = json_string_value(json_array_get(origins, i));
        const char *why = NULL;
        if (text != NULL && strcmp(text, "*") != 0 &&
            gateway_pattern(text, true, draft->reader.scratch, &why) == NULL) {
            plugin_say_at(draft, plugin, "origins", i, DIAG_ERROR,
                          arena_printf(draft->reader.scratch,
                                       "an expression that is not read here: %s", why));
        }
    }
}

/* The lists of one part of a transformer: "name:value", or names alone in what is removed. */
static void
plugin_transform_part(struct gateway_draft *draft, const struct gateway_entity *plugin,
                      const char *part, const json_t *lists)
{
    const bool  names_alone = strcmp(part, "remove") == 0;
    const char *key;
    json_t     *list;
    json_object_foreach((json_t *)(uintptr_t)lists, key, list) {
        const bool is_done = strcmp(key, "headers") == 0 || strcmp(key, "querystring") == 0;
        const char *where = arena_printf(draft->reader.scratch, "%s/%s", part, key);
        if (!is_done && strcmp(key, "uri") != 0 && json_array_size(list) > 0) {
            gateway_say(draft, plugin, arena_printf(draft->reader.scratch, "config/%s", where),
                        DIAG_WARNING, "bodies are not looked into: kept and not acted upon");
        }
        for (size_t i = 0; is_done && i < json_array_size(list); i++) {
            const char *text = json_string_value(json_array_get(list, i));
            const char *colon = text != NULL ? strchr(text, ':') : NULL;
            if (text != NULL && !names_alone && (colon == NULL || colon == text)) {
                plugin_say_at(draft, plugin, where, i, DIAG_ERROR,
                              "expected a name and a value with \":\" between them");
            } else if (colon != NULL && strstr(colon, "$(") != NULL) {
                plugin_say_at(draft, plugin, where, i, DIAG_WARNING,
                              "templates are not evaluated: kept and not acted upon");
            }
        }
    }
}

static void
plugin_transforms(struct gateway_draft *draft, const struct gateway_entity *plugin,
                  const json_t *config)
{
    static const char *const parts[] = { "remove", "rename", "replace", "add", "append" };
    for (uint32_t i = 0; i < COUNT_OF(parts); i++) {
        plugin_transform_part(draft, plugin, parts[i], json_object_get(config, parts[i]));
    }
    const char *uri = gateway_text(json_object_get(config, "replace"), "uri");
    if (strstr(uri, "$(") != NULL) {
        gateway_say(draft, plugin, "config/replace/uri", DIAG_WARNING,
                    "templates are not evaluated: kept and not acted upon");
    } else if (uri[0] != '\0' && uri[0] != '/') {
        gateway_say(draft, plugin, "config/replace/uri", DIAG_ERROR,
                    "found \"%.60s\", expected a path that begins with \"/\"", uri);
    }
}

/* Whoever may come in when nobody is known is a consumer of this file. */
static void
plugin_anonymous(struct gateway_draft *draft, const struct gateway_entity *plugin,
                 const json_t *config)
{
    const char *name = gateway_text(config, "anonymous");
    if (name[0] != '\0' && gateway_refs_find(draft, GATEWAY_CONSUMERS, name) == NULL) {
        gateway_say(draft, plugin, "config/anonymous", DIAG_ERROR,
                    "no consumer \"%s\" in this file, expected the username of one", name);
    }
}

/* The same plugin twice for the same: Kong takes only one. */
static void
plugin_scope(struct gateway_draft *draft, const struct gateway_entity *plugin, uint32_t kind)
{
    static const char *const scope[] = { "name", "service", "route", "consumer" };
    const bool no_consumer = kind == ENV_GATEWAY_CORS || kind == ENV_GATEWAY_KEY_AUTH ||
                             kind == ENV_GATEWAY_BASIC_AUTH || kind == ENV_GATEWAY_ACL;
    if (no_consumer && gateway_text(plugin->json, "consumer")[0] != '\0') {
        gateway_say(draft, plugin, "consumer", DIAG_ERROR,
                    "\"%s\" cannot be for one consumer: it runs before one is known, or for all",
                    gateway_plugin_names[kind]);
    }
    for (uint32_t i = 0; i < draft->entities[GATEWAY_PLUGINS].count; i++) {
        const struct gateway_entity *other = vec_at(&draft->entities[GATEWAY_PLUGINS], i);
        bool same = true;
        for (uint32_t k = 0; k < COUNT_OF(scope) && same; k++) {
            same = strcmp(gateway_text(plugin->json, scope[k]),
                          gateway_text(other->json, scope[k])) == 0;
        }
        if (other == plugin) {
            return;
        }
        if (same) {
            gateway_say(draft, plugin, NULL, DIAG_ERROR,
                        "the plugin \"%s\" is there twice for the same, first at %s",
                        gateway_plugin_names[kind], other->pointer);
            return;
        }
    }
}

void
gateway_plugin_rules_check(struct gateway_draft *draft, const struct gateway_entity *plugin)
{
    const json_t *config = json_object_get(plugin->json, "config");
    const enum env_gateway_kind kind =
        (enum env_gateway_kind)gateway_plugin_kind(gateway_text(plugin->json, "name"));
    plugin_scope(draft, plugin, kind);
    switch (kind) {
    case ENV_GATEWAY_CORS:
        plugin_origins(draft, plugin, config);
        break;
    case ENV_GATEWAY_KEY_AUTH:
    case ENV_GATEWAY_BASIC_AUTH:
        plugin_anonymous(draft, plugin, config);
        break;
    case ENV_GATEWAY_IP_RESTRICTION:
        plugin_one_list(draft, plugin, config, true);
        plugin_networks(draft, plugin, config, "allow");
        plugin_networks(draft, plugin, config, "deny");
        break;
    case ENV_GATEWAY_ACL:
        plugin_one_list(draft, plugin, config, false);
        break;
    case ENV_GATEWAY_RATE_LIMITING:
        plugin_limits(draft, plugin, config);
        break;
    case ENV_GATEWAY_REQUEST_TRANSFORMER:
    case ENV_GATEWAY_RESPONSE_TRANSFORMER:
        plugin_transforms(draft, plugin, config);
        break;
    case ENV_GATEWAY_CORRELATION_ID:
    case ENV_GATEWAY_REQUEST_SIZE:
    case ENV_GATEWAY_PROMETHEUS:
        break;
    }
}
