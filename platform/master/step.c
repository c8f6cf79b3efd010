/*
 * platform/master/step.c - a step: every controller looks at what is dirty, then all is committed.
 */
#include "platform/base/memory.h"
#include "platform/master/master.h"

#define CONTROLLER(name) extern const struct controller name##_controller;
#include "platform/controllers.def"
#undef CONTROLLER

static const struct controller *const controllers[] = {
#define CONTROLLER(name) &name##_controller,
#include "platform/controllers.def"
#undef CONTROLLER
};
_Static_assert(sizeof controllers / sizeof controllers[0] <= CONTROLLERS_MAX, "states has a place");

enum {
    STEP_ROUNDS_MAX = 8, /* then the rest waits for the next step, so that messages get a turn */
    /* With so many transactions on their way the next step waits for one of them: what comes
     * meanwhile is one transaction, instead of one each. */
    STEP_IN_FLIGHT_MAX = 16
};

void
master_controllers_open(struct master *master)
{
    for (uint32_t i = 0; i < COUNT_OF(controllers); i++) {
        master->states[i] = memory_alloc_zero(1, controllers[i]->state_bytes);
        if (controllers[i]->open != NULL) {
            controllers[i]->open(&master->cluster, master->states[i]);
        }
    }
}

void
master_controllers_close(struct master *master)
{
    for (uint32_t i = COUNT_OF(controllers); i > 0; i--) {
        if (controllers[i - 1]->close != NULL) {
            controllers[i - 1]->close(&master->cluster, master->states[i - 1]);
        }
        memory_free(master->states[i - 1]);
        master->states[i - 1] = NULL;
    }
}

void
master_wake(struct cluster *cluster)
{
    struct pipeline *pipeline = &container_of(cluster, struct master, cluster)->pipeline;
    if (!cluster->leading || cluster->stepping || cluster->step_timer.armed) {
        return;
    }
    pipeline->waits = pipeline->submitted - pipeline->acknowledged >= STEP_IN_FLIGHT_MAX;
    if (!pipeline->waits) {
        env_timer_start(cluster->env->clock, &cluster->step_timer, 0);
    }
}

static void
step_round(struct master *master)
{
    struct cluster *cluster = &master->cluster;
    struct vec dirty = cluster->dirty; /* what becomes dirty meanwhile has its turn after these */
    vec_init(&cluster->dirty, sizeof(struct cluster_app *));
    for (uint32_t i = 0; i < dirty.count; i++) {
        struct cluster_app *app = *(struct cluster_app **)vec_at(&dirty, i);
        app->dirty = false;
        if (app->version == NULL) {
            continue; /* its definition could not be read: nothing is decided about it */
        }
        for (uint32_t c = 0; c < COUNT_OF(controllers) && !app->removed; c++) {
            if (controllers[c]->app != NULL) {
                controllers[c]->app(cluster, master->states[c], app);
            }
        }
    }
    vec_fini(&dirty);
    for (uint32_t c = 0; c < COUNT_OF(controllers); c++) {
        if (controllers[c]->finish != NULL) {
            controllers[c]->finish(cluster, master->states[c]);
        }
    }
}

void
master_step(struct env_timer *timer)
{
    struct cluster *cluster = container_of(timer, struct cluster, step_timer);
    struct master *master = container_of(cluster, struct master, cluster);
    if (cluster->meta.next_task + (1 << 20) > cluster->meta_limit) {
        master_load(master); /* this term's ids are used up: take the next term */
        return;
    }
    cluster->stepping = true;
    for (uint32_t round = 0; round < STEP_ROUNDS_MAX; round++) {
        step_round(master);
        if (cluster->dirty.count == 0) {
            break;
        }
    }
    cluster->stepping = false;
    const bool again = cluster->dirty.count > 0;
    pipeline_commit(master);
    if (again) {
        master_wake(cluster);
    }
}

bool
master_controllers_message(struct master *master, env_address from,
                           const struct record_type *type, const void *record)
{
    for (uint32_t i = 0; i < COUNT_OF(controllers); i++) {
        if (controllers[i]->message != NULL &&
            controllers[i]->message(&master->cluster, master->states[i], from, type, record)) {
            return true;
        }
    }
    return false;
}
