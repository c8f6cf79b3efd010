/*
 * fakes/containers/engine.h - the inside of a modelled container engine.
 *
 * Private to fakes/containers/: engine.c keeps the containers, life.c lets them live, images.c
 * pulls, volumes.c keeps volumes, port.c answers the agent.
 */
#ifndef FAKES_CONTAINERS_ENGINE_H
#define FAKES_CONTAINERS_ENGINE_H

#include "fakes/containers/containers.h"
#include "platform/base/idtable.h"
#include "platform/base/map.h"

struct engine_image {
    char   *name; /* owned */
    int64_t present_at_ns;
};

/* A start that is not answered yet: its op does not name the container once the call is over. */
struct engine_start {
    struct engine_start         *next;
    struct engine_start         *previous;
    struct fake_containers      *containers; /* borrowed */
    struct env_containers_start *start;      /* borrowed; of a process that may have died */
    uint64_t                     token;
};

struct engine_volumes;

struct fake_engine {
    struct world                         *world;   /* borrowed */
    const struct fake_containers_options *options; /* borrowed */
    uint32_t                              node;
    bool                                  powered;
    uint8_t                               own_next; /* last byte of the next own address */
    uint32_t                              calls_count;
    struct rng                            rng;        /* latencies and faults */
    struct idtable                        containers; /* struct fake_container *, owned, by token */
    struct vec                            images;     /* struct engine_image */
    struct engine_volumes                *volumes;    /* owned; volumes.h; NULL: never any */
    struct intern                         label_keys;
    struct engine_start                  *starts;     /* owned */
    struct world_process                 *process;    /* borrowed; NULL: no agent */
    struct env_containers_listener       *listener;   /* borrowed; NULL: nobody listens */
};

/* --- engine.c --- */
struct fake_container *engine_get(const struct fake_engine *engine, uint64_t token); /* or NULL */
void    engine_insert(struct fake_engine *engine, struct fake_container *container);
void    engine_remove(struct fake_engine *engine, struct fake_container *container);
void    engine_start_free(struct fake_engine *engine, struct engine_start *pending);
void    engine_starts_drop(struct fake_engine *engine); /* the process that asked has died */
int64_t engine_draw_ns(struct fake_engine *engine, int64_t min, int64_t max, int64_t default_min,
                       int64_t default_max);

/* --- images.c --- */
/* The name of an image that is present, as the engine keeps it for ever; NULL when it is not. */
const char *engine_image_name(const struct fake_engine *engine, const char *name);
/* When the image will be present (or its failure is known), and what the answer will be. */
int64_t engine_pull(struct fake_engine *engine, const char *name, bool force,
                    enum status *ret_status);
void engine_image_add(struct fake_engine *engine, const char *name); /* present from now on */
void engine_drop_pulls(struct fake_engine *engine); /* those that are under way */
void engine_images_fini(struct fake_engine *engine);

/* --- life.c --- */
/* A created container of the spec. ST_NOT_FOUND: its image was not pulled. ST_NO_CAPACITY: no
 * address is left for it. */
enum status life_create(struct fake_engine *engine, const struct container_spec *spec,
                        struct fake_container **ret_container) MUST_USE;
/* ST_FAILED: a port is taken. Otherwise it runs at container->running_at_ns. */
enum status life_start(struct fake_container *container, int64_t latency_ns) MUST_USE;
enum status life_adopt(struct fake_container *container) MUST_USE; /* it runs and listens now */
void life_stop(struct fake_container *container, int64_t grace_ns); /* it ends at end_at_ns */
void life_end(struct fake_container *container, int32_t exit_code); /* now */
void life_remove(struct fake_container *container); /* running or not; frees it */
void life_set_slow(struct fake_container *container); /* what its instance has to know of it */
void life_halt(struct fake_container *container); /* cancels what was going to happen */
void life_free(struct fake_container *container);

#endif
