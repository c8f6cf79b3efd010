/*
 * platform/wire/routes_fields.h - private to routes*.c: what of a service goes over the wire, in
 * order. Policy and endpoints follow.
 */
#ifndef PLATFORM_WIRE_ROUTES_FIELDS_H
#define PLATFORM_WIRE_ROUTES_FIELDS_H

#include "platform/env/proxy.h"

enum routes_kind {
    ROUTES_TEXT, /* const char *; NULL goes as "" */
    ROUTES_BOOL,
    ROUTES_U16,
    ROUTES_U32,
    ROUTES_PPM, /* uint32_t, at most one million */
    ROUTES_I32,
    ROUTES_U64,
    ROUTES_TIME /* int64_t, >= 0 */
};

struct routes_field {
    enum routes_kind kind;
    size_t           offset;
};

extern const struct routes_field routes_fields[];
extern const uint32_t            routes_fields_count;

#endif
