/* sim/select.c - the machines and tasks that a selector means now. */
#include <string.h>

#include "sim/run_private.h"

static bool
select_hosts(struct run *run, const char *app_id, uint32_t node)
{
    const struct book_app *app = books_app_find(&run->books, app_id);
    if (app == NULL) {
        return false;
    }
    for (const struct book_task *task = books_task_at(&run->books, app->tasks_first); task != NULL;
         task = books_task_at(&run->books, task->next)) {
        if (task->node == node + 1) {
            return true;
        }
    }
    return false;
}

/* Zones may be named in short ("b") or in full ("us-east-1b"). */
static bool
select_in_zone(const struct run *run, const char *zone, const char *node_zone)
{
    const char  *region = run->scenario->region;
    const size_t region_len = region != NULL ? strlen(region) : 0;
    if (strcmp(zone, node_zone) == 0) {
        return true;
    }
    return region_len > 0 && strncmp(node_zone, region, region_len) == 0 &&
           strcmp(node_zone + region_len, zone) == 0;
}

/* How many of total are meant; SELECT_NAME and SELECT_ALL mean all that match. */
static uint32_t
select_count(const struct selector *selector, uint32_t total)
{
    switch (selector->kind) {
    case SELECT_NAME:
    case SELECT_ALL:
        return total;
    case SELECT_ONE:
        return 1;
    case SELECT_COUNT:
        return selector->value;
    case SELECT_PERCENT: { /* rounded down, but somebody */
        const uint32_t share = (uint32_t)((uint64_t)total * selector->value / PPM);
        return share == 0 && selector->value > 0 ? 1 : share;
    }
    case SELECT_MINORITY:
        return total == 0 ? 0 : (total - 1) / 2;
    case SELECT_MAJORITY:
        return total / 2 + 1;
    }
    return 0;
}

/* Which `wanted` of `total` items are taken, in order: each choice equally likely (Knuth's S). */
static bool
select_take(struct rng *rng, uint32_t *wanted, uint32_t *total)
{
    ASSERT(*total > 0);
    const bool all = *wanted >= *total;
    const bool take = *wanted > 0 && (all || rng_below(rng, *total) < *wanted);
    *wanted -= take ? 1 : 0;
    (*total)--;
    return take;
}

static enum status
select_none(const struct selector *selector, const char *what, struct error *err)
{
    if (selector->may_be_empty) {
        return ST_OK;
    }
    return error_set(err, ST_NOT_FOUND, "no %s fits%s%s%s%s%s%s, and \"may_be_empty\" is not set",
                     what, selector->kind == SELECT_NAME ? " the name " : "",
                     selector->kind == SELECT_NAME ? selector->name : "",
                     selector->hosting != NULL ? ", hosting " : "",
                     selector->hosting != NULL ? selector->hosting : "",
                     selector->zone != NULL ? ", in zone " : "",
                     selector->zone != NULL ? selector->zone : "");
}

static bool
select_node_fits(struct run *run, const struct selector *selector,
                 const struct world_node_view *view)
{
    if (view->ended ||
        (selector->kind == SELECT_NAME && strcmp(selector->name, view->name) != 0)) {
        return false;
    }
    if (selector->zone != NULL && !select_in_zone(run, selector->zone, view->zone)) {
        return false;
    }
    return selector->hosting == NULL || select_hosts(run, selector->hosting, view->index);
}

enum status
run_select_nodes(struct run *run, const struct selector *selector, struct vec *ret_nodes,
                 struct error *err)
{
    /* Shares are of all that fit; picked are those that work, unless all are meant. */
    const bool all = selector->kind == SELECT_NAME || selector->kind == SELECT_ALL;
    uint32_t   fitting = 0;
    uint32_t   count = 0;
    struct vec candidates;
    vec_init(&candidates, sizeof(uint32_t));
    const struct world_node_view *views = run_nodes(run, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (select_node_fits(run, selector, &views[i])) {
            fitting++;
            if (all || (views[i].up && views[i].reachable)) {
                *(uint32_t *)vec_push(&candidates) = views[i].index;
            }
        }
    }
    uint32_t wanted = select_count(selector, fitting);
    uint32_t total = candidates.count;
    for (uint32_t i = 0; i < candidates.count; i++) {
        if (select_take(&run->select, &wanted, &total)) {
            *(uint32_t *)vec_push(ret_nodes) = *(uint32_t *)vec_at(&candidates, i);
        }
    }
    vec_fini(&candidates);
    return ret_nodes->count == 0 ? select_none(selector, "machine", err) : ST_OK;
}

/* A task is named by its number. */
static bool
select_task_named(const char *name, uint64_t id)
{
    uint64_t number = 0;
    for (const char *c = name; *c != '\0'; c++) {
        if (*c < '0' || *c > '9' || number > UINT64_MAX / 10 - 1) {
            return false;
        }
        number = number * 10 + (uint64_t)(*c - '0');
    }
    return name[0] != '\0' && number == id;
}

static bool
select_task_fits(struct run *run, const struct selector *selector, const struct book_task *task)
{
    if (task->state != TASK_RUNNING ||
        (selector->kind == SELECT_NAME && !select_task_named(selector->name, task->id))) {
        return false;
    }
    if (selector->zone == NULL) {
        return true;
    }
    const struct world_node_view *view = task->node > 0 ? run_node_seen(run, task->node - 1) : NULL;
    return view != NULL && select_in_zone(run, selector->zone, view->zone);
}

static void
select_tasks_of(struct run *run, const struct selector *selector, const struct book_app *app,
                struct vec *candidates)
{
    for (const struct book_task *task = books_task_at(&run->books, app->tasks_first); task != NULL;
         task = books_task_at(&run->books, task->next)) {
        if (select_task_fits(run, selector, task)) {
            *(uint64_t *)vec_push(candidates) = task->id;
        }
    }
}

enum status
run_select_tasks(struct run *run, const struct selector *selector, const char *app,
                 struct vec *ret_tasks, struct error *err)
{
    struct vec candidates;
    uint32_t   count = 0;
    vec_init(&candidates, sizeof(uint64_t));
    (void)run_nodes(run, &count); /* for their zones */
    for (uint32_t i = 0; i < run->books.apps.count; i++) {
        const struct book_app *owner = vec_at(&run->books.apps, i);
        if (app == NULL || strcmp(owner->id, app) == 0) {
            select_tasks_of(run, selector, owner, &candidates);
        }
    }
    uint32_t total = candidates.count;
    uint32_t wanted = select_count(selector, total);
    for (uint32_t i = 0; i < candidates.count; i++) {
        if (select_take(&run->select, &wanted, &total)) {
            *(uint64_t *)vec_push(ret_tasks) = *(uint64_t *)vec_at(&candidates, i);
        }
    }
    vec_fini(&candidates);
    return ret_tasks->count == 0 ? select_none(selector, "running task", err) : ST_OK;
}
