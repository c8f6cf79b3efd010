/* platform/backends/haproxy/haproxy_split.c - shares of requests as rules and map entries. */
#include "platform/backends/haproxy/haproxy_split.h"

#include <stdio.h>
#include <string.h>

#include "platform/backends/haproxy/haproxy_values.h"

/* Of ours: several of a service's words have to fit into one line. */
enum { SPLIT_CONDITION_BYTES = 1000, SPLIT_PATH_LEN_MAX = 512 };

/* --- taking it over --- */

void
haproxy_split_take(struct haproxy_generation *generation, const struct env_service *from,
                   struct haproxy_service *service)
{
    const char *header = from->split_header != NULL ? from->split_header : "";
    const char *value = from->split_value != NULL ? from->split_value : "";
    service->split_to = "";
    service->split_header = "";
    service->split_value = "";
    if (from->split_to == NULL || from->split_to[0] == '\0') {
        return;
    }
    if (!haproxy_value_is_name(from->split_to) || strcmp(from->split_to, from->name) == 0 ||
        from->split_ppm > PPM || strlen(service->path) > SPLIT_PATH_LEN_MAX) {
        haproxy_generation_note(generation, from->name,
                                "it cannot share its requests like that; it keeps them");
        return;
    }
    service->split_to = arena_strdup(&generation->arena, from->split_to);
    service->split_ppm = from->split_ppm;
    if (header[0] == '\0') {
        return;
    }
    if (!from->http || !haproxy_value_is_name(header) || !haproxy_value_is_realm(value)) {
        haproxy_generation_note(generation, from->name,
                                "the header that sends requests elsewhere needs HTTP and plain "
                                "characters; requests go by chance alone");
        return;
    }
    service->split_header = arena_strdup(&generation->arena, header);
    service->split_value = arena_strdup(&generation->arena, value);
}

const struct haproxy_service *
haproxy_split_target(const struct haproxy_generation *generation,
                     const struct haproxy_service *service)
{
    for (uint32_t i = 0; service->split_to[0] != '\0' && i < generation->services.count; i++) {
        const struct haproxy_service *other = haproxy_generation_at(generation, i);
        if (other->http == service->http && strcmp(other->name, service->split_to) == 0) {
            return other->split_to[0] == '\0' ? other : NULL;
        }
    }
    return NULL;
}

/* --- rules --- */

/*
 * txn.split_here_N and txn.split_apart_N: whether the two sides of service N have a server that is
 * up. In a worker on its way out `nbsrv` is 0 for all: there every server that is not in
 * maintenance counts.
 */
static void
split_render_sides(struct haproxy_rendered *rendered, uint32_t owner, const char *action,
                   uint32_t index, const char *const names[2])
{
    static const char *const sides[2] = { "here", "apart" };
    for (uint32_t side = 0; side < 2; side++) {
        haproxy_render_line(rendered, owner,
                            "    %s set-var(txn.split_%s_%u) bool(true) "
                            "if { nbsrv(" HAPROXY_BACKEND_PREFIX "%s) gt 0 } "
                            "|| { stopping } !{ connslots(" HAPROXY_BACKEND_PREFIX "%s) eq 0 }\n",
                            action, sides[side], (unsigned)index, names[side], names[side]);
    }
}

void
haproxy_split_draw(const struct haproxy_generation *generation, struct haproxy_rendered *rendered,
                   uint32_t owner, const struct haproxy_service *only, bool http)
{
    const char *action = http ? "http-request" : "tcp-request content";
    bool drawn = false;
    for (uint32_t i = 0; i < generation->services.count; i++) {
        const struct haproxy_service *service = haproxy_generation_at(generation, i);
        const struct haproxy_service *apart = haproxy_split_target(generation, service);
        if (apart == NULL || service->http != http || (only != NULL && only != service)) {
            continue;
        }
        if (!drawn) {
            haproxy_render_line(rendered, owner, "    %s set-var(txn.split_draw) rand(%d)\n",
                                action, PPM);
            drawn = true;
        }
        split_render_sides(rendered, owner, action, i,
                           (const char *const[2]){ service->name, apart->name });
    }
}

/* What the rules of one split have in common. */
struct split_rules {
    struct haproxy_rendered      *rendered;
    uint32_t                      owner;
    uint32_t                      index; /* of the service */
    const struct haproxy_service *service;
    const struct haproxy_service *apart;
    const char                   *condition;
};

/* Whoever was there before, by the cookie of a server or of the version apart. */
static void
split_use_session(const struct split_rules *rules)
{
    const char *shares_path = rules->rendered->shares_path;
    haproxy_render_line(rules->rendered, rules->owner,
                        "    use_backend " HAPROXY_BACKEND_PREFIX "%s if %s "
                        "{ req.cook(" HAPROXY_SPLIT_COOKIE ") -m str %s } "
                        "{ str(%s),map_str_int(%s,0) gt 0 } "
                        "{ var(txn.split_apart_%u) -m bool }\n",
                        rules->apart->name, rules->condition, rules->apart->name,
                        rules->service->name, shares_path, (unsigned)rules->index);
    haproxy_render_line(rules->rendered, rules->owner,
                        "    use_backend " HAPROXY_BACKEND_PREFIX "%s if %s "
                        "{ req.cook(" HAPROXY_COOKIE ") -m found } "
                        "{ str(%s),map_str_int(%s,0) lt %d } "
                        "{ var(txn.split_here_%u) -m bool }\n",
                        rules->service->name, rules->condition, rules->service->name, shares_path,
                        PPM, (unsigned)rules->index);
}

static void
split_use_apart(const struct split_rules *rules)
{
    if (rules->service->split_header[0] != '\0') {
        haproxy_render_line(rules->rendered, rules->owner,
                            "    use_backend " HAPROXY_BACKEND_PREFIX "%s if %s "
                            "{ req.fhdr(%s) -m str '%s' } { var(txn.split_apart_%u) -m bool }\n",
                            rules->apart->name, rules->condition, rules->service->split_header,
                            rules->service->split_value, (unsigned)rules->index);
    }
    if (rules->service->sticky) {
        split_use_session(rules);
    }
    haproxy_render_line(rules->rendered, rules->owner,
                        "    use_backend " HAPROXY_BACKEND_PREFIX "%s if %s "
                        "{ str(%s),map_str_int(%s,0),sub(txn.split_draw) gt 0 } "
                        "{ var(txn.split_apart_%u) -m bool }\n",
                        rules->apart->name, rules->condition, rules->service->name,
                        rules->rendered->shares_path, (unsigned)rules->index);
    haproxy_render_line(rules->rendered, rules->owner,
                        "    use_backend " HAPROXY_BACKEND_PREFIX "%s if %s "
                        "!{ var(txn.split_here_%u) -m bool } { var(txn.split_apart_%u) -m bool }\n",
                        rules->apart->name, rules->condition, (unsigned)rules->index,
                        (unsigned)rules->index);
}

void
haproxy_split_use(const struct haproxy_generation *generation, struct haproxy_rendered *rendered,
                  uint32_t owner, const struct haproxy_service *service, const char *condition)
{
    const struct haproxy_service *first = generation->services.items;
    const struct split_rules rules = { rendered,  owner,
                                       (uint32_t)(service - first),
                                       service,   haproxy_split_target(generation, service),
                                       condition };
    if (rules.apart != NULL) {
        ASSERT(strlen(condition) < SPLIT_CONDITION_BYTES);
        split_use_apart(&rules);
    }
    if (condition[0] != '\0') {
        haproxy_render_line(rendered, owner,
                            "    use_backend " HAPROXY_BACKEND_PREFIX "%s if %s\n", service->name,
                            condition);
    } else {
        haproxy_render_line(rendered, owner, "    default_backend " HAPROXY_BACKEND_PREFIX "%s\n",
                            service->name);
    }
}

void
haproxy_split_mark(const struct haproxy_generation *generation, struct haproxy_rendered *rendered,
                   uint32_t owner, const struct haproxy_service *service)
{
    bool is_apart = false;
    for (uint32_t i = 0; i < generation->services.count; i++) {
        const struct haproxy_service *other = haproxy_generation_at(generation, i);
        is_apart = is_apart || haproxy_split_target(generation, other) == service;
    }
    if (!is_apart || !service->sticky) {
        return;
    }
    haproxy_render_line(rendered, owner,
                        "    http-request set-var(txn.split_known) bool(true) "
                        "if { req.cook(" HAPROXY_SPLIT_COOKIE ") -m str %s }\n"
                        "    http-response add-header Set-Cookie "
                        "'" HAPROXY_SPLIT_COOKIE "=%s; path=/; HttpOnly' "
                        "unless { var(txn.split_known) -m bool }\n",
                        service->name, service->name);
}

/* --- the map --- */

void
haproxy_split_shares(const struct haproxy_generation *generation, struct strbuf *out)
{
    for (uint32_t i = 0; i < generation->services.count; i++) {
        const struct haproxy_service *service = haproxy_generation_at(generation, i);
        if (haproxy_split_target(generation, service) != NULL) {
            strbuf_printf(out, "%s %u\n", service->name, (unsigned)service->split_ppm);
        }
    }
}

/* Whether a line "0x55d0 web_10000 50000" of the answer says just that. */
static bool
split_map_says(const char *answer, const char *name, uint32_t share_ppm)
{
    char wanted[HAPROXY_NAME_LEN_MAX + 32];
    const int len = snprintf(wanted, sizeof(wanted), "%s %u", name, (unsigned)share_ppm);
    for (const char *line = answer; *line != '\0';) {
        const size_t line_len = strcspn(line, "\n");
        const char *entry = memchr(line, ' ', line_len);
        if (entry != NULL && (size_t)(line + line_len - (entry + 1)) == (size_t)len &&
            strncmp(entry + 1, wanted, (size_t)len) == 0) {
            return true;
        }
        line += line_len + (line[line_len] == '\n' ? 1 : 0);
    }
    return false;
}

uint32_t
haproxy_split_commands(const char *answer, const struct haproxy_generation *generation,
                       const char *path, struct strbuf *out)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < generation->services.count; i++) {
        const struct haproxy_service *service = haproxy_generation_at(generation, i);
        if (haproxy_split_target(generation, service) != NULL &&
            !split_map_says(answer, service->name, service->split_ppm)) {
            strbuf_printf(out, "set map %s %s %u\n", path, service->name,
                          (unsigned)service->split_ppm);
            count++;
        }
    }
    return count;
}
