/* platform/scheduler/rebalance.c - when an instance moves to make GROUP_BY more even. */
#include "platform/scheduler/rebalance.h"

#include <stdio.h>

#include "platform/base/memory.h"
#include "platform/base/units.h"
#include "platform/model/backoff.h"
#include "platform/model/cluster_list.h"
#include "platform/model/cluster_move.h"

#define REBALANCE_MOVE_NS  MIN(10) /* then another one should serve; a guess */
#define REBALANCE_AGAIN_NS SEC(10) /* room is looked for no sooner; a guess */

enum { REBALANCE_FAILURES_MAX = 6 }; /* doublings */
enum { REBALANCE_SAYS_MOVES = 1, REBALANCE_SAYS_WAITS = 2, REBALANCE_SAYS_STAYS = 3 };

/* What is remembered of an app: a new master learns it again by looking. */
struct rebalance_watch {
    struct rebalance    *rebalance; /* borrowed, as the next */
    struct cluster_app  *app;
    struct env_timer     timer;
    enum rebalance_found found;
    /* of which nodes and instances that was */
    uint64_t nodes_seen, capacity_seen, version_seen, newest_seen;
    uint32_t tasks_seen;
    int64_t  since_ns; /* a node would take one since; 0: none would */
    int64_t  again_ns; /* not looked at before, unless nodes or instances change */
    int64_t  begun_ns; /* the move that goes on */
    uint64_t moving;   /* id of who moves; 0: nobody */
    uint32_t failures; /* moves called off in a row */
    char    *waits_for; /* owned: the last sentence journaled; NULL: none */
};

static void
rebalance_fired(struct env_timer *timer)
{
    struct cluster_app *app = container_of(timer, struct rebalance_watch, timer)->app;
    cluster_app_dirty(app);
    app->cluster->wake(app->cluster);
}

static void
rebalance_arm(struct rebalance_watch *watch, int64_t at_ns)
{
    struct cluster *cluster = watch->app->cluster;
    const int64_t left_ns = at_ns - cluster_now(cluster);
    env_timer_cancel(cluster->env->clock, &watch->timer);
    env_timer_start(cluster->env->clock, &watch->timer, left_ns > 0 ? left_ns : 0);
}

static struct rebalance_watch *
rebalance_watch_of(struct rebalance *rebalance, struct cluster_app *app)
{
    while (rebalance->watches.count < app->index) {
        *(struct rebalance_watch **)vec_push(&rebalance->watches) = NULL;
    }
    struct rebalance_watch **slot = vec_at(&rebalance->watches, app->index - 1);
    if (*slot == NULL) {
        *slot = memory_alloc_zero(1, sizeof **slot);
        (*slot)->rebalance = rebalance;
        (*slot)->app = app;
        env_timer_init(&(*slot)->timer, rebalance_fired);
    }
    return *slot;
}

static void
rebalance_note(struct rebalance_watch *watch, enum rebalance_found found)
{
    watch->rebalance->full_count -= watch->found == REBALANCE_FULL ? 1 : 0;
    watch->rebalance->full_count += found == REBALANCE_FULL ? 1 : 0;
    watch->found = found;
}

/* Nothing is to be done until something changes. */
static void
rebalance_rest(struct rebalance_watch *watch)
{
    env_timer_cancel(watch->app->cluster->env->clock, &watch->timer);
    (void)cluster_sentence(&watch->waits_for, NULL);
    rebalance_note(watch, REBALANCE_UNKNOWN);
}

/* The same, and how long it was uneven begins anew. */
static void
rebalance_forget(struct rebalance_watch *watch)
{
    rebalance_rest(watch);
    watch->since_ns = 0;
}

static void
rebalance_wait(struct rebalance_watch *watch, const struct rebalance_choice *choice,
               const char *text)
{
    if (cluster_sentence(&watch->waits_for, text)) {
        cluster_rebalance_say(watch->app, choice->task, REBALANCE_SAYS_WAITS, text);
    }
}

/* --- nobody moves --- */

static bool
rebalance_is_whole(struct cluster_app *app)
{
    const struct cluster_counts *counts = &app->counts;
    const uint32_t wanted = app->record.instances;
    return app->deployment == NULL && !app->record.deleted && wanted > 1 &&
           counts->new_serving == wanted && counts->new_live == wanted && counts->old_live == 0 &&
           counts->moving == 0 && !backoff_holds(app);
}

static bool
rebalance_is_asked(const struct cluster_app *app)
{
    const struct app_spec *spec = app->version->spec;
    return spec->rebalance_ns > 0 && !spec->is_resident && !spec->runs_once;
}

/* The answer may be another one than the last time. */
static bool
rebalance_is_news(struct rebalance_watch *watch)
{
    const struct cluster_app *app = watch->app;
    const struct cluster *cluster = app->cluster;
    if (watch->found == REBALANCE_UNKNOWN || watch->nodes_seen != cluster->nodes_generation ||
        watch->version_seen != app->version->id || watch->tasks_seen != app->tasks_count ||
        watch->newest_seen != app->tasks_last->record.id) {
        return true;
    }
    if (watch->found == REBALANCE_EVEN ||
        (watch->found == REBALANCE_FULL &&
         watch->capacity_seen == cluster->capacity_generation)) {
        return false;
    }
    if (cluster_now(cluster) < watch->again_ns) {
        rebalance_arm(watch, watch->again_ns);
        return false;
    }
    return true;
}

static void
rebalance_seen(struct rebalance_watch *watch, enum rebalance_found found, int64_t again_ns)
{
    const struct cluster_app *app = watch->app;
    rebalance_note(watch, found);
    watch->nodes_seen = app->cluster->nodes_generation;
    watch->capacity_seen = app->cluster->capacity_generation;
    watch->version_seen = app->version->id;
    watch->tasks_seen = app->tasks_count;
    watch->newest_seen = app->tasks_last->record.id;
    watch->again_ns = again_ns;
}

static void
rebalance_begin(struct rebalance_watch *watch, const struct rebalance_choice *choice)
{
    struct cluster_app *app = watch->app;
    const int64_t now_ns = cluster_now(app->cluster);
    rebalance_seen(watch, REBALANCE_TAKES, now_ns);
    rebalance_rest(watch);
    cluster_rebalance_say(app, choice->task, REBALANCE_SAYS_MOVES, choice->text);
    app->refused_version = 0; /* what was refused before says nothing of the one that comes */
    cluster_task_move(choice->task, choice->constraint);
    watch->moving = choice->task->record.id;
    watch->begun_ns = now_ns;
    rebalance_arm(watch, now_ns + (REBALANCE_MOVE_NS << watch->failures));
}

/* A node would take one: when that has lasted, and no quota is in the way, it moves. */
static void
rebalance_settle(struct rebalance *rebalance, struct rebalance_watch *watch,
                 const struct rebalance_choice *choice)
{
    struct cluster_app *app = watch->app;
    const int64_t now_ns = cluster_now(app->cluster);
    const int64_t settle_ns = app->version->spec->rebalance_ns << watch->failures;
    char settle[UNITS_TEXT_BYTES];
    char text[REBALANCE_SENTENCE_BYTES * 2];
    char why[REBALANCE_SENTENCE_BYTES / 2];
    watch->since_ns = watch->since_ns == 0 ? now_ns : watch->since_ns;
    if (now_ns - watch->since_ns < settle_ns) {
        rebalance_seen(watch, REBALANCE_TAKES, watch->since_ns + settle_ns);
        rebalance_arm(watch, watch->again_ns);
        (void)snprintf(text, sizeof text, "%s: moved when that has lasted for %s", choice->text,
                       units_print_duration(settle_ns, settle));
        rebalance_wait(watch, choice, text);
    } else if (app->cluster->shares && queue_would_hold(rebalance->queue, app->cluster,
                                                        app->version, why, sizeof why)) {
        rebalance_seen(watch, REBALANCE_FULL, now_ns + REBALANCE_AGAIN_NS);
        (void)snprintf(text, sizeof text, "%s: %s", choice->text, why);
        rebalance_wait(watch, choice, text);
    } else {
        rebalance_begin(watch, choice);
    }
}

static void
rebalance_look(struct rebalance *rebalance, struct rebalance_watch *watch)
{
    struct cluster_app *app = watch->app;
    struct rebalance_choice choice;
    if (watch->moving != 0) { /* it has moved, or has ended */
        watch->moving = 0;
        watch->failures = 0;
        rebalance_rest(watch);
    }
    if (!rebalance_is_asked(app) || !rebalance_is_whole(app)) {
        if (watch->nodes_seen == app->cluster->nodes_generation) {
            rebalance_rest(watch); /* what has lasted still does: the next one moves at once */
        } else {
            rebalance_forget(watch);
        }
        return;
    }
    if (!rebalance_is_news(watch)) {
        return;
    }
    rebalance_choose(&rebalance->filters, app, &choice);
    switch (choice.found) {
    case REBALANCE_UNKNOWN:
    case REBALANCE_EVEN:
        rebalance_forget(watch);
        rebalance_seen(watch, REBALANCE_EVEN, 0);
        return;
    case REBALANCE_FULL:
        watch->since_ns = 0;
        rebalance_seen(watch, REBALANCE_FULL, cluster_now(app->cluster) + REBALANCE_AGAIN_NS);
        rebalance_wait(watch, &choice, choice.text);
        return;
    case REBALANCE_TAKES:
        break;
    }
    rebalance_settle(rebalance, watch, &choice);
}

/* --- one moves --- */

/* Why it does not go on; NULL: it does. */
static const char *
rebalance_doubt(struct rebalance_watch *watch)
{
    struct cluster_app *app = watch->app;
    const struct cluster_counts *counts = &app->counts;
    const int64_t move_ns = REBALANCE_MOVE_NS << watch->failures;
    if (!rebalance_is_asked(app) || app->record.deleted) {
        return "it is not asked for any more";
    }
    if (counts->moving > 1) {
        return "others have to leave a machine that is drained";
    }
    if (counts->new_live + counts->old_live > counts->active + counts->moving) {
        return "another instance is being stopped";
    }
    if (backoff_holds(app)) {
        return "an instance has failed";
    }
    if (app->pending_count > 0 && app->refused_version == app->version->id &&
        app->refused_generation == app->cluster->capacity_generation) {
        return "the room for the one in its place is gone";
    }
    return cluster_now(app->cluster) - watch->begun_ns >= move_ns
               ? "none serves in its place for too long"
               : NULL;
}

/* What was to take its place and does not serve yet is one too many again. */
static void
rebalance_take_back(struct cluster_app *app)
{
    struct cluster_task *before = NULL;
    for (struct cluster_task *task = app->tasks_last;
         task != NULL && app->counts.active > app->record.instances; task = before) {
        before = cluster_task_older(task);
        if (cluster_task_is_active(task) && !cluster_task_is_serving(task)) {
            cluster_task_stop(task, STOP_REBALANCED);
        }
    }
}

static void
rebalance_follow(struct rebalance_watch *watch)
{
    struct cluster_app *app = watch->app;
    if (watch->moving != app->mover->record.id) { /* a master before began it */
        rebalance_rest(watch);
        watch->moving = app->mover->record.id;
        watch->begun_ns = cluster_now(app->cluster);
        rebalance_arm(watch, watch->begun_ns + (REBALANCE_MOVE_NS << watch->failures));
    }
    const char *why = rebalance_doubt(watch);
    if (why == NULL) {
        return;
    }
    cluster_rebalance_say(app, app->mover, REBALANCE_SAYS_STAYS, why);
    cluster_task_stay(app->mover);
    watch->moving = 0;
    watch->failures += watch->failures < REBALANCE_FAILURES_MAX ? 1 : 0;
    rebalance_forget(watch);
    rebalance_take_back(app);
}

void
rebalance_app(struct rebalance *rebalance, struct cluster_app *app)
{
    if (app->mover != NULL) {
        rebalance_follow(rebalance_watch_of(rebalance, app));
    } else if (app->version->spec->rebalance_ns > 0) {
        rebalance_look(rebalance, rebalance_watch_of(rebalance, app));
    }
}

void
rebalance_finish(struct rebalance *rebalance)
{
    const struct cluster *cluster = rebalance->cluster;
    const bool nodes_changed = rebalance->nodes_seen != cluster->nodes_generation;
    if (!nodes_changed && rebalance->capacity_seen == cluster->capacity_generation) {
        return;
    }
    rebalance->nodes_seen = cluster->nodes_generation;
    rebalance->capacity_seen = cluster->capacity_generation;
    if (!nodes_changed && rebalance->full_count == 0) {
        return;
    }
    for (uint32_t i = 0; i < rebalance->watches.count; i++) {
        const struct rebalance_watch *watch =
            *(struct rebalance_watch **)vec_at(&rebalance->watches, i);
        if (watch != NULL && !watch->app->removed &&
            (nodes_changed || watch->found == REBALANCE_FULL)) {
            cluster_app_dirty(watch->app);
        }
    }
}

void
rebalance_open(struct rebalance *rebalance, struct cluster *cluster, struct queue *queue)
{
    *rebalance = (struct rebalance){ .cluster = cluster, .queue = queue };
    vec_init(&rebalance->watches, sizeof(struct rebalance_watch *));
}

void
rebalance_close(struct rebalance *rebalance)
{
    for (uint32_t i = 0; i < rebalance->watches.count; i++) {
        struct rebalance_watch *watch =
            *(struct rebalance_watch **)vec_at(&rebalance->watches, i);
        if (watch != NULL) {
            env_timer_cancel(rebalance->cluster->env->clock, &watch->timer);
            memory_free(watch->waits_for);
            memory_free(watch);
        }
    }
    vec_fini(&rebalance->watches);
    filters_fini(&rebalance->filters);
}
