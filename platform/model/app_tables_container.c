/*
 * platform/model/app_tables_container.c - every key of an app's container, networks and ports.
 *
 * Source and limits: as app_tables.c.
 */
#include "platform/model/app_tables.h"

static const char *const network_modes[] = { "container", "container/bridge", "host", NULL };
static const char *const docker_networks[] = { "BRIDGE", "HOST", "NONE", "USER", NULL };
static const char *const port_protocols[] = { "tcp", "udp", "udp,tcp", NULL };
static const char *const container_types[] = { "MESOS", "DOCKER", NULL };
static const char *const volume_modes[] = { "RO", "RW", NULL };
static const char *const volume_types[] = { "root", "path", "mount", NULL };

/* Seen in definitions that people have; Marathon takes no notice of them. */
static const char *const docker_tolerated[] = { "forcePull", "requirePorts", NULL };

/* ---- container ---- */

#define PORT_NAME                                                                                  \
    { .name = "name", .kind = APP_TEXT, .min = 1, .max = NAME_BYTES_MAX }
#define PORT_PROTOCOL                                                                              \
    { .name = "protocol", .kind = APP_WORD, .words = port_protocols, .fallback = "\"tcp\"" }
#define PORT_LABELS                                                                                \
    { .name = "labels", .kind = APP_TEXTS, .fallback = "{}" }

static const struct app_field mapping_fields[] = {
    { .name = "containerPort", .kind = APP_INTEGER, .max = 65535, .fallback = "0" },
    PORT("hostPort"),
    { .name = "servicePort", .kind = APP_INTEGER, .max = 65535, .fallback = "0" },
    PORT_PROTOCOL,
    PORT_NAME,
    PORT_LABELS,
    { .name = "networkNames", .kind = APP_LIST, .item = &named_text,
      .flags = APP_OMIT_EMPTY | APP_LATER },
};
SHAPE(mapping, .knows_all = false);
static const struct app_field mapping_item = { .kind = APP_OBJECT, .shape = &mapping };

static const struct app_field parameter_fields[] = {
    { .name = "key", .kind = APP_TEXT, .flags = APP_REQUIRED, .min = 1 },
    { .name = "value", .kind = APP_TEXT, .flags = APP_REQUIRED },
};
SHAPE(parameter, .knows_all = false);
static const struct app_field parameter_item = { .kind = APP_OBJECT, .shape = &parameter };

static const struct app_field credential_fields[] = {
    { .name = "principal", .kind = APP_TEXT },
    { .name = "secret", .kind = APP_TEXT, .min = 1 },
};
SHAPE(credential, .drops_unknown = true);

static const struct app_field docker_fields[] = {
    { .name = "image", .kind = APP_TEXT, .flags = APP_REQUIRED, .min = 1, .max = NAME_BYTES_MAX },
    { .name = "forcePullImage", .kind = APP_BOOL, .fallback = "false" },
    { .name = "privileged", .kind = APP_BOOL, .fallback = "false" },
    { .name = "parameters", .kind = APP_LIST, .item = &parameter_item, .flags = APP_LATER,
      .fallback = "[]" },
    { .name = "pullConfig", .kind = APP_OBJECT, .shape = &app_tables_secret_ref,
      .flags = APP_LATER },
    { .name = "credential", .kind = APP_OBJECT, .shape = &credential, .flags = APP_OLD },
    { .name = "network", .kind = APP_WORD, .words = docker_networks, .flags = APP_OLD },
    { .name = "portMappings", .kind = APP_LIST, .item = &mapping_item, .flags = APP_OLD },
};
SHAPE(docker, .tolerated = docker_tolerated);

static const struct app_field volume_constraint = { .kind = APP_LIST, .item = &any_text,
                                                    .min = 1 };
static const struct app_field persistent_fields[] = {
    { .name = "type", .kind = APP_WORD, .words = volume_types, .fallback = "\"root\"" },
    { .name = "size", .kind = APP_INTEGER, .flags = APP_REQUIRED | APP_MIB, .min = 1,
      .max = MIB_MAX },
    { .name = "maxSize", .kind = APP_INTEGER, .flags = APP_LATER | APP_MIB, .min = 1,
      .max = MIB_MAX },
    { .name = "profileName", .kind = APP_TEXT, .flags = APP_LATER, .min = 1 },
    { .name = "constraints", .kind = APP_LIST, .item = &volume_constraint, .flags = APP_LATER,
      .fallback = "[]" },
};
SHAPE(persistent, .knows_all = false);

static const struct app_field external_fields[] = {
    { .name = "size", .kind = APP_INTEGER, .max = MIB_MAX },
    { .name = "name", .kind = APP_TEXT, .min = 1 },
    { .name = "provider", .kind = APP_TEXT, .min = 1 },
    { .name = "shared", .kind = APP_BOOL },
    { .name = "options", .kind = APP_ANY, .flags = APP_OMIT_EMPTY },
};
SHAPE(external, .knows_all = false);

static const struct app_field volume_fields[] = {
    { .name = "containerPath", .kind = APP_TEXT, .flags = APP_REQUIRED, .min = 1 },
    { .name = "hostPath", .kind = APP_TEXT, .min = 1 },
    { .name = "persistent", .kind = APP_OBJECT, .shape = &persistent },
    { .name = "external", .kind = APP_OBJECT, .shape = &external, .flags = APP_LATER },
    { .name = "secret", .kind = APP_TEXT, .min = 1, .flags = APP_LATER },
    { .name = "mode", .kind = APP_WORD, .words = volume_modes },
};
SHAPE(volume, .knows_all = false);
static const struct app_field volume_item = { .kind = APP_OBJECT, .shape = &volume };

static const struct app_field container_fields[] = {
    { .name = "type", .kind = APP_WORD, .words = container_types },
    { .name = "docker", .kind = APP_OBJECT, .shape = &docker },
    { .name = "appc", .kind = APP_ANY, .flags = APP_LATER },
    { .name = "volumes", .kind = APP_LIST, .item = &volume_item, .fallback = "[]" },
    { .name = "portMappings", .kind = APP_LIST, .item = &mapping_item },
    { .name = "linuxInfo", .kind = APP_ANY, .flags = APP_LATER },
};
const struct app_shape app_tables_container = SHAPE_OF(container, .knows_all = false);

/* ---- networks and ports ---- */

static const struct app_field network_fields[] = {
    { .name = "mode", .kind = APP_WORD, .words = network_modes, .fallback = "\"container\"" },
    { .name = "name", .kind = APP_TEXT, .min = 1, .flags = APP_LATER },
    { .name = "labels", .kind = APP_TEXTS, .flags = APP_OMIT_EMPTY | APP_LATER },
};
const struct app_shape app_tables_network = SHAPE_OF(network, .knows_all = false);

static const struct app_field definition_fields[] = {
    { .name = "port", .kind = APP_INTEGER, .max = 65535, .fallback = "0" },
    PORT_PROTOCOL,
    PORT_NAME,
    PORT_LABELS,
};
const struct app_shape app_tables_port_definition = SHAPE_OF(definition, .knows_all = false);

static const struct app_field discovery_port_fields[] = {
    { .name = "number", .kind = APP_INTEGER, .max = 65535, .fallback = "0" },
    { .name = "name", .kind = APP_TEXT, .flags = APP_REQUIRED, .min = 1, .max = NAME_BYTES_MAX },
    PORT_PROTOCOL,
    PORT_LABELS,
};
SHAPE(discovery_port, .drops_unknown = true);
static const struct app_field discovery_port_item = { .kind = APP_OBJECT,
                                                      .shape = &discovery_port };
static const struct app_field discovery_fields[] = {
    { .name = "ports", .kind = APP_LIST, .item = &discovery_port_item, .fallback = "[]" },
};
SHAPE(discovery, .drops_unknown = true);

static const struct app_field ip_address_fields[] = {
    { .name = "networkName", .kind = APP_TEXT, .min = 1 },
    { .name = "labels", .kind = APP_TEXTS, .flags = APP_OMIT_EMPTY },
    { .name = "groups", .kind = APP_LIST, .item = &any_text, .flags = APP_OMIT_EMPTY },
    { .name = "discovery", .kind = APP_OBJECT, .shape = &discovery },
};
const struct app_shape app_tables_ip_address = SHAPE_OF(ip_address, .drops_unknown = true);
