/*
 * platform/model/app_tables.h - what the tables of an app definition share; for app_tables*.c.
 */
#ifndef PLATFORM_MODEL_APP_TABLES_H
#define PLATFORM_MODEL_APP_TABLES_H

#include "platform/model/app_shape.h"

#define MIB_MAX 1099511627776.0 /* a limit of ours: 2^40 MiB are 2^60 bytes */
#define NAME_BYTES_MAX 1024.0

#define SHAPE_OF(name, ...)                                                                        \
    { .fields = name##_fields, .fields_count = COUNT_OF(name##_fields), __VA_ARGS__ }
#define SHAPE(name, ...) static const struct app_shape name = SHAPE_OF(name, __VA_ARGS__)

#define PORT(field)                                                                                \
    { .name = field, .kind = APP_INTEGER, .max = 65535 }

static const struct app_field any_text = { .kind = APP_TEXT };
static const struct app_field named_text = { .kind = APP_TEXT, .min = 1 };

extern const struct app_shape app_tables_secret_ref; /* app_tables.c */

/* app_tables_container.c: containers, networks and ports */
extern const struct app_shape app_tables_container;
extern const struct app_shape app_tables_ip_address;
extern const struct app_shape app_tables_network;
extern const struct app_shape app_tables_port_definition;

#endif
