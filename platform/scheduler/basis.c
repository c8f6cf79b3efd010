/* platform/scheduler/basis.c - what scores depend on beside the node and the request. */
#include "platform/scheduler/basis.h"

#include "platform/base/memory.h"
#include "platform/scheduler/scores/typical.h"

enum { BASIS_CHANGE_SHARE = 8 };

static const struct cluster_app *
basis_app(const struct cluster *cluster, uint32_t index)
{
    const struct cluster_app *app = *(struct cluster_app **)vec_at(&cluster->apps, index);
    return app != NULL && !app->removed && app->version != NULL ? app : NULL;
}

static uint64_t
basis_wanted(const struct cluster *cluster)
{
    uint64_t wanted = 0;
    for (uint32_t i = 0; i < cluster->apps.count; i++) {
        const struct cluster_app *app = basis_app(cluster, i);
        wanted += app != NULL ? app->record.instances : 0;
    }
    return wanted;
}

static void
basis_count(struct basis *basis, const struct cluster *cluster)
{
    struct scheduler_shape shapes[SCHEDULER_SHAPES_MAX];
    struct typical typical;
    typical_init(&typical);
    for (uint32_t i = 0; i < cluster->apps.count; i++) {
        const struct cluster_app *app = basis_app(cluster, i);
        if (app != NULL && app->record.instances > 0) {
            const struct app_spec *spec = app->version->spec;
            typical_add(&typical, &(struct scheduler_shape){ .cpu_milli = spec->cpu_milli,
                                                             .gpus = spec->gpus,
                                                             .gpu_milli = spec->gpu_milli,
                                                             .weight = app->record.instances });
        }
    }
    fgd_set(&basis->fgd, shapes, typical_choose(&typical, shapes));
    typical_fini(&typical);
}

static void
basis_follow(struct basis *basis, const struct cluster *cluster)
{
    const struct master_config *config = cluster->config;
    basis->is_known = true;
    if (config->typical_count > 0) {
        if (basis->fgd.version == 0) {
            fgd_set(&basis->fgd, config->typical, config->typical_count);
        }
        return;
    }
    const uint64_t wanted = basis_wanted(cluster);
    const uint64_t seen = basis->wanted_seen;
    const uint64_t change = wanted > seen ? wanted - seen : seen - wanted;
    if (basis->fgd.version == 0 || change * BASIS_CHANGE_SHARE > seen) {
        basis->wanted_seen = wanted;
        basis_count(basis, cluster);
    }
}

void
basis_give(struct basis *basis, const struct cluster *cluster, struct place_request *request)
{
    if (cluster->config->policy != SCHEDULER_FGD) {
        return;
    }
    if (basis->states == NULL) {
        basis->states = memory_alloc_zero(FGD_STATES, sizeof *basis->states);
        basis->fgd.states = basis->states;
    }
    if (!basis->is_known) {
        basis_follow(basis, cluster);
    }
    request->fgd = &basis->fgd;
}

void
basis_step_ended(struct basis *basis)
{
    basis->is_known = false;
}

void
basis_fini(struct basis *basis)
{
    memory_free(basis->states);
    basis->states = NULL;
}
