/*
 * platform/scheduler/quota.h - what a role may have and must get: limits and guarantees. Pure.
 *
 * Limit:     a task that would take its role above it waits, whatever is free.
 * Guarantee: a role that has less goes before those that have what they are guaranteed, and what it
 *            lacks stays free: others take only what is left beside it, of each resource. It is
 *            kept free in the cluster as a whole and not machine by machine.
 * Source:    Mesos' quota: the two stages of its allocator, and its headroom.
 */
#ifndef PLATFORM_SCHEDULER_QUOTA_H
#define PLATFORM_SCHEDULER_QUOTA_H

#include "platform/model/amounts.h"

/* Its entry among the configured ones, or NULL: weight one, and no quota. */
const struct scheduler_role *quota_find(const struct scheduler_role *roles, uint32_t roles_count,
                                        const char *name);

/* What it lacks of its guarantee. role may be NULL: nothing. */
struct amounts quota_unmet(const struct scheduler_role *role, const struct amounts *allocated);

/* Whether it lacks anything. */
bool quota_is_below(const struct scheduler_role *role, const struct amounts *allocated);

/* The first resource that it would have more of than its limit; -1: none. */
int32_t quota_limit(const struct scheduler_role *role, const struct amounts *allocated,
                    const struct amounts *wanted);

/*
 * The first resource that others are guaranteed and would find too little of; -1: none. unmet is
 * what all roles lack together, own what this one does.
 */
int32_t quota_headroom(const struct amounts *free, const struct amounts *unmet,
                       const struct amounts *own, const struct amounts *wanted);

/* "role dev is at its limit of 4 cpus" */
void quota_print_limit(const struct scheduler_role *role, const struct amounts *allocated,
                       int32_t kind, char *text, size_t bytes);
/* "2 cpus of what is free are kept for the guarantees of other roles" */
void quota_print_headroom(const struct amounts *unmet, const struct amounts *own, int32_t kind,
                          char *text, size_t bytes);

#endif
