/*
 * platform/wire/routes.c - a routing generation as bytes and back.
 *
 * Shape: u32 format, u32 services; a service is its texts (u16 length, bytes), then its numbers,
 *        u32 endpoints, and the endpoints at 17 bytes each. Little-endian throughout.
 */
#include "platform/wire/routes.h"

#include <string.h>

#include "platform/base/map.h"

enum {
    ROUTES_FORMAT = 1,
    ROUTES_SERVICE_BYTES_MIN = 5 * 2 + 2 + 1 + 4 + 8 + 4 + 4,
    ROUTES_ENDPOINT_BYTES = 8 + 4 + 2 + 2 + 1,
    ROUTES_WEIGHT_MAX = 256
};

/* --- to bytes --- */

static void
routes_put(struct strbuf *out, uint64_t value, uint32_t bytes)
{
    char little[8];
    for (uint32_t i = 0; i < bytes; i++) {
        little[i] = (char)(uint8_t)(value >> (8 * i));
    }
    strbuf_add_bytes(out, little, bytes);
}

static void
routes_put_text(struct strbuf *out, const char *text)
{
    const size_t len = strlen(text);
    ASSERT(len <= UINT16_MAX);
    routes_put(out, len, 2);
    strbuf_add_bytes(out, text, len);
}

static void
routes_put_service(struct strbuf *out, const struct env_service *service)
{
    routes_put_text(out, service->name);
    routes_put_text(out, service->app);
    routes_put_text(out, service->vhosts);
    routes_put_text(out, service->path);
    routes_put_text(out, service->policy->name);
    routes_put(out, service->port, 2);
    routes_put(out, service->http ? 1 : 0, 1);
    routes_put(out, service->policy_argument, 4);
    routes_put(out, (uint64_t)service->check_interval_ns, 8);
    routes_put(out, service->check_fall, 4);
    routes_put(out, service->endpoints_count, 4);
    for (uint32_t i = 0; i < service->endpoints_count; i++) {
        const struct env_endpoint *endpoint = &service->endpoints[i];
        routes_put(out, endpoint->id, 8);
        routes_put(out, endpoint->ipv4, 4);
        routes_put(out, endpoint->port, 2);
        routes_put(out, endpoint->weight, 2);
        routes_put(out, endpoint->draining ? 1 : 0, 1);
    }
}

void
routes_encode(const struct env_service *services, uint32_t services_count, struct strbuf *out)
{
    routes_put(out, ROUTES_FORMAT, 4);
    routes_put(out, services_count, 4);
    for (uint32_t i = 0; i < services_count; i++) {
        routes_put_service(out, &services[i]);
    }
}

/* --- from bytes --- */

struct routes_reader {
    const uint8_t *at;
    size_t         left;
    struct arena  *arena;
    bool           bad; /* sticky: from then on everything read is 0 or "" */
};

static uint64_t
routes_get(struct routes_reader *reader, uint32_t bytes)
{
    if (reader->bad || reader->left < bytes) {
        reader->bad = true;
        return 0;
    }
    uint64_t value = 0;
    for (uint32_t i = 0; i < bytes; i++) {
        value |= (uint64_t)reader->at[i] << (8 * i);
    }
    reader->at += bytes;
    reader->left -= bytes;
    return value;
}

static bool
routes_get_bool(struct routes_reader *reader)
{
    const uint64_t value = routes_get(reader, 1);
    reader->bad = reader->bad || value > 1;
    return value == 1;
}

/* How many of bytes_min each follow: never more than the bytes that are left can hold. */
static uint32_t
routes_get_count(struct routes_reader *reader, uint32_t bytes_min)
{
    const uint32_t count = (uint32_t)routes_get(reader, 4);
    if (reader->bad || count > reader->left / bytes_min) {
        reader->bad = true;
        return 0;
    }
    return count;
}

static const char *
routes_get_text(struct routes_reader *reader)
{
    const size_t len = (size_t)routes_get(reader, 2);
    if (reader->bad || reader->left < len || memchr(reader->at, '\0', len) != NULL) {
        reader->bad = true;
        return "";
    }
    const char *text = arena_strndup(reader->arena, (const char *)reader->at, len);
    reader->at += len;
    reader->left -= len;
    return text;
}

static void
routes_get_endpoint(struct routes_reader *reader, struct env_endpoint *endpoint)
{
    endpoint->id = routes_get(reader, 8);
    endpoint->ipv4 = (uint32_t)routes_get(reader, 4);
    endpoint->port = (uint16_t)routes_get(reader, 2);
    endpoint->weight = (uint16_t)routes_get(reader, 2);
    endpoint->draining = routes_get_bool(reader);
    reader->bad = reader->bad || endpoint->id == 0 || endpoint->weight == 0 ||
                  endpoint->weight > ROUTES_WEIGHT_MAX;
}

static void
routes_get_service(struct routes_reader *reader, routes_policy_fn *find_policy,
                   struct env_service *service)
{
    service->name = routes_get_text(reader);
    service->app = routes_get_text(reader);
    service->vhosts = routes_get_text(reader);
    service->path = routes_get_text(reader);
    service->policy = find_policy(routes_get_text(reader));
    service->port = (uint16_t)routes_get(reader, 2);
    service->http = routes_get_bool(reader);
    service->policy_argument = (uint32_t)routes_get(reader, 4);
    service->check_interval_ns = (int64_t)routes_get(reader, 8);
    service->check_fall = (uint32_t)routes_get(reader, 4);
    service->endpoints_count = routes_get_count(reader, ROUTES_ENDPOINT_BYTES);
    reader->bad = reader->bad || service->policy == NULL || service->name[0] == '\0' ||
                  service->check_interval_ns < 0;

    struct env_endpoint *endpoints =
        ARENA_ARRAY(reader->arena, struct env_endpoint, service->endpoints_count);
    for (uint32_t i = 0; i < service->endpoints_count && !reader->bad; i++) {
        routes_get_endpoint(reader, &endpoints[i]);
    }
    service->endpoints = endpoints;
}

static bool
routes_names_differ(const struct env_service *services, uint32_t count)
{
    struct intern names;
    intern_init(&names);
    for (uint32_t i = 0; i < count; i++) {
        (void)intern_id(&names, services[i].name);
    }
    const bool differ = intern_count(&names) == count;
    intern_fini(&names);
    return differ;
}

enum status
routes_decode(const void *bytes, size_t len, routes_policy_fn *find_policy, struct arena *arena,
              struct env_service **ret_services, uint32_t *ret_count)
{
    ASSERT(bytes != NULL || len == 0);
    struct routes_reader reader = { .at = bytes, .left = len, .arena = arena };
    if (routes_get(&reader, 4) != ROUTES_FORMAT) {
        return ST_INVALID;
    }
    const uint32_t count = routes_get_count(&reader, ROUTES_SERVICE_BYTES_MIN);
    struct env_service *services = ARENA_ARRAY(arena, struct env_service, count);
    for (uint32_t i = 0; i < count && !reader.bad; i++) {
        routes_get_service(&reader, find_policy, &services[i]);
    }
    if (reader.bad || reader.left > 0 || !routes_names_differ(services, count)) {
        return ST_INVALID;
    }
    *ret_services = services;
    *ret_count = count;
    return ST_OK;
}
