/*
 * platform/model/refresh.h - how the machines of a group go to a new machine image: read once, kept
 * with the refresh as canonical JSON.
 *
 * Shape:  {"group": "private", "image": "linux-2", "min_healthy": "90%", ...}
 * Units:  shares in ppm, durations in ns.
 * Source: EC2 Auto Scaling's instance refresh: names, defaults and ranges, but for what it lacks: a
 *         deadline for the boot of a machine and for its drain, and apps that are watched.
 */
#ifndef PLATFORM_MODEL_REFRESH_H
#define PLATFORM_MODEL_REFRESH_H

#include "platform/base/arena.h"
#include "platform/base/diag.h"

struct json_t;

#define REFRESH_STATE_LIST(X)                                                                      \
    X(REFRESH_RUNNING, "running")                                                                  \
    X(REFRESH_ROLLING_BACK, "rolling-back")   /* to the image that was there before */             \
    X(REFRESH_ENDING, "ending")               /* machines that are too many leave; then its end */ \
    X(REFRESH_DONE, "done")                                                                        \
    X(REFRESH_ROLLED_BACK, "rolled-back")                                                          \
    X(REFRESH_FAILED, "failed")               /* it stays as it is: mixed */                       \
    X(REFRESH_CANCELLED, "cancelled")

enum refresh_state {
#define X(state, name) state,
    REFRESH_STATE_LIST(X)
#undef X
};
#define REFRESH_STATE_COUNT (REFRESH_CANCELLED + 1)

/* Limits of ours. */
enum { REFRESH_CHECKPOINTS_MAX = 16, REFRESH_APPS_MAX = 16, REFRESH_NAME_BYTES = 64 };

struct refresh_spec {
    const char *group;
    const char *image;
    uint32_t    min_healthy_ppm; /* of the group: healthy at least, as far as it is our doing */
    uint32_t    max_healthy_ppm; /* of the group: there at most */
    uint32_t    checkpoints_ppm[REFRESH_CHECKPOINTS_MAX]; /* of the group, replaced: then a delay */
    uint32_t    checkpoints_count;
    int64_t     checkpoint_delay_ns;
    int64_t     warmup_ns;         /* a new machine counts as healthy so long after its agent */
    int64_t     boot_deadline_ns;  /* a new machine not healthy by then: failed */
    int64_t     drain_deadline_ns; /* what is left on an old machine then is stopped */
    bool        skip_matching;     /* machines that have the image already stay */
    bool        rollback;          /* a failed one goes back to the image before */
    const char *apps[REFRESH_APPS_MAX]; /* below their minimum health for sick_ns: failed */
    uint32_t    apps_count;
    int64_t     sick_ns;
    const char *json; /* canonical */
};

/* NULL when there was an error; every mistake is said. pointer: where it stands, for messages. */
const struct refresh_spec *refresh_read(const struct json_t *json, const struct diag_source *source,
                                        const char *pointer, struct arena *arena,
                                        struct diag_list *diags);

const char *refresh_state_name(enum refresh_state state);

static inline bool
refresh_is_over(enum refresh_state state)
{
    return state >= REFRESH_DONE;
}

#endif
