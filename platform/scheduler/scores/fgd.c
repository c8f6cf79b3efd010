/* platform/scheduler/scores/fgd.c - the fragmentation gradient. */
#include "platform/scheduler/scores/fgd.h"

#include <string.h>

#include "platform/base/dist.h"
#include "platform/base/rng.h"
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
        if (worth > FGD_WORTH_EVEN && least < 1) {
            fgd->gain_least[worth] = 1; /* nothing is typical: everything is worth the same */
        }
    }
}

/* A shape that uses GPUs takes its place among the others, in the order of their CPUs. */
static void
fgd_set_shape(struct fgd *fgd, const struct scheduler_shape *shape)
{
    int32_t at = fgd->shapes++;
    for (; at > 0 && fgd->cpu_milli[at - 1] > shape->cpu_milli; at--) {
        fgd->cpu_milli[at] = fgd->cpu_milli[at - 1];
        fgd->gpus[at] = fgd->gpus[at - 1];
        fgd->gpu_milli[at] = fgd->gpu_milli[at - 1];
        fgd->weight[at] = fgd->weight[at - 1];
    }
    fgd->cpu_milli[at] = shape->cpu_milli;
    fgd->gpus[at] = (int16_t)(shape->gpus > 0 ? shape->gpus : 1);
    fgd->gpu_milli[at] = (int16_t)(shape->gpus > 0 ? NODE_GPU_MILLI : shape->gpu_milli);
    fgd->weight[at] = shape->weight;
}

void
fgd_set(struct fgd *fgd, const struct scheduler_shape *shapes, uint32_t count)
{
    ASSERT(count <= SCHEDULER_SHAPES_MAX);
    *fgd = (struct fgd){ .version = fgd->version + 1, .states = fgd->states };
    for (uint32_t i = 0; i < count; i++) {
        fgd->weight_all += shapes[i].weight;
        if (shapes[i].gpus == 0 && shapes[i].gpu_milli == 0) {
            fgd->weight_without += shapes[i].weight;
        } else {
            fgd_set_shape(fgd, &shapes[i]);
        }
    }
    for (int16_t i = 0; i < SCHEDULER_SHAPES_MAX; i++) {
        fgd->cpu_rank[i] = i;
    }
    fgd->lanes = ((uint32_t)fgd->shapes + FGD_LANES - 1) / FGD_LANES * FGD_LANES;
    fgd_set_steps(fgd);
}

/* A node's state after a task: the old and the new room of a GPU that it shares, or whole ones. */
struct fgd_change {
    int16_t runs;        /* shapes that the CPUs suffice for: the first ones */
    int16_t total_milli; /* that are free then */
    int16_t share_old_milli;
    int16_t share_new_milli;
    int16_t whole; /* GPUs that were all free, and are all used */
};

/* Some shapes side by side: what they find of one GPU more. */
static inline void
fgd_sum_lanes(const int16_t *wanted, int16_t free_milli, int16_t *fit, int16_t *too_full)
{
    for (int i = 0; i < FGD_LANES; i++) {
        const int16_t lacks = free_milli < wanted[i] ? -1 : 0;
        fit[i] = (int16_t)(fit[i] + 1 + lacks);
        too_full[i] = (int16_t)(too_full[i] + (lacks & free_milli));
    }
}

static void
fgd_sum(const struct fgd *fgd, const int16_t *gpus_milli, int32_t gpus, struct fgd_sums *ret)
{
    ret->total_milli = 0;
    for (int32_t gpu = 0; gpu < gpus; gpu++) {
        ret->total_milli = (int16_t)(ret->total_milli + gpus_milli[gpu]);
    }
    for (uint32_t from = 0; from < fgd->lanes; from += FGD_LANES) {
        int16_t fit[FGD_LANES] = { 0 };
        int16_t too_full[FGD_LANES] = { 0 };
        for (int32_t gpu = 0; gpu < gpus; gpu++) {
            fgd_sum_lanes(&fgd->gpu_milli[from], gpus_milli[gpu], fit, too_full);
        }
        memcpy(&ret->fit[from], fit, sizeof fit);
        memcpy(&ret->too_full[from], too_full, sizeof too_full);
    }
}

/* F of some shapes side by side, in thousandths each. */
static inline void
fgd_useless_lanes(const struct fgd *fgd, const struct fgd_sums *sums, uint32_t from,
                  const struct fgd_change *change, int16_t *ret_milli)
{
    const int16_t *wanted = &fgd->gpu_milli[from];
    const int16_t *gpus = &fgd->gpus[from];
    const int16_t *cpu_rank = &fgd->cpu_rank[from];
    const int16_t *sums_fit = &sums->fit[from];
    const int16_t *sums_too_full = &sums->too_full[from];
    const struct fgd_change to = *change;
    for (int i = 0; i < FGD_LANES; i++) {
        const int16_t lacks_old = to.share_old_milli < wanted[i] ? -1 : 0;
        const int16_t lacks_new = to.share_new_milli < wanted[i] ? -1 : 0;
        const int16_t fit = (int16_t)(sums_fit[i] - lacks_old + lacks_new - to.whole);
        const int16_t too_full =
            (int16_t)(sums_too_full[i] - (lacks_old & to.share_old_milli) +
                      (lacks_new & to.share_new_milli));
        const int16_t stays =
            (int16_t)((to.runs <= cpu_rank[i] ? -1 : 0) | (fit < gpus[i] ? -1 : 0));
        ret_milli[i] = (int16_t)((stays & to.total_milli) | (~stays & too_full));
    }
}

/* F of the node after the change, times weight_all. */
static int64_t
fgd_useless(const struct fgd *fgd, const struct fgd_sums *sums, struct fgd_change *change)
{
    change->total_milli = (int16_t)(sums->total_milli - change->share_old_milli +
                                    change->share_new_milli - change->whole * NODE_GPU_MILLI);
    int64_t useless = fgd->weight_without * change->total_milli;
    for (uint32_t from = 0; from < fgd->lanes; from += FGD_LANES) {
        int16_t milli[FGD_LANES];
        fgd_useless_lanes(fgd, sums, from, change, milli);
        for (uint32_t i = 0; i < FGD_LANES; i++) {
            useless += (int64_t)fgd->weight[from + i] * milli[i];
        }
    }
    return useless;
}

/* How many shapes so many CPUs suffice for: the first ones. */
static int16_t
fgd_runs(const struct fgd *fgd, int32_t cpu_milli)
{
    int16_t runs = 0;
    while (runs < fgd->shapes && fgd->cpu_milli[runs] <= cpu_milli) {
        runs++;
    }
    return runs;
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
fgd_is_seen(const int16_t *gpus_milli, int32_t gpu)
{
    for (int32_t i = 0; i < gpu; i++) {
        if (gpus_milli[i] == gpus_milli[gpu]) {
            return true;
        }
    }
    return false;
}

/* A node as it is. */
struct fgd_node {
    const struct fgd_state *state;
    int16_t                 gpus_milli[NODE_GPUS_MAX]; /* free, of each */
    int16_t                 runs_after; /* shapes that the CPUs suffice for beside the task */
};

static uint32_t
fgd_hash(const int16_t used_milli[NODE_GPUS_MAX], int16_t runs)
{
    uint64_t words[NODE_GPUS_MAX / 4];
    uint64_t hash = (uint64_t)runs;
    memcpy(words, used_milli, sizeof words);
    for (uint32_t i = 0; i < COUNT_OF(words); i++) {
        hash = (hash ^ words[i]) * RNG_GOLDEN;
        hash ^= hash >> 32;
    }
    return (uint32_t)hash % FGD_STATES;
}

/* What the shapes find on a node in this state: kept from another time, or worked out. */
static const struct fgd_state *
fgd_state_of(const struct fgd *fgd, const struct cluster_node *node, int16_t runs,
             const int16_t *gpus_milli, struct fgd_state *own)
{
    struct fgd_state *state =
        fgd->states != NULL ? &fgd->states[fgd_hash(node->gpu_used_milli, runs)] : own;
    if (state->version == fgd->version && state->runs == runs &&
        state->gpus == node->spec.gpus &&
        memcmp(state->used_milli, node->gpu_used_milli, sizeof state->used_milli) == 0) {
        return state;
    }
    memcpy(state->used_milli, node->gpu_used_milli, sizeof state->used_milli);
    state->version = fgd->version;
    state->gpus = node->spec.gpus;
    state->runs = runs;
    fgd_sum(fgd, gpus_milli, state->gpus, &state->sums);
    state->useless = fgd_useless(fgd, &state->sums, &(struct fgd_change){ .runs = runs });
    return state;
}

/* What the task is worth there when it changes the GPUs so. */
static int32_t
fgd_worth_of(const struct fgd_node *node, const struct place_request *request,
             struct fgd_change change)
{
    change.runs = node->runs_after;
    const int64_t after = fgd_useless(request->fgd, &node->state->sums, &change);
    return fgd_worth(request->fgd, node->state->useless - after);
}

/* What the share is worth on the GPU of the node where it is worth most. */
static int32_t
fgd_share(const struct fgd_node *node, const struct place_request *request, int32_t *ret_gpu)
{
    int32_t best = 0;
    for (int32_t gpu = 0; gpu < node->state->gpus; gpu++) {
        const int16_t free_milli = node->gpus_milli[gpu];
        if (free_milli < request->gpu_milli || fgd_is_seen(node->gpus_milli, gpu)) {
            continue;
        }
        const int32_t worth = fgd_worth_of(
            node, request,
            (struct fgd_change){ .share_old_milli = free_milli,
                                 .share_new_milli = (int16_t)(free_milli - request->gpu_milli) });
        if (*ret_gpu < 0 || worth > best) {
            best = worth;
            *ret_gpu = gpu;
        }
    }
    return best;
}

static int32_t
fgd_best(const struct cluster_node *of, const struct place_request *request, int32_t *ret_gpu)
{
    const struct fgd *fgd = request->fgd;
    const int32_t     cpu_milli = of->spec.cpu_milli - of->cpu_milli_used;
    struct fgd_state  own;
    struct fgd_node   node;
    own.version = 0; /* the rest is written before it is read */
    for (int32_t gpu = 0; gpu < of->spec.gpus; gpu++) {
        node.gpus_milli[gpu] = (int16_t)gpus_free_milli(of, gpu);
    }
    node.runs_after = fgd_runs(fgd, cpu_milli - request->cpu_milli);
    node.state = fgd_state_of(fgd, of, fgd_runs(fgd, cpu_milli), node.gpus_milli, &own);
    *ret_gpu = -1;
    return request->gpu_milli > 0
               ? fgd_share(&node, request, ret_gpu)
               : fgd_worth_of(&node, request,
                              (struct fgd_change){ .whole = (int16_t)request->gpus });
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
