/* tests/unit/agent/agent_bed.c - one agent on a fake container engine, and a scripted master. */
#include "tests/unit/agent/agent_bed.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

#include "platform/base/memory.h"

static struct agent_bed *
agent_bed_of(struct env_net *net)
{
    return container_of(net, struct agent_bed, net);
}

static void
agent_bed_deliver(struct world *world, void *context, uint64_t argument)
{
    (void)world;
    struct agent_bed *bed = context;
    struct agent_bed_message *message = (struct agent_bed_message *)(uintptr_t)argument;
    if (bed->agent != NULL && bed->receiver != NULL) {
        bed->receiver->receive(bed->receiver, env_address_of(ENV_PROCESS_MASTER, 0),
                               message->type, message->record);
    }
    memory_free(message->record);
    memory_free(message);
}

static void
agent_bed_answer(struct agent_bed *bed, const struct record_type *type, const void *record)
{
    struct agent_bed_message *message = memory_alloc(sizeof *message);
    *message = (struct agent_bed_message){ .type = type, .record = record_clone(type, record) };
    (void)world_at(bed->world, world_now(bed->world) + BED_HOP_NS, WORLD_CLASS_ANSWER, NULL,
                   agent_bed_deliver, bed, (uint64_t)(uintptr_t)message);
}

static void
agent_bed_answer_spec(struct agent_bed *bed, uint64_t version)
{
    if (version == 0 || version >= BED_VERSIONS_MAX || bed->apps[version] == NULL) {
        return;
    }
    const char *json = bed->apps[version]->json;
    const size_t len = strlen(json);
    struct msg_spec *spec = memory_alloc_zero(1, sizeof *spec + len);
    spec->term = bed->term;
    spec->version = version;
    spec->tail_len = (uint32_t)len;
    memcpy(spec->tail, json, len);
    agent_bed_answer(bed, &msg_spec_type, spec);
    memory_free(spec);
}

static void
agent_bed_net_send(struct env_net *net, env_address to, const struct record_type *type,
             const void *record)
{
    struct agent_bed *bed = agent_bed_of(net);
    cr_assert_eq(to, env_address_of(ENV_PROCESS_MASTER, 0));
    struct agent_bed_message *sent = vec_push(&bed->sent);
    *sent = (struct agent_bed_message){ .at_ns = world_now(bed->world),
                                  .type = type,
                                  .record = record_clone(type, record) };
    if (type == &msg_register_type && !bed->mute_register) {
        const struct msg_register *message = record;
        const struct msg_registered answer = { .term = bed->term,
                                               .incarnation = message->incarnation,
                                               .known = 1 };
        agent_bed_answer(bed, &msg_registered_type, &answer);
    } else if (type == &msg_spec_get_type && !bed->mute_spec) {
        const struct msg_spec_get *message = record;
        agent_bed_answer_spec(bed, message->version);
    } else if (type == &msg_status_type && !bed->mute_ack) {
        const struct msg_status *message = record;
        const struct msg_status_ack answer = { .term = bed->term,
                                               .task = message->task,
                                               .sequence = message->sequence };
        agent_bed_answer(bed, &msg_status_ack_type, &answer);
    }
}

static void
agent_bed_net_listen(struct env_net *net, struct env_receiver *receiver)
{
    agent_bed_of(net)->receiver = receiver;
}

static const struct env_net_ops bed_net_ops = { .name = "bed",
                                                .send = agent_bed_net_send,
                                                .listen = agent_bed_net_listen };

void
agent_bed_open(struct agent_bed *bed, uint64_t seed, const struct fake_containers_options *options)
{
    *bed = (struct agent_bed){ .term = 1 };
    bed->world = test_world_open(seed);
    bed->engine = fake_engine_open(bed->world, BED_NODE, options);
    vec_init(&bed->sent, sizeof(struct agent_bed_message));
    arena_init(&bed->arena, 0xA5);
    bed->config = (struct agent_config){
        .node = { .index = BED_NODE,
                  .hostname = "private-3",
                  .region = "",
                  .zone = "",
                  .role = "*",
                  .attributes = "",
                  .ipv4 = test_world_ipv4(BED_NODE),
                  .cpu_milli = 4000,
                  .mem_bytes = MIB(8192),
                  .ports = { { .first = 31000, .last = 32000 } },
                  .port_ranges_count = 1 },
        .master = env_address_of(ENV_PROCESS_MASTER, 0),
        .heartbeat_ns = SEC(15),
        .status_resend_ns = SEC(2),
        .status_resend_max_ns = SEC(16),
        .run_id = "bed",
    };
}

void
agent_bed_close(struct agent_bed *bed)
{
    agent_bed_crash(bed);
    agent_bed_run(bed, SEC(60)); /* messages on their way are freed */
    for (uint32_t i = 0; i < bed->sent.count; i++) {
        memory_free(((struct agent_bed_message *)vec_at(&bed->sent, i))->record);
    }
    vec_fini(&bed->sent);
    fake_engine_close(bed->engine);
    arena_fini(&bed->arena);
    test_world_close(bed->world);
}

void
agent_bed_app(struct agent_bed *bed, uint64_t version, const char *text)
{
    json_error_t error;
    json_t *json = json_loads(text, 0, &error);
    cr_assert_not_null(json, "the test's own JSON is broken: %s", error.text);
    struct diag_list diags;
    diag_list_init(&diags, &bed->arena);
    bed->apps[version] = app_read(json, NULL, "", &bed->arena, &diags);
    cr_assert_not_null(bed->apps[version]);
    diag_list_fini(&diags);
    json_decref(json);
}

void
agent_bed_start(struct agent_bed *bed)
{
    const env_address address = env_address_of(ENV_PROCESS_AGENT, BED_NODE);
    cr_assert_null(bed->agent);
    bed->process = test_world_process(bed->world, address, BED_NODE);
    fake_clock_init(&bed->clock, bed->world, bed->process);
    fake_random_init(&bed->random, bed->world, bed->process, bed->starts_count++);
    fake_journal_init(&bed->journal, bed->world, bed->process);
    fake_containers_init(&bed->containers, bed->engine, bed->process);
    fake_probe_init(&bed->probe, bed->world, bed->process);
    fake_probe_set_engine(&bed->probe, bed->engine);
    fake_probe_set_options(&bed->probe, &bed->probe_options);
    bed->net = (struct env_net){ .ops = &bed_net_ops, .self = address };
    bed->receiver = NULL;
    bed->env = (struct env){ .clock = &bed->clock.port,
                             .random = &bed->random.port,
                             .containers = &bed->containers.port,
                             .net = &bed->net,
                             .probe = &bed->probe.port,
                             .journal = &bed->journal.port,
                             .memory_poison = 0xA5 };
    bed->agent = agent_process.open(&bed->env, &bed->config);
}

void
agent_bed_crash(struct agent_bed *bed)
{
    if (bed->agent != NULL) {
        test_world_process_die(bed->world, bed->process);
        agent_process.close(bed->agent);
        bed->agent = NULL;
        bed->receiver = NULL;
    }
}

void
agent_bed_run(struct agent_bed *bed, int64_t for_ns)
{
    test_world_run_until(bed->world, world_now(bed->world) + for_ns);
}

void
agent_bed_send(struct agent_bed *bed, const struct record_type *type, const void *record)
{
    if (bed->agent != NULL && bed->receiver != NULL) {
        bed->receiver->receive(bed->receiver, env_address_of(ENV_PROCESS_MASTER, 0), type, record);
    }
}

void
agent_bed_launch(struct agent_bed *bed, uint64_t task, uint64_t version)
{
    struct msg_launch launch = { .term = bed->term, .task = task, .version = version };
    const struct app_spec *app = bed->apps[version];
    launch.wants_ready = app->readiness != NULL;
    launch.ports_count = (uint8_t)app->ports_count;
    for (uint32_t i = 0; i < app->ports_count; i++) {
        launch.ports[i] = (uint16_t)(31000 + task % 100 * TASK_PORTS_MAX + i);
    }
    agent_bed_send(bed, &msg_launch_type, &launch);
}

void
agent_bed_kill(struct agent_bed *bed, uint64_t task, int64_t grace_ns)
{
    const struct msg_kill kill = { .term = bed->term, .task = task, .grace_ns = grace_ns };
    agent_bed_send(bed, &msg_kill_type, &kill);
}

void
agent_bed_forget_node(struct agent_bed *bed)
{
    int64_t at_ns = 0;
    const uint32_t count = agent_bed_count(bed, &msg_register_type);
    const struct msg_register *last = agent_bed_message(bed, &msg_register_type, count - 1, &at_ns);
    const struct msg_registered message = { .term = bed->term,
                                            .incarnation = last->incarnation,
                                            .known = 0 };
    agent_bed_send(bed, &msg_registered_type, &message);
}

uint32_t
agent_bed_count(const struct agent_bed *bed, const struct record_type *type)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < bed->sent.count; i++) {
        const struct agent_bed_message *sent = vec_at(&bed->sent, i);
        count += sent->type == type ? 1 : 0;
    }
    return count;
}

const void *
agent_bed_message(const struct agent_bed *bed, const struct record_type *type, uint32_t n,
            int64_t *ret_at_ns)
{
    for (uint32_t i = 0; i < bed->sent.count; i++) {
        const struct agent_bed_message *sent = vec_at(&bed->sent, i);
        if (sent->type == type && n-- == 0) {
            *ret_at_ns = sent->at_ns;
            return sent->record;
        }
    }
    return NULL;
}

const struct msg_status *
agent_bed_status(const struct agent_bed *bed, uint64_t task)
{
    const struct msg_status *newest = NULL;
    for (uint32_t i = 0; i < bed->sent.count; i++) {
        const struct agent_bed_message *sent = vec_at(&bed->sent, i);
        const struct msg_status *status = sent->record;
        if (sent->type == &msg_status_type && status->task == task) {
            newest = status;
        }
    }
    return newest;
}

uint32_t
agent_bed_final_count(const struct agent_bed *bed, uint64_t task)
{
    uint32_t count = 0;
    uint32_t sequence = 0;
    for (uint32_t i = 0; i < bed->sent.count; i++) {
        const struct agent_bed_message *sent = vec_at(&bed->sent, i);
        const struct msg_status *status = sent->record;
        if (sent->type == &msg_status_type && status->task == task &&
            task_state_is_final((enum task_state)status->state) && status->sequence != sequence) {
            sequence = status->sequence;
            count++;
        }
    }
    return count;
}

uint32_t
agent_bed_calls(const struct agent_bed *bed, const char *op)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < bed->world->calls.count; i++) {
        const struct test_call *call = vec_at(&bed->world->calls, i);
        count += !call->is_answer && strcmp(call->op, op) == 0 ? 1 : 0;
    }
    return count;
}
