/*
 * platform/deploy/victims.h - which instance to stop first.
 *
 * Source: Marathon 1.11 KillSelection: those whose end keeps GROUP_BY even (even.h; not when a
 *         rollout stops old ones), then its condition weights: unreachable, then staging, then
 *         starting, then running; unhealthy before healthy; then by age as the app asks.
 */
#ifndef PLATFORM_DEPLOY_VICTIMS_H
#define PLATFORM_DEPLOY_VICTIMS_H

#include "platform/model/cluster.h"

/* The next one, or NULL. old_only: only instances that are not of the wanted version. */
struct cluster_task *victims_next(const struct cluster_app *app, bool old_only);

#endif
