/* platform/model/records.c - the field tables of what the master stores. */
#include "platform/model/records.h"

#define F8(type, member)  RECORD_FIELD(struct type, RECORD_U8, member)
#define F16(type, member) RECORD_FIELD(struct type, RECORD_U16, member)
#define F16(type, member)  RECORD_FIELD(struct type, RECORD_U16, member)
#define F32(type, member) RECORD_FIELD(struct type, RECORD_U32, member)
#define F64(type, member) RECORD_FIELD(struct type, RECORD_U64, member)
#define FI64(type, member) RECORD_FIELD(struct type, RECORD_I64, member)

static const struct record_field meta_fields[] = {
    F64(meta_record, term),          F64(meta_record, next_app),
    F64(meta_record, next_version),  F64(meta_record, next_deployment),
    F64(meta_record, next_task),     F64(meta_record, routes_generation),
};

static const struct record_field app_fields[] = {
    F64(app_record, id),
    F64(app_record, version),
    F64(app_record, deployment),
    F64(app_record, request),
    F64(app_record, runs),
    F32(app_record, instances),
    F32(app_record, backoff_failures),
    FI64(app_record, backoff_until_ns),
    FI64(app_record, backoff_forget_ns),
    F8(app_record, deleted),
};

static const struct record_field version_fields[] = {
    F64(version_record, id),
    F64(version_record, app),
    FI64(version_record, created_at_ns),
};

static const struct record_field deployment_fields[] = {
    F64(deployment_record, id),
    F64(deployment_record, app),
    F64(deployment_record, version_old),
    F64(deployment_record, version_new),
    F64(deployment_record, request),
    F32(deployment_record, instances_old),
    F32(deployment_record, instances_new),
    FI64(deployment_record, started_at_ns),
    FI64(deployment_record, ended_at_ns),
    F32(deployment_record, kept_at_start),
    F8(deployment_record, state),
    F8(deployment_record, restarts),
    F8(deployment_record, phase),
    F8(deployment_record, held),
    F32(deployment_record, step),
    F32(deployment_record, weight_ppm),
    FI64(deployment_record, step_at_ns),
    FI64(deployment_record, progress_at_ns),
    FI64(deployment_record, promoted_at_ns),
    F64(deployment_record, reverts),
    F64(deployment_record, plan),
    F32(deployment_record, layer),
    RECORD_ARRAY(struct deployment_record, RECORD_U16, measured, DEPLOYMENT_ANALYSES_MAX),
    RECORD_ARRAY(struct deployment_record, RECORD_U16, failed, DEPLOYMENT_ANALYSES_MAX),
    RECORD_ARRAY(struct deployment_record, RECORD_U16, inconclusive, DEPLOYMENT_ANALYSES_MAX),
    RECORD_ARRAY(struct deployment_record, RECORD_U32, counted, DEPLOYMENT_ANALYSES_MAX),
    FI64(deployment_record, traffic_at_ns),
};

static const struct record_field gateway_fields[] = {
    F64(gateway_record, request),
};

static const struct record_field node_fields[] = {
    F32(node_record, node),
    F64(node_record, request),
    F64(node_record, refresh),
    FI64(node_record, started_at_ns),
    FI64(node_record, deadline_at_ns),
    F8(node_record, forced),
    F8(node_record, empty),
    F8(node_record, ended),
};

static const struct record_field refresh_fields[] = {
    F64(refresh_record, id),
    F64(refresh_record, request),
    F8(refresh_record, state),
    F8(refresh_record, ends_as),
    F8(refresh_record, held),
    F8(refresh_record, turn),
    F8(refresh_record, begun),
    F32(refresh_record, wanted),
    F32(refresh_record, checkpoint),
    F32(refresh_record, replaced),
    FI64(refresh_record, started_at_ns),
    FI64(refresh_record, checkpoint_at_ns),
    FI64(refresh_record, ended_at_ns),
    RECORD_STRING(struct refresh_record, image_old),
};

static const struct record_field reservation_fields[] = {
    F64(reservation_record, id),
    F64(reservation_record, app),
    F32(reservation_record, node),
    F32(reservation_record, cpu_milli),
    FI64(reservation_record, mem_bytes),
    FI64(reservation_record, disk_bytes),
    FI64(reservation_record, volume_bytes),
    FI64(reservation_record, made_at_ns),
    F64(reservation_record, version),
    F8(reservation_record, released),
};

static const struct record_field strategy_fields[] = {
    F64(strategy_record, deployment),
    F64(strategy_record, app),
};

static const struct record_field task_fields[] = {
    F64(task_record, id),
    F64(task_record, app),
    F64(task_record, version),
    F64(task_record, deployment),
    FI64(task_record, created_at_ns),
    FI64(task_record, running_at_ns),
    FI64(task_record, unreachable_at_ns),
    F64(task_record, reservation),
    F32(task_record, node),
    F32(task_record, nominated),
    F32(task_record, ipv4),
    F8(task_record, state),
    F8(task_record, health),
    F8(task_record, ready),
    F8(task_record, wants_ready),
    F8(task_record, stop),
    F8(task_record, stop_cause),
    F8(task_record, ports_count),
    F8(task_record, moves),
    F16(task_record, gpu_mask),
    RECORD_ARRAY(struct task_record, RECORD_U16, ports, TASK_PORTS_MAX),
};

#define TABLE(record, number, size, flat, tail_offset)                                             \
    const struct record_type record##_record_type = {                                              \
        .name = #record,                                                                           \
        .id = number,                                                                              \
        .bytes = size,                                                                             \
        .fields = record##_fields,                                                                 \
        .fields_count = COUNT_OF(record##_fields),                                                 \
        .flat_fields = flat,                                                                       \
        .tail_len_offset = tail_offset,                                                            \
    }

#define ALL(record) COUNT_OF(record##_fields)

TABLE(meta, RECORD_META_ID, sizeof(struct meta_record), ALL(meta), RECORD_NO_TAIL);
TABLE(app, RECORD_APP_ID, sizeof(struct app_record), ALL(app), RECORD_NO_TAIL);
TABLE(version, RECORD_VERSION_ID, offsetof(struct version_record, tail), ALL(version),
      offsetof(struct version_record, tail_len));
TABLE(deployment, RECORD_DEPLOYMENT_ID, sizeof(struct deployment_record),
      ALL(deployment) - 1, RECORD_NO_TAIL);
TABLE(task, RECORD_TASK_ID, sizeof(struct task_record), ALL(task), RECORD_NO_TAIL);
TABLE(strategy, RECORD_STRATEGY_ID, offsetof(struct strategy_record, tail), ALL(strategy),
      offsetof(struct strategy_record, tail_len));
TABLE(gateway, RECORD_GATEWAY_ID, offsetof(struct gateway_record, tail), ALL(gateway),
      offsetof(struct gateway_record, tail_len));
TABLE(refresh, RECORD_REFRESH_ID, offsetof(struct refresh_record, tail), 7,
      offsetof(struct refresh_record, tail_len));
TABLE(node, RECORD_NODE_ID, sizeof(struct node_record), 1, RECORD_NO_TAIL);
TABLE(reservation, RECORD_RESERVATION_ID, sizeof(struct reservation_record), ALL(reservation),
      RECORD_NO_TAIL);

const struct record_type *
table_type(enum store_table table)
{
    switch (table) {
    case TABLE_META:
        return &meta_record_type;
    case TABLE_APP:
        return &app_record_type;
    case TABLE_VERSION:
        return &version_record_type;
    case TABLE_DEPLOYMENT:
        return &deployment_record_type;
    case TABLE_TASK:
        return &task_record_type;
    case TABLE_STRATEGY:
        return &strategy_record_type;
    case TABLE_GATEWAY:
        return &gateway_record_type;
    case TABLE_NODE:
        return &node_record_type;
    case TABLE_REFRESH:
        return &refresh_record_type;
    case TABLE_RESERVATION:
        return &reservation_record_type;
    }
    return NULL;
}
