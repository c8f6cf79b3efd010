/* sim/actions/nodes.c - machines held down or cut off by scopes, and let go by the last of them. */
#include "sim/actions/nodes.h"

#include "platform/base/strbuf.h"
#include "sim/run_private.h"

enum { NODES_NAMED_MAX = 3 }; /* in the note of a fault; the rest is a number */

static void
nodes_name(struct run *run, struct action_scope *scope)
{
    struct strbuf text = { 0 };
    if (scope->target != NULL) {
        return;
    }
    for (uint32_t i = 0; i < scope->nodes.count && i < NODES_NAMED_MAX; i++) {
        const struct world_node_view *view =
            run_node_seen(run, *(uint32_t *)vec_at(&scope->nodes, i));
        strbuf_printf(&text, "%s%s", i > 0 ? ", " : "", view != NULL ? view->name : "?");
    }
    if (scope->nodes.count > NODES_NAMED_MAX) {
        strbuf_printf(&text, " and %u more", scope->nodes.count - NODES_NAMED_MAX);
    }
    scope->target =
        arena_strdup(run->arena, scope->nodes.count > 0 ? strbuf_text(&text) : "nothing");
    strbuf_fini(&text);
}

enum status
nodes_kill(struct run *run, struct action_scope *scope, struct error *err)
{
    nodes_name(run, scope);
    for (uint32_t i = 0; i < scope->nodes.count; i++) {
        const uint32_t                node = *(uint32_t *)vec_at(&scope->nodes, i);
        const struct world_node_view *view = run_node_seen(run, node);
        struct node_hold             *hold = run_hold(run, node);
        hold->down++;
        if (hold->killed || view == NULL || !view->up) {
            continue; /* it is down already: not ours, or another scope's */
        }
        const enum status status = run->ops->kill_node(run->world, node, err);
        if (status != ST_OK) {
            return status;
        }
        hold->killed = true;
    }
    return ST_OK;
}

enum status
nodes_start(struct run *run, struct action_scope *scope, struct error *err)
{
    for (uint32_t i = 0; i < scope->nodes.count; i++) {
        const uint32_t    node = *(uint32_t *)vec_at(&scope->nodes, i);
        struct node_hold *hold = run_hold(run, node);
        ASSERT(hold->down > 0);
        hold->down--;
        if (hold->down > 0 || !hold->killed) {
            continue;
        }
        hold->killed = false;
        hold->released = true;
        const enum status status = run->ops->start_node(run->world, node, err);
        if (status != ST_OK) {
            return status;
        }
    }
    return ST_OK;
}

/* Changes the count of each node; where it reaches or leaves zero, they are cut or healed. */
static enum status
nodes_partition(struct run *run, struct action_scope *scope, bool on, struct error *err)
{
    enum status status = ST_OK;
    struct vec  changed;
    vec_init(&changed, sizeof(uint32_t));
    for (uint32_t i = 0; i < scope->nodes.count; i++) {
        const uint32_t    node = *(uint32_t *)vec_at(&scope->nodes, i);
        struct node_hold *hold = run_hold(run, node);
        ASSERT(on || hold->cut > 0);
        if (on ? hold->cut++ == 0 : --hold->cut == 0) {
            *(uint32_t *)vec_push(&changed) = node;
            hold->released = !on || hold->released;
            hold->healed_at_ns = on ? hold->healed_at_ns : run_at_ns(run);
        }
    }
    if (changed.count > 0) {
        status = run->ops->partition(run->world, changed.items, changed.count, on, err);
    }
    vec_fini(&changed);
    return status;
}

enum status
nodes_cut(struct run *run, struct action_scope *scope, struct error *err)
{
    nodes_name(run, scope);
    return nodes_partition(run, scope, true, err);
}

enum status
nodes_heal(struct run *run, struct action_scope *scope, struct error *err)
{
    return nodes_partition(run, scope, false, err);
}

enum status
nodes_restart_agents(struct run *run, struct action_scope *scope, struct error *err)
{
    nodes_name(run, scope);
    for (uint32_t i = 0; i < scope->nodes.count; i++) {
        const uint32_t    node = *(uint32_t *)vec_at(&scope->nodes, i);
        const enum status status = run->ops->restart_agent(run->world, node, err);
        if (status != ST_OK) {
            return status;
        }
    }
    return ST_OK;
}
