/* platform/scheduler/rebalance_choose.c - which instance moves to make GROUP_BY more even. */
#include "platform/scheduler/rebalance.h"

#include <stdio.h>

#include "platform/model/attribute.h"
#include "platform/model/cluster_list.h"
#include "platform/scheduler/explain.h"

/* Where several GROUP_BY bind each other, another instance of the largest group may be able to move
 * where the first is not. A limit of ours. */
enum { REBALANCE_TRIES_MAX = 8 };

static uint32_t
choose_groups_count(const struct app_spec *spec)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < spec->constraints_count; i++) {
        count += spec->constraints[i].op == APP_GROUP_BY ? 1U : 0U;
    }
    return count;
}

/* A node of a smaller group; NULL: there is none. */
static const struct cluster_node *
choose_node(const struct cluster *cluster, const struct place_request *request, bool *ret_takes)
{
    const struct cluster_node *full = NULL;
    *ret_takes = false;
    for (uint32_t i = 0; i < cluster->nodes.count; i++) {
        const struct cluster_node *node = *(struct cluster_node **)vec_at(&cluster->nodes, i);
        if (node == NULL || node->state != NODE_READY || node->draining ||
            node->strays.count > 0) {
            continue;
        }
        if (place_takes(cluster, i, request)) {
            *ret_takes = true;
            return node;
        }
        if (full == NULL && (node->role & request->role_mask) != 0 &&
            filters_allow(request->filters, node)) {
            full = node;
        }
    }
    return full;
}

/* "@zone: 4 in a and 1 in b" */
static int
choose_print(const struct filters *filters, const struct rebalance_choice *choice,
             const struct cluster_node *to, char *text, size_t bytes)
{
    char from_room[NODE_ATTRIBUTES_BYTES];
    char to_room[NODE_ATTRIBUTES_BYTES];
    const struct cluster_task *task = choice->task;
    const struct cluster_node *from =
        cluster_node_find(task->app->cluster, task->record.node - 1);
    const char *field = task->version->spec->constraints[choice->constraint].field;
    const char *from_value = attribute_field(&from->spec, field, from_room);
    const char *to_value = attribute_field(&to->spec, field, to_room);
    return snprintf(text, bytes, "%.40s is uneven, %u in %.40s and %u in %.40s", field,
                    filters_there(filters, choice->constraint, from),
                    from_value != NULL ? from_value : "",
                    filters_there(filters, choice->constraint, to),
                    to_value != NULL ? to_value : "");
}

static void
choose_say(struct filters *filters, const struct place_request *request,
           const struct cluster_node *node, struct rebalance_choice *ret)
{
    const struct cluster *cluster = ret->task->app->cluster;
    const int len = choose_print(filters, ret, node, ret->text, sizeof ret->text);
    char *rest = ret->text + len;
    const size_t rest_bytes = sizeof ret->text - (size_t)len;
    if (ret->found == REBALANCE_TAKES) {
        (void)snprintf(rest, rest_bytes, ", where %.40s takes one", node->spec.hostname);
        return;
    }
    struct explain explain = { 0 };
    struct strbuf why = { 0 };
    explain_nodes(cluster, request, &explain);
    explain_print(&explain, &why);
    explain_print_nearest(&explain, &why);
    (void)snprintf(rest, rest_bytes, ", where there is no room: %s", strbuf_text(&why));
    strbuf_fini(&why);
    explain_fini(&explain);
}

/* True when an answer was found; that there is only no room may still become a better one. */
static void
choose_try(struct filters *filters, struct cluster_task *task, uint32_t constraint,
           struct rebalance_choice *ret)
{
    struct place_request request = place_request_of(task->version);
    bool takes = false;
    request.filters = filters;
    filters_leave(filters, constraint,
                  cluster_node_find(task->app->cluster, task->record.node - 1));
    const struct cluster_node *node = choose_node(task->app->cluster, &request, &takes);
    if (node == NULL || (!takes && ret->found == REBALANCE_FULL)) {
        return;
    }
    ret->found = takes ? REBALANCE_TAKES : REBALANCE_FULL;
    ret->task = task;
    ret->constraint = constraint;
    choose_say(filters, &request, node, ret);
}

static void
choose_constraint(struct filters *filters, struct cluster_app *app, uint32_t constraint,
                  struct rebalance_choice *ret)
{
    const struct app_spec *spec = app->version->spec;
    const bool oldest_first = spec->kill_oldest_first;
    const uint32_t most = filters_most(filters, constraint);
    uint32_t tries = choose_groups_count(spec) > 1 ? REBALANCE_TRIES_MAX : 1;
    struct cluster_task *task = oldest_first ? app->tasks_first : app->tasks_last;
    for (; task != NULL && most > 1 && tries > 0 && ret->found != REBALANCE_TAKES;
         task = oldest_first ? task->app_next : cluster_task_older(task)) {
        if (task->record.node == 0 || task->record.reservation > 0 ||
            !cluster_task_is_active(task) ||
            filters_there(filters, constraint,
                          cluster_node_find(app->cluster, task->record.node - 1)) != most) {
            continue;
        }
        choose_try(filters, task, constraint, ret);
        tries--;
    }
}

void
rebalance_choose(struct filters *filters, struct cluster_app *app, struct rebalance_choice *ret)
{
    const struct app_spec *spec = app->version->spec;
    const struct cluster_task *any = app->tasks_last;
    /* the mark of who moves has no room for more */
    const uint32_t count =
        spec->constraints_count < UINT8_MAX ? spec->constraints_count : UINT8_MAX;
    *ret = (struct rebalance_choice){ .found = REBALANCE_EVEN };
    while (any != NULL && any->version != app->version) {
        any = cluster_task_older(any); /* one of before that is unreachable */
    }
    if (any == NULL || filters_begin(filters, any) == NULL) {
        return;
    }
    for (uint32_t i = 0; i < count && ret->found != REBALANCE_TAKES; i++) {
        if (spec->constraints[i].op == APP_GROUP_BY) {
            choose_constraint(filters, app, i, ret);
        }
    }
}
