/* sim/scenario_scheduler.c - the block "scheduler". */
#include <jansson.h>

#include "sim/scenario_parts.h"

static void
read_shape(struct scenario_reader *reader, const struct json_t *json, const char *pointer,
           struct scheduler_shape *ret)
{
    struct scenario_shape shape = { .weight = 1 };
    fields_parse(&reader->read, json, pointer, scenario_shape_table.fields,
                 scenario_shape_table.count, NULL, &shape);
    if (shape.gpus > 0 && shape.gpu_milli > 0) {
        scenario_error(reader, fields_pointer(reader->read.arena, pointer, "gpu_milli"),
                       "stands beside \"gpus\", expected one of the two");
    }
    if (!(shape.cpus >= 0) || shape.cpus > SCENARIO_SHAPE_CPUS_MAX) {
        scenario_error(reader, fields_pointer(reader->read.arena, pointer, "cpus"),
                       "expected a number of CPUs from 0 to %d", SCENARIO_SHAPE_CPUS_MAX);
        return;
    }
    *ret = (struct scheduler_shape){ .cpu_milli = (int32_t)(shape.cpus * 1000 + 0.5),
                                     .gpus = (int32_t)shape.gpus,
                                     .gpu_milli = (int32_t)shape.gpu_milli,
                                     .weight = shape.weight };
}

static void
read_typical(struct scenario_reader *reader, const struct json_t *json)
{
    struct master_config *master = &reader->scenario->master;
    if (json == NULL || !fields_is_array(&reader->read, json, "/scheduler/typical")) {
        return;
    }
    const uint32_t count = (uint32_t)json_array_size(json);
    if (count > SCHEDULER_SHAPES_MAX) {
        scenario_error(reader, "/scheduler/typical", "found %u shapes, expected at most %d", count,
                       SCHEDULER_SHAPES_MAX);
        return;
    }
    struct scheduler_shape *shapes =
        ARENA_ARRAY(reader->read.arena, struct scheduler_shape, count);
    for (uint32_t i = 0; i < count; i++) {
        read_shape(reader, json_array_get(json, i),
                   fields_pointer_at(reader->read.arena, "/scheduler/typical", i), &shapes[i]);
    }
    master->typical = shapes;
    master->typical_count = count;
}

static void
read_decision_time(struct scenario_reader *reader, const struct json_t *json)
{
    struct master_config    *master = &reader->scenario->master;
    struct scenario_decision decision = { 0 };
    if (json == NULL) {
        return;
    }
    fields_parse(&reader->read, json, "/scheduler/decision_time", scenario_decision_table.fields,
                 scenario_decision_table.count, NULL, &decision);
    master->decision_app_ns = decision.app_ns;
    master->decision_task_ns = decision.task_ns;
}

void
scenario_read_scheduler(struct scenario_reader *reader)
{
    struct master_config     *master = &reader->scenario->master;
    struct scenario_scheduler scheduler = {
        .policy = (int)master->policy,
        .tie = (int)master->tie,
        .agent_timeout_ns = master->agent_timeout_ns,
        .drain_timeout_ns = master->drain_timeout_ns,
    };
    if (reader->top.scheduler == NULL) {
        return;
    }
    fields_parse(&reader->read, reader->top.scheduler, "/scheduler",
                 scenario_scheduler_table.fields, scenario_scheduler_table.count, NULL, &scheduler);
    master->policy = (enum scheduler_policy)scheduler.policy;
    master->tie = (enum scheduler_tie)scheduler.tie;
    master->agent_timeout_ns = scheduler.agent_timeout_ns;
    master->drain_timeout_ns = scheduler.drain_timeout_ns;
    read_typical(reader, scheduler.typical);
    read_decision_time(reader, scheduler.decision_time);
    scenario_read_roles(reader, scheduler.roles);
    master->preempts = scheduler.preemption;
}
