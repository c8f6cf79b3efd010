/* sim/snapshot_gpus.c - which GPUs of its machine a task of a snapshot has. */
#include <jansson.h>

#include "sim/snapshot_read.h"

/* Takes GPU gpu when that can be; else says why and answers false. */
static bool
gpu_take(struct scenario_reader *reader, struct snapshot_task *task, const struct json_t *json,
         struct snapshot_gpus *gpus, const char *pointer)
{
    const json_int_t gpu = json_integer_value(json);
    if (!json_is_integer(json) || gpu < 0 || gpu >= gpus->count) {
        scenario_error(reader, pointer, "found %s, expected a GPU of its machine, which has %d",
                       fields_show(reader->read.arena, json), gpus->count);
        return false;
    }
    if ((task->gpu_mask >> gpu & 1) != 0 ||
        gpus->used_milli[gpu] + gpus->each_milli > NODE_GPU_MILLI) {
        scenario_error(reader, pointer, "GPU %d of its machine is given away, expected one with "
                                        "%d thousandths left", (int)gpu, gpus->each_milli);
        return false;
    }
    gpus->used_milli[gpu] = (int16_t)(gpus->used_milli[gpu] + gpus->each_milli);
    task->gpu_mask = (uint16_t)(task->gpu_mask | 1U << gpu);
    return true;
}

/* The first ones with room; how many were found. */
static int32_t
gpus_deal(struct snapshot_task *task, struct snapshot_gpus *gpus, int32_t wanted)
{
    int32_t found = 0;
    for (int32_t i = 0; i < gpus->count && found < wanted; i++) {
        if (gpus->used_milli[i] + gpus->each_milli <= NODE_GPU_MILLI) {
            gpus->used_milli[i] = (int16_t)(gpus->used_milli[i] + gpus->each_milli);
            task->gpu_mask = (uint16_t)(task->gpu_mask | 1U << i);
            found++;
        }
    }
    return found;
}

void
snapshot_task_gpus(struct scenario_reader *reader, struct snapshot_task *task,
                   const struct app_spec *spec, struct snapshot_gpus *gpus, const char *pointer)
{
    struct arena *arena = reader->read.arena;
    const char   *where = fields_pointer(arena, pointer, "gpus");
    const int32_t wanted = spec->gpu_milli > 0 ? 1 : spec->gpus;
    gpus->each_milli = spec->gpu_milli > 0 ? spec->gpu_milli : NODE_GPU_MILLI;
    if (task->gpus_json == NULL) {
        if (gpus_deal(task, gpus, wanted) < wanted) {
            scenario_error(reader, pointer, "does not fit: %s wants %d GPUs with %d thousandths "
                                            "left each, more than its machine has", spec->id,
                           wanted, gpus->each_milli);
        }
        return;
    }
    if (!fields_is_array(&reader->read, task->gpus_json, where)) {
        return;
    }
    if (json_array_size(task->gpus_json) != (size_t)wanted) {
        scenario_error(reader, where, "found %u GPUs, but %s has %d",
                       (unsigned)json_array_size(task->gpus_json), spec->id, wanted);
        return;
    }
    for (uint32_t i = 0; i < (uint32_t)wanted; i++) {
        if (!gpu_take(reader, task, json_array_get(task->gpus_json, i), gpus,
                      fields_pointer_at(arena, where, i))) {
            return;
        }
    }
}
