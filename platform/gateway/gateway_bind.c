/*
 * platform/gateway/gateway_bind.c - the host and port of a service or target, as one of the
 * services of a routing generation.
 *
 * In this order: an inside name with this port; an inside name or virtual host that is for any
 * port; an inside name whatever its port, when the port is the one that nobody has written; the
 * name of a service of the generation; an app's id, without its first slash.
 */
#include <string.h>

#include "platform/gateway/gateway_load.h"

enum { BIND_PORT_UNSAID = 80 };

enum bind_rank { BIND_NAME_PORT, BIND_NAME, BIND_NAME_ANY_PORT, BIND_SERVICE, BIND_APP };
#define BIND_RANK_COUNT (BIND_APP + 1)

static bool
bind_same(const char *a, size_t a_len, const char *b)
{
    for (size_t i = 0; i < a_len; i++) {
        if (app_shape_lower(a[i]) != app_shape_lower(b[i])) { /* differs at b's end at the latest */
            return false;
        }
    }
    return b[a_len] == '\0';
}

static bool
bind_in_list(const char *list, const char *host, uint16_t port, enum bind_rank rank)
{
    while (list != NULL && *list != '\0') {
        const size_t len = strcspn(list, ",");
        const char  *colon = memchr(list, ':', len);
        const size_t host_len = colon != NULL ? (size_t)(colon - list) : len;
        uint32_t     number = 0;
        for (const char *c = list + host_len + 1; colon != NULL && c < list + len; c++) {
            number = number * 10 + (uint32_t)(*c - '0');
        }
        if (bind_same(list, host_len, host) &&
            (rank == BIND_NAME_ANY_PORT || (rank == BIND_NAME) == (colon == NULL)) &&
            (rank != BIND_NAME_PORT || number == port)) {
            return true;
        }
        list += len + (list[len] == ',');
    }
    return false;
}

static bool
bind_is(const struct env_service *service, const char *host, uint16_t port, enum bind_rank rank)
{
    switch (rank) {
    case BIND_NAME_PORT:
        return bind_in_list(service->names, host, port, rank);
    case BIND_NAME:
        return bind_in_list(service->names, host, port, rank) ||
               bind_in_list(service->vhosts, host, port, rank);
    case BIND_NAME_ANY_PORT:
        return port == BIND_PORT_UNSAID && bind_in_list(service->names, host, port, rank);
    case BIND_SERVICE:
        return bind_same(host, strlen(host), service->name);
    case BIND_APP:
        return service->app[0] == '/' && bind_same(host, strlen(host), service->app + 1);
    }
    return false;
}

struct env_gateway_bound
gateway_bind(const struct gateway_loader *loader, const char *host, uint16_t port)
{
    for (uint32_t rank = 0; rank < BIND_RANK_COUNT; rank++) {
        for (uint32_t i = 0; i < loader->services_count; i++) {
            const struct env_service *service = &loader->services[i];
            if (service->http && bind_is(service, host, port, (enum bind_rank)rank)) {
                return (struct env_gateway_bound){ arena_strdup(loader->arena, service->name), i };
            }
        }
    }
    return (struct env_gateway_bound){ "", ENV_GATEWAY_NONE };
}
