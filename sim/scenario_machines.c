/* sim/scenario_machines.c - the images of machines that groups may change to. */
#include <string.h>

#include <jansson.h>

#include "fakes/cloud/cloud.h"
#include "sim/scenario_parts.h"

void
scenario_read_machines(struct scenario_reader *reader, const struct json_t *images)
{
    struct scenario *scenario = reader->scenario;
    const char      *name;
    struct json_t   *json;
    if (!fields_is_object(&reader->read, images, "/cluster/images")) {
        return;
    }
    const size_t count = json_object_size(images);
    if (count > SCENARIO_IMAGES_MAX) {
        scenario_error(reader, "/cluster/images", "found %u images, expected at most %d",
                       (unsigned)count, (int)SCENARIO_IMAGES_MAX);
        return;
    }
    scenario->machines = ARENA_ARRAY(reader->read.arena, struct scenario_machine, count + 1);
    json_object_foreach ((struct json_t *)(uintptr_t)images, name, json) {
        const char *pointer = fields_pointer(reader->read.arena, "/cluster/images", name);
        struct scenario_machine *machine = &scenario->machines[scenario->machines_count++];
        *machine = (struct scenario_machine){
            .name = arena_strdup(reader->read.arena, name),
            .has_boot = json_object_get(json, "boot") != NULL,
        };
        scenario_check_name(reader, name, pointer);
        fields_parse(&reader->read, json, pointer, scenario_machine_table.fields,
                     scenario_machine_table.count, NULL, machine);
    }
}

bool
scenario_has_machine(const struct scenario *scenario, const char *image)
{
    for (uint32_t i = 0; i < scenario->machines_count; i++) {
        if (strcmp(scenario->machines[i].name, image) == 0) {
            return true;
        }
    }
    for (uint32_t i = 0; i < scenario->groups_count; i++) {
        const char *own = scenario->groups[i].image;
        if (strcmp(own != NULL ? own : FAKE_CLOUD_IMAGE, image) == 0) {
            return true;
        }
    }
    return false;
}
