/*
 * fakes/cloud/cloud.h - the cloud port of a simulated process: node groups that boot instances.
 *
 * Model: a group wants `desired` instances and spreads them evenly over the zones, in their order.
 *        A new one is pending for as long as its boot takes, then the world is told. A failed
 *        instance stays in its group until it recovers; nothing replaces it. Of a group that has to
 *        shrink the youngest go. An instance has the machine image that its group had when it was
 *        started; one of a broken image runs, and the world never gets its node.
 */
#ifndef FAKES_CLOUD_CLOUD_H
#define FAKES_CLOUD_CLOUD_H

#include "fakes/cloud/instance_types.h"
#include "fakes/world.h"
#include "platform/env/cloud.h"

struct fake_cloud_image {
    const char *name;
    struct dist boot;
    bool        has_boot; /* else as the group's */
    bool        broken;   /* it runs, and nothing on it ever comes up */
};

struct fake_cloud_group {
    const char                 *name;
    const struct instance_type *type;
    uint32_t                    min;
    uint32_t                    max;
    uint32_t                    desired;
    struct dist                 boot;
    const char                 *image; /* at the start; NULL: FAKE_CLOUD_IMAGE */
};

/* All borrowed; the texts and groups stay in place until fake_cloud_close. */
struct fake_cloud_options {
    const struct fake_cloud_group *groups;
    uint32_t                       groups_count;
    const struct fake_cloud_image *images; /* beside those that groups begin with */
    uint32_t                       images_count;
    const char *const             *zones;
    uint32_t                       zones_count;
    int64_t                        call_ns; /* how long a call takes; 0: FAKE_CLOUD_CALL_NS */
    uint32_t unavailable_nth; /* this call, counted from 1, fails; 0: none */
    uint32_t unanswered_nth;  /* this one is done, and answers that it timed out; 0: none */
    /* an instance has booted; one is no more */
    void (*booted)(void *context, const struct instance_info *info);
    void (*ended)(void *context, const struct instance_info *info);
    void *context;
};

#define FAKE_CLOUD_IMAGE "default" /* of a group that says nothing */

#define FAKE_CLOUD_CALL_NS MS(200) /* a guess: one call of a cloud's control plane */

struct fake_cloud; /* opaque */

/* Launches every group's desired instances; the first of them boot later, never at once. */
struct fake_cloud *fake_cloud_open(struct world *world, const struct fake_cloud_options *options);
void               fake_cloud_close(struct fake_cloud *cloud); /* NULL: nothing */

/* An instance that was there before the world began: it runs, and its group wants one more. The
 * answer is its id; zone is an index into the options' zones. */
uint64_t fake_cloud_adopt(struct fake_cloud *cloud, uint32_t group, uint32_t zone);

/* The world has given the instance's node this address. */
void fake_cloud_address(struct fake_cloud *cloud, uint64_t instance, uint32_t ipv4);

/* The machine under an instance fails, or is well again. The world switches the node itself. */
void fake_cloud_fail(struct fake_cloud *cloud, uint64_t instance);
void fake_cloud_recover(struct fake_cloud *cloud, uint64_t instance);

struct fake_cloud_port {
    struct env_cloud      port;
    struct fake_cloud    *cloud;   /* borrowed */
    struct world_process *process; /* borrowed */
};

void fake_cloud_port_init(struct fake_cloud_port *port, struct fake_cloud *cloud,
                          struct world_process *process);

#endif
