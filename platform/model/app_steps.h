/*
 * platform/model/app_steps.h - private to app*.c: the steps from an input to a canonical
 * definition.
 *
 * Order: the walk over the tables (app_object_read), then the translations below, each of which
 *        turns deprecated fields into their successors and fills defaults that depend on others,
 *        then the rules between fields, then the walk again for the order of keys.
 * Every step stands values that the walk left out or replaced by null.
 */
#ifndef PLATFORM_MODEL_APP_STEPS_H
#define PLATFORM_MODEL_APP_STEPS_H

#include "platform/model/app.h"
#include "platform/model/app_shape.h"
#include "platform/model/node.h"

struct app_draft {
    struct app_reader *reader;        /* borrowed */
    json_t            *in;            /* borrowed: as it was given */
    json_t            *app;           /* borrowed: on its way to canonical */
    const char        *base;          /* borrowed: absolute id of the enclosing group, "/" */
    const char        *ports_pointer; /* where the input tells the ports; set by app_ports */
};

extern const char *const app_tables_check_protocols[]; /* in the order of enum app_protocol */

enum app_protocol {
    APP_HTTP,
    APP_HTTPS,
    APP_TCP,
    APP_COMMAND,
    APP_MESOS_HTTP,
    APP_MESOS_HTTPS,
    APP_MESOS_TCP
};

/* One definition of a group or of its own; base and prefix as in struct app_draft and app_read. */
const struct app_spec *app_read_under(const json_t *json, const struct diag_source *source,
                                      const char *prefix, const char *base, struct arena *arena,
                                      struct diag_list *diags);

/* As app_load, of a canonical definition that is printed in json; NULL: it is damaged. */
const struct app_spec *app_load_object(json_t *app, const char *json, size_t len,
                                       struct arena *arena);

/* Whether this is a pod definition; says so as an error when it is. */
bool app_read_refuses_pod(struct app_reader *reader, const json_t *json, const char *pointer);

/* ---- app_path.c: ids ---- */

/* The absolute path of text seen from base, in the arena; NULL when it is none, and why not. */
const char *app_path_resolve(const char *base, const char *text, struct arena *arena,
                             const char **ret_why);

/* Whether path is inside of the group base (or is it). */
bool app_path_is_under(const char *path, const char *base);

/* ---- translations ---- */
void app_canonical_ids(struct app_draft *draft);        /* id, dependencies */
void app_canonical_fetch(struct app_draft *draft);      /* uris */
void app_canonical_strategies(struct app_draft *draft); /* upgrade, unreachable, residency */
void app_network_translate(struct app_draft *draft);    /* ipAddress, docker.network */
void app_container_translate(struct app_draft *draft);  /* type, credential, volumes */
void app_ports_translate(struct app_draft *draft);      /* ports, mappings, discovery ports */
void app_checks_translate(struct app_draft *draft);     /* health checks */

/* ---- rules between fields ---- */
void    app_rules_check(struct app_draft *draft);
void    app_checks_check(struct app_draft *draft);
void    app_network_check(struct app_draft *draft);
void    app_own_check(struct app_draft *draft); /* labels of ours */
void    app_own_load(struct app_spec *spec);    /* when its labels have been read */
void    app_environment_load(struct app_spec *spec, struct arena *arena); /* the last of all */
json_t *app_constraints_read(struct app_reader *reader, const struct app_place *place, json_t *in);
void    app_constraints_check(struct app_draft *draft); /* those that contradict each other */

/* ---- questions about a draft or a canonical definition ---- */
enum container_network app_network_mode(const json_t *app);
json_t                *app_ports_list(const json_t *app); /* mappings or definitions; may be NULL */
bool                   app_container_has(const json_t *app, const char *volume_kind);
const char            *app_text(const json_t *object, const char *key); /* NULL when none */
bool                   app_is_given(const json_t *object, const char *key); /* null is not */
bool                   app_text_is(const json_t *object, const char *key, const char *text);

/* Whether a check can be made at that port: it will have a number. */
bool app_ports_is_askable(const json_t *app, size_t index);

/* The text of a canonical definition, in the arena. */
char *app_print_text(const json_t *app, size_t indent, struct arena *arena);

/* The number as it will be printed: the text and the value that was read say the same. */
json_t *app_print_real(double value);

#endif
