/* sim/recorder_roles.c - what each role has of the cluster, and how many of its tasks wait. */
#include "sim/recorder.h"

static void
recorder_role_add(struct run *run, const char *name, const struct scheduler_role *quota)
{
    struct result_role *role = vec_push(&run->results.roles);
    *role = (struct result_role){ .name = intern_id(&run->results.names, name),
                                  .weight_milli = SCHEDULER_WEIGHT_MILLI };
    for (uint32_t i = 0; i < AMOUNT_COUNT; i++) {
        role->limit.of[i] = AMOUNT_NO_LIMIT;
    }
    if (quota != NULL) {
        role->weight_milli = quota->weight_milli;
        role->guarantee = quota->guarantee;
        role->limit = quota->limit;
    }
}

/* Its place in results.roles, made when new. */
static uint32_t
recorder_role_of(struct run *run, const char *name)
{
    const uint32_t id = intern_id(&run->results.names, name);
    for (uint32_t i = 0; i < run->results.roles.count; i++) {
        if (((const struct result_role *)vec_at(&run->results.roles, i))->name == id) {
            return i;
        }
    }
    recorder_role_add(run, name, NULL);
    return run->results.roles.count - 1;
}

static struct amounts
recorder_capacity(struct run *run)
{
    struct amounts capacity = { 0 };
    uint32_t       count = 0;
    const struct world_node_view *views = run_nodes(run, &count);
    for (uint32_t i = 0; i < count; i++) {
        const struct book_node *node = views[i].index < run->books.nodes.count
                                           ? vec_at(&run->books.nodes, views[i].index)
                                           : NULL;
        if (node != NULL && node->known && node->state == NODE_READY) {
            const struct amounts of = { .of = { [AMOUNT_CPU] = views[i].cpu_milli,
                                                [AMOUNT_MEMORY] = views[i].mem_bytes,
                                                [AMOUNT_DISK] = views[i].disk_bytes,
                                                [AMOUNT_GPU] =
                                                    (int64_t)views[i].gpus * NODE_GPU_MILLI } };
            amounts_add(&capacity, &of, 1);
        }
    }
    return capacity;
}

/* Bytes are counted in MiB where the product would overflow. */
static uint32_t
recorder_dominant_ppm(const struct amounts *has, const struct amounts *capacity)
{
    int64_t most_ppm = 0;
    for (uint32_t i = 0; i < AMOUNT_COUNT; i++) {
        const int shift = has->of[i] > INT64_MAX / PPM ? 20 : 0;
        const int64_t whole = capacity->of[i] >> shift;
        most_ppm = whole > 0 ? int64_max(most_ppm, (has->of[i] >> shift) * PPM / whole) : most_ppm;
    }
    return (uint32_t)int64_min(most_ppm, UINT32_MAX);
}

void
recorder_sample_roles(struct run *run)
{
    const struct master_config *master = &run->scenario->master;
    struct vec *samples = &run->results.role_samples;
    if (!run->books.counts_roles) {
        return;
    }
    for (uint32_t i = run->results.roles.count; i < master->roles_count; i++) {
        recorder_role_add(run, master->roles[i].name, &master->roles[i]);
    }
    for (uint32_t i = 0; i < run->books.versions.count; i++) { /* all have their row first */
        const struct book_version *version = vec_at(&run->books.versions, i);
        if (version->role != 0) {
            (void)recorder_role_of(run, intern_text(&run->books.names, version->role));
        }
    }
    const uint32_t first = samples->count;
    for (uint32_t i = 0; i < run->results.roles.count; i++) {
        *(struct result_role_sample *)vec_push(samples) =
            (struct result_role_sample){ .at_ns = run_at_ns(run), .role = i };
    }
    for (uint32_t i = 0; i < run->books.versions.count; i++) {
        const struct book_version *version = vec_at(&run->books.versions, i);
        if (version->role != 0) {
            const char *name = intern_text(&run->books.names, version->role);
            struct result_role_sample *sample =
                vec_at(samples, first + recorder_role_of(run, name));
            sample->waiting += version->waiting;
            amounts_add(&sample->has, &version->amounts, version->booked);
        }
    }
    const struct amounts capacity = recorder_capacity(run);
    for (uint32_t i = first; i < samples->count; i++) {
        struct result_role_sample *sample = vec_at(samples, i);
        sample->share_ppm = recorder_dominant_ppm(&sample->has, &capacity);
    }
}
