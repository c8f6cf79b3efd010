/*
 * fakes/containers/calls.h - the calls that one instance makes to other apps while it works on its
 * requests: behavior.stages, one after the other, the calls of a stage together.
 *
 * Way:      a call is a request of its own, through the proxy of the instance's node; without one,
 *           or before that has a generation, it fails.
 * Failing:  whatever is not REQUEST_OK. It is tried again at once, as long as retries, budget and
 *           deadline allow, but not what the rules denied or limited. A call that has failed for
 *           good and is not optional fails its request: when the other calls of its stage have
 *           ended too (as a server that joins its tasks), and without the stages that follow.
 * Deadline: the earlier of now + timeout and that of the request itself, so deadlines travel. Then
 *           nobody waits for the call any more; who was called may work on.
 * Time:     an answer is there when it has come all the way back.
 * Chance:   a stream of its own, so that calls never shift the service times.
 */
#ifndef FAKES_CONTAINERS_CALLS_H
#define FAKES_CONTAINERS_CALLS_H

#include "fakes/service.h"

struct calls; /* opaque */

/* The request's calls are over: now it can be answered. */
typedef void calls_over_fn(void *context, struct world_request *request, bool failed);

/* behavior has stages; it and context stay in place. key names the instance's chance. */
struct calls *calls_open(struct world *world, uint32_t node, uint64_t key,
                         const struct behavior *behavior, calls_over_fn *over, void *context);

/* Nobody waits any more for what is outstanding; over() comes for none. NULL: nothing. */
void calls_close(struct calls *calls);

/* Begins the calls of a request that the instance holds until over() comes, which may be at once
 * when chance wants no call. */
void calls_begin(struct calls *calls, struct world_request *request);

/* Calls that are not over. */
uint32_t calls_count(const struct calls *calls);

#endif
