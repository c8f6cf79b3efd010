/*
 * platform/gateway/gateway.h - an API gateway as people write it down for Kong: read, checked,
 * printed, and decided by.
 *
 * Input:   Kong's declarative file, _format_version "1.1", "2.1" or "3.0", as JSON or as YAML;
 *          flat, or with entities inside of those they belong to.
 * Mistakes: all of them at once, each with its JSON pointer and its line and column.
 * Text:    the canonical text is JSON of format 3.0, flat, with defaults filled in. Reading it
 *          gives the same text again. It holds keys and passwords: treat it as a secret.
 */
#ifndef PLATFORM_GATEWAY_GATEWAY_H
#define PLATFORM_GATEWAY_GATEWAY_H

#include "platform/base/diag.h"
#include "platform/env/gateway.h"
#include "platform/env/proxy.h"
#include "platform/model/config.h"

enum {
    GATEWAY_BYTES_MAX = 4 * 1024 * 1024, /* of a file: a limit of ours */
    GATEWAY_ENTITIES_MAX = 10000         /* in a file, plugins and credentials included: of ours */
};

/* The canonical text of a file, in the arena; NULL when diags got an error. file is for people. */
const char *gateway_read(const char *text, size_t len, const char *file, struct arena *arena,
                         struct diag_list *diags);

/* The same of a part of a JSON document that was parsed already, which stands at pointer. */
struct json_t;
struct diag_source;
const char *gateway_read_json(const struct json_t *json, const struct diag_source *source,
                              const char *pointer, struct arena *arena, struct diag_list *diags);

/*
 * The gateway of a canonical text, its hosts bound to the services of a generation. NULL when the
 * text is not one that gateway_read makes. Nothing given is kept.
 */
const struct env_gateway *gateway_load(const char *text, const struct env_service *services,
                                       uint32_t services_count, struct arena *arena);

/* The two above, for masters and edges. */
extern const struct gateway_format gateway_format;

/* The canonical text indented for people, with a line end; in the arena. */
const char *gateway_print(const char *text, struct arena *arena);

#endif
