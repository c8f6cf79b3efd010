/* platform/scheduler/refused.c - whether room that was made helps who was refused. */
#include "platform/scheduler/refused.h"

void
refused_init(struct refused *refused)
{
    vec_init(&refused->requests, sizeof(struct place_request));
}

void
refused_fini(struct refused *refused)
{
    vec_fini(&refused->requests);
}

static const struct place_request *
refused_request(struct refused *refused, uint32_t place, const struct cluster_version *version)
{
    while (refused->requests.count <= place) {
        (void)vec_push(&refused->requests);
    }
    struct place_request *request = vec_at(&refused->requests, place);
    if (request->version != version->id) {
        *request = place_request_of(version);
    }
    return request;
}

static bool
refused_asks_more(const struct place_request *request)
{
    return request->has_fixed_ports || request->spec->constraints_count > 0 ||
           request->spec->is_resident;
}

/* Whether one of these nodes takes it now. */
static bool
refused_fits(const struct cluster *cluster, const uint32_t *nodes, uint32_t count,
             const struct place_request *request)
{
    for (uint32_t i = 0; i < count; i++) {
        if (place_fits(vec_at(&cluster->free, nodes[i]), request)) {
            return true;
        }
    }
    return false;
}

bool
refused_stays(struct refused *refused, const struct cluster *cluster, const struct finder *finder,
              uint32_t place, uint64_t seen)
{
    struct cluster_app *app = *(struct cluster_app **)vec_at(&cluster->apps, place);
    const struct cluster_task *task = app->pending_from;
    ASSERT(app->pending_count > 0);
    if (app->refused_generation < seen || finder->moved_count > FINDER_MOVED_MAX ||
        cluster->nodes_changed.count > FINDER_MOVED_MAX || !app->explain_timer.armed ||
        task == NULL || task->record.state != TASK_PENDING ||
        task->version->id != app->refused_version) {
        return false; /* something else is new, or it is to say why it waits */
    }
    const struct place_request *request = refused_request(refused, place, task->version);
    if (refused_asks_more(request) ||
        refused_fits(cluster, finder->moved, finder->moved_count, request) ||
        refused_fits(cluster, cluster->nodes_changed.items, cluster->nodes_changed.count,
                     request)) {
        return false;
    }
    app->refused_generation = cluster->capacity_generation;
    return true;
}
