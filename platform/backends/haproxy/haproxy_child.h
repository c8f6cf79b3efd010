/*
 * platform/backends/haproxy/haproxy_child.h - the HAProxy process: started, watched, ended.
 *
 * Orphans:  the child is told by the kernel when this program dies (setpriv's parent-death signal,
 *           where the system has setpriv). Beside that its pid and start time stand in a state
 *           file, by which haproxy_child_clean ends what a killed run has left, and nothing else.
 * Terminal: the child has a session of its own, so that Ctrl-C does not reach it before us.
 */
#ifndef PLATFORM_BACKENDS_HAPROXY_HAPROXY_CHILD_H
#define PLATFORM_BACKENDS_HAPROXY_HAPROXY_CHILD_H

#include "platform/backends/loop/uv_words.h"

#include "platform/base/common.h"

enum { HAPROXY_DIR_LEN_MAX = 80, HAPROXY_PATH_BYTES = 108 }; /* sun_path has 108 bytes */

/* Everything HAProxy has on disk; all in the caller's folder. */
struct haproxy_paths {
    char config[HAPROXY_PATH_BYTES];
    char next[HAPROXY_PATH_BYTES]; /* the configuration being checked */
    char certificates[HAPROXY_PATH_BYTES]; /* a list of files that are not ours */
    char shares[HAPROXY_PATH_BYTES];       /* of requests that services share: a map */
    char tally[HAPROXY_PATH_BYTES]; /* where HAProxy tells of measured services */
    char master[HAPROXY_PATH_BYTES];
    char stats[HAPROXY_PATH_BYTES];
    char state[HAPROXY_PATH_BYTES];
    char log[HAPROXY_PATH_BYTES];
};

/* ST_INVALID when dir is not an absolute path of plain characters, or is too long for a socket. */
enum status haproxy_paths_set(const char *dir, struct haproxy_paths *ret_paths,
                              struct error *err) MUST_USE;
void        haproxy_paths_unlink(const struct haproxy_paths *paths);

struct haproxy_child;
typedef void haproxy_child_exited_fn(struct haproxy_child *child);
typedef void haproxy_child_closed_fn(struct haproxy_child *child);

struct haproxy_child { /* embedded; zeroed is valid and not running */
    haproxy_child_exited_fn *exited; /* it ended without having been asked to */
    bool                     running;
    int64_t                  pid;

    /* private */
    uv_process_t             process;
    uv_timer_t               timer;
    const struct haproxy_paths *paths; /* borrowed */
    haproxy_child_closed_fn *closed;
    uint32_t                 handles_count;
    uint32_t                 waits;
    bool                     stopping;
};

void haproxy_child_init(struct haproxy_child *child, uv_loop_t *loop,
                        const struct haproxy_paths *paths, haproxy_child_exited_fn *exited);

/* The configuration is on disk, binary is a path. It answers on the master socket a little later.
 * When it cannot be started err says why, and exited() follows as if it had ended at once. */
void haproxy_child_start(struct haproxy_child *child, const char *binary, struct error *err);

/* Ends the master with all its workers, SIGTERM, then SIGKILL after two seconds; then closed(). */
void haproxy_child_close(struct haproxy_child *child, haproxy_child_closed_fn *closed);

/* Ends it at once: it does not answer. exited() follows. */
void haproxy_child_kill(struct haproxy_child *child);

bool haproxy_child_left(const struct haproxy_paths *paths); /* an earlier run has left its state */
void haproxy_child_nap(void);                               /* 20 ms, before the loop turns */

/* Ends what the state file names, if it is still the same process. Waits for it, at most 4 s. */
enum status haproxy_child_clean(const struct haproxy_paths *paths, struct error *err) MUST_USE;

#endif
