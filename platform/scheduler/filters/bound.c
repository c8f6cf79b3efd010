/*
 * platform/scheduler/filters/bound.c - what constraints say of the node that a task is bound to by
 * a volume.
 *
 * They are asked again, for the node's attributes, or the app's constraints, may be others than
 * they were. Those that count count the volumes that instances of the same version have now; one on
 * a machine that a new master has not heard of may be anywhere, and is in the way of volumes that
 * another version had last: constraints may be new to them. An instance that gets its volume again
 * makes nothing more or less even, so that GROUP_BY has no reason to refuse it.
 */
#include <string.h>

#include "platform/model/attribute.h"
#include "platform/model/cluster_reservation.h"
#include "platform/scheduler/filters/filters.h"

/* Instances of the version that have a volume where the field has this value, or another one. */
static uint32_t
filter_count_bound(const struct filters *filters, const struct filter *filter,
                   const struct cluster_reservation *waiting, const char *value, bool is_same)
{
    const bool is_new = waiting->record.version != filters->version->id;
    char       room[NODE_ATTRIBUTES_BYTES];
    uint32_t   count = 0;
    for (const struct cluster_reservation *held = waiting->app->reservations; held != NULL;
         held = held->app_next) {
        if (held->task == NULL || held->task->version != filters->version) {
            continue;
        }
        const char *there = attribute_field(&held->node->spec, filter->constraint->field, room);
        if (there == NULL) {
            count += is_new && filter_is_unknown(filter, held->node) ? 1U : 0U;
        } else {
            count += (strcmp(there, value) == 0) == is_same ? 1U : 0U;
        }
    }
    return count;
}

static bool
filter_allows_bound(const struct filters *filters, const struct filter *filter,
                    const struct cluster_reservation *waiting, const char *value)
{
    const struct app_constraint *constraint = filter->constraint;
    if (value == NULL) {
        return constraint->op == APP_UNLIKE || constraint->op == APP_GROUP_BY;
    }
    switch (constraint->op) {
    case APP_LIKE:
        return filter_like(filter, value, 0);
    case APP_UNLIKE:
        return filter_unlike(filter, value, 0);
    case APP_IS:
        return filter_is(filter, value, 0);
    case APP_CLUSTER:
        return constraint->value[0] != '\0'
                   ? filter_is_value(filter, value)
                   : filter_count_bound(filters, filter, waiting, value, false) == 0;
    case APP_UNIQUE:
        return filter_count_bound(filters, filter, waiting, value, true) == 0;
    case APP_MAX_PER:
        return filter_count_bound(filters, filter, waiting, value, true) < filter->number;
    case APP_GROUP_BY:
        break;
    }
    return true;
}

const struct app_constraint *
filters_bound(const struct filters *filters, const struct cluster_reservation *waiting)
{
    char room[NODE_ATTRIBUTES_BYTES];
    for (uint32_t i = 0; i < filters->count; i++) {
        const struct filter *filter = vec_at(&filters->items, i);
        const char *value =
            attribute_field(&waiting->node->spec, filter->constraint->field, room);
        if (!filter_allows_bound(filters, filter, waiting, value)) {
            return filter->constraint;
        }
    }
    return NULL;
}
