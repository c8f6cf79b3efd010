/*
 * sim/scenario_gateway.c - the gateway of a scenario, and those that its timeline hands in: inline,
 * or {"file": ...} with Kong's declarative file, which is then put in the place of its name.
 */
#include <string.h>

#include <jansson.h>

#include "platform/gateway/gateway.h"
#include "sim/scenario_parts.h"

/* The canonical text of a named file, or NULL. Mistakes have their places in that file. */
static const char *
read_file(struct scenario_reader *reader, const struct json_t *json, const char *pointer)
{
    struct arena *arena = reader->read.arena;
    const char   *file_pointer = fields_pointer(arena, pointer, "file");
    const char   *name = json_string_value(json_object_get(json, "file"));
    struct error  err = { .text = "" };
    char         *text = NULL;
    size_t        len = 0;
    if (name == NULL || json_object_size(json) != 1) {
        scenario_error(reader, name == NULL ? file_pointer : pointer,
                       name == NULL ? "expected the path of a file"
                                    : "\"file\" stands beside other keys, expected it alone");
        return NULL;
    }
    const struct scenario_file *owner = scenario_document_owner(&reader->document, pointer);
    const char  *path = scenario_file_beside(arena, owner->source.file, name);
    enum status  status = reader->io->read(reader->io, path, arena, &text, &len, &err);
    if (status != ST_OK) {
        scenario_error(reader, file_pointer, "%s: %s", path,
                       status == ST_NOT_FOUND ? "no such file, expected Kong's declarative file"
                                              : err.text);
        return NULL;
    }
    return gateway_read(text, len, path, arena, reader->read.diags);
}

const char *
scenario_gateway_inline(struct scenario_reader *reader, struct json_t *parent,
                        const char *parent_pointer)
{
    struct arena  *arena = reader->read.arena;
    const char    *pointer = fields_pointer(arena, parent_pointer, "gateway");
    struct json_t *json = json_object_get(parent, "gateway");
    if (json == NULL || !fields_is_object(&reader->read, json, pointer)) {
        return NULL;
    }
    const char *text =
        json_object_get(json, "file") != NULL
            ? read_file(reader, json, pointer)
            : gateway_read_json(json, reader->read.source, pointer, arena, reader->read.diags);
    if (text != NULL) {
        (void)json_object_set_new(parent, "gateway", json_loads(text, 0, NULL));
    }
    return text;
}

void
scenario_read_gateway(struct scenario_reader *reader)
{
    reader->scenario->gateway = scenario_gateway_inline(reader, reader->document.merged, "");
    reader->top.gateway = json_object_get(reader->document.merged, "gateway");
}

/* Whether a host of a route, perhaps with "*" as its first or last part, is this one. */
static bool
host_is(const char *wanted, const char *host)
{
    const size_t wanted_len = strlen(wanted);
    const size_t len = strlen(host);
    if (wanted[0] == '*') {
        return len >= wanted_len && strcmp(host + len - (wanted_len - 1), wanted + 1) == 0;
    }
    if (wanted_len > 0 && wanted[wanted_len - 1] == '*') {
        return strncmp(wanted, host, wanted_len - 1) == 0;
    }
    return strcmp(wanted, host) == 0;
}

static bool
gateway_serves(const struct json_t *gateway, const char *to)
{
    const struct json_t *routes = json_object_get(gateway, "routes");
    for (size_t i = 0; i < json_array_size(routes); i++) {
        const struct json_t *hosts = json_object_get(json_array_get(routes, i), "hosts");
        for (size_t h = 0; h < json_array_size(hosts); h++) {
            if (host_is(json_string_value(json_array_get(hosts, h)), to)) {
                return true;
            }
        }
        if (json_array_size(hosts) == 0) {
            return true;
        }
    }
    return false;
}

bool
scenario_gateway_serves(const struct scenario_reader *reader, const char *to)
{
    if (reader->scenario->gateway != NULL && gateway_serves(reader->top.gateway, to)) {
        return true;
    }
    for (uint32_t i = 0; i < reader->steps.count; i++) {
        const struct scenario_parsed_step *parsed = vec_at(&reader->steps, i);
        if (!parsed->is_wrong && strcmp(parsed->step.action->verb, "set-gateway") == 0 &&
            gateway_serves(json_object_get(parsed->json, "gateway"), to)) {
            return true;
        }
    }
    return false;
}
