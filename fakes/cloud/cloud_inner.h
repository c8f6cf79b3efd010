/*
 * fakes/cloud/cloud_inner.h - what the two files of the simulated cloud share; nobody else includes
 * it.
 */
#ifndef FAKES_CLOUD_CLOUD_INNER_H
#define FAKES_CLOUD_CLOUD_INNER_H

#include "fakes/cloud/cloud.h"
#include "platform/base/rng.h"
#include "platform/base/vec.h"

struct cloud_instance {
    uint64_t            id;
    uint32_t            group;
    uint32_t            zone;
    enum instance_state state;
    world_event         boot;
    const char         *image;    /* borrowed */
    int64_t             launched_at_ns;
    uint32_t            ipv4;     /* 0: no node yet */
};

struct fake_cloud {
    struct world             *world; /* borrowed */
    struct fake_cloud_options options;
    struct vec                instances; /* struct cloud_instance, by id - 1 */
    uint32_t                 *desired;   /* by group, owned */
    const char              **images;    /* by group: of instances started now; names borrowed */
    struct rng                rng;
    uint32_t                  calls_count;
};

/* --- cloud.c --- */
struct cloud_instance *cloud_instance_at(const struct fake_cloud *cloud, uint64_t id);
struct instance_info   cloud_info(const struct fake_cloud *cloud,
                                  const struct cloud_instance *instance);
/* What is known of an image, or NULL: one that a group began with, and nothing special. */
const struct fake_cloud_image *cloud_image(const struct fake_cloud *cloud, const char *name);
void cloud_terminate(struct fake_cloud *cloud, struct cloud_instance *instance);
/* Launches what is missing, or ends the youngest that are too many. */
void cloud_reach(struct fake_cloud *cloud, uint32_t group);

#endif
