/*
 * platform/nodegroups/nodegroups.c - the controller of node groups: looks at each group that is
 * refreshed, again and again, and lets refresh.c decide.
 *
 * A look asks the cloud what the group is set to, sets its image right, asks for its machines, and
 * decides upon both. One call is on its way at a time; each leaves when what was decided before it
 * is durable. A look that fails is made again.
 */
#include <stdio.h>
#include <string.h>

#include "platform/base/memory.h"
#include "platform/nodegroups/inner.h"

#define GROUPS_LOOK_NS SEC(5) /* a guess: soon enough for machines that take a minute to boot */

struct groups_state {
    struct vec watches; /* struct group_watch *, owned */
};

static struct cluster_refresh *
groups_refresh(const struct group_watch *watch)
{
    struct cluster *cluster = watch->cluster;
    for (uint32_t i = 0; i < cluster->refreshes.count; i++) {
        struct cluster_refresh *refresh =
            *(struct cluster_refresh **)vec_at(&cluster->refreshes, i);
        if (refresh->record->id == watch->refresh) {
            return refresh_is_over((enum refresh_state)refresh->record->state) ? NULL : refresh;
        }
    }
    return NULL;
}

void
groups_due(struct group_watch *watch, int64_t at_ns)
{
    watch->next_at_ns = int64_min(watch->next_at_ns, at_ns);
}

static void
groups_again(struct group_watch *watch)
{
    struct cluster *cluster = watch->cluster;
    const int64_t now_ns = cluster_now(cluster);
    if (!watch->busy && groups_refresh(watch) != NULL) {
        const int64_t wait_ns = int64_min(watch->next_at_ns - now_ns, GROUPS_LOOK_NS);
        env_timer_start(cluster->env->clock, &watch->timer, int64_max(wait_ns, MS(1)));
    }
}

static bool
groups_is_final(enum status status)
{
    return status == ST_NOT_FOUND || status == ST_INVALID || status == ST_UNSUPPORTED;
}

/* True when the answer is good; else it is looked again later, or the refresh has failed. */
static bool
groups_answered(struct group_watch *watch, struct cluster_refresh *refresh,
                const struct cluster_cloud_answer *answer)
{
    char text[GROUPS_SENTENCE_BYTES];
    watch->busy = false;
    watch->next_at_ns = INT64_MAX;
    if (refresh == NULL) {
        return false;
    }
    if (answer->status == ST_OK) {
        return true;
    }
    (void)snprintf(text, sizeof text, "the cloud says: %.150s (%s)", answer->message,
                   status_name(answer->status));
    if (groups_is_final(answer->status)) {
        refresh_fail(refresh, text);
    } else {
        cluster_refresh_wait(refresh, text);
    }
    groups_again(watch);
    return false;
}

static void groups_look(struct group_watch *watch);

static void
groups_done(void *context, const struct cluster_cloud_answer *answer)
{
    struct group_watch *watch = context;
    if (groups_answered(watch, groups_refresh(watch), answer)) {
        groups_look(watch); /* what it has changed is seen at once */
    }
}

void
groups_ask(struct group_watch *watch, const struct cluster_cloud_ask *ask)
{
    ASSERT(!watch->busy);
    watch->busy = true;
    cluster_cloud(watch->cluster, ask, groups_done, watch);
}

static void
groups_machines(void *context, const struct cluster_cloud_answer *answer)
{
    struct group_watch *watch = context;
    struct cluster_refresh *refresh = groups_refresh(watch);
    struct group_survey survey;
    if (!groups_answered(watch, refresh, answer)) {
        return;
    }
    survey_make(watch, refresh, answer, &survey);
    refresh_decide(watch, refresh, &survey);
    survey_fini(&survey);
    groups_again(watch);
}

/* The first look learns what there was before. */
static void
groups_begin(struct cluster_refresh *refresh, const struct group_info *group)
{
    struct refresh_record *record = refresh->record;
    record->begun = 1;
    record->wanted = group->desired;
    (void)snprintf(record->image_old, sizeof record->image_old, "%s", group->image);
    cluster_refresh_changed(refresh);
}

static void
groups_described(void *context, const struct cluster_cloud_answer *answer)
{
    struct group_watch *watch = context;
    struct cluster_refresh *refresh = groups_refresh(watch);
    if (!groups_answered(watch, refresh, answer)) {
        return;
    }
    watch->group_max = answer->group.max;
    watch->desired = answer->group.desired;
    if (!refresh->record->begun) {
        groups_begin(refresh, &answer->group);
    }
    const struct refresh_spec *spec = refresh->spec;
    const char *image = refresh_image(refresh);
    if (strcmp(answer->group.image, image) != 0) {
        groups_ask(watch, &(struct cluster_cloud_ask){ .call = CLOUD_CONFIGURE,
                                                       .group = spec->group,
                                                       .image = image });
        return;
    }
    watch->busy = true;
    cluster_cloud(watch->cluster,
                  &(struct cluster_cloud_ask){ .call = CLOUD_INSTANCES, .group = spec->group },
                  groups_machines, watch);
}

static void
groups_look(struct group_watch *watch)
{
    const struct cluster_refresh *refresh = groups_refresh(watch);
    if (watch->busy || refresh == NULL) {
        return;
    }
    env_timer_cancel(watch->cluster->env->clock, &watch->timer);
    watch->busy = true;
    cluster_cloud(watch->cluster,
                  &(struct cluster_cloud_ask){ .call = CLOUD_GROUP,
                                               .group = refresh->spec->group },
                  groups_described, watch);
}

static void
groups_timer(struct env_timer *timer)
{
    groups_look(container_of(timer, struct group_watch, timer));
}

/* --- the controller --- */

static void
groups_open(struct cluster *cluster, void *state)
{
    struct groups_state *groups = state;
    (void)cluster;
    vec_init(&groups->watches, sizeof(struct group_watch *));
}

static void
groups_close(struct cluster *cluster, void *state)
{
    struct groups_state *groups = state;
    for (uint32_t i = 0; i < groups->watches.count; i++) {
        struct group_watch *watch = *(struct group_watch **)vec_at(&groups->watches, i);
        env_timer_cancel(cluster->env->clock, &watch->timer);
        memory_free(watch);
    }
    vec_fini(&groups->watches);
}

static bool
groups_has(const struct groups_state *groups, uint64_t refresh)
{
    for (uint32_t i = 0; i < groups->watches.count; i++) {
        if ((*(struct group_watch **)vec_at(&groups->watches, i))->refresh == refresh) {
            return true;
        }
    }
    return false;
}

/* Those whose refresh is over go, unless an answer is still to come. */
static void
groups_forget(struct cluster *cluster, struct groups_state *groups)
{
    for (uint32_t i = 0; i < groups->watches.count;) {
        struct group_watch *watch = *(struct group_watch **)vec_at(&groups->watches, i);
        if (watch->busy || groups_refresh(watch) != NULL) {
            i++;
            continue;
        }
        env_timer_cancel(cluster->env->clock, &watch->timer);
        memory_free(watch);
        vec_remove_at(&groups->watches, i);
    }
}

static void
groups_finish(struct cluster *cluster, void *state)
{
    struct groups_state *groups = state;
    groups_forget(cluster, groups);
    for (uint32_t i = 0; i < cluster->refreshes.count; i++) {
        const struct cluster_refresh *refresh =
            *(struct cluster_refresh **)vec_at(&cluster->refreshes, i);
        if (refresh_is_over((enum refresh_state)refresh->record->state) ||
            groups_has(groups, refresh->record->id)) {
            continue;
        }
        struct group_watch *watch = memory_alloc_zero(1, sizeof *watch);
        watch->cluster = cluster;
        watch->refresh = refresh->record->id;
        watch->next_at_ns = INT64_MAX;
        env_timer_init(&watch->timer, groups_timer);
        *(struct group_watch **)vec_push(&groups->watches) = watch;
        groups_look(watch);
    }
}

const struct controller nodegroups_controller = {
    .name = "nodegroups",
    .state_bytes = sizeof(struct groups_state),
    .open = groups_open,
    .finish = groups_finish,
    .close = groups_close,
};
