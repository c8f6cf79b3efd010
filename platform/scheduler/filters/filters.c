/* platform/scheduler/filters/filters.c - what an app's constraints say of each node, now. */
#include "platform/scheduler/filters/filters.h"

#include <string.h>

#include "platform/model/attribute.h"
#include "platform/model/cluster_move.h"
#include "platform/model/cluster_reservation.h"

static filter_fn *const operators[] = {
    [APP_UNIQUE] = filter_unique,   [APP_CLUSTER] = filter_cluster,
    [APP_GROUP_BY] = filter_group_by, [APP_LIKE] = filter_like,
    [APP_UNLIKE] = filter_unlike,   [APP_MAX_PER] = filter_max_per,
    [APP_IS] = filter_is,
};

static bool
filter_asks_hostname(const struct filter *filter)
{
    const char *field = filter->constraint->field;
    return strcmp(field, "hostname") == 0 || strcmp(field, "@hostname") == 0;
}

bool
filter_asks_attribute(const struct filter *filter)
{
    return filter->constraint->field[0] != '@' && !filter_asks_hostname(filter);
}

static bool
filter_op_asks_placed(enum app_constraint_op op)
{
    return op != APP_LIKE && op != APP_UNLIKE && op != APP_IS;
}

static uint32_t
filter_there(const struct filters *filters, const struct filter *filter, const char *value)
{
    const uint32_t number = intern_find(&filters->values, value);
    return number < filter->placed_on.count ? *(uint32_t *)vec_at(&filter->placed_on, number) : 0;
}

static bool
filter_allows(const struct filters *filters, const struct filter *filter,
              const struct cluster_node *node, bool *ret_lacks)
{
    char room[NODE_ATTRIBUTES_BYTES];
    const char *value = attribute_field(&node->spec, filter->constraint->field, room);
    *ret_lacks = value == NULL;
    if (value == NULL) {
        return filter->constraint->op == APP_UNLIKE;
    }
    const enum app_constraint_op op = filter->constraint->op;
    return operators[op](filter, value,
                         filter_op_asks_placed(op) ? filter_there(filters, filter, value) : 0);
}

/* A new master knows a node by the tasks on it, until it registers. When its time to do so is over,
 * its name is none of those that are there, while its rack may be any. */
bool
filter_is_unknown(const struct filter *filter, const struct cluster_node *node)
{
    return node->state == NODE_AWAITED ||
           (node->spec.hostname[0] == '\0' && !filter_asks_hostname(filter));
}

static void
filter_count(struct filters *filters, struct filter *filter, const struct cluster_node *node)
{
    char room[NODE_ATTRIBUTES_BYTES];
    const char *value = attribute_field(&node->spec, filter->constraint->field, room);
    filter->placed++;
    if (value == NULL) {
        filter->unknown += filter_is_unknown(filter, node) ? 1U : 0U;
        return;
    }
    const uint32_t number = intern_id(&filters->values, value);
    while (filter->placed_on.count <= number) {
        (void)vec_push(&filter->placed_on);
    }
    uint32_t *there = vec_at(&filter->placed_on, number);
    *there += 1;
}

static void
filters_count(struct filters *filters, const struct cluster_node *node)
{
    for (uint32_t i = 0; i < filters->count; i++) {
        filter_count(filters, vec_at(&filters->items, i), node);
    }
}

static void
filters_measure(struct filters *filters)
{
    for (uint32_t i = 0; i < filters->count; i++) {
        struct filter *filter = vec_at(&filters->items, i);
        if (filter->constraint->op == APP_GROUP_BY) {
            filter_group_by_measure(filter);
        }
    }
}

/* A number that the check of the app let through: digits, or none. */
static uint32_t
filter_number(const char *text)
{
    uint32_t number = 0;
    for (size_t i = 0; text[i] >= '0' && text[i] <= '9' && i < 9; i++) {
        number = number * 10 + (uint32_t)(text[i] - '0');
    }
    return number;
}

static void
filter_begin(struct filter *filter, const struct app_constraint *constraint, uint32_t wanted)
{
    struct vec placed_on = filter->placed_on;
    if (placed_on.item_bytes == 0) {
        vec_init(&placed_on, sizeof(uint32_t));
    }
    vec_clear(&placed_on);
    filter->constraint = constraint;
    filter->number = filter_number(constraint->value);
    filter->wanted = wanted;
    filter->placed = 0;
    filter->unknown = 0;
    filter->leaves_gain = 0;
    filter->placed_on = placed_on;
}

static void
filter_pattern(struct filter *filter)
{
    const enum app_constraint_op op = filter->constraint->op;
    const char *why = "";
    uint32_t at = 0;
    filter->is_pattern = (op == APP_LIKE || op == APP_UNLIKE) &&
                         pattern_make(&filter->pattern, filter->constraint->value, &why, &at);
}

void
filters_fini(struct filters *filters)
{
    for (uint32_t i = 0; i < filters->items.count; i++) {
        struct filter *filter = vec_at(&filters->items, i);
        vec_fini(&filter->placed_on);
    }
    vec_fini(&filters->items);
    intern_fini(&filters->values);
    *filters = (struct filters){ 0 };
}

bool
filters_ask_placed(const struct filters *filters)
{
    for (uint32_t i = 0; i < filters->count; i++) {
        const struct filter *filter = vec_at(&filters->items, i);
        if (filter_op_asks_placed(filter->constraint->op)) {
            return true;
        }
    }
    return false;
}

/* Where a node is promised to an older one that waits too, there is none left for this one. */
static uint32_t
filters_place_of(const struct cluster_task *task, bool is_older)
{
    if (task->record.node > 0) { /* who is unreachable for long may still return */
        return !task_state_is_final(task->record.state) ? task->record.node : 0;
    }
    return is_older ? task->record.nominated : 0;
}

static void
filters_count_tasks(struct filters *filters, const struct cluster_task *task)
{
    bool is_older = true;
    for (const struct cluster_task *other = task->app->tasks_first; other != NULL;
         other = other->app_next) {
        is_older = is_older && other != task;
        const uint32_t place = filters_place_of(other, is_older);
        if (place > 0 && other->version == task->version) {
            filters_count(filters, cluster_node_find(task->app->cluster, place - 1));
        }
    }
}

/* Whoever comes after it goes where the volume is, of whatever version. */
static void
filters_count_reservations(struct filters *filters, const struct cluster_app *app)
{
    for (const struct cluster_reservation *held = app->reservations; held != NULL;
         held = held->app_next) {
        filters_count(filters, held->node);
    }
}

struct filters *
filters_begin(struct filters *filters, const struct cluster_task *task)
{
    const struct app_spec *spec = task->version->spec;
    filters->version = task->version;
    filters->count = spec->constraints_count;
    if (filters->count == 0) {
        return NULL;
    }
    if (filters->items.item_bytes == 0) {
        vec_init(&filters->items, sizeof(struct filter));
        intern_init(&filters->values);
    }
    while (filters->items.count < filters->count) {
        (void)vec_push(&filters->items);
    }
    for (uint32_t i = 0; i < filters->count; i++) {
        filter_begin(vec_at(&filters->items, i), &spec->constraints[i],
                     task->app->record.instances);
        if (filters->patterns_of != task->version->id) {
            filter_pattern(vec_at(&filters->items, i));
        }
    }
    filters->patterns_of = task->version->id;
    if (!filters_ask_placed(filters)) {
        return filters; /* then nobody needs to know what is */
    }
    if (spec->is_resident) {
        filters_count_reservations(filters, task->app);
    } else {
        filters_count_tasks(filters, task);
    }
    filters_measure(filters);
    const struct cluster_task *mover = task->app->mover;
    if (mover != NULL && cluster_mover_constraint(task->app) < filters->count) {
        filters_leave(filters, cluster_mover_constraint(task->app),
                      cluster_node_find(task->app->cluster, mover->record.node - 1));
    }
    return filters;
}

uint32_t
filters_there(const struct filters *filters, uint32_t index, const struct cluster_node *node)
{
    char room[NODE_ATTRIBUTES_BYTES];
    const struct filter *filter = vec_at(&filters->items, index);
    const char *value = attribute_field(&node->spec, filter->constraint->field, room);
    return value != NULL ? filter_there(filters, filter, value) : 0;
}

uint32_t
filters_most(const struct filters *filters, uint32_t index)
{
    const struct filter *filter = vec_at(&filters->items, index);
    uint32_t most = 0;
    for (uint32_t i = 0; i < filter->placed_on.count && filter->unknown == 0; i++) {
        const uint32_t there = *(uint32_t *)vec_at(&filter->placed_on, i);
        most = there > most ? there : most;
    }
    return most;
}

void
filters_leave(struct filters *filters, uint32_t index, const struct cluster_node *node)
{
    char room[NODE_ATTRIBUTES_BYTES];
    for (uint32_t i = 0; i < filters->count; i++) {
        struct filter *filter = vec_at(&filters->items, i);
        if (filter->constraint->op != APP_GROUP_BY) {
            continue;
        }
        const char *value = attribute_field(&node->spec, filter->constraint->field, room);
        const uint32_t number = value != NULL ? intern_find(&filters->values, value) : 0;
        filter->leaves = number > 0 ? intern_text(&filters->values, number) : NULL;
        filter->leaves_there = filters_there(filters, i, node);
        filter->leaves_gain = i == index ? 2 : 1;
    }
}

void
filters_placed(struct filters *filters, const struct cluster_node *node)
{
    if (filters_ask_placed(filters)) {
        filters_count(filters, node);
        filters_measure(filters);
    }
}

bool
filters_allow(const struct filters *filters, const struct cluster_node *node)
{
    bool lacks = false;
    for (uint32_t i = 0; i < filters->count; i++) {
        if (!filter_allows(filters, vec_at(&filters->items, i), node, &lacks)) {
            return false;
        }
    }
    return true;
}

bool
filters_ask_hostname(const struct filters *filters)
{
    for (uint32_t i = 0; i < filters->count; i++) {
        if (filter_asks_hostname(vec_at(&filters->items, i))) {
            return true;
        }
    }
    return false;
}

bool
filters_allow_kind(const struct filters *filters, const struct cluster_node *node)
{
    bool lacks = false;
    for (uint32_t i = 0; i < filters->count; i++) {
        const struct filter *filter = vec_at(&filters->items, i);
        if (!filter_asks_hostname(filter) && !filter_allows(filters, filter, node, &lacks)) {
            return false;
        }
    }
    return true;
}

bool
filters_blame(struct filters *filters, const struct cluster_node *node)
{
    bool lacks = false;
    for (uint32_t i = 0; i < filters->count; i++) {
        struct filter *filter = vec_at(&filters->items, i);
        if (!filter_allows(filters, filter, node, &lacks)) {
            filter->refused++;
            filter->lacking += lacks ? 1U : 0U;
            return false;
        }
    }
    return true;
}

void
filters_blame_clear(struct filters *filters)
{
    for (uint32_t i = 0; i < filters->count; i++) {
        struct filter *filter = vec_at(&filters->items, i);
        filter->refused = 0;
        filter->lacking = 0;
    }
}
