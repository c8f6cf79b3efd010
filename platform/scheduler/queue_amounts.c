/* platform/scheduler/queue_amounts.c - what a task counts for its role. */
#include "platform/model/cluster_reservation.h"
#include "platform/scheduler/queue.h"

struct amounts
queue_amounts(const struct app_spec *spec)
{
    return (struct amounts){ .of = { [AMOUNT_CPU] = spec->cpu_milli,
                                     [AMOUNT_MEMORY] = spec->mem_bytes,
                                     [AMOUNT_DISK] = spec->disk_bytes + spec->volumes_bytes,
                                     [AMOUNT_GPU] =
                                         (int64_t)spec->gpus * NODE_GPU_MILLI +
                                         spec->gpu_milli } };
}

struct amounts
queue_wanted(const struct cluster_task *task)
{
    if (task->record.nominated > 0) {
        return (struct amounts){ 0 };
    }
    for (const struct cluster_reservation *held = task->app->reservations; held != NULL;
         held = held->app_next) {
        if (held->task == NULL) {
            return (struct amounts){ 0 };
        }
    }
    return queue_amounts(task->version->spec);
}

void
queue_tell_role(struct cluster *cluster, const struct cluster_version *version)
{
    const struct amounts amounts = queue_amounts(version->spec);
    cluster_journal(cluster, &(struct env_event){
                                 .kind = ENV_EVENT_ROLE,
                                 .old_state = -1,
                                 .new_state = (int32_t)amounts.of[AMOUNT_GPU],
                                 .version = version->id,
                                 .value = amounts.of[AMOUNT_CPU],
                                 .task = (uint64_t)amounts.of[AMOUNT_MEMORY],
                                 .deployment = (uint64_t)amounts.of[AMOUNT_DISK],
                                 .app = "",
                                 .text = version->spec->role });
}
