/*
 * platform/model/backoff.h - the delay before an app is launched again after failures.
 *
 * Source: Marathon 1.11 RateLimiter: backoffSeconds after the first failure, each further one times
 *         backoffFactor, at most maxLaunchDelaySeconds; measured from the failure; forgotten once
 *         more than maxLaunchDelaySeconds have passed since the last failure or start (there a
 *         sweep every 10 s does it, here the next failure finds it so); reset by a new
 *         configuration, by a restart, and by the drain of a node that has one of its instances:
 *         there when the agent kills it, here already when the drain begins, since it is killed
 *         only after another one runs elsewhere.
 *         There a start also begins the delay anew for the app's other instances; here it does not.
 */
#ifndef PLATFORM_MODEL_BACKOFF_H
#define PLATFORM_MODEL_BACKOFF_H

#include "platform/model/cluster.h"

/* The delay after so many failures in a row (>= 1). */
int64_t backoff_delay_ns(const struct app_spec *spec, uint32_t failures);

/* An instance ended by itself: the next launch waits. Journaled, and written with the app. */
void backoff_failed(struct cluster_app *app);

/* One of its instances has come further: what failed before is not forgotten meanwhile, else the
 * longest delay would always end as the shortest. */
void backoff_started(struct cluster_app *app);

/* A new configuration: nothing waits. The caller writes the app. */
void backoff_reset(struct cluster_app *app);

/* A node with one of its instances is drained: what comes in its place must not wait. */
void backoff_drained(struct cluster_app *app);

/* Whether the app must wait now; then its timer wakes it. */
bool backoff_holds(struct cluster_app *app);

#endif
