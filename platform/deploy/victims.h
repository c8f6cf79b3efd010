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

enum victims {
    VICTIMS_OLD = 1, /* not of the wanted version */
    VICTIMS_NEW = 2,
    VICTIMS_ALL = VICTIMS_OLD | VICTIMS_NEW
};

/* The next one of these, or NULL. */
struct cluster_task *victims_next(const struct cluster_app *app, enum victims of);

#endif
