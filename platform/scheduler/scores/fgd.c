/* platform/scheduler/scores/fgd.c - the fragmentation gradient. */
#include "platform/scheduler/scores/fgd.h"

#include "platform/base/dist.h"
#include "platform/scheduler/gpus.h"

enum { FGD_LANES = 8 /* worked on side by side */, FGD_WORTH_EVEN = FGD_WORTH_MAX / 2 };
_Static_assert(SCHEDULER_SHAPES_MAX % FGD_LANES == 0, "the last lanes are there");

/*
 * The least gain that is worth so much: x = ln(worth / (100 - worth)), the sigmoid the other way
 * round. A gain is an integer, so that nothing is left to rounding but at these hundred numbers.
 */
static void
fgd_set_steps(struct fgd *fgd)
{
    fgd->gain_least[0] = INT64_MIN;
    for (int32_t worth = 1; worth < FGD_WORTH_MAX; worth++) {
        const double x = fixed_log((double)worth / (FGD_WORTH_MAX - worth));
        const double gain = x * NODE_GPU_MILLI * (double)fgd->weight_all;
        int64_t least = (int64_t)gain;
        least += (double)least < gain ? 1 : 0;
        fgd->gain_least[worth] = worth == FGD_WORTH_EVEN ? 0 : least;
    }
}

void
fgd_set(struct fgd *fgd, const struct scheduler_shape *shapes, uint32_t count)
{
    ASSERT(count <= SCHEDULER_SHAPES_MAX);
    *fgd = (struct fgd){ .version = fgd->version + 1 };
    for (uint32_t i = 0; i < count; i++) {
        const struct scheduler_shape *shape = &shapes[i];
        fgd->weight_all += shape->weight;
        if (shape->gpus == 0 && shape->gpu_milli == 0) {
            fgd->weight_without += shape->weight;
            continue;
        }
        fgd->cpu_milli[fgd->lanes] = shape->cpu_milli;
        fgd->gpus[fgd->lanes] = shape->gpus > 0 ? shape->gpus : 1;
        fgd->gpu_milli[fgd->lanes] = shape->gpus > 0 ? NODE_GPU_MILLI : shape->gpu_milli;
        fgd->weight[fgd->lanes++] = (int32_t)shape->weight;
    }
    fgd->lanes = (fgd->lanes + FGD_LANES - 1) / FGD_LANES * FGD_LANES;
    fgd_set_steps(fgd);
}

/* The part of F of some shapes side by side. */
static inline int64_t
fgd_useless_lanes(const struct fgd *fgd, uint32_t from, int32_t cpu_milli,
                  const int32_t *gpus_milli, int32_t gpus, int32_t total_milli)
{
    int32_t fit[FGD_LANES] = { 0 };       /* GPUs with room for it */
    int32_t too_full[FGD_LANES] = { 0 };  /* free thousandths of the others */
    const int32_t *wanted_milli = &fgd->gpu_milli[from];
    for (int32_t gpu = 0; gpu < gpus; gpu++) {
        const int32_t free_milli = gpus_milli[gpu];
        for (uint32_t i = 0; i < FGD_LANES; i++) {
            const int32_t fits = free_milli >= wanted_milli[i] ? 1 : 0;
            fit[i] += fits;
            too_full[i] += (fits - 1) & free_milli;
        }
    }
    int64_t useless = 0;
    for (uint32_t i = 0; i < FGD_LANES; i++) {
        const bool runs = (cpu_milli >= fgd->cpu_milli[from + i]) & (fit[i] >= fgd->gpus[from + i]);
        useless += (int64_t)fgd->weight[from + i] * (runs ? too_full[i] : total_milli);
    }
    return useless;
}

int64_t
fgd_useless(const struct fgd *fgd, int32_t cpu_milli, const int32_t *gpus_milli, int32_t gpus)
{
    int32_t total_milli = 0;
    for (int32_t gpu = 0; gpu < gpus; gpu++) {
        total_milli += gpus_milli[gpu];
    }
    int64_t useless = fgd->weight_without * total_milli;
    for (uint32_t i = 0; i < fgd->lanes; i += FGD_LANES) {
        useless += fgd_useless_lanes(fgd, i, cpu_milli, gpus_milli, gpus, total_milli);
    }
    return useless;
}

static int32_t
fgd_worth(const struct fgd *fgd, int64_t gain)
{
    int32_t low = 0;
    int32_t high = FGD_WORTH_MAX; /* it is worth low at least, and less than high */
    while (high - low > 1) {
        const int32_t middle = (low + high) / 2;
        if (gain >= fgd->gain_least[middle]) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Whether an earlier GPU has as much free, so that a share there is worth the same. */
static bool
fgd_is_seen(const int32_t *gpus_milli, int32_t gpu)
{
    for (int32_t i = 0; i < gpu; i++) {
        if (gpus_milli[i] == gpus_milli[gpu]) {
            return true;
        }
    }
    return false;
}

/* What the share is worth on the GPU of the node where it is worth most. */
static int32_t
fgd_share(const struct fgd *fgd, int32_t gpus_milli[NODE_GPUS_MAX],
          const struct cluster_node *node, const struct place_request *request, int32_t *ret_gpu)
{
    const int32_t gpus = node->spec.gpus;
    const int32_t cpu_milli = node->spec.cpu_milli - node->cpu_milli_used;
    const int64_t before = fgd_useless(fgd, cpu_milli, gpus_milli, gpus);
    int32_t best = 0;
    for (int32_t gpu = 0; gpu < gpus; gpu++) {
        if (gpus_milli[gpu] < request->gpu_milli || fgd_is_seen(gpus_milli, gpu)) {
            continue;
        }
        gpus_milli[gpu] -= request->gpu_milli;
        const int64_t after =
            fgd_useless(fgd, cpu_milli - request->cpu_milli, gpus_milli, gpus);
        const int32_t worth = fgd_worth(fgd, before - after);
        gpus_milli[gpu] += request->gpu_milli;
        if (*ret_gpu < 0 || worth > best) {
            best = worth;
            *ret_gpu = gpu;
        }
    }
    return best;
}

static int32_t
fgd_whole(const struct fgd *fgd, int32_t gpus_milli[NODE_GPUS_MAX],
          const struct cluster_node *node, const struct place_request *request)
{
    const int32_t gpus = node->spec.gpus;
    const int32_t cpu_milli = node->spec.cpu_milli - node->cpu_milli_used;
    const int64_t before = fgd_useless(fgd, cpu_milli, gpus_milli, gpus);
    int32_t wanted = request->gpus;
    for (int32_t gpu = 0; gpu < gpus && wanted > 0; gpu++) {
        wanted -= gpus_milli[gpu] == NODE_GPU_MILLI ? 1 : 0;
        gpus_milli[gpu] = gpus_milli[gpu] == NODE_GPU_MILLI ? 0 : gpus_milli[gpu];
    }
    return fgd_worth(fgd, before - fgd_useless(fgd, cpu_milli - request->cpu_milli, gpus_milli,
                                               gpus));
}

static int32_t
fgd_best(const struct cluster_node *node, const struct place_request *request, int32_t *ret_gpu)
{
    int32_t gpus_milli[NODE_GPUS_MAX] = { 0 };
    *ret_gpu = -1;
    for (int32_t gpu = 0; gpu < node->spec.gpus; gpu++) {
        gpus_milli[gpu] = gpus_free_milli(node, gpu);
    }
    return request->gpu_milli > 0 ? fgd_share(request->fgd, gpus_milli, node, request, ret_gpu)
                                  : fgd_whole(request->fgd, gpus_milli, node, request);
}

uint64_t
scores_fgd(const struct cluster_free *line, const struct cluster_node *node,
           const struct place_request *request)
{
    (void)line;
    if (request->fgd == NULL || node->spec.gpus == 0) { /* nothing is useless, before and after */
        return FGD_WORTH_MAX - FGD_WORTH_EVEN;
    }
    int32_t gpu = -1;
    return FGD_WORTH_MAX - (uint64_t)fgd_best(node, request, &gpu);
}

int32_t
fgd_gpu(const struct cluster_node *node, const struct place_request *request, struct rng *rng)
{
    int32_t gpu = -1;
    if (request->fgd == NULL) {
        return gpus_fullest(node, request, rng);
    }
    (void)fgd_best(node, request, &gpu);
    return gpu;
}
