/*
 * platform/deploy/analysis.h - what a deployment's analyses say of going on.
 *
 * The counts of every analysis live in the deployment's record; who measures adds to them, the
 * rollout asks here. Source of the limits: Argo Rollouts 1.x: failed when failures > failures_max,
 * paused when inconclusive ones > inconclusive_max; a dry run is counted and never asked.
 */
#ifndef PLATFORM_DEPLOY_ANALYSIS_H
#define PLATFORM_DEPLOY_ANALYSIS_H

#include "platform/model/cluster.h"

enum analysis_verdict { ANALYSIS_GOOD, ANALYSIS_FAILED, ANALYSIS_INCONCLUSIVE };

/* With a sentence about the first analysis that does not let it go on. */
enum analysis_verdict analysis_verdict(const struct cluster_app *app, char *why, size_t why_bytes);

/* Whether every analysis that asks for a number of measurements has them. */
bool analysis_lets_on(const struct cluster_app *app);

#endif
