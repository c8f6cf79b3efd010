/*
 * platform/balancer/route_groups.h - deployment groups: two apps that are one service to clients,
 * while instances of the newer take over from those of the older.
 *
 * Source: marathon-lb 1.15, the merging of apps with one HAPROXY_DEPLOYMENT_GROUP; zdd drives it
 *         from outside by scaling the two apps.
 */
#ifndef PLATFORM_BALANCER_ROUTE_GROUPS_H
#define PLATFORM_BALANCER_ROUTE_GROUPS_H

#include "platform/balancer/route_labels.h"

/* An app of a group, as far as its role depends on it. */
struct route_member {
    const struct label_group *group;
    int64_t                   scaled_at_ns; /* when it last got another number of instances */
};

/* Whether the second of two apps, in the order they were made, is the older one to clients. */
bool route_groups_second_is_older(const struct route_member *first,
                                  const struct route_member *second);

/* How many instances the group shall have. */
uint32_t route_groups_target(const struct label_group *newer, uint32_t newer_instances);

/* How many instances of the older app get no new requests: the first ones by task id. */
uint32_t route_groups_drained(uint32_t older_tasks, uint32_t newer_healthy,
                              uint32_t older_instances, uint32_t target);

#endif
