/*
 * fakes/net/net.h - the net port of a simulated process: messages with latency, loss, duplication.
 *
 * A message is looked at when it is sent and when it arrives: both ends must be up and reach each
 * other at both instants. Order between two processes is kept unless jitter lets one overtake.
 */
#ifndef FAKES_NET_NET_H
#define FAKES_NET_NET_H

#include "fakes/world.h"

/* All zero: no loss, no duplicates, the default latency. */
struct fake_net_options {
    int64_t  latency_ns;     /* one way; 0: FAKE_NET_LATENCY_NS */
    int64_t  jitter_ns;      /* up to so much more; 0: FAKE_NET_JITTER_NS */
    uint32_t loss_ppm;       /* messages that never arrive */
    uint32_t duplicates_ppm; /* messages that arrive twice */
};

/* A guess: within one region, some 0.3 to 0.7 ms between zones. */
#define FAKE_NET_LATENCY_NS US(300)
#define FAKE_NET_JITTER_NS  US(400)

enum { FAKE_PACKET_SIZES = 2 }; /* that are kept for the next messages; larger ones are not */

/* What all processes of a world share. */
struct fake_network {
    struct world           *world; /* borrowed */
    struct fake_net_options options;
    struct rng              rng;
    struct arena            scratch; /* decoded messages, during one delivery */
    struct arena            arena;   /* packets that are used again */
    struct fake_packet     *packets; /* private: on their way, and own memory of their own */
    /* private, one a size: those that have arrived, for the next ones; and how many there are */
    struct fake_packet     *spare[FAKE_PACKET_SIZES];
    uint32_t                packets_count[FAKE_PACKET_SIZES];
};

void fake_network_init(struct fake_network *network, struct world *world,
                       const struct fake_net_options *options);
void fake_network_fini(struct fake_network *network);

struct fake_net {
    struct env_net        port;
    struct fake_network  *network; /* borrowed */
    struct world_process *process; /* borrowed */
    struct env_receiver  *receiver; /* borrowed; NULL: nobody listens */
};

void fake_net_init(struct fake_net *net, struct fake_network *network,
                   struct world_process *process);

/* Gives the port of a process' net, so that a delivery finds its receiver; implemented by sim/. */
struct fake_net *world_process_net(struct world_process *process);

#endif
