/* platform/wire/messages.c - the field tables of the messages. */
#include "platform/wire/messages.h"

#include <string.h>

#include "platform/model/records.h"

#define F8(type, member)  RECORD_FIELD(struct type, RECORD_U8, member)
#define F16(type, member) RECORD_FIELD(struct type, RECORD_U16, member)
#define F32(type, member) RECORD_FIELD(struct type, RECORD_U32, member)
#define F64(type, member) RECORD_FIELD(struct type, RECORD_U64, member)
#define FI64(type, member) RECORD_FIELD(struct type, RECORD_I64, member)
#define FTEXT(type, member) RECORD_STRING(struct type, member)

static const struct record_field register_fields[] = {
    F64(msg_register, incarnation),
    F32(msg_register, node),
    F32(msg_register, ipv4),
    F32(msg_register, cpu_milli),
    F32(msg_register, gpus),
    FI64(msg_register, mem_bytes),
    FI64(msg_register, disk_bytes),
    FTEXT(msg_register, hostname),
    FTEXT(msg_register, region),
    FTEXT(msg_register, zone),
    FTEXT(msg_register, role),
    FTEXT(msg_register, attributes),
    RECORD_ARRAY(struct msg_register, RECORD_U16, port_first, NODE_PORT_RANGES_MAX),
    RECORD_ARRAY(struct msg_register, RECORD_U16, port_last, NODE_PORT_RANGES_MAX),
    F32(msg_register, port_ranges_count),
};

static const struct record_field registered_fields[] = {
    F64(msg_registered, term),
    F64(msg_registered, incarnation),
    F8(msg_registered, known),
};

static const struct record_field heartbeat_fields[] = {
    F64(msg_heartbeat, incarnation),
    F32(msg_heartbeat, node),
};

static const struct record_field launch_fields[] = {
    F64(msg_launch, term),
    F64(msg_launch, task),
    F64(msg_launch, version),
    F64(msg_launch, volume),
    F64(msg_launch, run),
    F8(msg_launch, wants_ready),
    F8(msg_launch, ports_count),
    F16(msg_launch, gpu_mask),
    RECORD_ARRAY(struct msg_launch, RECORD_U16, ports, TASK_PORTS_MAX),
};

static const struct record_field kill_fields[] = {
    F64(msg_kill, term),
    F64(msg_kill, task),
    FI64(msg_kill, grace_ns),
};

static const struct record_field volume_remove_fields[] = {
    F64(msg_volume_remove, term),
    F64(msg_volume_remove, volume),
};

static const struct record_field volumes_fields[] = {
    F64(msg_volumes, incarnation),
    F64(msg_volumes, removed),
    F32(msg_volumes, node),
};

static const struct record_field spec_get_fields[] = {
    F64(msg_spec_get, version),
};

static const struct record_field spec_fields[] = {
    F64(msg_spec, term),
    F64(msg_spec, version),
};

static const struct record_field status_fields[] = {
    F64(msg_status, task),
    F64(msg_status, version),
    F32(msg_status, node),
    F32(msg_status, sequence),
    F32(msg_status, ipv4),
    F32(msg_status, exit_code),
    F32(msg_status, failures),
    F8(msg_status, state),
    F8(msg_status, health),
    F8(msg_status, ready),
    F8(msg_status, kill_wanted),
    F8(msg_status, hopeless),
    FTEXT(msg_status, cause),
};

static const struct record_field status_ack_fields[] = {
    F64(msg_status_ack, term),
    F64(msg_status_ack, task),
    F32(msg_status_ack, sequence),
};

static const struct record_field edge_state_fields[] = {
    F32(msg_edge_state, node),
    F64(msg_edge_state, incarnation),
    F64(msg_edge_state, generation),
};

static const struct record_field edge_stats_fields[] = {
    F32(msg_edge_stats, node),
    F64(msg_edge_stats, incarnation),
    F64(msg_edge_stats, sequence),
    F64(msg_edge_stats, deployment),
    RECORD_ARRAY(struct msg_edge_stats, RECORD_U64, requests, 2),
    RECORD_ARRAY(struct msg_edge_stats, RECORD_U64, errors, 2),
    RECORD_ARRAY(struct msg_edge_stats, RECORD_U64, failures, 2),
    F32(msg_edge_stats, older_len),
};

static const struct record_field routes_fields[] = {
    F64(msg_routes, term),
    F64(msg_routes, generation),
};

static const struct record_field api_request_fields[] = {
    F64(msg_api_request, request),
    F8(msg_api_request, call),
    F8(msg_api_request, force),
    F8(msg_api_request, control),
    FI64(msg_api_request, deadline_ns),
    F32(msg_api_request, instances),
    F64(msg_api_request, version),
    FTEXT(msg_api_request, app),
    F32(msg_api_request, strategy_len),
};

static const struct record_field api_answer_fields[] = {
    F64(msg_api_answer, request),
    F64(msg_api_answer, deployment),
    F64(msg_api_answer, version),
    F8(msg_api_answer, status),
    FTEXT(msg_api_answer, text),
};

/* name, id, how many fields are flat, whether a tail follows the fields */
#define FLAT(message, number, flat)                                                                \
    const struct record_type msg_##message##_type = {                                              \
        .name = #message,                                                                          \
        .id = number,                                                                              \
        .bytes = sizeof(struct msg_##message),                                                     \
        .fields = message##_fields,                                                                \
        .fields_count = COUNT_OF(message##_fields),                                                \
        .flat_fields = flat,                                                                       \
        .tail_len_offset = RECORD_NO_TAIL,                                                         \
    }
#define TAILED(message, number, flat)                                                              \
    const struct record_type msg_##message##_type = {                                              \
        .name = #message,                                                                          \
        .id = number,                                                                              \
        .bytes = offsetof(struct msg_##message, tail),                                             \
        .fields = message##_fields,                                                                \
        .fields_count = COUNT_OF(message##_fields),                                                \
        .flat_fields = flat,                                                                       \
        .tail_len_offset = offsetof(struct msg_##message, tail_len),                               \
    }

TAILED(register, MSG_REGISTER_ID, 7);
FLAT(registered, MSG_REGISTERED_ID, COUNT_OF(registered_fields));
FLAT(heartbeat, MSG_HEARTBEAT_ID, COUNT_OF(heartbeat_fields));
FLAT(launch, MSG_LAUNCH_ID, COUNT_OF(launch_fields));
FLAT(kill, MSG_KILL_ID, COUNT_OF(kill_fields));
FLAT(spec_get, MSG_SPEC_GET_ID, COUNT_OF(spec_get_fields));
TAILED(spec, MSG_SPEC_ID, COUNT_OF(spec_fields));
FLAT(status, MSG_STATUS_ID, COUNT_OF(status_fields) - 1);
FLAT(status_ack, MSG_STATUS_ACK_ID, COUNT_OF(status_ack_fields));
TAILED(edge_state, MSG_EDGE_STATE_ID, 1);
TAILED(edge_stats, MSG_EDGE_STATS_ID, 1);
TAILED(routes, MSG_ROUTES_ID, COUNT_OF(routes_fields));
TAILED(api_request, MSG_API_REQUEST_ID, 4);
FLAT(api_answer, MSG_API_ANSWER_ID, 4);
FLAT(volume_remove, MSG_VOLUME_REMOVE_ID, COUNT_OF(volume_remove_fields));
TAILED(volumes, MSG_VOLUMES_ID, COUNT_OF(volumes_fields));

static const struct record_type *const types[] = {
    &msg_register_type, &msg_registered_type, &msg_heartbeat_type,  &msg_launch_type,
    &msg_kill_type,     &msg_spec_get_type,   &msg_spec_type,       &msg_status_type,
    &msg_status_ack_type, &msg_edge_state_type, &msg_routes_type,   &msg_api_request_type,
    &msg_api_answer_type, &msg_edge_stats_type,
    &msg_volume_remove_type, &msg_volumes_type,
};

struct msg_launch
msg_launch_of(uint64_t term, const struct task_record *task, uint64_t run)
{
    struct msg_launch launch = { .term = term,
                                 .volume = task->reservation,
                                 .run = run,
                                 .task = task->id,
                                 .version = task->version,
                                 .wants_ready = task->wants_ready,
                                 .ports_count = task->ports_count,
                                 .gpu_mask = task->gpu_mask };
    memcpy(launch.ports, task->ports, sizeof launch.ports);
    return launch;
}

const struct record_type *
message_type_find(uint32_t id)
{
    for (uint32_t i = 0; i < COUNT_OF(types); i++) {
        if (types[i]->id == id) {
            return types[i];
        }
    }
    return NULL;
}
