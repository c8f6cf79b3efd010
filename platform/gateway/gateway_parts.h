/*
 * platform/gateway/gateway_parts.h - private to platform/gateway/: from a file to the canonical
 * text.
 *
 * Order: gateway_yaml (when it is YAML) -> gateway_flatten, which holds every entity to its table
 *        -> gateway_refs and gateway_rules, what tables cannot say -> the text.
 */
#ifndef PLATFORM_GATEWAY_GATEWAY_PARTS_H
#define PLATFORM_GATEWAY_GATEWAY_PARTS_H

#include "platform/gateway/gateway.h"
#include "platform/model/app_shape.h"

enum gateway_section {
    GATEWAY_SERVICES,
    GATEWAY_ROUTES,
    GATEWAY_UPSTREAMS,
    GATEWAY_TARGETS,
    GATEWAY_CONSUMERS,
    GATEWAY_KEYS,
    GATEWAY_LOGINS,
    GATEWAY_GROUPS,
    GATEWAY_PLUGINS
};
#define GATEWAY_SECTION_COUNT (GATEWAY_PLUGINS + 1)

enum { GATEWAY_CHILDREN_MAX = 4 };

struct gateway_section_about {
    const char             *name;      /* the key of its list */
    const char             *one;       /* a word for one of them */
    const char             *reference; /* the field by which others name one of them, or NULL */
    const char             *identity;  /* the field that holds its name, or NULL */
    const struct app_shape *shape;
    enum gateway_section    children[GATEWAY_CHILDREN_MAX];
    uint32_t                children_count;
};

extern const struct gateway_section_about gateway_sections[GATEWAY_SECTION_COUNT];

/* Lists of Kong's that are known and not acted upon; ended by NULL. */
extern const char *const gateway_tables_later[];
/* The same within a consumer. */
extern const char *const gateway_tables_later_credentials[];

/* plugin_tables.c: what a plugin is called, and the shape of its "config". */
extern const char *const             gateway_plugin_names[ENV_GATEWAY_KIND_COUNT];
extern const struct app_shape *const gateway_plugin_shapes[ENV_GATEWAY_KIND_COUNT];
/* The kind of a plugin, or ENV_GATEWAY_KIND_COUNT. */
uint32_t gateway_plugin_kind(const char *name);

extern const char *const gateway_limit_by_words[]; /* in the order of enum env_gateway_limit_by */
extern const char *const gateway_period_words[];   /* in the order of enum env_gateway_period */
extern const char *const gateway_size_words[];     /* megabytes, kilobytes, bytes */

struct gateway_entity {
    const char *pointer; /* where it stands in the file */
    json_t     *json;    /* owned: canonical but for the order of its references */
};

struct gateway_draft {
    struct app_reader reader; /* its prefix is that of the entity being read */
    struct vec        entities[GATEWAY_SECTION_COUNT]; /* struct gateway_entity */
    const char       *root;    /* the pointer of the whole */
    uint32_t          entities_count;
    bool              is_old;  /* before 3.0: paths of odd characters are expressions */
};

/* One sentence at a field of an entity; key NULL: at the entity. */
void gateway_say(struct gateway_draft *draft, const struct gateway_entity *entity, const char *key,
                 enum diag_level level, const char *format, ...) PRINTF_LIKE(5, 6);

/* gateway_flatten.c: every entity of the document, checked by its table, in its section. */
void gateway_flatten(struct gateway_draft *draft, const json_t *document);

/* gateway_refs.c: names are unique, references lead somewhere and become names. */
void gateway_refs_check(struct gateway_draft *draft);
/* The entity of a section by name or id, or NULL. */
struct gateway_entity *gateway_refs_find(struct gateway_draft *draft, enum gateway_section section,
                                         const char *name);

/* upstream_rules.c: how an upstream's servers are chosen and judged */
enum {
    GATEWAY_RETRIES_DEFAULT = 5, /* Kong's */
    GATEWAY_TIMEOUT_MS_DEFAULT = 60000
};
extern const struct app_shape gateway_healthchecks, gateway_passive, gateway_unhealthy;
/* The policy of an upstream's algorithm: "" for Kong's default, NULL when there is none. */
const char *gateway_upstream_policy(const json_t *upstream);
void        gateway_upstream_rules_check(struct gateway_draft *draft,
                                         const struct gateway_entity *upstream);
void        gateway_service_rules_check(struct gateway_draft *draft,
                                        const struct gateway_entity *service);

/* gateway_rules.c, plugin_rules.c */
void gateway_rules_later(struct gateway_draft *draft, const struct gateway_entity *entity,
                         const struct app_shape *shape, const json_t *object, const char *under);
void gateway_rules_check(struct gateway_draft *draft);
void gateway_plugin_rules_check(struct gateway_draft *draft, const struct gateway_entity *plugin);

/* A regular expression that a text has to begin with; NULL and the reason when it is none. */
const struct pattern *gateway_pattern(const char *text, bool to_the_end, struct arena *arena,
                                      const char **ret_why);

/* "10.0.0.0/8" or an address. False when it is no IPv4 network. */
bool gateway_network_read(const char *text, struct env_gateway_network *ret);

/* gateway_yaml.c */
struct gateway_place {
    const char *pointer;
    uint32_t    line, column;
};

/* The document as JSON (new), NULL after a report; places (struct gateway_place) of all its values
 * in the order of the file. */
json_t *gateway_yaml_read(const char *text, size_t len, const char *file, struct arena *arena,
                          struct diag_list *diags, struct vec *places);

const char *gateway_text(const json_t *object, const char *key); /* "" when none */

#endif
