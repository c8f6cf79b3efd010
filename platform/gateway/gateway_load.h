/*
 * platform/gateway/gateway_load.h - private to gateway_load*.c and plugin_load.c: from the
 * canonical text to what decisions are made by.
 */
#ifndef PLATFORM_GATEWAY_GATEWAY_LOAD_H
#define PLATFORM_GATEWAY_GATEWAY_LOAD_H

#include "platform/gateway/gateway_parts.h"

struct gateway_loader {
    struct arena       *arena;
    struct arena       *scratch;
    const json_t       *document;
    struct env_gateway *gateway;
    const struct env_service *services; /* of the generation; borrowed during the call */
    uint32_t            services_count;
};

/* gateway_load.c */
const json_t *gateway_load_list(const struct gateway_loader *loader, enum gateway_section section);
struct env_gateway_texts gateway_load_texts(struct arena *arena, const json_t *list);
/* The index of the entity that object names by key, or ENV_GATEWAY_NONE. */
uint32_t gateway_load_index(const struct gateway_loader *loader, enum gateway_section section,
                            const char *name);

/* plugin_load.c */
void gateway_load_plugins(struct gateway_loader *loader);
env_gateway_plugin_fn gateway_plugin_of;

/* gateway_bind.c: where a host and port lead to among the services. */
struct env_gateway_bound gateway_bind(const struct gateway_loader *loader, const char *host,
                                      uint16_t port);

/* gateway_shape.c: what upstreams and services ask of the balancer. */
void gateway_shape_load_service(const json_t *from, struct env_gateway_service *service);
void gateway_shape_load_upstream(const json_t *from, struct env_gateway_upstream *upstream);
env_gateway_shape_fn gateway_shape;

/* match.c: the order in which routes are tried. */
void gateway_order(struct gateway_loader *loader);

#endif
