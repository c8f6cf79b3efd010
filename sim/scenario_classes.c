/* sim/scenario_classes.c - the requests of a line that are not alike, and their shares. */
#include <string.h>

#include <jansson.h>

#include "sim/scenario_parts.h"

/* "10.1.2.3" in host byte order; false when it is none, or 0.0.0.0. */
static bool
parse_ipv4(const char *text, uint32_t *ret)
{
    uint32_t address = 0;
    for (uint32_t part = 0; part < 4; part++) {
        uint32_t value = 0;
        uint32_t digits = 0;
        for (; *text >= '0' && *text <= '9' && digits < 3; text++, digits++) {
            value = value * 10 + (uint32_t)(*text - '0');
        }
        if (digits == 0 || value > 255 || *text != (part < 3 ? '.' : '\0')) {
            return false;
        }
        address = address << 8 | value;
        text++;
    }
    *ret = address;
    return address != 0;
}

static void
read_headers(struct scenario_reader *reader, const struct json_t *json, const char *pointer,
             struct env_request *request)
{
    struct arena  *arena = reader->read.arena;
    const char    *key;
    struct json_t *value;
    if (!fields_is_object(&reader->read, json, pointer)) {
        return;
    }
    if (json_object_size(json) > SCENARIO_HEADERS_MAX) {
        scenario_error(reader, pointer, "found %u headers, expected at most %d",
                       (unsigned)json_object_size(json), (int)SCENARIO_HEADERS_MAX);
        return;
    }
    struct env_header *headers = ARENA_ARRAY(arena, struct env_header, json_object_size(json) + 1);
    json_object_foreach ((struct json_t *)(uintptr_t)json, key, value) {
        if (!json_is_string(value) || key[0] == '\0') {
            scenario_error(reader, fields_pointer(arena, pointer, key),
                           "found %s, expected a header's value as text",
                           fields_show(arena, value));
            continue;
        }
        headers[request->headers_count++] =
            (struct env_header){ .name = arena_strdup(arena, key),
                                 .value = arena_strdup(arena, json_string_value(value)) };
    }
    request->headers = headers;
}

static void
read_class(struct scenario_reader *reader, const struct json_t *json, const char *pointer,
           const struct scenario_traffic *traffic, struct scenario_class *class)
{
    struct arena               *arena = reader->read.arena;
    struct scenario_class_entry entry = {
        .class = { .request = { .method = "GET", .host = traffic->to, .path = traffic->path } }
    };
    fields_parse(&reader->read, json, pointer, scenario_class_table.fields,
                 scenario_class_table.count, NULL, &entry);
    struct env_request *request = &entry.class.request;
    if (request->path[0] != '/') {
        scenario_error(reader, fields_pointer(arena, pointer, "path"),
                       "found \"%s\", expected a path that begins with /", request->path);
    }
    if (entry.from != NULL && !parse_ipv4(entry.from, &request->source_ipv4)) {
        scenario_error(reader, fields_pointer(arena, pointer, "from"),
                       "found \"%s\", expected an IPv4 address such as \"10.1.2.3\"", entry.from);
    }
    if (entry.headers != NULL) {
        read_headers(reader, entry.headers, fields_pointer(arena, pointer, "headers"), request);
    }
    *class = entry.class;
}

static void
check_names(struct scenario_reader *reader, const char *pointer,
            const struct scenario_class *classes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            if (classes[i].name != NULL && classes[j].name != NULL &&
                strcmp(classes[i].name, classes[j].name) == 0) {
                scenario_error(reader,
                               fields_pointer(reader->read.arena,
                                              fields_pointer_at(reader->read.arena, pointer, i),
                                              "name"),
                               "the name \"%s\" is used twice, expected different names",
                               classes[i].name);
                return;
            }
        }
    }
}

/* Those without a share get what the others leave; the last of them what does not divide. */
static void
share_out(struct scenario_reader *reader, const char *pointer, struct scenario_class *classes,
          uint32_t count)
{
    uint64_t given_ppm = 0;
    uint32_t without = 0;
    for (uint32_t i = 0; i < count; i++) {
        given_ppm += classes[i].share_ppm;
        without += classes[i].share_ppm == 0 ? 1 : 0;
    }
    const bool fits = without > 0 ? given_ppm + without <= PPM : given_ppm == PPM;
    if (!fits) {
        scenario_error(reader, pointer, "the shares add up to %u.%04u%%, expected %s",
                       (unsigned)(given_ppm / 10000), (unsigned)(given_ppm % 10000),
                       without > 0 ? "less than 100%, since some name none" : "100%");
        return;
    }
    uint32_t left_ppm = (uint32_t)(PPM - (int64_t)given_ppm);
    for (uint32_t i = 0; i < count; i++) {
        if (classes[i].share_ppm == 0) {
            classes[i].share_ppm = left_ppm / without;
            left_ppm -= classes[i].share_ppm;
            without--;
        }
    }
}

void
scenario_read_classes(struct scenario_reader *reader, const struct json_t *json,
                      const char *pointer, struct scenario_traffic *traffic)
{
    if (!fields_is_array(&reader->read, json, pointer)) {
        return;
    }
    const size_t count = json_array_size(json);
    if (count == 0 || count > SCENARIO_CLASSES_MAX) {
        scenario_error(reader, pointer, "found %u classes, expected 1 to %d", (unsigned)count,
                       (int)SCENARIO_CLASSES_MAX);
        return;
    }
    const uint32_t         errors_count = reader->read.diags->errors_count;
    struct scenario_class *classes = ARENA_ARRAY(reader->read.arena, struct scenario_class, count);
    for (uint32_t i = 0; i < count; i++) {
        read_class(reader, json_array_get(json, i),
                   fields_pointer_at(reader->read.arena, pointer, i), traffic, &classes[i]);
    }
    check_names(reader, pointer, classes, (uint32_t)count);
    if (reader->read.diags->errors_count == errors_count) {
        share_out(reader, pointer, classes, (uint32_t)count);
    }
    traffic->classes = classes;
    traffic->classes_count = (uint32_t)count;
}
