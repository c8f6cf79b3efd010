/* platform/nodegroups/survey.c - the machines of a group: what the cloud says, and the books. */
#include <string.h>

#include "platform/model/cluster_drain.h"
#include "platform/model/cluster_pulse.h"
#include "platform/nodegroups/inner.h"

/* Nodes by address; of two that had the same one, the younger. */
static void
survey_addresses(struct cluster *cluster, struct map64 *by_ipv4)
{
    for (uint32_t i = 0; i < cluster->nodes.count; i++) {
        const struct cluster_node *node = cluster_node_find(cluster, i);
        if (node != NULL && node->spec.ipv4 != 0) {
            map64_put(by_ipv4, node->spec.ipv4, i + 1);
        }
    }
}

static bool
survey_is_fresh(const struct cluster_refresh *refresh, const struct cluster_instance *instance)
{
    if (strcmp(instance->image, refresh_image(refresh)) != 0) {
        return false;
    }
    return refresh->record->state != REFRESH_RUNNING || refresh->spec->skip_matching ||
           instance->launched_at_ns >= refresh->record->started_at_ns;
}

/* From its agent's start on a machine warms up. */
static bool
survey_is_healthy(struct group_watch *watch, const struct cluster_refresh *refresh,
                  const struct cluster_instance *instance, const struct group_machine *machine)
{
    const struct cluster_node *node = machine->node;
    if (instance->state != INSTANCE_RUNNING || node == NULL || node->state != NODE_READY ||
        node->draining) {
        return false;
    }
    const int64_t warm_at_ns = (int64_t)node->incarnation + refresh->spec->warmup_ns;
    if (!machine->fresh || cluster_now(watch->cluster) >= warm_at_ns) {
        return true;
    }
    groups_due(watch, warm_at_ns);
    return false;
}

static void
survey_add(struct group_watch *watch, const struct cluster_refresh *refresh,
           const struct cluster_instance *instance, struct cluster_node *node,
           struct group_survey *survey)
{
    const struct cluster *cluster = watch->cluster;
    struct plan_counts *counts = &survey->counts;
    const struct node_record *drain =
        node != NULL && node->draining ? &cluster_drain_get(node)->record : NULL;
    /* by a master that died before the cloud was asked, it may be, and the refresh may want its
     * image again: nothing is ever placed there, it has to go all the same */
    const bool is_ending = drain != NULL && drain->ended != NODE_END_NONE;
    struct group_machine *machine = vec_push(&survey->machines);
    *machine = (struct group_machine){ .instance = instance->id,
                                       .zone = instance->zone,
                                       .node = node,
                                       .fresh = survey_is_fresh(refresh, instance) &&
                                                !is_ending };
    machine->healthy = survey_is_healthy(watch, refresh, instance, machine);
    machine->going = drain != NULL && drain->refresh == refresh->record->id;
    if (machine->fresh) {
        /* a master that has just begun to lead gives every machine its time again */
        int64_t since_ns = int64_max(instance->launched_at_ns, cluster->leading_at_ns);
        since_ns = node != NULL ? int64_max(since_ns, cluster_node_seen_at_ns(node)) : since_ns;
        machine->due_at_ns = since_ns + refresh->spec->boot_deadline_ns;
    }
    counts->old += machine->fresh ? 0 : 1;
    counts->fresh += machine->fresh ? 1 : 0;
    counts->fresh_healthy += machine->fresh && machine->healthy ? 1 : 0;
    counts->healthy += machine->healthy ? 1 : 0;
    counts->going += machine->going && !machine->fresh ? 1 : 0;
}

static uint32_t
survey_goal(const struct cluster_refresh *refresh)
{
    const struct refresh_spec *spec = refresh->spec;
    const struct refresh_record *record = refresh->record;
    if (record->state != REFRESH_RUNNING || record->checkpoint >= spec->checkpoints_count) {
        return record->wanted;
    }
    return plan_share(record->wanted, spec->checkpoints_ppm[record->checkpoint]);
}

/* Whether this node's machine may be among those that the cloud has. */
static bool
survey_may_have(const struct group_survey *survey, const struct cluster_node *node)
{
    for (uint32_t i = 0; i < survey->machines.count; i++) {
        const struct group_machine *machine = vec_at(&survey->machines, i);
        if (machine->node == node || (machine->node == NULL && node->spec.ipv4 == 0)) {
            return true; /* one without an address here may be any whose agent is not known */
        }
    }
    return false;
}

/* Machines that were to end, and that the cloud has no more. */
static void
survey_see_ends(struct cluster *cluster, const struct cluster_refresh *refresh,
                const struct group_survey *survey)
{
    for (uint32_t i = 0; i < cluster->drains.count; i++) {
        struct cluster_node *node = *(struct cluster_node **)vec_at(&cluster->drains, i);
        struct node_record  *drain = &cluster_drain_get(node)->record;
        if (drain->refresh != refresh->record->id || drain->ended != NODE_END_ASKED ||
            survey_may_have(survey, node)) {
            continue;
        }
        drain->ended = NODE_END_SEEN;
        cluster_node_drain_changed(node);
        if (node->state == NODE_UNREACHABLE) { /* what it had is looked at once more */
            env_timer_cancel(cluster->env->clock, &node->timeout_timer);
            env_timer_start(cluster->env->clock, &node->timeout_timer, 0);
        }
    }
}

void
survey_make(struct group_watch *watch, const struct cluster_refresh *refresh,
            const struct cluster_cloud_answer *answer, struct group_survey *survey)
{
    const struct refresh_spec *spec = refresh->spec;
    struct map64 by_ipv4 = { 0 };
    *survey = (struct group_survey){ .counts.wanted = refresh->record->wanted,
                                     .counts.goal = survey_goal(refresh) };
    survey->limits = plan_limits(refresh->record->wanted, spec->min_healthy_ppm,
                                 spec->max_healthy_ppm, watch->group_max);
    vec_init(&survey->machines, sizeof(struct group_machine));
    survey_addresses(watch->cluster, &by_ipv4);
    for (uint32_t i = 0; i < answer->instances_count; i++) {
        const struct cluster_instance *instance = &answer->instances[i];
        if (instance->state == INSTANCE_TERMINATED) {
            continue;
        }
        const uint32_t index = instance->ipv4 != 0 ? map64_get(&by_ipv4, instance->ipv4) : 0;
        survey_add(watch, refresh, instance,
                   index > 0 ? cluster_node_find(watch->cluster, index - 1) : NULL, survey);
    }
    map64_fini(&by_ipv4);
    survey_see_ends(watch->cluster, refresh, survey);
}

void
survey_fini(struct group_survey *survey)
{
    vec_fini(&survey->machines);
}

static uint32_t
survey_zone(const struct group_survey *survey, const char *zone)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < survey->machines.count; i++) {
        const struct group_machine *machine = vec_at(&survey->machines, i);
        count += !machine->going && strcmp(machine->zone, zone) == 0 ? 1U : 0U;
    }
    return count;
}

struct group_machine *
survey_next(const struct group_survey *survey, bool sick_only)
{
    struct group_machine *best = NULL;
    uint32_t best_zone = 0;
    for (uint32_t i = 0; i < survey->machines.count; i++) {
        struct group_machine *machine = vec_at(&survey->machines, i);
        if (machine->fresh || machine->going || (sick_only && machine->healthy)) {
            continue;
        }
        const uint32_t zone = survey_zone(survey, machine->zone);
        const bool sicker = best != NULL && best->healthy && !machine->healthy;
        const bool same = best != NULL && best->healthy == machine->healthy;
        if (best == NULL || sicker || (same && zone > best_zone)) {
            best = machine;
            best_zone = zone;
        }
    }
    return best;
}
