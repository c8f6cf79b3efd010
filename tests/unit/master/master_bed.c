/* tests/unit/master/master_bed.c - one master on a fake store; the test is everybody else. */
#include "tests/unit/master/master_bed.h"

#include <stdio.h>
#include <string.h>

#include "platform/base/memory.h"

#define BED_STEP_NS MS(1)

static void
bed_net_send(struct env_net *net, env_address to, const struct record_type *type,
             const void *record)
{
    struct master_bed *bed = container_of(net, struct master_bed, net);
    struct bed_sent *sent = vec_push(&bed->sent);
    *sent = (struct bed_sent){ .to = to, .type = type, .record = record_clone(type, record) };
}

static void
bed_net_listen(struct env_net *net, struct env_receiver *receiver)
{
    container_of(net, struct master_bed, net)->receiver = receiver;
}

static const struct env_net_ops bed_net_ops = { .name = "bed",
                                                .send = bed_net_send,
                                                .listen = bed_net_listen };

void
bed_open(struct master_bed *bed, uint64_t seed, const struct fake_store_options *options)
{
    *bed = (struct master_bed){ .config = MASTER_CONFIG_DEFAULTS };
    bed->world = test_world_open(seed);
    bed->store = fake_store_open(bed->world,
                                 options != NULL ? options : &(struct fake_store_options){ 0 });
    vec_init(&bed->sent, sizeof(struct bed_sent));
    bed_start(bed);
    bed_play(bed, SEC(1));
}

void
bed_close(struct master_bed *bed)
{
    bed_crash(bed);
    for (uint32_t i = 0; i < bed->sent.count; i++) {
        memory_free(((struct bed_sent *)vec_at(&bed->sent, i))->record);
    }
    vec_fini(&bed->sent);
    fake_store_close(bed->store);
    test_world_close(bed->world);
}

void
bed_start(struct master_bed *bed)
{
    const env_address address = env_address_of(ENV_PROCESS_MASTER, 0);
    bed->slot = test_world_process(bed->world, address, 0);
    fake_clock_init(&bed->clock, bed->world, bed->slot);
    fake_random_init(&bed->random, bed->world, bed->slot, bed->starts_count++);
    fake_journal_init(&bed->journal, bed->world, bed->slot);
    fake_store_port_init(&bed->store_port, bed->store, bed->slot);
    bed->net = (struct env_net){ .ops = &bed_net_ops, .self = address };
    bed->env = (struct env){ .clock = &bed->clock.port,
                             .random = &bed->random.port,
                             .net = &bed->net,
                             .store = &bed->store_port.port,
                             .journal = &bed->journal.port,
                             .memory_poison = 0xA5 };
    bed->master = master_process.open(&bed->env, &bed->config);
}

void
bed_crash(struct master_bed *bed)
{
    if (bed->master != NULL) {
        test_world_process_die(bed->world, bed->slot);
        fake_store_crash(bed->store);
        master_process.close(bed->master);
        bed->master = NULL;
        bed->receiver = NULL;
    }
}

void
bed_send(struct master_bed *bed, env_address from, const struct record_type *type,
         const void *record)
{
    if (bed->receiver != NULL) {
        bed->receiver->receive(bed->receiver, from, type, record);
    }
}

void
bed_register(struct master_bed *bed, uint32_t node, uint64_t incarnation, const uint64_t *tasks,
             uint32_t tasks_count)
{
    struct msg_register *message =
        memory_alloc_zero(1, sizeof *message + tasks_count * sizeof(uint64_t));
    *message = (struct msg_register){ .incarnation = incarnation,
                                      .node = node,
                                      .ipv4 = test_world_ipv4(node),
                                      .cpu_milli = 4000,
                                      .mem_bytes = MIB(8192),
                                      .disk_bytes = MIB(8192),
                                      .role = "*",
                                      .port_first = { 31000 },
                                      .port_last = { 32000 },
                                      .port_ranges_count = 1,
                                      .tail_len = tasks_count * (uint32_t)sizeof(uint64_t) };
    (void)snprintf(message->hostname, sizeof message->hostname, "node-%u", node);
    for (uint32_t i = 0; i < tasks_count; i++) {
        message->tail[i] = tasks[i];
    }
    bed->incarnations[node] = incarnation;
    bed_send(bed, env_address_of(ENV_PROCESS_AGENT, node), &msg_register_type, message);
    memory_free(message);
}

void
bed_status(struct master_bed *bed, uint32_t node, uint64_t task, enum task_state state)
{
    const struct msg_status message = { .task = task,
                                        .node = node,
                                        .sequence = ++bed->sequence,
                                        .ipv4 = test_world_ipv4(node),
                                        .state = (uint8_t)state,
                                        .cause = "the test says so" };
    bed_send(bed, env_address_of(ENV_PROCESS_AGENT, node), &msg_status_type, &message);
}

void
bed_edge(struct master_bed *bed, uint32_t node, uint64_t generation)
{
    struct msg_edge_state *message = memory_alloc_zero(1, sizeof *message + sizeof(uint64_t));
    *message = (struct msg_edge_state){ .node = node,
                                        .incarnation = 1,
                                        .generation = generation,
                                        .tail_len = bed->busy_task > 0 ? sizeof(uint64_t) : 0 };
    message->tail[0] = bed->busy_task;
    if (node < BED_NODES_MAX) {
        bed->has_edge[node] = true;
        bed->generations[node] = generation;
    }
    bed_send(bed, env_address_of(ENV_PROCESS_EDGE, node & 0xFFFFFF), &msg_edge_state_type, message);
    memory_free(message);
}

static void
bed_obey(struct master_bed *bed, const struct bed_sent *sent)
{
    const uint32_t node = env_address_index(sent->to);
    if (node >= BED_NODES_MAX || bed->mute[node]) {
        return;
    }
    if (sent->type == &msg_launch_type) {
        const struct msg_launch *launch = sent->record;
        bed_status(bed, node, launch->task, TASK_RUNNING);
    } else if (sent->type == &msg_kill_type) {
        const struct msg_kill *kill = sent->record;
        bed_status(bed, node, kill->task, TASK_KILLED);
    } else if (sent->type == &msg_routes_type) {
        const struct msg_routes *routes = sent->record;
        bed_edge(bed, node, routes->generation);
    }
}

static void
bed_beat(struct master_bed *bed)
{
    for (uint32_t node = 0; node < BED_NODES_MAX; node++) {
        const struct msg_heartbeat beat = { .incarnation = bed->incarnations[node], .node = node };
        if (beat.incarnation != 0 && !bed->mute[node]) {
            bed_send(bed, env_address_of(ENV_PROCESS_AGENT, node), &msg_heartbeat_type, &beat);
        }
        if (bed->has_edge[node] && !bed->mute[node]) {
            bed_edge(bed, node, bed->generations[node]);
        }
    }
}

void
bed_play(struct master_bed *bed, int64_t for_ns)
{
    const int64_t end_ns = world_now(bed->world) + for_ns;
    while (world_now(bed->world) < end_ns) {
        test_world_run_until(bed->world, world_now(bed->world) + BED_STEP_NS);
        for (; bed->obeyed_count < bed->sent.count; bed->obeyed_count++) {
            const struct bed_sent sent =
                *(const struct bed_sent *)vec_at(&bed->sent, bed->obeyed_count);
            bed_obey(bed, &sent);
        }
        if (world_now(bed->world) % SEC(1) == 0) {
            bed_beat(bed);
        }
    }
}

static void
bed_request(struct master_bed *bed, struct msg_api_request *request, const char *app,
            const char *json)
{
    const env_address client = env_address_of(ENV_PROCESS_CLIENT, 0);
    const size_t len = strlen(json);
    struct msg_api_request *copy = memory_alloc_zero(1, sizeof *copy + len);
    *copy = *request;
    copy->tail_len = (uint32_t)len;
    (void)snprintf(copy->app, sizeof copy->app, "%s", app);
    memcpy(copy->tail, json, len);
    bed_send(bed, client, &msg_api_request_type, copy);
    memory_free(copy);
}

void
bed_put(struct master_bed *bed, uint64_t request, const char *json, bool force)
{
    bed_request(bed,
                &(struct msg_api_request){
                    .request = request, .call = API_PUT_APP, .force = force ? 1 : 0 },
                "", json);
}

void
bed_call(struct master_bed *bed, uint64_t request, enum api_call call, const char *app,
         uint32_t instances)
{
    bed_request(bed,
                &(struct msg_api_request){
                    .request = request, .call = (uint8_t)call, .instances = instances },
                app, "");
}

uint32_t
bed_count(const struct master_bed *bed, const struct record_type *type)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < bed->sent.count; i++) {
        count += ((const struct bed_sent *)vec_at(&bed->sent, i))->type == type ? 1 : 0;
    }
    return count;
}

const void *
bed_newest(const struct master_bed *bed, const struct record_type *type)
{
    for (uint32_t i = bed->sent.count; i > 0; i--) {
        const struct bed_sent *sent = vec_at(&bed->sent, i - 1);
        if (sent->type == type) {
            return sent->record;
        }
    }
    return NULL;
}

const struct msg_api_answer *
bed_answer(const struct master_bed *bed, uint64_t request)
{
    for (uint32_t i = bed->sent.count; i > 0; i--) {
        const struct bed_sent *sent = vec_at(&bed->sent, i - 1);
        const struct msg_api_answer *answer = sent->record;
        if (sent->type == &msg_api_answer_type && answer->request == request) {
            return answer;
        }
    }
    return NULL;
}

uint32_t
bed_lines(const struct master_bed *bed, enum env_event_kind kind, const char *app,
          const char *text)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < bed->world->lines.count; i++) {
        const struct test_line *line = vec_at(&bed->world->lines, i);
        count += line->event.kind == kind && (app[0] == '\0' || strcmp(line->app, app) == 0) &&
                         strncmp(line->text, text, strlen(text)) == 0
                     ? 1
                     : 0;
    }
    return count;
}
