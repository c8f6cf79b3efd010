/*
 * platform/gateway/admit.h - private to platform/gateway/: what plugins see of a request and may do
 * about it, one file a plugin.
 *
 * Calling: a plugin answers true when the request ends with it; then call->verdict says how.
 * Cost:    no plugin allocates; counters grow now and then, up to a limit.
 */
#ifndef PLATFORM_GATEWAY_ADMIT_H
#define PLATFORM_GATEWAY_ADMIT_H

#include "platform/env/gateway.h"

extern const struct env_gateway_ops gateway_ops;

struct gateway_counters;

struct gateway_call {
    const struct env_gateway   *gateway;
    const struct env_request   *request;
    struct env_gateway_state   *state;
    struct env_gateway_verdict *verdict;
    int64_t                     now_ns;
    uint32_t                    route;
    uint32_t                    consumer; /* ENV_GATEWAY_NONE: not known */
    const struct env_gateway_credential *credential; /* NULL: none */
};

typedef bool gateway_plugin_act_fn(struct gateway_call *call,
                                   const struct env_gateway_plugin *plugin);

gateway_plugin_act_fn cors_act;
gateway_plugin_act_fn key_auth_act;
gateway_plugin_act_fn basic_auth_act;
gateway_plugin_act_fn ip_restriction_act;
gateway_plugin_act_fn request_size_act;
gateway_plugin_act_fn acl_act;
gateway_plugin_act_fn rate_limiting_act;

/* Ends the request; always true. The message is not copied. */
bool gateway_answer(struct gateway_call *call, uint32_t status, const char *message);

/* The first header of this name, or NULL. */
const char *gateway_header(const struct env_request *request, const char *name);

/* ASCII, without case. */
bool gateway_same(const char *a, const char *b);

/* The credential of this name in a sorted list, or NULL. */
const struct env_gateway_credential *
gateway_credential(const struct env_gateway_credential *credentials, uint32_t count,
                   const char *name);

/* counters.c: how often something happened in a window of time. */

enum { GATEWAY_COUNTERS_MAX = 1 << 16 }; /* kept at once; then the oldest of a few is forgotten */

/* Where the count of key in the window that ends at end_ns stands; 0 when it is new. Valid until
 * the next call. */
int64_t *counters_at(struct gateway_counters *counters, uint64_t key, int64_t end_ns,
                     int64_t now_ns);

/* state.c */
struct gateway_memory {
    uint64_t                 text_hash; /* of the gateway that turns belong to */
    int64_t                 *turns;     /* of smooth weighted round robin, by target */
    struct gateway_counters *counters;
};

/* Made on first use; turns begin anew with another gateway. */
struct gateway_memory *gateway_memory(const struct env_gateway *gateway,
                                      struct env_gateway_state *state);
struct gateway_counters *counters_open(void);
void                     counters_close(struct gateway_counters *counters); /* NULL is fine */

env_gateway_match_fn gateway_match;

#endif
