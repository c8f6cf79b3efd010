/*
 * platform/wire/routes.c - a routing generation as bytes and back.
 *
 * Shape: u32 format, the gateway's text (u32 length, bytes), u8 zones, their names, u32 services. A
 *        service is its fields in the order of routes_fields.c, the name of its policy, u32
 *        endpoints, and the endpoints at 18 bytes each. A text is u16 length, bytes. Little-endian
 *        throughout.
 */
#include "platform/wire/routes.h"

#include <string.h>

#include "platform/base/map.h"
#include "platform/wire/routes_fields.h"

enum {
    ROUTES_FORMAT = 3,
    ROUTES_ENDPOINT_BYTES = 8 + 4 + 2 + 2 + 1 + 1,
    ROUTES_WEIGHT_MAX = 256,
    ROUTES_DRAINING = 1, /* bits of an endpoint */
    ROUTES_LEAVING = 2,
    ROUTES_NEWER = 4,
    ROUTES_BITS = ROUTES_DRAINING | ROUTES_LEAVING | ROUTES_NEWER
};

static uint32_t
routes_kind_bytes(enum routes_kind kind)
{
    switch (kind) {
    case ROUTES_BOOL:
        return 1;
    case ROUTES_TEXT: /* its length */
    case ROUTES_U16:
        return 2;
    case ROUTES_U32:
    case ROUTES_PPM:
    case ROUTES_I32:
        return 4;
    case ROUTES_U64:
    case ROUTES_TIME:
        return 8;
    }
    return 0;
}

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
    const size_t len = text != NULL ? strlen(text) : 0;
    ASSERT(len <= UINT16_MAX);
    routes_put(out, len, 2);
    if (len > 0) {
        strbuf_add_bytes(out, text, len);
    }
}

static void
routes_put_field(struct strbuf *out, const struct env_service *service,
                 const struct routes_field *field)
{
    const void *at = (const char *)service + field->offset;
    const uint32_t bytes = routes_kind_bytes(field->kind);
    switch (field->kind) {
    case ROUTES_TEXT:
        routes_put_text(out, *(const char *const *)at);
        break;
    case ROUTES_BOOL:
        routes_put(out, *(const bool *)at ? 1 : 0, bytes);
        break;
    case ROUTES_U16:
        routes_put(out, *(const uint16_t *)at, bytes);
        break;
    case ROUTES_U32:
    case ROUTES_PPM:
        routes_put(out, *(const uint32_t *)at, bytes);
        break;
    case ROUTES_I32:
        routes_put(out, (uint32_t)*(const int32_t *)at, bytes);
        break;
    case ROUTES_U64:
        routes_put(out, *(const uint64_t *)at, bytes);
        break;
    case ROUTES_TIME:
        routes_put(out, (uint64_t)*(const int64_t *)at, bytes);
        break;
    }
}

static void
routes_put_service(struct strbuf *out, const struct env_service *service)
{
    for (uint32_t i = 0; i < routes_fields_count; i++) {
        routes_put_field(out, service, &routes_fields[i]);
    }
    routes_put_text(out, service->policy->name);
    routes_put(out, service->endpoints_count, 4);
    for (uint32_t i = 0; i < service->endpoints_count; i++) {
        const struct env_endpoint *endpoint = &service->endpoints[i];
        routes_put(out, endpoint->id, 8);
        routes_put(out, endpoint->ipv4, 4);
        routes_put(out, endpoint->port, 2);
        routes_put(out, endpoint->weight, 2);
        routes_put(out,
                   (endpoint->draining ? ROUTES_DRAINING : 0u) |
                       (endpoint->leaving ? ROUTES_LEAVING : 0u) |
                       (endpoint->newer ? ROUTES_NEWER : 0u),
                   1);
        routes_put(out, endpoint->zone, 1);
    }
}

void
routes_encode(const struct routes *routes, struct strbuf *out)
{
    const size_t gateway_len = routes->gateway != NULL ? strlen(routes->gateway) : 0;
    ASSERT(gateway_len <= UINT32_MAX);
    ASSERT(routes->zones_count <= ROUTES_ZONES_MAX);
    routes_put(out, ROUTES_FORMAT, 4);
    routes_put(out, gateway_len, 4);
    if (gateway_len > 0) {
        strbuf_add_bytes(out, routes->gateway, gateway_len);
    }
    routes_put(out, routes->zones_count, 1);
    for (uint32_t i = 0; i < routes->zones_count; i++) {
        routes_put_text(out, routes->zones[i]);
    }
    routes_put(out, routes->services_count, 4);
    for (uint32_t i = 0; i < routes->services_count; i++) {
        routes_put_service(out, &routes->services[i]);
    }
}

/* --- from bytes --- */

struct routes_reader {
    const uint8_t *at;
    size_t         left;
    struct arena  *arena;
    uint32_t       zones_count;
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

static int64_t
routes_get_time(struct routes_reader *reader)
{
    const uint64_t value = routes_get(reader, 8);
    reader->bad = reader->bad || value > INT64_MAX;
    return reader->bad ? 0 : (int64_t)value;
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
routes_get_text(struct routes_reader *reader, uint32_t len_bytes)
{
    const size_t len = (size_t)routes_get(reader, len_bytes);
    if (reader->bad || reader->left < len || memchr(reader->at, '\0', len) != NULL) {
        reader->bad = true;
        return "";
    }
    const char *text = len > 0 ? arena_strndup(reader->arena, (const char *)reader->at, len) : "";
    reader->at += len;
    reader->left -= len;
    return text;
}

static void
routes_get_field(struct routes_reader *reader, struct env_service *service,
                 const struct routes_field *field)
{
    void *at = (char *)service + field->offset;
    const uint32_t bytes = routes_kind_bytes(field->kind);
    switch (field->kind) {
    case ROUTES_TEXT:
        *(const char **)at = routes_get_text(reader, bytes);
        break;
    case ROUTES_BOOL:
        *(bool *)at = routes_get_bool(reader);
        break;
    case ROUTES_U16:
        *(uint16_t *)at = (uint16_t)routes_get(reader, bytes);
        break;
    case ROUTES_U32:
        *(uint32_t *)at = (uint32_t)routes_get(reader, bytes);
        break;
    case ROUTES_PPM:
        *(uint32_t *)at = (uint32_t)routes_get(reader, bytes);
        reader->bad = reader->bad || *(const uint32_t *)at > PPM;
        break;
    case ROUTES_I32:
        *(int32_t *)at = (int32_t)(uint32_t)routes_get(reader, bytes);
        break;
    case ROUTES_U64:
        *(uint64_t *)at = routes_get(reader, bytes);
        break;
    case ROUTES_TIME:
        *(int64_t *)at = routes_get_time(reader);
        break;
    }
}

static void
routes_get_endpoint(struct routes_reader *reader, struct env_endpoint *endpoint)
{
    endpoint->id = routes_get(reader, 8);
    endpoint->ipv4 = (uint32_t)routes_get(reader, 4);
    endpoint->port = (uint16_t)routes_get(reader, 2);
    endpoint->weight = (uint16_t)routes_get(reader, 2);
    const uint64_t bits = routes_get(reader, 1);
    endpoint->draining = (bits & ROUTES_DRAINING) != 0;
    endpoint->leaving = (bits & ROUTES_LEAVING) != 0;
    endpoint->newer = (bits & ROUTES_NEWER) != 0;
    endpoint->zone = (uint8_t)routes_get(reader, 1);
    reader->bad = reader->bad || endpoint->id == 0 || endpoint->weight == 0 ||
                  endpoint->weight > ROUTES_WEIGHT_MAX || bits > ROUTES_BITS ||
                  endpoint->zone > reader->zones_count;
}

static void
routes_get_service(struct routes_reader *reader, routes_policy_fn *find_policy,
                   struct env_service *service)
{
    for (uint32_t i = 0; i < routes_fields_count; i++) {
        routes_get_field(reader, service, &routes_fields[i]);
    }
    service->policy = find_policy(routes_get_text(reader, 2));
    service->endpoints_count = routes_get_count(reader, ROUTES_ENDPOINT_BYTES);
    reader->bad = reader->bad || service->policy == NULL || service->name[0] == '\0';

    struct env_endpoint *endpoints =
        ARENA_ARRAY(reader->arena, struct env_endpoint, service->endpoints_count);
    for (uint32_t i = 0; i < service->endpoints_count && !reader->bad; i++) {
        routes_get_endpoint(reader, &endpoints[i]);
    }
    service->endpoints = endpoints;
}

static const char *const *
routes_get_zones(struct routes_reader *reader)
{
    reader->zones_count = (uint32_t)routes_get(reader, 1);
    const char **zones = ARENA_ARRAY(reader->arena, const char *, reader->zones_count);
    for (uint32_t i = 0; i < reader->zones_count; i++) {
        zones[i] = routes_get_text(reader, 2);
    }
    return zones;
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

/* The fewest bytes that a service takes: all its texts empty, no endpoint. */
static uint32_t
routes_service_bytes_min(void)
{
    uint32_t bytes = 2 + 4; /* the name of its policy, how many endpoints */
    for (uint32_t i = 0; i < routes_fields_count; i++) {
        bytes += routes_kind_bytes(routes_fields[i].kind);
    }
    return bytes;
}

enum status
routes_decode(const void *bytes, size_t len, routes_policy_fn *find_policy, struct arena *arena,
              struct routes *ret_routes)
{
    ASSERT(bytes != NULL || len == 0);
    struct routes_reader reader = { .at = bytes, .left = len, .arena = arena };
    if (routes_get(&reader, 4) != ROUTES_FORMAT) {
        return ST_INVALID;
    }
    const char *gateway = routes_get_text(&reader, 4);
    const char *const *zones = routes_get_zones(&reader);
    const uint32_t count = routes_get_count(&reader, routes_service_bytes_min());
    struct env_service *services = ARENA_ARRAY(arena, struct env_service, count);
    for (uint32_t i = 0; i < count && !reader.bad; i++) {
        routes_get_service(&reader, find_policy, &services[i]);
    }
    if (reader.bad || reader.left > 0 || !routes_names_differ(services, count)) {
        return ST_INVALID;
    }
    *ret_routes = (struct routes){ .services = services,
                                   .services_count = count,
                                   .zones = zones,
                                   .zones_count = reader.zones_count,
                                   .gateway = gateway };
    return ST_OK;
}

uint8_t
routes_zone(const struct routes *routes, const char *zone)
{
    for (uint32_t i = 0; i < routes->zones_count && zone != NULL && zone[0] != '\0'; i++) {
        if (strcmp(routes->zones[i], zone) == 0) {
            return (uint8_t)(i + 1);
        }
    }
    return 0;
}
