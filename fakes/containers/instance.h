/*
 * fakes/containers/instance.h - the queueing model of one running container: workers and a queue.
 *
 * Model:   behavior.concurrency workers, one FIFO of at most behavior.queue_max, service times
 *          drawn from behavior.service_time, errors with behavior.errors_ppm. More are answered
 *          with an error at once, as a server that answers 503.
 * Calls:   a worker that has done its own part is held while the calls of its request are out, as a
 *          thread is. A request that fails by itself makes none.
 * Slow:    service times may be multiplied for a while; those that have begun stay as they are.
 * Late:    with behavior.heeds_deadlines a request that has waited beyond its deadline is answered
 *          with an error when its turn comes, and costs the worker nothing.
 * Calling: the engine embeds one in each container. When the container's process has started (after
 *          behavior.start) instance_init and instance_listen; when it has ended, for whatever
 *          reason, instance_end, which resets what is queued and worked on; whom it has called
 *          works on for nobody. SIGTERM alone changes nothing. Between init and end the instance
 *          stays where it is in memory. When the whole world goes, instance_forget is enough.
 * Chance:  the stream "service" of the node, made the container's own by its token.
 */
#ifndef FAKES_CONTAINERS_INSTANCE_H
#define FAKES_CONTAINERS_INSTANCE_H

#include "fakes/containers/calls.h"
#include "fakes/service.h"

struct instance_address {
    uint32_t ipv4; /* host byte order */
    uint16_t port;
};

struct instance {
    struct world_service service; /* token, node; the engine may set watched at any time */

    /* private */
    const struct behavior         *behavior;    /* borrowed */
    struct rng                     rng;
    double                         slow_factor; /* of service times; 0: none */
    uint32_t                       probes_count;
    uint32_t                       addresses_count;
    const struct instance_address *addresses;   /* borrowed */
    struct world                  *world;       /* borrowed */
    struct calls                  *calls;       /* owned; NULL: it calls nobody */
    uint32_t                       working_first; /* request indices, 0: none */
    uint32_t                       working_count;
    uint32_t                       queue_first;
    uint32_t                       queue_last;
    uint32_t                       queue_count;
};

/* behavior stays in place until instance_end. */
void instance_init(struct instance *instance, struct world *world, uint64_t token, uint32_t node,
                   const struct behavior *behavior);

/* It answers there from now on. Once an init; addresses stay in place until instance_end. */
void instance_listen(struct world *world, struct instance *instance,
                     const struct instance_address *addresses, uint32_t addresses_count);

/* The process is gone: nobody listens, every request it held ends REQUEST_RESET. A zeroed or ended
 * instance is left as it is. */
void instance_end(struct world *world, struct instance *instance);

/* Gives back what it owns, and tells nobody. */
void instance_forget(struct instance *instance);

/* Service times that begin from now on take so many times as long; 1: as the image says. */
void instance_set_slow(struct instance *instance, double factor);

/* Requests it holds, queued ones included. */
static inline uint32_t
instance_open(const struct instance *instance)
{
    return instance->working_count + instance->queue_count;
}

#endif
