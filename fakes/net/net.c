/* fakes/net/net.c - the net port of a simulated process. */
#include "fakes/net/net.h"

#include <string.h>

#include "platform/base/memory.h"

enum { FAKE_PACKET_BYTES = 160, FAKE_PACKETS_SPARE_MAX = 4096 };

/* One copy on its way. */
struct fake_packet {
    struct fake_network      *network; /* borrowed */
    struct fake_packet       *next, *previous; /* all that are on their way */
    env_address               from;
    env_address               to;
    uint32_t                  from_node;
    const struct record_type *type;
    struct strbuf             bytes; /* owned, when encoded */
    bool                      encoded;
    bool                      small; /* there is room for FAKE_PACKET_BYTES */
    _Alignas(16) uint8_t      record[]; /* a copy, unless encoded */
};

/* Most messages are small: their packets are used again. */
static struct fake_packet *
fake_packet_take(struct fake_network *network, size_t bytes)
{
    struct fake_packet *packet = network->spare;
    if (bytes > FAKE_PACKET_BYTES) {
        return memory_alloc(sizeof *packet + bytes);
    }
    if (packet == NULL) {
        return memory_alloc(sizeof *packet + FAKE_PACKET_BYTES);
    }
    network->spare = packet->next;
    network->spare_count--;
    return packet;
}

static void
fake_packet_give(struct fake_network *network, struct fake_packet *packet)
{
    if (!packet->small || network->spare_count == FAKE_PACKETS_SPARE_MAX) {
        memory_free(packet);
        return;
    }
    packet->next = network->spare;
    network->spare = packet;
    network->spare_count++;
}

static void
fake_packet_free(struct fake_packet *packet)
{
    if (packet->previous != NULL) {
        packet->previous->next = packet->next;
    } else {
        packet->network->packets = packet->next;
    }
    if (packet->next != NULL) {
        packet->next->previous = packet->previous;
    }
    strbuf_fini(&packet->bytes);
    fake_packet_give(packet->network, packet);
}

void
fake_network_init(struct fake_network *network, struct world *world,
                  const struct fake_net_options *options)
{
    *network = (struct fake_network){ .options = *options };
    if (network->options.latency_ns == 0) {
        network->options.latency_ns = FAKE_NET_LATENCY_NS;
    }
    if (network->options.jitter_ns == 0) {
        network->options.jitter_ns = FAKE_NET_JITTER_NS;
    }
    world_stream(world, 0, "net", &network->rng);
    arena_init(&network->scratch, world_poison(world));
}

void
fake_network_fini(struct fake_network *network)
{
    while (network->packets != NULL) {
        fake_packet_free(network->packets);
    }
    while (network->spare != NULL) {
        struct fake_packet *next = network->spare->next;
        memory_free(network->spare);
        network->spare = next;
    }
    arena_fini(&network->scratch);
}

static void
fake_packet_arrive(struct world *world, void *context, uint64_t argument)
{
    (void)argument;
    struct fake_packet *packet = context;
    struct world_process *process = world_process_find(world, packet->to);
    void *record = packet->record;
    if (process == NULL || !world_process_alive(process) ||
        !world_reaches(world, packet->from_node, world_process_node(process))) {
        fake_packet_free(packet);
        return;
    }
    struct fake_net *net = world_process_net(process);
    if (net->receiver == NULL) {
        fake_packet_free(packet);
        return;
    }
    if (packet->encoded) {
        const enum status status = record_decode(packet->type, packet->bytes.text,
                                                 packet->bytes.len, &packet->network->scratch,
                                                 &record);
        ASSERT(status == ST_OK); /* we encoded it ourselves */
    }
    net->receiver->receive(net->receiver, packet->from, packet->type, record);
    arena_reset(&packet->network->scratch);
    fake_packet_free(packet);
}

static void
fake_net_post(struct fake_net *net, env_address to, const struct record_type *type,
              const void *record)
{
    struct fake_network *network = net->network;
    const bool encoded = world_wire_encoded(net->world);
    const size_t bytes = encoded ? 0 : record_size(type, record);
    struct fake_packet *packet = fake_packet_take(network, bytes);
    *packet = (struct fake_packet){ .network = network,
                                    .next = network->packets,
                                    .from = net->port.self,
                                    .to = to,
                                    .from_node = world_process_node(net->process),
                                    .type = type,
                                    .encoded = encoded,
                                    .small = bytes <= FAKE_PACKET_BYTES };
    if (packet->next != NULL) {
        packet->next->previous = packet;
    }
    network->packets = packet;
    if (encoded) {
        record_encode(type, record, &packet->bytes);
        strbuf_add(&packet->bytes, ""); /* an empty record has a text too */
    } else {
        memcpy(packet->record, record, bytes);
    }
    const int64_t delay_ns =
        network->options.latency_ns + rng_between(&network->rng, 0, network->options.jitter_ns);
    (void)world_at(net->world, world_now(net->world) + delay_ns, WORLD_CLASS_ANSWER, NULL,
                   fake_packet_arrive, packet, 0);
}

static void
fake_net_send(struct env_net *port, env_address to, const struct record_type *type,
              const void *record)
{
    struct fake_net *net = container_of(port, struct fake_net, port);
    struct fake_network *network = net->network;
    world_trace_call(net->world, net->process, type->name, to, record_hash(type, record, 0));
    struct world_process *process = world_process_find(net->world, to);
    if (process == NULL || !world_reaches(net->world, world_process_node(net->process),
                                          world_process_node(process))) {
        return;
    }
    if (rng_chance(&network->rng, network->options.loss_ppm)) {
        return;
    }
    fake_net_post(net, to, type, record);
    if (rng_chance(&network->rng, network->options.duplicates_ppm)) {
        fake_net_post(net, to, type, record);
    }
}

static void
fake_net_listen(struct env_net *port, struct env_receiver *receiver)
{
    container_of(port, struct fake_net, port)->receiver = receiver;
}

static const struct env_net_ops fake_net_ops = { .name = "fake",
                                                 .send = fake_net_send,
                                                 .listen = fake_net_listen };

void
fake_net_init(struct fake_net *net, struct fake_network *network, struct world *world,
              struct world_process *process)
{
    *net = (struct fake_net){ .port = { .ops = &fake_net_ops,
                                        .self = world_process_address(process) },
                              .network = network,
                              .world = world,
                              .process = process };
}
