/* sim/scenario_roles.c - the roles of the block "scheduler": weights, guarantees and limits. */
#include <jansson.h>

#include "fakes/cloud/instance_types.h"
#include "sim/scenario_parts.h"

#define ROLE_WEIGHT_MAX 1000000.0 /* a limit of ours */
#define ROLE_NUMBER_MAX 1e9       /* of cpus and GPUs; a limit of ours */

struct role_entry {
    double               weight;
    const struct json_t *guarantee;
    const struct json_t *limit;
};

struct role_amounts {
    double  cpus;
    int64_t mem_bytes;
    int64_t disk_bytes;
    double  gpus;
};

#define AT(object, member) .offset = offsetof(struct object, member)
#define TABLE(fields_of)   { fields_of, COUNT_OF(fields_of) }

static const struct field role_fields[] = {
    { .name = "weight", .kind = FIELD_NUMBER, AT(role_entry, weight),
      .about = "Its share is divided by that before it is compared; 1 when not given." },
    { .name = "guarantee", .kind = FIELD_JSON, AT(role_entry, guarantee),
      .about = "What is kept free for it as long as it has less." },
    { .name = "limit", .kind = FIELD_JSON, AT(role_entry, limit),
      .about = "What it never has more of." },
};
const struct scenario_table scenario_role_table = TABLE(role_fields);

static const struct field amounts_fields[] = { /* in the order of enum amount_kind */
    { .name = "cpus", .kind = FIELD_NUMBER, AT(role_amounts, cpus), .about = "Processors." },
    { .name = "mem", .kind = FIELD_BYTES, AT(role_amounts, mem_bytes), .about = "Memory." },
    { .name = "disk", .kind = FIELD_BYTES, AT(role_amounts, disk_bytes), .about = "Disk." },
    { .name = "gpus", .kind = FIELD_NUMBER, AT(role_amounts, gpus), .about = "GPUs." },
};
_Static_assert(COUNT_OF(amounts_fields) == AMOUNT_COUNT, "each resource has a name");
const struct scenario_table scenario_amounts_table = TABLE(amounts_fields);

static int64_t
role_milli(struct scenario_reader *reader, double number, const struct json_t *json,
           const char *pointer, const char *name)
{
    if (!(number >= 0) || number > ROLE_NUMBER_MAX) {
        scenario_error(reader, fields_pointer(reader->read.arena, pointer, name),
                       "found %s, expected a number from 0 to %.0f",
                       fields_show(reader->read.arena, json_object_get(json, name)),
                       ROLE_NUMBER_MAX);
        return 0;
    }
    return (int64_t)(number * 1000 + 0.5);
}

/* What is not given is none. */
static void
read_amounts(struct scenario_reader *reader, const struct json_t *json, const char *pointer,
             int64_t none, struct amounts *ret)
{
    struct role_amounts amounts = { 0 };
    for (uint32_t i = 0; i < AMOUNT_COUNT; i++) {
        ret->of[i] = none;
    }
    if (json == NULL) {
        return;
    }
    fields_parse(&reader->read, json, pointer, scenario_amounts_table.fields,
                 scenario_amounts_table.count, NULL, &amounts);
    const struct amounts given = {
        .of = { [AMOUNT_CPU] = role_milli(reader, amounts.cpus, json, pointer, "cpus"),
                [AMOUNT_MEMORY] = amounts.mem_bytes,
                [AMOUNT_DISK] = amounts.disk_bytes,
                [AMOUNT_GPU] = role_milli(reader, amounts.gpus, json, pointer, "gpus") }
    };
    for (uint32_t i = 0; i < AMOUNT_COUNT; i++) {
        if (json_object_get(json, amounts_fields[i].name) != NULL) {
            ret->of[i] = given.of[i];
        }
    }
}

static void
check_role(struct scenario_reader *reader, const struct scheduler_role *role, const char *pointer)
{
    for (uint32_t i = 0; i < AMOUNT_COUNT; i++) {
        if (role->guarantee.of[i] > role->limit.of[i]) {
            const char *guarantee = fields_pointer(reader->read.arena, pointer, "guarantee");
            scenario_error(reader,
                           fields_pointer(reader->read.arena, guarantee, amounts_fields[i].name),
                           "is above the limit of the role, expected at most that");
        }
    }
}

static void
read_role(struct scenario_reader *reader, const char *name, const struct json_t *json,
          struct scheduler_role *role)
{
    struct arena     *arena = reader->read.arena;
    const char       *pointer = fields_pointer(arena, "/scheduler/roles", name);
    struct role_entry entry = { .weight = 1 };
    role->name = arena_strdup(arena, name);
    if (name[0] == '\0') {
        scenario_error(reader, pointer, "found a role without a name, expected one");
    }
    fields_parse(&reader->read, json, pointer, scenario_role_table.fields,
                 scenario_role_table.count, NULL, &entry);
    role->weight_milli = SCHEDULER_WEIGHT_MILLI;
    if (!(entry.weight >= 0.001) || entry.weight > ROLE_WEIGHT_MAX) {
        scenario_error(reader, fields_pointer(arena, pointer, "weight"),
                       "found %s, expected a weight from 0.001 to %.0f",
                       fields_show(arena, json_object_get(json, "weight")), ROLE_WEIGHT_MAX);
    } else {
        role->weight_milli = (int64_t)(entry.weight * 1000 + 0.5);
    }
    read_amounts(reader, entry.guarantee, fields_pointer(arena, pointer, "guarantee"), 0,
                 &role->guarantee);
    read_amounts(reader, entry.limit, fields_pointer(arena, pointer, "limit"), AMOUNT_NO_LIMIT,
                 &role->limit);
    check_role(reader, role, pointer);
}

void
scenario_read_roles(struct scenario_reader *reader, const struct json_t *json)
{
    struct master_config *master = &reader->scenario->master;
    const char           *name;
    struct json_t        *entry;
    if (json == NULL || !fields_is_object(&reader->read, json, "/scheduler/roles")) {
        return;
    }
    const uint32_t count = (uint32_t)json_object_size(json);
    if (count > SCENARIO_ROLES_MAX) {
        scenario_error(reader, "/scheduler/roles", "found %u roles, expected at most %d", count,
                       (int)SCENARIO_ROLES_MAX);
        return;
    }
    struct scheduler_role *roles =
        ARENA_ARRAY(reader->read.arena, struct scheduler_role, count + 1);
    json_object_foreach ((struct json_t *)(uintptr_t)json, name, entry) {
        read_role(reader, name, entry, &roles[master->roles_count++]);
    }
    master->roles = roles;
}

/* --- with the cluster --- */

static struct amounts
machines_amounts(const struct scenario *scenario)
{
    struct amounts sum = { 0 };
    for (uint32_t i = 0; i < scenario->groups_count; i++) {
        const struct scenario_group *group = &scenario->groups[i];
        const struct instance_type  *type =
            group->machine != NULL ? group->machine
            : group->type != NULL  ? instance_type_find(group->type)
                                   : NULL;
        if (type != NULL) {
            const struct amounts machine = { .of = { [AMOUNT_CPU] = type->cpu_milli,
                                                     [AMOUNT_MEMORY] = type->mem_bytes,
                                                     [AMOUNT_DISK] = type->disk_bytes,
                                                     [AMOUNT_GPU] =
                                                         (int64_t)type->gpus * NODE_GPU_MILLI } };
            amounts_add(&sum, &machine, group->max);
        }
    }
    return sum;
}

void
scenario_check_roles(struct scenario_reader *reader)
{
    const struct master_config *master = &reader->scenario->master;
    const struct amounts        machines = machines_amounts(reader->scenario);
    struct amounts              sum = { 0 };
    for (uint32_t i = 0; i < master->roles_count; i++) {
        amounts_add(&sum, &master->roles[i].guarantee, 1);
    }
    for (uint32_t i = 0; i < AMOUNT_COUNT && reader->scenario->groups_count > 0; i++) {
        const bool    is_bytes = i == AMOUNT_MEMORY || i == AMOUNT_DISK;
        const int64_t unit = is_bytes ? MIB(1) : 1000;
        if (sum.of[i] > machines.of[i]) {
            diag_add(reader->read.diags, reader->read.source, DIAG_WARNING, "/scheduler/roles",
                     "the guarantees add up to %lld%s %s, and the machines have %lld%s: not all "
                     "of them can be kept",
                     (long long)(sum.of[i] / unit), is_bytes ? " MiB" : "",
                     amounts_fields[i].name, (long long)(machines.of[i] / unit),
                     is_bytes ? " MiB" : "");
        }
    }
}
