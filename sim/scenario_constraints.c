/*
 * sim/scenario_constraints.c - constraints that no machine of the scenario can satisfy: their tasks
 * would wait for ever, so it is said before.
 */
#include <stdio.h>
#include <string.h>

#include "platform/base/map.h"
#include "platform/model/attribute.h"
#include "platform/scheduler/filters/filters.h"
#include "sim/scenario_parts.h"

/* What the machines say of one field, or the names of all their attributes (field: ""). */
struct scenario_values {
    struct scenario_values *next;
    const char             *field;
    const char            **texts; /* each once */
    uint32_t                count;
};

static void
values_add_attributes(struct intern *values, const char *field, const char *attributes)
{
    char             room[NODE_ATTRIBUTES_BYTES];
    const struct node_spec spec = { .attributes = attributes };
    if (field[0] != '\0') {
        const char *value = attribute_value(&spec, field, room);
        if (value != NULL) {
            (void)intern_id(values, value);
        }
        return;
    }
    for (const char *at = attributes; *at != '\0';) {
        const size_t len = strcspn(at, ";");
        const size_t name_len = strcspn(at, ":;");
        memcpy(room, at, name_len);
        room[name_len] = '\0';
        (void)intern_id(values, room);
        at += at[len] == ';' ? len + 1 : len;
    }
}

static void
values_gather(struct intern *values, const struct scenario *scenario, const char *field)
{
    if (strcmp(field, "@region") == 0) {
        (void)intern_id(values, scenario->region);
    } else if (strcmp(field, "@zone") == 0) {
        for (uint32_t i = 0; i < scenario->zones_count; i++) {
            (void)intern_id(values, scenario->zones[i]);
        }
    } else if (field[0] != '@') {
        for (uint32_t i = 0; i < scenario->groups_count; i++) {
            if (!scenario->groups[i].is_given) {
                values_add_attributes(values, field, scenario->groups[i].attributes);
            }
        }
        for (uint32_t i = 0; i < scenario->nodes_count; i++) {
            values_add_attributes(values, field, scenario->nodes[i].attributes);
        }
    }
}

/* Gathered when first asked for. */
static const struct scenario_values *
values_of(struct scenario_reader *reader, const char *field)
{
    struct arena           *arena = reader->read.arena;
    struct scenario_values *values = reader->values;
    struct intern           texts;
    while (values != NULL && strcmp(values->field, field) != 0) {
        values = values->next;
    }
    if (values != NULL) {
        return values;
    }
    intern_init(&texts);
    values_gather(&texts, reader->scenario, field);
    values = ARENA_NEW(arena, struct scenario_values);
    *values = (struct scenario_values){ .next = reader->values,
                                        .field = arena_strdup(arena, field),
                                        .count = intern_count(&texts) };
    values->texts = ARENA_ARRAY(arena, const char *, values->count + 1);
    for (uint32_t i = 0; i < values->count; i++) {
        values->texts[i] = arena_strdup(arena, intern_text(&texts, i + 1));
    }
    intern_fini(&texts);
    reader->values = values;
    return values;
}

/* Whether some value satisfies a constraint that asks for one; those that count allow any. */
static bool
values_satisfy(const struct scenario_values *values, const struct app_constraint *constraint)
{
    struct filter filter = { .constraint = constraint };
    const char   *why = "";
    uint32_t      at = 0;
    const bool    names_one =
        constraint->op == APP_IS || (constraint->op == APP_CLUSTER && constraint->value[0] != '\0');
    const bool is_like = constraint->op == APP_LIKE;
    if (!names_one && !is_like) {
        return true;
    }
    filter.is_pattern = is_like && pattern_make(&filter.pattern, constraint->value, &why, &at);
    for (uint32_t i = 0; i < values->count; i++) {
        if (names_one ? filter_is_value(&filter, values->texts[i])
                      : filter_like(&filter, values->texts[i], 0)) {
            return true;
        }
    }
    return false;
}

/* " (did you mean "rack"?)", or "". */
static const char *
values_hint(struct scenario_reader *reader, const struct scenario_values *values, const char *word)
{
    const char *nearest = diag_nearest(word, values->texts, values->count);
    return nearest != NULL
               ? arena_printf(reader->read.arena, " (did you mean \"%s\"?)", nearest)
               : "";
}

/* False: no machine can satisfy it, which was said. */
static bool
check_constraint(struct scenario_reader *reader, const struct app_spec *app,
                 const struct app_constraint *constraint, const char *pointer)
{
    const char *field = constraint->field;
    if (strcmp(field, "hostname") == 0) {
        return true; /* machines that boot later get names that are not known yet */
    }
    const struct scenario_values *values = values_of(reader, field);
    if (values->count == 0) {
        const struct scenario_values *names = values_of(reader, "");
        diag_add(reader->read.diags, reader->read.source, DIAG_WARNING, pointer,
                 constraint->op == APP_UNLIKE
                     ? "a constraint of %s forbids nothing: no machine has the attribute \"%s\"%s"
                     : "%s fits on no node of the cluster and will wait: no machine has the "
                       "attribute \"%s\"%s",
                 app->id, field, values_hint(reader, names, field));
        return constraint->op == APP_UNLIKE;
    }
    const bool satisfied = values_satisfy(values, constraint);
    if (!satisfied) {
        diag_add(reader->read.diags, reader->read.source, DIAG_WARNING, pointer,
                 "%s fits on no node of the cluster and will wait: \"%s\" of no machine %s "
                 "\"%s\"%s", app->id, field,
                 constraint->op == APP_LIKE ? "matches" : "is", constraint->value,
                 constraint->op == APP_LIKE ? ""
                                            : values_hint(reader, values, constraint->value));
    }
    return satisfied;
}

bool
scenario_check_constraints(struct scenario_reader *reader, const struct app_spec *app,
                           const char *pointer)
{
    bool satisfied = true;
    for (uint32_t i = 0; i < app->constraints_count; i++) {
        satisfied &= check_constraint(reader, app, &app->constraints[i], pointer);
    }
    return satisfied;
}
