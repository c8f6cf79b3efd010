/* fakes/net/net.c - the net port of a simulated process. */
#include "fakes/net/net.h"

#include <string.h>

#include "platform/base/fetch.h"
#include "platform/base/memory.h"

enum { FAKE_PACKET_LINE = 64, FAKE_PACKETS_BATCH = 16 };

/* What is kept: of a heartbeat's size as many as those of a large cluster that has booted as one
 * need; of the size of most others what is on its way when no rush is on. */
static const struct fake_packet_size {
    uint32_t record_bytes;
    uint32_t count_max; /* a multiple of the batch */
} fake_packet_sizes[FAKE_PACKET_SIZES] = { { 16, 16384 }, { 160 - 16, 1024 } };

/* One copy on its way. Before its record it fits in a line. */
struct fake_packet {
    struct fake_network *network;  /* borrowed */
    struct fake_packet  *next;     /* of the listed ones on their way, or of the spare ones */
    struct fake_packet  *previous; /* of the listed ones */
    const struct record_type *type;
    env_address          from;
    env_address          to;
    uint32_t             from_node;
    bool                 encoded;
    uint8_t              size; /* of those that are kept; FAKE_PACKET_SIZES: memory of its own */
    /* a copy; encoded: a struct strbuf that owns the bytes */
    _Alignas(16) uint8_t record[];
};
_Static_assert(sizeof(struct fake_packet) + 16 == FAKE_PACKET_LINE, "with a heartbeat: one line");

static struct strbuf *
fake_packet_text(struct fake_packet *packet)
{
    ASSERT(packet->encoded);
    return (struct strbuf *)(void *)packet->record;
}

/* Owns more than its place in the arena, and is found at the end of the world. */
static bool
fake_packet_is_listed(const struct fake_packet *packet)
{
    return packet->encoded || packet->size == FAKE_PACKET_SIZES;
}

static size_t
fake_packet_bytes(uint32_t size)
{
    return sizeof(struct fake_packet) + fake_packet_sizes[size].record_bytes;
}

/* Some more spare ones, each from the beginning of a line on. */
static void
fake_packets_add(struct fake_network *network, uint32_t size)
{
    const size_t bytes = fake_packet_bytes(size);
    uint8_t *at = arena_alloc(&network->arena, FAKE_PACKETS_BATCH * bytes + FAKE_PACKET_LINE);
    at += FAKE_PACKET_LINE - (uintptr_t)at % FAKE_PACKET_LINE;
    for (uint32_t i = FAKE_PACKETS_BATCH; i > 0; i--) {
        struct fake_packet *packet = (struct fake_packet *)(void *)(at + (i - 1) * bytes);
        packet->next = network->spare[size];
        network->spare[size] = packet;
    }
    network->packets_count[size] += FAKE_PACKETS_BATCH;
}

static struct fake_packet *
fake_packet_take(struct fake_network *network, size_t bytes, uint32_t *ret_size)
{
    for (uint32_t size = 0; size < FAKE_PACKET_SIZES; size++) {
        if (bytes > fake_packet_sizes[size].record_bytes) {
            continue;
        }
        if (network->spare[size] == NULL &&
            network->packets_count[size] < fake_packet_sizes[size].count_max) {
            fake_packets_add(network, size);
        }
        struct fake_packet *packet = network->spare[size];
        if (packet != NULL) {
            network->spare[size] = packet->next;
            fetch_line(packet->next); /* the next message is often of a crowd of heartbeats */
            *ret_size = size;
            return packet;
        }
    }
    *ret_size = FAKE_PACKET_SIZES;
    return memory_alloc(sizeof(struct fake_packet) + bytes);
}

static void
fake_packet_give(struct fake_packet *packet)
{
    if (packet->size < FAKE_PACKET_SIZES) {
        packet->next = packet->network->spare[packet->size];
        packet->network->spare[packet->size] = packet;
    } else {
        memory_free(packet);
    }
}

static void
fake_packet_list(struct fake_packet *packet)
{
    struct fake_network *network = packet->network;
    packet->next = network->packets;
    if (packet->next != NULL) {
        packet->next->previous = packet;
    }
    network->packets = packet;
}

static void
fake_packet_unlist(struct fake_packet *packet)
{
    if (packet->previous != NULL) {
        packet->previous->next = packet->next;
    } else {
        packet->network->packets = packet->next;
    }
    if (packet->next != NULL) {
        packet->next->previous = packet->previous;
    }
}

static void
fake_packet_free(struct fake_packet *packet)
{
    if (fake_packet_is_listed(packet)) {
        fake_packet_unlist(packet);
    }
    if (packet->encoded) {
        strbuf_fini(fake_packet_text(packet));
    }
    fake_packet_give(packet);
}

void
fake_network_init(struct fake_network *network, struct world *world,
                  const struct fake_net_options *options)
{
    *network = (struct fake_network){ .world = world, .options = *options };
    if (network->options.latency_ns == 0) {
        network->options.latency_ns = FAKE_NET_LATENCY_NS;
    }
    if (network->options.jitter_ns == 0) {
        network->options.jitter_ns = FAKE_NET_JITTER_NS;
    }
    world_stream(world, 0, "net", &network->rng);
    arena_init(&network->arena, world_poison(world));
    arena_init(&network->scratch, world_poison(world));
}

void
fake_network_fini(struct fake_network *network)
{
    while (network->packets != NULL) {
        fake_packet_free(network->packets);
    }
    arena_fini(&network->arena);
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
        const struct strbuf *text = fake_packet_text(packet);
        const enum status status = record_decode(packet->type, text->text, text->len,
                                                 &packet->network->scratch, &record);
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
    struct world *world = network->world;
    const bool encoded = world_wire_encoded(world);
    const size_t bytes = encoded ? sizeof(struct strbuf) : record_size(type, record);
    uint32_t size = 0;
    struct fake_packet *packet = fake_packet_take(network, bytes, &size);
    *packet = (struct fake_packet){ .network = network,
                                    .from = net->port.self,
                                    .to = to,
                                    .from_node = world_process_node(net->process),
                                    .type = type,
                                    .encoded = encoded,
                                    .size = (uint8_t)size };
    if (fake_packet_is_listed(packet)) {
        fake_packet_list(packet);
    }
    if (encoded) {
        struct strbuf *text = fake_packet_text(packet);
        *text = (struct strbuf){ 0 };
        record_encode(type, record, text);
        strbuf_add(text, ""); /* an empty record has a text too */
    } else {
        memcpy(packet->record, record, bytes);
    }
    const int64_t delay_ns =
        network->options.latency_ns + rng_between(&network->rng, 0, network->options.jitter_ns);
    (void)world_at(world, world_now(world) + delay_ns, WORLD_CLASS_ANSWER, NULL,
                   fake_packet_arrive, packet, 0);
}

static void
fake_net_send(struct env_net *port, env_address to, const struct record_type *type,
              const void *record)
{
    struct fake_net *net = container_of(port, struct fake_net, port);
    struct fake_network *network = net->network;
    struct world *world = network->world;
    world_trace_call(world, net->process, type->name, to, record_hash(type, record, 0));
    struct world_process *process = world_process_find(world, to);
    if (process == NULL || !world_reaches(world, world_process_node(net->process),
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
fake_net_init(struct fake_net *net, struct fake_network *network, struct world_process *process)
{
    *net = (struct fake_net){ .port = { .ops = &fake_net_ops,
                                        .self = world_process_address(process) },
                              .network = network,
                              .process = process };
}
