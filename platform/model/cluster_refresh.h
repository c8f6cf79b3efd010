/*
 * platform/model/cluster_refresh.h - refreshes of node groups in the master's memory: one a group,
 * its last.
 */
#ifndef PLATFORM_MODEL_CLUSTER_REFRESH_H
#define PLATFORM_MODEL_CLUSTER_REFRESH_H

#include "platform/model/cluster.h"

struct cluster_refresh {
    struct refresh_record     *record; /* owned by the arena, as is spec */
    struct arena               arena;
    const struct refresh_spec *spec;
    char                      *waits_for; /* owned: the last sentence journaled; NULL: none */
    struct cluster            *cluster;
};

struct cluster_refresh *cluster_refresh_find(struct cluster *cluster, const char *group);
/* The canonical JSON becomes the group's refresh, in place of an older one that is over. */
struct cluster_refresh *cluster_refresh_begin(struct cluster *cluster, const char *json,
                                              size_t json_len, uint64_t request);
/* From the store; false when it cannot be read. */
bool cluster_refresh_load(struct cluster *cluster, const struct refresh_record *record);
void cluster_refresh_changed(struct cluster_refresh *refresh); /* its record is written */
/* Journaled, and stored. */
void cluster_refresh_state(struct cluster_refresh *refresh, enum refresh_state state,
                           const char *text);
/* What it waits for, said once for each new answer. */
void cluster_refresh_wait(struct cluster_refresh *refresh, const char *text);
void cluster_refresh_fini(struct cluster *cluster);

#endif
