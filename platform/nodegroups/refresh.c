/*
 * platform/nodegroups/refresh.c - one look at a group that goes to another machine image: an old
 * machine is drained, then ended, and a new one comes; never more at a time than its limits allow.
 *
 * Level-triggered: what has been done is seen in the group itself. Remembered are the number of
 * machines and the image it had, which checkpoint it works towards, and the drains (node_record).
 */
#include <stdio.h>
#include <string.h>

#include "platform/base/units.h"
#include "platform/model/cluster_drain.h"
#include "platform/nodegroups/inner.h"

/* A forced drain has had its kills; what does not answer then goes with its machine. A guess. */
#define REFRESH_FORCED_NS MIN(1)

const char *
refresh_image(const struct cluster_refresh *refresh)
{
    const struct refresh_record *record = refresh->record;
    const bool forward = record->state == REFRESH_RUNNING ||
                         (record->state == REFRESH_ENDING && record->ends_as == REFRESH_DONE);
    return forward || record->image_old[0] == '\0' ? refresh->spec->image : record->image_old;
}

/* Nodes that it drains are taken back. */
static void
refresh_undrain(struct cluster_refresh *refresh, const char *why)
{
    struct vec *drains = &refresh->cluster->drains;
    for (uint32_t i = drains->count; i > 0; i--) {
        struct cluster_node *node = *(struct cluster_node **)vec_at(drains, i - 1);
        const struct node_record *drain = &cluster_drain_get(node)->record;
        if (drain->refresh == refresh->record->id && !drain->ended) {
            cluster_node_undrain(node, why);
        }
    }
}

static void
refresh_end(struct cluster_refresh *refresh, enum refresh_state ends_as, const char *why)
{
    refresh->record->ends_as = (uint8_t)ends_as;
    refresh_undrain(refresh, "the refresh ends");
    cluster_refresh_state(refresh, refresh->record->begun ? REFRESH_ENDING : ends_as, why);
}

static void
refresh_go_back(struct cluster_refresh *refresh, const char *why)
{
    refresh_undrain(refresh, "the refresh goes back");
    refresh->record->checkpoint_at_ns = 0;
    refresh->record->held = 0;
    cluster_refresh_state(refresh, REFRESH_ROLLING_BACK, why);
}

void
refresh_fail(struct cluster_refresh *refresh, const char *why)
{
    struct refresh_record *record = refresh->record;
    const bool back = record->state == REFRESH_RUNNING && record->begun &&
                      refresh->spec->rollback &&
                      strcmp(record->image_old, refresh->spec->image) != 0;
    if (back) {
        refresh_go_back(refresh, why);
    } else if (record->state == REFRESH_ENDING) {
        cluster_refresh_state(refresh, REFRESH_FAILED, why); /* as far as it came */
    } else {
        refresh_end(refresh, REFRESH_FAILED, why);
    }
}

/* What somebody has said to it; true when it goes another way now. */
static bool
refresh_turns(struct cluster_refresh *refresh)
{
    struct refresh_record *record = refresh->record;
    const enum refresh_state turn = (enum refresh_state)record->turn;
    record->turn = 0;
    if (turn == REFRESH_CANCELLED) {
        refresh_end(refresh, REFRESH_CANCELLED, "cancelled by hand");
    } else if (turn == REFRESH_ROLLING_BACK) {
        refresh_go_back(refresh, "sent back by hand");
    }
    return turn != 0;
}

/* --- what it does --- */

/*
 * Whether a machine whose agent is not known has never had one. A master that has just begun to
 * lead knows of no agent yet; later, one may be missing that had tasks before.
 */
static bool
refresh_is_nobody(struct group_watch *watch)
{
    struct cluster *cluster = watch->cluster;
    const int64_t led_ns = cluster_now(cluster) - cluster->leading_at_ns;
    if (led_ns < cluster->config->agent_timeout_ns) {
        return false;
    }
    for (uint32_t i = 0; i < cluster->nodes.count; i++) {
        const struct cluster_node *node = cluster_node_find(cluster, i);
        if (node != NULL && node->spec.ipv4 == 0 && node->tasks_count > 0) {
            return false; /* it may be this one: its tasks are gone, or it registers */
        }
    }
    return true;
}

/* Whether nothing is left on a machine that is to end. */
static bool
refresh_may_end(struct group_watch *watch, const struct group_machine *machine)
{
    const struct cluster_node *node = machine->node;
    if (node == NULL) {
        return refresh_is_nobody(watch);
    }
    if (!machine->going) {
        return false;
    }
    if (cluster_node_is_empty(node)) {
        return true;
    }
    const struct node_record *drain = &cluster_drain_get(node)->record;
    const int64_t forced_at_ns = drain->deadline_at_ns + REFRESH_FORCED_NS;
    if (drain->deadline_at_ns > 0) {
        groups_due(watch, forced_at_ns);
    }
    return drain->forced && cluster_now(watch->cluster) >= forced_at_ns;
}

/* A machine that is to go: drained, or ended at once when there is nothing to drain. */
static bool
refresh_let_go(struct group_watch *watch, struct cluster_refresh *refresh,
               struct group_machine *machine, bool shrinks)
{
    if (machine->node != NULL && !machine->going) {
        const int64_t now_ns = cluster_now(watch->cluster);
        const struct node_record asked = {
            .refresh = refresh->record->id,
            .started_at_ns = now_ns,
            .deadline_at_ns = now_ns + refresh->spec->drain_deadline_ns,
        };
        cluster_node_drain(machine->node, &asked);
        machine->going = true;
        machine->healthy = false;
    }
    if (!refresh_may_end(watch, machine)) {
        return false;
    }
    if (machine->node != NULL && !cluster_drain_get(machine->node)->record.ended) {
        /* before it does: nothing is ever placed there again */
        cluster_drain_get(machine->node)->record.ended = NODE_END_ASKED;
        cluster_node_drain_changed(machine->node);
    }
    groups_ask(watch, &(struct cluster_cloud_ask){ .call = CLOUD_TERMINATE,
                                                   .group = refresh->spec->group,
                                                   .instance = machine->instance,
                                                   .shrinks = shrinks });
    return true;
}

/* Ends one that is empty; true when it has asked the cloud. */
static bool
refresh_reap(struct group_watch *watch, struct cluster_refresh *refresh,
             struct group_survey *survey)
{
    const bool shrinks = plan_shrinks(survey->limits, &survey->counts, watch->desired);
    for (uint32_t i = 0; i < survey->machines.count; i++) {
        struct group_machine *machine = vec_at(&survey->machines, i);
        if (machine->going && !machine->fresh &&
            refresh_let_go(watch, refresh, machine, shrinks)) {
            return true;
        }
    }
    return false;
}

static bool
refresh_grow(struct group_watch *watch, struct cluster_refresh *refresh,
             const struct group_survey *survey)
{
    const uint32_t target = plan_target(survey->limits, &survey->counts);
    if (target <= watch->desired) {
        return false;
    }
    groups_ask(watch, &(struct cluster_cloud_ask){ .call = CLOUD_RESIZE,
                                                   .group = refresh->spec->group,
                                                   .count = target });
    return true;
}

static void
refresh_drain(struct group_watch *watch, struct cluster_refresh *refresh,
              struct group_survey *survey)
{
    struct plan_counts *counts = &survey->counts;
    for (uint32_t i = 0; i < survey->machines.count && !watch->busy; i++) {
        struct group_machine *machine =
            survey_next(survey, plan_drains(survey->limits, counts) == 0);
        if (machine == NULL || plan_drains_sick(counts) == 0) {
            return;
        }
        counts->healthy -= machine->healthy ? 1 : 0;
        const bool shrinks = plan_shrinks(survey->limits, counts, watch->desired);
        (void)refresh_let_go(watch, refresh, machine, shrinks);
        machine->going = true;
        counts->going++;
    }
}

/* --- where it stands --- */

/* The first new machine that somebody else drains, when all that do not count are such; or NULL. */
static const struct cluster_node *
refresh_drained_by_others(const struct group_survey *survey)
{
    const struct cluster_node *first = NULL;
    for (uint32_t i = 0; i < survey->machines.count; i++) {
        const struct group_machine *machine = vec_at(&survey->machines, i);
        if (!machine->fresh || machine->healthy) {
            continue;
        }
        if (machine->node == NULL || !machine->node->draining) {
            return NULL;
        }
        first = first == NULL ? machine->node : first;
    }
    return first;
}

static void
refresh_explain(struct cluster_refresh *refresh, const struct group_survey *survey)
{
    char text[GROUPS_SENTENCE_BYTES];
    const struct plan_counts  *counts = &survey->counts;
    const struct cluster_node *held = refresh_drained_by_others(survey);
    int len = snprintf(text, sizeof text, "%u of %u machines are of image %.60s: ",
                       counts->fresh_healthy, counts->wanted, refresh_image(refresh));
    const struct group_machine *going = NULL;
    for (uint32_t i = 0; i < survey->machines.count && going == NULL; i++) {
        const struct group_machine *machine = vec_at(&survey->machines, i);
        going = machine->going && machine->node != NULL ? machine : NULL;
    }
    if (going != NULL) {
        const char *waits_for = cluster_drain_get(going->node)->waits_for;
        (void)snprintf(text + len, sizeof text - (size_t)len, "%.40s is drained%s%.100s",
                       going->node->spec.hostname, waits_for != NULL ? ": " : "",
                       waits_for != NULL ? waits_for : "");
    } else if (held != NULL) {
        (void)snprintf(text + len, sizeof text - (size_t)len,
                       "%.40s is new and does not count: somebody else drains it",
                       held->spec.hostname);
    } else if (counts->fresh > counts->fresh_healthy) {
        (void)snprintf(text + len, sizeof text - (size_t)len, "%u new to come up",
                       counts->fresh - counts->fresh_healthy);
    } else {
        (void)snprintf(text + len, sizeof text - (size_t)len,
                       "%u healthy, of which %u must remain", counts->healthy,
                       survey->limits.healthy_min);
    }
    cluster_refresh_wait(refresh, text);
}

/* A checkpoint is reached: true when there is nothing more to do in this look. */
static bool
refresh_checkpoint(struct group_watch *watch, struct cluster_refresh *refresh)
{
    const struct refresh_spec *spec = refresh->spec;
    struct refresh_record *record = refresh->record;
    const int64_t now_ns = cluster_now(watch->cluster);
    char text[GROUPS_SENTENCE_BYTES];
    char until[UNITS_TEXT_BYTES];
    if (record->checkpoint_at_ns == 0) {
        record->checkpoint_at_ns = now_ns;
        cluster_refresh_changed(refresh);
    }
    const int64_t until_ns = record->checkpoint_at_ns + spec->checkpoint_delay_ns;
    if (now_ns < until_ns || record->held) {
        groups_due(watch, now_ns < until_ns ? until_ns : INT64_MAX);
        (void)snprintf(text, sizeof text, "checkpoint %u of %u, %u machines replaced: waits %s%s",
                       record->checkpoint + 1, spec->checkpoints_count, record->replaced,
                       now_ns < until_ns ? "until " : "for resume",
                       now_ns < until_ns ? units_print_instant(until_ns, until) : "");
        cluster_refresh_wait(refresh, text);
        return true;
    }
    record->checkpoint_at_ns = 0;
    record->checkpoint++;
    cluster_refresh_changed(refresh);
    if (record->checkpoint == spec->checkpoints_count) {
        refresh_end(refresh, REFRESH_DONE, "the last checkpoint is passed");
    }
    groups_due(watch, now_ns); /* the next goal is looked at at once */
    return true;
}

/* Machines that are too many leave, those first that are of no use, then what was there before. */
static void
refresh_ending(struct group_watch *watch, struct cluster_refresh *refresh,
               struct group_survey *survey)
{
    const uint32_t wanted = refresh->record->wanted;
    const uint32_t there = survey->counts.old + survey->counts.fresh;
    struct group_machine *victim = NULL;
    if (there <= wanted) {
        cluster_refresh_state(refresh, (enum refresh_state)refresh->record->ends_as, "");
        return;
    }
    for (uint32_t i = survey->machines.count; i > 0; i--) { /* the youngest of equals */
        struct group_machine *machine = vec_at(&survey->machines, i - 1);
        const bool sicker = victim != NULL && victim->healthy && !machine->healthy;
        if (machine->going) {
            victim = machine; /* one after the other */
            break;
        }
        victim = victim == NULL || sicker ? machine : victim;
    }
    (void)refresh_let_go(watch, refresh, victim, watch->desired > wanted);
    if (!watch->busy) {
        refresh_explain(refresh, survey);
    }
}

static bool
refresh_is_reached(struct group_watch *watch, struct cluster_refresh *refresh,
                   const struct group_survey *survey)
{
    if (!plan_is_reached(&survey->counts)) {
        return false;
    }
    if (refresh->record->state == REFRESH_ROLLING_BACK) {
        refresh_end(refresh, REFRESH_ROLLED_BACK, "all machines are of the image before");
    } else if (survey->counts.goal < survey->counts.wanted) {
        return refresh_checkpoint(watch, refresh);
    } else {
        refresh_end(refresh, REFRESH_DONE, "all machines are of the new image");
    }
    groups_due(watch, cluster_now(watch->cluster));
    return true;
}

void
refresh_decide(struct group_watch *watch, struct cluster_refresh *refresh,
               struct group_survey *survey)
{
    struct refresh_record *record = refresh->record;
    if (record->replaced != survey->counts.fresh_healthy) {
        record->replaced = survey->counts.fresh_healthy;
        cluster_refresh_changed(refresh);
    }
    if (refresh_turns(refresh)) {
        groups_due(watch, cluster_now(watch->cluster)); /* the group's image is set right first */
        return;
    }
    if (record->state == REFRESH_ENDING) {
        refresh_ending(watch, refresh, survey);
        return;
    }
    if (!survey->limits.can_move) {
        refresh_fail(refresh, "no machine may be missing, and the group's maximum leaves no room "
                              "for one more");
        return;
    }
    if (!refresh_boots(watch, refresh, survey) ||
        (record->state == REFRESH_RUNNING && !refresh_apps_are_well(watch, refresh)) ||
        refresh_is_reached(watch, refresh, survey) || refresh_reap(watch, refresh, survey)) {
        return;
    }
    if (record->held) {
        cluster_refresh_wait(refresh, "paused by hand: waits for resume");
        return;
    }
    if (!refresh_grow(watch, refresh, survey)) {
        refresh_drain(watch, refresh, survey);
    }
    if (!watch->busy) {
        refresh_explain(refresh, survey);
    }
}
