/*
 * platform/backends/haproxy/haproxy_gateway.h - an API gateway as rules of HAProxy's frontend.
 *
 * Shape:  txn.gw_rule is the rule that a request matched (from 1, in the order of the gateway's),
 *         txn.gw_consumer who asks. Plugins become http-request rules in their order, bound to the
 *         rules of their route. What no route is for goes on to inside names and virtual hosts.
 * Limits: HAProxy's windows slide, and a reload begins them anew; Kong's are fixed.
 * Refused: what cannot be rendered is named. A route that would be open where it was to be closed
 *         is answered 503 instead.
 * Secrets: keys and passwords stand in the configuration alone, which its owner alone may read.
 */
#ifndef PLATFORM_BACKENDS_HAPROXY_HAPROXY_GATEWAY_H
#define PLATFORM_BACKENDS_HAPROXY_HAPROXY_GATEWAY_H

#include "platform/backends/haproxy/haproxy_render.h"
#include "platform/env/gateway.h"

/* Keeps a copy in the generation, and names what of it cannot be had. gateway may be NULL. */
void haproxy_gateway_take(struct haproxy_generation *generation,
                          const struct env_gateway *gateway);

/* Its rules, for the frontend of clients, before all others. Nothing without a gateway. */
void haproxy_gateway_front(const struct haproxy_generation *generation,
                           struct haproxy_rendered *rendered);

/* Sections of their own: who has a password, what is counted, and the last answer. */
void haproxy_gateway_sections(const struct haproxy_generation *generation,
                              struct haproxy_rendered *rendered);

/* --- private to haproxy_gateway*.c --- */

enum {
    HAPROXY_GATEWAY_WORD_MAX = 256,
    HAPROXY_GATEWAY_CONDITION_BYTES = 512,
    HAPROXY_GATEWAY_CREDENTIALS_MAX = 1000 /* of ours: each is a rule that every request meets */
};

struct haproxy_gateway_render {
    const struct haproxy_generation *generation;
    const struct env_gateway        *gateway;
    struct haproxy_rendered         *rendered;
};

/* Printable ASCII without "'": whole between single quotes, where nothing is expanded. */
bool haproxy_gateway_is_quotable(const char *text);
/* The same without what JSON or a log format would take for its own: \ " % */
bool haproxy_gateway_is_plain(const char *text);
/* [A-Za-z0-9!#$&*+.^_|~-]+ less what HAProxy would take for its own: a header's name. */
bool haproxy_gateway_is_header(const char *text);

void haproxy_gateway_match(const struct haproxy_gateway_render *render);
void haproxy_gateway_plugins(const struct haproxy_gateway_render *render);
void haproxy_gateway_who(const struct haproxy_gateway_render *render);
void haproxy_gateway_who_is_told(const struct haproxy_gateway_render *render);
void haproxy_gateway_users(const struct haproxy_gateway_render *render); /* a section */
void haproxy_gateway_responses(const struct haproxy_gateway_render *render);
void haproxy_gateway_transforms(const struct haproxy_gateway_render *render);
/* NULL, or why a route cannot be had with this setting; names what is left out of it. */
const char *haproxy_gateway_plugin_refused(struct haproxy_generation *generation,
                                           const struct env_gateway_plugin *plugin);
/* NULL, or why a route cannot treat its consumers each in their own way. */
const char *haproxy_gateway_consumers_refused(const struct env_gateway *gateway, uint32_t route);
void haproxy_gateway_note(struct haproxy_generation *generation, const char *what,
                          const char *reason);
/* Answers with Kong's words when condition holds. */
void haproxy_gateway_answer(const struct haproxy_gateway_render *render, uint32_t status,
                            const char *headers, const char *message, const char *condition);

typedef void haproxy_gateway_emit_fn(const struct haproxy_gateway_render *render,
                                     const struct env_gateway_plugin *plugin,
                                     const char *condition);
/* Every setting of a kind that is in force somewhere, with the condition that it is. */
void haproxy_gateway_each(const struct haproxy_gateway_render *render, enum env_gateway_kind kind,
                          haproxy_gateway_emit_fn *emit);
haproxy_gateway_emit_fn haproxy_gateway_correlation;
haproxy_gateway_emit_fn haproxy_gateway_cors;
/* Names what of a plugin that changes headers is left out. */
void haproxy_gateway_headers_note(struct haproxy_generation *generation,
                                  const struct env_gateway_plugin *plugin);

#endif
