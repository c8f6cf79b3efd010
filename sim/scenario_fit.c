/*
 * sim/scenario_fit.c - an app that is not too large for the cluster, and each of whose constraints
 * some machine satisfies, but that no machine takes all the same: those that its constraints allow
 * are too small, or none satisfies all of them. Its tasks would wait for ever, so that is said.
 *
 * Machines: those that are given, each; of a group that boots one in each zone, whose host name is
 *           not known yet. Constraints that count instances refuse no first one.
 */
#include <stdio.h>
#include <string.h>

#include "fakes/cloud/instance_types.h"
#include "platform/model/attribute.h"
#include "platform/scheduler/explain_inner.h"
#include "sim/scenario_parts.h"

struct fit {
    const struct scenario *scenario; /* borrowed */
    const struct app_spec *app;      /* borrowed */
    struct filter         *filters;  /* one a constraint, with its pattern */
    struct place_request   request;
    struct explain_nearest nearest;  /* of those seen so far */
    const char            *name;     /* of that one; borrowed */
    const struct app_constraint *broken_first; /* by it; NULL: none */
};

/* One machine, or one that a group may boot in a zone. */
struct fit_machine {
    const struct instance_type *size; /* NULL: not known, and that was said */
    const char *name;
    const char *hostname; /* NULL: it may be any */
    const char *zone;
    const char *role;
    const char *attributes;
};

static const char *
fit_value(const struct fit *fit, const struct fit_machine *machine, const char *field,
          char room[NODE_ATTRIBUTES_BYTES])
{
    if (strcmp(field, "@region") == 0) {
        return fit->scenario->region;
    }
    if (strcmp(field, "@zone") == 0) {
        return machine->zone;
    }
    const struct node_spec spec = { .attributes = machine->attributes };
    return attribute_value(&spec, field, room);
}

/* Whether it may be the first instance's place. */
static bool
fit_allows(const struct fit *fit, const struct fit_machine *machine, const struct filter *filter)
{
    const struct app_constraint *constraint = filter->constraint;
    char        room[NODE_ATTRIBUTES_BYTES];
    const bool  by_name = strcmp(constraint->field, "hostname") == 0;
    const char *value = by_name ? machine->hostname
                                : fit_value(fit, machine, constraint->field, room);
    if (value == NULL) {
        return by_name || constraint->op == APP_UNLIKE;
    }
    switch (constraint->op) {
    case APP_IS:
        return filter_is(filter, value, 0);
    case APP_LIKE:
        return filter_like(filter, value, 0);
    case APP_UNLIKE:
        return filter_unlike(filter, value, 0);
    case APP_CLUSTER:
        return constraint->value[0] == '\0' || filter_is_value(filter, value);
    case APP_UNIQUE:
    case APP_GROUP_BY:
    case APP_MAX_PER:
        return true;
    }
    return true;
}

static int64_t
fit_lack(struct explain_lack *lack, enum env_refusal refusal, int64_t asked, int64_t there)
{
    if (asked <= there) {
        return 0;
    }
    lack->of[refusal] = asked - there;
    const int shift = asked > INT64_MAX / PPM ? 20 : 0;
    return ((asked - there) >> shift) * PPM / (asked >> shift);
}

static struct explain_nearest
fit_measure(const struct place_request *request, const struct instance_type *size)
{
    struct explain_nearest at = { 0 };
    const int64_t gpus = request->gpus > 0 ? request->gpus : request->gpu_milli;
    const int64_t gpus_there = request->gpus > 0 ? size->gpus
                                                 : (size->gpus > 0 ? NODE_GPU_MILLI : 0);
    at.lack_ppm = fit_lack(&at.lack, ENV_REFUSAL_CPUS, request->cpu_milli, size->cpu_milli) +
                  fit_lack(&at.lack, ENV_REFUSAL_MEMORY, request->mem_bytes, size->mem_bytes) +
                  fit_lack(&at.lack, ENV_REFUSAL_DISK, request->disk_bytes, size->disk_bytes) +
                  fit_lack(&at.lack, ENV_REFUSAL_GPUS, gpus, gpus_there);
    return at;
}

/* True: it takes the app. Else it may be the nearest: fewest constraints, then what it lacks. */
static bool
fit_ask(struct fit *fit, const struct fit_machine *machine)
{
    const struct app_spec *app = fit->app;
    const struct app_constraint *first = NULL;
    uint32_t broken = 0;
    bool     has_role = app->roles_count == 0 && strcmp(machine->role, "*") == 0;
    for (uint32_t i = 0; i < app->roles_count; i++) {
        has_role |= strcmp(app->roles[i], machine->role) == 0;
    }
    if (!has_role || machine->size == NULL) {
        return has_role; /* a size that is not known has been said */
    }
    for (uint32_t i = 0; i < app->constraints_count; i++) {
        if (!fit_allows(fit, machine, &fit->filters[i])) {
            first = first == NULL ? &app->constraints[i] : first;
            broken++;
        }
    }
    struct explain_nearest at = fit_measure(&fit->request, machine->size);
    at.index = 1;
    at.broken_count = broken;
    const struct explain_nearest *best = &fit->nearest;
    if (best->index == 0 || broken < best->broken_count ||
        (broken == best->broken_count && at.lack_ppm < best->lack_ppm)) {
        fit->nearest = at;
        fit->name = machine->name;
        fit->broken_first = first;
    }
    return broken == 0 && at.lack_ppm == 0;
}

static bool
fit_any(struct fit *fit)
{
    const struct scenario *scenario = fit->scenario;
    for (uint32_t i = 0; i < scenario->groups_count; i++) {
        const struct scenario_group *group = &scenario->groups[i];
        struct fit_machine machine = {
            .size = group->machine != NULL ? group->machine
                    : group->type != NULL  ? instance_type_find(group->type)
                                           : NULL,
            .name = group->name,
            .role = group->role,
            .attributes = group->attributes,
        };
        for (uint32_t zone = 0; !group->is_given && zone < scenario->zones_count; zone++) {
            machine.zone = scenario->zones[zone];
            if (fit_ask(fit, &machine)) {
                return true;
            }
        }
    }
    for (uint32_t i = 0; i < scenario->nodes_count; i++) {
        const struct scenario_node *node = &scenario->nodes[i];
        const struct fit_machine machine = {
            .size = node->machine,
            .name = node->name,
            .hostname = node->name,
            .zone = node->zone,
            .role = scenario->groups[node->group_index].role,
            .attributes = node->attributes,
        };
        if (fit_ask(fit, &machine)) {
            return true;
        }
    }
    return false;
}

static struct filter *
fit_filters(const struct app_spec *app, struct arena *arena)
{
    struct filter *filters = ARENA_ARRAY(arena, struct filter, app->constraints_count + 1);
    for (uint32_t i = 0; i < app->constraints_count; i++) {
        const struct app_constraint *constraint = &app->constraints[i];
        const char *why = "";
        uint32_t    at = 0;
        filters[i] = (struct filter){ .constraint = constraint };
        filters[i].is_pattern =
            (constraint->op == APP_LIKE || constraint->op == APP_UNLIKE) &&
            pattern_make(&filters[i].pattern, constraint->value, &why, &at);
    }
    return filters;
}

static void
fit_say(struct scenario_reader *reader, const struct fit *fit, const char *pointer)
{
    static const char *const ops[] = {
        [APP_UNIQUE] = "UNIQUE", [APP_CLUSTER] = "CLUSTER", [APP_GROUP_BY] = "GROUP_BY",
        [APP_LIKE] = "LIKE",     [APP_UNLIKE] = "UNLIKE",   [APP_MAX_PER] = "MAX_PER",
        [APP_IS] = "IS",
    };
    struct strbuf short_of = { 0 };
    struct explain_nearest nearest = fit->nearest;
    nearest.broken_count = 0; /* it is named by its own words */
    explain_shortfall(&nearest, &fit->request, &short_of);
    const bool has_value = fit->broken_first != NULL && fit->broken_first->value[0] != '\0';
    if (fit->broken_first == NULL) {
        diag_add(reader->read.diags, reader->read.source, DIAG_WARNING, pointer,
                 "%s fits on no node of the cluster and will wait: those that its constraints "
                 "allow are too small; nearest: %s, %s", fit->app->id, fit->name,
                 strbuf_text(&short_of));
    } else {
        diag_add(reader->read.diags, reader->read.source, DIAG_WARNING, pointer,
                 "%s fits on no node of the cluster and will wait: no machine satisfies all its "
                 "constraints; nearest: %s, refused by \"%s\" %s%s%s%s%s%s", fit->app->id,
                 fit->name, fit->broken_first->field, ops[fit->broken_first->op],
                 has_value ? " \"" : "", fit->broken_first->value, has_value ? "\"" : "",
                 nearest.lack_ppm > 0 ? ", " : "",
                 strbuf_text(&short_of));
    }
    strbuf_fini(&short_of);
}

void
scenario_check_together(struct scenario_reader *reader, const struct app_spec *app,
                        const char *pointer)
{
    if (app->constraints_count == 0) {
        return;
    }
    struct fit fit = {
        .scenario = reader->scenario,
        .app = app,
        .filters = fit_filters(app, reader->read.arena),
        .request = { .mem_bytes = app->mem_bytes,
                     .disk_bytes = app->disk_bytes + app->volumes_bytes,
                     .cpu_milli = app->cpu_milli,
                     .gpus = app->gpus,
                     .gpu_milli = app->gpu_milli },
    };
    if (!fit_any(&fit) && fit.nearest.index > 0) {
        fit_say(reader, &fit, pointer);
    }
}
