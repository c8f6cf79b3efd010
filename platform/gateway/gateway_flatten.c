/*
 * platform/gateway/gateway_flatten.c - whatever stands inside of what becomes a list a kind: every
 * entity is held to its table and says itself what it belongs to.
 */
#include "platform/gateway/gateway_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { FLATTEN_DEPTH_MAX = 3 }; /* a plugin in a route in a service */

/* What an entity stands in. */
struct flatten_owner {
    enum gateway_section section;
    const char          *name;
};

const char *
gateway_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

void
gateway_say(struct gateway_draft *draft, const struct gateway_entity *entity, const char *key,
            enum diag_level level, const char *format, ...)
{
    char    sentence[APP_SENTENCE_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    draft->reader.prefix = entity->pointer;
    app_say(&draft->reader, level,
            key == NULL ? "" : arena_printf(draft->reader.scratch, "/%s", key), "%s", sentence);
}

static const char *
flatten_pointer(struct gateway_draft *draft, const char *base, const char *key, size_t index)
{
    return arena_printf(draft->reader.scratch, "%s/%s/%zu", base, key, index);
}

/* A list's entries, or NULL when it is none; says so. */
static json_t *
flatten_list(struct gateway_draft *draft, const char *base, const char *key, json_t *value)
{
    if (value == NULL || json_is_null(value)) {
        return NULL;
    }
    if (!json_is_array(value)) {
        const struct gateway_entity at = { .pointer = base };
        gateway_say(draft, &at, key, DIAG_ERROR, "found %s, expected a list of %s",
                    app_say_found(value, draft->reader.scratch), key);
        return NULL;
    }
    return value;
}

/* host, port and path of the shorthand "url", each in its own field. */
static void
flatten_url(struct gateway_draft *draft, const struct gateway_entity *entity, json_t *copy)
{
    const json_t *value = json_object_get(copy, "url");
    const char   *url = json_string_value(value);
    if (value == NULL) {
        return;
    }
    const char  *colon = url != NULL ? strstr(url, "://") : NULL;
    const char  *host = colon != NULL ? colon + 3 : "";
    const size_t host_len = strcspn(host, ":/?#");
    uint32_t     port = 0;
    const char  *rest = host + host_len;
    if (*rest == ':') {
        rest++;
        for (; *rest >= '0' && *rest <= '9' && port <= 65535; rest++) {
            port = port * 10 + (uint32_t)(*rest - '0');
        }
    }
    const bool secure = colon != NULL && strncmp(url, "https://", 8) == 0;
    const bool known = secure || (colon != NULL && strncmp(url, "http://", 7) == 0);
    if (!known || host_len == 0 || port > 65535 || (*rest != '\0' && *rest != '/')) {
        gateway_say(draft, entity, "url", DIAG_ERROR,
                    "found %s, expected a URL such as \"http://web.marathon.mesos:80/path\"",
                    app_say_found(value, draft->reader.scratch));
        (void)json_object_set_new(copy, "host", json_string("unreadable"));
    } else {
        const char *name = arena_strndup(draft->reader.scratch, host, host_len);
        (void)json_object_set_new(copy, "protocol", json_string(secure ? "https" : "http"));
        (void)json_object_set_new(copy, "host", json_string(name));
        (void)json_object_set_new(copy, "port",
                                  json_integer(port > 0 ? (json_int_t)port : secure ? 443 : 80));
        if (rest[0] == '/' && rest[1] != '\0') {
            (void)json_object_set_new(copy, "path", json_string(rest));
        }
    }
    (void)json_object_del(copy, "url");
}

/* The names that format 3.0 has given up. */
static void
flatten_rename(json_t *config, const char *before, const char *now)
{
    json_t *value = json_object_get(config, before);
    if (value != NULL && json_object_get(config, now) == NULL) {
        (void)json_object_set_new(config, now, json_incref(value));
        (void)json_object_del(config, before);
    }
}

static void
flatten_plugin(struct gateway_draft *draft, const struct gateway_entity *entity)
{
    const struct app_place root = { 0 };
    const char    *name = gateway_text(entity->json, "name");
    const uint32_t kind = gateway_plugin_kind(name);
    json_t        *config = json_object_get(entity->json, "config");
    if (name[0] == '\0') {
        return;
    }
    if (kind == ENV_GATEWAY_KIND_COUNT) {
        const char *nearest = diag_nearest(name, gateway_plugin_names, ENV_GATEWAY_KIND_COUNT);
        gateway_say(draft, entity, "name", DIAG_WARNING,
                    "the plugin \"%s\" is kept and not acted upon%s%s%s", name,
                    nearest != NULL ? "; the nearest one that is: \"" : "",
                    nearest != NULL ? nearest : "", nearest != NULL ? "\"" : "");
        return;
    }
    if (!json_is_object(config)) {
        gateway_say(draft, entity, "config", DIAG_ERROR, "found %s, expected an object",
                    app_say_found(config, draft->reader.scratch));
        return;
    }
    json_t *copy = json_copy(config);
    if (draft->is_old && (kind == ENV_GATEWAY_IP_RESTRICTION || kind == ENV_GATEWAY_ACL)) {
        flatten_rename(copy, "whitelist", "allow");
        flatten_rename(copy, "blacklist", "deny");
    }
    draft->reader.prefix = arena_printf(draft->reader.scratch, "%s/config", entity->pointer);
    json_t *read = app_object_read(&draft->reader, &root, gateway_plugin_shapes[kind], copy);
    (void)json_object_set_new(entity->json, "config", read);
    json_decref(copy);
}

/* An entity without a name of its own gets one, since others must be able to name it. */
static void
flatten_name(struct gateway_draft *draft, enum gateway_section section,
             struct gateway_entity *entity)
{
    const struct gateway_section_about *about = &gateway_sections[section];
    if (about->identity == NULL || gateway_text(entity->json, about->identity)[0] != '\0') {
        return;
    }
    const char *id = gateway_text(entity->json, section == GATEWAY_CONSUMERS ? "custom_id" : "id");
    const char *name =
        id[0] != '\0' ? arena_strdup(draft->reader.scratch, id)
                      : arena_printf(draft->reader.scratch, "%s-%u", about->one,
                                     draft->entities[section].count);
    if (section == GATEWAY_CONSUMERS && id[0] == '\0') {
        gateway_say(draft, entity, NULL, DIAG_ERROR,
                    "neither \"username\" nor \"custom_id\" is given, expected one of them");
    }
    (void)json_object_set_new(entity->json, about->identity, json_string(name));
}

/* Takes the lists of what belongs to an entity out of it; index by child. */
static void
flatten_children_take(struct gateway_draft *draft, enum gateway_section section, json_t *copy,
                      const char *pointer, json_t **children)
{
    const struct gateway_section_about *about = &gateway_sections[section];
    for (uint32_t i = 0; i < about->children_count; i++) {
        const char *key = gateway_sections[about->children[i]].name;
        children[i] = json_incref(json_object_get(copy, key));
        (void)json_object_del(copy, key);
    }
    for (uint32_t i = 0;
         section == GATEWAY_CONSUMERS && gateway_tables_later_credentials[i] != NULL; i++) {
        const char *key = gateway_tables_later_credentials[i];
        if (json_object_get(copy, key) != NULL) {
            const struct gateway_entity at = { .pointer = pointer };
            gateway_say(draft, &at, key, DIAG_WARNING, "\"%s\" is not acted upon, left out", key);
            (void)json_object_del(copy, key);
        }
    }
}

/* What an entity stands in is what it belongs to. */
static void
flatten_belongs(struct gateway_draft *draft, const struct gateway_entity *entity, json_t *copy,
                const struct flatten_owner *owner)
{
    if (owner == NULL) {
        return;
    }
    const char *key = gateway_sections[owner->section].reference;
    const json_t *given = json_object_get(copy, key);
    if (given != NULL && !json_is_null(given)) {
        gateway_say(draft, entity, key, DIAG_ERROR,
                    "it stands inside of a %s already, expected no \"%s\" here", key, key);
    }
    (void)json_object_set_new(copy, key, json_string(owner->name));
}

static struct gateway_entity
flatten_read(struct gateway_draft *draft, enum gateway_section section, json_t *copy,
             const char *pointer, const struct flatten_owner *owner)
{
    const struct app_place root = { 0 };
    struct gateway_entity  entity = { .pointer = pointer };
    flatten_belongs(draft, &entity, copy, owner);
    if (section == GATEWAY_SERVICES) {
        flatten_url(draft, &entity, copy);
    }
    draft->reader.prefix = pointer;
    entity.json = app_object_read(&draft->reader, &root, gateway_sections[section].shape, copy);
    *(struct gateway_entity *)vec_push(&draft->entities[section]) = entity;
    struct gateway_entity *kept =
        vec_at(&draft->entities[section], draft->entities[section].count - 1);
    flatten_name(draft, section, kept);
    if (section == GATEWAY_PLUGINS) {
        flatten_plugin(draft, kept);
    }
    return *kept;
}

/* Bounded by depth: the tables say what may stand in what, and that is three deep. */
static void
flatten_section(struct gateway_draft *draft, enum gateway_section section, json_t *list,
                const char *base, const struct flatten_owner *owner, uint32_t depth)
{
    const struct gateway_section_about *about = &gateway_sections[section];
    ASSERT(depth < FLATTEN_DEPTH_MAX);
    list = flatten_list(draft, base, about->name, list);
    for (size_t i = 0; list != NULL && i < json_array_size(list); i++) {
        json_t                     *in = json_array_get(list, i);
        json_t                     *children[GATEWAY_CHILDREN_MAX] = { NULL };
        const char                 *pointer = flatten_pointer(draft, base, about->name, i);
        const struct gateway_entity at = { .pointer = pointer };
        if (!json_is_object(in)) {
            gateway_say(draft, &at, NULL, DIAG_ERROR, "found %s, expected a %s: an object",
                        app_say_found(in, draft->reader.scratch), about->one);
            continue;
        }
        if (draft->entities_count++ >= GATEWAY_ENTITIES_MAX) {
            continue; /* said once, at the end */
        }
        json_t *copy = json_copy(in);
        flatten_children_take(draft, section, copy, pointer, children);
        const struct gateway_entity entity = flatten_read(draft, section, copy, pointer, owner);
        const struct flatten_owner  self = {
             .section = section,
             .name = about->identity != NULL ? gateway_text(entity.json, about->identity) : ""
        };
        for (uint32_t c = 0; c < about->children_count; c++) {
            flatten_section(draft, about->children[c], children[c], pointer, &self, depth + 1);
            json_decref(children[c]);
        }
        json_decref(copy);
    }
}

static bool
flatten_is_word(const char *const *words, const char *key)
{
    uint32_t i = 0;
    while (words[i] != NULL && strcmp(words[i], key) != 0) {
        i++;
    }
    return words[i] != NULL;
}

/* The keys of the document itself. */
static void
flatten_keys(struct gateway_draft *draft, json_t *document)
{
    static const char *const about_it[] = {
        "_format_version", "_transform", "_comment", "_info", "_workspace", "_ignore", NULL,
    };
    const struct gateway_entity root = { .pointer = draft->root };
    const char *known[GATEWAY_SECTION_COUNT + 1];
    uint32_t    count;
    for (uint32_t i = 0; i < GATEWAY_SECTION_COUNT; i++) {
        known[i] = gateway_sections[i].name;
    }
    known[GATEWAY_SECTION_COUNT] = about_it[0];
    const char **keys = app_shape_keys(document, draft->reader.scratch, &count);
    for (uint32_t i = 0; i < count; i++) {
        bool is_known = flatten_is_word(about_it, keys[i]);
        for (uint32_t k = 0; k < GATEWAY_SECTION_COUNT; k++) {
            is_known = is_known || strcmp(known[k], keys[i]) == 0;
        }
        if (flatten_is_word(gateway_tables_later, keys[i])) {
            gateway_say(draft, &root, keys[i], DIAG_WARNING,
                        "\"%s\" is not acted upon, left out", keys[i]);
        } else if (!is_known) {
            const char *nearest = diag_nearest(keys[i], known, COUNT_OF(known));
            const struct app_place top = { 0 };
            const struct app_place place = { &top, keys[i], 0 };
            draft->reader.prefix = draft->root;
            app_say_at(&draft->reader, DIAG_ERROR, &place, "unknown key%s%s%s",
                       nearest != NULL ? ", the nearest valid one is \"" : ", expected a list of "
                       "Kong's entities such as \"services\"",
                       nearest != NULL ? nearest : "", nearest != NULL ? "\"" : "");
        }
    }
}

static void
flatten_version(struct gateway_draft *draft, const json_t *document)
{
    const struct gateway_entity root = { .pointer = draft->root };
    const json_t *value = json_object_get(document, "_format_version");
    const char   *version = json_string_value(value);
    if (value == NULL) {
        gateway_say(draft, &root, NULL, DIAG_ERROR,
                    "\"_format_version\" is missing, expected \"3.0\", \"2.1\" or \"1.1\"");
    } else if (version == NULL || (strcmp(version, "1.1") != 0 && strcmp(version, "2.1") != 0 &&
                                   strcmp(version, "3.0") != 0)) {
        gateway_say(draft, &root, "_format_version", DIAG_ERROR,
                    "found %s, expected \"3.0\", \"2.1\" or \"1.1\", in quotes",
                    app_say_found(value, draft->reader.scratch));
    } else {
        draft->is_old = version[0] < '3';
    }
}

void
gateway_flatten(struct gateway_draft *draft, const json_t *document)
{
    json_t *in = (json_t *)(uintptr_t)document; /* the library hands out no const iterators */
    const struct gateway_entity root = { .pointer = draft->root };
    flatten_version(draft, document);
    flatten_keys(draft, in);
    for (uint32_t i = 0; i < GATEWAY_SECTION_COUNT; i++) {
        flatten_section(draft, (enum gateway_section)i,
                        json_object_get(in, gateway_sections[i].name), draft->root, NULL, 0);
    }
    if (draft->entities_count > GATEWAY_ENTITIES_MAX) {
        gateway_say(draft, &root, NULL, DIAG_ERROR, "found %u entities, expected at most %d",
                    draft->entities_count, (int)GATEWAY_ENTITIES_MAX);
    }
}
